"""Whether a message is respectful, direct, not softened and speakable. Shares no code with the product.

Knows a draft, the message made of it and the evals' own patterns. What stands between quotation marks is
evidence and is not judged; what the draft says itself is not held against the message, where that is fair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evals.lexicon import CUSHIONS, HEDGES, RESIDUE, SOFTENERS, compiled
from evals.results import Outcome
from evals.text import folded, has_question_or_blank, sentences, stem, unmarked, without_blanks, words
from evals.verdicts import SAY_SENTENCE, SAY_WORDS, SPOKEN_EASE, reading_ease, without_quotes
from evals.words import CORPORATE, FUNCTION

OPENING = 3
"""A direct message has said what happened by the end of this many sentences."""
MANY_HEDGES = 1
"""One hedge is human; more hide the point."""
MANY_QUESTIONS = 3
STIFF_WORDS, STIFF = 6, 10.0
"""A sentence of so many words below this reading ease is nobody's speech, whatever stands around it."""

_RESIDUE = {category: compiled(patterns) for category, patterns in RESIDUE.items()}
_SOFTENERS, _CUSHIONS, _HEDGES = compiled(SOFTENERS), compiled(CUSHIONS), compiled(HEDGES)
_MARKUP = re.compile(r"</?[a-z][^<>]{0,80}>|\*\*|^#{1,4}\s|```|&(?:nbsp|amp|lt|gt|quot);", re.IGNORECASE | re.MULTILINE)


def _found(patterns: Sequence[re.Pattern[str]], text: str) -> Iterator[str]:
    for pattern in patterns:
        yield from (match[0] for match in pattern.finditer(text))


def _told(message: str) -> str:
    return without_blanks(without_quotes(folded(message)))


def residue(message: str) -> dict[str, list[str]]:
    """Return the words of ``message`` that judge, guess or threaten, by category; quotations are left out."""
    text = _told(message)
    found = {category: list(dict.fromkeys(_found(patterns, text))) for category, patterns in _RESIDUE.items()}
    return {category: hits for category, hits in found.items() if hits}


def respectful(message: str) -> Outcome:
    """No label, generalization, guessed motive, rumour, comparison, threat, swearing, sarcasm or stereotype."""
    reasons = [f"{category}: “{hit}”" for category, hits in residue(message).items() for hit in hits]
    return Outcome(not reasons, reasons=tuple(reasons))


def direct(draft: str, message: str) -> Outcome:
    """The point comes at once, without hedges and without more questions than a person can answer."""
    text = _told(message)
    hedges = list(_found(_HEDGES, text))
    reasons = [f"hedged: “{hit}”" for hit in hedges] if len(hedges) > MANY_HEDGES else []
    known = {stem(word) for word in words(unmarked(draft)) if word.casefold() not in FUNCTION}
    said = [s for s in sentences(message) if len(words(s)) > 2]
    near = [s for s in said[:OPENING] if known & {stem(word) for word in words(s)} or has_question_or_blank(s)]
    if not near:
        reasons.append(f"nothing of the draft in the first {OPENING} sentences")
    if (asked := message.count("?")) > MANY_QUESTIONS:
        reasons.append(f"{asked} questions")
    return Outcome(not reasons, reasons=tuple(reasons))


def as_serious(draft: str, message: str) -> Outcome:
    """Nothing makes the criticism smaller than the draft made it: no softener and no cushion that it lacks."""
    before, text = folded(unmarked(draft)).casefold(), _told(message)
    small = [hit for hit in _found(_SOFTENERS, text) if hit.casefold() not in before]
    soft = [hit for hit in _found(_CUSHIONS, text) if not _praises(before, hit)]
    reasons = [f"made smaller: “{hit}”" for hit in small] + [f"cushioned: “{hit}”" for hit in soft]
    return Outcome(not reasons, reasons=tuple(dict.fromkeys(reasons)))


def _praises(draft: str, hit: str) -> bool:
    """Whether the draft holds this praise, or most of its words."""
    mine = [word for word in words(hit) if word.casefold() not in FUNCTION]
    return hit.casefold() in draft or (bool(mine) and all(word.casefold() in draft for word in mine))


def speakable(say: str) -> Outcome:
    """At most 80 words, no sentence over 20, plain words, no corporate phrase and no markup."""
    reasons = []
    if (count := len(words(say))) > SAY_WORDS:
        reasons.append(f"{count} words")
    longest = max((len(words(without_quotes(s))) for s in sentences(say)), default=0)
    if longest > SAY_SENTENCE:
        reasons.append(f"a sentence of {longest} words")
    if (ease := reading_ease(say)) < SPOKEN_EASE:
        reasons.append(f"reading ease {ease:.0f}")
    stiff = [s for s in sentences(say) if len(words(s)) >= STIFF_WORDS and reading_ease(s) < STIFF]
    reasons += [f"hard words: “{s}”" for s in stiff]
    low = folded(say).casefold()
    reasons += [f"“{phrase}”" for phrase in CORPORATE if re.search(rf"\b{re.escape(phrase)}\b", low)]
    reasons += [f"markup {hit!r}" for hit in list(_found((_MARKUP,), say))[:3]]
    return Outcome(not reasons, reasons=tuple(reasons))
