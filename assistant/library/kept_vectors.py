"""What is learned from worked texts, kept on disk so that it is computed once: their vectors, and solved regressions.

Knows the file, that a vector belongs to one text of one embedding model, and that a solution belongs to all that it
was made from. A file that is missing, broken or cannot be written costs time and nothing else. Knows nothing of kinds
and moves.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.library.ridge import Solution

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
Source = str | Path | NDArray[Any]
"""What a solution is made from: a text, an array, or a file, whose content counts."""

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


def solved(file: Path, made_from: Iterable[Source], solve: Callable[[], Solution]) -> Solution:
    """Return what ``solve`` returns, from ``file`` where that was made from the very same things.

    ``made_from`` is everything that the solution depends on, the source files of the code that made it among them.
    """
    key = hashlib.sha256()
    for part in made_from:
        content = _content(part)
        key.update(b"%d\n" % len(content) + content)
    name = key.hexdigest()[:32]
    names = [field.name for field in fields(Solution)]
    known = _arrays(file, "key", *names)
    if known and str(known["key"]) == name and all(np.isfinite(known[one]).all() for one in names):
        return Solution(**{one: known[one] for one in names})
    solution = solve()
    _save(file, {"key": np.array(name), **{one: getattr(solution, one) for one in names}})
    return solution


def _content(part: Source) -> bytes:
    if isinstance(part, Path):
        return part.read_bytes()
    return part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes()


def _key(identity: str, text: str) -> str:
    return hashlib.sha256(f"{identity}\n{text}".encode()).hexdigest()[:32]


def _read(file: Path) -> dict[str, Vectors]:
    held = _arrays(file, "keys", "vectors")
    if not held:
        return {}
    keys, vectors = held["keys"], held["vectors"]
    if vectors.ndim != 2 or len(keys) != len(vectors) or not np.isfinite(vectors).all():
        return {}
    return dict(zip(map(str, keys), vectors, strict=True))


def _write(file: Path, known: dict[str, Vectors]) -> None:
    _save(file, {"keys": np.array(list(known)), "vectors": np.stack(list(known.values()))})


def _arrays(file: Path, *names: str) -> dict[str, NDArray[Any]]:
    """Return the named arrays of a file, or nothing where one cannot be read."""
    try:
        with np.load(file, allow_pickle=False) as held:
            return {name: held[name] for name in names}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.info("what is kept of worked texts cannot be read and is computed anew: %s", error)
        return {}


def _save(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the whole file beside the old one and put it in its place at once."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    except OSError as error:
        _log.info("what was computed of worked texts cannot be kept: %s", error)
        return
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            np.savez(out, allow_pickle=False, **arrays)
        temporary.replace(file)
    except OSError as error:
        _log.info("what was computed of worked texts cannot be kept: %s", error)
        temporary.unlink(missing_ok=True)
