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
    """A passage, the passage of another source most like it, and the share of its words that the source has too."""

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
        """Return, for each passage that has one, the source that says the same; an older version is no twin."""
        return tuple(twin for passage in passages if (twin := self._twin(passage, apart_from)))

    def _twin(self, passage: Passage, apart_from: str) -> Twin | None:
        # By source, not by passage: the same text may be cut in other places there.
        runs = _runs(passage.text)
        having = [[id_ for id_ in self._having.get(run, ()) if _source(id_) != apart_from] for run in runs]
        shared = Counter(source for ids in having for source in {_source(id_) for id_ in ids})
        if not shared:
            return None
        source, count = shared.most_common(1)[0]
        share = count / len(runs)
        best = Counter(id_ for ids in having for id_ in ids if _source(id_) == source).most_common(1)[0][0]
        return Twin(passage.id, best, share) if share >= _ALIKE else None


def _source(id_: str) -> str:
    return id_.partition("#")[0]


def _runs(text: str) -> set[int]:
    words = re.findall(r"\w+", text.lower())
    size = min(_RUN, len(words))
    return {hash(tuple(words[at : at + size])) for at in range(len(words) - size + 1)} if size else set()
