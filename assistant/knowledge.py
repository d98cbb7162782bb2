"""The library as the rest of the product uses it: search, worked examples, frameworks, citations.

Knows how a question finds its passages: by meaning (vectors) and by words (BM25), fused by rank.
Knows nothing of file formats (corpus), of how vectors are kept (index) or of models that write.
Without the embedding model, or where the disk takes no index, it searches by words alone, and
``note`` says so.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import Timeout

from assistant import corpus as documents
from assistant import settings, shelf, weights
from assistant.corpus import ClauseExample, Corpus, Framework
from assistant.domain import Citation, Passage
from assistant.errors import LibraryError, WeightsError

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from assistant.embedder import MiniLM, Vectors
    from assistant.index import Index

__all__ = ["ClauseExample", "Framework", "Library"]

_RANK_OFFSET: Final = 10
_WORDS_WEIGHT: Final = 0.3
_FEW_WORDS: Final = 2
_DEPTH: Final = 30
_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"'”’)]))\s+(?=[\"'“‘(]?[A-Z0-9])")
_log = logging.getLogger(__name__)


class Library:
    """Frameworks, passages and worked clauses, searched by meaning and by words. Safe between threads."""

    def __init__(self, corpus: Corpus, embedder: MiniLM | None, index: Index | None, note: str) -> None:
        self.note = note
        """Empty, or one sentence about what this library cannot do and why."""
        self.frameworks: tuple[Framework, ...] = corpus.frameworks
        self.all_examples: tuple[ClauseExample, ...] = corpus.examples
        self._frameworks = {framework.id: framework for framework in corpus.frameworks}
        self._passages = {passage.id: passage for passage in corpus.passages}
        self._examples = {example.id: example for example in corpus.examples}
        self._embedder = embedder
        self._index = index
        self._words = _Words({p.id: f"{p.framework} {p.title} {p.text} {p.use_when}" for p in corpus.passages})
        self._example_words = _Words({e.id: e.clause for e in corpus.examples})

    @classmethod
    def load(cls, settings_home: Path | None = None, *, built_in: Path | None = None) -> Library:
        """Read the built-in library and the organisation's own folder, and open or build the index.

        ``settings_home`` is the folder for everything written (the home folder by default); files
        in its ``knowledge/`` add to the built-in ones and replace those of the same name.
        Raises LibraryError where a file is broken.
        """
        home = settings_home or settings.home()
        corpus = documents.load([built_in or shelf.knowledge_folder(), home / "knowledge"])
        embedder, index, note = _open_vectors(home / "index", corpus)
        return cls(corpus, embedder, index, note)

    def search(self, query: str, k: int = 5) -> list[Passage]:
        """Return up to k passages, the best first. An empty question finds nothing."""
        if not query.strip() or k < 1:
            return []
        by_words = self._words.rank(query, _DEPTH)
        if self._index is None:
            return [self._passages[id_] for id_ in by_words[:k]]
        # A word or two is somebody looking for a name ("COIN"); a sentence is somebody with a problem.
        weight = 1.0 if len(_stems(query)) <= _FEW_WORDS else _WORDS_WEIGHT
        best = _fuse(self._by_meaning([query])[0], by_words, weight)
        return [self._passages[id_] for id_ in best[:k]]

    def examples(self, query: str, k: int = 3) -> list[ClauseExample]:
        """Return up to k worked clauses like this one, the most alike first."""
        return self.examples_for([query], k)[0]

    def examples_for(self, queries: Sequence[str], k: int = 3) -> list[list[ClauseExample]]:
        """Return worked clauses for many clauses at once: one batch for the embedder, one query."""
        asked = [query for query in queries if query.strip()]
        if self._index is None or self._embedder is None:
            found = [self._example_words.rank(query, k) for query in asked]
        else:
            found = self._index.nearest("examples", self._embedder.encode(asked), k) if asked else []
        by_query = dict(zip(asked, found, strict=True))
        return [[self._examples[id_] for id_ in by_query.get(query, [])] for query in queries]

    @property
    def embed(self) -> Callable[[Sequence[str]], Vectors] | None:
        """What turns n texts into n unit vectors, or None without the embedding model."""
        return self._embedder.encode if self._embedder is not None else None

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

    def _by_meaning(self, queries: Sequence[str]) -> list[list[str]]:
        from assistant.index import rows_asked_for

        assert self._index is not None and self._embedder is not None
        rows = self._index.nearest("passages", self._embedder.encode(queries), 3 * _DEPTH)
        return [rows_asked_for(row, _DEPTH) for row in rows]

    def _closest(self, about: str, said: list[str]) -> int:
        if not about.strip() or len(said) == 1:
            return 0
        if self._embedder is not None:
            vectors: Vectors = self._embedder.encode([about, *said])
            return int((vectors[1:] @ vectors[0]).argmax())
        wanted = set(_stems(about))
        return max(range(len(said)), key=lambda i: len(wanted & set(_stems(said[i]))))


def sentences(text: str) -> list[str]:
    """Cut a text into sentences, each one verbatim."""
    cuts = [match.span() for match in _SENTENCE_END.finditer(text)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return [text[a:b].strip() for a, b in zip(starts, ends, strict=True) if text[a:b].strip()]


def _open_vectors(root: Path, corpus: Corpus) -> tuple[MiniLM | None, Index | None, str]:
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
        return embedder, open_index(root, corpus, embedder), ""
    except (OSError, Timeout) as error:
        _log.warning("The search index cannot be kept: %s", error)
        return embedder, None, "Search works on words only: the index cannot be written to the home folder."


def _fuse(by_meaning: Sequence[str], by_words: Sequence[str], words_weight: float) -> list[str]:
    """Fuse two rankings by reciprocal rank. Meaning weighs more: managers rarely use a passage's words."""
    score: dict[str, float] = {}
    for ranking, weight in ((by_meaning, 1.0), (by_words, words_weight)):
        for rank, id_ in enumerate(ranking):
            score[id_] = score.get(id_, 0.0) + weight / (_RANK_OFFSET + rank)
    return sorted(score, key=lambda id_: -score[id_])


class _Words:
    """BM25 over a handful of texts, made in memory: a few milliseconds for hundreds of passages."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._ids = list(texts)
        self._index = None
        stems = [_stems(text) for text in texts.values()]
        if any(stems):
            import bm25s

            self._index = bm25s.BM25()
            self._index.index(stems, show_progress=False)

    def rank(self, query: str, k: int) -> list[str]:
        """Return up to k ids that share a word with the query, the best first."""
        if self._index is None:
            return []
        known = [stem for stem in _stems(query) if stem in self._index.vocab_dict]
        if not known:
            return []
        scores = self._index.get_scores(known)
        best = sorted(range(len(self._ids)), key=lambda i: -scores[i])[:k]
        return [self._ids[i] for i in best if scores[i] > 0]


def _stems(text: str) -> list[str]:
    """Cut a text into rough word stems, without the words that every text has."""
    return [_stem(word) for word in re.findall(r"[^\W_]+", text.lower()) if word not in _COMMON]


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ied", "ies", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        """a about after again all also am an and any are as at be because been but by can could did do does
    don for from get had has have he her him his how i if in into is it its just me my no not now of on or
    our out she should so some t s than that the their them then there they this to too up us was we were
    what when which who why will with would you your""",
    )
)
