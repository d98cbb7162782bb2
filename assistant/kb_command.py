"""``benchcoach kb``: the library on the command line. Knows typer, what is asked and how it reads; decides nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from assistant import intake, render, settings, shelf, terminal
from assistant.errors import InputError

if TYPE_CHECKING:
    from assistant.corpus import Corpus
    from assistant.domain import Passage
    from assistant.knowledge import Library
    from assistant.lint import Report
    from assistant.organisation import Candidate, Change, OwnKnowledge, Preview

app = typer.Typer(help="The library: what it says, and an organisation's own documents in it.", rich_markup_mode=None)

_SHOWN: Final = 8
"""Passages and left-out pieces that a preview shows of one document; --json holds all."""
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does this; the default is your user name.")]
_Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Ids or file names, as `list` shows them.")]


@dataclass(frozen=True, slots=True)
class Held:
    """One document or framework in a list; what was built in has no file, hash or name of who added it."""

    id: str
    title: str
    kind: str
    own: bool
    passages: int
    file: str = ""
    sha256: str = ""
    added_by: str = ""
    added: str = ""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the library holds, and documents that do not count with the reason."""

    documents: tuple[Held, ...]
    frameworks: tuple[Held, ...]
    files: tuple[str, ...]
    troubles: tuple[str, ...]


@app.command()
def add(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, or folders of them.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Add without asking.")] = False,
    by: _By = "",
    as_json: _Json = False,
) -> int:
    """Show what of some documents would count, ask, and add them: Markdown, text, HTML, PDF, DOCX."""
    from assistant import organisation

    own = _own()
    with terminal.steps("Reading") as step:
        preview = own.preview(organisation.gather([Path(path).expanduser() for path in paths]), by, step)
    if not as_json:
        print("\n\n".join(_preview_lines(preview)))
    wanted = len(preview.wanted)
    change = own.add(preview) if wanted and (yes or _agreed(wanted)) else None
    if as_json:
        print(render.dumps(preview_json(preview, change), indent=2))
    elif change:
        print(f"\nAdded {_counted(len(change.documents), 'document')}. `benchcoach kb undo` takes that back.")
    elif wanted:
        print("\nNothing was added." + ("" if sys.stdin.isatty() else " To add without being asked, say --yes."))
    if change:
        _build()
    return InputError.exit_code if preview.refused or (wanted and not change and not sys.stdin.isatty()) else 0


@app.command("list")
def list_(as_json: _Json = False) -> int:
    """Show the organisation's documents with where they come from, and the frameworks."""
    own = _own()
    own.documents()  # finishes what a crash may have cut short
    held = holdings(_corpus(), own.folder)
    print(render.dumps(held, indent=2) if as_json else "\n".join(_held_lines(held)))
    return 0


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A passage such as sbi#behaviour, or a whole document.")],
    as_json: _Json = False,
) -> int:
    """Show a passage, or every passage of a document or framework."""
    found = passages_of(_corpus(), id_)
    print(render.dumps({"id": id_, "results": found}, indent=2)) if as_json else _show_passages(found)
    return 0


@app.command()
def remove(
    names: _Names,
    by: _By = "",
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Keep nothing of it; no change before this can be taken back either.")
    ] = False,
    as_json: _Json = False,
) -> int:
    """Remove documents of your organisation; `undo` takes that back."""
    change = _own().remove(names, by, for_good=for_good)
    _tell(change, f"Removed {', '.join(change.documents)}.", as_json=as_json)
    return 0


@app.command()
def undo(as_json: _Json = False) -> int:
    """Take the last `add` or `remove` back; again, the one before it."""
    change = _own().undo()
    was = "added" if change.action == "add" else "removed"
    _tell(change, f"Taken back: {', '.join(change.documents)} ({was} {change.when[:10]}).", as_json=as_json)
    return 0


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(metavar="QUERY", help="What you are looking for.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages.")] = 5,
    as_json: _Json = False,
    queries: Annotated[str | None, typer.Option(metavar="FILE.jsonl", help="Lines of {id, query}.")] = None,
) -> int:
    """Search the library, your organisation's documents included."""
    from assistant.knowledge import Library

    if (query is None) == (queries is None):
        raise InputError("Give either a query or --queries FILE.jsonl.")
    config = settings.load()
    if queries is not None:
        return _search_lines(Library.load(settings.home()), queries, config.max_draft, k)
    found = _results(Library.load(settings.home()).search(intake.usable(query or "", config.max_draft), k))
    print(render.dumps({"id": None, "results": found}, indent=2)) if as_json else _show_passages(found)
    return 0


