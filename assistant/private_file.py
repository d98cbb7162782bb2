"""Files that only their owner may read, written whole or not at all. Knows nothing of what is in them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from assistant.errors import InputError

OWNER_ONLY = 0o600


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Open a text file for writing that takes its place at the end, on the disk for good. Raises InputError."""
    if path.is_dir():
        raise InputError("That is a folder.", hint="Name a file in it.")
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError("The file cannot be written there.", hint="Look at the folder.", detail=str(error)) from None
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(handle)
        fresh.replace(path)
        _settle(path.absolute().parent)
    except OSError as error:
        raise InputError("The file could not be written.", hint="Is the disk full?", detail=str(error)) from None
    finally:
        fresh.unlink(missing_ok=True)


def make_private(path: Path) -> None:
    """Make sure that a file exists and that only its owner may read it."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))
    if path.stat().st_mode & 0o077:
        path.chmod(OWNER_ONLY)


def _settle(folder: Path) -> None:
    """Have the folder itself written to the disk, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
