"""Several runs of the same cases beside each other, such as the product, a plain prompt and the rules alone.

Makes one HTML file that works offline. The first run is what the others are held against. Knows runs, figures and
comparisons; runs nothing. Everything from a draft or a model is text and never markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import InputError
from evals import compare as comparing
from evals import figures, page, statistics
from evals.compare import Comparison
from evals.figures import Figure
from evals.results import Card, Item, Run, Status, is_clean
from evals.statistics import Estimate

FILE = "comparison.html"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of every run; None where it has none."""

    name: str
    asks: str
    estimates: tuple[Estimate | None, ...]
    shares: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one run made of a case, and what the scorers fault in it."""

    item: Item | None
    clean: bool
    failed: tuple[tuple[Card, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """One case with every run's answer."""

    id: str
    given: str
    answers: tuple[Answered, ...]


def write(runs: Sequence[Run], folder: Path) -> Path:
    """Write the comparison into ``folder`` and return its place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(html(runs), "utf-8")
    return path


def html(runs: Sequence[Run]) -> str:
    """Return the comparison as HTML. Raises InputError where the runs have no case in common."""
    suites = [suite for suite in runs[0].suites if all(suite in run.suites for run in runs)]
    common = _common(runs, suites)
    if not common:
        raise InputError("These runs have no case in common.", hint="Run the same suite with each subject.")
    only = [_of(run, common) for run in runs]
    return (
        page.templates()
        .get_template("side_by_side.html.j2")
        .render(
            runs=only,
            names=names(only),
            short=[name.split(" (")[0] for name in names(only)]
            if len({run.subject for run in only}) == len(only)
            else names(only),
            suites={suite: [figures.suite_figures(run, suite) for run in only] for suite in suites},
            comparisons=[comparing.compare(only[0], run) for run in only[1:]],
            lines={suite: _lines(only, suite) for suite in suites},
            cases={suite: _cases(only, suite) for suite in suites},
            claims=_claims,
            sentence=comparing.sentence,
            n=len(common),
        )
    )


def names(runs: Sequence[Run]) -> list[str]:
    """Return what the runs are called: the subject, with a number where two are the same."""
    given = [f"{run.subject} ({', '.join(run.facts.get('models') or ['no model'])})" for run in runs]
    if len(set(given)) == len(given):
        return given
    return [f"{name}, run {n}" for n, name in enumerate(given, 1)]


def _claims(found: Comparison) -> list[comparing.Change]:
    return [change for change in found.claimed if change.claim.value != "undecided"]


def _common(runs: Sequence[Run], suites: Sequence[str]) -> set[tuple[str, str]]:
    keys = [{item.key for item in run.items if item.suite in suites and item.status is Status.SCORED} for run in runs]
    return set.intersection(*keys)


def _of(run: Run, keys: set[tuple[str, str]]) -> Run:
    """Return a run with the cases that all have scored, so that every figure is of the same cases."""
    return Run(
        run.subject, run.suites, run.quick, run.started, run.facts, run.cards,
        tuple(item for item in run.items if item.key in keys),
    )  # fmt: skip


def _lines(runs: Sequence[Run], suite: str) -> list[Line]:
    found = []
    for group in figures.GROUPED:
        values = [figures.headline(run, suite, group) for run in runs]
        if all(any(card.group == group for card in run.cards[suite]) for run in runs) and all(values):
            means = [statistics.mean([v for v, _ in one.values()], [c for _, c in one.values()]) for one in values]
            found.append(Line(group, "", tuple(means)))
    known = [_figures(run, suite) for run in runs]
    for card in runs[0].cards[suite]:
        if not card.counts and card.name not in figures.GROUPED:
            estimates = tuple(of[card.name].estimate if card.name in of else None for of in known)
            if any(estimates):
                found.append(Line(card.name, card.asks, estimates, card.shares))
    return found


def _figures(run: Run, suite: str) -> Mapping[str, Figure]:
    return {figure.card.name: figure for figure in figures.suite_figures(run, suite).scorers}


def _cases(runs: Sequence[Run], suite: str) -> list[Beside]:
    answers = [{item.id: item for item in reversed(run.of(suite))} for run in runs]
    first = {item.id: item for item in reversed(runs[0].of(suite)) if not item.closed}
    found = [
        Beside(
            id,
            item.given,
            tuple(_answered(of.get(id), run.cards[suite]) for of, run in zip(answers, runs, strict=True)),
        )
        for id, item in first.items()
    ]
    return sorted(found, key=lambda one: (len({a.clean for a in one.answers}) == 1, one.id))


def _answered(item: Item | None, cards: Sequence[Card]) -> Answered:
    if item is None:
        return Answered(None, False, ())
    failed = tuple(
        (card, item.outcomes[card.name].reasons)
        for card in cards
        if card.name in item.outcomes and item.outcomes[card.name].passed is False
    )
    return Answered(item, is_clean(item, cards), failed)
