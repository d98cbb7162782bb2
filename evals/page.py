"""One HTML file that tells what a run showed: offline, printable, for somebody who is not an engineer.

Knows runs, figures and comparisons; runs nothing. Everything that came from a draft or a model goes through the
template's escaping as text and is never markup. Items of a closed split appear by their figures alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import jinja2

from evals import compare as comparing
from evals import figures, labels, statistics
from evals.figures import Figure, SuiteFigures
from evals.labels import Label
from evals.results import Card, Item, Run, Status, is_clean
from evals.statistics import Estimate
from evals.suites import SUITES

FILE = "report.html"
_FOLDER = Path(__file__).parent
_TOKEN = re.compile(r"\s+|[^\W_]+(?:['’.&-][^\W_]+)*|.", re.DOTALL)
_PIECES = 1200
"""Words beyond which a draft and its message are shown side by side without a comparison word by word."""
_LEAST_SLICE = 2
SUBJECTS = {
    "product": "the product",
    "rules": "the product without a model",
    "plain": "the bare model with a plain prompt",
    "examples": "the bare model with two worked examples",
}
"""What a subject is called by somebody who does not start runs."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that both texts have, or that one of them has alone."""

    text: str
    sign: str  # "same", "gone" or "new"


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as the page shows it."""

    item: Item
    failed: tuple[tuple[Card, tuple[str, ...]], ...]
    pieces: tuple[Piece, ...]
    clean: bool


def write(
    run: Run, folder: Path, baseline: Run | None = None, *, read_closed: bool = False, people: Sequence[Label] = ()
) -> Path:
    """Write the report into ``folder`` and return its place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(page(run, baseline, read_closed=read_closed, people=people), "utf-8")
    return path


def templates() -> jinja2.Environment:
    """Return what pages are made with: everything from outside is escaped."""
    # A page is a picture of one run: whatever is missing must stop it, not leave a hole.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "span": span, "bar": bar, "plain": plain, "number": number}
    environment.filters |= {"when": when, "listed": listed, "asked": lambda subject: SUBJECTS.get(subject, subject)}
    environment.globals |= {"css": (_FOLDER / "page.css").read_text("utf-8")}
    return environment


def page(run: Run, baseline: Run | None = None, *, read_closed: bool = False, people: Sequence[Label] = ()) -> str:
    """Return the report as HTML. ``people`` are trainers' labels of this run."""
    suites = {suite: figures.suite_figures(run, suite) for suite in run.suites}
    found = comparing.compare(baseline, run) if baseline is not None else None
    return (
        templates()
        .get_template("page.html.j2")
        .render(
            run=run,
            suites=suites,
            asks={name: SUITES[name].asks for name in run.suites if name in SUITES},
            opening=_opening(run),
            comparison=found,
            baseline=baseline,
            sentence=comparing.sentence,
            points=comparing.points,
            heat=_heat(run),
            slices=_slices(run),
            differences=_differences(suites),
            swaps=_swaps(run),
            shown={suite: _shown(run, suite, read_closed) for suite in run.suites},
            sees={suite: statistics.detectable(of.scored) for suite, of in suites.items()},
            totals=_totals(run, suites),
            groups=_groups,
            agreement=labels.agreement(run, people),
            labelled=people,
        )
    )


def percent(value: float) -> str:
    """Return a share in per cent; a dash where there is none."""
    return "–" if isnan(value) else f"{100 * value:.0f}%"


def number(value: float) -> str:
    """Return a figure that is no share."""
    return "–" if isnan(value) else f"{value:.2f}".rstrip("0").rstrip(".")


def span(estimate: Estimate) -> str:
    """Return the plausible range of a share; it cannot lie outside 0 and 1."""
    if isnan(estimate.low):
        return "no range from one situation"
    return f"{percent(max(0.0, estimate.low))} to {percent(min(1.0, estimate.high))}"


def bar(estimate: Estimate) -> str:
    """Return the style of an interval drawn as a bar; numbers of ours alone."""
    low = 0.0 if isnan(estimate.low) else max(0.0, estimate.low)
    high = 1.0 if isnan(estimate.high) else min(1.0, estimate.high)
    return f"left:{100 * low:.1f}%;width:{max(0.5, 100 * (high - low)):.1f}%"


def when(moment: str) -> str:
    """Return the moment at which a run began as people write it."""
    try:
        return f"{datetime.fromisoformat(moment):%-d %B %Y, %H:%M} UTC"
    except ValueError:
        return moment


def listed(fact: object) -> str:
    """Return a fact of a run as words: names with commas between them, none where there is none."""
    if isinstance(fact, Mapping):
        return ", ".join(f"{name} {value}" for name, value in fact.items()) or "none"
    if isinstance(fact, list | tuple):
        return ", ".join(map(str, fact)) or "none"
    return "none" if fact in (None, "") else str(fact)


def plain(name: str) -> str:
    """Return an identifier as words."""
    return name.removeprefix("element.").replace("judge.", "judge: ").replace("_", " ")


