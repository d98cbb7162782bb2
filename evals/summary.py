"""A run as lines for a terminal, and what a run will be able to see before it begins."""

from __future__ import annotations

from evals import figures, statistics
from evals.figures import SuiteFigures
from evals.results import Run
from evals.suite import Plan, Suite


def text(run: Run) -> str:
    """Return the figures of a run, one suite after the other."""
    return "\n".join(_suite(run, figures.suite_figures(run, suite)) for suite in run.suites)


def _suite(run: Run, of: SuiteFigures) -> str:
    e = of.clean
    lines = [f"{of.suite}, {run.subject}: {of.hits} of {of.scored} clean"]
    if of.scored:
        lines[0] += f" ({e.value:.0%}, plausibly {e.low:.0%} to {e.high:.0%}, {e.clusters} situations)"
    for group in figures.GROUPED:
        values = [value for value, _ in figures.headline(run, of.suite, group).values()] if _has(run, of, group) else []
        if values:
            lines.append(f"  {group:<16}{sum(values) / len(values):.0%}")
    for figure in of.scorers:
        if not figure.card.counts and figure.card.name not in figures.GROUPED:
            mark = "*" if figure.card.decides else " "
            name = figure.card.name.removeprefix("element.")
            lines.append(f" {mark}{name:<16}{figure.estimate.value:.0%} of {figure.estimate.n}")
    if of.unscored:
        lines.append(f"  unscored: {len(of.unscored)}")
    if of.errors:
        lines.append(f"  not run, the same command tries again: {len(of.errors)}: {of.errors[0].problem[:200]}")
    if of.flaky:
        lines.append(f"  flaky in the repeats: {', '.join(of.flaky[:10])}")
    if run.quick:
        lines.append(f"  quick: nothing below {statistics.detectable(of.scored):.0%} can be seen here")
    return "\n".join(lines)


def _has(run: Run, of: SuiteFigures, group: str) -> bool:
    return any(card.group == group for card in run.cards[of.suite])


def power(suite: Suite, plan: Plan) -> str:
    """Return how many cases a suite will have and the smallest difference that they can show."""
    n = len(suite.chosen(plan))
    seen = statistics.detectable(n)
    claim = "breakage alone is told" if plan.quick else "a smaller one will be undecided"
    return f"{suite.name}: {n} cases; a difference of {seen:.0%} would be seen four times out of five, {claim}"
