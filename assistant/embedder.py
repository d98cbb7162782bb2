"""Sentence embeddings on this machine: all-MiniLM-L6-v2 in plain numpy.

Knows how to turn sentences into unit vectors from verified weights, behind langchain-core's
``Embeddings``. Knows nothing of passages, searching or where vectors are kept. No torch, no
compiled graph, nothing from the network. The tests hold it to values computed by another
implementation of the same model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.weights import EMBEDDER

Vectors = NDArray[np.float32]

_HEADS: Final = 12
_LAYERS: Final = 6
_EPSILON: Final = np.float32(1e-12)
_MAX_TOKENS: Final = 256
_TOKENS_PER_BATCH: Final = 2048


class MiniLM(Embeddings):
    """all-MiniLM-L6-v2: mean pooling over the tokens, then length one. Safe to share between threads."""

    dimensions: Final = 384
    identity: Final = f"all-MiniLM-L6-v2/{EMBEDDER[0].sha256[:12]}/mean/{_MAX_TOKENS}"

    def __init__(self, folder: Path) -> None:
        """Load weights and vocabulary from the folder that ``weights.ensure_embedder`` verified."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tensors = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._places = (
            tensors["embeddings.position_embeddings.weight"]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._first_norm = _norm_of(tensors, "embeddings.LayerNorm")
        self._layers = [_Layer(tensors, f"encoder.layer.{number}.") for number in range(_LAYERS)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one unit vector per text, as langchain-core asks for them."""
        return [[float(x) for x in row] for row in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the unit vector of one text; this model treats queries and documents alike."""
        return self.embed_documents([text])[0]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, in the order given; texts of like length share a batch."""
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        for batch in _batches([len(row) for row in ids]):
            out[batch] = self._forward([ids[i] for i in batch])
        return out

    def _forward(self, ids: list[list[int]]) -> Vectors:
        longest = max(len(row) for row in ids)
        tokens = np.array([row + [0] * (longest - len(row)) for row in ids])
        mask = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in ids], dtype=np.float32)
        hidden = _normalise(self._words[tokens] + self._places[:longest], *self._first_norm)
        hide = np.where(mask == 0, np.float32(-1e9), np.float32(0))[:, None, None, :]
        for layer in self._layers:
            hidden = layer(hidden, hide)
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit


class _Layer:
    """One transformer block. Query, key and value are one matrix product."""

    def __init__(self, tensors: dict[str, Any], name: str) -> None:
        parts = [f"{name}attention.self.{part}" for part in ("query", "key", "value")]
        self._qkv = np.concatenate([tensors[p + ".weight"] for p in parts]).T.copy()
        self._qkv_bias = np.concatenate([tensors[p + ".bias"] for p in parts])
        self._out = _linear_of(tensors, name + "attention.output.dense")
        self._norm = _norm_of(tensors, name + "attention.output.LayerNorm")
        self._wide = _linear_of(tensors, name + "intermediate.dense")
        self._narrow = _linear_of(tensors, name + "output.dense")
        self._last_norm = _norm_of(tensors, name + "output.LayerNorm")

    def __call__(self, hidden: Vectors, hide: Vectors) -> Vectors:
        attended = _linear(self._attend(hidden, hide), *self._out)
        hidden = _normalise(hidden + attended, *self._norm)
        wide = _gelu(_linear(hidden, *self._wide))
        return _normalise(hidden + _linear(wide, *self._narrow), *self._last_norm)

    def _attend(self, hidden: Vectors, hide: Vectors) -> Vectors:
        rows, length, width = hidden.shape
        mixed = _linear(hidden, self._qkv, self._qkv_bias)
        heads = mixed.reshape(rows, length, 3, _HEADS, width // _HEADS).transpose(2, 0, 3, 1, 4)
        query, key, value = heads
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // _HEADS)) + hide
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        attended: Vectors = weights @ value
        return attended.transpose(0, 2, 1, 3).reshape(rows, length, width)


def _linear(x: Vectors, weight: Vectors, bias: Vectors) -> Vectors:
    flat: Vectors = x.reshape(-1, x.shape[-1]) @ weight  # one large product is faster than one per row
    flat += bias
    result: Vectors = flat.reshape(*x.shape[:-1], weight.shape[1])
    return result


def _linear_of(tensors: dict[str, Any], name: str) -> tuple[Vectors, Vectors]:
    return tensors[name + ".weight"].T.copy(), tensors[name + ".bias"]


def _norm_of(tensors: dict[str, Any], name: str) -> tuple[Vectors, Vectors]:
    return tensors[name + ".weight"], tensors[name + ".bias"]


def _normalise(x: Vectors, weight: Vectors, bias: Vectors) -> Vectors:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    normal: Vectors = centred / np.sqrt(variance + _EPSILON) * weight + bias
    return normal


def _gelu(x: Vectors) -> Vectors:
    """Exact GELU. numpy has no erf: Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most."""
    z = np.abs(x) * np.float32(1 / np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.float32(1.061405429) * t
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series += np.float32(factor)
        series *= t
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    result: Vectors = np.float32(0.5) * x * (1 + erf)
    return result


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Yield positions grouped by like length, so that little of a batch is padding."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[position] > _TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
