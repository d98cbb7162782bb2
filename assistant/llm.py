"""The only door to a model: any OpenAI-compatible endpoint, the embedded one, or a script for tests.

Knows: how to ask, how to stop asking, what an answer cost, and what every way of failing means to a
person (one table, ``_told``). Does not know: prompts, drafts, or what an answer is for. Nothing is read
from the environment, whatever the openai package would like to find there.

Every request streams: closing the connection is the one way to stop a model at once.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from assistant.domain import Usage
from assistant.engine import ALIAS, Engine, borrow, give_back
from assistant.errors import (
    Cancelled,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    UnreadableReply,
)
from assistant.settings import Settings

if TYPE_CHECKING:
    import httpx2
    import openai
    from langchain_core.messages import BaseMessage

    from assistant.weights import Progress

HERE = "this machine"
"""What ``place`` says when no text leaves the machine."""

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered. ``cut``: it reached its limit of tokens before it was done."""

    text: str
    usage: Usage
    model: str
    cut: bool = False


class Model(Protocol):
    """What every model can do. Each call may be made from any thread."""

    @property
    def name(self) -> str:
        """The model's name, for reports."""

    @property
    def place(self) -> str:
        """``this machine``, or the host that text goes to."""

    def complete(
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Reply:
        """Answer in one piece; with a ``schema``, in JSON. Raises ModelError or Cancelled."""

    def stream(
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Iterator[str]:
        """Answer piece by piece. Raises ModelError or Cancelled, also half-way."""

    def close(self) -> None:
        """Let go of connections and processes. The next call opens them again."""


def open_model(settings: Settings, progress: Progress | None = None) -> Model | None:
    """Return the model that the settings name, ready to answer; None where they say ``none``.

    For ``embedded`` this starts the engine. Raises WeightsError, EngineError or SettingsError.
    """
    if settings.model == "none":
        return None
    if settings.model != "embedded":
        return Endpoint(settings.model, settings.base_url, settings.api_key, settings)
    model = Embedded(settings, progress)
    try:
        model.start()
    except BaseException:
        model.close()
        raise
    return model


RETRIES = 1
"""How often a request to a remote model is made again, and only before its first word arrived."""

PAUSE_SECONDS = 1.0
CONNECT_SECONDS = 10.0
TICK_SECONDS = 0.05
"""How soon a cancel or the end of the time allowed is noticed."""

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_HEADERS = frozenset(
    "accept accept-encoding authorization connection content-length content-type host user-agent".split()
)
_OPTIONAL = ("stream_options", "response_format", "temperature", "max_tokens", "seed")
"""Parts of a request that some endpoints refuse; without them the answer is still the answer."""


class Endpoint:
    """A model behind an OpenAI-compatible address."""

    def __init__(
        self, name: str, base_url: str, api_key: str, settings: Settings, *, retries: int = RETRIES
    ) -> None:
        self.name = name
        self.place = _place(base_url)
        self._settings = settings
        self._retries = retries
        self._refused: set[str] = set()
        self._lines = threading.local()
        self._client = self._open_client(base_url, api_key)

    def complete(
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Reply:
        """Answer in one piece; with a ``schema``, in JSON. Raises ModelError or Cancelled."""
        words = self.stream(
            messages, label=label, max_tokens=max_tokens, schema=schema, stop=stop, cancel=cancel
        )
        return _drain(words)

    def stream(  # noqa: PLR0913 - the contract of Model
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,  # noqa: ARG002 - for whoever keeps accounts; never sent
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Generator[str, None, Reply]:
        """Answer piece by piece; the generator's value is the whole Reply."""
        import httpx2
        import openai

        answer = _Answer(self.name)
        with _Line(cancel, self._settings.timeout) as line:
            try:
                for chunk in self._chunks(self._request(messages, max_tokens, schema, stop), line):
                    yield from answer.add(chunk)
            except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
                line.raise_if_cut()
                raise _told(error, self.name, self.place) from None  # the cause may hold text of a draft
            line.raise_if_cut()
        return answer.reply(schema)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _open_client(self, base_url: str, api_key: str) -> openai.OpenAI:
        import httpx2
        import openai

        logging.getLogger("openai").setLevel(logging.WARNING)  # OPENAI_LOG=debug would print whole requests
        # Every argument is given: the package fills what is missing from the environment.
        return openai.OpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            max_retries=0,
            default_headers={"Authorization": f"Bearer {api_key or 'none'}"},
            http_client=httpx2.Client(
                timeout=httpx2.Timeout(self._settings.timeout, connect=CONNECT_SECONDS),
                limits=httpx2.Limits(max_keepalive_connections=0),  # one line per request: see _Line
                trust_env=self.place != HERE,
                follow_redirects=False,  # a redirect would carry a draft to a host nobody chose
                event_hooks={"request": [self._before]},
            ),
        )

    def _before(self, request: httpx2.Request) -> None:
        """Let out no header but our own, and learn which connection carries this request."""
        for header in set(request.headers.keys()) - _HEADERS:
            del request.headers[header]
        request.extensions = {**request.extensions, "trace": self._lines.line.trace}

    def _request(
        self, messages: Sequence[BaseMessage], max_tokens: int, schema: Schema | None, stop: Sequence[str]
    ) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": _ROLES[m.type], "content": str(m.content)} for m in messages],
            "max_tokens": max_tokens,
            "temperature": self._settings.temperature,
            "seed": self._settings.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if schema is not None:
            request["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "schema": schema, "strict": True},
            }
        if stop:
            request["stop"] = list(stop)
        for name in self._refused:
            _leave_out(request, name)
        return request

    def _chunks(self, request: dict[str, Any], line: _Line) -> Iterator[Any]:
        with self._connect(request, line) as stream:
            yield from stream

    def _connect(self, request: dict[str, Any], line: _Line) -> openai.Stream[Any]:
        import openai

        self._lines.line = line
        tries = self._retries
        while True:
            try:
                stream: openai.Stream[Any] = self._client.chat.completions.create(**request)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                name = _refused_part(error, request)
                if not name or name in self._refused:
                    raise
                self._refused.add(name)
                _leave_out(request, name)
            except (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError) as error:
                if tries == 0 or isinstance(error, openai.APITimeoutError) or not line.pause(PAUSE_SECONDS):
                    raise
                tries -= 1
            else:
                return stream


class Embedded:
    """The model on this machine, behind the engine of this process; started again after a crash."""

    place = HERE

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        self.name = (
            settings.gguf.replace("\\", "/").rsplit("/", 1)[-1] or "qwen2.5-coder-1.5b-instruct-q4_k_m"
        )
        self._settings = settings
        self._engine: Engine | None = borrow(settings, progress)
        self._progress = progress
        self._endpoint: tuple[str, Endpoint] | None = None
        self._lock = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine behind it."""
        with self._lock:
            if self._engine is None:
                self._engine = borrow(self._settings, self._progress)
            return self._engine

    def start(self) -> None:
        """Make sure that the engine runs. Raises WeightsError or EngineError."""
        self.engine.start()

    def complete(
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Reply:
        """Answer in one piece; with a ``schema``, in JSON. Raises ModelError, EngineError or Cancelled."""
        words = self.stream(
            messages, label=label, max_tokens=max_tokens, schema=schema, stop=stop, cancel=cancel
        )
        return _drain(words)

    def stream(
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Generator[str, None, Reply]:
        """Answer piece by piece; the generator's value is the whole Reply."""
        engine = self.engine
        endpoint = self._reach(engine)
        try:
            return (
                yield from endpoint.stream(
                    messages, label=label, max_tokens=max_tokens, schema=schema, stop=stop, cancel=cancel
                )
            )
        except ModelUnavailable as error:
            if not engine.gone(within=1.0):
                raise
            raise ModelUnavailable(
                "The embedded model stopped while it was working.",
                hint="Nothing was lost. Try again: it is started anew.",
                detail=error.detail,
            ) from None

    def close(self) -> None:
        """Let go of the engine; it stops when nobody else in this process uses it."""
        with self._lock:
            engine, self._engine = self._engine, None
            reached, self._endpoint = self._endpoint, None
        if reached is not None:
            reached[1].close()
        if engine is not None:
            give_back(engine)

    def _reach(self, engine: Engine) -> Endpoint:
        url, key = engine.start()
        with self._lock:
            if self._endpoint is None or self._endpoint[0] != key:
                self._endpoint = (key, Endpoint(ALIAS, url, key, self._settings, retries=0))
                self._endpoint[1].name = self.name
            return self._endpoint[1]


class ScriptEnded(AssertionError):  # noqa: N818 - reads as the sentence it is
    """A scripted model was asked more often than its script has answers. No product code catches it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a scripted model got."""

    label: str
    messages: tuple[BaseMessage, ...]
    schema: Schema | None
    max_tokens: int


Line = str | ModelError
Script = Sequence[Line] | Callable[[Call], Line]


class Scripted:
    """A model that says what a test wrote, under the same contract as a real one.

    The script is a list of answers in order, or a function from the request to its answer (the one to
    use where requests run in parallel). An answer that is an error is raised. ``calls`` keeps what was asked.
    """

    name = "scripted"
    place = HERE

    def __init__(self, script: Script) -> None:
        self._script = script
        self._lock = threading.Lock()
        self.calls: list[Call] = []

    def complete(
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Reply:
        """Give the next answer. Raises ScriptEnded when there is none."""
        words = self.stream(
            messages, label=label, max_tokens=max_tokens, schema=schema, stop=stop, cancel=cancel
        )
        return _drain(words)

    def stream(
        self,
        messages: Sequence[BaseMessage],
        *,
        label: str,
        max_tokens: int,
        schema: Schema | None = None,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Generator[str, None, Reply]:
        """Give the next answer word by word."""
        line = self._next(Call(label, tuple(messages), schema, max_tokens))
        if isinstance(line, ModelError):
            raise line
        for mark in stop:
            line = line.split(mark, 1)[0]
        words = line.split(" ")
        text = " ".join(words[:max_tokens])
        for number, word in enumerate(words[:max_tokens]):
            if cancel is not None and cancel.is_set():
                raise Cancelled("Stopped.", hint="Nothing was lost.")
            yield word if number == 0 else " " + word
        if schema is not None:
            _check_json(text, cut=len(words) > max_tokens)
        prompt = sum(len(str(message.content).split()) for message in messages)
        return Reply(text, Usage(1, prompt, 0, len(words[:max_tokens])), self.name, len(words) > max_tokens)

    def close(self) -> None:
        """Nothing to let go of."""

    def _next(self, call: Call) -> Line:
        with self._lock:
            self.calls.append(call)
            if callable(self._script):
                return self._script(call)
            if len(self.calls) > len(self._script):
                raise ScriptEnded(
                    f"the script has {len(self._script)} answers; {call.label} asks for one more"
                )
            return self._script[len(self.calls) - 1]


class _Line:
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

    def __enter__(self) -> _Line:
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
        import socket

        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # closed already, or not yet connected: the next tick tries again


class _Answer:
    """An answer as its chunks arrive."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._text: list[str] = []
        self._finish = ""
        self._usage = Usage(calls=1)

    def add(self, chunk: Any) -> Iterator[str]:  # noqa: ANN401 - other servers' chunks hold anything
        """Take in one chunk; give its words, if it has any."""
        if getattr(chunk, "usage", None):
            self._usage = _usage(chunk)
        for choice in getattr(chunk, "choices", None) or ():
            self._finish = choice.finish_reason or self._finish
            words = choice.delta.content if choice.delta else None
            if words:
                self._text.append(words)
                yield words

    def reply(self, schema: Schema | None) -> Reply:
        """The whole answer, once the stream has ended. Raises ModelError."""
        text = "".join(self._text)
        if not self._finish and not text:
            raise UnreadableReply(
                "The address answered, but not as a model does.",
                hint="Check BENCHCOACH_BASE_URL; it often ends in /v1.",
            )
        if not self._finish:
            raise ModelUnavailable("The model broke off in the middle of its answer.", hint="Try again.")
        cut = self._finish == "length"
        if schema is not None:
            _check_json(text, cut=cut)
        return Reply(text, self._usage, self._model, cut)


def _drain(words: Generator[str, None, Reply]) -> Reply:
    while True:
        try:
            next(words)
        except StopIteration as end:
            reply: Reply = end.value
            return reply


def _check_json(text: str, *, cut: bool) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise UnreadableReply(
            "The model's answer broke off before it was complete."
            if cut
            else "The model's answer is not in the form that was asked for.",
            detail=f"{len(text)} characters that are not JSON",
        ) from None


def _usage(chunk: Any) -> Usage:  # noqa: ANN401
    usage = chunk.usage
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None)
    if cached is None:
        cached = (getattr(chunk, "timings", None) or {}).get("cache_n", 0)
    return Usage(1, usage.prompt_tokens or 0, cached or 0, usage.completion_tokens or 0)


def _place(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return HERE
    try:
        return HERE if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return host


def _refused_part(error: openai.APIStatusError, request: dict[str, Any]) -> str:
    for name in _OPTIONAL:
        if name in request and (error.param == name or name in error.message):
            return name
    return ""


def _leave_out(request: dict[str, Any], name: str) -> None:
    value = request.pop(name, None)
    if name == "max_tokens" and value is not None:
        request["max_completion_tokens"] = value  # what newer endpoints call it


def _told(error: Exception, name: str, place: str) -> ModelError:
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
    if status == 413 or (status == 400 and "context" in f"{error.type} {error.message}".lower()):
        return ModelRefused(
            "The text is too long for this model.",
            hint="Shorten it, or rewrite it in two halves.",
            detail=detail,
        )
    if status >= 500:
        return ModelUnavailable(
            f"The model at {place} is out of order.", hint="Try again in a moment.", detail=detail
        )
    return ModelRefused(
        f"The model at {place} did not accept the request.",
        hint="Check that it is a chat model.",
        detail=detail,
    )
