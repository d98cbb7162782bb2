"""The only door to a model: any OpenAI-compatible endpoint, the embedded one, or none.

Knows: how to ask, how to stop asking, and what an answer cost. Does not know: prompts, drafts, or what
an answer is for. Nothing is read from the environment, whatever the openai package would like to find
there. Every request streams: closing the connection is the one way to stop a model at once.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import threading
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.domain import Usage
from assistant.errors import ModelUnavailable, UnreadableReply
from assistant.models.engine import ALIAS, Engine, borrow, give_back
from assistant.models.model import HERE, Model, Reply, Request, Schema, Scripted, ScriptEnded, Streaming, check_json
from assistant.models.slots import text_of
from assistant.models.wire import Line, told
from assistant.settings import Settings

if TYPE_CHECKING:
    import httpx2
    import openai
    from langchain_core.messages import BaseMessage

    from assistant.models.weights import Progress

__all__ = [
    "HERE",
    "Embedded",
    "Endpoint",
    "Model",
    "Reply",
    "Request",
    "ScriptEnded",
    "Scripted",
    "open_model",
    "place_of",
]


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


def place_of(settings: Settings) -> str:
    """Return where text will go with these settings, before any model is opened."""
    return HERE if settings.model in ("embedded", "none") else _place(settings.base_url)


def place_of_search(settings: Settings) -> str:
    """Return where questions to the library will go with these settings."""
    return HERE if settings.embedding_model == "embedded" else _place(settings.embedding_url)


RETRIES = 1
"""How often a request to a remote model is made again, and only before its first word arrived."""

PAUSE_SECONDS = 1.0
CONNECT_SECONDS = 10.0

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_HEADERS = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host"}
)
_OPTIONAL = ("stream_options", "response_format", "temperature", "max_tokens", "seed")
"""Parts of a request that some endpoints refuse; without them the answer is still the answer."""


class Endpoint(Streaming):
    """A model behind an OpenAI-compatible address."""

    def __init__(self, name: str, base_url: str, api_key: str, settings: Settings, *, retries: int = RETRIES) -> None:
        self.name = name
        self.place = _place(base_url)
        self._settings = settings
        self._retries = retries
        self._refused: set[str] = set()
        self._lines = threading.local()
        self._client = self._open_client(base_url, api_key)

    def stream(
        self, request: Request, *, cancel: threading.Event | None = None, slot: int | None = None
    ) -> Generator[str, None, Reply]:
        """Answer piece by piece; the generator's value is the whole Reply. ``slot``: of a llama.cpp server."""
        body = self._body(request)
        if slot is not None:
            body["extra_body"] = {"id_slot": slot}
        elif self._settings.cache_salt:
            body["extra_body"] = {"cache_salt": self._settings.cache_salt}
        return (yield from self._send(body, request.schema, cancel))

    def fill(
        self, slot: int, messages: Sequence[BaseMessage], *, label: str, cancel: threading.Event | None = None
    ) -> None:
        """Have one slot of a llama.cpp server read these messages."""
        for _ in self.stream(Request(messages, label, 1), cancel=cancel, slot=slot):
            pass

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in their order. Raises ModelError."""
        import httpx2
        import openai

        with Line(None, self._settings.timeout) as line:
            self._lines.line = line
            try:
                found = self._client.embeddings.create(model=self.name, input=list(texts), encoding_format="float")
                rows = [row.embedding for row in sorted(found.data, key=lambda row: row.index)]
            except (openai.OpenAIError, httpx2.HTTPError, ValueError, AttributeError, TypeError) as error:
                line.raise_if_cut()
                raise told(error, self.name, self.place) from None  # the cause may hold text of a question
            line.raise_if_cut()
        return rows

    def _send(
        self, body: dict[str, Any], schema: Schema | None, cancel: threading.Event | None
    ) -> Generator[str, None, Reply]:
        import httpx2
        import openai

        answer = _Answer(self.name)
        with Line(cancel, self._settings.timeout) as line:
            try:
                for chunk in self._chunks(body, line):
                    if words := answer.add(chunk):
                        yield words
            except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
                line.raise_if_cut()
                raise told(error, self.name, self.place) from None  # the cause may hold text of a draft
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
                limits=httpx2.Limits(max_keepalive_connections=0),  # one line per request: see Line
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

    def _body(self, request: Request) -> dict[str, Any]:
        own = self._settings
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": _ROLES[m.type], "content": str(m.content)} for m in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": own.temperature if request.temperature is None else request.temperature,
            "seed": own.seed if request.seed is None else request.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.seed is None and not own.seed:  # the engine draws one
            _leave_out(body, "seed")
        if request.schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "schema": request.schema, "strict": True},
            }
        if request.stop:
            body["stop"] = list(request.stop)
        for name in self._refused:
            _leave_out(body, name)
        return body

    def _chunks(self, body: dict[str, Any], line: Line) -> Iterator[Any]:
        with self._connect(body, line) as stream:
            yield from stream

    def _connect(self, body: dict[str, Any], line: Line) -> openai.Stream[Any]:
        import openai

        self._lines.line = line
        tries = self._retries
        while True:
            try:
                stream: openai.Stream[Any] = self._client.chat.completions.create(**body)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                name = _refused_part(error, body)
                if not name or name in self._refused:
                    raise
                self._refused.add(name)
                _leave_out(body, name)
            except (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError) as error:
                if tries == 0 or isinstance(error, openai.APITimeoutError) or not line.pause(PAUSE_SECONDS):
                    raise
                tries -= 1
            else:
                return stream


class Embedded(Streaming):
    """The model on this machine, behind the engine of this process; started again after a crash."""

    place = HERE

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        self.name = settings.gguf.replace("\\", "/").rsplit("/", 1)[-1] or "qwen2.5-coder-1.5b-instruct-q4_k_m"
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

    def stream(self, request: Request, *, cancel: threading.Event | None = None) -> Generator[str, None, Reply]:
        """Answer piece by piece; the generator's value is the whole Reply."""
        engine = self.engine
        endpoint = self._reach(engine)
        prompt = text_of([(m.type, str(m.content)) for m in request.messages])
        with _crash_told(engine), engine.slots.taken(prompt, cancel) as (slot, shared):
            engine.put_back(slot, prompt, shared)
            return (yield from endpoint.stream(request, cancel=cancel, slot=slot))

    def warm(self, messages: Sequence[BaseMessage], *, label: str, cancel: threading.Event | None = None) -> None:
        """Have every slot know these messages: read once ever, kept on disk, copied into each slot."""
        engine = self.engine
        endpoint = self._reach(engine)
        with _crash_told(engine):
            engine.share_prefix(
                [(m.type, str(m.content)) for m in messages],
                lambda slot: endpoint.fill(slot, messages, label=label, cancel=cancel),
            )

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


