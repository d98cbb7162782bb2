"""Which passages say the same as others: exactly, or in almost all of their words.

Compares runs of words, so a changed comma or capital hides nothing. Knows nothing of meaning or vectors.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.domain import Passage

_RUN: Final = 4
_ALIKE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Twin:
    """A passage, another that says the same, and the share of its runs of words that the other has."""

    passage: str
    of: str
    share: float


class Likeness:
    """Passages by their runs of words."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._having: dict[int, list[str]] = defaultdict(list)
        self.add(passages)

    def add(self, passages: Iterable[Passage]) -> None:
        """Compare with these passages too from now on."""
        for passage in passages:
            for run in _runs(passage.text):
                self._having[run].append(passage.id)

    def twins(self, passages: Sequence[Passage], *, apart_from: str = "") -> tuple[Twin, ...]:
        """Return, for each passage that has one, the passage most like it; an older version is no twin."""
        found = []
        for passage in passages:
            runs = _runs(passage.text)
            shared = Counter(id_ for run in runs for id_ in self._having.get(run, ()) if _source(id_) != apart_from)
            for id_, count in shared.most_common(1):
                if runs and count / len(runs) >= _ALIKE:
                    found.append(Twin(passage.id, id_, count / len(runs)))
        return tuple(found)


def _source(id_: str) -> str:
    return id_.partition("#")[0]


def _runs(text: str) -> set[int]:
    words = re.findall(r"\w+", text.lower())
    size = min(_RUN, len(words))
    return {hash(tuple(words[at : at + size])) for at in range(len(words) - size + 1)} if size else set()
