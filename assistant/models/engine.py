"""The embedded model's server: a child process on loopback, started, watched and stopped.

Knows: how to start the child with the weights and a fresh random key, whether it is alive, how to
start it again after a crash, and that it must end with the program however that ends. One engine is
shared by everything in this process that asks for the same one.
Does not know: what is asked of the model (``llm``), or how the weights came to be (``weights``).
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from assistant.errors import EngineError, ModelUnavailable
from assistant.models import weights
from assistant.models.prefixes import Prefixes
from assistant.models.slots import Slots, common, text_of
from assistant.settings import Settings

ALIAS = "coach"
"""The model's name on its server."""

START_SECONDS = 180.0
"""Longest start: a cold disk takes a minute on a busy machine."""

CAP = 2048
"""Most tokens of any one answer, whatever a request asks for."""

BATCH = 128
"""Tokens of prompt read in one go. A cancel, and every other slot, waits until a batch is done."""

_HINT = "Nothing was lost. Try again; `benchcoach check` works without a model."


class Engine:
    """One llama.cpp server. Every method may be called from any thread."""

    def __init__(self, settings: Settings, progress: Callable[[int, int], None] | None = None) -> None:
        self._settings = settings
        self._progress = progress
        self._lock = threading.RLock()
        self._child: _Child | None = None
        self._prefixes = Prefixes(weights.models_folder() / "prefixes")
        self._shared: dict[str, str] = {}  # what every slot can be put back to: its text, and the name of its state
        self._identity = ""
        self.slots = Slots(settings.slots)
        self.starts = 0

    @property
    def alive(self) -> bool:
        """Whether the child is running and has said that it is ready."""
        child = self._child
        return child is not None and child.ready

    @property
    def pid(self) -> int:
        """The process id of the child, or 0."""
        child = self._child
        return child.pid if child is not None and child.ready else 0

    @property
    def base_url(self) -> str:
        """The address of its OpenAI-compatible API; empty before ``start``."""
        child = self._child
        return child.url + "/v1" if child is not None and child.ready else ""

    @property
    def api_key(self) -> str:
        """The random key of this start; empty before ``start``."""
        child = self._child
        return child.key if child is not None and child.ready else ""

    def start(self) -> tuple[str, str]:
        """Make sure that the server runs; return its address and key. Raises WeightsError or EngineError."""
        with self._lock:
            if self.alive:
                return self.base_url, self.api_key
            self.stop()
            path = weights.ensure(self._settings, self._progress)
            self._identity = f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}"
            self._prefixes.prepare()
            self._shared, self.slots = {}, Slots(self._settings.slots)
            self._child = _Child(self._config(path))
            self._child.wait(START_SECONDS)
            self.starts += 1
            _running.add(self)
            return self.base_url, self.api_key

    def gone(self, within: float = 0.0) -> bool:
        """Whether the child has ended, or ends within some seconds: the system takes a moment to say so."""
        child = self._child
        return child is None or child.wait_gone(within)

    def stop(self) -> None:
        """End the child at once, requests in flight included. Harmless when it is not running."""
        with self._lock:
            child, self._child = self._child, None
            _running.discard(self)
            if child is not None:
                child.end()

    def share_prefix(self, messages: Sequence[tuple[str, str]], read: Callable[[int], None]) -> None:
        """Put the state after some fixed messages into every slot.

        ``read`` has a slot read them, which takes half a minute for a long prompt. That is done once ever:
        the state is kept on disk, and copying it into a slot takes a moment.
        """
        slots = range(self._settings.slots)
        key = self._prefixes.key(self._identity, messages)
        name = self._prefixes.find(key)
        if name is None:
            read(0)
            fresh = self._prefixes.temporary(key)
            name = self._prefixes.keep(key, fresh) if self._slot(0, "save", fresh) else None
            slots = range(1, self._settings.slots)
        text = text_of(messages)
        for slot in slots:
            if name is None or not self._slot(slot, "restore", name):
                read(slot)
        for slot in range(self._settings.slots):
            self.slots.has_read(slot, text)
        if name is not None:
            self._shared[text] = name

    def put_back(self, slot: int, prompt: str, shared: int) -> None:
        """Copy the fixed beginning of a prompt into a slot that has read less of it than was shared once."""
        known = max(self._shared, key=lambda text: common(text, prompt), default="")
        if known and common(known, prompt) > shared:
            self._slot(slot, "restore", self._shared[known])

    def _slot(self, slot: int, action: str, name: str) -> bool:
        """Save or restore the state of a slot; False where the server would not."""
        url, key = self.base_url, self.api_key
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=self._settings.timeout)
        try:
            connection.request(
                "POST",
                f"/slots/{slot}?action={action}",
                json.dumps({"filename": name}),
                {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException) as error:
            raise ModelUnavailable(
                "The embedded model cannot be reached.", hint=_HINT, detail=type(error).__name__
            ) from None
        finally:
            connection.close()

    def _config(self, path: Path) -> dict[str, Any]:
        return {
            "path": str(path),
            "alias": ALIAS,
            "key": secrets.token_urlsafe(32),
            "context": self._settings.context,
            "slots": self._settings.slots,
            "threads": self._settings.threads,
            "cap": CAP,
            "batch": BATCH,
            "prefixes": f"{self._prefixes.folder}/",
        }


class _Child:
    """One run of the child process.

    A thread of its own starts it and waits for it: Linux ends the child with the *thread* that
    started it, and a web server's worker threads come and go.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.key: str = config["key"]
        self.url = ""
        self._config = config
        self._error = ""
        self._process: subprocess.Popen[str] | None = None
        self._owner = os.getpid()
        self._told = threading.Event()
        self._gone = threading.Event()
        threading.Thread(target=self._keep, name="engine", daemon=True).start()

    @property
    def ready(self) -> bool:
        return bool(self.url) and not self._gone.is_set() and os.getpid() == self._owner

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    def wait(self, seconds: float) -> None:
        """Wait until the child is ready, or end it and raise EngineError."""
        try:
            told = self._told.wait(seconds)
        except BaseException:
            self.end()
            raise
        if told and self.url:
            return
        self.end()
        if not told:
            raise EngineError(f"The embedded model did not start within {seconds:.0f} seconds.", hint=_HINT)
        raise EngineError("The embedded model could not be started.", hint=_start_hint(self._error), detail=self._error)

    def wait_gone(self, seconds: float) -> bool:
        return self._gone.wait(seconds)

    def end(self) -> None:
        process = self._process
        if process is None or os.getpid() != self._owner:
            return
        process.kill()
        self._gone.wait(10)

    def _keep(self) -> None:
        try:
            self._process = process = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).with_name("engine_process.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            self._converse(process)
            process.wait()
        except OSError as error:
            self._error = str(error)
        finally:
            self._gone.set()
            self._told.set()

    def _converse(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin and process.stdout
        try:
            process.stdin.write(json.dumps(self._config) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            self._error = "it ended before it could be spoken to"
            return
        answer = _answer(process.stdout)
        self._error = answer.get("error", "")
        self.url = answer.get("url", "")
        self._told.set()


def _answer(stream: IO[str]) -> dict[str, str]:
    try:
        answer = json.loads(stream.readline())
    except ValueError:
        return {"error": "it ended without a word"}
    return {str(key): str(value) for key, value in answer.items()} if isinstance(answer, dict) else {}


def _start_hint(error: str) -> str:
    if "ModuleNotFoundError" in error or "ImportError" in error:
        return "The engine is not installed: `pip install 'benchcoach[embedded]'`."
    return "Is there enough free memory (about 2 GB), and is the GGUF file whole? " + _HINT


_running: set[Engine] = set()
_shared: dict[tuple[object, ...], Engine] = {}
_users: dict[Engine, int] = {}
_shared_lock = threading.Lock()


def borrow(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Engine:
    """Return this process's engine for these settings; give it back with ``give_back``."""
    key = (settings.gguf, settings.weights, settings.slots, settings.context, settings.threads)
    with _shared_lock:
        engine = _shared.get(key)
        if engine is None:
            engine = _shared[key] = Engine(settings, progress)
        _users[engine] = _users.get(engine, 0) + 1
        return engine


def give_back(engine: Engine) -> None:
    """Stop a borrowed engine when its last user is done with it."""
    with _shared_lock:
        _users[engine] = max(0, _users.get(engine, 0) - 1)
        idle = _users[engine] == 0
    if idle:
        engine.stop()


@atexit.register
def _stop_all() -> None:
    for engine in list(_running):
        engine.stop()
