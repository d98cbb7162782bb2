"""Who gets past the login: a middleware between the guard and everything else, where a login is set.

Knows sessions, paths and Gradio's way of naming a page; knows nothing of what a page shows. Without a session only
the login and the probes are there. With one, a page's name (Gradio's ``session_hash``, which the browser makes up)
is replaced by one that only this session can mean, so nobody reaches another's events, whatever they send. Open
answers are watched: a session that ends takes them along within seconds.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from assistant.access.sessions import Session, Sessions
from assistant.errors import BenchcoachError
from assistant.web.guard import PROBES, App, Message, Receive, Scope, Send, answer, headers_of, read, replay
from assistant.web.person import NOTE

log = logging.getLogger(__name__)

COOKIE = "__Host-benchcoach"
API = "/api/v1/"
TRUSTED = 2.0
"""Seconds for which a session that was just looked up is not looked up again."""
LOOK = 1.5
"""Seconds between two looks at the sessions whose answers are open."""
GRACE = 1.0

_OPEN = frozenset(("/login", "/login/start", "/login/back", "/metrics", "/favicon.ico", *PROBES))
_GRADIO = "/gradio_api/"
_EVENTS = "/gradio_api/queue/data"
_BEAT = "/gradio_api/heartbeat/"
_CANCEL = "/gradio_api/cancel"
_CALLS = frozenset(("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/reset", _CANCEL))
_READS = frozenset((_EVENTS, "/gradio_api/startup-events", "/gradio_api/theme.css"))
_PROGRAM = ("/assets/", "/static/", "/svelte/")
_PAGE = frozenset(("/", "/config", "/theme.css", "/health", "/logout", "/whoami"))
_OWN = ("/api/v1/", "/knowledge/", "/gradio_api/heartbeat/")
"""What there is, beside program files. Gradio has many more routes, and whatever is not named here is not there."""

Queue = Mapping[str, Collection[str]]
"""The events that each page of Gradio waits for."""


class Watch:
    """Who was let in a moment ago, and which answers are open under which session. Lives in one event loop."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self._known: dict[str, tuple[Session, float]] = {}
        self._open: dict[str, set[asyncio.Event]] = {}
        self._watcher: asyncio.Task[None] | None = None
        # Not the pool in which drafts are rewritten: a full house must not keep anybody from being shut out.
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="gate")

    async def find(self, shown: str, look: Callable[[str], Session | None]) -> Session | None:
        """Return the session that was shown, looked up unless that was done a moment ago."""
        now = time.monotonic()
        known = self._known.get(shown)
        if known and known[1] > now:
            return known[0]
        found = await asyncio.get_running_loop().run_in_executor(self._pool, look, shown)
        self._known = {key: value for key, value in self._known.items() if value[1] > now and key != shown}
        if found:
            self._known[shown] = (found, now + TRUSTED)
        return found

    def forget(self, session: Session) -> None:
        """End what is open under a session at once, here; every other process sees it within seconds."""
        self._known = {shown: known for shown, known in self._known.items() if known[0].key != session.key}
        for over in self._open.get(session.key, ()):
            over.set()

    @contextmanager
    def opened(self, session: Session) -> Iterator[asyncio.Event]:
        """Yield what is set once the session is over."""
        over = asyncio.Event()
        self._open.setdefault(session.key, set()).add(over)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._run())
        try:
            yield over
        finally:
            left = self._open.get(session.key, set())
            left.discard(over)
            if not left:
                self._open.pop(session.key, None)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._open:
            await asyncio.sleep(LOOK)
            keys = frozenset(self._open)
            try:
                living = await loop.run_in_executor(self._pool, self.sessions.living, keys)
            except BenchcoachError as error:  # the database is away: nobody new comes in, and we look again
                log.warning("Sessions cannot be looked up: %s %s", type(error).__name__, error.detail)
                continue
            for key in keys - living:
                for over in self._open.get(key, ()):
                    over.set()


