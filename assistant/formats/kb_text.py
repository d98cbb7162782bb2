"""The library as text for a terminal and as values for ``--json``: previews, lists, what the lint found.

Knows how those read; knows neither typer nor where documents are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import InputError
from assistant.formats import render
from assistant.library.documents import LeftOut
from assistant.library.likeness import Twin
from assistant.library.organisation import Candidate, Change, Preview

if TYPE_CHECKING:
    from assistant.domain import Passage
    from assistant.library.corpus import Corpus
    from assistant.library.lint import Report

_SHOWN: Final = 8
"""Passages and left-out pieces that a preview shows of one document; --json holds all."""


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


@dataclass(frozen=True, slots=True)
class Outline:
    """A passage in a preview: its id, title and length."""

    id: str
    title: str
    words: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """A file in a preview: what it would be, with everything of it that does not count."""

    id: str
    title: str
    file: str
    kind: str
    sha256: str
    verdict: str
    same_as: str
    passages: tuple[Outline, ...]
    twins: tuple[Twin, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as it stands in JSON."""

    type: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A file that could not be taken in."""

    file: str
    error: Fault


@dataclass(frozen=True, slots=True)
class Added:
    """A preview, and whether it was added."""

    added: bool
    change: Change | None
    documents: tuple[Proposed, ...]
    refused: tuple[NotTaken, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A passage as search and show give it."""

    id: str
    title: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to one query, or the passages of one document."""

    id: str | None
    results: tuple[Result, ...]


def added(preview: Preview, change: Change | None) -> Added:
    """Return a preview as a value for JSON, with what came of it."""
    return Added(
        change is not None,
        change,
        tuple(_proposed(candidate) for candidate in preview.candidates),
        tuple(NotTaken(refused.file, Fault(**render.error_json(refused.error))) for refused in preview.refused),
    )


def _proposed(candidate: Candidate) -> Proposed:
    own = candidate.document
    return Proposed(
        own.id,
        own.title,
        candidate.file,
        own.kind,
        own.sha256,
        candidate.verdict,
        candidate.same_as,
        tuple(Outline(p.id, p.title, len(p.text.split())) for p in own.passages),
        candidate.twins,
        candidate.left_out,
        candidate.notes,
    )


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


def passages_of(corpus: Corpus, id_: str) -> list[Passage]:
    """Return the passage of an id, or all of a document's or framework's. Raises InputError for neither."""
    found = [p for p in corpus.passages if id_ in (p.id, p.id.partition("#")[0])]
    if not found:
        raise InputError("There is no such passage or document.", hint="`benchcoach kb list` shows them all.")
    return found


def preview_text(preview: Preview) -> str:
    """Return a preview for a person."""
    return "\n\n".join(_preview_parts(preview))


def _preview_parts(preview: Preview) -> Iterator[str]:
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
    yield f"{candidate.file}: {render.quoted(own.title)}, {verdict}, {counted(len(own.passages), 'passage')}"
    for passage in own.passages[:_SHOWN]:
        yield f"  {passage.id}  ({counted(len(passage.text.split()), 'word')})"
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


def held_text(held: Holdings) -> str:
    """Return what a library holds for a person."""
    return "\n".join(_held_lines(held))


def _held_lines(held: Holdings) -> Iterator[str]:
    yield "Your documents" if held.documents else "No documents of your own yet: `benchcoach kb add PATH`."
    for document in held.documents:
        yield f"  {document.id}  {render.one_line(document.title)} ({counted(document.passages, 'passage')})"
        added = f", added {document.added[:10]} by {document.added_by}" if document.added else ", dropped in the folder"
        digest = f", SHA-256 {document.sha256[:12]}…" if document.sha256 else ""
        yield f"      {document.file}{added}{digest}"
    yield from (f"  Does not count: {trouble}" for trouble in held.troubles)
    yield from ["Your other files", *(f"  {file}" for file in held.files)] if held.files else []
    yield "Frameworks"
    for framework in held.frameworks:
        whose = ", yours" if framework.own else ""
        yield f"  {framework.id}  {framework.title} ({counted(framework.passages, 'passage')}{whose})"


def report_text(report: Report) -> str:
    """Return what the lint found for a person."""
    return "\n".join(_report_lines(report))


def _report_lines(report: Report) -> Iterator[str]:
    for flaw in report.findings:
        whose = "yours" if flaw.place == "own" else "built in"
        yield f"{flaw.file}:{flaw.line}  ({whose}, {flaw.rule})  {flaw.what}"
        yield f"    {flaw.hint}" if flaw.hint else "    See docs/knowledge.md."
    looked = f"{counted(report.frameworks, 'framework')}, {counted(report.documents, 'document')}"
    found = counted(len(report.findings), "fault") if report.findings else "Nothing"
    yield f"{found} found in {looked} and {counted(report.passages, 'passage')}."


def results(id: str | None, found: Sequence[Passage]) -> Results:
    """Return passages as a value for JSON."""
    return Results(id, tuple(Result(p.id, p.title, p.text, p.source) for p in found))


def passages_text(found: Sequence[Passage]) -> str:
    """Return passages for a person, whole and with their sources."""
    return "\n".join(
        f"{p.id}  {render.one_line(p.title)}\n{render.printable(p.text).strip()}\n  Source: {p.source}\n" for p in found
    )


def counted(number: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
