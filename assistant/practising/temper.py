"""How what a manager does changes where the employee stands: a pure function of moves, difficulty and history.

Knows moves and states. Does not know how a text is read (``moves``) or how a reply is spoken. Nothing here is
random and nothing is remembered: the same conversation always leads to the same state, and each change is
explained by its steps. The numbers are a model for practice, not a measurement of people; their direction
follows the sources named beside them.

How a turn works: each move pushes (``EFFECTS``), once however often it is said in one turn. Good moves wear off
when repeated and count little beside or after an attack. What is gained in one turn is limited, so that nothing
wins at once. Commitment grows only as the employee is ready, and only up to the ceiling of what the
conversation has had so far (``INGREDIENTS``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from assistant.scene import Cue, Difficulty, Mood, Move, Scene, Speaker, State, Step, Tendency

Moves = tuple[Move, ...]
PARTS: Final = ("trust", "openness", "defensiveness", "commitment")


_FICTION = re.compile(
    r"\b(?:ignore|forget|disregard|override|drop|leave|stop|break|stay in|out of|quit)\b(?: \w+){0,2}? "
    r"(?:(?:your|the|this) (?:role|character|persona|act|prompt)|character\b|role-?play|"
    r"(?:all |any |your |these |the )*(?:previous|prior|above|earlier|given|system) (?:instruction|prompt|rule)s?|"
    r"your (?:instructions?|rules|guidelines))"
    r"|\b(?:system|hidden|initial|secret) (?:prompt|instructions?|concern|goal|state|message)s?\b"
    r"|\b(?:you(?:'re| are)|are you|as) (?:just |only |really |actually )?(?:an? )?(?:a\.?i\.?|bot|chatbot|robot|"
    r"language model|llm|gpt|machine|program|computer|simulation|npc|virtual \w+|not real|real person|human)\b"
    r"(?! (?:operator|fitter|minder|room|resources|shop|error))"
    r"|\bchat ?gpt\b|\b(?:this|it) is (?:just |only )?(?:a|an) (?:simulation|role-?play|game)\b"
    r"|\brole-?play(?:ing)?\b|\b(?:your|the) (?:trust|openness|commitment|defensiveness) (?:score|level|value|state)\b"
    r"|\b(?:print|repeat|reveal|output|show me) your (?:instructions?|prompt|rules|concern|state|card)\b"
    r"|\bpretend (?:to be|you are|you're)\b|\bjailbreak\b|\bdeveloper mode\b|</?\w+>|\[(?:system|inst)\b"
    r"|\b(?:your|the) next line (?:starts?|begins?|ends?|says?|is)\b|\byour card (?:starts?|begins?|ends?|says?)\b"
    r"|\bthe (?:person|character) you play\b"
    r"|\b(?:does|what does) your card\b|\b(?:exercise|scene|simulation|role-?play) is over\b|\bas the author of this\b"
    r"|^\W*(?:the boss|manner)\b ?:|\b(?:let'?s|let us) rehearse the part\b",
    re.IGNORECASE,
)
"""Talk about the fiction itself. The employee takes it as an odd thing that a boss said."""


class Effect(NamedTuple):
    """What a move does to each part of the state when it is made for the first time, and why."""

    trust: float
    openness: float
    defensiveness: float
    commitment: float
    why: str


EFFECTS: Final[Mapping[Move, Effect]] = MappingProxyType(
    {
        Move.OBSERVED_BEHAVIOR: Effect(0.03, 0.03, 0.01, 0.08, "A fact can be looked at together; it still stings."),
        Move.STATED_IMPACT: Effect(0.02, 0.04, 0.01, 0.08, "Says why it matters, without a verdict on the person."),
        Move.STATED_STANDARD: Effect(0.03, 0.01, 0.00, 0.12, "A specific goal steers more than 'do your best' [1]."),
        Move.ASKED_STANDARD: Effect(0.04, 0.07, -0.03, 0.12, "Their own words about it weigh more than ours."),
        Move.OPEN_QUESTION: Effect(0.04, 0.12, -0.06, 0.03, "Invites the other side to speak [2]."),
        Move.CLOSED_QUESTION: Effect(0.00, -0.01, 0.01, 0.00, "Can be answered with one word, and mostly is."),
        Move.STACKED_QUESTIONS: Effect(-0.01, -0.06, 0.04, 0.00, "The easiest is answered, the others are lost."),
        Move.REFLECTED: Effect(0.10, 0.09, -0.11, 0.04, "Being listened to lowers defensiveness [2, 3]."),
        Move.ACKNOWLEDGED: Effect(0.10, 0.05, -0.09, 0.04, "Gives credit without agreeing to everything [2]."),
        Move.ASKED_FOR_SOLUTION: Effect(0.06, 0.07, -0.04, 0.38, "Reasons that people give themselves hold [2]."),
        Move.AGREED_ACTION: Effect(0.03, 0.02, -0.01, 0.42, "Who, what and when: such plans are kept more often [4]."),
        Move.SET_CHECK_DATE: Effect(0.02, 0.01, 0.00, 0.36, "A date to look at it keeps a goal alive [5]."),
        Move.STATED_CONSEQUENCE: Effect(-0.02, -0.03, 0.04, 0.05, "Fair and dated, and still pressure."),
        Move.BLAMED: Effect(-0.16, -0.12, 0.19, -0.20, "Attention moves to the self, and performance falls [6]."),
        Move.GENERALIZED: Effect(-0.09, -0.08, 0.14, -0.12, "One exception refutes it, so exceptions get discussed."),
        Move.MIND_READ: Effect(-0.12, -0.10, 0.15, -0.13, "Nobody accepts a motive they were told they have."),
        Move.COMPARED: Effect(-0.12, -0.10, 0.14, -0.13, "Makes a rival of a colleague."),
        Move.THREATENED: Effect(-0.20, -0.15, 0.20, -0.20, "Warned people comply while watched, at most [2]."),
        Move.LECTURED: Effect(-0.05, -0.08, 0.06, -0.04, "Arguments for change invite those against it [2]."),
        Move.ADVICE_FIRST: Effect(-0.03, -0.06, 0.05, -0.03, "Advice nobody asked for is answered 'yes, but' [2]."),
        Move.TOOK_OVER: Effect(-0.01, -0.05, -0.02, -0.12, "The work is the manager's now, and so is the result."),
        Move.GAVE_IN: Effect(0.03, -0.01, -0.05, -0.12, "Pleasant, and nothing is expected any more."),
        Move.VAGUE: Effect(-0.02, -0.02, 0.01, -0.01, "What is not clear cannot be agreed."),
        Move.SMALL_TALK: Effect(0.00, 0.00, 0.00, 0.00, "Politeness is no move: it changes nothing by itself."),
    }
)  # fmt: skip
"""Sources: [1] Locke and Latham 2002, goal setting. [2] Motivational interviewing: what clients say after behaviour
consistent and inconsistent with it; Miller and Rollnick 2013, and the meta-analysis of Magill and others 2014.
[3] Itzchakov, Kluger and Castro 2017, listening. [4] Gollwitzer and Sheeran 2006, implementation intentions.
[5] Harkin and others 2016, monitoring goals. [6] Kluger and DeNisi 1996, feedback interventions."""

ATTACKS: Final = frozenset({Move.BLAMED, Move.GENERALIZED, Move.MIND_READ, Move.COMPARED, Move.THREATENED})
RETREATS: Final = frozenset({Move.TOOK_OVER, Move.GAVE_IN})

INGREDIENTS: Final[Mapping[str, frozenset[Move]]] = MappingProxyType(
    {
        "clear": frozenset({Move.OBSERVED_BEHAVIOR, Move.STATED_STANDARD, Move.ASKED_STANDARD}),
        "asked": frozenset({Move.OPEN_QUESTION, Move.ASKED_STANDARD, Move.ASKED_FOR_SOLUTION}),
        "heard": frozenset({Move.REFLECTED, Move.ACKNOWLEDGED}),
        "plan": frozenset({Move.ASKED_FOR_SOLUTION, Move.AGREED_ACTION}),
        "dated": frozenset({Move.AGREED_ACTION, Move.SET_CHECK_DATE}),
    }
)
"""What a conversation needs before anybody commits: any move of each set, in a turn without an attack or a retreat."""
CEILINGS: Final = (0.03, 0.03, 0.03, 0.12, 0.28, 1.0)
"""How far commitment may rise above its start with so many of the ingredients."""

FIXED: Final = (
    frozenset({Move.STATED_STANDARD, Move.ASKED_STANDARD}),
    frozenset({Move.AGREED_ACTION}),
    frozenset({Move.SET_CHECK_DATE}),
)
"""What keeps an agreement from slipping: a standard, an owner and a date to look at it."""

TENDENCIES: Final[Mapping[Tendency, Mapping[Move, float]]] = MappingProxyType(
    {
        Tendency.DEFLECTS: {Move.OBSERVED_BEHAVIOR: 1.3, Move.ASKED_STANDARD: 1.2, Move.VAGUE: 1.5},
        Tendency.AGREES_EMPTILY: {Move.OPEN_QUESTION: 0.8, Move.ASKED_FOR_SOLUTION: 1.2, Move.CLOSED_QUESTION: 0.0},
        Tendency.COMPARES: {Move.COMPARED: 1.5, Move.STATED_STANDARD: 1.2},
        Tendency.DENIES: {Move.OBSERVED_BEHAVIOR: 1.4, Move.GENERALIZED: 1.5},
        Tendency.CRIES: {Move.ACKNOWLEDGED: 1.2, Move.STACKED_QUESTIONS: 1.5, Move.BLAMED: 1.2},
        Tendency.ANGERS: {Move.REFLECTED: 1.2, Move.LECTURED: 1.4, Move.BLAMED: 1.2},
        Tendency.GOES_SILENT: {Move.OPEN_QUESTION: 0.8, Move.ACKNOWLEDGED: 1.2, Move.STACKED_QUESTIONS: 1.5},
        Tendency.ATTACKS_BACK: {Move.REFLECTED: 1.2, Move.MIND_READ: 1.3, Move.BLAMED: 1.2},
    }
)
"""What weighs more or less with an employee who resists in this way."""

CUES: Final[tuple[tuple[Cue, frozenset[Move]], ...]] = (
    (Cue.THREATENED, frozenset({Move.THREATENED})),
    (Cue.ATTACKED, frozenset({Move.BLAMED, Move.GENERALIZED, Move.MIND_READ, Move.COMPARED})),
    (Cue.TAKEN_OVER, frozenset({Move.TOOK_OVER})),
    (Cue.GAVE_IN, frozenset({Move.GAVE_IN})),
    (Cue.ADVISED, frozenset({Move.ADVICE_FIRST, Move.LECTURED})),
    (Cue.PRESSED, frozenset({Move.STACKED_QUESTIONS, Move.STATED_CONSEQUENCE})),
    (Cue.AGREEING, frozenset({Move.AGREED_ACTION, Move.SET_CHECK_DATE})),
    (Cue.ASKED_FOR_PLAN, frozenset({Move.ASKED_FOR_SOLUTION})),
    (Cue.STANDARD, frozenset({Move.ASKED_STANDARD})),
    (Cue.ASKED, frozenset({Move.OPEN_QUESTION})),
    (Cue.STANDARD, frozenset({Move.STATED_STANDARD})),
    (Cue.SHOWN, frozenset({Move.OBSERVED_BEHAVIOR, Move.STATED_IMPACT})),
    (Cue.HEARD, frozenset({Move.REFLECTED, Move.ACKNOWLEDGED})),
    (Cue.PRESSED, frozenset({Move.CLOSED_QUESTION})),
    (Cue.VAGUE, frozenset({Move.VAGUE})),
    (Cue.SMALL_TALK, frozenset({Move.SMALL_TALK})),
)
"""What an employee answers to, the strongest first: what hurts, then what wants an answer, then what was said."""

GAINS: Final[Mapping[Difficulty, float]] = {Difficulty.EASY: 1.3, Difficulty.REALISTIC: 1.0, Difficulty.HARD: 0.75}
HARMS: Final[Mapping[Difficulty, float]] = {Difficulty.EASY: 0.8, Difficulty.REALISTIC: 1.0, Difficulty.HARD: 1.2}
WEARS_OFF: Final = (1.0, 0.7, 0.45, 0.25, 0.1, 0.0)
"""What a good move is worth when it was made so often before; it never becomes worth more."""
AFTER_ATTACK: Final = (0.0, 0.35, 0.7)
"""What a good move is worth in a turn with an attack, in the next one, and in the one after that."""
MOST_GAINED: Final = State(trust=0.13, openness=0.15, defensiveness=0.15, commitment=0.24)
"""The most that one turn can do for each part, before difficulty and what there is left to gain."""
READY_FROM: Final = 0.25
"""Below this mean of trust, openness and calm, nothing that is said makes anybody commit."""
COMMITTED_FROM: Final = 0.5
"""Commitment from which an agreement is meant; from ``PARTLY_FROM`` a part of it is."""
PARTLY_FROM: Final = 0.28
OPEN_FROM: Final = 0.53
"""Trust and openness from which somebody speaks plainly; from ``EARNED_FROM`` the concern may come out."""
EARNED_FROM: Final = 0.5
EMPTY_YES: Final = 0.25
"""What moves are worth to the commitment of a yes-sayer who has not been asked what exactly and when."""


def after(
    state: State,
    moves: Iterable[Move],
    difficulty: Difficulty,
    *,
    tendency: Tendency = Tendency.DEFLECTS,
    so_far: Sequence[Moves] = (),
    start: State | None = None,
) -> tuple[State, tuple[Step, ...]]:
    """Return the state after a manager's turn, and one step for each of its moves.

    ``so_far`` holds the moves of the manager's earlier turns, the oldest first; ``start`` is the state before
    the first of them (by default this one). The steps' changes add up to the change of state.
    """
    made = tuple(dict.fromkeys(moves))
    pushes = _pushes(made, tendency, so_far, difficulty)
    changes: dict[Move, dict[str, float]] = {move: {} for move in made}
    now = state
    for part in PARTS:
        if part == "commitment":
            worth, ceiling = _commitment_limits(now, start or state, (*so_far, made), tendency)
        else:
            worth, ceiling = 1.0, 1.0
        most = getattr(MOST_GAINED, part) * GAINS[difficulty]
        shares = _shares(_level(now, part), {move: push[part] for move, push in pushes.items()}, worth, most, ceiling)
        for move, change in shares.items():
            changes[move][part] = -change if part == "defensiveness" else change
        now = _raised(now, part, sum(shares.values()))
    return now, tuple(Step(move, MappingProxyType(changes[move])) for move in made)


def after_turn(scene: Scene, moves: Iterable[Move]) -> tuple[State, tuple[Step, ...]]:
    """Return the state after the manager's next turn in a scene, and its steps."""
    return after(
        scene.state,
        moves,
        scene.difficulty,
        tendency=scene.scenario.tendency,
        so_far=earlier(scene),
        start=scene.start,
    )


