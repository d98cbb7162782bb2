"""Scores for short texts, learned from worked ones. Knows vectors, words and regression; not what is scored.

``TextRidge`` weighs three views of a text together: its meaning (a sentence embedding), its form (patterns
that the caller names), and its words and pairs of words (tf-idf). The weights are a ridge regression (Hoerl
and Kennard, 1970) in its dual form, solved when the worked texts are given: there is nothing to train.
``NearRidge`` is the same with a kernel, for callers who bring their own columns; what it solved can be kept
(``kept_vectors``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Any]
"""Turns n texts into n unit vectors."""

FORM_WEIGHT = 0.35


class Words:
    """Words and pairs of words as tf-idf rows of unit length, over those that stand in two worked texts or more."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._weight = _inverse_frequencies(texts)
        self._place = {term: at for at, term in enumerate(self._weight)}

    def rows(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text."""
        rows = np.zeros((len(texts), len(self._place)))
        for at, text in enumerate(texts):
            for term in _terms(text) & self._place.keys():
                rows[at, self._place[term]] = self._weight[term]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Matrix = rows / np.where(lengths == 0, 1.0, lengths)
        return unit


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved regression over n worked texts, m columns and k targets: what it takes to score another text."""

    dual: Matrix
    """(n, k): the weight of each worked text."""
    weights: Matrix
    """(m, k): the weight of each column."""
    mean: Matrix
    unseen: Matrix
    """(n, k): the score of each worked text by a regression that has not seen it (leave one out, in closed form)."""


class NearRidge:
    """Kernel ridge regression (Saunders and others, 1998) over columns and, with a Gaussian, over unit vectors.

    ``vectors`` may have no columns at all, where there is no embedding model.
    """

    def __init__(self, solution: Solution, vectors: Matrix, *, reach: float, width: float) -> None:
        self._reach, self._width = reach, width
        self._known = vectors
        self._solution = solution

    @staticmethod
    def solve(
        rows: Matrix, vectors: Matrix, targets: Matrix, *, ridge: float | Matrix = 1.0, reach: float, width: float
    ) -> Solution:
        """Return the regression of n worked texts, in seconds for thousands; ``ridge`` may differ from text to text."""
        from scipy import linalg, sparse  # a fifth of a second to import, for what is mostly kept already

        mean = targets.mean(axis=0)
        wide = sparse.csr_array(rows)  # two of a thousand columns are not zero
        gram = _near(vectors, vectors, reach, width) + (wide @ wide.T).toarray()
        gram[np.diag_indices_from(gram)] += ridge
        factor = linalg.cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
        dual: Matrix = linalg.cho_solve((factor, True), targets - mean, check_finite=False)
        inverse, failed = linalg.lapack.dpotri(factor, lower=True, overwrite_c=True)
        assert not failed, "a ridge makes every gram matrix positive"
        return Solution(dual, rows.T @ dual, mean, targets - dual / np.diag(inverse)[:, None])

    @property
    def unseen(self) -> Matrix:
        """The score of each worked text by a regression that has not seen it."""
        return self._solution.unseen

    def scores(self, rows: Matrix, vectors: Matrix) -> Matrix:
        """Return an array of shape (number of rows, k)."""
        held = self._solution
        near = _near(vectors, self._known, self._reach, self._width)
        scores: Matrix = rows @ held.weights + near @ held.dual + held.mean
        return scores


def _near(left: Matrix, right: Matrix, reach: float, width: float) -> Matrix:
    """Return how near each unit vector of ``left`` is to each of ``right``, as a Gaussian kernel has it."""
    if not right.shape[1]:
        return np.zeros((len(left), len(right)))
    near: Matrix = reach * np.exp(-width * (2.0 - 2.0 * left @ right.T))
    return near


class TextRidge:
    """Maps n texts to an array of shape (n, k): a score for each of the k columns of ``targets``.

    ``embed`` may be None, where there is no embedding model; form and words decide then. ``vectors`` are
    those of ``texts``, where they are known already.
    """

    def __init__(
        self,
        texts: Sequence[str],
        targets: Matrix,
        embed: Embed | None,
        *,
        form: Sequence[re.Pattern[str]] = (),
        ridge: float = 1.0,
        vectors: Matrix | None = None,
    ) -> None:
        self._embed = embed
        self._form = tuple(form)
        self._words = Words(texts)
        rows = self._rows(texts, vectors)
        self._mean = targets.mean(axis=0)
        gram = rows @ rows.T + ridge * np.eye(len(rows))  # the dual form: fewer texts than columns
        self._weights = rows.T @ np.linalg.solve(gram, targets - self._mean)

    def scores(self, texts: Sequence[str]) -> Matrix:
        """Return an array of shape (len(texts), k)."""
        if not texts:
            return np.zeros((0, len(self._mean)))
        scores: Matrix = self._rows(texts, None) @ self._weights + self._mean
        return scores

    def _rows(self, texts: Sequence[str], vectors: Matrix | None) -> Matrix:
        columns = [self._words.rows(texts)]
        if self._form:
            columns.append(np.array([[FORM_WEIGHT * bool(f.search(t)) for f in self._form] for t in texts]))
        if self._embed is not None:
            given = vectors if vectors is not None else self._embed(list(texts))
            columns.append(np.asarray(given, dtype=np.float64))
        return np.hstack(columns)


def _terms(text: str) -> set[str]:
    words = ["<", *re.findall(r"\w+|[?!]", text.lower()), ">"]
    return {*words, *(f"{a} {b}" for a, b in pairwise(words))}


def _inverse_frequencies(texts: Sequence[str]) -> dict[str, float]:
    found = Counter(term for text in texts for term in sorted(_terms(text)))
    return {term: float(np.log(len(texts) / n)) for term, n in found.items() if n >= 2}
