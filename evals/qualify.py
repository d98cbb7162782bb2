"""How good a model is as a judge: its sensitivity and specificity on planted defects, and which items it may judge.

Knows the planted defects, whose truth is by construction, and where figures are kept: ``judges.jsonl`` in the home
folder, a line for each judge and version of an item. Knows no run and no page.
"""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path

from assistant.errors import InputError
from evals import planted, statistics
from evals.judge import Check, Judge, Kept, Verdict, checklist
from evals.planted import Planted
from evals.statistics import Estimate

FILE = "judges.jsonl"
SAID = "judged.jsonl"
"""Single verdicts on planted texts, in the same folder: a measurement that was stopped goes on where it was."""
LEAST = 0.9
"""What sensitivity and specificity have to reach before an item may judge."""
CASES = 40
"""Planted and sound messages that an item needs of each: fewer can fail a judge and never ship one."""
SEED = 5


@dataclass(frozen=True, slots=True)
class Quality:
    """How a judge did on one version of an item. What it was unsure of is neither found nor left alone."""

    judge: str
    item: str
    version: str
    sensitivity: Estimate
    specificity: Estimate
    unsure: int
    at: str

    @property
    def ships(self) -> bool:
        """Whether the item may be scored with this judge."""
        return not self.short

    @property
    def short(self) -> str:
        """What is missing; empty where the item ships."""
        if min(self.sensitivity.n, self.specificity.n) < CASES:
            return f"asked of fewer than {CASES} planted and {CASES} sound messages"
        low = [n for n in ("sensitivity", "specificity") if not getattr(self, n).value >= LEAST]
        return f"{' and '.join(low)} below {LEAST}" if low else ""


def measure(
    judge: Judge | Kept, check: Check, count: int = CASES, told: Callable[[str], None] = lambda _: None
) -> Quality:
    """Ask a judge one item of ``count`` planted and ``count`` sound messages, drawn by a fixed seed."""
    asked = drawn(check, count)
    right: dict[bool, list[bool]] = {True: [], False: []}
    clusters: dict[bool, list[str]] = {True: [], False: []}
    unsure = 0
    for at, case in enumerate(asked, 1):
        said = judge.say(check, str(case.row["draft"]), case.message).verdict
        faulty = case.defect is not None
        right[faulty].append(said is (Verdict.FAULT if faulty else Verdict.SOUND))
        clusters[faulty].append(str(case.row["id"]))
        unsure += said is Verdict.UNSURE
        if at % 10 == 0 or at == len(asked):
            told(f"{check.id}: {at} of {len(asked)}")
    return Quality(
        judge.name,
        check.id,
        check.version,
        statistics.rate(right[True], clusters[True]),
        statistics.rate(right[False], clusters[False]),
        unsure,
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def drawn(check: Check, count: int) -> list[Planted]:
    """Return planted and sound messages by turns, the same ones for every judge."""
    every = planted.cases()
    faulty = [case for case in every if case.defect == check.planted]
    sound = [case for case in every if case.defect is None and not case.row["no_fact"]]
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    for pool in (faulty, sound):
        chance.shuffle(pool)
    return [case for pair in zip(faulty[:count], sound[:count], strict=False) for case in pair]


def keep(quality: Quality, home: Path) -> None:
    """Keep what was measured of a judge."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(quality)) + "\n")


def as_json(quality: Quality) -> dict[str, object]:
    """Return what was measured as plain JSON types, with what follows from it."""
    return {**asdict(quality), "ships": quality.ships, "short": quality.short}


def known(judge: str, home: Path) -> Mapping[str, Quality]:
    """Return what is kept of a judge, the latest of each item as it is worded now. Raises InputError naming a line."""
    path = home / FILE
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    versions = {check.id: check.version for check in checklist()}
    found = [_read(line, number) for number, line in enumerate(lines, 1)]
    return {one.item: one for one in found if one.judge == judge and versions.get(one.item) == one.version}


def _read(line: str, number: int) -> Quality:
    try:
        given = json.loads(line)
        for name in ("sensitivity", "specificity"):
            given[name] = Estimate(**given[name])
        return Quality(**given)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{FILE}, line {number}: this is no figure of a judge.", detail=str(error)) from error


def table(qualities: Sequence[Quality]) -> str:
    """Return the figures as lines."""
    lines = [f"{'item':<10}{'sensitivity':<32}{'specificity':<32}{'unsure':<8}ships"]
    for one in qualities:
        shown = [_share(estimate) for estimate in (one.sensitivity, one.specificity)]
        ships = "yes" if one.ships else f"no: {one.short}"
        lines.append(f"{one.item:<10}{shown[0]:<32}{shown[1]:<32}{one.unsure:<8}{ships}")
    return "\n".join(lines)


def _share(estimate: Estimate) -> str:
    if isnan(estimate.value):
        return "nothing was asked"
    return f"{estimate.value:.2f} of {estimate.n} ({estimate.low:.2f} to {estimate.high:.2f})"
