"""A DOCX file as HTML: the words that its page shows; deleted, hidden and marginal words are left out.

Knows the parts of the format that mammoth does not tell about. Runs in the child process alone.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

from assistant.errors import InputError
from assistant.library.documents.blocks import LeftOut, tidy

MAX_UNPACKED: Final = 200_000_000
MAX_PARTS: Final = 5_000
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY: Final = "word/document.xml"
_WITH_TEXT: Final = (_BODY, "word/footnotes.xml", "word/endnotes.xml")
_TEXTS: Final = (f"{_W}t", f"{_W}delText")
_OFF: Final = ("0", "false", "off")


def to_html(data: bytes) -> tuple[str, list[LeftOut]]:
    """Return the body of a document as HTML, and what was left out. Raises InputError."""
    import mammoth

    left_out: list[LeftOut] = []
    parts = _parts(data)
    for name in sorted(parts):
        if name in _WITH_TEXT:
            tree = _xml(parts[name])
            left_out += _strip(tree)
            parts[name] = ElementTree.tostring(tree, "utf-8")
        elif name.startswith(("word/header", "word/footer", "word/comments.")) and name.endswith(".xml"):
            why = "a comment" if "comments" in name else "a page's header or footer"
            left_out += [LeftOut(why, text) for text in [_text(_xml(parts[name]))] if text]
    page: Any = mammoth.convert_to_html(
        _packed(parts),
        convert_image=mammoth.images.img_element(lambda _: {}),
        include_embedded_style_map=False,
        external_file_access=False,
        style_map="p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh",
    )
    return str(page.value), left_out


def _parts(data: bytes) -> dict[str, bytes]:
    """Return the XML parts of the package; a package that would unpack to too much is refused first."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = package.infolist()
        if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise InputError(
                "It unpacks to far more than a document holds.", hint="Save it again without its pictures."
            )
        if any(entry.flag_bits & 1 for entry in entries):
            raise InputError("It is protected by a password.", hint="Save a copy without the password.")
        if _BODY not in package.namelist():
            raise InputError("It is no DOCX document.", hint="Open it in a word processor and save it as DOCX.")
        # Pictures and fonts hold no words: without them the rest costs next to nothing.
        wanted = [entry for entry in entries if entry.filename.endswith((".xml", ".rels"))]
        return {entry.filename: _unpacked(package, entry) for entry in wanted}


def _unpacked(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with package.open(entry) as stream:
        return stream.read(entry.file_size)  # never more than the sum that was checked


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    packed.seek(0)
    return packed


def _xml(content: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise InputError("It declares XML entities, which no word processor writes.", hint="Save it again as DOCX.")
    return ElementTree.fromstring(content)  # noqa: S314 - entities were refused; the process has a memory limit


def _strip(tree: ElementTree.Element) -> Iterator[LeftOut]:
    """Take hidden runs out of a tree; tell of them and of deletions, which mammoth passes over."""
    for parent in list(tree.iter()):
        if parent.tag in (f"{_W}del", f"{_W}moveFrom"):
            if text := _text(parent):
                yield LeftOut("deleted, with changes tracked", text)
            continue
        for run in [child for child in parent if child.tag == f"{_W}r" and _hidden(child)]:
            if text := _text(run):
                yield LeftOut("hidden text", text)
            parent.remove(run)


def _hidden(run: ElementTree.Element) -> bool:
    for name in ("vanish", "webHidden"):
        mark = run.find(f"{_W}rPr/{_W}{name}")
        if mark is not None and mark.get(f"{_W}val", "1") not in _OFF:
            return True
    return False


def _text(node: ElementTree.Element) -> str:
    paragraphs = list(node.iter(f"{_W}p")) or [node]
    return tidy(" ".join("".join(t.text or "" for t in p.iter() if t.tag in _TEXTS) for p in paragraphs))
