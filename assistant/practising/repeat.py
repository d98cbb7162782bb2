"""The repeat conversation: the same two people at weeks 0, 2 and 6, and what became of what they had agreed.

Knows scenes, the rule by which agreements slip (``temper.keeps``) and the opening lines in
``knowledge/practice/again.yaml``. Asks no model and nothing is random: the same conversation has the same sequel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

import yaml

from assistant import settings, shelf
from assistant.domain import Origin
from assistant.errors import InputError, LibraryError
from assistant.practising import temper
from assistant.scene import Conversation, Kept, Move, Rung, Scenario, Scene, Speaker, State, Tendency, Turn

WEEKS: Final = (0, 2, 6)
"""When the two meet."""
AGREEING: Final = frozenset({Move.AGREED_ACTION, Move.SET_CHECK_DATE})
_CARRIED: Final = 0.5
"""The share of a change of mood that is still there weeks later."""
_SHIFTS: Final[Mapping[Kept, State]] = {
    Kept.KEPT: State(trust=0.05, openness=0.05, defensiveness=-0.08, commitment=0.2),
    Kept.HALF: State(trust=0.0, openness=0.0, defensiveness=0.03, commitment=0.08),
    Kept.SLIPPED: State(trust=-0.02, openness=-0.03, defensiveness=0.08, commitment=0.0),
    Kept.NOTHING: State(trust=-0.02, openness=-0.02, defensiveness=0.03, commitment=0.0),
}
"""What keeping an agreement, or not, adds to where the employee starts the next time. Commitment starts anew."""
_LEAST: Final = 0.15
_MOST: Final = 0.75
"""Nobody begins a conversation shut: trust is at least, and defensiveness at most, this."""
_FILE: Final = "practice/again.yaml"


def next_week(scene: Scene) -> int | None:
    """Return the week in which they meet again, or None after the last."""
    return next((week for week in WEEKS if week > scene.week), None)


def agreed_in(scene: Scene) -> tuple[str, ...]:
    """Return what was agreed in this conversation: the manager's own turns, verbatim."""
    return tuple(t.text for t in scene.turns if t.speaker is Speaker.MANAGER and AGREEING & set(t.moves))


def outcome(scene: Scene) -> Kept:
    """Return what becomes of the agreement until the next time.

    It slips unless a standard, an owner and a check date were set. One that was kept before and not touched since
    stays kept, unless this conversation attacked or took the work back.
    """
    said = temper.earlier(scene)
    if not agreed_in(scene):
        if not scene.agreed:
            return Kept.NOTHING
        spoilt = (temper.ATTACKS | temper.RETREATS) & {move for moves in said for move in moves}
        return Kept.KEPT if scene.kept[-1:] == (Kept.KEPT,) and not spoilt else Kept.SLIPPED
    share = temper.keeps(scene.state, said)
    return Kept.KEPT if share >= 1.0 else Kept.HALF if share > 0.0 else Kept.SLIPPED


def again(scene: Scene) -> Scene:
    """Return the opened scene of the next meeting. Raises InputError after the last one, or where nothing was said."""
    week = next_week(scene)
    if week is None:
        raise InputError("This was the last of the three conversations.", hint="Begin again, or choose another one.")
    if not temper.earlier(scene):
        raise InputError("There is nothing to come back to yet.", hint="Have the first conversation first.")
    found = outcome(scene)
    start = _start(scene, found)
    line = _opening(scene.scenario.tendency, found, WEEKS.index(week) - 1)
    opening = Turn(Speaker.EMPLOYEE, line, state=start, mood=temper.mood_of(start), origin=Origin.FALLBACK)
    return Scene(
        scene.scenario,
        scene.difficulty,
        (opening,),
        scene.seed,
        week,
        agreed_in(scene) or scene.agreed,
        (*scene.kept, found),
    )


def as_it_stands(scene: Scene) -> Scenario:
    """Return the card as it is by now: where the employee started, which conversation it should be, which rung.

    A slip counts only where something had been agreed; otherwise the agreement itself is still to be made. The
    second slip makes it a pattern; one that goes on after that talk is about working together.
    """
    card = scene.scenario
    slips = scene.kept.count(Kept.SLIPPED)
    return replace(
        card,
        start=scene.start,
        conversation=_conversation(card.conversation, slips),
        rung=_rung(card.rung, slips),
    )


def told(scene: Scene) -> str:
    """Return what became of the agreement, for the manager: with their own words of the time before."""
    if not scene.kept:
        return ""
    quotes = " ".join(f"“{text}”" for text in scene.agreed)
    return {
        Kept.KEPT: f"What you agreed was kept: {quotes}",
        Kept.HALF: f"What you agreed was kept in part: {quotes}",
        Kept.SLIPPED: f"What you agreed slipped: {quotes}",
        Kept.NOTHING: "Last time nothing was agreed, so there was nothing to keep.",
    }[scene.kept[-1]]


def _conversation(first: Conversation, slips: int) -> Conversation:
    if not slips or first is Conversation.RELATIONSHIP:
        return first
    if first is Conversation.PATTERN:
        return Conversation.RELATIONSHIP
    return Conversation.PATTERN if slips > 1 else Conversation.CONTENT


def _rung(first: Rung, slips: int) -> Rung:
    ladder = tuple(Rung)
    return ladder[min(ladder.index(first) + slips, len(ladder) - 1)]


def _start(scene: Scene, found: Kept) -> State:
    first, now, shift = scene.start, scene.state, _SHIFTS[found]

    def later(part: str, least: float = 0.0, most: float = 1.0) -> float:
        before, after = getattr(first, part), getattr(now, part)
        return float(min(most, max(least, before + _CARRIED * (after - before) + getattr(shift, part))))

    return State(
        trust=later("trust", least=_LEAST),
        openness=later("openness"),
        defensiveness=later("defensiveness", most=_MOST),
        commitment=min(temper.PARTLY_FROM, scene.scenario.start.commitment + shift.commitment),
    )


def _opening(tendency: Tendency, found: Kept, meeting: int) -> str:
    lines = _lines()[tendency.value]["slipped" if found is Kept.NOTHING else found.value]
    return lines[meeting % len(lines)]


@cache
def _lines() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    own = settings.home() / "knowledge" / _FILE
    try:
        read = yaml.load(
            (own if own.is_file() else shelf.knowledge_folder() / _FILE).read_text("utf-8"), Loader=yaml.CSafeLoader
        )
        return {
            tendency.value: {name: tuple(map(str, read[tendency.value][name])) for name in ("kept", "half", "slipped")}
            for tendency in Tendency
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise LibraryError(f"The knowledge file {_FILE} is broken.", detail=str(error)) from error
