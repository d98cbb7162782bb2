"""How many tokens a text has, without asking a network.

Knows: the embedded model's vocabulary (Qwen2), read from the head of its GGUF file, and the official
vocabularies of OpenAI's models from files that another package carries and whose hashes are checked here,
each as a tiktoken ``Encoding``. Does not know: chat templates; a request has a few tokens more than its texts.

tiktoken is never asked for a vocabulary that is not on this machine: it would fetch it. For a model without
one the count is an estimate: the embedded vocabulary's count with a margin of 15 %, which covers the larger
vocabularies of current models on English text; where no vocabulary is at hand, one token for three bytes.
"""

from __future__ import annotations

import hashlib
import math
import os
import struct
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assistant.models import weights

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


OFFICIAL = {
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
"""OpenAI's vocabularies: the file's name as tiktoken caches it, and its SHA-256."""
_CARRIER = ("llama_index.core", "_static/tiktoken_cache")


def count_tokens(model: str, text: str) -> int:
    """Return the tokens of a text: exact for ``embedded`` and OpenAI's models, else an estimate on the safe side."""
    with _loading:
        official = None if _is_own(model) else _official(model)
        encoding = official or _encoding()
    if encoding is None:
        return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
    count = len(encoding.encode_ordinary(text))
    return count if official is not None or _is_own(model) else math.ceil(count * MARGIN)


def fit(model: str, texts: Sequence[str], room: int) -> int:
    """Return how many of the texts, from the first on, have no more than ``room`` tokens together."""
    for number, text in enumerate(texts):
        room -= count_tokens(model, text)
        if room < 0:
            return number
    return len(texts)


def _is_own(model: str) -> bool:
    return model == "embedded" or model.startswith("qwen2.5")


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
        _official.cache_clear()


@lru_cache(maxsize=16)
def _official(model: str) -> tiktoken.Encoding | None:
    """Return OpenAI's own vocabulary of a model, where its file is here and is the official one."""
    import tiktoken

    try:
        name = tiktoken.encoding_name_for_model(model)
    except KeyError:
        return None
    folder = weights.package_folder(_CARRIER[0])
    if name not in OFFICIAL or folder is None:
        return None
    file, digest = OFFICIAL[name]
    path = folder / _CARRIER[1] / file
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        return None
    os.environ["TIKTOKEN_CACHE_DIR"] = str(path.parent)  # where it looks before it would download
    return tiktoken.get_encoding(name)


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
