"""A document as blocks of safe text, and what was left out of it.

Knows which characters a reader cannot see, and takes them out: text from outside must show everything that it
says. Knows nothing of kinds of files or of passages.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item or a row of a table; a heading has a level of 1 to 6, and may pin its id."""

    text: str
    level: int = 0
    page: int = 0
    pin: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A piece of a document that does not count, and why."""

    why: str
    text: str


# Unicode's default-ignorable characters: no glyph of their own, and the usual way to smuggle words past a reader.
_IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_IGNORABLE}]")
_LINE_END = re.compile("\r\n|[\r\u2028\u2029\x85\x0b\x0c]")
_SPACES = re.compile(r"[^\S\n]+|\u2800+")
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_HARMLESS: Final = "\u00ad\u200d\ufe0f\ufeff"


def visible(text: str) -> tuple[str, int]:
    """Return a text without any character that cannot be seen, and how many of those are worth a word.

    Line ends become ``\\n``. Soft hyphens, byte-order marks and what joins an emoji are no tricks.
    """
    text = _LINE_END.sub("\n", text)
    shown = "".join(c for c in _HIDDEN.sub("", text) if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)
    gone = len(text) - len(shown) - sum(text.count(c) for c in _HARMLESS)
    return _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), shown), gone


def tidy(text: str) -> str:
    """Return a text with single spaces, no space at the ends of lines and no empty lines."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def words(text: str) -> list[str]:
    """Return the words of a text, as a reader would count them."""
    return text.split()