@app.command()
def rebuild() -> int:
    """Build the search index anew from the documents."""
    from assistant import index

    root = settings.home() / "index"
    if root.is_dir():
        index.clear(root)
    _build()
    print(f"The index holds {_counted(len(_corpus().passages), 'passage')}.")
    return 0


@app.command()
def check(as_json: _Json = False) -> int:
    """Look for faults in the library's files and in your own. Exit code 1 where something is found."""
    from assistant import lint, scenarios

    report = lint.check(shelf.knowledge_folder(), settings.home() / "knowledge", {"scenarios": scenarios.read})
    print(render.dumps(report, indent=2) if as_json else "\n".join(_report_lines(report)))
    return 1 if report.findings else 0


# --- what is shown --------------------------------------------------------------------------------------


def holdings(corpus: Corpus, folder: Path) -> Holdings:
    """Return what a library holds; ``folder`` is the organisation's."""
    own_frameworks = {path.stem for path in (folder / "frameworks").glob("*.md")}
    files = [p for part in ("language", "examples", "scenarios", "criteria") for p in (folder / part).glob("*.yaml")]
    return Holdings(
        documents=tuple(
            Held(d.id, d.title, d.kind, True, len(d.passages), d.file, d.sha256, d.added_by, d.added)
            for d in corpus.documents
        ),
        frameworks=tuple(
            Held(f.id, f.title, "framework", f.id in own_frameworks, len(f.passages)) for f in corpus.frameworks
        ),
        files=tuple(sorted(path.relative_to(folder).as_posix() for path in files)),
        troubles=tuple(str(error) for error in corpus.troubles),
    )


def passages_of(corpus: Corpus, id_: str) -> list[dict[str, str]]:
    """Return the passage of an id, or all of a document's or framework's. Raises InputError for neither."""
    found = [p for p in corpus.passages if id_ in (p.id, p.id.partition("#")[0])]
    if not found:
        raise InputError("There is no such passage or document.", hint="`benchcoach kb list` shows them all.")
    return _results(found)


def preview_json(preview: Preview, change: Change | None) -> dict[str, Any]:
    """Return a preview as JSON types, with what came of it."""
    return {
        "added": change is not None,
        "change": asdict(change) if change else None,
        "documents": [_candidate_json(candidate) for candidate in preview.candidates],
        "refused": [{"file": r.file, "error": render.error_json(r.error)} for r in preview.refused],
    }


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    own = candidate.document
    return {
        "id": own.id,
        "title": own.title,
        "file": candidate.file,
        "kind": own.kind,
        "sha256": own.sha256,
        "verdict": candidate.verdict,
        "same_as": candidate.same_as,
        "passages": [{"id": p.id, "title": p.title, "words": len(p.text.split())} for p in own.passages],
        "twins": [asdict(twin) for twin in candidate.twins],
        "left_out": [asdict(piece) for piece in candidate.left_out],
        "notes": list(candidate.notes),
    }


def _preview_lines(preview: Preview) -> Iterator[str]:
    for candidate in preview.candidates:
        yield "\n".join(_candidate_lines(candidate))
    for refused in preview.refused:
        yield f"{refused.file}: not taken in. {refused.error}"


