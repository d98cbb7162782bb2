"""A text made plain for matching: markup, hidden characters and odd spaces gone, every offset remembered.

Knows characters, words and sentences, and where each stood in the text as given. Does not know rules or findings.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.reading.phrases import NAMES, WordList

INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0f\ufeff\U000e0000-\U000e007f"
_ODD = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<tag>(?:</?[a-zA-Z][^<>]{0,300}>\s*)+)"
    r"|(?P<entity>&(?:nbsp|amp|quot|apos|lt|gt|#39|#x27|rsquo|lsquo|ldquo|rdquo);)"
    rf"|(?P<hidden>[{INVISIBLE}]+)"
    r"|(?P<space>[ \t\r\n\f\v\u00a0\u2009\u202f]*[\t\r\n\f\v\u00a0\u2009\u202f][\s\u00a0]*|  +)"
    r"|(?P<run>([a-zA-Z])\7{2,})"
    r"|(?P<opens>(?<![\w*])(?:\*{1,3}|_{1,2})(?=\w))|(?P<closes>(?<=[\w.!?])(?:\*{1,3}|_{1,2})(?![\w*]))"
    r"|(?P<wide>[^\x00-\x7f])",
    re.DOTALL,
)
_ENTITIES = {
    "&nbsp;": " ",
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&ldquo;": '"',
    "&rdquo;": '"',
}
_STRAIGHT = dict(zip("’‘ʼ`´“”„«»–—‑\u2028", "'''''\"\"\"\"\"---\n", strict=True)) | {"…": "..."}
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|ul|ol|h\d|tr|td|blockquote)\b", re.IGNORECASE)
_NEW_PARAGRAPH = re.compile(r"\n[ \t]*\r?\n|\n\s*(?:[-*•>]|\d+[.)])\s")
_CAPITAL = re.compile(r"\b[A-Z][a-z]+\b")
_NOT_NAME_ENDINGS = ("ing", "tion", "ment", "ness", "ity", "ly", "ed", "ance", "ence")
_OPENERS = ("", ".", "!", "?", "\n", ":", ";", "-", "*")
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_SENTENCE = re.compile(r"[.!?;](?=[\s\"')]|$)[\s\"')]*|\n|$")


class Page:
    """A text made plain for matching: markup, hidden characters and odd spaces gone, offsets remembered."""

    def __init__(self, raw: str, not_names: WordList | None = None, *, as_is: bool = False) -> None:
        self.raw = raw
        self._not_names = not_names
        self._starts, self._origins = [0], [0]
        self.text = raw if as_is else self._plain(raw)
        self._low = _lower(self.text)
        self.low = self.text if as_is else self._low
        self.macros: dict[str, str | None] = {}
        self._seen: dict[str, bool] = {}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._spaced = self._low.replace("-", " ")
        self._tokens: frozenset[str] = frozenset()
        self._ends: list[int] = []

    def has(self, literal: str) -> bool:
        """Whether the lower-cased text contains a literal."""
        known = self._seen.get(literal)
        if known is None:
            known = self._seen[literal] = literal.lower() in self._low
        return known

    def words(self, words: WordList) -> Sequence[str]:
        """The entries and inflected forms of a list that occur in the text."""
        known = self._lists.get(words.name)
        if known is None:
            found = self._names() if words.name == NAMES else self._entries(words)
            known = self._lists[words.name] = tuple(dict.fromkeys(found))
        return known

    def _entries(self, words: WordList) -> Iterator[str]:
        if not self._tokens:
            self._tokens = frozenset(_WORD.findall(self._low)) | frozenset(_WORD.findall(self._spaced))
        yield from (token for token in self._tokens if words.holds(token))
        for phrase in words.phrases:
            if phrase in self._spaced:
                yield phrase
                if words.forms == "noun":
                    yield phrase + "s"

    def _names(self) -> Iterator[str]:
        for match in _CAPITAL.finditer(self.text):
            name = match[0].lower()
            opens = self.text[: match.start()].rstrip(" \"'(")[-1:] in _OPENERS
            if (opens and name.endswith(_NOT_NAME_ENDINGS)) or (self._not_names and self._not_names.holds(name)):
                continue
            yield name

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Turn offsets of the plain text into offsets of the text as given."""
        first, last = self._origin(start), self._origin(end)
        while last > first and self.raw[last - 1].isspace():
            last -= 1
        while first < last and self.raw[first].isspace():
            first += 1
        return first, last

    def sentence(self, start: int, end: int, around: int = 0) -> tuple[int, int]:
        """Return the bounds of the sentence of a place, with so many neighbours on each side."""
        ends = self._sentence_ends()
        first = bisect_right(ends, start) - around
        last = bisect_right(ends, max(start, end - 1)) + around
        return (ends[first - 1] if first > 0 else 0), ends[min(last, len(ends) - 1)]

    def sentences(self) -> list[tuple[int, int]]:
        """Return the bounds of every sentence, in order."""
        return [(a, b) for a, b in pairwise((0, *self._sentence_ends())) if a < b]

    def _sentence_ends(self) -> list[int]:
        self._ends = self._ends or [m.end() for m in _SENTENCE.finditer(self.text)]
        return self._ends

    def _origin(self, at: int) -> int:
        index = bisect_right(self._starts, at) - 1
        origin = self._origins[index] + at - self._starts[index]
        limit = self._origins[index + 1] if index + 1 < len(self._origins) else len(self.raw)
        return min(origin, limit)

    def _plain(self, raw: str) -> str:
        pieces: list[str] = []
        length = position = 0
        emphasis = 0
        for odd in _ODD.finditer(raw):
            if odd.lastgroup == "closes" and not emphasis:
                continue  # a masked swear word, not the end of bold type
            emphasis += (odd.lastgroup == "opens") - (odd.lastgroup == "closes")
            instead = _replacement(odd)
            if instead == odd[0]:
                continue
            before = raw[position : odd.start()]
            if instead == " " and (before or "".join(pieces[-1:])).endswith((" ", "\n")):
                instead = ""
            pieces += (before, instead)
            length += len(before)
            self._mark(length, odd.start())
            length += len(instead)
            self._mark(length, odd.end())
            position = odd.end()
        pieces.append(raw[position:])
        plain = "".join(pieces)
        return plain.lower() if _shouts(raw) and len(plain.lower()) == len(plain) else plain

    def _mark(self, at: int, origin: int) -> None:
        if self._starts[-1] == at:
            self._origins[-1] = origin
        else:
            self._starts.append(at)
            self._origins.append(origin)


def _lower(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)


def _shouts(raw: str) -> bool:
    letters = [c for c in raw if c.isalpha()]
    return len(letters) > 12 and sum(c.isupper() for c in letters) > 0.6 * len(letters)


def _replacement(odd: re.Match[str]) -> str:
    """Return what an odd piece of text becomes before matching."""
    kind, piece = odd.lastgroup, odd[0]
    if odd["run"]:
        return piece[0]
    if kind in ("hidden", "opens", "closes"):
        return ""
    if kind in ("comment", "tag"):
        return "\n" if _BLOCK_TAG.search(piece) else " " if kind == "comment" or piece[-1].isspace() else ""
    if kind == "entity":
        return _ENTITIES.get(piece, "'")
    if kind == "space":
        ahead = odd.string[odd.end() : odd.end() + 4]
        return "\n" if _NEW_PARAGRAPH.match(piece + ahead, piece.find("\n")) else " "
    return _STRAIGHT.get(piece) or _plain_letter(piece)


def _plain_letter(letter: str) -> str:
    """Return a letter without its accent or its fancy shape, where ASCII has it."""
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return plain if plain.isascii() and plain else letter
