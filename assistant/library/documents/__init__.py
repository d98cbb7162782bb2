"""Documents from outside as safe text: a file of any supported kind in, passages and what was left out back.

Knows the kinds of files and every way in which one can be unusable: unsupported, too large, empty, broken,
encrypted, or without text. Intricate kinds are opened in a child process. Knows nothing of where documents are
kept. Whatever a document says is only ever text to quote.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

from assistant.errors import InputError
from assistant.library.documents import markdown
from assistant.library.documents.blocks import Block, LeftOut, tidy, visible
from assistant.library.documents.cutting import Piece, cut

__all__ = ["KINDS", "Document", "LeftOut", "Piece", "kind_of", "read"]

KINDS: Final = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
}
"""Which files can be read, by the end of their names."""
MAX_CHARACTERS: Final = 3_000_000
SECONDS: Final = 90
_MEGABYTE: Final = 1_000_000
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?\s*([A-Za-z0-9_-]{2,40})""", re.IGNORECASE)
_BOMS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document as text: its passages, and everything of it that does not count."""

    kind: str
    title: str
    pieces: tuple[Piece, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def kind_of(name: str) -> str:
    """Return the kind of file that a name promises. Raises InputError for one that cannot be read."""
    end = PurePath(name).suffix.lower()
    if end in KINDS:
        return KINDS[end]
    hint = "Save it as DOCX or PDF." if end in (".doc", ".odt", ".rtf", ".pages", ".ppt", ".pptx") else ""
    raise InputError(
        f"Files that end in {end} cannot be read." if end else "Its name does not say what kind of file it is.",
        hint=hint or "Markdown, text, HTML, PDF and DOCX can.",
    )


def read(name: str, data: bytes, *, max_megabytes: int = 20) -> Document:
    """Read a document. Its name is only looked at for its kind and, where nothing better is there, for a title.

    Raises InputError that says what is wrong with it, and never holds a word of it.
    """
    kind = kind_of(name)
    if len(data) > max_megabytes * _MEGABYTE:
        raise InputError(
            f"It is larger than {max_megabytes} megabytes.", hint="Split it, or raise the setting max_document."
        )
    if not data.strip():
        raise InputError("It is empty.", hint="Look whether it was saved.")
    notes: list[str] = []
    if kind in ("markdown", "text"):
        title, blocks, left_out = markdown.parse(_seen(_decoded(data, notes), notes))
    else:
        title, blocks, left_out = _in_child(kind, _checked(kind, data, notes))
    return _document(kind, title or _title(name), blocks, left_out, notes)


def _document(kind: str, title: str, blocks: list[Block], left_out: list[LeftOut], notes: list[str]) -> Document:
    shown = [replace(block, text=tidy(_seen(block.text, notes))) for block in blocks]
    shown = [block for block in shown if block.text]
    if sum(len(block.text) for block in shown) > MAX_CHARACTERS:
        raise InputError(f"It holds more than {MAX_CHARACTERS:,} characters of text.", hint="Split it.")
    pieces, bare = cut(shown)
    if not pieces:
        raise InputError("There is no text in it that could be quoted.", hint="Look whether it was saved.")
    unseen = [LeftOut(piece.why, tidy(visible(piece.text)[0])) for piece in left_out]
    title = tidy(visible(title)[0]).replace("\n", " ")[:200]
    return Document(kind, title, tuple(pieces), (*unseen, *bare), tuple(_summed(notes)))


def _seen(text: str, notes: list[str]) -> str:
    shown, hidden = visible(text)
    notes += [_HIDDEN] * (hidden > 0)
    return shown


_HIDDEN: Final = "Characters that nobody can see were taken out."


def _summed(notes: list[str]) -> list[str]:
    return list(dict.fromkeys(notes))


def _title(name: str) -> str:
    return re.sub(r"[-_\s]+", " ", PurePath(name).stem).strip() or "Document"


def _decoded(data: bytes, notes: list[str]) -> str:
    encoding = next((enc for mark, enc in _BOMS.items() if data.startswith(mark)), "utf-8")
    if b"\x00" in data and encoding != "utf-16":
        raise InputError("It is not text: it holds NUL bytes.", hint="Save it as plain text, UTF-8.")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        notes.append("It is not UTF-8 and was read as Windows-1252; look at letters with accents.")
        return data.decode("cp1252", errors="replace")


def _checked(kind: str, data: bytes, notes: list[str]) -> bytes:
    """Return what the child is given: a file that is what its name says, a page as UTF-8."""
    if kind == "html":
        return _page(data, notes)
    if kind == "pdf" and b"%PDF-" not in data[:1024]:
        raise InputError("It is no PDF, whatever its name says.", hint="Open it and save it again as PDF.")
    if kind == "docx" and data.startswith(_OLD_OFFICE):
        raise InputError(
            "It is protected by a password, or an older kind of file.", hint="Save a copy as DOCX without a password."
        )
    if kind == "docx" and not data.startswith(b"PK"):
        raise InputError("It is no DOCX, whatever its name says.", hint="Open it and save it again as DOCX.")
    return data


def _page(data: bytes, notes: list[str]) -> bytes:
    declared = _CHARSET.search(data[:4096])
    if declared and not any(data.startswith(mark) for mark in _BOMS):
        try:
            return data.decode(declared[1].decode()).encode("utf-8", "replace")
        except (LookupError, UnicodeDecodeError):
            notes.append("It is not in the encoding that it declares.")
    return _decoded(data, notes).encode("utf-8", "replace")


def _in_child(kind: str, data: bytes) -> tuple[str, list[Block], list[LeftOut]]:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "assistant.library.documents.child", kind],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        told: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"Reading it took more than {SECONDS} seconds.", hint="Split it.") from error
    except ValueError as error:  # no answer: it ran out of memory or processor time
        raise InputError(
            "Reading it needs more than a document may.",
            hint="Save it as plain text, or split it.",
            detail="no answer",
        ) from error
    if "error" in told:
        message, hint, detail = told["error"]
        raise InputError(message, hint=hint, detail=detail)
    blocks = [Block(str(text), int(level), int(page)) for text, level, page in told["blocks"]]
    return str(told["title"]), blocks, [LeftOut(str(why), str(text)) for why, text in told["left_out"]]
