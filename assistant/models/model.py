"""What a model is, for everybody who asks one; and the scripted model of the tests.

Knows: the shape of a request and of a reply, and that an answer in JSON has to be JSON.
Does not know: any endpoint, engine or network.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assistant.domain import Usage
from assistant.errors import Cancelled, ModelError, UnreadableReply

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

HERE = "this machine"
"""What ``place`` says when no text leaves the machine."""

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked. ``label`` names prompt and version in reports.

    ``temperature`` and ``seed`` are the settings' unless they are given: several different answers to
    one prompt need them.
    """

    messages: Sequence[BaseMessage]
    label: str
    max_tokens: int
    schema: Schema | None = None
    stop: Sequence[str] = ()
    temperature: float | None = None
    seed: int | None = None


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

    def complete(self, request: Request, *, cancel: threading.Event | None = None) -> Reply:
        """Answer in one piece; with a ``schema``, in JSON. Raises ModelError or Cancelled."""

    def stream(self, request: Request, *, cancel: threading.Event | None = None) -> Iterator[str]:
        """Answer piece by piece. Raises ModelError or Cancelled, also half-way."""

    def warm(self, messages: Sequence[BaseMessage], *, label: str, cancel: threading.Event | None = None) -> None:
        """Prepare for requests that begin with these messages (a fixed prefix, nothing of a draft)."""

    def close(self) -> None:
        """Let go of connections and processes."""


class Streaming:
    """What is the same in every model: a complete answer is a stream that has ended."""

    def complete(self, request: Request, *, cancel: threading.Event | None = None) -> Reply:
        """Answer in one piece; with a ``schema``, in JSON. Raises ModelError or Cancelled."""
        words = self.stream(request, cancel=cancel)
        while True:
            try:
                next(words)
            except StopIteration as end:
                reply: Reply = end.value
                return reply

    def stream(self, request: Request, *, cancel: threading.Event | None = None) -> Generator[str, None, Reply]:
        """Answer piece by piece; the generator's value is the whole Reply."""
        raise NotImplementedError

    def warm(self, messages: Sequence[BaseMessage], *, label: str, cancel: threading.Event | None = None) -> None:
        """Prepare for requests that begin with these messages. Costs nothing where it is of no use."""

    def close(self) -> None:
        """Let go of connections and processes."""


class Behind(Streaming):
    """A model behind something that looks at what goes in and what comes out: in all else it is that model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def place(self) -> str:
        """Where text goes."""
        return self._model.place

    def warm(self, messages: Sequence[BaseMessage], *, label: str, cancel: threading.Event | None = None) -> None:
        """Prepare for requests that begin with these messages."""
        self._model.warm(messages, label=label, cancel=cancel)

    def close(self) -> None:
        """Let go of the model."""
        self._model.close()


class ScriptEnded(AssertionError):  # noqa: N818 - reads as the sentence it is
    """A scripted model was asked more often than its script has answers. No product code catches it."""


Say = str | ModelError
Script = Sequence[Say] | Callable[[Request], Say]


class Scripted(Streaming):
    """A model that says what a test wrote, under the same contract as a real one.

    The script is a list of answers in order, or a function from the request to its answer (the one to
    use where requests run in parallel). An answer that is an error is raised. ``calls`` keeps what was asked.
    """

    name = "scripted"
    place = HERE

    def __init__(self, script: Script) -> None:
        self._script = script
        self._lock = threading.Lock()
        self.calls: list[Request] = []

    def stream(self, request: Request, *, cancel: threading.Event | None = None) -> Generator[str, None, Reply]:
        """Give the next answer word by word."""
        line = self._next(request)
        if isinstance(line, ModelError):
            raise line
        for mark in request.stop:
            line = line.split(mark, 1)[0]
        words = line.split(" ")
        text = " ".join(words[: request.max_tokens])
        for number, word in enumerate(words[: request.max_tokens]):
            if cancel is not None and cancel.is_set():
                raise Cancelled("Stopped.", hint="Nothing was lost.")
            yield word if number == 0 else " " + word
        if request.schema is not None:
            check_json(text, cut=len(words) > request.max_tokens)
        prompt = sum(len(str(message.content).split()) for message in request.messages)
        return Reply(
            text, Usage(1, prompt, 0, len(words[: request.max_tokens])), self.name, len(words) > request.max_tokens
        )

    def _next(self, request: Request) -> Say:
        with self._lock:
            self.calls.append(request)
            if callable(self._script):
                return self._script(request)
            if len(self.calls) > len(self._script):
                raise ScriptEnded(f"the script has {len(self._script)} answers; {request.label} asks for one more")
            return self._script[len(self.calls) - 1]


def check_json(text: str, *, cut: bool) -> None:
    """Raise UnreadableReply for a text that is not JSON; ``cut`` says that it reached its limit."""
    try:
        json.loads(text)
    except ValueError:
        raise UnreadableReply(
            "The model's answer broke off before it was complete."
            if cut
            else "The model's answer is not in the form that was asked for.",
            detail=f"{len(text)} characters that are not JSON",
        ) from None
