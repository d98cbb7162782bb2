"""How good a passage is for a question, and whether the library covers the question at all. Numbers only.

Knows similarities and word scores. Knows nothing of texts, files or where vectors are kept. Whether a
question is covered is learnt when the library is opened, from the library itself: the lines that say
when a passage is of use, each held out in turn, against lines on subjects that it does not cover. So it
holds for other passages and for another embedder too, without a number that was tuned by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

REPEATED: Final = 0.3
WORDS: Final = 0.6
NAMED: Final = 0.4
LIKELY: Final = 0.015
"""What counts beside a passage's nearest row: that other rows are near too, shared words, its school being named,
and how likely somebody who means it asks like that.

Chosen on the train and dev questions of evals/datasets/knowledge_v1.jsonl; neighbouring values do about as well.
"""

_EVEN: Final = 0.6
"""How much of a spread that is the same in every direction is mixed into the one that was found."""
_RIDGE: Final = 3.0
_MOST: Final = 2000
"""Lines that are learnt from; more make the start slower and nothing better."""
_STEPS: Final = 30
_SHRINK: Final = 1.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for each of some passages: four arrays, a place for each passage."""

    best: Floats
    """Similarity of the row (its text, or a way to ask for it) that is nearest to the question."""
    repeated: Floats
    """Mean similarity of the third and fourth: one near row may be chance, several are not."""
    words: Floats
    """Its share of what the question's words are worth."""
    named: Floats
    """1 where the question names its framework ("COIN"), which a vector hardly sees."""
    likely: Floats
    """How likely the question is among the ways to ask for it, as a logarithm; only differences mean anything."""


def scores(signs: Signs) -> Floats:
    """Return one score per passage."""
    total: Floats = (
        signs.best + REPEATED * signs.repeated + WORDS * signs.words + NAMED * signs.named + LIKELY * signs.likely
    )
    return total


def near(alike: Floats, counts: Sequence[int]) -> tuple[Floats, Floats]:
    """Return how near each passage's nearest row is, and the mean of its third and fourth (or the last it has).

    ``alike`` holds the similarity of every row, those of a passage side by side; ``counts`` how many each has.
    """
    have = np.asarray(counts)
    padded = np.full((len(have), max(4, have.max())), -np.inf, dtype=np.float32)
    padded[np.arange(padded.shape[1]) < have[:, None]] = alike
    padded = -np.sort(-padded, axis=1)
    place = np.arange(len(have))
    third, fourth = (padded[place, np.minimum(have - 1, at)] for at in (2, 3))
    return padded[:, 0], (third + fourth) / 2


class Askers:
    """How people ask for each passage: a normal distribution of its rows, with one spread for all passages.

    What varies among the ways to ask for one passage (the trade, the tone, who speaks) counts little in a
    question; what tells passages apart counts much. Linear discriminant analysis (Fisher, 1936), in closed form.
    """

    def __init__(self, rows: Floats, ends: Sequence[int]) -> None:
        """``rows`` are unit vectors, those of a passage side by side; ``ends`` says where each passage's end."""
        counts = np.diff([0, *ends])
        lines = np.asarray(rows, dtype=np.float64)
        centre = lines.mean(axis=0)
        starts = np.array([0, *ends[:-1]])
        means = np.add.reduceat(lines, starts, axis=0) / counts[:, None]
        apart = lines - np.repeat(means, counts, axis=0)
        spread = apart.T @ apart / len(lines)
        size = np.trace(spread) / len(spread)
        self._towards: NDArray[np.float64] | None = None
        if size > 0:  # some passage has more than one row
            inverse = np.linalg.inv(spread + _EVEN * size * np.eye(len(spread)))
            # Few rows say little about where the others would be, so such a passage is drawn to the middle of all.
            means = centre + (means - centre) * (counts / (counts + 1))[:, None]
            self._towards = means @ inverse
            self._constant = -0.5 * np.einsum("ij,ij->i", self._towards, means)

    def likely(self, questions: Floats, places: Sequence[int]) -> Floats:
        """Return, for each place, the logarithm of how likely the best of some wordings is there, less a constant."""
        if self._towards is None:
            return np.zeros(len(places), dtype=np.float32)
        told = questions @ self._towards[places].T + self._constant[places]
        found: Floats = told.max(axis=0).astype(np.float32)
        return found


class Subject:
    """Tells questions that a library covers from others, by lines of both sorts."""

    def __init__(self, inside: Floats, outside: Floats) -> None:
        """Learn from unit vectors: questions the library answers, and lines on what it does not cover."""
        inside, outside = _some(inside), _some(outside)
        self._outside = outside
        lines = np.vstack([inside, outside]).astype(np.float64)
        is_inside = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
        weight = np.where(is_inside == 1, 0.5 / len(inside), 0.5 / len(outside)) * len(lines)
        self._direction, self._mean, held_out = _ridge(lines, is_inside, weight)
        near_in, near_out = lines @ lines[is_inside == 1].T, lines @ lines[is_inside == 0].T
        _leave_out(near_in, is_inside == 1)
        _leave_out(near_out, is_inside == 0)
        features = np.column_stack([near_in.max(axis=1), near_out.max(axis=1), held_out])
        self._centre, self._spread = features.mean(axis=0), features.std(axis=0)
        self._weights = _logistic((features - self._centre) / self._spread, is_inside, weight)

    def belief(self, question: Floats, best: float) -> float:
        """Return how likely a question is covered, 0 to 1; ``best`` is its similarity to the nearest row."""
        line = question.astype(np.float64)
        seen = np.array([best, (self._outside @ question).max(), (line - self._mean) @ self._direction])
        terms = np.r_[(seen - self._centre) / self._spread, 1.0]
        return float(1 / (1 + np.exp(-terms @ self._weights)))


def _some(lines: Floats) -> Floats:
    if len(lines) <= _MOST:
        return np.asarray(lines)
    kept = np.random.default_rng(7).choice(len(lines), _MOST, replace=False)
    return np.asarray(lines)[np.sort(kept)]


def _leave_out(near: NDArray[np.float64], own: NDArray[np.bool_]) -> None:
    """Take out each line's similarity to itself."""
    near[np.flatnonzero(own), np.arange(near.shape[1])] = -1.0


def _ridge(
    lines: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return a direction, its origin, and what it says of each line when fitted without that line.

    Weighted ridge regression; the held-out values are exact and come from the same solution.
    """
    mean = np.average(lines, axis=0, weights=weight)
    centred = lines - mean
    aim = target - np.average(target, weights=weight)
    inverse = np.linalg.inv((centred * weight[:, None]).T @ centred + _RIDGE * np.eye(lines.shape[1]))
    direction = inverse @ (centred * weight[:, None]).T @ aim
    leverage = weight * np.einsum("ij,ij->i", centred @ inverse, centred)
    held_out = (centred @ direction - leverage * aim) / (1 - leverage)
    return direction, mean, held_out


def _logistic(
    features: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of a logistic regression, the constant last (Newton's method)."""
    rows = np.column_stack([features, np.ones(len(features))])
    weights = np.zeros(rows.shape[1])
    shrink = np.diag([*[_SHRINK] * features.shape[1], 0.0])
    for _ in range(_STEPS):
        told = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (weight * (target - told)) - shrink @ weights
        bend = (rows * (weight * told * (1 - told))[:, None]).T @ rows + shrink
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights
