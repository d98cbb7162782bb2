"""A run in figures: per suite and scorer, by slice, with intervals; which items failed, which are flaky.

Knows runs and statistics; nothing of files, pages or models. Repeats of one item are averaged first, so that asking
twice does not make a sample twice as large.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evals import statistics
from evals.results import Card, Item, Run, Status, is_clean
from evals.statistics import Estimate

CLEAN = "clean"
TONE = "tone"
FRAMEWORK = "framework"
GROUPED = (TONE, FRAMEWORK)
"""What the trainer came for: groups of scorers that a report opens with."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One scorer's figure over some items."""

    card: Card
    estimate: Estimate
    passed: int


@dataclass(frozen=True, slots=True)
class SuiteFigures:
    """One suite: how many items are clean, unscored, not run, flaky; every scorer's figure."""

    suite: str
    clean: Estimate
    hits: int
    scored: int
    unscored: tuple[Item, ...]
    errors: tuple[Item, ...]
    failed: tuple[Item, ...]
    flaky: tuple[str, ...]
    scorers: tuple[Figure, ...]
    seconds: float
    completion: int
    reused: int


def suite_figures(run: Run, suite: str) -> SuiteFigures:
    """Return the figures of one suite of a run."""
    items, cards = run.of(suite), run.cards[suite]
    scored = [item for item in items if item.status is Status.SCORED]
    clean = per_case(scored, lambda item: float(is_clean(item, cards)))
    return SuiteFigures(
        suite,
        _estimate(clean, binary=True),
        sum(share == 1.0 for share, _ in clean.values()),
        len(clean),
        tuple(item for item in items if item.status is Status.UNSCORED),
        tuple(item for item in items if item.status is Status.ERROR),
        tuple(sorted((i for i in scored if not is_clean(i, cards)), key=lambda item: badness(item, cards))),
        tuple(sorted(flaky(scored))),
        tuple(figure for card in cards if (figure := figure_of(scored, card)) is not None),
        sum(item.spent.seconds for item in items),
        sum(item.spent.completion for item in items),
        sum(item.reused for item in items),
    )


def per_case(items: Sequence[Item], figure: Callable[[Item], float | None]) -> dict[str, tuple[float, str]]:
    """Return the mean over repeats of every case's figure, with its situation; cases without one are left out."""
    known: dict[str, list[float]] = defaultdict(list)
    situation = {}
    for item in items:
        if item.status is Status.SCORED and (value := figure(item)) is not None:
            known[item.id].append(value)
            situation[item.id] = item.situation
    return {id: (sum(values) / len(values), situation[id]) for id, values in known.items()}


def figure_of(items: Sequence[Item], card: Card) -> Figure | None:
    """Return a scorer's figure over items; None where it applied to none."""
    found = per_case(items, lambda item: scorer_value(item, card.name))
    if not found:
        return None
    binary = all(o.value is None for i in items if (o := i.outcomes.get(card.name)) is not None)
    return Figure(card, _estimate(found, binary=binary), sum(value == 1.0 for value, _ in found.values()))


def scorer_value(item: Item, name: str) -> float | None:
    """Return the figure of one scorer on one item."""
    outcome = item.outcomes.get(name)
    return outcome.figure if outcome is not None else None


def grouped_value(item: Item, cards: Sequence[Card], group: str) -> float | None:
    """Return the share of a group's scorers that an item passes; None where none applies."""
    values = [scorer_value(item, card.name) for card in cards if card.group == group and not card.counts]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def headline(run: Run, suite: str, name: str) -> dict[str, tuple[float, str]]:
    """Return the figure ``clean``, ``tone``, ``framework`` or a scorer's for every case of a suite."""
    cards = run.cards[suite]
    if name == CLEAN:
        return per_case(run.of(suite), lambda item: float(is_clean(item, cards)))
    if name in GROUPED and any(card.group == name for card in cards):
        return per_case(run.of(suite), lambda item: grouped_value(item, cards, name))
    return per_case(run.of(suite), lambda item: scorer_value(item, name))


def by_slice(
    items: Sequence[Item], name: str, figure: Callable[[Item], float | None], *, binary: bool = False
) -> dict[str, Estimate]:
    """Return a figure for every value of a slice, the most frequent first. An item may have several values."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        for value in item.slices.get(name, "").split(", "):
            if value:
                groups[value].append(item)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    found = {value: _estimate(per_case(group, figure), binary=binary) for value, group in ordered}
    return {value: estimate for value, estimate in found.items() if estimate.n}


def heat(items: Sequence[Item], cards: Sequence[Card], rows: str, columns: str) -> Mapping[tuple[str, str], Estimate]:
    """Return the share of clean items for every pair of two slices' values that occurs."""
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        for row in item.slices.get(rows, "").split(", "):
            for column in item.slices.get(columns, "").split(", "):
                if row and column:
                    groups[row, column].append(item)
    return {
        pair: _estimate(per_case(group, lambda item: float(is_clean(item, cards))), binary=True)
        for pair, group in groups.items()
    }


def flaky(items: Sequence[Item]) -> set[str]:
    """Return the ids of cases that passed a scorer in one repeat and failed it in another."""
    seen: dict[tuple[str, str], set[bool]] = defaultdict(set)
    for item in items:
        for name, outcome in item.outcomes.items():
            if outcome.passed is not None:
                seen[item.id, name].add(outcome.passed)
    return {id for (id, _), answers in seen.items() if len(answers) > 1}


def badness(item: Item, cards: Sequence[Card]) -> tuple[int, int, str]:
    """Return a key that puts the worst items first: failures that decide, then others."""
    failed = [card for card in cards if card.name in item.outcomes and item.outcomes[card.name].passed is False]
    return -sum(card.decides for card in failed), -len(failed), item.id


def _estimate(values: Mapping[str, tuple[float, str]], *, binary: bool) -> Estimate:
    figures, clusters = [value for value, _ in values.values()], [cluster for _, cluster in values.values()]
    if binary and all(figure in (0.0, 1.0) for figure in figures):
        return statistics.rate([figure == 1.0 for figure in figures], clusters)
    return statistics.mean(figures, clusters)