def pieces(draft: str, message: str) -> tuple[Piece, ...]:
    """Return two texts as one, word by word: what stayed, what went, what is new."""
    one, two = _TOKEN.findall(draft), _TOKEN.findall(message)
    if len(one) + len(two) > 2 * _PIECES:
        return ()
    found: list[Piece] = []
    for sign, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if sign == "equal":
            found.append(Piece("".join(one[a:b]), "same"))
            continue
        if b > a:
            found.append(Piece("".join(one[a:b]), "gone"))
        if d > c:
            found.append(Piece("".join(two[c:d]), "new"))
    return tuple(found)


def _groups(of: SuiteFigures) -> Mapping[str, list[Figure]]:
    groups: dict[str, list[Figure]] = {}
    for figure in of.scorers:
        groups.setdefault(figure.card.group, []).append(figure)
    return groups


def _opening(run: Run) -> dict[str, Any] | None:
    """Return tone and framework adherence of the rewrites, which the report opens with."""
    if "rewrite" not in run.suites:
        return None
    items, cards = run.of("rewrite"), run.cards["rewrite"]
    found: dict[str, Any] = {}
    for group, parts in ((figures.TONE, figures.TONE), (figures.FRAMEWORK, "element")):
        values = figures.headline(run, "rewrite", group)
        overall = statistics.mean([v for v, _ in values.values()], [c for _, c in values.values()])
        elements = [figures.figure_of(items, card) for card in cards if card.group == parts]
        found[group] = {"overall": overall, "elements": [e for e in elements if e is not None]}
    return found


def _slices(run: Run) -> list[tuple[str, str, list[tuple[str, Estimate, Estimate, Estimate]]]]:
    """Return tone, framework and clean of the rewrites by job, fault, style and length."""
    if "rewrite" not in run.suites:
        return []
    items, cards = run.of("rewrite"), run.cards["rewrite"]
    found = []
    for name, title in (("fault", "what is wrong with the draft"), ("job", "job"), ("style", "style"),
                        ("length", "length")):  # fmt: skip
        tone = figures.by_slice(items, name, partial(figures.grouped_value, cards=cards, group=figures.TONE))
        framework = figures.by_slice(items, name, partial(figures.grouped_value, cards=cards, group=figures.FRAMEWORK))
        clean = figures.by_slice(items, name, lambda item: float(is_clean(item, cards)), binary=True)
        none = Estimate(statistics.NAN, statistics.NAN, statistics.NAN, 0, 0)
        rows = [(v, tone.get(v, none), framework.get(v, none), e) for v, e in clean.items() if e.n >= _LEAST_SLICE]
        found.append((name, title, rows))
    return found


def _heat(run: Run) -> dict[str, Any] | None:
    if "rewrite" not in run.suites:
        return None
    cells = figures.heat(run.of("rewrite"), run.cards["rewrite"], "job", "fault")
    if not cells:
        return None
    jobs = sorted({job for job, _ in cells})
    faults = sorted({fault for _, fault in cells})
    return {"jobs": jobs, "faults": faults, "cells": cells}


def _differences(suites: Mapping[str, SuiteFigures]) -> list[Figure]:
    of = suites.get("fairness")
    return [figure for figure in of.scorers if figure.card.group == "difference"] if of else []


def _swaps(run: Run) -> list[tuple[str, int, list[tuple[Estimate, bool]]]]:
    """Return each swap with its pairs, and each difference with whether its range leaves out 0."""
    if "fairness" not in run.suites:
        return []
    names = [card.name for card in run.cards["fairness"] if card.group == "difference"]
    of = {
        name: figures.by_slice(run.of("fairness"), "swap", partial(figures.scorer_value, name=name)) for name in names
    }
    swaps = of[names[0]] if names else {}
    return [
        (swap, swaps[swap].n, [(e := of[name][swap], e.low > 0 or e.high < 0) for name in names if swap in of[name]])
        for swap in swaps
    ]


def _shown(run: Run, suite: str, read_closed: bool) -> list[Shown]:
    cards = run.cards[suite]
    items = [item for item in run.of(suite) if item.status is Status.SCORED]
    items = [item for item in items if read_closed or not item.closed]
    return [_one(item, cards) for item in sorted(items, key=lambda item: figures.badness(item, cards))]


def _one(item: Item, cards: Sequence[Card]) -> Shown:
    failed = tuple(
        (card, item.outcomes[card.name].reasons)
        for card in cards
        if card.name in item.outcomes and item.outcomes[card.name].passed is False
    )
    compared = item.ledger or item.suite == "rewrite"
    made = item.made.split("\n\nSay: ")[0]
    return Shown(item, failed, pieces(item.given, made) if compared and failed else (), is_clean(item, cards))


def _totals(run: Run, suites: Mapping[str, SuiteFigures]) -> dict[str, Any]:
    return {
        "seconds": sum(of.seconds for of in suites.values()),
        "completion": sum(of.completion for of in suites.values()),
        "prompt": sum(item.spent.prompt for item in run.items),
        "cached": sum(item.spent.cached for item in run.items),
        "calls": sum(item.spent.calls for item in run.items),
        "reused": sum(of.reused for of in suites.values()),
        "unscored": sum(len(of.unscored) for of in suites.values()),
        "errors": sum(len(of.errors) for of in suites.values()),
    }
