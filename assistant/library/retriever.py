"""The library behind langchain-core's retriever interface, and any such retriever in place of the library's search.

Apart from the rest because its base class takes a second to import, which the command line
need not pay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from assistant.domain import Passage
from assistant.library.search import Found

if TYPE_CHECKING:
    from assistant.library.knowledge import Library


class LibraryRetriever(BaseRetriever):
    """Searches a Library; each Document is one passage with its id, title and source."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    library: Any = Field(repr=False, exclude=True)
    k: int = 5

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        library: Library = self.library
        return [
            Document(
                id=passage.id,
                page_content=passage.text,
                metadata={"id": passage.id, "title": passage.title, "source": passage.source},
            )
            for passage in library.search(query, self.k)
        ]


class RetrieverSearch:
    """Finds passages by a retriever of somebody else's, whose documents name them by ``metadata["id"]``."""

    def __init__(self, retriever: BaseRetriever, passages: Mapping[str, Passage]) -> None:
        self._retriever = retriever
        self._passages = passages

    def find(self, question: str, k: int) -> Found:
        """Return up to k passages in the retriever's order; what it finds counts as covered."""
        if not question.strip() or k < 1:
            return Found()
        named = dict.fromkeys(str(document.metadata.get("id")) for document in self._retriever.invoke(question))
        passages = tuple(self._passages[id_] for id_ in named if id_ in self._passages)[:k]
        return Found(passages, bool(passages), float(bool(passages)))
