"""The documents of the library as values: framework files into passages, example files into clauses and drafts.

Knows the file format (docs/knowledge.md) and says exactly what is wrong with a file that breaks
it. Knows nothing of searching, vectors or models. The documents are the truth; everything else
about the library can be made again from them.

A framework is one Markdown file: front matter, then one passage per ``## Heading``. A passage's id
is ``file#heading`` (``sbi#behaviour``), so it survives reordering; ``## Heading {#id}`` pins an
id that survives rewording too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import yaml

from assistant.domain import Element, Fate, Kind, Parts, Passage, Pattern, PatternName, Route, RouteReason, RouteTo
from assistant.errors import LibraryError
from assistant.library.documents.cutting import slug
from assistant.library.own_documents import OwnDocument
from assistant.library.own_documents import read as read_document

EVIDENCE: Final = ("strong", "mixed", "weak", "house")
PARTS: Final = tuple(f.name for f in fields(Parts))

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_HEADING = re.compile(r"^## +(.+?)(?: +\{#([^}]*)\})? *$", re.MULTILINE)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_USE_WHEN = re.compile(r"^Use when: *(.+)$", re.MULTILINE)
_REQUIRED: Final = ("title", "source", "year", "evidence", "limits", "elements")
_OPTIONAL: Final = ("disagrees_with", "shapes_a_rewrite")


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework: where it comes from, how far to trust it, and what it asks of a text."""

    id: str
    title: str
    elements: tuple[Element, ...]
    source: str = ""
    year: str = ""
    evidence: str = "house"
    limits: str = ""
    disagrees_with: tuple[str, ...] = ()
    shapes_a_rewrite: bool = False
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseExample:
    """One worked clause: what it is, what became of it, and the words it became."""

    id: str
    job: str
    clause: str
    kind: Kind
    fate: Fate
    becomes: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class WorkedRewrite:
    """A whole draft worked through by hand: its clauses in order, and what is sent, said and asked in the end."""

    id: str
    job: str
    draft: str
    ledger: tuple[ClauseExample, ...]
    message: str
    say: str
    after_they_answer: str
    questions: tuple[str, ...]
    pattern: Pattern
    route: Route | None
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything the library is made of, with one hash that changes when any searched word changes."""

    frameworks: tuple[Framework, ...]
    examples: tuple[ClauseExample, ...]
    documents: tuple[OwnDocument, ...] = ()
    """The organisation's own, which have passages but no elements."""
    troubles: tuple[LibraryError, ...] = ()
    """Documents that do not count, and why: one that is broken does not stop the others."""
    worked: tuple[WorkedRewrite, ...] = ()

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Every passage, in the order of files and headings, documents last."""
        of_frameworks = (passage for framework in self.frameworks for passage in framework.passages)
        return (*of_frameworks, *(passage for document in self.documents for passage in document.passages))

    @property
    def hash(self) -> str:
        """SHA-256 over every id and text that is searched."""
        seen = hashlib.sha256()
        for p in self.passages:
            seen.update(repr((p.id, p.title, p.text, p.use_when)).encode())
        for e in self.examples:
            seen.update(repr((e.id, e.clause)).encode())
        for w in self.worked:
            seen.update(repr((w.id, w.draft)).encode())
        return seen.hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file: where, what, and what to do about it."""

    line: int
    what: str
    hint: str = "docs/knowledge.md shows the form."


def load(folders: Sequence[Path]) -> Corpus:
    """Read knowledge folders, the built-in one first; a later framework replaces one of the same file name.

    Raises LibraryError that names a broken framework and what is wrong with it.
    """
    files = _framework_files(folders)
    examples: dict[str, ClauseExample] = {}
    worked: dict[str, WorkedRewrite] = {}
    for folder in folders:
        examples |= {e.id: e for e in read_examples(folder / "examples" / "clauses.yaml")}
        worked |= {w.id: w for w in read_worked(folder / "examples" / "rewrites.yaml")}
    # A name in disagrees_with that is not there is for the lint to tell: the library works without it.
    own, troubles = read_documents(folders)
    return Corpus(_read(files), tuple(examples.values()), own, troubles, tuple(worked.values()))