def earlier(scene: Scene) -> tuple[Moves, ...]:
    """Return the moves of the manager's turns in a scene, the oldest first."""
    return tuple(turn.moves for turn in scene.turns if turn.speaker is Speaker.MANAGER)


def missing(so_far: Sequence[Moves]) -> tuple[str, ...]:
    """Return which ingredients of an agreement a conversation has not had yet, in order."""
    spoiling = ATTACKS | RETREATS
    counted = {move for moves in so_far if not spoiling & set(moves) for move in moves}
    return tuple(name for name, any_of in INGREDIENTS.items() if not any_of & counted)


def readiness(state: State) -> float:
    """Return how ready somebody is to commit, from 0 to 1: trust, openness and calm together."""
    mean = (state.trust + state.openness + 1.0 - state.defensiveness) / 3
    return max(0.0, (mean - READY_FROM) / (1.0 - READY_FROM))


# --- what the employee answers to, and in which mood ----------------------------------------------------


def odd(text: str) -> bool:
    """Tell whether a turn talks about the fiction itself."""
    return _FICTION.search(text) is not None


def cue_of(moves: Iterable[Move], text: str) -> Cue:
    """Return what the employee answers to: the strongest thing in the manager's turn."""
    if odd(text):
        return Cue.ODD
    made = set(moves)
    return next((cue for cue, any_of in CUES if any_of & made), Cue.VAGUE if len(text.split()) > 4 else Cue.SMALL_TALK)


