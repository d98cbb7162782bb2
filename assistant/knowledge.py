"""The library as the rest of the product uses it: search, worked examples, frameworks, citations.

Knows how a question finds its passages: by meaning (vectors) and by words (BM25), weighed together,
and that a question may find nothing because the library does not cover it. Knows nothing of file
formats (corpus, phrasings), of how vectors are kept (index) or of models that write. Without the
embedding model, or where the disk takes no index, it searches by words alone, and ``note`` says so.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from filelock import Timeout

from assistant import corpus as documents
from assistant import phrasings as ways
from assistant import ranking, settings, shelf, weights
from assistant.corpus import ClauseExample, Corpus, Framework
from assistant.domain import Citation, Passage
from assistant.errors import LibraryError, WeightsError
from assistant.lexical import Spelling, Words, stems
from assistant.phrasings import Phrasings

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from assistant.embedder import Embedder, Vectors
    from assistant.index import Index

__all__ = ["ClauseExample", "Found", "Framework", "Library"]

_DEPTH: Final = 100
"""Rows that are fetched by meaning; a passage has about seven."""
_BY_WORDS: Final = 20
_FEW_WORDS: Final = 2
_COVERED: Final = 0.4
"""Belief, or without vectors the share of known words, from which on a question counts as covered."""
_ALIKE: Final = 0.4
"""Similarity that counts as covered in a library that names no other subjects to compare with."""
_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"'”’)]))\s+(?=[\"'“‘(]?[A-Z0-9])")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: passages, the best first, and whether the library covers the question."""

    passages: tuple[Passage, ...] = ()
    supported: bool = False
    belief: float = 0.0
    """How likely the library covers it, 0 to 1."""


