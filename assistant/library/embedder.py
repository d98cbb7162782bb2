"""Sentence embeddings on this machine: all-MiniLM-L6-v2 on onnxruntime.

Knows the network: which weights go where, mean pooling, unit length; behind langchain-core's
``Embeddings``. Knows nothing of passages, searching or where vectors are kept. The graph is made in
memory from the official, verified weights, so there is no second file to trust; the tests
hold it to the values that the model's authors published.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.library.onnx_graph import Graph
from assistant.models.weights import EMBEDDER

Vectors = NDArray[np.float32]

_HEADS: Final = 12
_LAYERS: Final = 6
_MIDDLE: Final = 4
_WHOLE, _HALFWAY = 0, 1  # the graph's outputs, in order
_WIDTH: Final = 384
_EPSILON: Final = 1e-12
_MAX_TOKENS: Final = 256
_TOKENS_PER_BATCH: Final = 2048
_MOST_THREADS: Final = 4
_ROUNDED_TO: Final = 63

Linear = Callable[[Graph, dict[str, Any], str, str], str]
"""Adds one linear layer to a graph: the tensors, the layer's name, its input; returns its output."""


class Embedder(Protocol):
    """What turns texts into vectors of length one. ``encode`` may be called from any thread."""

    @property
    def identity(self) -> str:
        """A name that changes whenever the vectors would."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, in the order given."""

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return the same for texts that are only compared with others: as near as needed, as soon as can be."""


class MiniLM(Embeddings):
    """all-MiniLM-L6-v2: mean pooling over the tokens, then length one. Safe to share between threads."""

    dimensions: Final = _WIDTH
    identity: Final = f"all-MiniLM-L6-v2/{EMBEDDER[0].sha256[:12]}/mean/{_MAX_TOKENS}"

    def __init__(self, folder: Path) -> None:
        """Load weights and vocabulary from the folder that ``weights.ensure_embedder`` verified."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tensors = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._table = tensors["embeddings.word_embeddings.weight"]
        self._places = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._session = _session(_network(tensors, _linear))
        self._rounded = _session(_network(tensors, _rounded_linear))

    @property
    def words(self) -> frozenset[str]:
        """English words that the model's vocabulary has as a whole: a dictionary of some 20,000."""
        return frozenset(word for word in self._tokenizer.get_vocab() if word.isalpha() and len(word) > 1)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one unit vector per text, as langchain-core asks for them."""
        return [[float(x) for x in row] for row in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the unit vector of one text; this model treats queries and documents alike."""
        return self.embed_documents([text])[0]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, in the order given; texts of like length share a batch."""
        return _unit(self._pooled(texts, _WHOLE))

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text from weights rounded to 7 bits, each text by itself: in two thirds of the time.

        A question is a dozen tokens, so most of its time goes into fetching weights from memory. The vector is
        within a cosine of .98 of the exact one; rows that are kept are always exact.
        """
        rows = [self._forward([self._tokenizer.encode(text).ids], _WHOLE, self._rounded) for text in texts]
        return _unit(np.concatenate(rows))

    def encode_form(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text from the fourth layer: nearer to how a text is put than to what it is about."""
        return self._pooled(texts, _HALFWAY)

    def _pooled(self, texts: Sequence[str], layer: int) -> Vectors:
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        for batch in _batches([len(row) for row in ids]):
            out[batch] = self._forward([ids[i] for i in batch], layer, self._session)
        return out

    def _forward(self, ids: list[list[int]], layer: int, session: Any) -> Vectors:  # noqa: ANN401 - no types
        longest = max(len(row) for row in ids)
        tokens = np.array([row + [0] * (longest - len(row)) for row in ids])
        mask = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in ids], dtype=np.float32)
        hidden = session.run(
            None,
            {
                "embedded": self._table[tokens] + self._places[:longest],
                "hide": np.where(mask == 0, np.float32(-1e9), np.float32(0))[:, None, None, :],
            },
        )[layer]
        pooled: Vectors = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return pooled


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _network(tensors: dict[str, Any], linear: Linear) -> bytes:
    """Return the six layers as an ONNX model: embedded tokens in, hidden states at the end and halfway out."""
    graph = Graph()
    hidden = _norm(graph, tensors, "embeddings.LayerNorm", "embedded")
    states = []
    for number in range(_LAYERS):
        hidden = _layer(graph, tensors, f"encoder.layer.{number}.", hidden, linear)
        states.append(hidden)
    shapes: dict[str, Sequence[str | int]] = {
        "embedded": ("rows", "length", _WIDTH),
        "hide": ("rows", 1, 1, "length"),
    }
    return graph.model(shapes, hidden, states[_MIDDLE - 1])


def _layer(graph: Graph, tensors: dict[str, Any], name: str, hidden: str, linear: Linear) -> str:
    query, key, value = (
        _heads(graph, linear(graph, tensors, f"{name}attention.self.{part}", hidden), order)
        for part, order in (("query", (0, 2, 1, 3)), ("key", (0, 2, 3, 1)), ("value", (0, 2, 1, 3)))
    )
    scale = graph.weight("scale", np.array((_WIDTH / _HEADS) ** -0.5, dtype=np.float32))
    scores = _op(graph, "Add", _op(graph, "Mul", _op(graph, "MatMul", query, key), scale), "hide")
    mixed = _op(graph, "MatMul", graph.node("Softmax", [scores], axis=-1)[0], value)
    back = graph.node("Transpose", [mixed], perm=(0, 2, 1, 3))[0]
    joined = _op(graph, "Reshape", back, graph.weight("join", np.array([0, 0, _WIDTH], dtype=np.int64)))
    attended = _op(graph, "Add", linear(graph, tensors, name + "attention.output.dense", joined), hidden)
    hidden = _norm(graph, tensors, name + "attention.output.LayerNorm", attended)
    wide = graph.node("Gelu", [linear(graph, tensors, name + "intermediate.dense", hidden)])[0]
    narrow = _op(graph, "Add", linear(graph, tensors, name + "output.dense", wide), hidden)
    return _norm(graph, tensors, name + "output.LayerNorm", narrow)


def _heads(graph: Graph, hidden: str, order: tuple[int, ...]) -> str:
    split = graph.weight("split", np.array([0, 0, _HEADS, _WIDTH // _HEADS], dtype=np.int64))
    return graph.node("Transpose", [_op(graph, "Reshape", hidden, split)], perm=order)[0]


def _linear(graph: Graph, tensors: dict[str, Any], name: str, hidden: str) -> str:
    weight = graph.weight(name + ".weight", tensors[name + ".weight"].T)
    bias = graph.weight(name + ".bias", tensors[name + ".bias"])
    return _op(graph, "Add", _op(graph, "MatMul", hidden, weight), bias)


def _rounded_linear(graph: Graph, tensors: dict[str, Any], name: str, hidden: str) -> str:
    """Weights as whole numbers up to 63: of 8 bits, sums overflow on processors without VNNI, and results differ."""
    exact = tensors[name + ".weight"].T
    step = (np.abs(exact).max(axis=0) / _ROUNDED_TO).astype(np.float32)
    return graph.own_node(
        "DynamicQuantizeMatMul",
        [
            hidden,
            graph.weight(name + ".rounded", np.rint(exact / step).astype(np.int8)),
            graph.weight(name + ".step", step),
            graph.weight(name + ".middle", np.zeros(len(step), dtype=np.int8)),
            graph.weight(name + ".bias", tensors[name + ".bias"]),
        ],
    )


def _norm(graph: Graph, tensors: dict[str, Any], name: str, hidden: str) -> str:
    weight = graph.weight(name + ".weight", tensors[name + ".weight"])
    bias = graph.weight(name + ".bias", tensors[name + ".bias"])
    return graph.node("LayerNormalization", [hidden, weight, bias], axis=-1, epsilon=_EPSILON)[0]


def _op(graph: Graph, operator: str, left: str, right: str) -> str:
    return graph.node(operator, [left, right])[0]


def _session(model: bytes) -> Any:  # noqa: ANN401 - onnxruntime has no types
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # heeded only before the import, and nothing else is heeded
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(os.cpu_count() or 1, _MOST_THREADS)
    # Threads spin within a run, where waking them costs a fifth of it; between runs that would starve the engine.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


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
