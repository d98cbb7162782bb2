"""The words of practice as frozen values: scenario, state, moves, turns, scene, debrief.

Knows nothing of models, files or screens. A Scene is a value: a turn gives a new one, and going
back is a slice. Turns count from 0, manager and employee alternating; the employee's opening
line is turn 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from assistant.domain import Citation, Origin


class Move(StrEnum):
    """What a manager does in a turn. The list is closed; one turn may hold several."""

    OBSERVED_BEHAVIOR = "observed_behavior"
    STATED_IMPACT = "stated_impact"
    STATED_STANDARD = "stated_standard"
    ASKED_STANDARD = "asked_standard"
    OPEN_QUESTION = "open_question"
    CLOSED_QUESTION = "closed_question"
    STACKED_QUESTIONS = "stacked_questions"
    REFLECTED = "reflected"
    ACKNOWLEDGED = "acknowledged"
    ASKED_FOR_SOLUTION = "asked_for_solution"
    AGREED_ACTION = "agreed_action"
    SET_CHECK_DATE = "set_check_date"
    STATED_CONSEQUENCE = "stated_consequence"
    BLAMED = "blamed"
    GENERALIZED = "generalized"
    MIND_READ = "mind_read"
    COMPARED = "compared"
    THREATENED = "threatened"
    LECTURED = "lectured"
    ADVICE_FIRST = "advice_first"
    TOOK_OVER = "took_over"
    GAVE_IN = "gave_in"
    VAGUE = "vague"
    SMALL_TALK = "small_talk"


class Cue(StrEnum):
    """What the employee answers to: the strongest thing in the manager's last turn. Derived from moves in code."""

    ODD = "odd"  # talk about the fiction itself: "ignore your role", "are you an AI?"
    ATTACKED = "attacked"  # blamed, generalized, mind_read, compared
    THREATENED = "threatened"
    TAKEN_OVER = "taken_over"
    GAVE_IN = "gave_in"
    ADVISED = "advised"  # advice_first, lectured
    PRESSED = "pressed"  # closed or stacked questions, a stated consequence
    SHOWN = "shown"  # a behaviour observed, an impact stated
    STANDARD = "standard"  # a standard stated or asked for
    ASKED = "asked"  # an open question
    HEARD = "heard"  # reflected, acknowledged
    ASKED_FOR_PLAN = "asked_for_plan"
    AGREEING = "agreeing"  # an action agreed, a check date set
    VAGUE = "vague"
    SMALL_TALK = "small_talk"


class Mood(StrEnum):
    """The state in one word: how the employee speaks now. Derived from State in code."""

    LEAVING = "leaving"  # ends the conversation, or walks out
    SHUT = "shut"  # one-word answers, silence, sarcasm or anger
    GUARDED = "guarded"  # resists in the scenario's own way (deflects, agrees emptily, compares, tears ...)
    WAVERING = "wavering"  # still careful; a detail slips out
    OPEN = "open"  # speaks plainly; the concern may be told
    COMMITTED = "committed"  # names what they will do


class Tendency(StrEnum):
    """The way an employee resists while guarded."""

    DEFLECTS = "deflects"
    AGREES_EMPTILY = "agrees_emptily"
    COMPARES = "compares"
    DENIES = "denies"
    CRIES = "cries"
    ANGERS = "angers"
    GOES_SILENT = "goes_silent"
    ATTACKS_BACK = "attacks_back"


class Difficulty(StrEnum):
    """A parameter of the state function."""

    EASY = "easy"
    REALISTIC = "realistic"
    HARD = "hard"


class Speaker(StrEnum):
    """Who says a turn."""

    MANAGER = "manager"
    EMPLOYEE = "employee"


class Cause(StrEnum):
    """Why a standard is missed."""

    CLARITY = "clarity"
    SKILL = "skill"
    MOTIVATION = "motivation"
    CONTEXT = "context"


class Conversation(StrEnum):
    """Which conversation it is: the single event, its return, or working together."""

    CONTENT = "content"
    PATTERN = "pattern"
    RELATIONSHIP = "relationship"


class Kept(StrEnum):
    """What became of an agreement until the next conversation."""

    KEPT = "kept"
    HALF = "half"
    SLIPPED = "slipped"
    NOTHING = "nothing"  # nothing had been agreed


class Rung(StrEnum):
    """A step of the ladder (knowledge/ladder.yaml)."""

    NOTICE = "notice"
    PATTERN = "pattern"
    AGREEMENT = "agreement"
    FORMAL_EXPECTATION = "formal_expectation"
    CONSEQUENCE = "consequence"


@dataclass(frozen=True, slots=True)
class State:
    """Where the employee stands, each from 0 to 1."""

    trust: float = 0.4
    openness: float = 0.3
    defensiveness: float = 0.5
    commitment: float = 0.1