class Library:
    """Frameworks, passages and worked clauses, searched by meaning and by words. Safe between threads."""

    def __init__(
        self, corpus: Corpus, embedder: Embedder | None, index: Index | None, note: str, asked: Phrasings | None = None
    ) -> None:
        self.note = note
        """Empty, or one sentence about what this library cannot do and why."""
        self.frameworks: tuple[Framework, ...] = corpus.frameworks
        self.all_examples: tuple[ClauseExample, ...] = corpus.examples
        self._frameworks = {framework.id: framework for framework in corpus.frameworks}
        self._passages = {passage.id: passage for passage in corpus.passages}
        self._ids = list(self._passages)
        self._place = {id_: at for at, id_ in enumerate(self._ids)}
        self._names = {framework.id: _names_of(framework) for framework in corpus.frameworks}
        self._example_ids = [example.id for example in corpus.examples]
        self._examples = {example.id: example for example in corpus.examples}
        self._embedder = embedder
        self._index = index
        texts = [_words_of(passage, asked or Phrasings()) for passage in corpus.passages]
        self._words = Words(texts)
        self._example_words = Words([example.clause for example in corpus.examples])
        self._spelling = Spelling(texts, getattr(embedder, "words", ()))
        self._subject = _subject(index) if index is not None else None
        self._rows = _rows_by_passage(index.ids("passages"), self._ids) if index is not None else []

    @classmethod
    def load(cls, settings_home: Path | None = None, *, built_in: Path | None = None) -> Library:
        """Read the built-in library and the organisation's own folder, and open or build the index.

        ``settings_home`` is the folder for everything written (the home folder by default); files
        in its ``knowledge/`` add to the built-in ones and replace those of the same name.
        Raises LibraryError where a file is broken.
        """
        home = settings_home or settings.home()
        folders = [built_in or shelf.knowledge_folder(), home / "knowledge"]
        corpus, asked = documents.load(folders), ways.load(folders)
        embedder, index, note = _open_vectors(home / "index", rows_of(corpus, asked))
        return cls(corpus, embedder, index, note, asked)

    def search(self, query: str, k: int = 5) -> list[Passage]:
        """Return up to k passages, the best first, however far-fetched. An empty question finds nothing."""
        return list(self.find(query, k).passages)

    def by_words(self, query: str, k: int = 5) -> list[str]:
        """Return up to k passage ids that share words with a query: BM25 alone, for comparison."""
        return [self._ids[at] for at in _best(self._words.scores(query), k)]

    def by_meaning(self, query: str, k: int = 5) -> list[str]:
        """Return up to k passage ids nearest in meaning: vectors alone, for comparison."""
        if self._index is None or self._embedder is None or not query.strip():
            return []
        near = self._index.nearest("passages", self._embedder.encode([query]), _DEPTH + k)[0]
        return list(dict.fromkeys(passage_of(one.row) for one in near))[:k]

    def fits(self, query: str) -> bool:
        """Whether the library covers a question."""
        return self.find(query, 1).supported

    def find(self, query: str, k: int = 5) -> Found:
        """Return up to k passages, the best first, and whether the library covers the question at all."""
        if not query.strip() or k < 1:
            return Found()
        asked = self._spelling.corrected(query)
        by_words = self._words.scores(asked)
        if self._index is None or self._embedder is None:
            return self._find_by_words(asked, by_words, k)
        vectors = self._embedder.encode([query] if asked == query else [query, asked])
        candidates = self._candidates(vectors, by_words)
        if not candidates:
            return Found()
        signs = self._signs(candidates, vectors, by_words[candidates], asked)
        order = np.argsort(-ranking.scores(signs), kind="stable")
        passages = tuple(self._passages[self._ids[candidates[at]]] for at in order[:k])
        nearest = float(max(signs.best.max(), signs.text.max()))
        if self._subject is None:
            return Found(passages, nearest >= _ALIKE, nearest)
        belief = max(self._subject.belief(vector, nearest) for vector in vectors)
        return Found(passages, belief >= _COVERED, belief)

    def examples(self, query: str, k: int = 3) -> list[ClauseExample]:
        """Return up to k worked clauses like this one, the most alike first."""
        return self.examples_for([query], k)[0]

    def examples_for(self, queries: Sequence[str], k: int = 3) -> list[list[ClauseExample]]:
        """Return worked clauses for many clauses at once: one batch for the embedder, one query."""
        asked = [query for query in queries if query.strip()]
        if not asked:
            found: list[list[str]] = []
        elif self._index is None or self._embedder is None:
            found = [[self._example_ids[at] for at in _best(self._example_words.scores(q), k)] for q in asked]
        else:
            near = self._index.nearest("examples", self._embedder.encode(asked), k)
            found = [[one.row for one in row] for row in near]
        by_query = dict(zip(asked, found, strict=True))
        return [[self._examples[id_] for id_ in by_query.get(query, [])] for query in queries]

    def example_vectors(self) -> Vectors | None:
        """Return the vectors of ``all_examples``, one row each, or None without an index."""
        return self._index.vectors("examples") if self._index is not None else None

    @property
    def embed(self) -> Callable[[Sequence[str]], Vectors] | None:
        """What turns n texts into n unit vectors, or None without the embedding model."""
        return self._embedder.encode if self._embedder is not None else None

    @property
    def encode_form(self) -> Callable[[Sequence[str]], Vectors] | None:
        """What turns n texts into n vectors of how they are put, or None without the embedding model."""
        return self._embedder.encode_form if self._embedder is not None else None

    @property
    def embedder_identity(self) -> str:
        """A name that changes whenever the embedding model's vectors would; empty without one."""
        return self._embedder.identity if self._embedder is not None else ""

    def framework(self, id: str) -> Framework:
        """Return a framework by its id; raises LibraryError naming the ones there are."""
        try:
            return self._frameworks[id]
        except KeyError:
            raise LibraryError(
                f"There is no framework called {id!r}.",
                hint="There are: " + ", ".join(self._frameworks) + ".",
            ) from None

    def passage(self, id: str) -> Passage:
        """Return a passage by its id; raises LibraryError where there is none."""
        try:
            return self._passages[id]
        except KeyError:
            raise LibraryError(f"There is no passage called {id!r}.", hint="An id looks like sbi#behaviour.") from None

    def cite(self, id: str, about: str) -> Citation:
        """Return a citation of a passage with the sentence, verbatim, that comes closest to ``about``."""
        passage = self.passage(id)
        said = sentences(passage.text)
        return Citation(passage.id, passage.title, passage.source, said[self._closest(about, said)])

    def retriever(self, k: int = 5) -> BaseRetriever:
        """Return the search as a langchain-core retriever, for any chain that takes one."""
        from assistant.retriever import LibraryRetriever

        return LibraryRetriever(library=self, k=k)

    def close(self) -> None:
        """Let go of the index. Searching after this is a mistake."""
        if self._index is not None:
            self._index.close()

    def _find_by_words(self, asked: str, by_words: ranking.Floats, k: int) -> Found:
        coverage = self._words.coverage(asked)
        passages = tuple(self._passages[self._ids[at]] for at in _best(by_words, k))
        return Found(passages, bool(passages) and coverage >= _COVERED, coverage)

    def _candidates(self, vectors: Vectors, by_words: ranking.Floats) -> list[int]:
        """Return the positions of passages worth weighing: near in meaning, or sharing words."""
        assert self._index is not None
        near = self._index.nearest("passages", vectors, _DEPTH)
        by_meaning = (self._place[passage_of(one.row)] for row in near for one in row)
        return list(dict.fromkeys([*by_meaning, *_best(by_words, _BY_WORDS)]))

    def _signs(
        self, candidates: Sequence[int], vectors: Vectors, by_words: ranking.Floats, asked: str
    ) -> ranking.Signs:
        """Return what speaks for each candidate; of two ways to spell a question the nearer one counts."""
        assert self._index is not None
        rows = self._index.vectors("passages")
        best, second, text = (np.empty(len(candidates), dtype=np.float32) for _ in range(3))
        for at, candidate in enumerate(candidates):
            start, end = self._rows[candidate]
            alike = (rows[start:end] @ vectors.T).max(axis=1)
            lines = np.sort(alike[1:] if len(alike) > 1 else alike)
            text[at], best[at], second[at] = alike[0], lines[-1], lines[-2:][0]
        return ranking.Signs(best, second, text, by_words, self._named(asked, candidates))

    def _named(self, asked: str, candidates: Sequence[int]) -> ranking.Floats:
        """Return 1 for each candidate whose framework the question names, else 0."""
        is_name = len(stems(asked)) <= _FEW_WORDS
        named = {id_ for id_, name in self._names.items() if name.search(asked.upper() if is_name else asked)}
        owners = (self._passages[self._ids[at]].framework for at in candidates)
        return np.array([owner in named for owner in owners], dtype=np.float32)

    def _closest(self, about: str, said: list[str]) -> int:
        if not about.strip() or len(said) == 1:
            return 0
        if self._embedder is not None:
            vectors: Vectors = self._embedder.encode([about, *said])
            return int((vectors[1:] @ vectors[0]).argmax())
        wanted = set(stems(about))
        return max(range(len(said)), key=lambda i: len(wanted & set(stems(said[i]))))


