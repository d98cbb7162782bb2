"""One request's wire: how it is cut from outside, and what its failures mean to a person.

Knows: how to shut the connection of a request in flight (a cancel, the end of the time allowed), and
the one table that turns errors of the openai and HTTP packages into ours.
Does not know: messages, answers or models.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from assistant.errors import (
    Cancelled,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    UnreadableReply,
)

if TYPE_CHECKING:
    import openai

TICK_SECONDS = 0.05
"""How soon a cancel or the end of the time allowed is noticed."""


class Line:
    """The connection of one request, so that another thread can cut it when time is up or a person cancels.

    Shutting the socket down is the one thing that wakes a thread that waits for a model's first word.
    """

    def __init__(self, cancel: threading.Event | None, seconds: float) -> None:
        self._cancel = cancel
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._done = threading.Event()
        self._socket: Any = None
        self._reason: type[Cancelled] | type[ModelTimeout] | None = None

    def __enter__(self) -> Line:
        if self._cancel is not None and self._cancel.is_set():
            self._reason = Cancelled
            self.raise_if_cut()
        threading.Thread(target=self._watch, name="line", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take note of the socket; called by the HTTP client."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    def pause(self, seconds: float) -> bool:
        """Wait before another try; False where the request is over."""
        until = time.monotonic() + seconds
        while self._reason is None and time.monotonic() < until:
            self._done.wait(TICK_SECONDS)
        return self._reason is None

    def raise_if_cut(self) -> None:
        """Say why the line was cut, if it was."""
        if self._reason is Cancelled:
            raise Cancelled("Stopped.", hint="Nothing was lost.") from None
        if self._reason is ModelTimeout:
            raise ModelTimeout(
                f"The model did not answer within {self._seconds:.0f} seconds.",
                hint="Try again with a shorter text, or allow more with BENCHCOACH_TIMEOUT.",
            ) from None

    def _watch(self) -> None:
        while not self._done.wait(TICK_SECONDS):
            if self._reason is None:
                if self._cancel is not None and self._cancel.is_set():
                    self._reason = Cancelled
                elif time.monotonic() > self._until:
                    self._reason = ModelTimeout
            if self._reason is not None:
                self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # closed already, or not yet connected: the next tick tries again


def told(error: Exception, name: str, place: str) -> ModelError:
    """Say what a foreign error means to a person. The one place where they are translated.

    Servers repeat the prompt in their messages, so none of their words are passed on.
    """
    import httpx2
    import openai

    status = getattr(error, "status_code", 0)
    detail = f"{type(error).__name__} {status or ''}".strip()
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return ModelTimeout(
            f"The model at {place} did not answer in time.",
            hint="Try again, or allow more with BENCHCOACH_TIMEOUT.",
            detail=detail,
        )
    if isinstance(error, openai.APIStatusError):
        return _status_told(error, name, place, detail)
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return ModelUnavailable(
            f"The model at {place} cannot be reached.",
            hint="Is it running? BENCHCOACH_BASE_URL names its address.",
            detail=detail,
        )
    if type(error) is openai.APIError:  # told in the middle of a stream
        return ModelUnavailable(
            f"The model at {place} failed while it was answering.", hint="Try again.", detail=detail
        )
    return UnreadableReply(
        f"What {place} answered cannot be read.", hint="Is it an OpenAI-compatible endpoint?", detail=detail
    )


def _status_told(error: openai.APIStatusError, name: str, place: str, detail: str) -> ModelError:
    status = error.status_code
    if status in (401, 403):
        return ModelRefused(
            f"The model at {place} does not accept the key.", hint="Check BENCHCOACH_API_KEY.", detail=detail
        )
    if status == 404:
        return ModelRefused(
            f"{place} knows no model called {name} at this address.",
            hint="Check BENCHCOACH_MODEL and BENCHCOACH_BASE_URL.",
            detail=detail,
        )
    if status == 429:
        return ModelRefused(
            f"{place} allows no more requests for now.", hint="Wait a minute and try again.", detail=detail
        )
    if status == 413 or (status == 400 and "context" in f"{error.type} {error.code} {error.message}".lower()):
        return ModelRefused(
            "The text is too long for this model.",
            hint="Shorten it, or rewrite it in two halves.",
            detail=detail,
        )
    if status >= 500:
        return ModelUnavailable(f"The model at {place} is out of order.", hint="Try again in a moment.", detail=detail)
    return ModelRefused(
        f"The model at {place} did not accept the request.",
        hint="Check that it is a chat model.",
        detail=detail,
    )
