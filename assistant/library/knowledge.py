"""The library as the rest of the product uses it: search, worked examples, frameworks, citations.

Knows how its parts are put together: documents and ways to ask (corpus, phrasings), vectors (embedder,
index), and search over both. Knows nothing of file formats or of models that write. Without the embedding
model, or where the disk takes no index, it searches by words alone, and ``note`` says so. Where an
embedding model elsewhere was chosen, questions go there; what is compared with drafts stays here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import Timeout

from assistant import settings, shelf
from assistant.domain import Citation, Passage
from assistant.errors import LibraryError, ModelError, WeightsError
from assistant.library import corpus as documents
from assistant.library import phrasings as ways
from assistant.library import plain_words
from assistant.library.corpus import ClauseExample, Corpus, Framework, WorkedRewrite
from assistant.library.lexical import Words, stems
from assistant.library.phrasings import Phrasings
from assistant.library.search import Found, Search, best, rows_of
from assistant.models import weights
from assistant.models.model import HERE

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from assistant.library.embedder import MiniLM, Vectors
    from assistant.library.index import Index
    from assistant.library.remote_embedder import RemoteEmbedder
    from assistant.settings import Settings

__all__ = ["ClauseExample", "Found", "Framework", "Library", "WorkedRewrite", "frameworks"]

_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"'”’)]))\s+(?=[\"'“‘(]?[A-Z0-9])")
_NO_INDEX = "Search works on words only: the index cannot be written to the home folder."
_log = logging.getLogger(__name__)


class Finder(Protocol):
    """What finds passages for a question."""

    def find(self, question: str, k: int) -> Found:
        """Return up to k passages, the best first, and whether the library covers the question at all."""


class Library:
    """Frameworks, passages, worked clauses and drafts, searched by meaning and by words. Safe between threads."""

    def __init__(
        self, corpus: Corpus, embedder: MiniLM | None, index: Index | None, note: str, search: Search | None = None
    ) -> None:
        """``embedder`` and ``index`` are this machine's; ``search`` may have others of its own."""
        self.note = note
        """Empty, or one sentence about what this library cannot do and why."""
        self.place = HERE
        """Where questions go: ``this machine``, or a host's name."""
        self.frameworks: tuple[Framework, ...] = corpus.frameworks
        self.all_examples: tuple[ClauseExample, ...] = corpus.examples
        self.all_worked: tuple[WorkedRewrite, ...] = corpus.worked
        self._frameworks = {framework.id: framework for framework in corpus.frameworks}
        self._passages = {passage.id: passage for passage in corpus.passages}
        self._examples = {example.id: example for example in corpus.examples}
        self._example_words = Words([example.clause for example in corpus.examples])
        self._embedder = embedder
        self._index = index
        self._search = search or Search(corpus, Phrasings(), embedder, index)
        self._finder: Finder = self._search
        self._close: list[Callable[[], None]] = [index.close] if index is not None else []

    @classmethod
    def load(
        cls, settings_home: Path | None = None, *, built_in: Path | None = None, chosen: Settings | None = None
    ) -> Library:
        """Read the built-in library and the organisation's own folder, and open or build the index.

        ``settings_home`` is the folder for everything written (the home folder by default); files
        in its ``knowledge/`` add to the built-in ones and replace those of the same name.
        Raises LibraryError where a file is broken.
        """
        home = settings_home or settings.home()
        folders = _folders(home, built_in)
        corpus, asked, plain = documents.load(folders), ways.load(folders), plain_words.load(folders)
        chosen = chosen or settings.load()
        drafts = {
            "examples": {example.id: example.clause for example in corpus.examples},
            "worked": {worked.id: worked.draft for worked in corpus.worked},
        }
        if chosen.embedding_model == "embedded":
            here = _open_here(home / "index", rows_of(corpus, asked) | drafts)
            search = Search(corpus, asked, here.embedder, here.index, plain)
            return cls(corpus, here.embedder, here.index, here.note, search)
        here = _open_here(home / "index", drafts)
        there = _open_there(home / "index", rows_of(corpus, asked), chosen)
        search = Search(corpus, asked, there.embedder, there.index, plain)
        library = cls(corpus, here.embedder, here.index, there.note, search)
        library.place = there.embedder.place
        library._close += [there.embedder.close, *([there.index.close] if there.index else [])]
        return library

    def search(self, query: str, k: int = 5) -> list[Passage]:
        """Return up to k passages, the best first, however far-fetched. An empty question finds nothing."""
        return list(self._finder.find(query, k).passages)

    def find(self, query: str, k: int = 5) -> Found:
        """Return up to k passages, the best first, and whether the library covers the question at all."""
        return self._finder.find(query, k)

    def fits(self, query: str) -> bool:
        """Whether the library covers a question."""
        return self._finder.find(query, 1).supported

    def by_words(self, query: str, k: int = 5) -> list[str]:
        """Return up to k passage ids that share words with a query: BM25 alone, for comparison."""
        return self._search.by_words(query, k)

    def by_meaning(self, query: str, k: int = 5) -> list[str]:
        """Return up to k passage ids nearest in meaning: vectors alone, for comparison."""
        return self._search.by_meaning(query, k)

    def examples(self, query: str, k: int = 3) -> list[ClauseExample]:
        """Return up to k worked clauses like this one, the most alike first."""
        return self.examples_for([query], k)[0]

    def examples_for(self, queries: Sequence[str], k: int = 3) -> list[list[ClauseExample]]:
        """Return worked clauses for many clauses at once: one batch for the embedder, one query."""
        asked = [query for query in queries if query.strip()]
        if not asked:
            found: list[list[str]] = []
        elif self._index is None or self._embedder is None:
            by_words = ([self.all_examples[at].id for at in best(self._example_words.scores(q), k)] for q in asked)
            found = list(by_words)
        else:
            near = self._index.nearest("examples", self._embedder.encode(asked), k)
            found = [[one.row for one in row] for row in near]
        by_query = dict(zip(asked, found, strict=True))
        return [[self._examples[id_] for id_ in by_query.get(query, [])] for query in queries]

    def worked(self, draft: str, k: int = 1) -> list[WorkedRewrite]:
        """Return up to k worked rewrites whose drafts are like this one, the most alike first."""
        if not draft.strip() or not self.all_worked:
            return []
        if self._index is None or self._embedder is None:
            scores = Words([worked.draft for worked in self.all_worked]).scores(draft)
            return [self.all_worked[at] for at in best(scores, k)]
        by_id = {worked.id: worked for worked in self.all_worked}
        return [by_id[near.row] for near in self._index.nearest("worked", self._embedder.encode([draft]), k)[0]]

    def over(self, corpus: Corpus) -> Library:
        """Return a library of other texts that embeds as this one does and has no index. It is not to be closed."""
        return Library(corpus, self._embedder, None, "")

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
        from assistant.library.retriever import LibraryRetriever

        return LibraryRetriever(library=self, k=k)

    def searched_by(self, retriever: BaseRetriever) -> Library:
        """Return this library with any langchain-core retriever in place of its own search.

        A document names its passage by ``metadata["id"]``; one that names none of this library's is left out, since
        nothing of it could be cited. Where nothing is left, the library does not cover the question.
        """
        from assistant.library.retriever import RetrieverSearch

        other = copy(self)
        other._finder = RetrieverSearch(retriever, self._passages)
        return other

    def close(self) -> None:
        """Let go of the index. Searching after this is a mistake."""
        for close in self._close:
            close()

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


