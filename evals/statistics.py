"""Figures with their uncertainty. Knows numbers only; nothing of drafts or models.

Items of one situation are no independent witnesses: every interval here is taken between situations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, isnan, sqrt
from statistics import NormalDist

from scipy import stats

Z95 = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``n`` with the 95 % Wilson interval, which holds for small n and for 0 and n."""

    hits: int
    n: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if not self.n:
            return "0 of 0"
        return f"{self.hits} of {self.n} ({self.value:.0%}, plausibly {self.low:.0%} to {self.high:.0%})"


def share(hits: int, n: int) -> Share:
    """Return ``hits`` of ``n`` with its Wilson score interval; NaN throughout when n is 0."""
    if n < 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is not a share")
    if n == 0:
        nan = float("nan")
        return Share(0, 0, nan, nan, nan)
    p = hits / n
    return Share(hits, n, p, *_wilson(p, n))


# -- figures over items that come in clusters ------------------------------------------------------


class Claim(StrEnum):
    """What a comparison may say."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval over ``n`` items in ``clusters`` situations. NaN where n is 0."""

    value: float
    low: float
    high: float
    n: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences (after minus before) with its interval and what may be claimed.

    ``moved`` counts the items that differ at all. ``needed`` is how many items a study of this spread takes to see
    a difference of this size four times out of five; None where there is no difference to see.
    """

    value: float
    low: float
    high: float
    p: float
    n: int
    clusters: int
    moved: int
    claim: Claim
    needed: int | None


def rate(passed: Sequence[bool], clusters: Sequence[Hashable]) -> Estimate:
    """Return the share that passed, with a Wilson interval for as many items as the clusters are worth.

    Items of one situation are alike, so they count for less than as many strangers. Where all passed or none
    did, their likeness cannot be seen and each situation counts once.
    """
    n, groups = len(passed), len(set(clusters))
    if n == 0:
        return Estimate(NAN, NAN, NAN, 0, 0)
    p = sum(passed) / n
    simple = p * (1 - p) / n
    worth = n / max(1.0, _variance([float(x) for x in passed], clusters) / simple) if simple else float(groups)
    low, high = _wilson(p, worth)
    return Estimate(p, low, high, n, groups)


def mean(values: Sequence[float], clusters: Sequence[Hashable]) -> Estimate:
    """Return the mean with a t interval whose error is taken between clusters."""
    n, groups = len(values), len(set(clusters))
    if n == 0:
        return Estimate(NAN, NAN, NAN, 0, 0)
    middle = sum(values) / n
    if groups < 2:
        return Estimate(middle, NAN, NAN, n, groups)
    half = _t(groups) * sqrt(_variance(values, clusters))
    return Estimate(middle, middle - half, middle + half, n, groups)


def paired(
    before: Sequence[float], after: Sequence[float], clusters: Sequence[Hashable], *, binary: bool
) -> Difference:
    """Compare two runs of the same items, ``after`` minus ``before``; higher is better.

    With ``binary`` outcomes one item that got better and one that got worse are added before the interval is
    taken (Bonett and Price), so that no change at all is not mistaken for certainty.
    """
    changes = [b - a for a, b in zip(before, after, strict=True)]
    n, moved = len(changes), sum(abs(change) > 1e-12 for change in changes)
    if n == 0:
        return Difference(NAN, NAN, NAN, NAN, 0, 0, 0, Claim.UNDECIDED, None)
    value = sum(changes) / n
    seen, groups = [*changes], [("item", c) for c in clusters]
    if binary:
        seen, groups = [*seen, 1.0, -1.0], [*groups, ("added", 1), ("added", 2)]
    count = len(set(groups))
    if count < 2:
        return Difference(value, NAN, NAN, NAN, n, count, moved, Claim.UNDECIDED, None)
    middle, error = sum(seen) / len(seen), sqrt(_variance(seen, groups))
    half = _t(count) * error
    low, high = middle - half, middle + half
    p = 2 * float(stats.t.sf(abs(middle) / error, count - 1)) if error else (1.0 if middle == 0 else 0.0)
    claim = Claim.BETTER if low > 0 else Claim.WORSE if high < 0 else Claim.UNDECIDED
    spread = error * sqrt(len(seen))
    real = len(set(clusters))
    return Difference(value, low, high, p, n, real, moved, claim, needed(value, spread) if moved else None)


POWER = 0.8
DISAGREE = 0.25
"""The share of items on which two versions are taken to disagree while nothing is known yet."""


def detectable(n: int, disagree: float = DISAGREE) -> float:
    """Return the smallest difference of shares that ``n`` paired items show four times out of five."""
    return (Z95 + NormalDist().inv_cdf(POWER)) * sqrt(disagree / n) if n else NAN


def needed(difference: float, spread: float) -> int | None:
    """Return how many paired items show ``difference`` four times out of five, at this spread of the changes."""
    if abs(difference) < 1e-9:
        return None
    return ceil(((Z95 + NormalDist().inv_cdf(POWER)) * spread / difference) ** 2)


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for having been looked at together (Holm); NaN stays NaN."""
    known = sorted((p, at) for at, p in enumerate(values) if not isnan(p))
    corrected, highest = list(values), 0.0
    for rank, (p, at) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[at] = highest
    return corrected


