"""States of the embedded model after a fixed prompt, kept on disk so that it is read once ever.

Knows: how a state file is named after what it depends on and what it holds, so that a half-written or
altered one is never handed to the engine, and that only the newest few are kept. A state holds nothing
but the fixed prompt: no draft is ever in one.
Does not know: how a state is made or used (``engine``).
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

KEPT = 4
"""How many states stay on disk; one is about 30 MB for a thousand tokens."""


class Prefixes:
    """The states in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, for this user only, where that is possible."""
        with contextlib.suppress(OSError):  # without it every start reads the prompt anew
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)

    def key(self, weights: str, messages: Sequence[tuple[str, str]]) -> str:
        """Return a name for everything that a state depends on."""
        try:
            engine = importlib.metadata.version("xllamacpp")
        except importlib.metadata.PackageNotFoundError:
            engine = ""
        return _digest(json.dumps([weights, engine, list(messages)]).encode())

    def temporary(self, key: str) -> str:
        """Return a file name to write a new state to."""
        return f"{key}.{secrets.token_hex(4)}.part"

    def keep(self, key: str, fresh: str) -> str | None:
        """Take in a newly written state; return its name, or None where it cannot be kept."""
        try:
            name = f"{key}-{_digest((self.folder / fresh).read_bytes())}.state"
            (self.folder / fresh).replace(self.folder / name)
            self._forget()
        except OSError:
            return None  # the disk is full, say; a prompt can always be read again
        return name

    def find(self, key: str) -> str | None:
        """Return the name of a whole, unaltered state for this key, or None."""
        for path in self.folder.glob(f"{key}-*.state"):
            try:
                if path.name == f"{key}-{_digest(path.read_bytes())}.state":
                    os.utime(path)
                    return path.name
                path.unlink()
            except OSError:
                continue
        return None

    def _forget(self) -> None:
        states = sorted(self.folder.glob("*.state"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in states[KEPT:]:
            path.unlink(missing_ok=True)
        for path in self.folder.glob("*.part"):
            path.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
