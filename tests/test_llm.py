"""Claims about the door to a model: what goes out, what every failure means, and that a cancel cancels."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from assistant.domain import Usage
from assistant.errors import (
    Cancelled,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    UnreadableReply,
)
from assistant.models import llm
from assistant.models.llm import Endpoint, Request, Scripted, ScriptEnded
from assistant.settings import Settings

SECRET = "Zyx never washes the kettle"
"""Stands for a draft; no error may repeat it, though the servers below do."""

ASK = [SystemMessage("Answer."), HumanMessage(SECRET)]
SCHEMA = {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]}
SETTINGS = Settings(model="m", base_url="http://127.0.0.1:1/v1", timeout=20)

Handler = http.server.BaseHTTPRequestHandler
Respond = Callable[[Handler, dict[str, Any]], None]


class Server:
    """An endpoint on loopback that answers as a test says and keeps what it was sent."""

    def __init__(self, respond: Respond) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class OneHandler(Handler):
            def do_POST(self) -> None:  # noqa: N802
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append(content)
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                try:
                    respond(self, content)
                except ConnectionError:
                    return

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneHandler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Respond], Server]]:
    servers: list[Server] = []

    def start(respond: Respond) -> Server:
        servers.append(Server(respond))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def event(handler: Handler, data: object) -> None:
    handler.wfile.write(b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n")
    handler.wfile.flush()


def begin(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.end_headers()


def chunk(words: str = "", finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": words}, "finish_reason": finish}
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **more,
    }


def answer(*words: str, finish: str = "stop", usage: dict[str, Any] | None = None, **more: Any) -> Respond:
    def respond(handler: Handler, _: dict[str, Any]) -> None:
        begin(handler)
        for word in words:
            event(handler, chunk(word))
        event(handler, chunk(finish=finish))
        if usage:
            event(handler, {**chunk(), "choices": [], "usage": usage, **more})
        event(handler, b"[DONE]")

    return respond


def status(http_status: int, **error: Any) -> Respond:
    """Refuse with a status, repeating the prompt as some servers do."""

    def respond(handler: Handler, content: dict[str, Any]) -> None:
        said = json.dumps({"error": {"message": f"about {content['messages'][-1]['content']}", **error}}).encode()
        handler.send_response(http_status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said)

    return respond


def endpoint(server: Server, *, retries: int = 0, key: str = "key", **changes: Any) -> Endpoint:
    return Endpoint("m", server.url, key, replace(SETTINGS, **changes), retries=retries)


# What goes out and what comes back.


def test_an_answer_is_the_sum_of_its_pieces(serve: Callable[[Respond], Server]) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    server = serve(answer("one ", "two", usage={**usage, "prompt_tokens_details": {"cached_tokens": 7}}))
    reply = endpoint(server).complete(Request(ASK, label="test@1", max_tokens=5))
    assert (reply.text, reply.usage, reply.cut) == ("one two", Usage(1, 9, 7, 2), False)
    assert list(endpoint(server).stream(Request(ASK, label="test@1", max_tokens=5))) == ["one ", "two"]


def test_cached_tokens_are_counted_as_llama_cpp_tells_them(serve: Callable[[Respond], Server]) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    server = serve(answer("x", usage=usage, timings={"cache_n": 6}))
    assert endpoint(server).complete(Request(ASK, label="t", max_tokens=5)).usage == Usage(1, 9, 6, 2)


def test_a_request_says_what_was_asked_and_nothing_more(serve: Callable[[Respond], Server]) -> None:
    server = serve(answer('{"kind": "x"}'))
    messages = [SystemMessage("s"), HumanMessage("h"), AIMessage("a"), HumanMessage("h2")]
    endpoint(server, temperature=0.25, seed=11).complete(
        Request(messages, label="secret-label@1", max_tokens=5, schema=SCHEMA, stop=("\n",))
    )
    (sent,) = server.requests
    assert [m["role"] for m in sent["messages"]] == ["system", "user", "assistant", "user"]
    assert (sent["temperature"], sent["seed"], sent["max_tokens"], sent["stop"]) == (0.25, 11, 5, ["\n"])
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
    assert "secret-label" not in json.dumps([sent, server.headers])


def test_without_a_seed_of_its_own_the_engine_draws_one(serve: Callable[[Respond], Server]) -> None:
    server = serve(answer("x"))
    door = endpoint(server, seed=0)
    door.complete(Request(ASK, label="t", max_tokens=5))
    door.complete(Request(ASK, label="t", max_tokens=5, seed=3))
    assert [sent.get("seed") for sent in server.requests] == [None, 3]


def test_a_cache_salt_goes_with_each_request_where_one_is_set_and_never_to_the_embedded_engine(
    serve: Callable[[Respond], Server],
) -> None:
    server = serve(answer("x"))
    ask = Request(ASK, label="t", max_tokens=5)
    endpoint(server).complete(ask)
    salted = endpoint(server, cache_salt="s" * 40)
    salted.complete(ask)
    for _ in salted.stream(ask, slot=1):
        pass
    plain, sent, embedded = server.requests
    assert sent["cache_salt"] == "s" * 40
    assert "cache_salt" not in plain
    assert (embedded["id_slot"], "cache_salt" in embedded) == (1, False)


def test_nothing_is_taken_from_the_environment(
    serve: Callable[[Respond], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "from-outside")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://203.0.113.9/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: from-outside\nX-Team: from-outside")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://203.0.113.9:3128")
    server = serve(answer("x"))
    for key, sent in (("key", "Bearer key"), ("", "Bearer none")):
        endpoint(server, key=key).complete(Request(ASK, label="t", max_tokens=5))
        assert server.headers[-1]["authorization"] == sent
    assert "from-outside" not in json.dumps(server.headers)
    assert set(server.headers[-1]) <= {
        "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host"
    }  # fmt: skip


def test_a_key_in_the_environment_chooses_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-outside")
    assert llm.open_model(Settings(model="none")) is None
    assert llm.place_of(Settings()) == llm.HERE


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("http://127.0.0.1:8080/v1", "this machine"),
        ("http://localhost:11434/v1", "this machine"),
        ("http://[::1]:1/v1", "this machine"),
        ("https://api.example.com/v1", "api.example.com"),
        ("http://192.168.1.20:8000/v1", "192.168.1.20"),
        ("http://localhost.example.com/v1", "localhost.example.com"),
        ("http://127.0.0.1@example.com/v1", "example.com"),
    ],
)
def test_the_place_is_where_text_really_goes(address: str, place: str) -> None:
    chosen = replace(SETTINGS, base_url=address)
    model = llm.open_model(chosen)
    assert model is not None
    assert (model.place, llm.place_of(chosen)) == (place, place)


def test_requests_in_parallel_do_not_mix(serve: Callable[[Respond], Server]) -> None:
    def echo(handler: Handler, content: dict[str, Any]) -> None:
        begin(handler)
        for letter in content["messages"][-1]["content"]:
            event(handler, chunk(letter))
            time.sleep(0.005)
        event(handler, chunk(finish="stop"))

    model = endpoint(serve(echo))
    said = [f"draft {number} " * 3 for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        replies = pool.map(lambda s: model.complete(Request([HumanMessage(s)], label="t", max_tokens=5)).text, said)
    assert list(replies) == said


# What every failure means.


def drop(handler: Handler, _: dict[str, Any]) -> None:
    handler.connection.close()


def page(handler: Handler, _: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    handler.wfile.write(b"<html>Please log in</html>")


def elsewhere(handler: Handler, _: dict[str, Any]) -> None:
    handler.send_response(307)
    handler.send_header("Location", "http://203.0.113.9/v1/chat/completions")
    handler.end_headers()


def garbage(handler: Handler, _: dict[str, Any]) -> None:
    begin(handler)
    event(handler, b'{"choices": [')


def odd_shape(handler: Handler, _: dict[str, Any]) -> None:
    begin(handler)
    event(handler, {"choices": [{"delta": "words", "finish_reason": "stop"}]})


def breaks_off(handler: Handler, _: dict[str, Any]) -> None:
    begin(handler)
    event(handler, chunk("half a"))


def fails_half_way(handler: Handler, content: dict[str, Any]) -> None:
    begin(handler)
    event(handler, chunk("half a"))
    event(
        handler,
        {"error": {"message": content["messages"][-1]["content"], "code": 500, "type": "server_error"}},
    )


FAILURES: list[tuple[str, Respond, type[ModelError], str]] = [
    ("no key", status(401), ModelRefused, "key"),
    ("forbidden", status(403), ModelRefused, "key"),
    ("no such model", status(404), ModelRefused, "knows no model called m"),
    ("too many requests", status(429), ModelRefused, "no more requests"),
    ("too long, llama.cpp", status(400, type="exceed_context_size_error"), ModelRefused, "too long"),
    ("too long, OpenAI", status(400, code="context_length_exceeded"), ModelRefused, "too long"),
    ("too large", status(413), ModelRefused, "too long"),
    ("bad request", status(400), ModelRefused, "did not accept"),
    ("unprocessable", status(422), ModelRefused, "did not accept"),
    ("conflict", status(409), ModelRefused, "did not accept"),
    ("redirect", elsewhere, ModelRefused, "did not accept"),
    ("server error", status(500), ModelUnavailable, "out of order"),
    ("loading", status(503), ModelUnavailable, "out of order"),
    ("connection dropped", drop, ModelUnavailable, "cannot be reached"),
    ("broken off", breaks_off, ModelUnavailable, "broke off"),
    ("fails half-way", fails_half_way, ModelUnavailable, "failed while"),
    ("a web page", page, UnreadableReply, "not as a model does"),
    ("garbage", garbage, UnreadableReply, "cannot be read"),
    ("another shape", odd_shape, UnreadableReply, "cannot be read"),
]


@pytest.mark.parametrize(("respond", "kind", "says"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES])
def test_every_failure_has_one_meaning_and_repeats_no_draft(
    serve: Callable[[Respond], Server], respond: Respond, kind: type[ModelError], says: str
) -> None:
    with pytest.raises(ModelError) as caught:
        endpoint(serve(respond)).complete(Request(ASK, label="t", max_tokens=5))
    error = caught.value
    assert type(error) is kind
    assert says in error.message
    assert SECRET not in f"{error.message} {error.hint} {error.detail}"
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        Endpoint("m", "http://127.0.0.1:9/v1", "", SETTINGS, retries=0).complete(Request(ASK, label="t", max_tokens=5))


@pytest.mark.parametrize(
    ("text", "finish", "says"),
    [("not JSON", "stop", "not in the form"), ('{"kind": "ju', "length", "broke off")],
)
def test_an_answer_that_is_no_json_is_unreadable(
    serve: Callable[[Respond], Server], text: str, finish: str, says: str
) -> None:
    with pytest.raises(UnreadableReply, match=says):
        endpoint(serve(answer(text, finish=finish))).complete(Request(ASK, label="t", max_tokens=5, schema=SCHEMA))


def test_a_plain_answer_at_its_limit_says_so(serve: Callable[[Respond], Server]) -> None:
    assert endpoint(serve(answer("half a", finish="length"))).complete(Request(ASK, label="t", max_tokens=2)).cut


# Once more, and without.


def test_a_busy_server_is_asked_once_more(serve: Callable[[Respond], Server]) -> None:
    in_turn = iter([status(503), answer("x")])

    def busy(handler: Handler, content: dict[str, Any]) -> None:
        next(in_turn)(handler, content)

    server = serve(busy)
    assert endpoint(server, retries=1).complete(Request(ASK, label="t", max_tokens=5)).text == "x"
    assert len(server.requests) == 2


@pytest.mark.parametrize(("respond", "kind"), [(status(503), ModelUnavailable), (status(401), ModelRefused)])
def test_no_server_is_asked_for_ever(
    serve: Callable[[Respond], Server], respond: Respond, kind: type[ModelError]
) -> None:
    server = serve(respond)
    with pytest.raises(kind):
        endpoint(server, retries=1).complete(Request(ASK, label="t", max_tokens=5))
    assert len(server.requests) == (2 if kind is ModelUnavailable else 1)


def test_an_answer_that_began_is_never_asked_for_again(serve: Callable[[Respond], Server]) -> None:
    server = serve(fails_half_way)
    with pytest.raises(ModelUnavailable):
        endpoint(server, retries=1).complete(Request(ASK, label="t", max_tokens=5))
    assert len(server.requests) == 1


def test_what_an_endpoint_does_not_take_is_left_out_from_then_on(serve: Callable[[Respond], Server]) -> None:
    def picky(handler: Handler, content: dict[str, Any]) -> None:
        for name in ("temperature", "max_tokens"):
            if name in content:
                return status(400, param=name, code="unsupported_parameter")(handler, content)
        return answer("x")(handler, content)

    server = serve(picky)
    model = endpoint(server)
    for _ in range(2):
        assert model.complete(Request(ASK, label="t", max_tokens=5)).text == "x"
    assert len(server.requests) == 4
    assert server.requests[-1]["max_completion_tokens"] == 5


# A cancel cancels, and time runs out.


class Waiting:
    """A server that never gets to its answer; knows when the other side hung up."""

    def __init__(self, *, after_words: bool) -> None:
        self.hung_up = threading.Event()
        self._after_words = after_words

    def __call__(self, handler: Handler, _: dict[str, Any]) -> None:
        if self._after_words:
            begin(handler)
            event(handler, chunk("half a"))
        handler.connection.settimeout(20)
        if handler.connection.recv(1) == b"":
            self.hung_up.set()


@pytest.mark.parametrize("after_words", [False, True], ids=["before the first word", "half-way"])
def test_a_cancel_returns_at_once_and_hangs_up(serve: Callable[[Respond], Server], after_words: bool) -> None:
    waiting = Waiting(after_words=after_words)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        endpoint(serve(waiting), retries=1).complete(Request(ASK, label="t", max_tokens=5), cancel=cancel)
    assert time.monotonic() - started < 5
    assert waiting.hung_up.wait(5)


def test_what_is_cancelled_before_it_begins_is_never_sent(serve: Callable[[Respond], Server]) -> None:
    server = serve(answer("x"))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        endpoint(server).complete(Request(ASK, label="t", max_tokens=5), cancel=cancel)
    assert server.requests == []


def test_a_reader_who_stops_reading_hangs_up(serve: Callable[[Respond], Server]) -> None:
    waiting = Waiting(after_words=True)
    words = endpoint(serve(waiting)).stream(Request(ASK, label="t", max_tokens=5))
    assert next(words) == "half a"
    words.close()
    assert waiting.hung_up.wait(5)


@pytest.mark.parametrize("after_words", [False, True], ids=["before the first word", "half-way"])
def test_an_answer_that_takes_too_long_is_a_timeout(serve: Callable[[Respond], Server], after_words: bool) -> None:
    waiting = Waiting(after_words=after_words)
    with pytest.raises(ModelTimeout):
        endpoint(serve(waiting), timeout=0.3).complete(Request(ASK, label="t", max_tokens=5))
    assert waiting.hung_up.wait(5)


def test_a_trickle_does_not_outlast_the_time_allowed(serve: Callable[[Respond], Server]) -> None:
    def trickle(handler: Handler, _: dict[str, Any]) -> None:
        begin(handler)
        for _number in range(200):
            event(handler, chunk("."))
            time.sleep(0.05)

    started = time.monotonic()
    with pytest.raises(ModelTimeout, match="within 1 seconds"):
        endpoint(serve(trickle), timeout=1.0).complete(Request(ASK, label="t", max_tokens=5))
    assert time.monotonic() - started < 8


# The scripted model keeps the same contract.


def test_a_script_is_told_in_order_and_then_ends() -> None:
    model = Scripted(["one", ModelUnavailable("gone")])
    assert model.complete(Request(ASK, label="a@1", max_tokens=5)).text == "one"
    with pytest.raises(ModelUnavailable, match="gone"):
        model.complete(Request(ASK, label="b@1", max_tokens=5))
    with pytest.raises(ScriptEnded, match="c@1"):
        model.complete(Request(ASK, label="c@1", max_tokens=5))
    assert [call.label for call in model.calls] == ["a@1", "b@1", "c@1"]


def test_the_end_of_a_script_is_not_an_error_that_the_product_catches() -> None:
    assert not issubclass(ScriptEnded, ModelError)


def test_a_script_can_be_a_function_of_what_is_asked() -> None:
    model = Scripted(lambda call: f"{call.label}: {call.messages[-1].content}")
    assert model.complete(Request([HumanMessage("x")], label="a@1", max_tokens=5)).text == "a@1: x"


def test_a_scripted_answer_is_held_to_the_same_form() -> None:
    with pytest.raises(UnreadableReply):
        Scripted(["no JSON"]).complete(Request(ASK, label="t", max_tokens=5, schema=SCHEMA))
    reply = Scripted(["one two three four"]).complete(Request(ASK, label="t", max_tokens=2))
    assert (reply.text, reply.cut) == ("one two", True)
    assert Scripted(["one\ntwo"]).complete(Request(ASK, label="t", max_tokens=5, stop=("\n",))).text == "one"


def test_a_scripted_answer_can_be_cancelled() -> None:
    cancel = threading.Event()
    words = Scripted(["one two three"]).stream(Request(ASK, label="t", max_tokens=5), cancel=cancel)
    assert next(words) == "one"
    cancel.set()
    with pytest.raises(Cancelled):
        next(words)
