"""Cuts sentences that are too long to be said in one breath, where a clause begins that can stand alone.

Knows the surface of English clauses. Nothing here adds or removes a fact; a deed gets the subject it had.
"""

from __future__ import annotations

import re

from assistant.rewriting import wording
from assistant.rewriting.asides import PAST
from assistant.rewriting.employee import without_quotes

SENTENCE_WORDS = 20
_LEAST = 3
"""Words that a part must have."""

_VERB = rf"(?:(?:was|were|is|are|has|have|did|do|does|can|could|will|would)(?:n['’]t)?|hadn['’]t|{PAST})\b"
_HAS_VERB = re.compile(rf"\b(?:{_VERB}|(?:i|you|we|they|he|she|it|there)\b)", re.IGNORECASE)
_WAITS = re.compile(
    r"\W*(?:when|whenever|while|if|after|before|because|since|as|although|though|until|once|unless)\b", re.I
)
# "before the round we" tells when; "before you press it" opens no clause of its own.
_WHEN_FIRST = (
    r"(?:(?:(?:on|at|in|by|this|last|yesterday|today|(?:after|before)(?!\s+(?:you|i|we|it|they|he|she)\b))\b"
    r"[^,.;:]{0,25}?|then)\s+)?"
)
_COUNTED = (
    r"the|your|our|my|a|an|one|two|three|four|five|six|seven|eight|nine|ten|some|both|each|every|all|this|"
    r"many|no|\d+"
)
_BREAK = re.compile(
    r"(?:[,;]?\s+(?:and|but|so|because)\s+|;\s+|,\s+)"
    rf"(?P<subject>{_WHEN_FIRST}(?:you|i|we|it|they|he|she|there|nobody|no one)\s+|"
    rf"{_WHEN_FIRST}(?:{_COUNTED}|(?-i:[A-Z][a-z]+))\s+(?:(?!and\b|or\b|but\b)[\w'’-]+,?\s+){{0,4}}?(?={_VERB})|"
    rf"(?<=and )[\w'-]+\s+(?:[\w'-]+\s+)?(?=(?:was|were|is|are|has|had|have|did|got|went|came|gave|took|left|lost)\b))"
    r"(?=\w)",
    re.IGNORECASE,
)
_CONJOINED = re.compile(r",?\s+(?:and|but|so|because)\b", re.IGNORECASE)
_OPENED = re.compile(rf"(?:[^,.;:]{{0,40}}?\s)?(?P<subject>you|i|we)\s+(?={_VERB})", re.IGNORECASE)
# A deed is one only where it does something to something: "left open and unlocked" is none.
_NEXT_DEED = re.compile(
    rf"(?:,\s+(?:and\s+)?(?:then\s+)?|\s+and\s+)(?=(?:{PAST})\s+(?:{_COUNTED}|us|me|it|him|her|them|their|his)\b)",
    re.IGNORECASE,
)
_ANOTHER_SUBJECT = re.compile(r"\b(?:i|you|we|he|she|they|it|that|which|who|when|because|while|if)\b", re.IGNORECASE)


def shorter(line: str) -> list[str]:
    """Return a sentence of more than 20 words as several, cut where a new clause begins."""
    if len(wording.words(line)) <= SENTENCE_WORDS:
        return [line]
    cuts = _cuts(line) or _shared_cuts(line)
    if not cuts:
        return [line]
    head, tail = min(cuts, key=lambda cut: abs(len(wording.words(cut[0])) - len(wording.words(cut[1]))))
    return [*shorter(wording.finish(head)), *shorter(wording.finish(tail))]


def _cuts(line: str) -> list[tuple[str, str]]:
    """Return the places where a clause with a subject of its own begins, each as what is before and after."""
    cuts = ((m.group(), line[: m.start()], line[m.start("subject") :]) for m in _BREAK.finditer(line))
    return [(head, tail) for joint, head, tail in cuts if _stands_alone(head) and _begins(joint, head, tail)]


def _begins(joint: str, head: str, tail: str) -> bool:
    """Tell whether the second part of a sentence is a clause of its own, and loses nothing by standing alone."""
    if len(wording.words(tail)) < _LEAST:
        return False
    if re.search(r"\d\W*$", head) and re.match(r"\d", tail):  # "episodes 3 and 4 came late"
        return False
    if joint.startswith(",") and not _CONJOINED.match(joint):  # "On the 4th, out of 60 files, 13 were wrong"
        return _HAS_VERB.search(head.rpartition(",")[2]) is not None
    return not ("because" in joint.lower() and _NEXT_DEED.search(tail))


def _shared_cuts(line: str) -> list[tuple[str, str]]:
    """Return the places where the one who opens the sentence does the next thing ("you locked up, took the key")."""
    opened = _OPENED.match(line)
    if not opened:
        return []
    found = ((line[: m.start()], f"{opened['subject']} {line[m.end() :]}") for m in _NEXT_DEED.finditer(line))
    return [
        (head, tail)
        for head, tail in found
        if _stands_alone(head) and not _ANOTHER_SUBJECT.search(without_quotes(head[opened.end() :]))
    ]


def _stands_alone(head: str) -> bool:
    """Tell whether the first part of a sentence is one: it has a verb, ends no quotation early, waits for nothing."""
    if len(wording.words(head)) < _LEAST or head.count('"') % 2 or head.count("“") > head.count("”"):
        return False
    return _HAS_VERB.search(head) is not None and not (_WAITS.match(head) and "," not in head)
