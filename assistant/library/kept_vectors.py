"""Vectors of the worked clauses, kept on disk so that each is computed once.

Knows the file and that a vector belongs to one text of one embedding model. A file that is missing,
broken or cannot be written costs time and nothing else. Knows nothing of kinds.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

_log = logging.getLogger(__name__)


def kept(file: Path, encode: Encode, identity: str) -> Encode:
    """Return ``encode`` with a memory for the texts it is asked first: those are kept in ``file``.

    ``identity`` names the model and changes whenever its vectors would.
    """

    def remembering(texts: Sequence[str]) -> Vectors:
        keys = [_key(identity, text) for text in texts]
        known = _read(file)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            known |= zip(missing, np.asarray(encode(list(missing.values())), np.float32), strict=True)
            _write(file, {key: known[key] for key in dict.fromkeys(keys)})
        return np.array([known[key] for key in keys], np.float32)

    return remembering


def _key(identity: str, text: str) -> str:
    return hashlib.sha256(f"{identity}\n{text}".encode()).hexdigest()[:32]


def _read(file: Path) -> dict[str, Vectors]:
    try:
        with np.load(file, allow_pickle=False) as held:
            keys, vectors = held["keys"], held["vectors"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.info("the kept vectors of worked clauses cannot be read and are computed anew: %s", error)
        return {}
    if vectors.ndim != 2 or len(keys) != len(vectors) or not np.isfinite(vectors).all():
        return {}
    return dict(zip(map(str, keys), vectors, strict=True))


def _write(file: Path, known: dict[str, Vectors]) -> None:
    """Write the whole file beside the old one and put it in its place at once."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    except OSError as error:
        _log.info("the vectors of worked clauses cannot be kept: %s", error)
        return
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            np.savez(out, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
        temporary.replace(file)
    except OSError as error:
        _log.info("the vectors of worked clauses cannot be kept: %s", error)
        temporary.unlink(missing_ok=True)
