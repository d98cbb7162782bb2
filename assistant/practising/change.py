"""Two conversations side by side: which observable moves a manager made in each, line by line counted.

Knows moves and nothing else: no state, no score, and nothing about the other person. Meant for the manager alone, for
practice on one situation and, a week later, on another without hints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.scene import Move

SOUGHT: Final = (
    Move.OBSERVED_BEHAVIOR,
    Move.STATED_IMPACT,
    Move.STATED_STANDARD,
    Move.ASKED_STANDARD,
    Move.OPEN_QUESTION,
    Move.REFLECTED,
    Move.ACKNOWLEDGED,
    Move.ASKED_FOR_SOLUTION,
    Move.AGREED_ACTION,
    Move.SET_CHECK_DATE,
)
AVOIDED: Final = (
    Move.BLAMED,
    Move.GENERALIZED,
    Move.MIND_READ,
    Move.COMPARED,
    Move.THREATENED,
    Move.LECTURED,
    Move.ADVICE_FIRST,
    Move.TOOK_OVER,
    Move.GAVE_IN,
    Move.VAGUE,
    Move.STACKED_QUESTIONS,
)

Moves = Sequence[Sequence[Move]]


@dataclass(frozen=True, slots=True)
class MoveChange:
    """In how many of the manager's lines a move was made, before and after. ``sought``: whether it helps."""

    move: Move
    sought: bool
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Change:
    """What changed from one conversation to another, in observable moves."""

    lines_before: int
    lines_after: int
    moves: tuple[MoveChange, ...]


def change(before: Moves, after: Moves) -> Change:
    """Return how often each move was made in two conversations; a move that is in neither is left out."""
    rows = []
    for moves, sought in ((SOUGHT, True), (AVOIDED, False)):
        for move in moves:
            was, now = (sum(move in line for line in talk) for talk in (before, after))
            if was or now:
                rows.append(MoveChange(move, sought, was, now))
    return Change(len(before), len(after), tuple(rows))
