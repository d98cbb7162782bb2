"""The second reader of routes: learned from examples, for what has to be seen by a person in words no rule knows.

Knows sentences, and how likely each belongs to a topic that only a person may judge. It reads words alone, with
nothing imported and within the time of ``check``; given the embedding model it reads meaning too. Its weights are
made from ``knowledge/examples/routes.yaml`` by ``python -m evals.routes --write`` and travel in two files beside it.
Does not know the rules (``language``); it only adds to what they found, never takes away.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.domain import Category, Finding, Reading, Route, RouteReason, RouteTo
from assistant.errors import LibraryError
from assistant.reading import habits
from assistant.reading.language import DOUBTFUL, REPROACHFUL, SEES, Language, most_urgent
from assistant.reading.page import Page
from assistant.shelf import knowledge_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

WORDS_FILE, VECTORS_FILE = "routes_words.json", "routes_vectors.npz"
RULE = "reader-"
"""What the rule ids of this reader's findings start with; ``reader-age`` can be switched off like any rule."""

BLEND = 0.2
GAMMA = 1.2
FORM_WEIGHT = 0.2
_FEWEST_WORDS = 3
_SHARPNESS = 4  # the nearest examples name the topic
_SHORTEST_PIECE = 3
_BELONGS = 0.4
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_PIECE = re.compile(
    r"[,;:()]\s*|\s+-\s+|\s+(?=(?:and|but|so|because|since|which|while|until|when|now that|after|before)\s)"
)
_FORM = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:he|she|his|her|him|hers)\b",
        r"\b(?:you|your|u)\b",
        r"\b(?:i|my|me|i'm|i'd|we|our|us)\b",
        r"\b(?:customers?|clients?|guests?|patients?|residents?|pupils?|visitors?|callers?|tenants?|mr|mrs|ms|dr)\b",
        r"\b(?:because|since|now that|so|after|ever)\b",
        r"\d",
        r"^\W*the\b",
        r"\b(?:they|them|their)\b",
        r"\b(?:lads?|guys?|men|crew|girls?|women|people)\b",
        r"\b(?:want|should|need|let's|let us|can't|cannot|won't)\b",
        r"^\W*(?:he|she)\b",
        r"\b[A-Z][a-z]+\b.*\b(?:him|her|his)\b",
    )
)


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of matter that a person has to see, whom it goes to, and what to tell the manager."""

    id: str
    category: Category
    route: RouteTo
    why: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A place in a plain text that reads like a topic."""

    start: int
    end: int
    topic: Topic


