"""Embeddings from an OpenAI-compatible address, where somebody has named one on purpose.

Knows batches, unit length, and what an answer must look like. Knows nothing of requests (llm) or of what
the texts are. What the address calls its model is all that can be known of it: if another model
stands behind the same name, the index has to be rebuilt by hand (``benchcoach kb rebuild``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from assistant.errors import ModelError, UnreadableReply
from assistant.library.embedder import Vectors
from assistant.models.llm import Endpoint
from assistant.settings import Settings

_BATCH: Final = 64
_MOST_CHARACTERS: Final = 4000
"""Of one text; models cut it there or earlier themselves, or refuse it."""
_HINT: Final = "BENCHCOACH_EMBEDDING_MODEL and BENCHCOACH_EMBEDDING_URL name the model and its address."


class RemoteEmbedder:
    """An embedding model somewhere else. Safe to share between threads."""

    def __init__(self, chosen: Settings) -> None:
        self._endpoint = Endpoint(chosen.embedding_model, chosen.embedding_url, chosen.embedding_key, chosen)
        self.place = self._endpoint.place
        """``this machine``, or the host that texts go to."""
        self.identity: Final = f"{chosen.embedding_model}@{chosen.embedding_url}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in the order given. Raises ModelError."""
        rows: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = [text[:_MOST_CHARACTERS] or " " for text in texts[start : start + _BATCH]]
            try:
                rows += self._endpoint.embed(batch)
            except ModelError as error:
                raise type(error)(error.message, hint=_HINT, detail=error.detail) from None
        if len(rows) != len(texts) or len({len(row) for row in rows}) > 1:
            raise UnreadableReply(f"{self.place} did not give one embedding for each text.", hint=_HINT)
        vectors: Vectors = np.array(rows, dtype=np.float32).reshape(len(texts), -1)
        if not np.isfinite(vectors).all():
            raise UnreadableReply(f"{self.place} gave an embedding that is no vector of numbers.", hint=_HINT)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
        return unit

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return the same: an address has one way to embed. Raises ModelError."""
        return self.encode(texts)

    def close(self) -> None:
        """Close every connection."""
        self._endpoint.close()