def mood_of(state: State, so_far: Sequence[Moves] = ()) -> Mood:
    """Return how the employee speaks in a state, after these turns of the manager.

    Nobody leaves over numbers alone: the last turn was an attack, and not the first.
    """
    attacks = [bool(ATTACKS & set(moves)) for moves in so_far]
    at_the_end = state.trust <= 0.08 and state.defensiveness >= 0.85
    if at_the_end and attacks and attacks[-1] and sum(attacks) > 1:
        return Mood.LEAVING
    if state.defensiveness >= 0.78 or state.trust <= 0.12:
        return Mood.SHUT
    if state.commitment >= COMMITTED_FROM and state.defensiveness <= 0.5:
        return Mood.COMMITTED
    if state.openness >= OPEN_FROM and state.trust >= OPEN_FROM and state.defensiveness <= 0.45:
        return Mood.OPEN
    if state.openness >= 0.42 and state.defensiveness <= 0.55:
        return Mood.WAVERING
    return Mood.GUARDED


def earned(scene: Scene, state: State, moves: Iterable[Move]) -> bool:
    """Whether the concern may be told in answer to a turn with these moves, after which the state is ``state``.

    It takes enough trust and openness, and a turn that asks openly or gives back what was said. It is told once.
    """
    made = set(moves)
    spoilt = ATTACKS | RETREATS | {Move.STACKED_QUESTIONS, Move.ADVICE_FIRST, Move.LECTURED}
    invited = {Move.OPEN_QUESTION, Move.REFLECTED} & made and not spoilt & made
    enough = state.trust >= EARNED_FROM and state.openness >= EARNED_FROM and state.defensiveness <= 0.5
    return bool(invited) and enough and not scene.concern_told


