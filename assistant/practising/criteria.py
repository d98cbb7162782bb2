"""What a debrief looks at: yes/no criteria over a manager's moves, read from files that an organisation may edit.

Knows the form of ``knowledge/criteria/*.yaml`` (described at the top of the built-in one) and how a
condition is decided. Does not know how a move is read or how a verdict is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from assistant import settings, shelf
from assistant.errors import LibraryError
from assistant.practising.temper import ATTACKS
from assistant.scene import Move, Rung

Condition = Callable[["Talk"], bool]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as criteria see it: the moves of each manager turn, and a little of the card.

    ``after_told`` counts manager turns: the first one after the concern came out, or None. ``left`` says that the
    employee walked out: what had no turn left to happen in has not happened, and is not undecided.
    """

    moves: tuple[frozenset[Move], ...]
    after_told: int | None = None
    rung: Rung | None = None
    agreed: bool | None = None
    left: bool = False

    def first(self, of: frozenset[Move]) -> int | None:
        """Return the number of the first manager turn that holds one of these moves."""
        return next((at for at, made in enumerate(self.moves) if made & of), None)


@dataclass(frozen=True, slots=True)
class Case:
    """When a criterion is met and when it has failed; with neither, it abstains. The first case that fits counts."""

    fits: Condition
    met: Condition
    failed: Condition


@dataclass(frozen=True, slots=True)
class Criterion:
    """One yes/no question about a conversation, with what to say of it and what would have been better."""

    id: str
    asks: str
    weight: int
    applies: Condition
    cases: tuple[Case, ...]
    quote_met: frozenset[Move]
    quote_failed: frozenset[Move]
    better_at: str | Mapping[str, Any]
    better: tuple[str, ...]
    cite: str | Mapping[str, str]
    says: Mapping[str, str]

    def decide(self, talk: Talk) -> bool | None:
        """Return whether the criterion is met, or None where the conversation does not decide it."""
        if not self.applies(talk):
            return None
        case = next((case for case in self.cases if case.fits(talk)), None)
        if case is None:
            return None
        if case.met(talk):
            return True
        return False if case.failed(talk) else None

    def passage(self, rung: Rung | None) -> str:
        """Return the id of the passage to cite, or an empty string where none fits."""
        if isinstance(self.cite, str):
            return self.cite
        return self.cite.get(rung.value, "") if rung else ""


def load(folders: Sequence[Path] | None = None) -> tuple[Criterion, ...]:
    """Read all criteria: the built-in ones, then an organisation's, which may replace one of the same id.

    Raises LibraryError that names file, criterion and field.
    """
    if folders is None:
        folders = (shelf.knowledge_folder() / "criteria", settings.home() / "knowledge" / "criteria")
    found: dict[str, Criterion] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            found |= {criterion.id: criterion for criterion in read(path)}
    return tuple(found.values())


def read(path: Path) -> list[Criterion]:
    """Read one file of criteria; raises LibraryError that names the criterion and the field."""
    try:
        content = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LibraryError(f"The criteria file {path.name} cannot be read.", detail=str(error)) from error
    entries = content.get("criteria") if isinstance(content, Mapping) else None
    if not isinstance(entries, list):
        raise LibraryError(f"The criteria file {path.name} has no list of criteria.")
    return [_criterion(path.name, number, entry) for number, entry in enumerate(entries, 1)]


def _criterion(file: str, number: int, entry: object) -> Criterion:
    if not isinstance(entry, Mapping):
        raise LibraryError(f"In {file}, the criterion {number} is not a mapping.")
    named = entry.get("id", number)
    try:
        quote = entry.get("quote", {})
        return Criterion(
            id=str(entry["id"]),
            asks=str(entry["asks"]),
            weight=int(entry.get("weight", 1)),
            applies=condition(entry.get("applies_when", {})),
            cases=tuple(_cases(entry)),
            quote_met=_moves(quote.get("met", [])),
            quote_failed=_moves(quote.get("failed", [])),
            better_at=entry.get("better_at", "last"),
            better=tuple(map(str, entry["better"])),
            cite=entry["cite"] if isinstance(entry["cite"], str) else dict(entry["cite"]["by_rung"]),
            says={str(key): str(text) for key, text in entry["says"].items()},
        )
    except KeyError as error:
        raise LibraryError(f"In {file}, the criterion {named} lacks {error}.") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise LibraryError(f"In {file}, the criterion {named} is broken: {error}.") from None


