"""Finds passages for a question: by meaning (vectors) and by words (BM25), weighed together.

Knows that a question may find nothing because the library does not cover it, that people slip on the
keyboard, and that some ask for a framework by its name. Knows nothing of files, of how vectors are kept
(index) or of how much each sign counts (ranking). Without vectors it searches by words alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assistant.domain import Passage
from assistant.errors import ModelError
from assistant.library import ranking
from assistant.library.corpus import Corpus, Framework
from assistant.library.lexical import Spelling, Words, stems
from assistant.library.phrasings import Phrasings
from assistant.library.plain_words import PlainWords

if TYPE_CHECKING:
    from assistant.library.embedder import Embedder, Vectors
    from assistant.library.index import Index

_DEPTH: Final = 60
"""Rows that are fetched by meaning; a passage has about thirty-five, and near ones often belong to the same."""
_BY_WORDS: Final = 20
_FEW_WORDS: Final = 2
_COVERED: Final = 0.4
"""Belief, or without vectors the share of known words, from which on a question counts as covered."""
_ALIKE: Final = 0.4
"""Similarity that counts as covered in a library that names no other subjects to compare with."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: passages, the best first, and whether the library covers the question."""

    passages: tuple[Passage, ...] = ()
    supported: bool = False
    belief: float = 0.0
    """How likely the library covers it, 0 to 1."""


class Search:
    """Passages, searched. Safe between threads."""

    def __init__(
        self,
        corpus: Corpus,
        asked: Phrasings,
        embedder: Embedder | None,
        index: Index | None,
        plain: PlainWords | None = None,
    ) -> None:
        self._passages = list(corpus.passages)
        self._place = {passage.id: at for at, passage in enumerate(self._passages)}
        self._names = {framework.id: _names_of(framework) for framework in corpus.frameworks}
        self._any_name = re.compile("|".join(name.pattern for name in self._names.values()) or "(?!)")
        self._embedder = embedder
        self._index = index
        self._plain = plain or PlainWords()
        texts = [f"{p.framework} {p.title} {p.text} {p.use_when}" for p in self._passages]
        lines = [" ".join(asked.asked.get(passage.id, ())) for passage in self._passages]
        self._words = Words([f"{text} {line}" for text, line in zip(texts, lines, strict=True)])
        self._said = Words(texts)
        self._spelling = Spelling([*texts, *lines], getattr(embedder, "words", ()))
        self._subject = _subject(index) if index is not None else None
        self._rows = _rows_by_passage(index.ids("passages"), list(self._place)) if index is not None else []
        ends = [end for _, end in self._rows]
        self._askers = ranking.Askers(index.vectors("passages"), ends) if index is not None and ends else None

    def find(self, question: str, k: int) -> Found:
        """Return up to k passages, the best first, and whether the library covers the question at all."""
        if not question.strip() or k < 1:
            return Found()
        asked = self._spelling.corrected(question)
        plain = self._plain(asked)
        by_words = np.maximum(self._words.scores(asked), self._words.scores(plain))
        vectors = self._vectors(asked, plain)
        if vectors is None:
            coverage = self._said.coverage(asked)
            by_words_alone = tuple(self._passages[at] for at in best(by_words, k))
            return Found(by_words_alone, bool(by_words_alone) and coverage >= _COVERED, coverage)
        candidates = self._candidates(vectors, by_words)
        if not candidates:
            return Found()
        signs = self._signs(candidates, vectors, by_words[candidates], asked)
        order = np.argsort(-ranking.scores(signs), kind="stable")
        passages = tuple(self._passages[candidates[at]] for at in order[:k])
        nearest = float(signs.best.max())
        if self._subject is None:
            return Found(passages, nearest >= _ALIKE, nearest)
        own_words = vectors[:-1] if plain != asked else vectors  # plain words make everything sound like work
        belief = max(self._subject.belief(vector, nearest) for vector in own_words)
        # The lines on other subjects tell what the library lacks; an organisation's document may be about any of them.
        if not passages[0].framework and signs.best[order[0]] >= _ALIKE:
            belief = max(belief, _COVERED)
        return Found(passages, belief >= _COVERED, belief)

    def by_words(self, question: str, k: int) -> list[str]:
        """Return up to k passage ids that share words with a question: BM25 alone, for comparison."""
        return [self._passages[at].id for at in best(self._words.scores(question), k)]

    def by_meaning(self, question: str, k: int) -> list[str]:
        """Return up to k passage ids nearest in meaning: vectors alone, for comparison."""
        vectors = self._vectors(question)
        if vectors is None or self._index is None or not question.strip():
            return []
        near = self._index.nearest("passages", vectors, _DEPTH + k)[0]
        return list(dict.fromkeys(passage_of(one.row) for one in near))[:k]

    def _vectors(self, *wordings: str) -> Vectors | None:
        """Return the vectors of a question in each of its wordings that differ; None where there are none."""
        if self._index is None or self._embedder is None:
            return None
        try:
            return self._embedder.encode_questions(list(dict.fromkeys(wordings)))
        except ModelError as error:  # only a remote embedder raises it
            _log.warning("Searching by words alone: %s", error)
            return None

    def _candidates(self, vectors: Vectors, by_words: ranking.Floats) -> list[int]:
        """Return the places of passages worth weighing: near in meaning, or sharing words."""
        assert self._index is not None
        near = self._index.nearest("passages", vectors, _DEPTH)
        by_meaning = (self._place[passage_of(one.row)] for row in near for one in row)
        return list(dict.fromkeys([*by_meaning, *best(by_words, _BY_WORDS)]))

    def _signs(
        self, candidates: Sequence[int], vectors: Vectors, by_words: ranking.Floats, asked: str
    ) -> ranking.Signs:
        """Return what speaks for each candidate; of several wordings of a question the nearest counts."""
        assert self._index is not None
        assert self._askers is not None
        spans = [self._rows[candidate] for candidate in candidates]
        rows = self._index.vectors("passages")
        alike = np.concatenate([rows[start:end] @ vectors.T for start, end in spans])
        nearest, repeated = ranking.near(alike.max(axis=1), [end - start for start, end in spans])
        likely = self._askers.likely(vectors, candidates)
        return ranking.Signs(nearest, repeated, by_words, self._named(asked, candidates), likely)

    def _named(self, asked: str, candidates: Sequence[int]) -> ranking.Floats:
        """Return 1 for each candidate whose framework the question names, else 0."""
        said = asked.upper() if len(stems(asked)) <= _FEW_WORDS else asked
        named: set[str] = set()
        if self._any_name.search(said):  # few questions name one, and this asks once instead of once for each
            named = {id_ for id_, name in self._names.items() if name.search(said)}
        return np.array([self._passages[at].framework in named for at in candidates], dtype=np.float32)


