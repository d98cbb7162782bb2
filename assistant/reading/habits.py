"""The second reader of a manager's two default behaviours: learned from examples, for words that no rule knows.

Knows short messages, and how much each reads like taking over, like vanishing, or like neither. It reads words, pairs
and pieces of words, and how the small words stand; nothing is imported and it fits into the time of ``check``. Its
weights are made from ``knowledge/examples/patterns.yaml`` by ``python -m evals.patterns --write``. What a rule found
stands (``language``); this only adds where the rules are silent. It judges the manager's words and nobody else.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from assistant.domain import Pattern, PatternName, Reading
from assistant.errors import LibraryError
from assistant.reading.language import Language
from assistant.reading.page import Page
from assistant.shelf import knowledge_folder

FILE = "patterns_words.json"
RULE = "reader-pattern"
"""Switched off by this name, like a rule."""
ORDER = (PatternName.MICROMANAGEMENT, PatternName.ABDICATION, PatternName.NONE)
LENGTH = 0.7
"""Length of each of the three groups of terms."""
_FEWEST, _SHORT, _LONGEST = 3, 25, 60
"""Words. A draft longer than the last tells more than one thing, and the rules alone read it."""
_DOUBT = 0.4
"""How much more a message of the longest kind has to read like a behaviour than a short one."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_SMALL = frozenset(
    """i me my mine myself we us our you your yours yourself he she his her him they them their it its this that these
    those the a an and or but if when until unless before after without not no never nothing nobody don't didn't
    haven't won't can't couldn't isn't do does did have has had will would should must may can could let be is are was
    were what how why who where which all every each any everything anything of to for with by from on in at about over
    up out back again first then now just only as so 0""".split()
)


def terms(text: str) -> tuple[set[str], set[str], set[str]]:
    """Return the words and pairs of a text, the pieces of its words, and how its small words stand."""
    words = ["0" if word.isdigit() else word for word in _WORD.findall(text.lower().replace("’", "'"))]
    whole = {*words, *(f"{a} {b}" for a, b in pairwise(["^", *words, "$"]))}
    pieces = {
        f"~{padded[at : at + size]}"
        for padded in (f" {word} " for word in set(words))
        for size in (3, 4, 5)
        for at in range(len(padded) - size + 1)
    }
    frame = ["^"]
    for word in words:
        kept = word if word in _SMALL else "*"
        if kept != "*" or frame[-1] != "*":
            frame.append(kept)
    frame.append("$")
    stands = {f"={a} {b}" for a, b in pairwise(frame[1:-1])}
    stands |= {f"={a} {b} {c}" for a, b, c in zip(frame, frame[1:], frame[2:], strict=False)}
    return whole, pieces, stands


@dataclass(frozen=True, slots=True)
class PatternReader:
    """A linear reading of a short message. Pure Python, so that ``check`` can afford it. Safe between threads."""

    place: dict[str, int]
    rarity: bytes
    rarity_step: float
    weights: tuple[bytes, ...]
    weight_step: float
    bias: tuple[float, ...]
    margin: float
    suggestions: dict[PatternName, str]

    @classmethod
    def load(cls, path: Path) -> PatternReader:
        """Read the weights; raises LibraryError where the file is missing or broken."""
        try:
            held = json.loads(path.read_text("utf-8"))
            weights, width = b64decode(held["weights"]), len(ORDER)
            return cls(
                place={term: at for at, term in enumerate(held["terms"])},
                rarity=b64decode(held["rarity"]),
                rarity_step=held["rarity_step"],
                weights=tuple(weights[at : at + width] for at in range(0, len(weights), width)),
                weight_step=held["weight_step"],
                bias=tuple(held["bias"]),
                margin=held["margin"],
                suggestions={PatternName(id_): text for id_, text in held["suggestions"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LibraryError(
                f"The learned reader's file {path.name} cannot be read.",
                hint="Install again, or write it with python -m evals.patterns --write.",
                detail=str(error),
            ) from error

    def scores(self, text: str) -> list[float]:
        """Return how much a message reads like each of ``ORDER``."""
        total = list(self.bias)
        for group in terms(text):
            here = {at: self.rarity[at] * self.rarity_step for t in group if (at := self.place.get(t)) is not None}
            length = math.sqrt(sum(value * value for value in here.values()))
            for at, value in here.items():
                scaled, row = LENGTH * value / length * self.weight_step, self.weights[at]
                for which in range(len(total)):
                    total[which] += scaled * (row[which] - 128)
        return total

    def read(self, text: str) -> PatternName:
        """Return the behaviour that a short message shows, or none."""
        if not _brief(text):
            return PatternName.NONE
        length = len(_WORD.findall(text.lower()))
        over, away, neither = self.scores(text)
        doubt = _DOUBT * max(0, length - _SHORT) / (_LONGEST - _SHORT)
        if max(over, away) <= neither + self.margin + doubt:
            return PatternName.NONE
        return ORDER[0] if over >= away else ORDER[1]

    def pattern(self, text: str) -> Pattern:
        """Return the behaviour with the sentence that shows most of it."""
        name = self.read(text)
        if name is PatternName.NONE:
            return Pattern()
        which, page = ORDER.index(name), Page(text)
        places = [page.place(start, end) for start, end in page.sentences()]
        told = [(scores[which] - scores[2], a, b) for a, b in places for scores in (self.scores(text[a:b]),)]
        _, start, end = max(told, default=(0.0, 0, len(text)))
        return Pattern(name, (text[start:end].strip(),), self.suggestions.get(name, ""))


def _brief(text: str) -> bool:
    """Tell whether a text is of a length that the reader reads; a longer one need not even open it."""
    return _FEWEST <= len(_WORD.findall(text.lower())) <= _LONGEST


def open_reader() -> PatternReader:
    """Open the reader with the built-in weights; they are read once."""
    return _loaded(knowledge_folder() / "examples" / FILE)


@lru_cache(maxsize=1)
def _loaded(path: Path) -> PatternReader:
    return PatternReader.load(path)


def read(language: Language, text: str) -> Reading:
    """Return what the rules find, with the behaviour that this reader sees where they saw none."""
    return add(language.read(text), text, language.disabled)


def add(reading: Reading, text: str, disabled: frozenset[str] = frozenset()) -> Reading:
    """Return a reading with the behaviour that the second reader sees, where the rules saw none."""
    if reading.pattern.name is not PatternName.NONE or RULE in disabled or not _brief(text):
        return reading
    found = open_reader().pattern(text)
    return reading if found.name is PatternName.NONE else replace(reading, pattern=found)