def frameworks() -> tuple[Framework, ...]:
    """Return the frameworks alone, read in a moment, without opening what searches them. Raises LibraryError."""
    return documents.read_frameworks(_folders(settings.home()))


def _folders(home: Path, built_in: Path | None = None) -> list[Path]:
    """Return the built-in knowledge folder and the organisation's own, which adds to it."""
    return [built_in or shelf.knowledge_folder(), home / "knowledge"]


@dataclass(frozen=True, slots=True)
class _Here:
    """This machine's embedder and index, as far as they could be had, and what to say about it."""

    embedder: MiniLM | None
    index: Index | None
    note: str


@dataclass(frozen=True, slots=True)
class _There:
    """The chosen remote embedder, the index of its vectors if it could be had, and what to say about it."""

    embedder: RemoteEmbedder
    index: Index | None
    note: str


def _open_here(root: Path, rows: dict[str, dict[str, str]]) -> _Here:
    try:
        folder = weights.ensure_embedder()
    except WeightsError as error:
        return _Here(None, None, f"Search works on words only. {error}")
    if folder is None:
        return _Here(None, None, "Search works on words only: the embedding model is not installed.")
    from assistant.library.embedder import MiniLM
    from assistant.library.index import open_index

    embedder = MiniLM(folder)
    try:
        return _Here(embedder, open_index(root, rows, embedder), "")
    except (OSError, Timeout) as error:
        _log.warning("The search index cannot be kept: %s", error)
        return _Here(embedder, None, _NO_INDEX)


def _open_there(root: Path, rows: dict[str, dict[str, str]], chosen: Settings) -> _There:
    from assistant.library.index import open_index
    from assistant.library.remote_embedder import RemoteEmbedder

    embedder = RemoteEmbedder(chosen)
    try:
        return _There(embedder, open_index(root, rows, embedder), "")
    except ModelError as error:
        return _There(embedder, None, f"Search works on words only. {error}")
    except (OSError, Timeout) as error:
        _log.warning("The search index cannot be kept: %s", error)
        return _There(embedder, None, _NO_INDEX)
