"""Reads what a clause is, and whether any of it is spoken. Knows worked examples, no model.

Three sources are weighed together: how near the clause is in meaning to each worked clause of the
library, a few features of its form, and its words and pairs of words (tf-idf). The weights are a
ridge regression to one-hot kinds (Hoerl and Kennard, 1970), solved in closed form when the library
is opened; there is nothing to train and nothing to store.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.corpus import ClauseExample
from assistant.domain import Category, Kind

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Any]

OPINIONS = frozenset(
    {Kind.JUDGMENT, Kind.GENERALIZATION, Kind.MIND_READING, Kind.HEARSAY, Kind.COMPARISON, Kind.THREAT}
)
"""Kinds that never reach the message as they stand."""

KIND_OF = {
    Category.LABEL: Kind.JUDGMENT,
    Category.STEREOTYPE: Kind.JUDGMENT,
    Category.PROFANITY: Kind.JUDGMENT,
    Category.SARCASM: Kind.JUDGMENT,
    Category.VAGUE_BLAME: Kind.JUDGMENT,
    Category.GENERALIZATION: Kind.GENERALIZATION,
    Category.MIND_READING: Kind.MIND_READING,
    Category.HEARSAY: Kind.HEARSAY,
    Category.COMPARISON: Kind.COMPARISON,
    Category.THREAT: Kind.THREAT,
    Category.VAGUE_PRAISE: Kind.PRAISE,
    Category.INJECTION: Kind.INSTRUCTION,
}
"""The kind of a clause that a finding of this category covers."""

_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = "mon|tue|wed|thu|fri|sat|sun"
_FEATURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\d",
        r"\b(?:i|my|we|our|us)\b",
        r"\b(?:you|he|she|they|your|his|her)\b",
        r"n['’]?t\b|\b(?:not|no|nobody|nothing|without)\b",
        r"\b\w+ed\b|\b(?:was|were|had|did|left|went|came|took|said|told|made|got)\b",
        r"\b(?:is|are|seems?|be|'s)\b",
        r"\b(?:please|needs?|must|should|have to|has to|want|expect)\b",
        r"\b(?:always|never|every|constantly|all the time|again and again)\b",
        r"\b(?:if|when|or)\b",
        r"[\"“«]",
        r"\b(?:like|than|unlike|compared|better|worse)\b",
        r"\b(?:heard|hear|people|everyone|apparently|rumou?r|word|they say)\b",
        r"\b(?:thinks?|wants?|cares?|just|clearly|obviously|because|feels?|trying|probably)\b",
        rf"\b(?:on|at|in|by|since|until|before)\s+(?:\d|{_DAY}|{_MONTH})",
        r"!",
        r"^\W*(?:please|send|stop|do|make|get|call|check|bring|put|fill|write|let|keep|ask|tell)\b",
        r"\b(?:agreed|agreement|policy|rule|standard|procedure|target|supposed|expected|handbook|checklist)\b",
        r"\b(?:warning|formal|hr|stage|probation|otherwise|or else)\b",
        r"\b(?:customers?|clients?|guests?|patients?|parents?|nurse|log|e-?mail(?:ed)?|complain\w*|wrote|reported)\b",
        r"\b(?:so|too|very|such|total(?:ly)?|complete(?:ly)?|absolutely|really)\b",
        r"\b(?:great|good|well done|amazing|excellent|brilliant|thanks?|thank you)\b",
        r"\b(?:had to|cost|lost|waited|wait|delayed|stood|because of)\b",
        r"^\W*(?:i|i'm|i've|my)\b",
        r"\b(?:word|wording|phrase|re?word|rewrite|tone|sound|version|text|mail|message|sentence|line|coach|bot|editor|"
        r"assistant|model|write|polish|translate|put it|say it)\w*\b",
        r"\b(?:is|are|'s|'re)\b(?!.*\b(?:was|were|had|did|\w+ed)\b)",
        r"\b(?:would|could|might)\b",
        r"\?\s*$",
        r"\b(?:you|u|he|she|they)(?:'s|'re| is| are|'ve got)\b",
        r"\b(?:was|were) (?:a|an|like|such)\b",
        r"\b(?:before|after|when|while|until)\b",
        r"^\W*(?:the|a|an|nobody|nothing|two|three|\d)",
        r"^\W*(?:you|u|he|she|they|(?-i:[A-Z][a-z]+))\s+(?:\w+ed|left|went|came|took|said|told|made|got|put|gave|had|did|sent|"
        r"wrote|was|were)\b",
        r"\bi\b.*\b(?:you|he|she|they|him|her)\b",
        r"\b(?:like|as)\b.*\b(?:a|an)\b",
        r"\b(?:que|le|la|de|nie|ki|bhi|und|mir|pas|mes|los|est|ho|na)\b",
        r"\b(?:forever|ever|everything|anything|nothing|all)\b",
    )
)


@dataclass(frozen=True, slots=True)
class KindReading:
    """Belief in each kind (adds up to 1), and in nothing of the clause being spoken (0 to 1)."""

    shares: dict[Kind, float]
    unspoken: float


class KindReader:
    """Probabilities of each kind for clauses, from the library's worked clauses.

    ``embed`` maps n texts to n unit vectors; without it the form alone decides.
    """

    def __init__(self, examples: Sequence[ClauseExample], embed: Embed | None) -> None:
        self._embed = embed
        self._kinds = tuple(Kind)
        clauses = [e.clause for e in examples]
        self._weight = _inverse_frequencies(clauses)
        rows = self._rows(clauses)
        targets = np.zeros((len(examples), len(self._kinds) + 1))
        for at, example in enumerate(examples):
            targets[at, self._kinds.index(example.kind)] = 1.0
            targets[at, -1] = 0.0 if example.becomes else 1.0
        self._mean = targets.mean(axis=0)
        # The dual form: fewer examples than columns.
        gram = rows @ rows.T + _RIDGE * np.eye(len(rows))
        self._weights = rows.T @ np.linalg.solve(gram, targets - self._mean)

    def read(self, clauses: Sequence[str]) -> list[KindReading]:
        """Return for each clause the share of belief in each kind, and in nothing of it being spoken."""
        if not clauses:
            return []
        scores = self._rows(clauses) @ self._weights + self._mean
        shares = np.clip(scores[:, :-1], 0.0, None) ** 1.5 + 1e-6
        shares /= shares.sum(axis=1, keepdims=True)
        unspoken = np.clip(scores[:, -1], 0.0, 1.0)
        return [
            KindReading(dict(zip(self._kinds, map(float, row), strict=True)), float(left))
            for row, left in zip(shares, unspoken, strict=True)
        ]

    def _rows(self, clauses: Sequence[str]) -> NDArray[np.float64]:
        form = np.array([[0.35 * bool(f.search(c)) for f in _FEATURES] for c in clauses], dtype=np.float64)
        columns = [form.reshape(len(clauses), len(_FEATURES)), self._words(clauses)]
        if self._embed is not None:
            columns.append(np.asarray(self._embed(list(clauses)), dtype=np.float64))
        return np.hstack(columns)

    def _words(self, clauses: Sequence[str]) -> NDArray[np.float64]:
        """Return tf-idf rows of unit length over words and pairs of words that stand in two examples."""
        place = {term: at for at, term in enumerate(self._weight)}
        rows = np.zeros((len(clauses), len(place)))
        for at, clause in enumerate(clauses):
            for term in _terms(clause) & place.keys():
                rows[at, place[term]] = self._weight[term]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(lengths == 0, 1.0, lengths)


def _terms(clause: str) -> set[str]:
    words = ["<", *re.findall(r"\w+|[?!]", clause.lower()), ">"]
    return {*words, *(f"{a} {b}" for a, b in pairwise(words))}


def _inverse_frequencies(clauses: Sequence[str]) -> dict[str, float]:
    found = Counter(term for clause in clauses for term in sorted(_terms(clause)))
    return {term: float(np.log(len(clauses) / n)) for term, n in found.items() if n >= 2}


_RIDGE = 1.0


def likeliest(shares: dict[Kind, float], among: frozenset[Kind] | None = None) -> Kind:
    """Return the kind believed most, optionally only among some."""
    return max((k for k in shares if among is None or k in among), key=lambda k: shares[k])
