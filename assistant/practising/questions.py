"""The sentences of a spoken turn, and what kind of question each one asks, by its form alone.

Knows English question forms: open ones, closed ones, requests to tell, tags, and several questions in one
breath. Does not know what a question is about; whether it blames or advises is for ``moves``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Form(StrEnum):
    """What a sentence asks for."""

    OPEN = "open"  # an account: what happened, how, why, tell me
    CLOSED = "closed"  # yes or no, one of several, one short fact
    TAG = "tag"  # "right?", "is that correct?": asks for a nod


class Sentence(NamedTuple):
    """A sentence of a turn: ``turn[start:end]``, and the same in plain quotation marks without line breaks."""

    start: int
    end: int
    text: str


_LONGEST_UNMARKED = 12
"""Words of a question without a mark, as people type them; with a full stop it has to be shorter."""
_LONGEST_STOPPED = 5
_END = re.compile(r"(?:[.!?…]+[\"'”’)]*(?=\s|$)|[;\n]+|\s[–—-]\s)")
_SHORT = re.compile(r"(?:\b(?:mr|mrs|ms|dr|approx|e\.g|i\.e|etc|vs)|(?<![\w'’])(?-i:[A-Z]))\.$", re.IGNORECASE)
_STRAIGHT = str.maketrans("’‘ʼ`´“”„–—\u00a0", "'''''\"\"\"-- ")

_LEAD = re.compile(
    r"^(?:\W*(?:and|so|but|ok|okay|right|well|now|then|alright|all right|fine|good|great|sorry|listen|look|hmm|oh|"
    r"yes|yeah|no|honestly|please|first|again|also|before i say anything else|just|seriously|anyway|go on|"
    r"let's go back a "
    r"step|remind me|tell me)\b[,:]?\s+)+",
    re.IGNORECASE,
)
_AUX = (
    r"(?:do|does|did|don't|doesn't|didn't|are|is|was|were|am|aren't|isn't|wasn't|weren't|have|has|had|haven't|"
    r"hasn't|hadn't|can|could|can't|couldn't|will|would|won't|wouldn't|shall|should|shouldn't|may|might|must|need)"
)
_SUBJECT = (
    r"(?:i|you|u|we|he|she|they|it|that|this|there|anyone|anybody|someone|somebody|everyone|the|your|my|his|her|our|"
    r"their|all|those|these|[a-z]+)"
)
_SHORT_FACT = re.compile(
    r"^(?:how (?:many|much|long|often|old|far|late|big|soon|early)|what (?:time|date|day|number|percentage)|at what|"
    r"by (?:when|whom)|who|whose|whom|when|which|since when|where (?:were|are|is|was) (?:you|it|he|she|they|the|"
    r"that))\b",
    re.IGNORECASE,
)
_WH = re.compile(
    r"^(?:what|how|why|where|in what way|what's|whats|how's|hows|where's|how come|in which way|to what extent)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^(?:what(?:'s|s)? (?:is|are|was|were|do|does|did|would|will|can|could|should|has|have|had|happened|happens|"
    r"made|makes|"
    r"went|kept|keeps|stopped|stops|led|else|about|if|am|got|gets|changed|worries|matters|helps|held|ate|changes|comes|"
    r"goes|options|ideas|part|kind|sort)|what(?:'s|s) |how (?:is|are|was|were|do|does|did|would|will|can|could|should|"
    r"has|have|come|might|about|r)\b|how'?s |why (?:is|are|was|were|do|does|did|would|will|can|could|not|don't|didn't)|"
    rf"where (?:is|are|does|do|did|would|could|can)|(?:who|when|which)\b.{{0,25}}\b{_AUX}\b)",
    re.IGNORECASE,
)
_TELL = re.compile(
    r"\b(?:tell (?:me|us)(?! (?:by|if|whether|when you (?:know|can)|the same|today|tomorrow|as soon|at once|before|"
    r"first))|"
    r"(?:walk|talk|take|run|lead|guide) me through|talk to me about|help me (?:to )?(?:understand|see|get)|describe|"
    r"explain (?:to me|how|why|what)|give me the (?:whole |full )?(?:picture|background|story)|fill me in|"
    r"(?:i'd|i would|we'd|i) (?:really )?(?:like|love|want|be interested|be keen|be curious) to (?:hear|understand|"
    r"know|learn)|"
    r"i(?:'m| am) (?:really )?(?:curious|interested|keen to|listening|all ears|wondering)|i wonder|"
    r"say (?:a bit |a little |some |something )?more|your (?:side of|view of|take on)|let me hear|share with me|"
    r"is there (?:something|anything) (?:i should|else|you(?:'d| want| would)|on your|going|behind|that))\b",
    re.IGNORECASE,
)
_TELL_WHETHER = re.compile(r"\b(?:tell|let|confirm|know|say|wonder\w*)\b(?: \w+){0,2} (?:if|whether)\b", re.IGNORECASE)
_TAG = re.compile(
    r"^(?:(?:is|are|was|do|does|did|have|am|would|could)n?'?t? (?:that|this|it|i|you|we)(?: \w+)? ?"
    r"(?:right|correct|fair|true|clear|understood|make sense|get (?:that|it|this|you) right|got (?:that|it) right|"
    r"okay|ok|"
    r"sound (?:okay|fair|right|ok)|understand (?:that|you|it) (?:right|correctly))|"
    r"(?:right|ok|okay|yes|no|yeah|agreed|deal|clear|fair|understood|true|correct|huh|eh|innit|fair enough|got it|"
    r"make sense|see|you know|you see|hm+|really|alright|all right|and|so))\W*$",
    re.IGNORECASE,
)
_TRAILING_TAG = re.compile(
    r"[,-] (?:right|ok|okay|yes|yeah|agreed|eh|correct|deal|you know|innit|huh|alright|fair|is that (?:right|correct|"
    r"fair)|"
    r"have i got that right|did i get that right)\W*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"[^"]{1,400}"')
_JOINT = re.compile(r"(?:, (?:and |or |but |so )?| and | or )", re.IGNORECASE)
_WHEN_CLAUSE = re.compile(rf"^when (?!{_AUX}\b)", re.IGNORECASE)
_INVERTED = re.compile(rf"^{_AUX} {_SUBJECT}\b", re.IGNORECASE)


def sentences(turn: str) -> list[Sentence]:
    """Cut a turn into sentences with their places in it."""
    found, start = [], 0
    for match in (*_END.finditer(turn), None):
        end = match.end() if match else len(turn)
        if match and _SHORT.search(turn[start : match.end()].rstrip()):
            continue
        piece = turn[start:end]
        left = len(piece) - len(piece.lstrip())
        text = " ".join(piece.translate(_STRAIGHT).split())
        if re.search(r"\w", text):
            found.append(Sentence(start + left, start + len(piece.rstrip()), text))
        start = end
    return found


def forms(sentence: str) -> tuple[Form, ...]:
    """Return the form of each question that a sentence asks in one breath; empty where it asks for nothing.

    A question that is quoted is not asked.
    """
    sentence = _QUOTED.sub('"..."', sentence)
    asks = sentence.rstrip("\"') ").endswith("?")
    if asks and _TAG.match(sentence.strip()):
        return (Form.TAG,)
    parts = [_LEAD.sub("", part) for part in _JOINT.split(sentence)] if asks else []
    several = [form for part in parts if (form := _begins(part)) is not None]
    if len(several) > 1:
        return tuple(several)
    one = _single(sentence, asks)
    return () if one is None else (one,)


def asks_from_the_start(sentence: str) -> bool:
    """Whether a sentence is a question from its first word on, so that nothing is stated before it."""
    return sentence.rstrip("\"') ").endswith("?") and _begins(_LEAD.sub("", sentence)) is not None


def _single(sentence: str, asks: bool) -> Form | None:
    """Return what a sentence with one question, or none, asks for. Many people leave out the question mark."""
    if _TELL.search(sentence) and not _TELL_WHETHER.search(sentence):
        return Form.OPEN
    heads = list(_heads(sentence))
    if not asks:
        first = heads[0]
        if _ASKING.match(first) and len(first.split()) <= (
            _LONGEST_UNMARKED if first[-1:] != "." else _LONGEST_STOPPED
        ):
            return Form.CLOSED if _SHORT_FACT.match(first) else Form.OPEN
        return None
    if _TRAILING_TAG.search(sentence) and _begins(heads[0]) is None:
        return Form.TAG
    return next((form for head in heads if (form := _begins(head)) is not None), Form.CLOSED)


def _begins(part: str) -> Form | None:
    """Return the form of the question that begins here, or None where none does."""
    if _SHORT_FACT.match(part):
        return Form.CLOSED if not _WHEN_CLAUSE.match(part) else None
    if _WH.match(part):
        return Form.OPEN if len(part.split()) > 1 or part.endswith("?") else None
    return Form.CLOSED if _INVERTED.match(part) else None


def _heads(sentence: str) -> Iterator[str]:
    """Yield the places where a question may begin: the sentence itself, then what follows each comma."""
    plain = _LEAD.sub("", sentence)
    yield plain
    for part in re.split(r"[,:-] ", plain)[1:]:
        yield _LEAD.sub("", part)
