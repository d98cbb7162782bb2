"""The text of a PDF as blocks: lines put together to paragraphs, larger type as headings, page by page.

Knows where lines lie on a page and what recurs on every page. Runs in the child process alone. A picture of a
page holds no text, and nothing here guesses at one.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from assistant.errors import InputError
from assistant.library.documents.blocks import Block, LeftOut, tidy

MAX_PAGES: Final = 2_000
_LARGER: Final = 1.12
_HEADING_WORDS: Final = 14
_UNREADABLE_SIZE: Final = 2.0
_GAP: Final = 1.35
_RECURS: Final = 3
_JOINT = re.compile(r"(\w+)[-\u2010]\n(\w+)")
_NUMBER = re.compile(r"\W*(?:page|seite|p\.)?\W*\d{1,4}\W*(?:(?:of|von|/)\W*\d{1,4}\W*)?", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_BULLET = re.compile(r"[•▪‣◦●■–*-] |\(?\w{1,2}[.)] ")


@dataclass(slots=True)
class _Line:
    text: str
    size: float
    y: float
    page: int
    bold: bool


def parse(data: bytes) -> tuple[str, list[Block], list[LeftOut]]:
    """Return the title that the file names, its blocks in order, and what was left out. Raises InputError."""
    reader = _opened(data)
    pages: list[list[_Line]] = []
    left_out: list[LeftOut] = []
    for number, page in enumerate(reader.pages, 1):
        lines, tiny = _lines(page, number)
        pages.append(lines)
        left_out += [LeftOut("too small to read", text) for text in tiny]
    if not any(pages):
        raise InputError(
            "It holds no text, only pictures of pages.", hint="Run text recognition (OCR) over it, or add the original."
        )
    empty = [str(number) for number, lines in enumerate(pages, 1) if not lines]
    left_out += [LeftOut("a page without text", f"page {number}") for number in empty]
    recurring = _recurring(pages)
    left_out += [LeftOut("on every page", text) for text in dict.fromkeys(recurring.values())]
    kept = [[line for line in lines if id(line) not in recurring] for lines in pages]
    title = (reader.metadata.title if reader.metadata else None) or ""
    return tidy(str(title)), list(_blocks(kept)), left_out


def _opened(data: bytes) -> PdfReader:
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError("It is protected by a password.", hint="Save a copy without the password.")
        count = len(reader.pages)
    except DependencyError as error:
        raise InputError(
            "It is encrypted.", hint="Print it to a new PDF, or save a copy without protection.", detail=str(error)
        ) from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise InputError("It is broken.", hint="Open it and save it again.", detail=type(error).__name__) from error
    if count > MAX_PAGES:
        raise InputError(f"It has {count:,} pages; {MAX_PAGES:,} is the limit.", hint="Split it.")
    return reader


def _lines(page: PageObject, number: int) -> tuple[list[_Line], list[str]]:
    """Return the lines of a page with their place and size, and pieces too small for anybody to read."""
    found: list[_Line] = []
    tiny: list[str] = []
    ended = True

    def piece(text: str, outer: list[float], inner: list[float], font: Any, size: float) -> None:  # noqa: ANN401
        nonlocal ended
        if not text.strip():
            ended = ended or "\n" in text
            return
        shown = abs(size) * (inner[2] ** 2 + inner[3] ** 2) ** 0.5 * (outer[2] ** 2 + outer[3] ** 2) ** 0.5
        if 0 < shown < _UNREADABLE_SIZE:
            tiny.append(tidy(text))
            return
        y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        bold = "bold" in str((font or {}).get("/BaseFont", "")).lower()
        for part in re.split(r"(?<=\n)", text):
            if not part.strip():
                ended = ended or "\n" in part
                continue
            if ended or not found:
                found.append(_Line(part, shown, y, number, bold))
            else:
                found[-1].text += part
                found[-1].bold = found[-1].bold and bold
            ended = part.endswith("\n")

    page.extract_text(visitor_text=piece)
    for line in found:
        line.text = tidy(line.text.replace("\n", " "))
    return [line for line in found if line.text], tiny


def _recurring(pages: list[list[_Line]]) -> dict[int, str]:
    """Return lines at the edges of pages that most of them share, and bare page numbers, by identity.

    The first and the last line may differ in their numbers; those next to them have to be the same.
    """
    edges = [line for lines in pages for line in {id(x): x for x in lines[:1] + lines[-1:]}.values()]
    inner = [line for lines in pages for line in {id(x): x for x in lines[1:2] + lines[-2:-1]}.values()]
    often = max(_RECURS, len(pages) // 2)
    alike = Counter(_DIGITS.sub("0", line.text) for line in edges)
    same = Counter(line.text for line in (*edges, *inner))
    found = [line for line in edges if alike[_DIGITS.sub("0", line.text)] >= often]
    found += [line for line in inner if same[line.text] >= often]
    found += [line for line in edges if len(pages) > 1 and _NUMBER.fullmatch(line.text)]
    return {id(line): line.text for line in found}


def _blocks(pages: list[list[_Line]]) -> Iterator[Block]:
    lines = [line for page in pages for line in page]
    if not lines:
        return
    body = _usual(lines)
    known = frozenset(re.findall(r"\w+", " ".join(line.text for line in lines).lower()))
    held: list[_Line] = []
    for line in lines:
        if held and _apart(held[-1], line, body):
            yield _block(held, body, known)
            held = []
        held.append(line)
    yield _block(held, body, known)


def _usual(lines: list[_Line]) -> float:
    """Return the size of type that most letters have."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0]


def _apart(before: _Line, line: _Line, body: float) -> bool:
    if _is_heading(before, body) != _is_heading(line, body) or _BULLET.match(line.text):
        return True
    if before.page != line.page:
        return before.text[-1] in ".!?:" or _is_heading(line, body)
    drop = before.y - line.y
    return drop > _GAP * max(line.size, before.size) * 1.2 or drop < -line.size


def _is_heading(line: _Line, body: float) -> bool:
    short = len(line.text.split()) <= _HEADING_WORDS and any(c.isalpha() for c in line.text)
    larger = line.size >= _LARGER * body
    return short and (larger or (line.bold and line.size >= body and line.text[-1] not in ".,;:!?"))


def _block(lines: list[_Line], body: float, known: frozenset[str]) -> Block:
    def joined(found: re.Match[str]) -> str:
        # A word cut at the end of a line is put together where the document knows it uncut.
        return found[1] + found[2] if (found[1] + found[2]).lower() in known else f"{found[1]}-{found[2]}"

    text = _JOINT.sub(joined, "\n".join(line.text for line in lines)).replace("\n", " ")
    level = 0
    if _is_heading(lines[0], body):
        level = 1 if lines[0].size >= 1.6 * body else 2
    return Block(text, level, lines[0].page)