def keeps(state: State, so_far: Sequence[Moves]) -> float:
    """Return the share of what was agreed that is kept until the next conversation: 1, a part, or nothing.

    It slips by rule unless a standard was clear, somebody owns the action, and a date was set to look at it.
    """
    said = {move for moves in so_far for move in moves}
    fixed = sum(bool(any_of & said) for any_of in FIXED)
    if fixed == len(FIXED) and state.commitment >= COMMITTED_FROM:
        return 1.0
    return 0.5 if fixed >= 2 and state.commitment >= PARTLY_FROM else 0.0


# --- how a turn pushes --------------------------------------------------------------------------------


def _pushes(
    made: Moves, tendency: Tendency, so_far: Sequence[Moves], difficulty: Difficulty
) -> dict[Move, dict[str, float]]:
    """Return what each move pushes on each part before limits; more is better, for defensiveness too."""
    weights = TENDENCIES[tendency]
    shadow = _shadow(made, so_far)
    found: dict[Move, dict[str, float]] = {}
    for move in made:
        worn = WEARS_OFF[min(sum(move in moves for moves in so_far), len(WEARS_OFF) - 1)]
        gain = GAINS[difficulty] * worn * shadow
        # What is not expected any more cannot be dropped twice. Attacks never wear off.
        harm = HARMS[difficulty] * (worn if move in RETREATS else 1.0)
        effect = EFFECTS[move]
        levels = (effect.trust, effect.openness, -effect.defensiveness, effect.commitment)
        found[move] = {
            part: push * weights.get(move, 1.0) * (gain if push > 0 else harm)
            for part, push in zip(PARTS, levels, strict=True)
        }
    return found


