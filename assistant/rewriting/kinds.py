"""Reads what a clause is, and whether any of it is spoken. Knows worked examples, no model.

Three sources are weighed together: how near the clause is to each worked clause of the library in
how it is put (a Gaussian kernel over the embedding model's fourth layer), a few features of its
form, and its words and pairs of words (tf-idf). The weights are a kernel ridge regression to one-hot
kinds (Hoerl and Kennard, 1970; Saunders and others, 1998), solved in closed form when the library is
opened; there is nothing to train.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.domain import Category, Kind
from assistant.library import ridge as regression
from assistant.library.corpus import ClauseExample
from assistant.library.kept_vectors import solved
from assistant.library.ridge import Matrix, NearRidge, Solution, Words
from assistant.rewriting import parts

Encode = Callable[[Sequence[str]], Any]

_CODE = tuple(Path(file) for file in (__file__, regression.__file__, parts.__file__))
"""What is learned depends on how a clause is looked at."""

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
        r"\b(?:text|message|reply|letter|version|output|result|answer|response|copy|wording|outcome)s?\b.{0,40}"
        r"\b(?:should|must|shall|has to|have to|needs? to|is to|are to|ends?|starts?|begins?|says?|reads?|contains?|"
        r"mentions?|claims?|tells?)\b",
        r"^\W*(?:(?:and|also|then|now|please|kindly|just)\W+)*(?:add|append|answer|claim|close|conclude|delete|describe|display|"
        r"end|give|include|insert|list|make|mention|output|print|pretend|put|repeat|replace|reply|respond|return|say|speak|start|"
        r"state|translate|turn|write)\b",
        r"\b(?:tool|software|program|machine|system|parser|engine|generator|rewriter|transformer|ai|llm|gpt|prompt)s?\b",
        r"[<>{}=\[\]|_]|->|//",
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


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A text with what it is: a worked clause, or a part of one."""

    text: str
    kind: Kind
    unspoken: bool
    whole: bool


def _lessons(examples: Sequence[ClauseExample]) -> list[_Lesson]:
    """Return the worked clauses, and after them the parts that were clearly said or clearly left out."""
    whole = [_Lesson(e.clause, e.kind, unspoken=not e.becomes, whole=True) for e in examples]
    return whole + [
        _Lesson(part.text, e.kind if part.said else Kind.JUDGMENT, unspoken=not part.said, whole=False)
        for e in examples
        for part in parts.taught(e.clause, e.becomes)
    ]


class KindReader:
    """Probabilities of each kind for clauses, from the library's worked clauses.

    ``encode`` maps n texts to n vectors; without it form and words alone decide. ``kept`` does the
    same for the worked clauses, for those who keep them; ``file`` keeps what was learned from them.
    """

    def __init__(
        self,
        examples: Sequence[ClauseExample],
        encode: Encode | None,
        kept: Encode | None = None,
        file: Path | None = None,
    ) -> None:
        self._encode = encode
        self._kinds = tuple(Kind)
        lessons = _lessons(examples)
        texts = [one.text for one in lessons]
        self._words = Words(texts)
        targets = np.zeros((len(lessons), len(self._kinds) + 1))
        for at, lesson in enumerate(lessons):
            targets[at, self._kinds.index(lesson.kind)] = 1.0
            targets[at, -1] = float(lesson.unspoken)
        vectors: Matrix = np.zeros((len(texts), 0))
        if encode is not None:
            vectors = np.asarray((kept or encode)(texts), dtype=np.float64)
            self._centre = vectors[: len(examples)].mean(axis=0)
            vectors = self._centred(vectors)
        ridge = np.array([_RIDGE if lesson.whole else _RIDGE / _PART_COUNTS for lesson in lessons])

        def solve() -> Solution:
            return NearRidge.solve(self._rows(texts), vectors, targets, ridge=ridge, reach=_REACH, width=_WIDTH)

        solution = solved(file, (*_CODE, *texts, targets, vectors), solve) if file else solve()
        self._ridge = NearRidge(solution, vectors, reach=_REACH, width=_WIDTH)

    def read(self, clauses: Sequence[str]) -> list[KindReading]:
        """Return for each clause the share of belief in each kind, and in nothing of it being spoken."""
        if not clauses:
            return []
        vectors: Matrix = np.zeros((len(clauses), 0))
        if self._encode is not None:
            vectors = self._centred(np.asarray(self._encode(list(clauses)), dtype=np.float64))
        scores = self._ridge.scores(self._rows(clauses), vectors)
        shares = np.clip(scores[:, :-1], 0.0, None) ** 1.5 + 1e-6
        shares /= shares.sum(axis=1, keepdims=True)
        unspoken = np.clip(scores[:, -1], 0.0, 1.0)
        return [
            KindReading(dict(zip(self._kinds, map(float, row), strict=True)), float(left))
            for row, left in zip(shares, unspoken, strict=True)
        ]

    def _centred(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return unit vectors from the middle of the worked clauses: what all clauses share tells nothing."""
        away = vectors - self._centre
        lengths = np.linalg.norm(away, axis=1, keepdims=True)
        unit: NDArray[np.float64] = away / np.where(lengths == 0, 1.0, lengths)
        return unit

    def _rows(self, clauses: Sequence[str]) -> NDArray[np.float64]:
        form = np.array([[0.35 * bool(f.search(c)) for f in _FEATURES] for c in clauses], dtype=np.float64)
        return np.hstack([form.reshape(len(clauses), len(_FEATURES)), self._words.rows(clauses)])


# Ridge, weight and width of the kernel, by tenfold cross-validation over the worked clauses.
_RIDGE = 1.0
_REACH = 3.0
_WIDTH = 0.6
# A part teaches less than a clause: what it is, its clause tells better.
_PART_COUNTS = 0.6


def likeliest(shares: dict[Kind, float], among: frozenset[Kind] | None = None) -> Kind:
    """Return the kind believed most, optionally only among some."""
    return max((k for k in shares if among is None or k in among), key=lambda k: shares[k])