def terms(text: str) -> tuple[set[str], set[str]]:
    """Return the words and pairs of words of a text, and the pieces of its words (three to five letters)."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    pieces = {
        f"~{padded[at : at + size]}"
        for padded in (f" {word} " for word in set(words))
        for size in (3, 4, 5)
        for at in range(len(padded) - size + 1)
    }
    return {*words, *(f"{a} {b}" for a, b in pairwise(words))}, pieces


def form(text: str) -> list[float]:
    """Return how a sentence is put: whom it speaks of, what it wants."""
    return [float(bool(feature.search(text))) for feature in _FORM]


@dataclass(frozen=True, slots=True)
class WordReader:
    """A linear reading of words, pairs and pieces of words. Pure Python, so that ``check`` can afford it."""

    topics: tuple[Topic, ...]
    threshold: float
    blended_threshold: float
    bias: float
    place: dict[str, int]
    rarity: bytes
    weights: tuple[float, ...]
    shares: tuple[bytes, ...]
    rarity_step: float
    share_step: float
    share_bias: tuple[float, ...]

    @classmethod
    def load(cls, path: Path) -> WordReader:
        """Read the weights; raises LibraryError where the file is missing or broken."""
        try:
            held = json.loads(path.read_text("utf-8"))
            width = len(held["topics"])
            shares = b64decode(held["shares"])
            return cls(
                topics=tuple(
                    Topic(t["id"], Category(t["category"]), RouteTo(t["route"]), t["why"], t["suggestion"])
                    for t in held["topics"]
                ),
                threshold=held["threshold"],
                blended_threshold=held["blended_threshold"],
                bias=held["bias"],
                place={term: at for at, term in enumerate(held["terms"])},
                rarity=b64decode(held["rarity"]),
                weights=tuple(held["weights"]),
                shares=tuple(shares[at : at + width] for at in range(0, len(shares), width)),
                rarity_step=held["rarity_step"],
                share_step=held["share_step"],
                share_bias=tuple(held["share_bias"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LibraryError(
                f"The learned reader's file {path.name} cannot be read.",
                hint="Install again, or write it with python -m evals.routes --write.",
                detail=str(error),
            ) from error

    def values(self, text: str) -> dict[int, float]:
        """Return tf-idf values by place of term; words and pieces of words each have length 0.7."""
        found: dict[int, float] = {}
        for group in terms(text):
            here = {at: self.rarity[at] * self.rarity_step for t in group if (at := self.place.get(t)) is not None}
            length = math.sqrt(sum(value * value for value in here.values()))
            found |= {at: 0.7 * value / length for at, value in here.items()}
        return found

    def score(self, values: dict[int, float]) -> float:
        """Return how much a sentence reads like any topic: 1 for sure, -1 for sure not."""
        return self.bias + sum(value * self.weights[at] for at, value in values.items())

    def topic_shares(self, values: dict[int, float]) -> list[float]:
        """Return how belief is shared among the topics, supposing it is one of them."""
        belief = list(self.share_bias)
        for at, value in values.items():
            row, scaled = self.shares[at], value * self.share_step
            for topic in range(len(belief)):
                belief[topic] += scaled * (row[topic] - 128)
        belief = [max(share, 0.0) for share in belief]
        total = sum(belief) or 1.0
        return [share / total for share in belief]


class MeaningReader:
    """A kernel ridge regression (Saunders, Gammerman and Vovk, 1998) over vectors of the embedding model."""

    def __init__(self, path: Path, encode: Callable[[Sequence[str]], Any]) -> None:
        import numpy

        self._np = numpy
        self._encode = encode
        try:
            with numpy.load(path, allow_pickle=False) as held:
                self._mean, self._spread = held["mean"], held["spread"]
                self._rows = self._whole(held["vectors"].astype(numpy.float32), held["form"].astype(numpy.float32))
                self._alphas, self._topic, self._base = held["alphas"], held["topic"], float(held["base"])
        except (OSError, ValueError, KeyError) as error:
            raise LibraryError(
                f"The learned reader's file {path.name} cannot be read.",
                hint="Install again, or write it with python -m evals.routes --write.",
                detail=str(error),
            ) from error
        self._squares = (self._rows**2).sum(axis=1)

    def read(self, sentences: Sequence[str], topics: int) -> list[tuple[float, list[float]]]:
        """Return for each sentence how much it reads like any topic, and the shares of the topics."""
        np = self._np
        forms = np.array([form(sentence) for sentence in sentences], dtype=np.float32)
        near = (np.asarray(self._encode(list(sentences)), dtype=np.float32) - self._mean) / self._spread
        rows = self._whole(near, forms)
        distance = (rows**2).sum(axis=1)[:, None] + self._squares - 2 * rows @ self._rows.T
        kernel = np.exp(-GAMMA * np.maximum(distance, 0.0))
        scores = kernel @ self._alphas + self._base
        votes = np.zeros((len(sentences), topics), dtype=np.float32)
        for topic in range(topics):
            votes[:, topic] = (kernel[:, self._topic == topic] ** _SHARPNESS).sum(axis=1)
        votes /= votes.sum(axis=1, keepdims=True) + 1e-9
        return [(float(s), [float(v) for v in row]) for s, row in zip(scores, votes, strict=True)]

    def _whole(self, vectors: Vectors, forms: Vectors) -> Vectors:
        np = self._np
        unit = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
        whole: Vectors = np.hstack([unit, FORM_WEIGHT * forms])
        return whole


class RouteReader:
    """Finds sentences that a person has to see. Make one with ``open_reader``. Safe between threads."""

    def __init__(self, words: WordReader, meaning: MeaningReader | None = None) -> None:
        self._words = words
        self._meaning = meaning

    def hints(self, page: Page) -> list[Hint]:
        """Return places in the plain text of a page that read like a topic."""
        places = [
            (start, end)
            for start, end in page.sentences()
            if len(_WORD.findall(page.text[start:end].lower())) >= _FEWEST_WORDS
        ]
        return [
            Hint(*self._narrowed(page.text, start, end), topic)
            for (start, end), topic in zip(places, self.read([page.text[a:b] for a, b in places]), strict=True)
            if topic is not None
        ]

    def read(self, sentences: Sequence[str]) -> list[Topic | None]:
        """Return for each sentence the topic it belongs to, or None."""
        return [self._topic(shares) if belongs else None for belongs, shares in self._judged(sentences)]

    def _judged(self, sentences: Sequence[str]) -> list[tuple[bool, list[float]]]:
        values = [self._words.values(sentence) for sentence in sentences]
        by_words = [self._words.score(v) for v in values]
        if self._meaning is None or not sentences:
            hits = [score > self._words.threshold for score in by_words]
            return [(hit, self._words.topic_shares(v) if hit else []) for hit, v in zip(hits, values, strict=True)]
        judged = []
        read = self._meaning.read(sentences, len(self._words.topics))
        for score, v, (likeness, votes) in zip(by_words, values, read, strict=True):
            hit = likeness + BLEND * score > self._words.blended_threshold
            both = [a + b for a, b in zip(self._words.topic_shares(v), votes, strict=True)] if hit else []
            judged.append((hit, both))
        return judged

    def _topic(self, shares: Sequence[float]) -> Topic:
        return self._words.topics[max(range(len(shares)), key=shares.__getitem__)]

    def _narrowed(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Return the part of a sentence that speaks for a topic, so that facts beside it stay free."""
        pieces = _pieces(text, start, end)
        values = self._words.values(text[start:end])
        told = []
        for first, last in pieces:
            own = {self._words.place.get(term) for group in terms(text[first:last]) for term in group}
            told.append(sum(value * self._words.weights[at] for at, value in values.items() if at in own))
        best = max(range(len(told)), key=told.__getitem__)
        low = high = best
        while low > 0 and told[low - 1] > _BELONGS * told[best]:
            low -= 1
        while high + 1 < len(told) and told[high + 1] > _BELONGS * told[best]:
            high += 1
        return (pieces[low][0], pieces[high][1]) if told[best] > 0 else (start, end)


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a sentence at its commas and conjunctions; a piece has at least a few words."""
    cuts = [start, *(m.end() for m in _PIECE.finditer(text, start, end)), end]
    pieces: list[tuple[int, int]] = []
    first = start
    for last in cuts[1:]:
        if len(text[first:last].split()) >= _SHORTEST_PIECE:
            pieces.append((first, last))
            first = last
    if not pieces:
        return [(start, end)]
    pieces[-1] = (pieces[-1][0], end)
    return pieces


def open_reader(encode: Callable[[Sequence[str]], Any] | None = None) -> RouteReader:
    """Open the reader: with ``encode`` (the embedding model's fourth layer) it reads meaning as well as words."""
    folder = knowledge_folder() / "examples"
    words = _words(folder / WORDS_FILE)
    return RouteReader(words, MeaningReader(folder / VECTORS_FILE, encode) if encode is not None else None)


@lru_cache(maxsize=1)
def _words(path: Path) -> WordReader:
    return WordReader.load(path)


def read(language: Language, text: str, reader: RouteReader | None = None) -> Reading:
    """Return what the rules find and what the second reader adds: findings, reasons, the most urgent person of all.

    Without a ``reader`` words alone are read, which needs no model and no time. A sentence in which a
    rule has already found a matter for a person is left to the rule.
    """
    reading = habits.add(language.read(text), text, language.disabled)
    reader = reader or open_reader()
    page = Page(text)
    seen = [(f.start, f.end) for f in reading.findings if f.category in SEES]
    added: list[Finding] = []
    routes: list[RouteTo] = []
    for hint in reader.hints(page):
        start, end = page.place(hint.start, hint.end)
        whole = page.place(*page.sentence(hint.start, hint.end))
        rule = RULE + hint.topic.id.replace("_", "-")
        if rule in language.disabled or any(a < whole[1] and whole[0] < b for a, b in seen):
            continue
        topic = hint.topic
        added.append(Finding(start, end, text[start:end], topic.category, rule, topic.why, topic.suggestion))
        routes.append(topic.route)
    if not added:
        return reading
    old = reading.route
    reproach = any(f.category in REPROACHFUL for f in reading.findings)
    route = Route(
        to=most_urgent([*routes, *([old.to] if old else [])]),
        reasons=(*(old.reasons if old else ()), *(RouteReason(f.rule, f.text) for f in added)),
        contact=old.contact if old else "",
        entangled=bool(old and old.entangled) or (reproach and any(f.category in DOUBTFUL for f in added)),
    )
    findings = tuple(sorted((*reading.findings, *added), key=lambda f: (f.start, f.end, f.rule)))
    return replace(reading, findings=findings, route=route)