def _shadow(made: Moves, so_far: Sequence[Moves]) -> float:
    """Return what good moves are worth, given how long ago the last attack was."""
    latest = (made, *reversed(so_far))[: len(AFTER_ATTACK)]
    return next((AFTER_ATTACK[ago] for ago, moves in enumerate(latest) if ATTACKS & set(moves)), 1.0)


def _commitment_limits(now: State, start: State, history: Sequence[Moves], tendency: Tendency) -> tuple[float, float]:
    """Return what pushes on commitment are worth now, and how high it may rise."""
    lacking = missing(history)
    ceiling = min(1.0, start.commitment + CEILINGS[len(INGREDIENTS) - len(lacking)])
    if (RETREATS | {Move.VAGUE}) & set(history[-1]):
        return 0.0, ceiling
    empty = tendency is Tendency.AGREES_EMPTILY and {"plan", "dated"} & set(lacking)
    return readiness(now) * (EMPTY_YES if empty else 1.0), ceiling


def _shares(level: float, pushes: Mapping[Move, float], worth: float, most: float, ceiling: float) -> dict[Move, float]:
    """Return what each move changes: gains get smaller near the top, losses near the bottom."""
    good = sum(push for push in pushes.values() if push > 0)
    bad = -sum(push for push in pushes.values() if push < 0)
    lost = min(level, bad * (0.5 + 0.5 * level))
    gained = min(good * worth, most) * (1.0 - level)
    gained = min(gained, max(0.0, ceiling - (level - lost)))
    scale_good, scale_bad = (gained / good if good else 0.0), (lost / bad if bad else 0.0)
    return {move: push * (scale_good if push > 0 else scale_bad) for move, push in pushes.items()}


def _level(state: State, part: str) -> float:
    """Return a part so that more is better."""
    value: float = getattr(state, part)
    return 1.0 - value if part == "defensiveness" else value


def _raised(state: State, part: str, by: float) -> State:
    level = min(1.0, max(0.0, _level(state, part) + by))
    return replace(state, **{part: 1.0 - level if part == "defensiveness" else level})
