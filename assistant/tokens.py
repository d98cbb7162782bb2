"""How many tokens a text has, without a network and without a running model.

Knows: the vocabulary of the embedded model, read from the head of its GGUF file, as a tiktoken
``Encoding``. Does not know: chat templates; a request has a few tokens more than its texts.

tiktoken's own encodings are never asked for: it would fetch them. So for any other model the count is an
estimate: the embedded vocabulary's count with a margin of 15 %, which covers the larger vocabularies of
current models on English text; where no vocabulary is at hand, one token for three bytes.
"""

from __future__ import annotations

import math
import struct
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assistant import weights

if TYPE_CHECKING:
    import tiktoken

MARGIN = 1.15
"""What an estimate for another model's vocabulary is multiplied with."""

BYTES_PER_TOKEN = 3

RANKS = 151_643
"""Ordinary tokens of the Qwen2 vocabulary; those after them are control tokens."""

PATTERN = "|".join(
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
        r"[^\r\n\p{L}\p{N}]?\p{L}+",
        r"\p{N}",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
"""How Qwen2 cuts a text before it merges bytes."""

_TOKENS = "tokenizer.ggml.tokens"
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each fixed-size GGUF value type; 8 is a string and 9 an array."""
_STRING, _ARRAY = 8, 9
_loading = threading.Lock()


def count_tokens(model: str, text: str) -> int:
    """Return the tokens of a text: exact for ``embedded``, an estimate on the safe side for any other."""
    with _loading:
        encoding = _encoding()
    if encoding is None:
        return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
    count = len(encoding.encode_ordinary(text))
    return count if model == "embedded" or model.startswith("qwen2.5") else math.ceil(count * MARGIN)


def encoding_of(gguf: Path) -> tiktoken.Encoding:
    """Return the encoding built from a GGUF file's vocabulary. Raises ValueError for any other kind."""
    import tiktoken

    letters = _letters()
    with gguf.open("rb") as stream:
        words = _vocabulary(stream)[:RANKS]
    if len(words) != RANKS:
        raise ValueError(f"{gguf.name} does not have the Qwen2 vocabulary")
    ranks = {bytes(letters[letter] for letter in word): rank for rank, word in enumerate(words)}
    return tiktoken.Encoding("qwen2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


def forget() -> None:
    """Drop the vocabulary that was read; the next count looks for it again."""
    with _loading:
        _encoding.cache_clear()


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding | None:
    path = weights.vocabulary_file()
    if path is None:
        return None
    try:
        return encoding_of(path)
    except (OSError, ValueError, KeyError, struct.error):
        return None


def _letters() -> dict[str, int]:
    """Map the letters in which a byte-level vocabulary is written to the bytes they stand for."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    others = [byte for byte in range(256) if byte not in set(plain)]
    return {chr(byte): byte for byte in plain} | {chr(256 + at): byte for at, byte in enumerate(others)}


def _vocabulary(stream: BinaryIO) -> list[str]:
    """Read a GGUF file's metadata up to its list of tokens."""
    magic, _version, _tensors, entries = struct.unpack("<4sIQQ", stream.read(24))
    if magic != b"GGUF":
        raise ValueError("not a GGUF file")
    for _ in range(entries):
        name = _string(stream)
        (kind,) = struct.unpack("<I", stream.read(4))
        if name == _TOKENS and kind == _ARRAY:
            _item, count = struct.unpack("<IQ", stream.read(12))
            return [_string(stream) for _ in range(count)]
        _skip(stream, kind)
    raise ValueError("no vocabulary in this file")


def _string(stream: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", stream.read(8))
    return stream.read(length).decode("utf-8")


def _skip(stream: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _string(stream)
    elif kind == _ARRAY:
        item, count = struct.unpack("<IQ", stream.read(12))
        for _ in range(count):
            _skip(stream, item)
    else:
        stream.seek(_SIZES[kind], 1)