@dataclass(frozen=True, slots=True)
class Persona:
    """Who the manager talks to. ``style`` is how they speak, ``wants`` what they want from this talk."""

    name: str
    pronoun: str
    role: str
    history: str
    style: str
    wants: str


@dataclass(frozen=True, slots=True)
class Standard:
    """What was expected. ``agreed`` tells whether the employee was ever told, ``when`` on which day."""

    text: str
    agreed: bool
    when: str = ""


@dataclass(frozen=True, slots=True)
class Concern:
    """What the employee holds back until it is earned.

    ``hints`` may slip out while wavering; ``told`` says it plainly; ``earned_by`` is for the debrief.
    ``marks`` are words that would give it away, for the leak check.
    """

    text: str
    hints: tuple[str, ...]
    told: tuple[str, ...]
    earned_by: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An authored line of the employee: for which cues (none: any) and in which mood it is said."""

    says: str
    mood: Mood
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A situation to practise. ``facts`` are known to both sides; ``brief`` is what the manager reads first."""

    id: str
    title: str
    brief: str
    job: str
    rung: Rung
    cause: Cause
    conversation: Conversation
    persona: Persona
    facts: tuple[str, ...]
    standard: Standard
    concern: Concern
    tendency: Tendency
    opening: str
    lines: tuple[Line, ...]
    start: State = State()
    own: bool = False
    """Whether a manager made it up; then the concern is labelled as invented."""


@dataclass(frozen=True, slots=True)
class Step:
    """One reason for a change of state: the move and what it did to each part of the state."""

    move: Move
    change: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn. A manager's has moves; an employee's has the state it was said from, and its origin.

    ``steps`` explains afterwards why the state became what it is.
    """

    speaker: Speaker
    text: str
    moves: tuple[Move, ...] = ()
    state: State | None = None
    mood: Mood | None = None
    origin: Origin | None = None
    steps: tuple[Step, ...] = ()
    told: bool = False
    """Whether the employee told the concern in this turn."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation so far. ``turns[0]`` is the employee's opening line."""

    scenario: Scenario
    difficulty: Difficulty = Difficulty.REALISTIC
    turns: tuple[Turn, ...] = ()
    seed: int = 0
    week: int = 0
    """0, 2 or 6 in the repeat conversation."""
    agreed: tuple[str, ...] = ()
    """In the repeat conversation: what was agreed the time before, verbatim."""
    kept: tuple[Kept, ...] = ()
    """In the repeat conversation: what became of it, meeting by meeting."""

    @property
    def start(self) -> State:
        """Where the employee stood at the opening line."""
        return next((t.state for t in self.turns[:1] if t.state is not None), self.scenario.start)

    @property
    def state(self) -> State:
        """Where the employee stands now."""
        return next((t.state for t in reversed(self.turns) if t.state is not None), self.scenario.start)

    @property
    def concern_told(self) -> bool:
        """Whether the concern has come out."""
        return any(t.told for t in self.turns)

    @property
    def over(self) -> bool:
        """Whether the employee has ended the conversation."""
        return any(t.mood is Mood.LEAVING for t in self.turns)

    def back_to(self, turn: int) -> Scene:
        """Return the scene as it was before turn ``turn`` was said."""
        return replace(self, turns=self.turns[:turn])


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the transcript: ``transcript[turn][start:end] == text``."""

    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One criterion of the debrief. ``met`` is None where the transcript does not decide it."""

    id: str
    asks: str
    met: bool | None
    quotes: tuple[Quote, ...]
    why: str
    better: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """A manager's turn that moved the employee most, and where."""

    turn: int
    quote: Quote
    change: Mapping[str, float]
    says: str


@dataclass(frozen=True, slots=True)
class Debrief:
    """What a manager gets after practice. ``score`` (0 to 100) is for evals and export; no page opens with it."""

    worked: str
    cost: str
    again_from: int | None
    criteria: tuple[Verdict, ...]
    moves: tuple[tuple[Move, ...], ...]
    turning_points: tuple[TurningPoint, ...]
    lean: tuple[float, ...]
    """Per manager turn, from -1 (vanishing) over 0 to 1 (taking the work back)."""
    concern: str
    next_time: str
    conversation: Conversation | None
    rung: Rung | None
    score: int
    citations: tuple[Citation, ...] = field(default_factory=tuple)

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The criteria that were not met."""
        return tuple(one for one in self.criteria if one.met is False)

    @property
    def said_well(self) -> tuple[Verdict, ...]:
        """The criteria that something in the manager's own words meets."""
        return tuple(one for one in self.criteria if one.met and one.quotes)

    @property
    def kept_out(self) -> tuple[Verdict, ...]:
        """The criteria met by what was not said. A short talk has plenty of them, so they are told apart."""
        return tuple(one for one in self.criteria if one.met and not one.quotes)
