"""Search by words: BM25 over rough stems, and a corrector of typing errors.

Knows texts by an id and returns a number for each. Knows nothing of meaning, passages or vectors.
Everything is made in memory when the library is opened: milliseconds for hundreds of passages.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_MOST_WORDS: Final = 400
"""Words of a question that are looked at; nobody asks with more, and a pasted book must not take seconds."""


class Words:
    """BM25 over texts: for each, how much of a question's words it has, 0 where it shares none."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        self._index: Any = None
        cut = [stems(text) for text in texts]
        self._weight = _weights(cut)
        if any(cut):
            import bm25s

            self._index = bm25s.BM25()
            self._index.index(cut, show_progress=False)

    def scores(self, question: str) -> Scores:
        """Return one score per text as a share of what the question's words are worth together."""
        asked = stems(question)[:_MOST_WORDS]
        known = [stem for stem in asked if stem in self._weight]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        worth = sum(self._weight.get(stem, self._unknown) for stem in set(asked))
        found: Scores = np.asarray(self._index.get_scores(known), dtype=np.float32) / np.float32(worth)
        return found

    def coverage(self, question: str) -> float:
        """Return how much of what a question's words are worth stands anywhere in the texts, 0 to 1."""
        asked = set(stems(question)[:_MOST_WORDS])
        worth = sum(self._weight.get(stem, self._unknown) for stem in asked)
        return sum(self._weight.get(stem, 0.0) for stem in asked) / worth if worth else 0.0

    @property
    def _unknown(self) -> float:
        """What a word that no text has is worth: as much as the rarest."""
        return math.log(1 + 2 * (self._size + 0.5))


class Spelling:
    """Corrects typing errors towards the words of the library; a word it knows is left as it is."""

    def __init__(self, texts: Iterable[str], dictionary: Iterable[str] = ()) -> None:
        """``dictionary`` holds further words that are right; without it only close misses are corrected."""
        counted = Counter(word for text in texts for word in _WORD.findall(text.lower().replace("’", "'")))
        self._counted = {word: n for word, n in counted.items() if word.isalpha() and len(word) >= _SHORTEST}
        self._right = frozenset(dictionary) | counted.keys()
        self._has_dictionary = len(self._right) > len(counted)
        self._near: dict[str, list[str]] = defaultdict(list)
        for word in self._counted:
            for less in _without_a_letter(word):
                self._near[less].append(word)

    def corrected(self, question: str) -> str:
        """Return the question with each unknown word replaced by the word of the library it is one slip from."""
        left = _MOST_WORDS

        def better(match: re.Match[str]) -> str:
            nonlocal left
            left -= 1
            return self._better(match[0]) if left >= 0 else match[0]

        return _WORD.sub(better, question)

    def _better(self, word: str) -> str:
        low = word.lower().replace("’", "'")
        if len(low) < _SHORTEST or len(low) > _LONGEST or not low.isalpha() or low in self._right:
            return word
        if _stem(low) in self._right or low.isascii() is False:
            return word
        if word.isupper() or (word[0].isupper() and not self._has_dictionary):
            return word  # an abbreviation or a name
        close = {w for less in _without_a_letter(low) for w in self._near.get(less, ())}
        slips = {w: _slips(low, w) for w in close}
        most = 2 if len(low) >= _LONG and self._has_dictionary else 1
        near = [w for w, n in slips.items() if n <= most]
        return min(near, key=lambda w: (slips[w], w[0] != low[0], -self._counted[w], w)) if near else word


_SHORTEST: Final = 4
_LONGEST: Final = 24
_LONG: Final = 7
"""From this length on two slips are corrected."""


def _without_a_letter(word: str) -> set[str]:
    """Return the word and every word that is left when one letter is taken out of it."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _slips(one: str, other: str) -> int:
    """Count the slips between two words: a letter more, less, another, or two swapped (Damerau, 1964)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def stems(text: str) -> list[str]:
    """Cut a text into rough word stems, without the words that every text has."""
    plain = _ONE_ON_ONE.sub(" oneonone ", text.lower().replace("’", "'"))
    words = (word.partition("'")[0] for word in _WORD.findall(plain))
    return [_stem(_SAME.get(word, word)) for word in words if word not in _COMMON]


@lru_cache(maxsize=20_000)  # a library says the same few thousand words over and over
def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ied", "ies", "ed", "es", "s", "ly", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _single(word[: -len(ending)])
    return word


def _single(word: str) -> str:
    """Take back the doubling before an ending: stopp(ed) is stop."""
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeious" else word


def _weights(cut: Sequence[Sequence[str]]) -> Mapping[str, float]:
    found = Counter(stem for text in cut for stem in set(text))
    return {stem: math.log(1 + (len(cut) - n + 0.5) / (n + 0.5)) for stem, n in found.items()}


_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        """a about after again all also am an and any are as at be because been but by can could did do does doing
    don for from get gets getting got had has have having he her hers him his how i if in into is isn it its just
    let me my no not now of on or our out she should so some t s than that the their them then there these they
    thing things this those to too up us very was we were what when where which while who why will with would you
    your yours""",
    )
)

_ONE_ON_ONE: Final = re.compile(r"\b(?:one|1)(?:[\s-]?(?:on|to)[\s-]?|[:-])(?:one|1)(?:'?s)?\b")

_SAME: Final = {
    form: base
    for base, forms in {
        # irregular forms
        "tell": "told",
        "say": "said",
        "keep": "kept",
        "go": "went gone goes",
        "give": "gave given",
        "take": "took taken",
        "make": "made",
        "come": "came",
        "leave": "left",
        "feel": "felt",
        "think": "thought",
        "know": "knew known",
        "break": "broke broken",
        "write": "wrote written",
        "speak": "spoke spoken",
        "forget": "forgot forgotten",
        "fall": "fell fallen",
        "lose": "lost",
        "find": "found",
        "hear": "heard",
        "see": "saw seen",
        "meet": "met",
        "mean": "meant",
        "begin": "began begun",
        "become": "became",
        "blame": "blaming",
        "promise": "promising",
        "child": "children",
        "fight": "fought",
        "grow": "grew grown growth",
        "hold": "held",
        "choose": "chose chosen choice",
        "do": "done",
        "show": "shown",
        "agree": "agreement agreements",
        "decide": "decision decisions",
        "late": "lateness",
        # one word for what people at work call by several
        "employee": "employees staff worker workers subordinate subordinates workforce",
        "boss": "bosses manager managers supervisor supervisors superior superiors chief",
        "behaviour": "behavior behaviors behaviours",
        "person": "people persons somebody someone",
        "hr": "personnel",
        "criticism": "criticise criticize criticised criticized critique critical",
        "praise": "compliment compliments complimented recognition",
        "dismiss": "dismissal fire fired firing sack sacked terminate termination",
        "pay": "salary salaries wage wages raise payslip",
        "review": "appraisal appraisals appraise",
        "cry": "cries cried crying tears weep weeps weeping wept sob sobbing",
        "delegate": "delegation delegating",
        "motivate": "motivation demotivated unmotivated",
        "micromanage": "micromanaging micromanagement micromanager",
        "pip": "pips",
    }.items()
    for form in forms.split()
}
