"""What a suite is: cases, something that answers them, and scorers. Knows no suite by name and no engine.

A suite's answers are plain JSON, so that they can be kept and judged again when a scorer changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assistant.errors import InputError
from evals import own_cases
from evals.results import Card, Item, Outcome

Answer = dict[str, Any]
DATASETS = Path(__file__).parent / "datasets"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run was asked for. ``limit`` is per suite; ``data`` replaces a suite's own drafts."""

    subject: str = "product"
    model: str | None = None
    quick: bool = False
    limit: int | None = None
    repeat: int = 1
    split: str = "dev"
    framework: str = "sbi"
    data: Path | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to answer. ``given`` is what a reader of the report sees; ``data`` is what the answer is made from."""

    id: str
    situation: str
    given: str
    data: Mapping[str, Any]
    slices: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False
    light: bool = False
    """No model is asked, so that a quick run has all of these."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the scorers say of one answer, and what to show beside the case."""

    outcomes: Mapping[str, Outcome]
    made: str
    ledger: tuple[Mapping[str, str], ...] = ()


class Subject(Protocol):
    """Something that answers cases, from one thread at a time."""

    def answer(self, case: Case) -> Answer:
        """Return the answer as plain JSON. Raises UnreadableReply where there is none to judge."""

    def close(self) -> None:
        """Let go of models and processes."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite. ``subjects`` are those it can measure. ``quick`` is how many cases that need a model a quick run has.

    ``after`` makes further items out of the answered ones, such as whether robots rank in their order.
    """

    name: str
    asks: str
    subjects: tuple[str, ...]
    cards: Callable[[Plan], tuple[Card, ...]]
    cases: Callable[[Plan], list[Case]]
    open: Callable[[Plan], Subject]
    judge: Callable[[Case, Answer, Plan], Judged]
    quick: int | None = None
    after: Callable[[Sequence[Item]], list[Item]] = lambda _: []

    def chosen(self, plan: Plan) -> list[Case]:
        """Return the cases of a plan: all of them, or in a quick run the light ones and a few of the others."""
        every = self.cases(plan)
        if plan.quick and self.quick is not None and plan.subject != "rules":
            few = {case.id for case in [case for case in every if not case.light][: self.quick]}
            every = [case for case in every if case.light or case.id in few]
        return every[: plan.limit]


def read_rows(path: Path, needs: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a .jsonl data set. Raises InputError naming the line that is broken."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The data set {path.name} cannot be read.", detail=str(error)) from error
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            rows.append(_row(line, f"{path.name}, line {number}", needs))
    if not rows:
        raise InputError(f"The data set {path.name} is empty.")
    return rows


def _row(line: str, where: str, needs: Sequence[str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: this is not JSON.", detail=str(error)) from None
    missing = [name for name in needs if not isinstance(row, dict) or name not in row]
    if missing:
        raise InputError(f"{where}: the row lacks {missing[0]!r}.")
    return dict(row)


def rows_of(plan: Plan, data_set: Path) -> list[dict[str, Any]]:
    """Return the drafts that a plan asks for: a person's own, or the rows of its split of a data set."""
    if plan.data is not None:
        return of_split(own_cases.read(plan.data).rows, plan)
    return of_split(read_rows(data_set, ("id", "draft")), plan)


def of_split(rows: Sequence[dict[str, Any]], plan: Plan) -> list[dict[str, Any]]:
    """Return the rows of the plan's split; rows without a split are a person's own and always count."""
    return [row for row in rows if row.get("split", plan.split) == plan.split]
