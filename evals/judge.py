"""A model as a judge: one yes-or-no question at a time, a quotation for every yes, unsure where it wavers.

Knows the checklist (``judge.yaml``), the prompt, and how answers are read and put together. Does not know how good a
judge is (``qualify``), nor any run or suite.

Narrow questions with yes and no instead of grades: Lee et al., CheckEval (2024). Every question is asked with the two
texts, and the two answers, in either order, and only what survives that counts: Zheng et al., Judging LLM-as-a-Judge
(2023), found that the place of a text sways a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from assistant.errors import UnreadableReply
from assistant.models import prompts
from assistant.models.model import HERE, Model, Request
from evals.text import holds, words

FILE = Path(__file__).parent / "judge.yaml"
REPEATS = 2
TEMPERATURE = 0.5
"""Warm enough for an answer that hangs by a thread to fall the other way in a repeat."""
_PROMPT = "eval_judge"
_ROOM = 120
_FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["quote", "answer"],
    "properties": {"quote": {"type": "string"}, "answer": {"enum": ["yes", "no"]}},
}


class Verdict(StrEnum):
    """What a judge says of a message. Unsure is no verdict: the item is unscored."""

    FAULT = "fault"
    SOUND = "sound"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Check:
    """One item of the checklist. ``planted`` names the defects that it has to find."""

    id: str
    asks: str
    holds: str
    planted: str

    @property
    def version(self) -> str:
        """A short hash of everything that an answer depends on but the model and the texts."""
        rests = [self.asks, prompts.load(_PROMPT).label, REPEATS, TEMPERATURE]
        return hashlib.sha256(json.dumps(rests).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict with the words that a judge quotes for it, or why there is none."""

    verdict: Verdict
    quote: str = ""
    why: str = ""


@cache
def checklist() -> tuple[Check, ...]:
    """Return the items, in the order of the file."""
    return tuple(Check(**entry) for entry in yaml.safe_load(FILE.read_text("utf-8")))


class Judge:
    """A model that is asked the items of the checklist."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._prompt = prompts.load(_PROMPT)

    @property
    def name(self) -> str:
        """The model's name, with the host where it is not on this machine."""
        return self._model.name if self._model.place == HERE else f"{self._model.name} at {self._model.place}"

    @property
    def model(self) -> str:
        """The model's name as a run tells it."""
        return self._model.name

    def say(self, check: Check, draft: str, message: str) -> Said:
        """Return the verdict that every repeat and every order agrees on, or unsure. Raises ModelError."""
        first: Said | None = None
        for said in self._asked(check, draft, message):
            if said.verdict is Verdict.UNSURE:
                return said
            if first is not None and said.verdict is not first.verdict:
                return Said(Verdict.UNSURE, why="the answers differ")
            first = first or said
        return first or Said(Verdict.UNSURE, why="nothing was asked")

    def _asked(self, check: Check, draft: str, message: str) -> Iterator[Said]:
        for repeat, swapped in product(range(REPEATS), (False, True)):
            messages = self._prompt.render(
                draft=draft,
                message=message,
                question=check.asks,
                where="message",
                message_first=swapped,
                no_first=swapped != bool(repeat % 2),
            )
            request = Request(messages, self._prompt.label, _ROOM, _FORM, temperature=TEMPERATURE, seed=repeat)
            try:
                yield read(self._model.complete(request).text, message)
            except UnreadableReply:
                yield Said(Verdict.UNSURE, why="the answer cannot be read")


class Kept:
    """A judge that is asked the same thing once: its verdicts lie in a file, and a killed run pays for none twice."""

    def __init__(self, judge: Judge, path: Path) -> None:
        self._judge, self._path = judge, path
        self._said: dict[str, Said] = {}
        for line in path.read_text("utf-8").splitlines() if path.is_file() else []:
            try:
                row = json.loads(line)
                self._said[row["key"]] = Said(Verdict(row["verdict"]), row["quote"], row["why"])
            except (ValueError, KeyError, TypeError):
                continue  # the line under way when a run was killed; it is asked again

    @property
    def name(self) -> str:
        """The judge's name."""
        return self._judge.name

    def say(self, check: Check, draft: str, message: str) -> Said:
        """Return the verdict that is kept, or ask for it and keep it. Raises ModelError."""
        rests = json.dumps([self.name, check.id, check.version, draft, message])
        key = hashlib.sha256(rests.encode()).hexdigest()[:16]
        if key not in self._said:
            said = self._said[key] = self._judge.say(check, draft, message)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" * _torn(self._path) + json.dumps({"key": key, **asdict(said)}) + "\n")
        return self._said[key]


def _torn(path: Path) -> bool:
    """Whether the last line of a file was cut off by a kill."""
    text = path.read_bytes() if path.is_file() else b""
    return bool(text) and not text.endswith(b"\n")


def read(reply: str, message: str) -> Said:
    """Return what one reply says. A yes that quotes nothing of the message is no answer."""
    try:
        given: Any = json.loads(reply)
    except ValueError:
        return Said(Verdict.UNSURE, why="the answer cannot be read")
    if not isinstance(given, dict) or given.get("answer") not in ("yes", "no"):
        return Said(Verdict.UNSURE, why="the answer cannot be read")
    if given["answer"] == "no":
        return Said(Verdict.SOUND)
    quote = str(given.get("quote") or "").strip().strip("\"'“”").strip()
    if not words(quote) or not holds(message, quote):
        return Said(Verdict.UNSURE, why="it quotes what is not there")
    return Said(Verdict.FAULT, quote)