def rows_of(corpus: Corpus, asked: Phrasings) -> dict[str, dict[str, str]]:
    """Return every text that passages are searched by: a row for each itself and for each way to ask.

    The title stays out: measured, the name of the school draws a passage away from what it says.
    """
    rows: dict[str, str] = {}
    for passage in corpus.passages:
        rows[passage.id] = passage.text
        lines = [*passage.use_when.splitlines(), *asked.asked.get(passage.id, ())]
        rows |= {f"{passage.id}~{number}": line for number, line in enumerate(lines, 1)}
    return {"passages": rows, "outside": {str(number): line for number, line in enumerate(asked.outside)}}


def passage_of(row: str) -> str:
    """Return the passage id that a row of the passages collection belongs to."""
    return row.partition("~")[0]


def best(scores: ranking.Floats, k: int) -> list[int]:
    """Return the places of the k highest scores above nothing."""
    return [int(at) for at in np.argsort(-scores, kind="stable")[:k] if scores[at] > 0]


def _names_of(framework: Framework) -> re.Pattern[str]:
    """Return what names a framework in a question: its title, or its short name as an abbreviation is written.

    A short name is often a plain word (grow, clear, state): small letters count only where little else is asked,
    which the caller says by writing the question in capitals.
    """
    title = re.escape(framework.title.partition("(")[0].partition(":")[0].strip())
    spelled = r"[\s-]?".join(map(re.escape, framework.id.split("-")))
    return re.compile(rf"\b(?:(?i:{title})|{spelled.upper()})\b")


def _rows_by_passage(rows: Sequence[str], ids: Sequence[str]) -> list[tuple[int, int]]:
    """Return the first and the end of each passage's rows, which stand together."""
    starts: dict[str, int] = {}
    for at, row in enumerate(rows):
        starts.setdefault(passage_of(row), at)
    firsts = [starts[id_] for id_ in ids]
    return list(zip(firsts, [*firsts[1:], len(rows)], strict=True))


def _subject(index: Index) -> ranking.Subject | None:
    asked = [at for at, row in enumerate(index.ids("passages")) if "~" in row]
    outside = index.vectors("outside")
    return ranking.Subject(index.vectors("passages")[asked], outside) if len(outside) and asked else None
