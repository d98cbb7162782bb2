"""Whether a message says the opposite of its draft: a "not" gained or lost. Shares no code with the product.

Compares clause with clause by the content words they share, so it sees only turned statements that stayed close
to the draft's words; what was rephrased from the ground up is for a reader.
"""

from __future__ import annotations

import re

from evals.results import Outcome
from evals.text import folded, sentences, stem, unmarked, without_blanks, words
from evals.words import FUNCTION

ALIKE = 0.6
"""The share of a clause's content words that two clauses have in common when they speak of the same thing."""
LEAST = 3
_NOT = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|fail(?:s|ed)? to|refuse[sd]? to|forgot to|"
    r"miss(?:es|ed)?|lack(?:s|ed)?|instead of|stopped|unable to|un(?:locked|signed|checked|answered|finished|paid|read|"
    r"touched|attended))\b|n't\b",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"[,;:()]\s+|\s-\s|\b(?:because|although|while|which|when|after|before|then|but)\b|"
    r"\b(?:and|so)\s+(?=(?:no one|none|you|he|she|they|we|i|it|the|an?|this|that|one|two|nobody|[a-z]+\s(?:had|has|"
    r"was|were|could|"
    r"is|are))\b)",
    re.IGNORECASE,
)
_SAME = {"fail", "refus", "forgot", "miss", "lack", "unabl"}


def polarity(draft: str, message: str) -> Outcome:
    """Whether each statement of the message is as positive or negative as its twin in the draft."""
    sources = _clauses(unmarked(draft))
    reasons = []
    for clause, content in _clauses(without_blanks(message), questions=False):
        twins = [(_overlap(content, other), text) for text, other in sources if len(other) >= 2]
        best = max((share for share, _ in twins), default=0.0)
        if best < ALIKE:
            continue
        near = {_negative(text) for share, text in twins if share >= best - 0.1}
        if _negative(clause) not in near:
            reasons.append(f"“{clause}” turns the draft round")
    return Outcome(not reasons, reasons=tuple(reasons))


def _clauses(text: str, *, questions: bool = True) -> list[tuple[str, frozenset[str]]]:
    found = []
    for sentence in sentences(folded(text)):
        if sentence.endswith("?") and not questions:
            continue
        for part in _JOINT.split(sentence):
            content = (
                frozenset(stem(word) for word in words(part) if word.casefold() not in FUNCTION or word[0].isdigit())
                - _SAME
            )
            if len(content) >= (1 if questions else LEAST):
                found.append((part.strip(), content))
    return found


def _overlap(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / max(len(one), len(two))


def _negative(text: str) -> bool:
    """Whether a clause is negative on the whole: "did not miss" is positive."""
    return len(_NOT.findall(text)) % 2 == 1