class Gate:
    """ASGI middleware: a session for everything, and nothing of one session for another."""

    def __init__(self, app: App, *, watch: Watch, queue: Queue) -> None:
        self._app = app
        self._watch = watch
        self._sessions = watch.sessions
        self._queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as somebody's, or turn it away."""
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or path in _OPEN:
            await self._app(scope, receive, send)
            return
        try:
            session = await self._session(scope, path)
        except BenchcoachError as error:
            log.warning("Sessions cannot be looked up: %s %s", type(error).__name__, error.detail)
            await answer(send, 503, "Nobody can be let in for the moment. Try again in a minute.")
            return
        if session is None:
            await _turn_away(scope, path, send)
            return
        if not _is_there(path):
            await answer(send, 404, "There is nothing here.")
            return
        if scope["method"] not in ("GET", "HEAD") and not path.startswith(API) and not _from_the_page(scope):
            await answer(send, 403, "This page takes requests only from itself.")
            return
        own = await self._as_own(session, {**scope, NOTE: session}, receive)
        if own is None:
            await answer(send, 404, "There is nothing here.")
            return
        await self._watched(session, *own, send)

    # --- who it is --------------------------------------------------------------------------------------

    async def _session(self, scope: Scope, path: str) -> Session | None:
        headers = headers_of(scope)
        if path.startswith(API):  # never by cookie: no page of somebody else can make a browser ask in your name
            kind, _, token = headers.get("authorization", "").partition(" ")
            shown, find = (token.strip() if kind.lower() == "bearer" else ""), self._sessions.of_token
        else:
            shown, find = cookie(headers, COOKIE), self._sessions.of
        return await self._watch.find(shown, find) if shown else None

    # --- whose page it is -------------------------------------------------------------------------------

    async def _as_own(self, session: Session, scope: Scope, receive: Receive) -> tuple[Scope, Receive] | None:
        """Return the request with its page named as this session's; None for what is not this session's."""
        path = str(scope["path"])
        if path.startswith(_BEAT):
            path = _BEAT + self._sessions.sealed(session, path.removeprefix(_BEAT))
            return {**scope, "path": path, "raw_path": path.encode()}, receive
        if path == _EVENTS:
            asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            if "session_hash" not in asked:
                return None
            asked["session_hash"] = self._sessions.sealed(session, asked["session_hash"])
            if asked["session_hash"] not in self._queue:
                return None
            return {**scope, "query_string": urlencode(asked).encode()}, receive
        if path in _CALLS:
            return await self._own_call(session, scope, receive)
        return scope, receive

    async def _own_call(self, session: Session, scope: Scope, receive: Receive) -> tuple[Scope, Receive] | None:
        try:
            call: Any = json.loads(await read(receive, 1 << 30) or b"")
        except ValueError:
            return None
        if not isinstance(call, dict):
            return None
        if isinstance(call.get("session_hash"), str):
            call["session_hash"] = self._sessions.sealed(session, call["session_hash"])
        elif scope["path"] in (_CANCEL, "/gradio_api/queue/join"):
            return None
        event = call.pop("event_id", None)
        if scope["path"] == _CANCEL:
            call["event_id"] = event
        if scope["path"] == _CANCEL and str(event) not in self._queue.get(str(call.get("session_hash")), ()):
            return None
        body = json.dumps(call).encode()
        kept = [(k, v) for k, v in scope["headers"] if k.lower() not in (b"content-length", b"transfer-encoding")]
        headers = [*kept, (b"content-length", str(len(body)).encode())]
        return {**scope, "headers": headers}, replay(body, receive)

    # --- for how long -----------------------------------------------------------------------------------

    async def _watched(self, session: Session, scope: Scope, receive: Receive, send: Send) -> None:
        """Run a request until it is done or its session is over, whichever comes first."""
        with self._watch.opened(session) as over:
            answered = _Answered(over, receive, send)
            work = asyncio.ensure_future(self._app(scope, answered.receive, answered.send))
            ending = asyncio.ensure_future(over.wait())
            try:
                await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    await asyncio.wait({work}, timeout=GRACE)  # it was told that the browser is gone, and tidies up
                    await answered.finish()
                if work.done():
                    work.result()
            finally:
                ending.cancel()
                if not work.done():
                    work.cancel()
                    with suppress(asyncio.CancelledError):
                        await work


class _Answered:
    """The two ends of one request, which stop carrying anything once the session is over."""

    def __init__(self, over: asyncio.Event, receive: Receive, send: Send) -> None:
        self._over = over
        self._receive = receive
        self._send = send
        self._begun = False
        self._ended = False

    async def receive(self) -> Message:
        """Return what the browser sends, or that it is gone once the session is over."""
        if self._over.is_set():
            return {"type": "http.disconnect"}
        coming = asyncio.ensure_future(self._receive())
        ending = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else {"type": "http.disconnect"}
        finally:
            coming.cancel()
            ending.cancel()

    async def send(self, message: Message) -> None:
        """Pass on what is answered, as long as the session lives."""
        if self._over.is_set():
            return
        self._begun = True
        self._ended = message["type"] == "http.response.body" and not message.get("more_body")
        await self._send(message)

    async def finish(self) -> None:
        """End the answer towards the browser."""
        if not self._begun:
            await answer(self._send, 401, "You are signed out.")
        elif not self._ended:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def cookie(headers: dict[str, str], name: str) -> str:
    """Return a cookie's value, or nothing."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _is_there(path: str) -> bool:
    if path.startswith(_GRADIO):
        return path in _CALLS or path in _READS or path.startswith(_BEAT)
    return path in _PAGE or path.startswith((*_PROGRAM, *_OWN))


def _from_the_page(scope: Scope) -> bool:
    # The guard has refused every foreign Origin already. A browser that sends none says where it comes from here.
    headers = headers_of(scope)
    return "origin" in headers or headers.get("sec-fetch-site") == "same-origin"


async def _turn_away(scope: Scope, path: str, send: Send) -> None:
    wants_page = "text/html" in headers_of(scope).get("accept", "")
    if scope["method"] in ("GET", "HEAD") and wants_page and not path.startswith(API):
        await answer(send, 303, "Sign in first.", (b"location", b"/login"))
    elif path.startswith(API):
        await answer(send, 401, "This needs a token.", (b"www-authenticate", b"Bearer"))
    else:
        await answer(send, 401, "You are signed out. Open this page anew and sign in.")