def _cases(entry: Mapping[str, Any]) -> list[Case]:
    given = entry.get("cases") or [entry]
    return [
        Case(
            condition(case.get("if", {})),
            condition(case["met_when"]),
            condition(case["failed_when"]) if "failed_when" in case else _always,
        )
        for case in given
    ]


# --- conditions -----------------------------------------------------------------------------------------


def condition(given: object) -> Condition:
    """Return a condition as a function. Raises TypeError or ValueError for one that does not exist."""
    if not isinstance(given, Mapping):
        raise TypeError(f"a condition is a mapping, not {given!r}")
    unknown = sorted(set(map(str, given)) - _FORMS.keys())
    if unknown:
        raise ValueError(f"there is no condition {unknown[0]!r}")
    parts = [_FORMS[str(name)](value) for name, value in given.items()]
    return lambda talk: all(part(talk) for part in parts)


def _always(_: Talk) -> bool:
    return True


def _moves(given: object) -> frozenset[Move]:
    if not isinstance(given, list):
        raise TypeError(f"moves are a list, not {given!r}")
    return frozenset(Move(move) for move in given)


def _needs(given: Mapping[str, Any]) -> Condition:
    (how, listed), *more = given.items()
    if more or how not in ("any", "all", "together", "calm"):
        raise ValueError("needs takes any, all, together or calm")
    moves = _moves(listed)
    if how == "any":
        return lambda talk: talk.first(moves) is not None
    if how == "calm":
        return lambda talk: any(made & moves and not made & ATTACKS for made in talk.moves)
    if how == "all":
        return lambda talk: all(talk.first(frozenset({move})) is not None for move in moves)
    return lambda talk: any(moves <= made for made in talk.moves)


def _never(given: object) -> Condition:
    moves = _moves(given)
    return lambda talk: talk.first(moves) is None


def _at_most(given: Mapping[str, Any]) -> Condition:
    moves, turns = _moves(given["of"]), int(given["turns"])
    return lambda talk: sum(bool(made & moves) for made in talk.moves) <= turns


def _within(given: Mapping[str, Any]) -> Condition:
    moves, turns = _moves(given["of"]), int(given["turns"])
    return lambda talk: any(made & moves for made in talk.moves[:turns])


def _before(given: Mapping[str, Any]) -> Condition:
    first, then = _moves(given["first"]), _moves(given["then"])

    def holds(talk: Talk) -> bool:
        later = talk.first(then)
        earlier = talk.first(first)
        return later is None or (earlier is not None and earlier <= later)

    return holds


def _after_told(given: object) -> Condition:
    moves = _moves(given)
    return lambda talk: talk.after_told is not None and bool(talk.moves[talk.after_told] & moves)


def _told(given: object) -> Condition:
    return lambda talk: (talk.after_told is not None) is given


def _left(given: object) -> Condition:
    return lambda talk: talk.left is given


def _turns(given: object) -> Condition:
    least = int(str(given))
    return lambda talk: len(talk.moves) >= least or talk.left


def _rung(given: Sequence[str]) -> Condition:
    rungs = frozenset(Rung(rung) for rung in given)
    return lambda talk: talk.rung in rungs


def _agreed(given: object) -> Condition:
    return lambda talk: talk.agreed is given


def _either(given: Sequence[object]) -> Condition:
    parts = [condition(part) for part in given]
    return lambda talk: any(part(talk) for part in parts)


def _not(given: object) -> Condition:
    part = condition(given)
    return lambda talk: not part(talk)


_FORMS: Final[Mapping[str, Callable[[Any], Condition]]] = {
    "needs": _needs,
    "never": _never,
    "at_most": _at_most,
    "within": _within,
    "before": _before,
    "after_told": _after_told,
    "told": _told,
    "left": _left,
    "turns": _turns,
    "rung": _rung,
    "agreed": _agreed,
    "either": _either,
    "not": _not,
}
