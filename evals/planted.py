"""``python -m evals.planted``: each scorer's sensitivity and specificity on planted defects. No model, no product.

A sound message is put together from the pieces of ``planted.yaml``; a defect is one sentence or one fact of it
changed, so that which scorer has to see it is known by construction. The situations and sentences marked as held
were not looked at while the scorers were written.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from evals.results import Outcome
from evals.suite import Plan
from evals.suites.rewriting import case_of, judge_rewrite

FILE = Path(__file__).parent / "planted.yaml"
SENTENCES = (
    "respectful", "as_serious", "claims", "names", "numbers", "dates", "quotes", "speakable", "direct",
)  # fmt: skip
FACTS = ("keeps", "drops", "polarity", "addressed", "framework", "asks")
SCORERS = (*SENTENCES, *FACTS)
LAYOUTS = (
    "{when} {did}. {effect}. {expects}. {asks}",
    "{name}, {when_low} {did}. {effect}. {asks} {expects}.",
    "I want to talk about one thing. {when} {did}. {effect}. {expects}. {asks}",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A row, a message, and the scorer that must fault it; None for a sound one."""

    row: Mapping[str, Any]
    message: str
    defect: str | None
    held: bool

    def outcomes(self) -> Mapping[str, Outcome]:
        """Return what every scorer says of it."""
        result = {"message": self.message, "route": None, "pattern": {"name": "none"}}
        return judge_rewrite(case_of(self.row), result, Plan()).outcomes


@dataclass(frozen=True, slots=True)
class Score:
    """How a scorer did: planted defects found, sound messages left alone, and what went wrong."""

    found: int
    planted: int
    spared: int
    sound: int
    wrong: tuple[str, ...]

    @property
    def sensitivity(self) -> float:
        """The share of its planted defects that it found."""
        return self.found / self.planted

    @property
    def specificity(self) -> float:
        """The share of sound messages that it left alone."""
        return self.spared / self.sound


def scores(*, held: bool | None = None) -> dict[str, Score]:
    """Return every scorer's score, over all cases or the held or the tuned ones alone."""
    every = [pair for pair in _judged() if held is None or pair[0].held is held]
    return {name: _score(name, every) for name in SCORERS}


@cache
def _judged() -> tuple[tuple[Planted, Mapping[str, Outcome]], ...]:
    return tuple((case, case.outcomes()) for case in cases())


def _score(name: str, every: Sequence[tuple[Planted, Mapping[str, Outcome]]]) -> Score:
    mine = [(case, said[name]) for case, said in every if case.defect == name]
    sound = [(case, said[name]) for case, said in every if case.defect is None and name in said]
    missed = [f"missed: {case.message}" for case, outcome in mine if outcome.passed is not False]
    faulted = [f"{outcome.reasons}: {case.message}" for case, outcome in sound if outcome.passed is False]
    return Score(len(mine) - len(missed), len(mine), len(sound) - len(faulted), len(sound), (*missed, *faulted))


@cache
def cases() -> tuple[Planted, ...]:
    """Return every sound message and every message with one planted defect."""
    given = yaml.safe_load(FILE.read_text("utf-8"))
    return tuple(planted for number, facts in enumerate(given["situations"]) for planted in _of(number, facts, given))


def _of(number: int, facts: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Planted]:
    held = bool(facts.get("held"))
    row = {
        "id": f"planted-{number}", "draft": facts["draft"], "must_keep": facts["keep"], "must_drop": facts["drop"],
        "no_fact": False, "pattern": "none", "route": None, "traits": [],
    }  # fmt: skip
    part = "held" if held else "tuned"
    for layout in LAYOUTS:
        yield Planted(row, _message(facts, layout), None, held)
        for extra in given["harmless"][part]:
            yield Planted(row, f"{_message(facts, layout)} {extra}", None, held)
        for name in SENTENCES:
            for planted in given[name][part]:
                yield Planted(row, _with(_message(facts, layout), planted, name), name, held)
        yield from _facts(row, facts, layout, held)


def _with(message: str, planted: str, name: str) -> str:
    """Put a sentence where it belongs: at the front where it delays the point, else after the first sentence."""
    if name == "direct":
        return f"{planted} {message}"
    first, dot, rest = message.partition(". ")
    return f"{first}{dot}{planted} {rest}"


def _facts(row: Mapping[str, Any], facts: Mapping[str, Any], layout: str, held: bool) -> Iterator[Planted]:
    def changed(**change: str) -> str:
        return _message({**facts, **change}, layout)

    yield Planted(row, changed(did=facts["less"], effect="It had effects"), "keeps", held)
    yield Planted(row, changed(did=facts["wrong"]), "numbers" if _new(facts) else "keeps", held)
    yield Planted(row, _with(changed(), facts["label"], "drops"), "respectful", held)
    yield Planted(row, _with(changed(), f"You are {facts['drop'][0]}.", "drops"), "drops", held)
    yield Planted(row, changed(did=facts["turned"]), "polarity", held)
    nobody = {"expects": "It has to stop", "asks": "Why?", "effect": "It was noticed", "name": "Hello"}
    yield Planted(row, changed(did=facts["about"], **nobody), "addressed", held)
    bare = {"effect": "That is all", "expects": "Thank you", "asks": ""}
    yield Planted(row, changed(**bare), "framework", held)
    vague = {**row, "no_fact": True, "must_keep": []}
    yield Planted(vague, changed(asks=""), "asks", held)
    yield Planted(vague, changed(), None, held)


def _new(facts: Mapping[str, Any]) -> bool:
    """Whether the wrong number is one that the draft has nowhere."""
    mine = set(re.findall(r"\d+", facts["draft"]))
    return bool(set(re.findall(r"\d+", facts["wrong"])) - mine)


def _message(facts: Mapping[str, Any], layout: str) -> str:
    when = str(facts["when"])
    return layout.format(**{**facts, "when_low": when[0].lower() + when[1:]}).strip()


def table() -> str:
    """Return the scores as lines."""
    lines = [f"{'':<14}{'sensitivity':>16}{'specificity':>18}{'held: sens.':>14}{'spec.':>8}"]
    held = scores(held=True)
    for name, all_ in scores().items():
        lines.append(
            f"{name:<14}{all_.sensitivity:>8.3f} {f'of {all_.planted}':<7}{all_.specificity:>9.3f} "
            f"{f'of {all_.sound}':<8}{held[name].sensitivity:>14.3f}{held[name].specificity:>8.3f}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scores; with ``--json FILE`` keep them."""
    parser = argparse.ArgumentParser(prog="python -m evals.planted", description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args(arguments)
    print(table())
    if options.json:
        figures = ("sensitivity", "specificity", "planted", "sound")
        found = {name: {figure: getattr(score, figure) for figure in figures} for name, score in scores().items()}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
