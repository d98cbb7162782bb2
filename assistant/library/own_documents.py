"""An organisation's document as it is kept: a Markdown file with its passages and where they come from.

Knows that file's form, written and read, and reads plain Markdown and text that somebody dropped beside it. Knows
nothing of who may add what (organisation) or of frameworks (corpus).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml

from assistant.domain import Passage
from assistant.errors import InputError, LibraryError
from assistant.library import documents
from assistant.library.documents import Document
from assistant.library.documents.cutting import name_of

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_HEADING = re.compile(r"^## +(.+?)(?: +\{#([a-z0-9]+(?:-[a-z0-9]+)*)\})? *$", re.MULTILINE)
_ESCAPED = re.compile(r"^( *## )", re.MULTILINE)
_FIELDS: Final = ("title", "file", "kind", "sha256", "added_by", "added")
_DROPPED: Final = (".md", ".markdown", ".txt")
_LARGEST_DROPPED: Final = 20
"""Megabytes of a file that somebody dropped; what is added by command has a setting."""


@dataclass(frozen=True, slots=True)
class OwnDocument:
    """A document with its passages and where it comes from; one that was dropped has no hash and nobody's name."""

    id: str
    title: str
    file: str
    kind: str
    passages: tuple[Passage, ...]
    sha256: str = ""
    added_by: str = ""
    added: str = ""
    pages: dict[str, int] = field(default_factory=dict)
    """On which page a passage begins, by the passage's name, where the file has pages."""


def made(id: str, file: str, sha256: str, document: Document, *, by: str = "", when: str = "") -> OwnDocument:
    """Return a document that was read as one of the library, under an id of its own."""
    pages = {piece.id: piece.page for piece in document.pieces if piece.page}
    own = OwnDocument(id, document.title, file, document.kind, (), sha256, by, when, pages)
    passages = []
    for piece in document.pieces:
        heading = piece.heading.removeprefix(f"{document.title}: ").replace("\n", " ")
        passages.append(_passage(own, piece.id, heading, piece.text))
    return replace(own, passages=tuple(passages))


def written(own: OwnDocument) -> str:
    """Return a document as the text of its file."""
    front: dict[str, Any] = {name: getattr(own, name) for name in _FIELDS}
    front |= {"pages": own.pages} if own.pages else {}
    parts = [f"---\n{yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=110)}---\n"]
    for passage in own.passages:
        heading = passage.title.removeprefix(f"{own.title}: ")
        # No line of the text may pass for a heading; reading takes the blank off again.
        text = _ESCAPED.sub(r" \1", passage.text)
        parts.append(f"\n## {heading} {{#{passage.id.partition('#')[2]}}}\n\n{text}\n")
    return "".join(parts)


def read(path: Path) -> OwnDocument:
    """Read a document of the organisation's folder. Raises LibraryError that names the file."""
    if path.is_symlink():
        raise _broken(path, "it is a link, and links are not followed", "Copy the file, or use `benchcoach kb add`.")
    if path.suffix.lower() not in _DROPPED:
        raise _broken(path, "only text counts here", f"Take it in with `benchcoach kb add {path.name}`.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _broken(path, "it cannot be read", "Look at its permissions.", detail=str(error)) from error
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")
    front = _FRONT.match(text)
    meta = _meta(front[1]) if front else {}
    if not front or "sha256" not in meta:
        return _dropped(path, data)
    pages = meta.get("pages", {})
    whole = isinstance(pages, dict) and all(isinstance(page, int) for page in pages.values())
    if not whole or not all(isinstance(meta.get(name), str) for name in _FIELDS):
        raise _broken(path, "its first lines were changed", "Add the document again with `benchcoach kb add`.")
    own = OwnDocument(path.stem, passages=(), pages=pages, **{name: meta[name] for name in _FIELDS})
    return replace(own, passages=tuple(_kept(path, own, text[front.end() :])))


def id_of(name: str) -> str:
    """Return the id that a file's name gives."""
    return name_of(Path(name).stem) or "document"


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(data).hexdigest()


def _dropped(path: Path, data: bytes) -> OwnDocument:
    try:
        document = documents.read(path.name, data, max_megabytes=_LARGEST_DROPPED)
    except InputError as error:
        said = error.message[0].lower() + error.message[1:].rstrip(".")
        raise _broken(path, said, error.hint) from error
    return made(id_of(path.name), path.name, "", document)


def _kept(path: Path, own: OwnDocument, body: str) -> list[Passage]:
    marks = list(_HEADING.finditer(body))
    passages: dict[str, Passage] = {}
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        name = mark[2] or name_of(mark[1])
        content = body[mark.end() : after.start() if after else len(body)].strip("\n")
        text = _ESCAPED.sub(lambda found: found[1][1:], content)
        if not name or f"{own.id}#{name}" in passages:
            raise _broken(path, f"two headings have the id {name}", "Pin one of them with {#other-id}.")
        if text.strip():
            passage = _passage(own, name, mark[1], text)
            passages[passage.id] = passage
    if not passages:
        raise _broken(path, "no passage is left in it", "Add the document again, or remove it.")
    return list(passages.values())


def _passage(own: OwnDocument, name: str, heading: str, text: str) -> Passage:
    title = own.title if heading in ("", own.title) else f"{own.title}: {heading}"
    place = f", page {own.pages[name]}" if name in own.pages else ""
    added = f", added {own.added[:10]}" if own.added else ""
    return Passage(f"{own.id}#{name}", title, text, f"Own document {own.file}{place}{added}")


def _meta(text: str) -> dict[str, Any]:
    try:
        meta = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, in C
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return meta if isinstance(meta, dict) else {}


def _broken(path: Path, what: str, hint: str = "", *, detail: str = "") -> LibraryError:
    return LibraryError(f"The document {path.name} does not count: {what}.", hint=hint, detail=detail)