def read_documents(folders: Sequence[Path]) -> tuple[tuple[OwnDocument, ...], tuple[LibraryError, ...]]:
    """Read the organisation's documents of knowledge folders and nothing else: those that count, and why others don't.

    A document may not have the name of a framework.
    """
    names = set(_framework_files(folders))
    found: dict[str, OwnDocument] = {}
    troubles: list[LibraryError] = []
    for path in (path for folder in folders for path in document_files(folder)):
        try:
            _add_document(read_document(path), path, {*names, *found}, found)
        except LibraryError as error:
            troubles.append(error)
    return tuple(found.values()), tuple(troubles)


def read_frameworks(folders: Sequence[Path]) -> tuple[Framework, ...]:
    """Read the frameworks of knowledge folders and nothing else. Raises LibraryError as ``load`` does."""
    return _read(_framework_files(folders))


def _framework_files(folders: Sequence[Path]) -> dict[str, tuple[Path, bool]]:
    """Return the file of each framework, and whether it is an organisation's own."""
    files: dict[str, tuple[Path, bool]] = {}
    for number, folder in enumerate(folders):
        files |= {path.stem: (path, number > 0) for path in sorted((folder / "frameworks").glob("*.md"))}
    return files


def _read(files: Mapping[str, tuple[Path, bool]]) -> tuple[Framework, ...]:
    return tuple(read_framework(path, own=own) for _, (path, own) in sorted(files.items()))


def document_files(folder: Path) -> list[Path]:
    """Return the files of a knowledge folder's documents, in order."""
    return sorted(p for p in (folder / "documents").glob("*") if p.name[0] != "." and not p.is_dir())


def _add_document(own: OwnDocument, path: Path, taken: set[str], documents: dict[str, OwnDocument]) -> None:
    if own.id in taken:
        raise LibraryError(
            f"The document {path.name} does not count: something else in the library is called {own.id}.",
            hint="Rename the file.",
        )
    documents[own.id] = own


def read_framework(path: Path, *, own: bool = False) -> Framework:
    """Read one framework file; raises LibraryError that names the file and the first thing wrong with it."""
    framework, faults = examine(path, own=own)
    if faults or framework is None:
        raise _broken(path, faults[0].what, detail=f"line {faults[0].line}")
    return framework


def examine(path: Path, *, own: bool = False) -> tuple[Framework | None, list[Fault]]:
    """Read one framework file and tell everything that is wrong with it, line by line.

    ``own``: an organisation's own file, whose passages need no ``Use when`` line. Raises LibraryError where it
    cannot be read at all.
    """
    text = _text_of(path)
    faults: list[Fault] = []
    if not _ID.fullmatch(path.stem):
        faults.append(Fault(1, "the file name is its id: lower-case letters, digits and single hyphens"))
    front = _FRONT.match(text)
    if front is None:
        return None, [*faults, Fault(1, "it does not open with front matter between two lines of ---")]
    meta = _yaml(path, front.group(1))
    if not isinstance(meta, dict):
        return None, [*faults, Fault(1, "its front matter is not a list of names and values")]
    faults += _front_faults(meta, front.group(1))
    elements, wrong = _elements(meta.get("elements"), front.group(1))
    faults += wrong
    title, source, year = (str(meta.get(key) or "").strip() for key in ("title", "source", "year"))
    origin = source if year in ("", "house") else f"{source}, {year}"
    passages, wrong = _passages(path.stem, text, front.end(), f"{title}: ", origin, own)
    faults += wrong
    return Framework(
        id=path.stem,
        title=title,
        elements=tuple(elements),
        source=source,
        year=year,
        evidence=str(meta.get("evidence")),
        limits=str(meta.get("limits") or "").strip(),
        disagrees_with=tuple(str(other) for other in _list(meta.get("disagrees_with"))),
        shapes_a_rewrite=bool(meta.get("shapes_a_rewrite", False)),
        passages=tuple(passages),
    ), faults


