"""Two runs of the same cases: what may be claimed, which items changed, and what could explain it.

A claim is made for the headline figures alone, corrected for looking at several of them. A scorer's own change is
shown to look at, without a claim. A quick run may report breakage, never that something got better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan

from evals import figures, statistics
from evals.results import Item, Run, Status
from evals.statistics import Claim, Difference

ALPHA = 0.05
EXPLAINS = (
    "models",
    "prompts",
    "prompts_hash",
    "knowledge",
    "code",
    "versions",
    "setting",
    "framework",
    "split",
    "data",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in two runs. ``corrected`` is the p-value after correction; None for figures without a claim."""

    suite: str
    name: str
    before: float
    after: float
    difference: Difference
    claim: Claim
    corrected: float | None = None

    @property
    def headline(self) -> bool:
        """Whether a claim may be made of it."""
        return self.corrected is not None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One scorer's verdict on one item that differs between the runs. ``gained``: it passes now."""

    suite: str
    id: str
    scorer: str
    gained: bool
    decides: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from ``before`` to ``after``."""

    changes: tuple[Change, ...]
    items: tuple[ItemChange, ...]
    explains: Mapping[str, tuple[object, object]]
    common: int
    quick: bool

    @property
    def claimed(self) -> tuple[Change, ...]:
        """The headline figures."""
        return tuple(change for change in self.changes if change.headline)


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs over the cases that both have scored."""
    quick = before.quick or after.quick
    suites = [suite for suite in after.suites if suite in before.suites]
    heads = [head for suite in suites for head in _heads(before, after, suite)]
    corrected = statistics.holm([change.difference.p for change in heads])
    claimed = [_claimed(change, p, quick) for change, p in zip(heads, corrected, strict=True)]
    others = [change for suite in suites for change in _others(before, after, suite)]
    explains = {
        name: (before.facts.get(name), after.facts.get(name))
        for name in EXPLAINS
        if before.facts.get(name) != after.facts.get(name)
    }
    if before.subject != after.subject:
        explains = {"subject": (before.subject, after.subject), **explains}
    common = len({i.key for i in before.items} & {i.key for i in after.items})
    return Comparison((*claimed, *others), tuple(_items(before, after, suites)), explains, common, quick)


def _heads(before: Run, after: Run, suite: str) -> list[Change]:
    names = [figures.CLEAN]
    names += [group for group in figures.GROUPED if any(card.group == group for card in after.cards[suite])]
    return [change for name in names if (change := _change(before, after, suite, name)) is not None]


def _others(before: Run, after: Run, suite: str) -> list[Change]:
    known = {card.name for card in before.cards[suite]}
    names = [card.name for card in after.cards[suite] if card.name in known and not card.counts]
    names = [name for name in names if name not in figures.GROUPED]
    return [change for name in names if (change := _change(before, after, suite, name)) is not None]


def _change(before: Run, after: Run, suite: str, name: str) -> Change | None:
    one, two = figures.headline(before, suite, name), figures.headline(after, suite, name)
    ids = [id for id in two if id in one]
    if not ids:
        return None
    first, second = [one[id][0] for id in ids], [two[id][0] for id in ids]
    binary = name == figures.CLEAN or set(first) | set(second) <= {0.0, 1.0}
    difference = statistics.paired(first, second, [two[id][1] for id in ids], binary=binary)
    return Change(suite, name, sum(first) / len(ids), sum(second) / len(ids), difference, Claim.UNDECIDED)


def _claimed(change: Change, p: float, quick: bool) -> Change:
    claim = change.difference.claim if p < ALPHA else Claim.UNDECIDED
    if quick and claim is Claim.BETTER:
        claim = Claim.UNDECIDED
    return replace(change, claim=claim, corrected=p)


def _items(before: Run, after: Run, suites: Sequence[str]) -> list[ItemChange]:
    old = {(item.key, item.epoch): item for item in before.items if item.status is Status.SCORED}
    found = []
    for item in after.items:
        twin = old.get((item.key, item.epoch))
        if twin is not None and item.status is Status.SCORED and item.suite in suites:
            found += _verdicts(after, twin, item)
    return sorted(found, key=lambda change: (change.gained, not change.decides, change.suite, change.id))


def _verdicts(after: Run, old: Item, new: Item) -> list[ItemChange]:
    found = []
    for card in after.cards[new.suite]:
        was, now = old.outcomes.get(card.name), new.outcomes.get(card.name)
        if was and now and None not in (was.passed, now.passed) and was.passed != now.passed:
            reasons = now.reasons or was.reasons
            shown = () if new.closed else reasons
            found.append(ItemChange(new.suite, new.id, card.name, bool(now.passed), card.decides, shown))
    return found


def text(comparison: Comparison) -> str:
    """Return a comparison as lines for a terminal."""
    lines = [f"{comparison.common} cases in both runs"]
    lines += [sentence(change, quick=comparison.quick) for change in comparison.claimed]
    lost = [change for change in comparison.items if not change.gained and change.decides]
    gained = [change for change in comparison.items if change.gained and change.decides]
    lines.append(f"items: {len(lost)} verdicts lost, {len(gained)} gained (those that make an item clean)")
    lines += [f"  lost    {change.suite} {change.id}: {change.scorer}" for change in lost[:20]]
    lines += [f"  gained  {change.suite} {change.id}: {change.scorer}" for change in gained[:20]]
    for name, (was, now) in comparison.explains.items():
        lines.append(f"  differs {name}: {_short(was)} -> {_short(now)}")
    return "\n".join(lines)


def sentence(change: Change, *, quick: bool) -> str:
    """Return one headline figure with its interval and what may be said of it."""
    d = change.difference
    told = f"{change.suite} {change.name}: {change.before:.0%} -> {change.after:.0%}"
    if not d.moved:
        return f"{told} (n = {d.n}): undecided, no item moved"
    told = f"{told} ({points(d)}, n = {d.n})"
    if change.claim is not Claim.UNDECIDED:
        return f"{told}: {change.claim.value}"
    more = f"; about {d.needed:,} items would decide it" if d.needed else ""
    held = "; a quick run never claims better" if quick and d.claim is Claim.BETTER else ""
    return f"{told}: undecided{more}{held}"


def points(difference: Difference) -> str:
    """Return a difference of shares in points with its plausible range."""
    if isnan(difference.low):
        return f"{100 * difference.value:+.0f} points"
    low, high = 100 * max(-1.0, difference.low), 100 * min(1.0, difference.high)
    return f"{100 * difference.value:+.0f} points, plausibly {low:+.0f} to {high:+.0f}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
