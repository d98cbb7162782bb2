"""Figures with their uncertainty. Knows numbers only; nothing of drafts or models."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


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


def share(hits: int, n: int, z: float = Z95) -> Share:
    """Return ``hits`` of ``n`` with its Wilson score interval; NaN throughout when n is 0."""
    if n < 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is not a share")
    if n == 0:
        nan = float("nan")
        return Share(0, 0, nan, nan, nan)
    p, weight = hits / n, z * z / n
    centre = (p + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(p * (1 - p) / n + weight / (4 * n))
    # At the edges the formula is exact up to rounding; the interval must still hold the share itself.
    return Share(hits, n, p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)))
