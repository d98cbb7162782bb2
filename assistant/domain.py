"""The words of the product as frozen values. Knows nothing of models, files or screens.

Offsets are character positions in the draft, start inclusive, end exclusive, so that
``draft.text[row.start:row.end] == row.text`` always holds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a clause of a draft is."""

    OBSERVATION = "observation"
    IMPACT = "impact"
    STANDARD = "standard"
    REQUEST = "request"
    CONSEQUENCE = "consequence"
    REPORT = "report"
    JUDGMENT = "judgment"
    GENERALIZATION = "generalization"
    MIND_READING = "mind_reading"
    HEARSAY = "hearsay"
    COMPARISON = "comparison"
    THREAT = "threat"
    PRAISE = "praise"
    BACKGROUND = "background"
    INSTRUCTION = "instruction"


class Fate(StrEnum):
    """What became of a clause."""

    KEPT = "kept"
    REWORDED = "reworded"
    DROPPED = "dropped"
    ASKED = "asked"
    PARKED = "parked"
    ROUTED = "routed"


class Origin(StrEnum):
    """Whose words a row or a message is made of."""

    DRAFT = "draft"
    MODEL = "model"
    REPAIRED = "repaired"
    FALLBACK = "fallback"


class Category(StrEnum):
    """What a finding is about. The first block is wording; the second needs a person."""

    LABEL = "label"
    GENERALIZATION = "generalization"
    MIND_READING = "mind_reading"
    HEARSAY = "hearsay"
    COMPARISON = "comparison"
    THREAT = "threat"
    PROFANITY = "profanity"
    SARCASM = "sarcasm"
    STEREOTYPE = "stereotype"
    VAGUE_PRAISE = "vague_praise"
    VAGUE_BLAME = "vague_blame"
    HEDGING = "hedging"
    SANDWICH = "sandwich"
    TAKEOVER = "takeover"
    VANISHING = "vanishing"
    INJECTION = "injection"

    PROTECTED = "protected"
    HEALTH = "health"
    RETALIATION = "retaliation"
    DISMISSAL = "dismissal"
    RECORD_TAMPERING = "record_tampering"
    HARASSMENT = "harassment"
    VIOLENCE = "violence"
    SELF_HARM = "self_harm"
    SAFETY = "safety"
    PRIVATE_LIFE = "private_life"


class PatternName(StrEnum):
    """A manager's two default behaviours, or neither."""

    MICROMANAGEMENT = "micromanagement"
    ABDICATION = "abdication"
    NONE = "none"


class RouteTo(StrEnum):
    """The kind of person a part of a draft is routed to."""

    HR = "hr"
    LEGAL = "legal"
    EMERGENCY = "emergency"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Context:
    """What the manager may add about the standard behind a draft."""

    standard: str = ""
    stated_when: str = ""
    to_whom: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A manager's text, exactly as given."""

    text: str
    id: str = ""
    context: Context = Context()


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in a text that a rule objects to, with the reason and a better way."""

    start: int
    end: int
    text: str
    category: Category
    rule: str
    why: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """The default behaviour a draft shows, in the manager's own words, and what to do instead."""

    name: PatternName = PatternName.NONE
    evidence: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class RouteReason:
    """One reason for routing: the rule that fired and the words it fired on."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Route:
    """The person who has to see this first. ``entangled``: the routed part could be the reason for the rest."""

    to: RouteTo
    reasons: tuple[RouteReason, ...]
    contact: str = ""
    entangled: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the linter sees in a text, without any model."""

    findings: tuple[Finding, ...] = ()
    pattern: Pattern = Pattern()
    route: Route | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the draft with exact offsets. Clauses in order cover every word of the draft."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One clause with its kind, its fate, what it became and why. ``topic`` counts from 0."""

    text: str
    start: int
    end: int
    kind: Kind
    fate: Fate
    becomes: str
    why: str
    origin: Origin
    topic: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable piece of the framework library; ``id`` is stable, such as ``sbi#behaviour``."""

    id: str
    title: str
    text: str
    source: str
    framework: str = ""
    use_when: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that an answer rests on; ``quote`` is verbatim from it."""

    id: str
    title: str
    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Element:
    """One thing a framework asks of a text: id, what it asks for, a yes/no test, a part of ``Parts``."""

    id: str
    asks: str
    test: str
    part: str


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict of one check in code, in words a manager understands."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a piece of feedback; an empty string is a part that the draft lacks."""

    situation: str = ""
    behavior: str = ""
    impact: str = ""
    expectation: str = ""
    next_step: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and calls spent; ``cached`` prompt tokens cost no time."""

    calls: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
        )


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A rewrite and everything that shows how it came about."""

    id: str
    draft: str
    message: str
    say: str
    after_they_answer: str
    topics: tuple[str, ...]
    parts: Parts
    ledger: tuple[LedgerRow, ...]
    questions: tuple[str, ...]
    findings: tuple[Finding, ...]
    pattern: Pattern
    route: Route | None
    notices: tuple[str, ...]
    citations: tuple[Citation, ...]
    checks: tuple[Check, ...]
    edit_share: float
    origin: Origin
    model: str
    prompts: tuple[str, ...]
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0


def as_json(value: object) -> Any:  # noqa: ANN401 - JSON is any
    """Return a dataclass value as plain JSON types, field names as in the contract."""
    return asdict(value)  # type: ignore[call-overload]