@contextlib.contextmanager
def _crash_told(engine: Engine) -> Iterator[None]:
    try:
        yield
    except ModelUnavailable as error:
        if not engine.gone(within=1.0):
            raise
        raise ModelUnavailable(
            "The embedded model stopped while it was working.",
            hint="Nothing was lost. Try again: it is started anew.",
            detail=error.detail,
        ) from None


class _Answer:
    """An answer as its chunks arrive."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._text: list[str] = []
        self._finish = ""
        self._usage = Usage(calls=1)

    def add(self, chunk: Any) -> str:  # noqa: ANN401 - other servers' chunks hold anything
        """Take in one chunk; return its words. Raises ValueError for one of another shape."""
        try:
            if getattr(chunk, "usage", None):
                self._usage = _usage(chunk)
            words = ""
            for choice in getattr(chunk, "choices", None) or ():
                self._finish = choice.finish_reason or self._finish
                words += (choice.delta.content or "") if choice.delta else ""
        except (AttributeError, TypeError):
            raise ValueError("a chunk of another shape") from None
        self._text.append(words)
        return words

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
            check_json(text, cut=cut)
        return Reply(text, self._usage, self._model, cut)


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


def _refused_part(error: openai.APIStatusError, body: dict[str, Any]) -> str:
    for name in _OPTIONAL:
        if name in body and (error.param == name or name in error.message):
            return name
    return ""


def _leave_out(body: dict[str, Any], name: str) -> None:
    value = body.pop(name, None)
    if name == "max_tokens" and value is not None:
        body["max_completion_tokens"] = value  # what newer endpoints call it
