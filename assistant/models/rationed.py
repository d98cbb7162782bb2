"""A model of which each person has so many tokens a day.

Knows how to ask any model and what an answer cost. Does not know how a person is found or where their count is kept.
Work that nobody asked for, such as reading the fixed prompt at the start, is not counted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any, Protocol

from assistant.errors import TooMuch
from assistant.models.model import Behind, Model, Reply, Request

_SIGNS = 3
"""Characters to a token, at least: what is counted where an answer broke off and nobody told its tokens."""


class Use(Protocol):
    """Where the day's tokens are added up, for every process together."""

    def used(self, owner: str) -> int:
        """Return the tokens that somebody has used today."""

    def use(self, owner: str, tokens: int) -> None:
        """Add to them."""


class Rationed(Behind):
    """A model behind a limit for each person. Calls under way may still go a little over it."""

    def __init__(self, model: Model, use: Callable[[], Use], limit: int, asking: Callable[[], str]) -> None:
        """``asking`` returns whose work it is, or nothing for the program's own."""
        super().__init__(model)
        self._use = use
        self._limit = limit
        self._asking = asking

    def stream(self, request: Request, *, cancel: threading.Event | None = None) -> Generator[str, None, Reply]:
        """Answer piece by piece. Raises TooMuch, before anything is sent, once the day's tokens are used."""
        owner = self._asking()
        if owner and self._use().used(owner) >= self._limit:
            raise TooMuch(
                "Your tokens for today are used up.",
                hint="Nothing you wrote is lost, and whatever needs no model still works. The model answers again "
                "tomorrow (UTC).",
            )
        said = 0
        reply: Reply | None = None
        answer: Any = self._model.stream(request, cancel=cancel)
        try:
            while True:
                try:
                    piece = next(answer)
                except StopIteration as end:
                    reply = end.value
                    return end.value  # type: ignore[no-any-return]
                said += len(piece)
                yield piece
        finally:
            answer.close()
            if owner:
                self._use().use(owner, _cost(request, reply, said))


def _cost(request: Request, reply: Reply | None, said: int) -> int:
    told = reply.usage.prompt + reply.usage.completion if reply else 0
    return told or (sum(len(str(message.content)) for message in request.messages) + said) // _SIGNS
