"""What is measured: the product, the same model with a plain prompt or with examples, and the rules alone.

Knows how to ask each for a rewrite of a data-set row and to give it back in the contract's JSON
shape. Knows nothing of verdicts. A reply that is no rewrite raises UnreadableReply.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from assistant import settings
from assistant.domain import Context, Draft, as_json
from assistant.errors import SettingsError, UnreadableReply
from assistant.models import prompts
from assistant.models.model import Request

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.models.llm import Model

Row = Mapping[str, Any]

_MAX_TOKENS = 700
_PATTERNS = ("none", "micromanagement", "abdication")
_ROUTES = ("none", "hr", "legal", "emergency", "security")
_FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message", "pattern", "route"],
    "properties": {
        "message": {"type": "string"},
        "pattern": {"enum": list(_PATTERNS)},
        "route": {"enum": list(_ROUTES)},
    },
}


class Subject(Protocol):
    """Something that rewrites drafts. ``answer`` may be called from several threads at once."""

    def answer(self, row: Row) -> dict[str, Any]:
        """Return the rewrite of ``row`` in the contract's JSON shape."""

    def close(self) -> None:
        """Let go of models and processes."""


def open_subject(name: str, model: str | None = None, framework: str = "sbi") -> Subject:
    """Return the subject ``name``: product, rules, plain or examples. Starts models."""
    if name not in OPENERS:
        raise SettingsError(f"There is no subject {name!r}.", hint="Choose from: " + ", ".join(OPENERS) + ".")
    return OPENERS[name](model, framework)


def open_coach(name: str, model: str | None = None) -> Coach:
    """Return the product as the subject ``product`` or ``rules`` has it; the model is opened when it is needed."""
    from assistant.coach import Coach

    return Coach.open(settings.load(model="none" if name == "rules" else model))


class Whole:
    """The product as a front end gets it, through ``Coach``."""

    def __init__(self, coach: Coach, framework: str = "sbi") -> None:
        self._coach = coach
        self._framework = framework

    def answer(self, row: Row) -> dict[str, Any]:
        """Return the product's rewrite."""
        context = row.get("context") or {}
        draft = Draft(str(row["draft"]), id=str(row["id"]), context=Context(**context))
        return dict(as_json(self._coach.rewrite(draft, framework=self._framework)))

    def close(self) -> None:
        """Stop the engine."""
        self._coach.close()


class Prompted:
    """A model with one prompt and nothing around it: the reply is the message, or a JSON form."""

    def __init__(self, model: Model, prompt: str, *, form: bool) -> None:
        self._model = model
        self._prompt = prompts.load(prompt)
        self._form = form

    def answer(self, row: Row) -> dict[str, Any]:
        """Return the model's reply as a rewrite without a ledger."""
        began = time.perf_counter()
        reply = self._model.complete(
            Request(
                self._prompt.render(draft=str(row["draft"])),
                label=self._prompt.label,
                max_tokens=_MAX_TOKENS,
                schema=_FORM if self._form else None,
            )
        )
        given = _read_form(reply.text) if self._form else {"message": reply.text.strip()}
        if not given["message"]:
            raise UnreadableReply("The model answered with nothing.")
        pattern, route = given.get("pattern", "none"), given.get("route", "none")
        return {
            "id": row["id"],
            "draft": row["draft"],
            "message": given["message"],
            "pattern": {"name": pattern},
            "route": None if route == "none" else {"to": route},
            "ledger": [],
            "origin": "model",
            "model": reply.model,
            "prompts": [self._prompt.label],
            "usage": asdict(reply.usage),
            "seconds": time.perf_counter() - began,
        }

    def close(self) -> None:
        """Stop the engine."""
        self._model.close()


def _read_form(text: str) -> dict[str, str]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableReply("The model's answer is no JSON.", detail=str(error)) from error
    if not isinstance(given, dict) or not isinstance(given.get("message"), str):
        raise UnreadableReply("The model's answer has no message.")
    pattern, route = given.get("pattern", "none"), given.get("route", "none")
    if pattern not in _PATTERNS or route not in _ROUTES:
        raise UnreadableReply("The model's answer has a pattern or route that does not exist.")
    return {"message": given["message"].strip(), "pattern": pattern, "route": route}


def _product(model: str | None, framework: str) -> Subject:
    coach = open_coach("product", model)
    coach.warm()
    return Whole(coach, framework)


def _rules(_: str | None, framework: str) -> Subject:
    return Whole(open_coach("rules"), framework)


def open_bare(model: str | None) -> Model:
    """Return a model with nothing of the product around it. Raises SettingsError where the settings name none."""
    from assistant.models.llm import open_model

    opened = open_model(settings.load(model=model))
    if opened is None:
        raise SettingsError("This needs a model, and the settings name none.", hint="Name one with --model.")
    return opened


def _prompted(prompt: str, model: str | None, *, form: bool) -> Subject:
    return Prompted(open_bare(model), prompt, form=form)


OPENERS: dict[str, Callable[[str | None, str], Subject]] = {
    "product": _product,
    "rules": _rules,
    "plain": lambda model, _: _prompted("eval_plain", model, form=False),
    "examples": lambda model, _: _prompted("eval_examples", model, form=True),
}
"""Every subject by name, with what opens it; another one is added here."""
