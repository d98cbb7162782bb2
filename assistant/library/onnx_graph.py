"""A small writer of ONNX models: nodes and weights in, the bytes of a model out.

An ONNX file is a protocol buffer with a handful of fields, so the few that are needed here are
written directly and no packages for building graphs or training models come along. Knows the file
format. Knows nothing of the network that is written with it (embedder).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FLOAT = 1
_KINDS: Final = {"float32": _FLOAT, "int8": 3, "int64": 7}
_IR_VERSION: Final = 9
_OPSET: Final = 20  # the first with Gelu as one operator
_OWN_OPERATORS: Final = "com.microsoft"
"""The set that onnxruntime brings itself; DynamicQuantizeMatMul is in no other."""
_VARINT, _FIXED32, _BYTES = 0, 5, 2
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7

Attribute = float | int | Sequence[int]


class Graph:
    """A graph of operators under construction; every name in it is a tensor."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []
        self._known: set[str] = set()

    def weight(self, name: str, array: NDArray[np.float32] | NDArray[np.int64] | NDArray[np.int8]) -> str:
        """Add a constant once and return its name."""
        if name not in self._known:
            self._known.add(name)
            kind = _KINDS[array.dtype.name]
            shape = b"".join(_number(1, size) for size in array.shape)
            self._weights.append(
                shape + _number(2, kind) + _text(8, name) + _field(9, np.ascontiguousarray(array).tobytes())
            )
        return name

    def node(self, operator: str, inputs: Sequence[str], count: int = 1, **attributes: Attribute) -> list[str]:
        """Add an operator of ONNX and return the names of its outputs."""
        return self._add(operator, inputs, count, attributes, domain="")

    def own_node(self, operator: str, inputs: Sequence[str]) -> str:
        """Add an operator that only onnxruntime has and return the name of its output."""
        return self._add(operator, inputs, 1, {}, domain=_OWN_OPERATORS)[0]

    def _add(
        self, operator: str, inputs: Sequence[str], count: int, attributes: Mapping[str, Attribute], domain: str
    ) -> list[str]:
        outputs = [f"{operator}_{len(self._nodes)}_{number}" for number in range(count)]
        body = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in outputs)
        body += _text(4, operator)
        body += b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())
        body += _text(7, domain) if domain else b""
        self._nodes.append(body)
        return outputs

    def model(self, inputs: dict[str, Sequence[str | int]], *outputs: str) -> bytes:
        """Return the whole model; ``inputs`` gives each float input's shape, a name for a size not fixed."""
        graph = b"".join(_field(1, node) for node in self._nodes) + _text(2, "graph")
        graph += b"".join(_field(5, weight) for weight in self._weights)
        graph += b"".join(_field(11, _value(name, shape)) for name, shape in inputs.items())
        graph += b"".join(_field(12, _text(1, name) + _field(2, _field(1, _number(1, _FLOAT)))) for name in outputs)
        return _number(1, _IR_VERSION) + _field(7, graph) + _operators("", _OPSET) + _operators(_OWN_OPERATORS, 1)


def _operators(domain: str, version: int) -> bytes:
    return _field(8, (_text(1, domain) if domain else b"") + _number(2, version))


def _value(name: str, shape: Sequence[str | int]) -> bytes:
    sizes = b"".join(_field(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in shape)
    return _text(1, name) + _field(2, _field(1, _number(1, _FLOAT) + _field(2, sizes)))


def _attribute(name: str, value: Attribute) -> bytes:
    head = _text(1, name)
    if isinstance(value, float):
        return head + _key(2, _FIXED32) + struct.pack("<f", value) + _number(20, _ATTRIBUTE_FLOAT)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, _ATTRIBUTE_INT)
    return head + b"".join(_number(8, item) for item in value) + _number(20, _ATTRIBUTE_INTS)


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, _VARINT) + _varint(value)


def _field(field: int, content: bytes) -> bytes:
    return _key(field, _BYTES) + _varint(len(content)) + content


def _text(field: int, value: str) -> bytes:
    return _field(field, value.encode("utf-8"))


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # a negative number is written as its two's complement
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
