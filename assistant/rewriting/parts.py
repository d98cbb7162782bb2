"""The parts of a clause between its commas and joints, and which parts of a worked clause were left out.

Knows punctuation and the joints that open a part ("like", "because", "which"). Decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from assistant.rewriting import facts, fidelity

# "like" opens a part as a likeness ("like a king"), not as a verb ("the wording I like") or a way ("like this").
_LIKENESS = (
    r"(?<!\bI)(?<!['’]d)(?<!\bto)(?<!\bwe)(?<!\byou)(?<!\bthey)(?<!would)(?<!n['’]t)(?<!\bnot)"
    r"\s+(?=like\b(?!\s+(?:this|that|these|those|I (?:said|told|asked)|we (?:said|agreed))\b)(?!\s*[.,;!?]|\s*$))"
)
_JOINT = re.compile(
    rf",\s+|\s+[–—-]\s+|[;:]\s+|{_LIKENESS}|"
    r"\s+(?=(?:and|but|because|as if|as though|while|which|instead of|just to|in order to|"
    r"so(?=\s+(?:that|i|we|you|u|he|she|they|it|the|nobody|now|my|our|your|his|her|there)\b))\b)",
    re.IGNORECASE,
)
_EDGE = " ,;:–—-"
_LEFT_OUT = 0.34
_SAID = 0.67


@dataclass(frozen=True, slots=True)
class Taught:
    """A part of a worked clause: whether it stayed in what is said of that clause."""

    text: str
    said: bool


def spans(text: str) -> list[tuple[int, int]]:
    """Return where the parts of ``text`` lie, in order; nothing of it lies outside."""
    cuts = [0, *(m.end() for m in _JOINT.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if b > a]


def words_of(text: str, span: tuple[int, int]) -> str:
    """Return a part without the commas and dashes at its edges."""
    return text[span[0] : span[1]].strip(_EDGE)


def taught(clause: str, becomes: str) -> list[Taught]:
    """Return the parts of a worked clause of several parts that were clearly said or clearly left out."""
    found = spans(clause)
    if not becomes or len(found) < 2:
        return []
    said = set(fidelity.content(becomes))
    result = []
    for span in found:
        text = words_of(clause, span)
        content = fidelity.content(text)
        share = sum(word in said for word in content) / len(content) if content else 0.5
        if share >= _SAID:
            result.append(Taught(text, said=True))
        elif share <= _LEFT_OUT and not facts.numbers(text):
            result.append(Taught(text, said=False))
    return result