def read_examples(path: Path) -> list[ClauseExample]:
    """Read example clauses; only ``split: train`` is returned, so that nothing held out is ever shown."""
    found = [_example(path, number, row) for number, row in _training_rows(path)]
    if len({example.id for example in found}) != len(found):
        raise _broken(path, "two examples share an id")
    return found


def read_worked(path: Path) -> list[WorkedRewrite]:
    """Read worked rewrites; only ``split: train`` is returned, as with clauses."""
    found = [_worked(path, number, row) for number, row in _training_rows(path)]
    if len({worked.id for worked in found}) != len(found):
        raise _broken(path, "two examples share an id")
    return found


def _training_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows of a file of examples that may be shown, with their numbers in it."""
    if not path.is_file():
        return []
    rows = _yaml(path, _text_of(path))
    if not isinstance(rows, list):
        raise _broken(path, "it has to be a list of examples")
    return [(number, row) for number, row in enumerate(rows, 1) if _is_train(path, number, row)]


def _is_train(path: Path, number: int, row: object) -> bool:
    if not isinstance(row, dict) or row.get("split") not in ("train", "dev", "test"):
        raise _broken(path, f"example {number} needs a split: train, dev or test")
    return bool(row["split"] == "train")


def _example(path: Path, number: int, row: dict[str, Any]) -> ClauseExample:
    try:
        return ClauseExample(
            id=str(row["id"]),
            job=str(row["job"]),
            clause=str(row["clause"]),
            kind=Kind(row["kind"]),
            fate=Fate(row["fate"]),
            becomes=str(row["becomes"] or ""),
            question=str(row.get("question") or ""),
        )
    except KeyError as error:
        raise _broken(path, f"example {number} lacks {error.args[0]}") from error
    except ValueError as error:
        raise _broken(path, f"example {number}: {error}") from error


def _worked(path: Path, number: int, row: dict[str, Any]) -> WorkedRewrite:
    try:
        pattern, route = row.get("pattern"), row.get("route")
        clauses = [{"id": row["id"], "job": row["job"]} | clause for clause in row["ledger"]]
        return WorkedRewrite(
            id=str(row["id"]),
            job=str(row["job"]),
            draft=str(row["draft"]),
            ledger=tuple(_example(path, number, clause) for clause in clauses),
            message=str(row["message"]),
            say=str(row["say"] or ""),
            after_they_answer=str(row["after_they_answer"] or ""),
            questions=tuple(str(question) for question in row.get("questions") or ()),
            pattern=_pattern(pattern) if pattern else Pattern(),
            route=_route(route) if route else None,
            cite=tuple(str(id_) for id_ in row.get("cite") or ()),
        )
    except KeyError as error:
        raise _broken(path, f"example {number} lacks {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise _broken(path, f"example {number}: {error}") from error


def _pattern(row: dict[str, Any]) -> Pattern:
    return Pattern(PatternName(row["name"]), tuple(str(words) for words in row["evidence"]), str(row["instead"]))


def _route(row: dict[str, Any]) -> Route:
    """Return the route of a worked rewrite; a person drew it, so its reasons name no rule."""
    reasons = tuple(RouteReason(rule="", text=str(words)) for words in row["because"])
    return Route(RouteTo(row["to"]), reasons, entangled=bool(row["entangled"]))


def _front_faults(meta: dict[str, Any], text: str) -> Iterator[Fault]:
    for key in _REQUIRED:
        if meta.get(key) in (None, ""):
            yield Fault(_line_of(text, key), f"its front matter lacks {key}", f"Add a line {key}: … at the top.")
    for key in meta:
        if key not in _REQUIRED + _OPTIONAL:
            yield Fault(_line_of(text, str(key)), f"its front matter has {key}, which means nothing here")
    if not isinstance(meta.get("disagrees_with") or [], list):
        yield Fault(_line_of(text, "disagrees_with"), "disagrees_with has to be a list of file names without .md")
    if meta.get("evidence") not in (None, "", *EVIDENCE):
        yield Fault(_line_of(text, "evidence"), f"evidence is one of {', '.join(EVIDENCE)}")


def _elements(rows: object, text: str) -> tuple[list[Element], list[Fault]]:
    if rows in (None, ""):
        return [], []
    line = _line_of(text, "elements")
    if not isinstance(rows, list):
        return [], [Fault(line, "elements has to be a list")]
    found: dict[str, Element] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or set(row) != {"id", "asks", "test", "part"}:
            faults.append(Fault(line, f"element {number} needs exactly id, asks, test and part"))
            continue
        element = Element(**{key: str(value).strip() for key, value in row.items()})
        named = re.search(rf"^.*\bid:\s*[\"']?{re.escape(element.id)}\b", text, re.MULTILINE)
        at = text.count("\n", 0, named.start()) + 2 if named else line
        if element.part not in PARTS:
            faults.append(Fault(at, f"element {element.id}: the part {element.part} is not one of {', '.join(PARTS)}"))
        if element.id in found:
            faults.append(Fault(at, f"two elements are called {element.id}"))
        found[element.id] = element
    return list(found.values()), faults


def _passages(
    framework: str, text: str, start: int, title: str, source: str, own: bool
) -> tuple[list[Passage], list[Fault]]:
    marks = list(_HEADING.finditer(text, start))
    faults: list[Fault] = []
    if not marks or text[start : marks[0].start()].strip():
        line = text.count("\n", 0, start) + 1
        faults.append(Fault(line, "after the front matter, everything stands under a ## heading"))
    found: dict[str, Passage] = {}
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        heading, line = mark.group(1), text.count("\n", 0, mark.start()) + 1
        name = slug(heading) if mark.group(2) is None else mark.group(2)
        if not _ID.fullmatch(name):
            faults.append(Fault(line, f"the heading {heading!r} gives no usable id; add {{#some-id}} to it"))
        if name in found:
            faults.append(Fault(line, f"two headings have the id {name}; pin one with {{#other-id}}"))
        content = text[mark.end() : after.start() if after else len(text)]
        uses = _USE_WHEN.findall(content)
        said = re.sub(r"\n{2,}", "\n\n", _USE_WHEN.sub("", content).strip())
        if not said or not (uses or own):
            lacks = "text" if own else "text and a line `Use when: ...`"
            faults.append(Fault(line, f"the passage {heading!r} needs {lacks}"))
        found[name] = Passage(
            id=f"{framework}#{name}",
            title=title + heading,
            text=said,
            source=source,
            framework=framework,
            use_when="\n".join(use.strip() for use in uses),
        )
    return list(found.values()), faults


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _line_of(front: str, key: str) -> int:
    """Return the line of a file on which a name of its front matter stands; 1 where it does not."""
    found = re.search(rf"^{re.escape(key)}\s*:", front, re.MULTILINE)
    return front.count("\n", 0, found.start()) + 2 if found else 1


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path, "it cannot be read as UTF-8 text", detail=str(error)) from error


def _yaml(path: Path, text: str) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - CSafeLoader, or SafeLoader without libyaml
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" near line {mark.line + 2}" if mark else ""
        raise _broken(path, f"its YAML cannot be read{place}", detail=str(error)) from error


def _broken(path: Path, what: str, *, detail: str = "") -> LibraryError:
    return LibraryError(
        f"The knowledge file {path.parent.name}/{path.name} is broken: {what}.",
        hint="docs/knowledge.md shows the form.",
        detail=detail,
    )
