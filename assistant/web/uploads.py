"""Files on their way in: held apart, for one look, in a folder that nothing serves.

Gradio's own uploads stay off, since what they take can be fetched again by anybody who knows its name. Knows
bytes and names; knows nothing of what is in a file.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response

from assistant.errors import InputError
from assistant.library.organisation import Incoming, Refused, shown_name

PATH = "/knowledge/files"
MOST = 200
"""Files that wait at once; the oldest make room."""
MINUTES = 30


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    since: float
    owner: str


class Uploads:
    """What was handed in and not yet looked at, for its owner alone; ``owner`` says who asks. Safe between threads."""

    def __init__(self, owner: Callable[[], str] = str) -> None:
        self._owner = owner
        self._folder: Path | None = None
        self._waiting: dict[str, _File] = {}
        self._lock = threading.Lock()

    def put(self, name: str, data: bytes, owner: str = "") -> str:
        """Hold a file of an owner and return the word that it is fetched by."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._sweep()
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="benchcoach-"))
            (self._folder / token).write_bytes(data)
            self._waiting[token] = _File(shown_name(name), time.monotonic(), owner)
        return token

    def take(self, given: list[dict[str, str]]) -> list[Incoming | Refused]:
        """Return the files that a page names, each a token or the reason why it never arrived."""
        found: list[Incoming | Refused] = []
        owner = self._owner()
        for row in given[:MOST]:
            name = shown_name(str(row.get("name", "")))
            waiting = self._waiting.get(str(row.get("token", "")))
            if waiting and waiting.owner == owner and self._folder:
                found.append(Incoming(waiting.name, self._folder / str(row["token"])))
            else:
                error = InputError(
                    "It did not arrive.", hint="It may be too large. The setting max_document says how large."
                )
                found.append(Refused(name, error))
        return found

    def done(self, given: list[dict[str, str]]) -> None:
        """Forget files that were looked at."""
        owner = self._owner()
        with self._lock:
            for token in (str(row.get("token", "")) for row in given):
                if token in self._waiting and self._waiting[token].owner == owner:
                    self._drop(token)

    def close(self) -> None:
        """Remove everything, because the program ends."""
        with self._lock:
            self._waiting.clear()
            if self._folder:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _sweep(self) -> None:
        long_ago = time.monotonic() - 60 * MINUTES
        oldest = sorted(self._waiting, key=lambda token: self._waiting[token].since)
        for number, token in enumerate(oldest):
            if self._waiting[token].since < long_ago or len(oldest) - number >= MOST:
                self._drop(token)

    def _drop(self, token: str) -> None:
        if self._waiting.pop(token, None) and self._folder:
            (self._folder / token).unlink(missing_ok=True)


def offer(
    app: FastAPI,
    uploads: Uploads,
    allowed: Callable[[Request], bool] = lambda _: True,
    whose: Callable[[Request], str | None] = lambda _: "",
) -> None:
    """Let the page hand in files at ``PATH``; the guard says how large they may be."""

    @app.post(PATH)
    async def hand_in(request: Request, name: str = "") -> Response:
        if not allowed(request):
            return Response("Only trainers add documents.", 403, media_type="text/plain")
        return Response(uploads.put(name, await request.body(), whose(request) or ""), media_type="text/plain")
