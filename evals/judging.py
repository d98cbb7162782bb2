"""A judge's verdicts on the rewrites of a run, for the items that it is good enough for. The others stay unscored.

Knows runs and judges; measures no judge (``qualify``). Verdicts are kept beside the run: none is paid for twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.errors import InputError
from evals.judge import Check, Judge, Kept, Said, Verdict, checklist
from evals.qualify import Quality
from evals.results import Card, Item, Outcome, Run, Status

SUITE = "rewrite"
GROUP = "judge"
FILE = "judged.jsonl"


def judged(
    run: Run,
    judge: Judge,
    qualities: Mapping[str, Quality],
    folder: Path,
    told: Callable[[str], None] = lambda _: None,
) -> Run:
    """Return ``run`` with the judge's verdicts. Raises InputError where the run holds no texts to judge."""
    items = [item for item in run.of(SUITE) if item.status is Status.SCORED] if SUITE in run.suites else []
    if not any(item.made for item in items):
        raise InputError("This run holds no rewrites to judge.", hint="Run the suite rewrite on the split dev.")
    ship = [check for check in checklist() if check.id in qualities and qualities[check.id].ships]
    kept = Kept(judge, folder / FILE)
    said: dict[tuple[str, int, str], Said] = {}
    for number, item in enumerate(items if ship else [], 1):
        for check in ship:
            said[item.id, item.epoch, check.id] = kept.say(check, item.given, item.made.split("\n\nSay: ")[0])
        told(f"judge: {number} of {len(items)}")
    unsure = {check.id: sum(s.verdict is Verdict.UNSURE for key, s in said.items() if key[2] == check.id)
              for check in ship}  # fmt: skip
    under_test = judge.model in run.facts.get("models", ())
    facts = {
        "name": judge.name,
        "under_test": under_test,
        "items": [_fact(check, qualities.get(check.id), unsure.get(check.id)) for check in checklist()],
    }
    own = [card for card in run.cards[SUITE] if card.group != GROUP]
    cards = [*own, *(_card(check, judge.name, under_test=under_test) for check in ship)]
    names = {card.name for card in run.cards[SUITE] if card.group == GROUP}
    return replace(
        run,
        facts={**run.facts, "judge": facts},
        cards={**run.cards, SUITE: tuple(cards)},
        items=tuple(_with(item, ship, said, names) for item in run.items),
    )


def _fact(check: Check, quality: Quality | None, unsure: int | None) -> dict[str, Any]:
    return {
        "id": check.id,
        "holds": check.holds,
        "version": check.version,
        "ships": quality is not None and quality.ships,
        "short": quality.short if quality is not None else "never measured with this judge",
        "sensitivity": quality.sensitivity.value if quality is not None else None,
        "specificity": quality.specificity.value if quality is not None else None,
        "cases": min(quality.sensitivity.n, quality.specificity.n) if quality is not None else 0,
        "unsure": unsure,
    }


def _card(check: Check, judge: str, *, under_test: bool) -> Card:
    shares = "the judge is the model under test" if under_test else ""
    return Card(f"{GROUP}.{check.id}", GROUP, f"{check.holds} By the judge {judge}.", shares=shares)


def _with(item: Item, ship: list[Check], said: Mapping[tuple[str, int, str], Said], earlier: set[str]) -> Item:
    """Return an item with the judge's verdicts in place of earlier ones; an unsure one is no outcome."""
    if item.suite != SUITE:
        return item
    outcomes = {name: outcome for name, outcome in item.outcomes.items() if name not in earlier}
    for check in ship:
        one = said.get((item.id, item.epoch, check.id))
        if one is not None and one.verdict is not Verdict.UNSURE:
            fault = one.verdict is Verdict.FAULT
            outcomes[f"{GROUP}.{check.id}"] = Outcome(not fault, reasons=(f"“{one.quote}”",) if fault else ())
    return replace(item, outcomes=outcomes)
