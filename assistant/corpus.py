"""The documents of the library as values: framework files into passages, example files into clauses.

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
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import yaml

from assistant.domain import Element, Fate, Kind, Parts, Passage
from assistant.errors import LibraryError

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
class Corpus:
    """Everything the library is made of, with one hash that changes when any searched word changes."""

    frameworks: tuple[Framework, ...]
    examples: tuple[ClauseExample, ...]

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Every passage, in the order of files and headings."""
        return tuple(passage for framework in self.frameworks for passage in framework.passages)

    @property
    def hash(self) -> str:
        """SHA-256 over every id and text that is searched."""
        seen = hashlib.sha256()
        for p in self.passages:
            seen.update(repr((p.id, p.title, p.text, p.use_when)).encode())
        for e in self.examples:
            seen.update(repr((e.id, e.clause)).encode())
        return seen.hexdigest()


def load(folders: Sequence[Path]) -> Corpus:
    """Read knowledge folders; a later folder's framework replaces an earlier one of the same file name.

    Raises LibraryError that names the file and what is wrong with it.
    """
    files: dict[str, Path] = {}
    examples: dict[str, ClauseExample] = {}
    for folder in folders:
        files |= {path.stem: path for path in sorted((folder / "frameworks").glob("*.md"))}
        examples |= {e.id: e for e in read_examples(folder / "examples" / "clauses.yaml")}
    # A name in disagrees_with that is not there is for the lint to tell: the library works without it.
    return Corpus(tuple(read_framework(files[name]) for name in sorted(files)), tuple(examples.values()))


def read_framework(path: Path) -> Framework:
    """Read one framework file; raises LibraryError that names the file and the place."""
    text = _text_of(path)
    if not _ID.fullmatch(path.stem):
        raise _broken(path, "the file name is its id: lower-case letters, digits and single hyphens")
    front = _FRONT.match(text)
    if front is None:
        raise _broken(path, "it does not open with front matter between two lines of ---")
    meta = _front_matter(path, front.group(1))
    title, source, year = (str(meta[key]).strip() for key in ("title", "source", "year"))
    origin = source if year in ("", "house") else f"{source}, {year}"
    return Framework(
        id=path.stem,
        title=title,
        elements=tuple(_elements(path, meta["elements"])),
        source=source,
        year=year,
        evidence=meta["evidence"],
        limits=str(meta["limits"]).strip(),
        disagrees_with=tuple(meta.get("disagrees_with") or ()),
        shapes_a_rewrite=bool(meta.get("shapes_a_rewrite", False)),
        passages=tuple(_passages(path, text[front.end() :], title, origin)),
    )


def read_examples(path: Path) -> list[ClauseExample]:
    """Read example clauses; only ``split: train`` is returned, so that nothing held out is ever shown."""
    if not path.is_file():
        return []
    rows = _yaml(path, _text_of(path))
    if not isinstance(rows, list):
        raise _broken(path, "it has to be a list of examples")
    found = [_example(path, number, row) for number, row in enumerate(rows, 1) if _is_train(path, number, row)]
    if len({example.id for example in found}) != len(found):
        raise _broken(path, "two examples share an id")
    return found


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


def _front_matter(path: Path, text: str) -> dict[str, Any]:
    meta = _yaml(path, text)
    if not isinstance(meta, dict):
        raise _broken(path, "its front matter is not a list of names and values")
    for key in _REQUIRED:
        if meta.get(key) in (None, ""):
            raise _broken(path, f"its front matter lacks {key}")
    for key in meta:
        if key not in _REQUIRED + _OPTIONAL:
            raise _broken(path, f"its front matter has {key}, which means nothing here")
    if not isinstance(meta.get("disagrees_with") or [], list):
        raise _broken(path, "disagrees_with has to be a list of file names without .md")
    if meta["evidence"] not in EVIDENCE:
        raise _broken(path, f"evidence is one of {', '.join(EVIDENCE)}")
    return meta


def _elements(path: Path, rows: object) -> Iterator[Element]:
    if not isinstance(rows, list):
        raise _broken(path, "elements has to be a list")
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or set(row) != {"id", "asks", "test", "part"}:
            raise _broken(path, f"element {number} needs exactly id, asks, test and part")
        element = Element(**{key: str(value).strip() for key, value in row.items()})
        if element.part not in PARTS:
            raise _broken(path, f"element {element.id}: part is one of {', '.join(PARTS)}")
        if element.id in seen:
            raise _broken(path, f"two elements are called {element.id}")
        seen.add(element.id)
        yield element


def _passages(path: Path, body: str, title: str, source: str) -> Iterator[Passage]:
    marks = list(_HEADING.finditer(body))
    if not marks or body[: marks[0].start()].strip():
        raise _broken(path, "after the front matter, everything stands under a ## heading")
    seen: set[str] = set()
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        heading = mark.group(1)
        name = slug(heading) if mark.group(2) is None else mark.group(2)
        if not _ID.fullmatch(name):
            raise _broken(path, f"the heading {heading!r} gives no usable id; add {{#some-id}} to it")
        if name in seen:
            raise _broken(path, f"two headings have the id {name}; pin one with {{#other-id}}")
        seen.add(name)
        content = body[mark.end() : after.start() if after else len(body)]
        uses = _USE_WHEN.findall(content)
        text = _USE_WHEN.sub("", content).strip()
        if not uses or not text:
            raise _broken(path, f"the passage {heading!r} needs text and a line `Use when: ...`")
        yield Passage(
            id=f"{path.stem}#{name}",
            title=f"{title}: {heading}",
            text=re.sub(r"\n{2,}", "\n\n", text),
            source=source,
            framework=path.stem,
            use_when="\n".join(use.strip() for use in uses),
        )


def slug(heading: str) -> str:
    """Return the id that a heading gives: plain lower-case letters and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower().replace("'", "")))


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
