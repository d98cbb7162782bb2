"""``benchcoach kb``: the library on the command line. Knows typer, what is asked and how it reads; decides nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import settings, shelf
from assistant.commands import terminal
from assistant.errors import InputError
from assistant.formats import intake, render

if TYPE_CHECKING:
    from assistant.library.corpus import Corpus
    from assistant.library.knowledge import Library
    from assistant.library.organisation import Change, OwnKnowledge

app = typer.Typer(help="The library: what it says, and an organisation's own documents in it.", rich_markup_mode=None)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does this; the default is your user name.")]
_Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Ids or file names, as `list` shows them.")]


@app.command()
def add(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, or folders of them.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Add without asking.")] = False,
    by: _By = "",
    as_json: _Json = False,
) -> int:
    """Show what of some documents would count, ask, and add them: Markdown, text, HTML, PDF, DOCX."""
    from assistant.formats import kb_text
    from assistant.library import organisation

    own = _own()
    preview = organisation.Preview(by)
    with terminal.steps("Reading") as step:
        for item in own.previewing(organisation.gather([Path(path).expanduser() for path in paths]), by):
            if isinstance(item, organisation.Preview):
                preview = item
            else:
                step(f"Reading {item.file}", item.done, item.total)
    if not as_json:
        print(kb_text.preview_text(preview))
    wanted = len(preview.wanted)
    change = own.add(preview) if wanted and (yes or _agreed(wanted)) else None
    if as_json:
        print(render.dumps(kb_text.added(preview, change), indent=2))
    elif change:
        print(f"\nAdded {kb_text.counted(len(change.documents), 'document')}. `benchcoach kb undo` takes that back.")
    elif wanted:
        print("\nNothing was added." + ("" if sys.stdin.isatty() else " To add without being asked, say --yes."))
    if change:
        _build()
    return InputError.exit_code if preview.refused or (wanted and not change and not sys.stdin.isatty()) else 0


@app.command("list")
def list_(as_json: _Json = False) -> int:
    """Show the organisation's documents with where they come from, and the frameworks."""
    from assistant.formats import kb_text

    own = _own()
    own.documents()  # finishes what a crash may have cut short
    held = kb_text.holdings(_corpus(), own.folder)
    print(render.dumps(held, indent=2) if as_json else kb_text.held_text(held))
    return 0


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A passage such as sbi#behaviour, or a whole document.")],
    as_json: _Json = False,
) -> int:
    """Show a passage, or every passage of a document or framework."""
    from assistant.formats import kb_text

    found = kb_text.passages_of(_corpus(), id_)
    print(render.dumps(kb_text.results(id_, found), indent=2) if as_json else kb_text.passages_text(found))
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
    from assistant.formats import kb_text
    from assistant.library.knowledge import Library

    if (query is None) == (queries is None):
        raise InputError("Give either a query or --queries FILE.jsonl.")
    config = settings.load()
    if queries is not None:
        return _search_lines(Library.load(settings.home()), queries, config.max_draft, k)
    found = Library.load(settings.home()).search(intake.usable(query or "", config.max_draft), k)
    if as_json:
        print(render.dumps(kb_text.results(None, found), indent=2))
    else:
        print(kb_text.passages_text(found) if found else "Nothing found.")
    return 0


@app.command()
def rebuild() -> int:
    """Build the search index anew from the documents."""
    from assistant.formats.kb_text import counted
    from assistant.library import index

    root = settings.home() / "index"
    if root.is_dir():
        index.clear(root)
    _build()
    print(f"The index holds {counted(len(_corpus().passages), 'passage')}.")
    return 0


@app.command()
def check(as_json: _Json = False) -> int:
    """Look for faults in the library's files and in your own. Exit code 1 where something is found."""
    from assistant.formats import kb_text
    from assistant.library import lint
    from assistant.practising import criteria, scenarios

    readers = {"scenarios": scenarios.read, "criteria": criteria.read}
    report = lint.check(shelf.knowledge_folder(), settings.home() / "knowledge", readers)
    print(render.dumps(report, indent=2) if as_json else kb_text.report_text(report))
    return 1 if report.findings else 0


# --- what it works on -----------------------------------------------------------------------------------


def _own() -> OwnKnowledge:
    from assistant.library.organisation import OwnKnowledge

    config = settings.read()
    return OwnKnowledge(settings.home(), shelf.knowledge_folder(), max_megabytes=config.max_document)


def _corpus() -> Corpus:
    from assistant.library import corpus

    return corpus.load([shelf.knowledge_folder(), settings.home() / "knowledge"])


def _agreed(wanted: int) -> bool:
    if not sys.stdin.isatty():
        return False
    from assistant.formats import kb_text

    return typer.confirm(f"\nAdd {kb_text.counted(wanted, 'document')}?", err=True)


def _build() -> None:
    """Build the index now, so that nobody waits for it at the next question."""
    from assistant.library.knowledge import Library

    with terminal.steps("Building the index"):
        library = Library.load(settings.home())
    library.close()
    if library.note:
        print(library.note, file=sys.stderr)


def _search_lines(library: Library, queries: str, limit: int, k: int) -> int:
    from assistant.formats import kb_text

    code = 0
    for row in intake.read_rows(queries, limit, field="query"):
        if row.draft is not None:
            print(render.dumps(kb_text.results(row.id, library.search(row.draft.text, k))), flush=True)
        elif row.error is not None:
            print(render.error_line(row.id, row.line, row.error), flush=True)
            code = row.error.exit_code
    return code


def _tell(change: Change, words: str, *, as_json: bool) -> None:
    print(render.dumps(change, indent=2) if as_json else words)
