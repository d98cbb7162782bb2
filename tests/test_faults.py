"""Claims about a model that fails at any token: one meaning, no word of the draft, and the next request works.

The server is scripted and faulty; the client, the coach and what they make of it are the product's own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from coaching import corpus, language
from test_llm import ASK, SECRET, Handler, Respond, Server, answer, begin, chunk, event, serve, status

from assistant.coach import Coach
from assistant.domain import Draft
from assistant.errors import ModelError, ModelRefused, ModelTimeout, ModelUnavailable, UnreadableReply
from assistant.library.knowledge import Library
from assistant.models.llm import Endpoint, Request
from assistant.settings import Settings

__all__ = ["serve"]

WORDS = ("One", " two", " three", " four", " five", " six")
TIMEOUT = 0.6
Fault = Callable[[Handler], None]


def hang_up(handler: Handler) -> None:
    handler.connection.close()


def fall_silent(handler: Handler) -> None:
    time.sleep(TIMEOUT * 3)


def write_garbage(handler: Handler) -> None:
    event(handler, b"{not json " + SECRET.encode())


def write_another_shape(handler: Handler) -> None:
    event(handler, {"choices": [{"delta": 7}]})


def tell_an_error(handler: Handler) -> None:
    event(handler, {"error": {"message": SECRET, "type": "server_error", "code": 500}})


def end_without_an_end(handler: Handler) -> None:
    event(handler, b"[DONE]")


FAULTS: dict[str, tuple[Fault, tuple[type[ModelError], ...]]] = {
    "it hangs up": (hang_up, (ModelUnavailable, UnreadableReply)),
    "it falls silent": (fall_silent, (ModelTimeout,)),
    "it writes garbage": (write_garbage, (UnreadableReply,)),
    "it writes another shape": (write_another_shape, (UnreadableReply,)),
    "it tells an error": (tell_an_error, (ModelUnavailable,)),
    "it ends too early": (end_without_an_end, (ModelUnavailable, UnreadableReply)),
}


def faulty(fault: Fault, at: int) -> Respond:
    """Return a server that fails before its token ``at`` the first time, and never again."""
    asked = threading.Lock()

    def respond(handler: Handler, content: dict[str, Any]) -> None:
        if not asked.acquire(blocking=False):
            answer(*WORDS)(handler, content)
            return
        begin(handler)
        for word in WORDS[:at]:
            event(handler, chunk(word))
        fault(handler)

    return respond


@pytest.mark.parametrize("at", (0, 1, 4, len(WORDS)))
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_any_token_has_a_meaning_and_the_next_request_works(
    serve: Callable[[Respond], Server], name: str, at: int
) -> None:
    fault, meanings = FAULTS[name]
    server = serve(faulty(fault, at))
    client = Endpoint("m", server.url, "key", Settings(model="m", base_url=server.url, timeout=TIMEOUT), retries=0)
    heard: list[str] = []
    since = time.monotonic()
    with pytest.raises(ModelError) as told:
        for piece in client.stream(Request(ASK, "x@1", 50)):
            heard.append(piece)
    assert isinstance(told.value, meanings), type(told.value)
    assert time.monotonic() - since < TIMEOUT + 2
    assert "".join(heard) == "".join(WORDS[: len(heard)]), "what was heard before is not changed"
    assert SECRET not in f"{told.value} {told.value.detail} {told.value.__cause__}"
    assert told.value.message
    assert told.value.hint
    assert client.complete(Request(ASK, "x@1", 50)).text == "".join(WORDS)
    client.close()


@pytest.mark.parametrize("code", [429, 500, 503, 401, 404])
def test_a_refusal_has_a_meaning_and_the_next_request_works(serve: Callable[[Respond], Server], code: int) -> None:
    asked = threading.Lock()

    def respond(handler: Handler, content: dict[str, Any]) -> None:
        (status(code, message=SECRET) if asked.acquire(blocking=False) else answer(*WORDS))(handler, content)

    server = serve(respond)
    client = Endpoint("m", server.url, "key", Settings(model="m", base_url=server.url, timeout=5), retries=0)
    with pytest.raises((ModelRefused, ModelUnavailable)) as told:
        client.complete(Request(ASK, "x@1", 50))
    assert SECRET not in f"{told.value} {told.value.detail}"
    assert client.complete(Request(ASK, "x@1", 50)).text == "".join(WORDS)
    client.close()


@pytest.mark.parametrize("name", FAULTS)
def test_a_draft_survives_a_model_that_fails_and_is_rewritten_once_it_is_back(
    serve: Callable[[Respond], Server], name: str
) -> None:
    broken = threading.Event()
    broken.set()

    def respond(handler: Handler, content: dict[str, Any]) -> None:
        if broken.is_set():
            begin(handler)
            event(handler, chunk("On"))
            FAULTS[name][0](handler)
        else:
            answer("On 3 May you", " joined the stand-up at 9:20.")(handler, content)

    server = serve(respond)
    chosen = Settings(model="m", base_url=server.url, timeout=TIMEOUT)
    coach = Coach(chosen, language(), Library(corpus(), None, None, ""), None)
    draft = Draft("On 3 May he joined the stand-up at 9:20.")
    try:
        first = coach.rewrite(draft)
    except ModelError as error:
        assert error.hint
        assert "stand-up" not in f"{error} {error.detail}"
    else:
        assert all(row.origin != "model" for row in first.ledger), "no half answer passes as a whole one"
    assert draft.text == "On 3 May he joined the stand-up at 9:20."
    broken.clear()
    again = coach.rewrite(draft)
    assert "3 May" in again.message
    assert "9:20" in again.message
    coach.close()
