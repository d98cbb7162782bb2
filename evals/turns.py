"""``python -m evals.turns``: how well a manager's turns are read as moves, move by move, with intervals.

Knows the labelled turns (datasets/turns_v2.jsonl) and any reader that maps a turn to moves. The figure is macro F1:
each move counts the same, however rare. The test split is for reporting; its turns are not shown.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from assistant.scene import Move

DATASET: Final = Path(__file__).parent / "datasets" / "turns_v2.jsonl"
RESAMPLES: Final = 1000
SEED: Final = 7

Labels = frozenset[Move]
Read = Callable[[str, str], Iterable[Move]]
"""From a turn and what the employee said before it to moves."""


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """A turn with the moves that it holds."""

    id: str
    turn: str
    before: str
    moves: Labels


@dataclass(frozen=True, slots=True)
class MoveScore:
    """How often a move was read where it was, and where it was not."""

    move: Move
    right: int
    missed: int
    wrong: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; NaN where the move is neither there nor read."""
        return f1(self.right, self.missed, self.wrong)


@dataclass(frozen=True, slots=True)
class Figures:
    """Macro F1 over the moves that occur, its 95 % bootstrap interval over turns, and each move's own score."""

    turns: int
    macro_f1: float
    low: float
    high: float
    exact: float
    moves: tuple[MoveScore, ...]


def f1(right: int, missed: int, wrong: int) -> float:
    """Return F1 from counts; NaN where there is nothing to find and nothing was found."""
    total = 2 * right + missed + wrong
    return 2 * right / total if total else float("nan")


def read_rows(split: str, path: Path = DATASET) -> list[LabelledTurn]:
    """Return the labelled turns of a split."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        if row["split"] == split:
            moves = frozenset(Move(move) for move in row["moves"])
            found.append(LabelledTurn(row["id"], row["turn"], row["before"], moves))
    return found


def figures(truth: Sequence[Labels], read: Sequence[Labels]) -> Figures:
    """Score what was read against what is there. Resampling is seeded, so the same input gives the same interval."""
    pairs = list(zip(truth, read, strict=True))
    chance = random.Random(SEED)  # noqa: S311 - resampling, not a secret
    drawn = (macro_f1([chance.choice(pairs) for _ in pairs]) for _ in range(RESAMPLES))
    again = sorted(figure for figure in drawn if not math.isnan(figure))
    return Figures(
        turns=len(pairs),
        macro_f1=macro_f1(pairs),
        low=again[round(0.025 * len(again))],
        high=again[round(0.975 * len(again)) - 1],
        exact=sum(a == b for a, b in pairs) / len(pairs),
        moves=tuple(_score(move, pairs) for move in Move),
    )


def macro_f1(pairs: Sequence[tuple[Labels, Labels]]) -> float:
    """Return the mean F1 of the moves that occur in the truth; NaN where none does."""
    there = [move for move in Move if any(move in true for true, _ in pairs)]
    return sum(_score(move, pairs).f1 for move in there) / len(there) if there else float("nan")


def _score(move: Move, pairs: Sequence[tuple[Labels, Labels]]) -> MoveScore:
    return MoveScore(
        move,
        right=sum(move in a and move in b for a, b in pairs),
        missed=sum(move in a and move not in b for a, b in pairs),
        wrong=sum(move not in a and move in b for a, b in pairs),
    )


def markdown(found: Figures, title: str) -> str:
    """Return the figures as a table."""
    lines = [
        f"# Moves of a turn: {title}",
        "",
        f"{found.turns} turns. Macro F1 {found.macro_f1:.3f}, plausibly {found.low:.3f} to {found.high:.3f}; "
        f"{found.exact:.0%} of the turns are read exactly.",
        "",
        "| move | there | read right | missed | read wrongly | F1 |",
        "|---|---|---|---|---|---|",
    ]
    for score in found.moves:
        there = score.right + score.missed
        cells = (score.move, there, score.right, score.missed, score.wrong, f"{score.f1:.2f}")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read a split with the product's reader and print its figures."""
    from assistant.library.knowledge import Library
    from assistant.practising.moves import MoveReader

    options = _parser().parse_args(arguments)
    library = Library.load()
    reader = MoveReader.load(library)
    rows = read_rows(options.split, options.data)
    read = [frozenset(reader.read(row.turn, row.before)) for row in rows]
    library.close()
    found = figures([row.moves for row in rows], read)
    print(markdown(found, options.split), end="")
    if options.show and options.split != "test":
        print(*_mistakes(rows, read), sep="\n")
    if options.json:
        facts = asdict(found) | {"moves": {s.move: asdict(s) | {"f1": s.f1} for s in found.moves}}
        options.json.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    return 0


def _mistakes(rows: Sequence[LabelledTurn], read: Sequence[Labels]) -> Iterable[str]:
    for row, moves in zip(rows, read, strict=True):
        if moves != row.moves:
            wrongly, missed = sorted(moves - row.moves), sorted(row.moves - moves)
            yield f"- {row.id} {row.turn!r}: wrongly {wrongly}, missed {missed}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.turns", description="Score the reading of turns.")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    parser.add_argument("--data", type=Path, default=DATASET, help="another file of labelled turns")
    parser.add_argument("--show", action="store_true", help="list the mistakes; never those of the test split")
    parser.add_argument("--json", type=Path, default=None, help="write the figures to a file")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
