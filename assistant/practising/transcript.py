"""Conversations as JSON: a scene with everything that explains it, or any list of who said what.

Knows the shapes of the contract and the scenarios there are; runs no conversation. What is read back is
outside text: a field of another type is told, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from assistant.domain import Origin
from assistant.errors import InputError, LibraryError
from assistant.practising import scenarios as cards
from assistant.scene import Difficulty, Kept, Mood, Move, Rung, Scenario, Scene, Speaker, State, Step, Turn

Turns = tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class StepJson:
    """A move and what it changed, part by part."""

    move: Move
    change: dict[str, float]


@dataclass(frozen=True, slots=True)
class ManagerTurn:
    """What a manager said, and what it was read as."""

    speaker: Literal["manager"]
    text: str
    moves: list[Move]
    steps: list[StepJson]


@dataclass(frozen=True, slots=True)
class EmployeeTurn:
    """What the employee said, from which state, and whose words they are."""

    speaker: Literal["employee"]
    text: str
    state: State | None
    mood: Mood | None
    origin: Origin | None
    told: bool


@dataclass(frozen=True, slots=True)
class SceneJson:
    """A practice conversation. ``own`` is a scenario of the manager's; ``score`` is there after the debrief."""

    scenario: str
    title: str
    difficulty: Difficulty
    seed: int
    week: int
    agreed: list[str]
    kept: list[Kept]
    turns: list[ManagerTurn | EmployeeTurn]
    own: Scenario | None
    score: int | None


@dataclass(frozen=True, slots=True)
class ScenarioJson:
    """One line of the list of situations."""

    id: str
    title: str
    job: str
    rung: Rung
    brief: str


LONGEST_TURNS = 400
LONGEST_TEXT = 8_000


def scene_json(scene: Scene, score: int | None = None) -> dict[str, Any]:
    """Return a scene as plain JSON types, a SceneJson. A scenario of the manager's own travels with it."""
    return {
        "scenario": scene.scenario.id,
        "title": scene.scenario.title,
        "difficulty": scene.difficulty.value,
        "seed": scene.seed,
        "week": scene.week,
        "agreed": list(scene.agreed),
        "kept": [found.value for found in scene.kept],
        "turns": [turn_json(turn) for turn in scene.turns],
        "own": asdict(scene.scenario) if scene.scenario.own else None,
        "score": score,
    }


def turn_json(turn: Turn) -> dict[str, Any]:
    """Return a turn as plain JSON types; what a turn of this speaker cannot have is left out."""
    if turn.speaker is Speaker.MANAGER:
        steps = [{"move": step.move.value, "change": dict(step.change)} for step in turn.steps]
        return {"speaker": "manager", "text": turn.text, "moves": [m.value for m in turn.moves], "steps": steps}
    return {
        "speaker": "employee",
        "text": turn.text,
        "state": asdict(turn.state) if turn.state else None,
        "mood": turn.mood.value if turn.mood else None,
        "origin": turn.origin.value if turn.origin else None,
        "told": turn.told,
    }


def scene_from(given: object, scenarios: Mapping[str, Scenario]) -> Scene:
    """Return the scene that ``scene_json`` wrote. Raises InputError naming what does not fit."""
    if not isinstance(given, Mapping):
        raise _unreadable("it is not an object")
    scenario = _own(given["own"]) if given.get("own") else scenarios.get(str(given.get("scenario")))
    if scenario is None:
        raise _unreadable(f"there is no scenario {given.get('scenario')!r}")
    try:
        return Scene(
            scenario,
            Difficulty(given.get("difficulty", "realistic")),
            turns_from(given.get("turns")),
            int(given.get("seed", 0)),
            int(given.get("week", 0)),
            tuple(str(line) for line in given.get("agreed", ())),
            tuple(Kept(found) for found in given.get("kept", ())),
        )
    except (TypeError, ValueError) as error:
        raise _unreadable(str(error)) from None


def _own(given: object) -> Scenario:
    """Return the situation of a manager's own that travels with a conversation."""
    try:
        scenario = cards.parse(given, "of its own")
    except LibraryError as error:
        raise _unreadable(error.message) from None
    if not scenario.own:
        raise _unreadable("its own situation is not marked as one")
    return scenario


def turns_from(given: object) -> Turns:
    """Return the turns of a conversation: a practice output, or any list of ``{speaker, text}``.

    Raises InputError that names the turn and what is wrong with it.
    """
    if isinstance(given, Mapping):
        given = given.get("turns")
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise _unreadable("it holds no list of turns")
    if len(given) > LONGEST_TURNS:
        raise _unreadable(f"it has {len(given)} turns; {LONGEST_TURNS} is the limit")
    return tuple(_turn(number, turn) for number, turn in enumerate(given))


def _turn(number: int, given: object) -> Turn:
    if not isinstance(given, Mapping) or not isinstance(given.get("text"), str):
        raise _unreadable(f"turn {number} has no text")
    if len(given["text"]) > LONGEST_TEXT:
        raise _unreadable(f"turn {number} has more than {LONGEST_TEXT:,} characters")
    try:
        speaker = Speaker(str(given.get("speaker", "")).strip().lower())
    except ValueError:
        raise _unreadable(f"turn {number} is neither the manager's nor the employee's") from None
    try:
        return Turn(
            speaker,
            given["text"],
            moves=tuple(Move(move) for move in given.get("moves") or ()),
            state=_state(given.get("state")),
            mood=Mood(given["mood"]) if given.get("mood") else None,
            origin=Origin(given["origin"]) if given.get("origin") else None,
            steps=tuple(Step(Move(s["move"]), _numbers(s["change"])) for s in given.get("steps") or ()),
            told=given.get("told") is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(f"turn {number}: {error}") from None


def _state(given: object) -> State | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise TypeError("its state is not an object")
    numbers = _numbers(given)
    state = State(**{field.name: numbers[field.name] for field in fields(State)})
    if not all(0.0 <= value <= 1.0 for value in asdict(state).values()):
        raise ValueError("its state is not between 0 and 1")
    return state


def _numbers(given: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in given.items()}


def _unreadable(why: str) -> InputError:
    return InputError(
        f"This conversation cannot be read: {why}.",
        hint='It has to be a list of {"speaker": "manager" or "employee", "text": "..."}, or what practice wrote.',
    )
