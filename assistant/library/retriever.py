"""The library behind langchain-core's retriever interface, so that any chain that takes one can use it.

Apart from the rest because its base class takes a second to import, which the command line
need not pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

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
