"""What stands between a socket and the page. Knows requests and headers, nothing of drafts.

Without a login only this machine may talk to the page; with one, only who asks for its public address. Another
name in the ``Host`` header (a web site that points its own name here) or a foreign ``Origin`` is refused, bodies
are bounded, Gradio's uploads are off, and each answer tells the browser to run nothing from elsewhere, to keep
nothing, and to frame it nowhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from assistant.web.policy import hashes_of, policy

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 1_000_000
PROBES = ("/healthz", "/readyz")
_NO_UPLOADS = "/gradio_api/upload"
_PAGE = "/"
_CODE = ("/assets/", "/static/")  # program files without any text of a person: a browser may keep them

HEADERS = {
    "content-security-policy": policy(),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # "no-referrer" would make a form's own Origin "null", which is refused
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
    """ASGI middleware: only one machine or address, only small bodies (``larger`` by path), strict headers.

    ``head`` holds the scripts that the page may run beside those it arrives with.
    """

    def __init__(
        self,
        app: App,
        *,
        body_limit: int = BODY_LIMIT,
        larger: Mapping[str, int] | None = None,
        public_url: str = "",
        head: str = "",
    ) -> None:
        self._app = app
        self._limit = body_limit
        self._scripts = hashes_of(head.encode())  # Gradio carries the head as data; the page makes scripts of it
        self._larger = larger or {}
        self._public = urlsplit(public_url.rstrip("/").lower())
        secure = {"strict-transport-security": "max-age=31536000"} if self._public.scheme == "https" else {}
        self._headers = {**HEADERS, **secure}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in plain words."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        send = _with_headers(send, self._headers, keep=str(scope["path"]).startswith(_CODE))
        if scope["path"] == _PAGE:
            scope = _unpacked(scope)
            send = _with_policy(send, self._scripts)
        refusal = self._refusal(scope)
        if refusal:
            await answer(send, *refusal)
            return
        if scope["method"] not in ("GET", "HEAD"):
            body = await read(receive, self._larger.get(scope["path"], self._limit))
            if body is None:
                await answer(send, 413, "That is more text than this page takes.")
                return
            receive = replay(body, receive)
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        if scope["path"] in PROBES:  # a probe knows an address and no name, and learns nothing from the answer
            return None
        headers = headers_of(scope)
        host, origin = headers.get("host", "").lower(), headers.get("origin")
        if self._public.netloc:
            if host != self._public.netloc:
                return 421, f"This page answers only to {self._public.geturl()}."
        elif not is_this_machine(_name(f"//{host}")):
            return 421, "This page answers only to localhost and 127.0.0.1."
        foreign = urlsplit(origin or "").netloc != host if not self._public.netloc else origin != self._public.geturl()
        if origin is not None and foreign:
            return 403, "This page takes requests only from itself."
        if str(scope["path"]).startswith(_NO_UPLOADS):
            return 404, "This page takes no files."
        return None


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers of a request, by their names in small letters."""
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}


def _name(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # such as an unclosed bracket
        return ""


async def read(receive: Receive, limit: int) -> bytes | None:
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


def replay(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already once more, as one piece."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()  # later messages tell of a browser that went away
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send, headers: Mapping[str, str], *, keep: bool) -> Send:
    extra = headers if keep else {**headers, "cache-control": "no-store"}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = dict(extra)
            if any(k == b"content-security-policy" for k, _ in message["headers"]):
                own.pop("content-security-policy", None)
            kept = [(k, v) for k, v in message["headers"] if k.decode("latin-1").lower() not in own]
            added = [(k.encode(), v.encode()) for k, v in own.items()]
            message = {**message, "headers": kept + added}
        await send(message)

    return sending


def _unpacked(scope: Scope) -> Scope:
    """Return a request for a page as it is: a packed one could not be looked into."""
    return {**scope, "headers": [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]}


def _with_policy(send: Send, more: Sequence[str]) -> Send:
    """Hold the page back until it is whole, and name its inline scripts, and those it makes itself, in its policy."""
    start: Message = {}
    body = bytearray()

    async def sending(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        told = policy([*hashes_of(bytes(body)), *more], compiles=True).encode()
        kept = [(k, v) for k, v in start["headers"] if k.lower() != b"content-security-policy"]
        await send({**start, "headers": [*kept, (b"content-security-policy", told)]})
        await send({"type": "http.response.body", "body": bytes(body), "more_body": False})

    return sending


async def answer(send: Send, status: int, text: str, *more: tuple[bytes, bytes]) -> None:
    """Answer in plain words."""
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
