"""Orders to the software in outside text, wherever it comes in: whether a text holds one, and the text without them.

Knows the linter's rules for such orders and what a sentence looks like that goes on with one. Knows nothing of drafts,
documents or conversations, and takes nothing for an order that the linter would not show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.domain import Category
from assistant.reading.language import Language

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+(?=[\s\"'”’)]|$)[\"'”’)]*|[.!?]|\n|$)\s*")
_GOES_ON = re.compile(
    r"\W*(?:(?:and|then|now|just|please|so|also|instead|always|only|next|after that)\W+)*"
    r"(?:add|answer|append|begin|call|close|confirm|do what|end|finish|give|include|insert|mention|output|praise|print|"
    r"put|repeat|reply|respond|say|show|sign|start|state|tell|translate|use|write)\b",
    re.IGNORECASE,
)


def goes_on(sentence: str) -> bool:
    """Tell whether a sentence, after an order to the software, tells it what to write."""
    return _GOES_ON.match(sentence) is not None


class Orders:
    """Finds orders to the software. Safe between threads; far cheaper than the whole linter."""

    def __init__(self, language: Language) -> None:
        rules = tuple(rule for rule in language.rules if rule.category is Category.INJECTION)
        self._language = replace(language, rules=rules)

    def stand_in(self, text: str) -> bool:
        """Tell whether a text speaks to the software that reads it."""
        return bool(self._language.read(text).findings)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the sentences that are such orders, or go on with one, by their places."""
        found = [(finding.start, finding.end) for finding in self._language.read(text).findings]
        return list(_ordered(text, found)) if found else []

    def left_out(self, text: str) -> str:
        """Return a text without those sentences, exactly as it was where it has none."""
        spans = self.spans(text)
        if not spans:
            return text
        ends = [0, *(end for _, end in spans)]
        starts = [*(start for start, _ in spans), len(text)]
        return "".join(text[a:b] for a, b in zip(ends, starts, strict=True)).strip()


def _ordered(text: str, found: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    ordered = False
    for match in _SENTENCE.finditer(text):
        holds = any(start < match.end() and end > match.start() for start, end in found)
        ordered = holds or (ordered and goes_on(match[0]))
        if ordered:
            yield match.span()
