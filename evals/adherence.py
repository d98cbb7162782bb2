"""Which elements of the chosen framework a message meets. Shares no code with the product.

Reads the framework's own file for its elements, and each element by the part of a message that it is about.
An element is met where the message has it, or asks for it: a [blank] or a question is an honest answer to what
the draft does not say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from assistant.errors import InputError
from assistant.shelf import knowledge_folder
from evals.results import Outcome
from evals.statements import stated
from evals.text import folded, sentences, stem, unmarked, words
from evals.tone import residue
from evals.words import FUNCTION


@dataclass(frozen=True, slots=True)
class Element:
    """One thing a framework asks of a message, and the part of the message it is about."""

    id: str
    asks: str
    part: str


@cache
def elements(framework: str) -> tuple[Element, ...]:
    """Return the elements of a framework. Raises InputError where there is no such framework."""
    path = knowledge_folder() / "frameworks" / f"{framework}.md"
    try:
        front = yaml.safe_load(path.read_text("utf-8").split("---")[1])
        return tuple(Element(e["id"], e["asks"], e["part"]) for e in front["elements"])
    except (OSError, IndexError, KeyError, TypeError, yaml.YAMLError) as error:
        raise InputError(f"There is no framework {framework!r} with elements.", detail=str(error)) from None


def adherence(framework: str, draft: str, message: str) -> dict[str, Outcome]:
    """Return one outcome per element, and ``framework``: the share of elements met."""
    asked, said = elements(framework), _read(message)
    met = {element.id: _TESTS[element.part](said, unmarked(draft)) for element in asked}
    found = {
        f"element.{element.id}": Outcome(met[element.id], reasons=() if met[element.id] else (element.asks,))
        for element in asked
    }
    missing = tuple(element.asks for element in asked if not met[element.id])
    return {"framework": Outcome(not missing, sum(met.values()) / len(met), missing)} | found


@dataclass(frozen=True, slots=True)
class _Said:
    message: str
    sentences: tuple[str, ...]
    blanks: str


def _read(message: str) -> _Said:
    flat = folded(message)
    return _Said(flat, tuple(sentences(flat)), " ".join(re.findall(r"\[[^\[\]\n]{0,120}\]|_{3,}", flat)).casefold())


_WHEN_ASKED = re.compile(r"\b(?:when|which (?:day|date|time|occasion|moment)|what day)\b[^.!]*\?", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:in|at|on|during|before|after|from|to|into|outside|near|by|behind|under|through|since)\s+"
    r"(?:the|your|our|my|this|that|a|an|both|bay|room|line|ward|floor|site|call|ticket|bed|house|shift|sprint|form)\b",
    re.IGNORECASE,
)
_ABOUT = r"(?:when|date|day|time|where|occasion|moment|situation|example)"
_WHAT = r"(?:what (?:you|happened|was|i|did)|behaviou?r|saw|observ|action|example|did|fact|specific|occasion)"
_EFFECT_BLANK = r"(?:effect|impact|result|follow|consequence|matter|why|meant|led|cost|changed)"
_LINKED = re.compile(
    r"\b(?:which|that|this) (?:meant|means|made|left|led|cost)|\bas a result\b|\bled to\b|\bcosts? us\b|"
    r"\bso (?:that )?(?:we|the|i|nobody|no one|they|he|she|our|two|three)\b|\bbecause of (?:that|this)\b|[$£€₹]\s?\d|"
    r"\b(?:effect|result|impact|consequence)\b",
    re.IGNORECASE,
)
"""Words that tie an effect to what was done."""
_HAPPENED = re.compile(
    r"\b(?:\w{2,}ed|was|were|had|could(?:n't)?|did|found|paid|lost|stood|sent|wrote|rang|took|got|went|came|left|made|"
    r"cost|hurt|fell|saw|told|said|kept|broke|spent|thought|felt|knew|threw|met|began|ran|ha(?:s|ve) to|can(?:not|"
    r"'t)|shows?|"
    r"means?|worry|worries)\b",
    re.IGNORECASE,
)
_NO_EFFECT = re.compile(
    r"\byou(?:r|rs|rself)?\b|^(?:\w+, )?(?:that|this|it) (?:is|was) (?:all|it|so)\b|^(?:thank|please|hi|dear|let)|"
    r"\bI (?:want|wanted|would like|'d like) to (?:talk|speak|raise|discuss|hear|understand)\b|\bagreed\b",
    re.IGNORECASE,
)
_EXPECTS = re.compile(
    r"\b(?:please|need(?:s|ed)?|expect\w*|agreed?|agreement|should|must|has to|have to|rule|standard|policy|"
    r"from now on|I (?:want|ask|would like|'d like)|I'd like|we (?:want|ask|do|use|write|keep|lock|close|start)|"
    r"is to be|are to be|let's|make sure|the plan|handbook|checklist|procedure|deadline|due|by (?:the|noon|\d|mon|tue|"
    r"wed|thu|fri|sat|sun)\w*|keep doing|do (?:that|it|this) again)\b",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r",\s+|;\s+|\b(?:and|so|but)\s+(?=(?:the|we|i|he|she|they|nobody|an?|our|it|two|three|one)\b)", re.IGNORECASE
)
_EXPECT_BLANK = r"(?:expect|standard|agree|should|needs? to|next time|want|change|request|rule)"
_NEXT = re.compile(
    r"\b(?:let's|let us|next|will|by (?:the|mon|tue|wed|thu|fri|sat|sun|noon|\d)\w*|tomorrow|can (?:you|we)|"
    r"could (?:you|"
    r"we)|what (?:will|would|do|can|could|needs?|happened|got|stopped|is|was|are)|how (?:do|can|could|would|will|did|"
    r"is|was|are)|when (?:can|will|could|would)|please|tell me|talk|meet|sit down|look at it|check|if (?:it|this|"
    r"that))\b",
    re.IGNORECASE,
)


def _asks(said: _Said, about: str) -> bool:
    if re.search(rf"\b{about}", said.blanks):
        return True
    return any(s.endswith("?") and re.search(rf"\b{about}", s, re.IGNORECASE) for s in said.sentences)


def _situation(said: _Said, draft: str) -> bool:
    told = stated(said.message)
    if told.dates or told.times or told.weekdays or told.months or told.relative:
        return True
    return bool(_WHEN_ASKED.search(said.message)) or _asks(said, _ABOUT) or _places(said, draft)


def _places(said: _Said, draft: str) -> bool:
    """A place or an occasion that stands in the draft too."""
    known = {stem(word) for word in words(draft)}
    for match in _PLACE.finditer(said.message):
        after = [w for w in words(said.message[match.end() : match.end() + 60])[:2] if w.casefold() not in FUNCTION]
        if after and stem(after[0]) in known:
            return True
    return False


def _behavior(said: _Said, draft: str) -> bool:
    known = {stem(w) for w in words(draft) if w.casefold() not in FUNCTION}
    for sentence in said.sentences:
        content = [w for w in words(sentence) if w.casefold() not in FUNCTION]
        shared = [w for w in content if stem(w) in known]
        if not sentence.endswith("?") and len(shared) >= 2 and not residue(sentence):
            return True
    return _asks(said, _WHAT)


def _impact(said: _Said, _draft: str) -> bool:
    """What happened to others or to the work: tied to the act by its words, or told in a statement without "you"."""
    told = [s for s in said.sentences if not s.endswith("?") and not residue(s)]
    followed = [part for s in told for part in _PARTS.split(s) if not _NO_EFFECT.search(part)]
    return (
        any(_LINKED.search(s) for s in told)
        or any(_HAPPENED.search(part) for part in followed)
        or _asks(said, _EFFECT_BLANK)
    )


def _expectation(said: _Said, _draft: str) -> bool:
    return any(_EXPECTS.search(s) for s in said.sentences) or _asks(said, _EXPECT_BLANK)


def _next_step(said: _Said, _draft: str) -> bool:
    return any(_NEXT.search(s) for s in said.sentences) or bool(said.blanks)


def _question(said: _Said, _draft: str) -> bool:
    return any(s.endswith("?") for s in said.sentences)


_TESTS: Mapping[str, Callable[[_Said, str], bool]] = {
    "situation": _situation,
    "behavior": _behavior,
    "impact": _impact,
    "expectation": _expectation,
    "next_step": _next_step,
    "question": _question,
}
