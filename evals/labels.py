"""People's labels of single verdicts, kept beside a run, and how far they agree with the scorers.

A person answers before seeing the verdict, so that the agreement is not the verdict's echo; where the two differ a
reason is asked for. Knows runs and statistics; nothing of pages. No label is ever made by this program.
"""

from __future__ import annotations

import datetime
import json
import os
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import InputError
from evals import statistics
from evals.results import Card, Item, Run, Status
from evals.statistics import Estimate, Share

FILE = "labels.jsonl"


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of one verdict. ``person`` None: they cannot tell. ``yielded``: the verdict convinced them."""

    suite: str
    item: str
    epoch: int
    scorer: str
    verdict: bool
    person: bool | None
    reason: str = ""
    by: str = ""
    yielded: bool = False
    at: str = ""

    @property
    def key(self) -> tuple[str, str, int, str]:
        """The verdict that is labelled."""
        return self.suite, self.item, self.epoch, self.scorer


@dataclass(frozen=True, slots=True)
class Question:
    """A verdict that a person may label: the item, and the scorer's card."""

    item: Item
    card: Card

    @property
    def verdict(self) -> bool:
        """What the scorer says."""
        return bool(self.item.outcomes[self.card.name].passed)

    @property
    def key(self) -> tuple[str, str, int, str]:
        """The same as that of its label."""
        return self.item.suite, self.item.id, self.item.epoch, self.card.name


@dataclass(frozen=True, slots=True)
class Agreement:
    """A scorer against people: kappa with its range, and how many of the faults that people see it finds."""

    suite: str
    scorer: str
    kappa: Estimate
    agreed: Share
    found: Share
    spared: Share
    unsure: int


def questions(run: Run, suite: str, scorer: str) -> list[Question]:
    """Return what there is to label for a scorer: failed and passed verdicts by turns, in an order that is fixed."""
    card = run.card(suite, scorer)
    known = [
        Question(item, card)
        for item in run.of(suite)
        if item.status is Status.SCORED
        and not item.closed
        and (outcome := item.outcomes.get(scorer)) is not None
        and outcome.passed is not None
    ]
    random.Random(11).shuffle(known)  # noqa: S311 - an order, not a secret
    # Kappa says little where nearly every verdict is the same, so both kinds come up early.
    sides = [[q for q in known if not q.verdict], [q for q in known if q.verdict]]
    mixed: list[Question] = []
    for at in range(max(map(len, sides), default=0)):
        mixed += [side[at] for side in sides if at < len(side)]
    return mixed


def labelled(run: Run) -> list[tuple[str, Card]]:
    """Return the scorers of a run that give verdicts that a person can check, with their suites."""
    return [
        (suite, card)
        for suite in run.suites
        for card in run.cards[suite]
        if not card.counts and card.group != "difference" and questions(run, suite, card.name)
    ]


def keep(label: Label, folder: Path) -> Label:
    """Keep a label beside its run. Raises InputError where it differs from the verdict without a reason."""
    if label.person is not None and label.person != label.verdict and not label.reason.strip():
        raise InputError("Your answer differs from the scorer's.", hint="Say in a few words why; that is what helps.")
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    kept = Label(**{**asdict(label), "reason": label.reason.strip(), "by": label.by.strip(), "at": now})
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(kept), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return kept


def read(folder: Path) -> list[Label]:
    """Return the labels beside a run, the latest of each person for each verdict. Raises InputError naming a line."""
    path = folder / FILE
    if not path.is_file():
        return []
    found: dict[object, Label] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            label = Label(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise InputError(f"{FILE}, line {number}: this is no label.", detail=str(error)) from error
        found[label.by, label.key] = label
    return list(found.values())


def agreement(run: Run, labels: Sequence[Label]) -> list[Agreement]:
    """Return every labelled scorer's agreement with people, in the order of the cards."""
    situation = {(i.suite, i.id): i.situation for i in run.items}
    found = []
    for suite in run.suites:
        for card in run.cards[suite]:
            of = [label for label in labels if (label.suite, label.scorer) == (suite, card.name)]
            if of:
                clusters = [situation.get((label.suite, label.item), label.item) for label in of]
                found.append(_agreement(suite, card.name, of, clusters))
    return found


def _agreement(suite: str, scorer: str, labels: Sequence[Label], clusters: Sequence[str]) -> Agreement:
    sure = [(label, cluster) for label, cluster in zip(labels, clusters, strict=True) if label.person is not None]
    pairs = [(label.verdict, bool(label.person)) for label, _ in sure]
    faulted = [verdict for verdict, person in pairs if not person]
    fine = [verdict for verdict, person in pairs if person]
    return Agreement(
        suite,
        scorer,
        statistics.kappa(pairs, [cluster for _, cluster in sure]),
        statistics.share(sum(a == b for a, b in pairs), len(pairs)),
        statistics.share(faulted.count(False), len(faulted)),
        statistics.share(fine.count(True), len(fine)),
        len(labels) - len(sure),
    )
