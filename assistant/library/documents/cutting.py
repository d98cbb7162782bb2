"""Blocks cut into passages that can be cited, with ids that survive reordering.

A passage lies under one heading and is as long as somebody would quote. Its id is the heading's, so neither
reordering nor rewording the text changes it; a long section goes on under ids made of their first words. Every
word of every block is in a passage (its text or its heading), or is handed back as left out.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from assistant.library.documents.blocks import Block, LeftOut

TARGET_WORDS: Final = 130
LONGEST: Final = 200
"""Words beyond which nobody quotes a passage."""
_SCRAP: Final = 25
_ID_WORDS: Final = 5
_LONGEST_ID: Final = 60
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before it belongs to a document: id within it, heading, text, and its page where there are pages."""

    id: str
    heading: str
    text: str
    page: int = 0


@dataclass(slots=True)
class _Section:
    """A heading (with those above it that hold no text of their own), what it stands under, and its texts."""

    headings: list[str]
    above: str
    pin: str = ""
    page: int = 0
    texts: list[tuple[str, int]] = field(default_factory=list)

    @property
    def own(self) -> str:
        return self.headings[-1] if self.headings else ""


def cut(blocks: Sequence[Block]) -> tuple[list[Piece], list[LeftOut]]:
    """Return the passages of a document in order, and headings that nothing stands under."""
    sections, left_out = _sections(blocks)
    shared = Counter(name_of(section.own) for section in sections if not section.pin)
    qualified = Counter(name_of(f"{s.above} {s.own}") for s in sections if not s.pin and shared[name_of(s.own)] > 1)
    pieces: list[Piece] = []
    for section in sections:
        name = section.pin or name_of(section.own)
        by_words = not name
        if name and not section.pin and shared[name] > 1:
            name = name_of(f"{section.above} {section.own}")
            by_words = qualified[name] > 1
        heading = ": ".join(section.headings)
        for number, (text, page) in enumerate(_lengths(section.texts)):
            id_ = name_of(f"{name} {opening(text)}") if by_words or number else name
            pieces.append(Piece(id_, heading, text, page))
    return list(_told_apart(pieces)), left_out


def slug(text: str) -> str:
    """Return the id that a heading gives: plain lower-case letters and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower().replace("'", "")))


def name_of(text: str) -> str:
    """Return a slug of bearable length, also for a script without Latin letters; empty only for an empty text."""
    name = slug(text)
    if len(name) > _LONGEST_ID:
        name = name[:_LONGEST_ID].rpartition("-")[0] or name[:_LONGEST_ID]
    if name or not text.strip():
        return name
    return f"x{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def opening(text: str) -> str:
    """Return the first words of a text, for an id."""
    return " ".join(re.findall(r"\w[\w']*", text)[:_ID_WORDS])


def _sections(blocks: Sequence[Block]) -> tuple[list[_Section], list[LeftOut]]:
    """Put each text under its heading; a heading without text is carried into the first one below it."""
    sections: list[_Section] = []
    left_out: list[LeftOut] = []
    path: list[Block] = []
    empty: list[Block] = []
    for block in blocks:
        if block.level:
            left_out += [_nothing_under(b) for b in empty if b.level >= block.level]
            empty = [*(b for b in empty if b.level < block.level), block]
            path = [*(b for b in path if b.level < block.level), block]
            continue
        if empty or not sections:
            above = path[-2].text if len(path) > 1 else ""
            pin = path[-1].pin if path else ""
            sections.append(_Section([b.text for b in empty], above, pin))
            empty = []
        sections[-1].texts.append((block.text, block.page))
    return sections, left_out + [_nothing_under(b) for b in empty]


def _nothing_under(heading: Block) -> LeftOut:
    return LeftOut("a heading with nothing under it", heading.text)


def _lengths(texts: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Join short texts and cut long ones, so that each is of a length to cite."""
    ready: list[tuple[str, int]] = []
    for text, page in (part for longer in texts for part in _parts(*longer)):
        if ready:
            before, first = ready[-1]
            count = len(before.split()) + len(text.split())
            if count <= TARGET_WORDS or (len(text.split()) < _SCRAP and count <= LONGEST - _SCRAP):
                ready[-1] = (before + _between(before, text) + text, first)
                continue
        ready.append((text, page))
    yield from ready


def _between(before: str, text: str) -> str:
    rows = all(part.startswith("- ") or " | " in part for part in (before.rsplit("\n", 1)[-1], text))
    return "\n" if rows else "\n\n"


def _parts(text: str, page: int) -> Iterator[tuple[str, int]]:
    """Cut a text that is too long at the ends of lines or sentences, or, without any, between words."""
    if len(text.split()) <= LONGEST:
        yield text, page
        return
    held: list[str] = []
    count = 0
    for sentence in _sentences(text):
        length = len(sentence.split())
        if held and count + length > TARGET_WORDS:
            yield "".join(held).strip(), page
            held, count = [], 0
        held.append(sentence)
        count += length
    if rest := "".join(held).strip():
        yield rest, page


def _sentences(text: str) -> Iterator[str]:
    at = 0
    for end in [*(m.end() for m in re.finditer(rf"{_SENTENCE_END.pattern}|\n", text)), len(text)]:
        words = list(re.finditer(r"\S+\s*", text[at:end]))
        for start in range(0, len(words), TARGET_WORDS):
            yield "".join(m[0] for m in words[start : start + TARGET_WORDS])
        at = max(at, end)


def _told_apart(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Number what still shares an id: sections with the same headings and the same first words."""
    taken: set[str] = set()
    for piece in pieces:
        id_, number = piece.id or "text", 1
        while id_ in taken:
            number += 1
            id_ = f"{piece.id or 'text'}-{number}"
        taken.add(id_)
        yield replace(piece, id=id_)