def sentences(text: str) -> list[str]:
    """Cut a text into sentences, each one verbatim; what is quoted inside one is not torn apart."""
    cuts = [match.span() for match in _SENTENCE_END.finditer(text) if not _inside_a_quotation(text[: match.start()])]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return [text[a:b].strip() for a, b in zip(starts, ends, strict=True) if text[a:b].strip()]


def _inside_a_quotation(before: str) -> bool:
    return before.count('"') % 2 == 1 or before.count("“") > before.count("”")


def rows_of(corpus: Corpus, asked: Phrasings) -> dict[str, dict[str, str]]:
    """Return every text that is searched by meaning: a passage has a row for itself and one for each way to ask.

    The title stays out: measured, the name of the school draws a passage away from what it says.
    """
    rows: dict[str, str] = {}
    for passage in corpus.passages:
        rows[passage.id] = passage.text
        lines = [*passage.use_when.splitlines(), *asked.asked.get(passage.id, ())]
        rows |= {f"{passage.id}~{number}": line for number, line in enumerate(lines, 1)}
    return {
        "passages": rows,
        "examples": {example.id: example.clause for example in corpus.examples},
        "outside": {str(number): line for number, line in enumerate(asked.outside)},
    }


def passage_of(row: str) -> str:
    """Return the passage id that a row of the passages collection belongs to."""
    return row.partition("~")[0]


def _words_of(passage: Passage, asked: Phrasings) -> str:
    lines = " ".join(asked.asked.get(passage.id, ()))
    return f"{passage.framework} {passage.title} {passage.text} {passage.use_when} {lines}"


def _names_of(framework: Framework) -> re.Pattern[str]:
    """Return what names a framework in a question: its title, or its short name as an abbreviation is written.

    A short name is often a plain word (grow, clear, state): small letters count only where little else is asked,
    which the caller says by writing the question in capitals.
    """
    title = re.escape(framework.title.partition("(")[0].partition(":")[0].strip())
    short = framework.id.split("-")
    spelled = r"[\s-]?".join(map(re.escape, short))
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


def _best(scores: ranking.Floats, k: int) -> list[int]:
    """Return the places of the k highest scores above nothing."""
    return [int(at) for at in np.argsort(-scores, kind="stable")[:k] if scores[at] > 0]


def _open_vectors(root: Path, rows: dict[str, dict[str, str]]) -> tuple[Embedder | None, Index | None, str]:
    try:
        folder = weights.ensure_embedder()
    except WeightsError as error:
        return None, None, f"Search works on words only. {error}"
    if folder is None:
        return None, None, "Search works on words only: the embedding model is not installed."
    from assistant.embedder import MiniLM
    from assistant.index import open_index

    embedder = MiniLM(folder)
    try:
        return embedder, open_index(root, rows, embedder), ""
    except (OSError, Timeout) as error:
        _log.warning("The search index cannot be kept: %s", error)
        return embedder, None, "Search works on words only: the index cannot be written to the home folder."