def _candidate_lines(candidate: Candidate) -> Iterator[str]:
    own = candidate.document
    if not candidate.counts:
        yield f"{candidate.file}: already there, as {candidate.same_as}"
        return
    verdict = "new" if candidate.verdict == "new" else f"in place of the {candidate.same_as} that is there"
    yield f"{candidate.file}: {render.quoted(own.title)}, {verdict}, {_counted(len(own.passages), 'passage')}"
    for passage in own.passages[:_SHOWN]:
        yield f"  {passage.id}  ({_counted(len(passage.text.split()), 'word')})"
    if len(own.passages) > _SHOWN:
        yield f"  and {len(own.passages) - _SHOWN} more"
    for why, count in Counter(piece.why for piece in candidate.left_out).items():
        example = next(piece.text for piece in candidate.left_out if piece.why == why)
        yield f"  left out, {why} ({count}): {render.quoted(_short(example))}"
    for twin in candidate.twins[:_SHOWN]:
        yield f"  {twin.passage} says the same as {twin.of} ({twin.share:.0%})"
    yield from (f"  {note}" for note in candidate.notes)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _held_lines(held: Holdings) -> Iterator[str]:
    yield "Your documents" if held.documents else "No documents of your own yet: `benchcoach kb add PATH`."
    for document in held.documents:
        yield f"  {document.id}  {render.one_line(document.title)} ({_counted(document.passages, 'passage')})"
        added = f", added {document.added[:10]} by {document.added_by}" if document.added else ", dropped in the folder"
        digest = f", SHA-256 {document.sha256[:12]}…" if document.sha256 else ""
        yield f"      {document.file}{added}{digest}"
    yield from (f"  Does not count: {trouble}" for trouble in held.troubles)
    yield from ["Your other files", *(f"  {file}" for file in held.files)] if held.files else []
    yield "Frameworks"
    for framework in held.frameworks:
        whose = ", yours" if framework.own else ""
        yield f"  {framework.id}  {framework.title} ({_counted(framework.passages, 'passage')}{whose})"


def _report_lines(report: Report) -> Iterator[str]:
    for flaw in report.findings:
        whose = "yours" if flaw.place == "own" else "built in"
        yield f"{flaw.file}:{flaw.line}  ({whose}, {flaw.rule})  {flaw.what}"
        yield f"    {flaw.hint}" if flaw.hint else "    See docs/knowledge.md."
    looked = f"{_counted(report.frameworks, 'framework')}, {_counted(report.documents, 'document')}"
    found = _counted(len(report.findings), "fault") if report.findings else "Nothing"
    yield f"{found} found in {looked} and {_counted(report.passages, 'passage')}."


def _results(found: Sequence[Passage]) -> list[dict[str, str]]:
    return [{"id": p.id, "title": p.title, "text": p.text, "source": p.source} for p in found]


def _show_passages(found: list[dict[str, str]]) -> None:
    if not found:
        print("Nothing found.")
    for passage in found:
        text = render.printable(passage["text"]).strip()
        print(f"{passage['id']}  {render.one_line(passage['title'])}\n{text}\n  Source: {passage['source']}\n")


def _search_lines(library: Library, queries: str, limit: int, k: int) -> int:
    code = 0
    for row in intake.read_rows(queries, limit, field="query"):
        if row.draft is not None:
            told = render.dumps({"id": row.id, "results": _results(library.search(row.draft.text, k))})
            print(told, flush=True)
        elif row.error is not None:
            print(render.error_line(row.id, row.line, row.error), flush=True)
            code = row.error.exit_code
    return code


def _tell(change: Change, words: str, *, as_json: bool) -> None:
    print(render.dumps(change, indent=2) if as_json else words)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- what it works on -----------------------------------------------------------------------------------


def _own() -> OwnKnowledge:
    from assistant.organisation import OwnKnowledge

    config = settings.read()
    return OwnKnowledge(settings.home(), shelf.knowledge_folder(), max_megabytes=config.max_document)


def _corpus() -> Corpus:
    from assistant import corpus

    return corpus.load([shelf.knowledge_folder(), settings.home() / "knowledge"])


def _agreed(wanted: int) -> bool:
    if not sys.stdin.isatty():
        return False
    return typer.confirm(f"\nAdd {_counted(wanted, 'document')}?", err=True)


def _build() -> None:
    """Build the index now, so that nobody waits for it at the next question."""
    from assistant.knowledge import Library

    with terminal.steps("Building the index"):
        library = Library.load(settings.home())
    library.close()
    if library.note:
        print(library.note, file=sys.stderr)
