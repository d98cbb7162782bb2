"""A remote model, asked under stand-ins and within a budget.

Knows how to ask any model, and that some of them are somebody else's: their requests carry stand-ins for people,
their answers get the names back, and what they cost is added up in the database until the month's budget is spent.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from assistant.errors import TooMuch
from assistant.models.model import Behind, Model, Reply, Request
from assistant.privacy.pseudonyms import Pseudonyms, Shown

if TYPE_CHECKING:
    from assistant.domain import Usage

MILLION = 1_000_000
_SIGNS = 3
"""Characters to a token, at least: what is charged where an answer broke off and nobody told its tokens."""


class Ledger(Protocol):
    """Where spending is added up, for every process together."""

    def spent(self, month: str) -> int:
        """Return millionths of the currency that were spent in a month."""

    def spend(self, month: str, tokens: int, millionths: int) -> None:
        """Add to them."""


class Budget:
    """What a remote model may cost in a month. A price is for a million tokens; without a limit nothing is counted."""

    def __init__(self, ledger: Ledger | None, limit: float, price_in: float, price_out: float) -> None:
        self._ledger = ledger
        self._limit = round(limit * MILLION)
        self._prices = price_in, price_out

    def check(self) -> None:
        """Raise TooMuch once the month's budget is spent. Calls under way may still go a little over it."""
        if self._ledger is not None and self._ledger.spent(_month()) >= self._limit:
            raise TooMuch(
                "This month's budget for the remote model is spent.",
                hint="Whoever runs Benchcoach can raise the setting budget. Your text is still here.",
            )

    def charge(self, taken: int, given: int) -> None:
        """Add the tokens of a call to what was spent."""
        if self._ledger is not None:
            cost = round(taken * self._prices[0] + given * self._prices[1])  # a price in millionths for one token
            self._ledger.spend(_month(), taken + given, cost)


class Outgoing(Behind):
    """A remote model behind stand-ins and a budget."""

    def __init__(self, model: Model, pseudonyms: Pseudonyms, budget: Budget) -> None:
        super().__init__(model)
        self._pseudonyms = pseudonyms
        self._budget = budget

    def stream(self, request: Request, *, cancel: threading.Event | None = None) -> Generator[str, None, Reply]:
        """Answer piece by piece, with the names back in their places."""
        self._budget.check()
        texts = [str(message.content) for message in request.messages]
        spoken = [at for at, message in enumerate(request.messages) if message.type != "system"]
        hidden = self._pseudonyms.hide([texts[at] for at in spoken])
        messages = list(request.messages)
        for at, text in zip(spoken, hidden.texts, strict=True):
            messages[at] = messages[at].model_copy(update={"content": text})
        shown, said = Shown(hidden), 0
        usage: Usage | None = None
        answer: Any = self._model.stream(replace(request, messages=messages), cancel=cancel)
        try:
            with closing(answer):
                while True:
                    try:
                        piece = next(answer)
                    except StopIteration as end:
                        reply: Reply = end.value
                        break
                    said += len(piece)
                    if words := shown.add(piece):
                        yield words
            usage = reply.usage
            if left := shown.rest():
                yield left
            return replace(reply, text=hidden.shown(reply.text))
        finally:
            taken, given = sum(len(text) for text in texts) // _SIGNS, said // _SIGNS
            if usage is not None and usage.prompt + usage.completion > 0:
                taken, given = usage.prompt, usage.completion
            self._budget.charge(taken, given)


def _month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")
