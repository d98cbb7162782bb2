"""A run and its items as values, and their form in files: run.json, items.csv.

Knows nothing of suites, models, statistics or pages. What is unscored has no outcome, so that nobody can
count it as a failure by accident.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from assistant.errors import InputError

FORM = 1
"""The version of run.json."""
FILE = "run.json"


class Status(StrEnum):
    """What became of an item. An error is the run's failure; unscored is a reply that cannot be read."""

    SCORED = "scored"
    UNSCORED = "unscored"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one scorer says of one item. ``passed`` None: it does not apply. ``value`` runs from 0 to 1 or counts."""

    passed: bool | None
    value: float | None = None
    reasons: tuple[str, ...] = ()

    @property
    def figure(self) -> float | None:
        """The value, or the yes and no as 1 and 0; None where the scorer does not apply."""
        if self.value is not None:
            return self.value
        return None if self.passed is None else float(self.passed)


@dataclass(frozen=True, slots=True)
class Card:
    """What a scorer is: its group on the page, what it asks in plain words, and whose code it shares.

    ``decides``: an item is clean only if this scorer passes. ``shares``: what it takes from the product; empty
    where it takes nothing. ``counts``: its value is a count or a length: more is neither better nor worse.
    """

    name: str
    group: str
    asks: str
    decides: bool = False
    shares: str = ""
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What an item cost when it was first answered."""

    seconds: float = 0.0
    calls: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One case, answered once, with what every scorer says of it.

    ``given`` and ``made`` are shown side by side. ``reused``: the answer is from an earlier run of the same
    command, and ``spent`` is what it cost then.
    """

    suite: str
    id: str
    situation: str
    epoch: int = 1
    slices: Mapping[str, str] = field(default_factory=dict)
    status: Status = Status.SCORED
    problem: str = ""
    given: str = ""
    made: str = ""
    ledger: tuple[Mapping[str, str], ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    spent: Spent = Spent()
    reused: bool = False
    closed: bool = False
    """Of a split whose texts nobody reads while tuning: reports hold its figures alone."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same case in another run."""
        return self.suite, self.id


@dataclass(frozen=True, slots=True)
class Run:
    """One run of some suites by one subject, with everything it rests on."""

    subject: str
    suites: tuple[str, ...]
    quick: bool
    started: str
    facts: Mapping[str, Any]
    """Model, prompts, hashes, versions, split, framework: what may explain a change."""
    cards: Mapping[str, tuple[Card, ...]]
    items: tuple[Item, ...]

    def of(self, suite: str) -> list[Item]:
        """Return the items of one suite."""
        return [item for item in self.items if item.suite == suite]

    def card(self, suite: str, scorer: str) -> Card:
        """Return the card of a scorer."""
        return next(card for card in self.cards[suite] if card.name == scorer)


def is_clean(item: Item, cards: Sequence[Card]) -> bool:
    """Say whether every scorer that decides passes; only for scored items."""
    return all(
        item.outcomes[card.name].passed is not False for card in cards if card.decides and card.name in item.outcomes
    )


def as_json(run: Run) -> dict[str, Any]:
    """Return a run as plain JSON types."""
    return {"form": FORM, **asdict(run)}


def write(run: Run, folder: Path) -> None:
    """Write run.json and items.csv into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(run), ensure_ascii=False, indent=1)
    (folder / FILE).write_text(text + "\n", "utf-8")
    (folder / "items.csv").write_text(as_csv(run), "utf-8", newline="")


def read(place: Path) -> Run:
    """Return the run kept in a folder or a file. Raises InputError naming what is wrong with it."""
    path = place / FILE if place.is_dir() else place
    try:
        given = json.loads(path.read_text("utf-8"))
        if given["form"] != FORM:
            raise InputError(f"{path.name} is from another version of the evals.", hint="Run the suite again.")
        return Run(
            subject=str(given["subject"]),
            suites=tuple(given["suites"]),
            quick=bool(given["quick"]),
            started=str(given["started"]),
            facts=dict(given["facts"]),
            cards={name: tuple(Card(**card) for card in cards) for name, cards in given["cards"].items()},
            items=tuple(_item(item) for item in given["items"]),
        )
    except OSError as error:
        raise InputError(f"There is no run at {place}.", hint="benchcoach eval run makes one.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path.name} is no run of the evals.", detail=str(error)) from error


def _item(given: Mapping[str, Any]) -> Item:
    outcomes = {
        name: Outcome(one["passed"], one["value"], tuple(one["reasons"])) for name, one in given["outcomes"].items()
    }
    shaped = {
        **given,
        "status": Status(given["status"]),
        "ledger": tuple(given["ledger"]),
        "outcomes": outcomes,
        "spent": Spent(**given["spent"]),
    }
    return Item(**shaped)


def without_texts(run: Run) -> Run:
    """Return a run without drafts and replies: all that a comparison needs."""
    return replace(run, items=tuple(replace(item, given="", made="", ledger=()) for item in run.items))


_FIXED = ("suite", "id", "situation", "epoch", "status", "problem", "clean", "reused", "seconds", "completion_tokens")


def as_csv(run: Run) -> str:
    """Return one line per item and epoch, a column per slice and per scorer. A cell never starts a formula."""
    slices = sorted({name for item in run.items for name in item.slices})
    scorers = list(dict.fromkeys(f"{suite}.{card.name}" for suite in run.suites for card in run.cards[suite]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_FIXED, *slices, *scorers])
    for item in run.items:
        scored = item.status is Status.SCORED
        fixed = [
            item.suite, item.id, item.situation, item.epoch, item.status.value, item.problem,
            int(is_clean(item, run.cards[item.suite])) if scored else "", int(item.reused),
            f"{item.spent.seconds:.3f}", item.spent.completion,
        ]  # fmt: skip
        figures = [_cell(item, scorer) for scorer in scorers]
        writer.writerow([_plain(cell) for cell in (*fixed, *(item.slices.get(name, "") for name in slices), *figures)])
    return out.getvalue()


def _cell(item: Item, scorer: str) -> str:
    suite, _, name = scorer.partition(".")
    outcome = item.outcomes.get(name) if suite == item.suite else None
    return "" if outcome is None or outcome.figure is None else f"{outcome.figure:g}"


def _plain(cell: object) -> str:
    text = str(cell)
    return "'" + text if text[:1] in ("=", "+", "@", "\t") or (text[:1] == "-" and not text[1:2].isdigit()) else text
