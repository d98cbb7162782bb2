"""The signs of a manager's moves: what each move means, patterns that show it, and worked turns.

Knows the files ``knowledge/moves.yaml`` and ``knowledge/examples/turns.yaml``, the built-in ones and an
organisation's own, and says what is wrong with one that breaks their form. Does not decide what a turn holds
(``moves``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from assistant import settings, shelf
from assistant.errors import LibraryError
from assistant.scene import Move

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAME = re.compile(r"\{([a-z]+)\}")
_QUOTED = re.compile(r'"[^"]{1,400}"')
_FIELDS: Final = frozenset({"means", "shows", "unless"})

UNQUOTED: Final = frozenset(
    {
        Move.BLAMED,
        Move.GENERALIZED,
        Move.MIND_READ,
        Move.COMPARED,
        Move.THREATENED,
        Move.LECTURED,
        Move.TOOK_OVER,
        Move.GAVE_IN,
        Move.VAGUE,
        Move.SMALL_TALK,
    }
)
"""Moves that a quotation does not make: who repeats what was said has not said it."""


@dataclass(frozen=True, slots=True)
class WorkedTurn:
    """A worked turn: what a manager says, what the employee said before, and the moves it holds."""

    id: str
    turn: str
    moves: frozenset[Move]
    before: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a move means, and the patterns that show it in one sentence."""

    move: Move
    means: str
    shows: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def seen_in(self, sentence: str) -> bool:
        """Whether a sentence shows the move."""
        said = _QUOTED.sub('"..."', sentence) if self.move in UNQUOTED else sentence
        return any(p.search(said) for p in self.shows) and not any(p.search(said) for p in self.unless)


def read_signs(folders: Sequence[Path] | None = None) -> dict[Move, Sign]:
    """Read the signs of each knowledge folder; a later folder's entry replaces an earlier one of the same move.

    Raises LibraryError that names the file and the move.
    """
    found: dict[Move, Sign] = {}
    for folder in _folders(folders):
        path = folder / "moves.yaml"
        if path.is_file():
            found |= _signs(path)
    return found


def read_turns(folders: Sequence[Path] | None = None) -> list[WorkedTurn]:
    """Read worked turns; only ``split: train`` is returned, so that nothing held out is ever learned from.

    Raises LibraryError that names the file and the example.
    """
    found: dict[str, WorkedTurn] = {}
    for folder in _folders(folders):
        path = folder / "examples" / "turns.yaml"
        if path.is_file():
            found |= {turn.id: turn for turn in _turns(path)}
    return list(found.values())


def _folders(folders: Sequence[Path] | None) -> Sequence[Path]:
    return (shelf.knowledge_folder(), settings.home() / "knowledge") if folders is None else folders


def _signs(path: Path) -> dict[Move, Sign]:
    content = _content(path)
    if not isinstance(content, dict) or set(content) - {"words", "moves"}:
        raise _broken(path, "it holds words: and moves:, nothing else")
    words = {str(name): str(pattern) for name, pattern in (content.get("words") or {}).items()}
    moves = content.get("moves")
    if not isinstance(moves, dict):
        raise _broken(path, "moves: has to name moves")
    return {sign.move: sign for sign in (_sign(path, name, entry, words) for name, entry in moves.items())}


def _sign(path: Path, name: object, entry: object, words: Mapping[str, str]) -> Sign:
    if name not in set(Move):
        raise _broken(path, f"{name} is no move; there are {', '.join(Move)}")
    if not isinstance(entry, dict) or set(entry) - _FIELDS or not entry.get("means") or not entry.get("shows"):
        raise _broken(path, f"{name} needs means: and shows:, and may have unless:")
    return Sign(
        Move(str(name)),
        " ".join(str(entry["means"]).split()),
        _patterns(path, name, entry["shows"], words),
        _patterns(path, name, entry.get("unless", ""), words),
    )


def _patterns(path: Path, name: object, block: object, words: Mapping[str, str]) -> tuple[re.Pattern[str], ...]:
    found = []
    for line in str(block).splitlines():
        if not line.strip():
            continue
        try:
            found.append(re.compile(_expanded(line.strip(), words), re.IGNORECASE))
        except (re.error, KeyError) as error:
            raise _broken(path, f"a pattern of {name} cannot be used: {error}", detail=line.strip()) from error
    return tuple(found)


def _expanded(pattern: str, words: Mapping[str, str]) -> str:
    while _NAME.search(pattern):
        pattern = _NAME.sub(lambda found: f"(?:{words[found[1]]})", pattern)
    return pattern


def _turns(path: Path) -> list[WorkedTurn]:
    rows = _content(path)
    if not isinstance(rows, list):
        raise _broken(path, "it has to be a list of turns")
    found = [_turn(path, number, row) for number, row in enumerate(rows, 1) if _is_train(path, number, row)]
    if len({turn.id for turn in found}) != len(found):
        raise _broken(path, "two turns share an id")
    return found


def _is_train(path: Path, number: int, row: object) -> bool:
    if not isinstance(row, dict) or row.get("split") not in ("train", "dev", "test"):
        raise _broken(path, f"turn {number} needs a split: train, dev or test")
    return bool(row["split"] == "train")


def _turn(path: Path, number: int, row: Mapping[str, Any]) -> WorkedTurn:
    try:
        moves = frozenset(Move(move) for move in row["moves"])
        return WorkedTurn(str(row["id"]), str(row["turn"]), moves, str(row.get("before") or ""))
    except KeyError as error:
        raise _broken(path, f"turn {number} lacks {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise _broken(path, f"turn {number}: {error}") from error


def _content(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return yaml.load(path.read_text("utf-8-sig"), _Loader)  # noqa: S506 - a safe loader, in C
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _broken(path, "it cannot be read as YAML", detail=str(error)) from error


def _broken(path: Path, what: str, *, detail: str = "") -> LibraryError:
    return LibraryError(
        f"The knowledge file {path.name} is broken: {what}.",
        hint="docs/practice.md shows the form.",
        detail=detail,
    )