def _wilson(p: float, n: float) -> tuple[float, float]:
    """Return Wilson's score interval; rounding must not push the share itself out of it."""
    weight = Z95 * Z95 / n
    centre = (p + weight / 2) / (1 + weight)
    half = Z95 / (1 + weight) * sqrt(p * (1 - p) / n + weight / (4 * n))
    return min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))


def _variance(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """Return the variance of the mean when values of one cluster move together."""
    middle = sum(values) / len(values)
    sums: dict[Hashable, float] = defaultdict(float)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - middle
    groups = len(sums)
    return groups / (groups - 1) * sum(s * s for s in sums.values()) / len(values) ** 2 if groups > 1 else 0.0


def _t(clusters: int) -> float:
    return float(stats.t.ppf(0.975, clusters - 1))


# -- two judges of the same things -----------------------------------------------------------------


def kappa(pairs: Sequence[tuple[bool, bool]], clusters: Sequence[Hashable]) -> Estimate:
    """Return Cohen's kappa of two judges' yes and no, with a range that also holds for few and for perfect answers.

    The range is Donner and Eliasziw's (1992): every kappa under which the counts are no surprise. Answers on one
    situation count once. NaN where both always said the same one thing: chance alone explains that.
    """
    n, groups = len(pairs), len(set(clusters))
    both, none = sum(a and b for a, b in pairs), sum(not a and not b for a, b in pairs)
    if n in (0, both, none):
        return Estimate(NAN, NAN, NAN, n, groups)
    agreed = (both + none) / n
    first, second = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    value = (agreed - chance) / (1 - chance) if chance < 1 else NAN
    weight = groups / n
    counts = (both * weight, (n - both - none) * weight, none * weight)
    likely = [k / _STEPS for k in range(-_STEPS, _STEPS + 1) if _surprise(counts, k / _STEPS) <= Z95 * Z95]
    low, high = (min(likely), max(likely)) if likely else (value, value)
    return Estimate(value, min(low, value), max(high, value), n, groups)


_STEPS = 200


def _surprise(counts: tuple[float, float, float], k: float) -> float:
    """Return the chi-square of counts of yes-yes, differing and no-no, were ``k`` the kappa."""
    n = sum(counts)
    yes = (2 * counts[0] + counts[1]) / (2 * n)
    spread = yes * (1 - yes)
    expected = (yes * yes + spread * k, 2 * spread * (1 - k), (1 - yes) ** 2 + spread * k)
    if any(share < -1e-9 for share in expected):
        return float("inf")
    return sum((c - n * e) ** 2 / (n * e) if e > 1e-9 else (0.0 if c < 1e-9 else float("inf"))
               for c, e in zip(counts, expected, strict=True))  # fmt: skip
