"""What stands between a socket and the page. Knows requests and headers, nothing of drafts.

The page has no login yet, so only this machine may talk to it: another name in the
``Host`` header (a web site that points its own name at 127.0.0.1) or a foreign
``Origin`` is refused, bodies are bounded, Gradio's uploads are off, and each answer tells the
browser to run nothing from elsewhere, to keep nothing, and to frame it nowhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 1_000_000
_NO_UPLOADS = "/gradio_api/upload"
_CODE = ("/assets/", "/static/")  # program files without any text of a person: a browser may keep them

# Gradio's own page starts from inline scripts and compiles its event hooks, hence the two unsafe words;
# nothing from another origin is ever loaded, and outside text reaches the page escaped.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def is_this_machine(host: str) -> bool:
    """Say whether a host name or address can only mean this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: only this machine, only small bodies (``larger`` by path), strict headers."""

    def __init__(self, app: App, *, body_limit: int = BODY_LIMIT, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = body_limit
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in plain words."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        send = _with_headers(send, keep=str(scope["path"]).startswith(_CODE))
        refusal = _refusal(scope)
        if refusal:
            await _answer(send, *refusal)
            return
        if scope["method"] not in ("GET", "HEAD"):
            body = await _read(receive, self._larger.get(scope["path"], self._limit))
            if body is None:
                await _answer(send, 413, "That is more text than this page takes.")
                return
            receive = _replay(body, receive)
        await self._app(scope, receive, send)


def _refusal(scope: Scope) -> tuple[int, str] | None:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    name = _name(f"//{headers.get('host', '')}")
    if not is_this_machine(name):
        return 421, "This page answers only to localhost and 127.0.0.1."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers["host"]:
        return 403, "This page takes requests only from itself."
    if str(scope["path"]).startswith(_NO_UPLOADS):
        return 404, "This page takes no files."
    return None


def _name(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # such as an unclosed bracket
        return ""


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Return the whole body, or None where it is longer than ``limit``."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()  # later messages tell of a browser that went away
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send, *, keep: bool) -> Send:
    extra = dict(HEADERS) if keep else {**HEADERS, "cache-control": "no-store"}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(k, v) for k, v in message["headers"] if k.decode("latin-1").lower() not in extra]
            added = [(k.encode(), v.encode()) for k, v in extra.items()]
            message = {**message, "headers": kept + added}
        await send(message)

    return sending


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
