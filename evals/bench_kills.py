"""``python -m evals.bench_kills``: a run killed at random points and continued, held against one that was left alone.

A scripted subject answers drafts of the data set in a process of its own, which is killed without warning; everything
else is the real thing: cases, inspect_ai, its logs, every scorer of ``rewrite``. No model.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import UnreadableReply
from evals import bench_runs, results, runner
from evals.results import Item, Run
from evals.suite import Answer, Case, Plan

KILLS = 20
PER_KILL = 4
"""Cases for each kill, so that the last kill still finds a run to end."""
UNREADABLE = 9
"""Every so many cases the answer cannot be read: what is unscored has to survive a kill too."""
USAGE = {"calls": 1, "prompt": 10, "cached": 4, "completion": 5}
ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run that was killed ``kills`` times. ``differing``: items unlike those of the whole run.

    ``asked_again`` counts answers that were paid for twice; the one under way at each kill is all there may be.
    ``unpriced`` are kept answers that no longer tell what they cost at first.
    """

    kills: int
    items: int
    kept: int
    asked_again: int
    differing: tuple[str, ...]
    unpriced: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the resumed run equals the whole one, at the cost of one answer for each kill."""
        return not self.differing and not self.unpriced and self.asked_again <= self.kills


class Noting:
    """Gives every draft back as it is, and notes which cases it was asked."""

    def __init__(self, folder: Path | None, seconds: float) -> None:
        self._folder, self._seconds = folder, seconds

    def answer(self, case: Case) -> Answer:
        """Return the draft as a rewrite, or nothing that can be read. Raises UnreadableReply."""
        if self._folder is not None:
            with (self._folder / ASKED).open("a") as file:
                file.write(case.id + "\n")
        time.sleep(self._seconds)
        if sum(map(ord, case.id)) % UNREADABLE == 0:
            raise UnreadableReply("The answer is no JSON.")
        return {"message": case.given, "pattern": {"name": "none"}, "route": None, "model": "scripted", "usage": USAGE}

    def close(self) -> None:
        """Nothing is held."""


def run_in(folder: Path, items: int, seconds: float = 0.0, *, noting: bool = False) -> Run:
    """Run or continue ``items`` drafts in ``folder``."""
    subject = Noting(folder if noting else None, seconds)
    return runner.run([bench_runs.suite_of(subject, items)], Plan(), folder / "out")


def killed(folder: Path, kills: int, seed: int, seconds: float = 0.05) -> Outcome:
    """Kill a run so many times at random points, let it end, and hold it against one that was left alone."""
    chance, items = random.Random(seed), PER_KILL * kills  # noqa: S311 - points in time, no secret
    for further in [chance.randint(1, 3) for _ in range(kills)]:  # drawn first: how long a child waits draws too
        wanted, process = _asked(folder).total() + further, _child(folder, items, seconds)
        while process.poll() is None and _asked(folder).total() < wanted:
            time.sleep(0.01 + chance.random() * seconds)
        if process.poll() is not None:
            raise RuntimeError("The run ended before it could be killed: give it more cases or slower answers.")
        process.send_signal(signal.SIGKILL)
        process.wait()
    if _child(folder, items, seconds).wait() != 0:
        raise RuntimeError("The run could not be continued to its end.")
    return compared(results.read(folder / "out"), run_in(folder / "whole", items), _asked(folder), kills)


def compared(resumed: Run, whole: Run, asked: Counter[str], kills: int) -> Outcome:
    """Return how a resumed run differs from a whole one of the same cases."""
    one, two = ({(i.id, i.epoch): _facts(i) for i in run.items} for run in (resumed, whole))
    differing = sorted({f"{id} {epoch}" for id, epoch in one.keys() | two.keys()
                        if one.get((id, epoch)) != two.get((id, epoch))})  # fmt: skip
    kept = [item for item in resumed.items if item.reused]
    priced = {item.id for item in whole.items if item.spent.completion}
    unpriced = [i.id for i in kept if i.id in priced and i.spent.completion != USAGE["completion"]]
    return Outcome(kills, len(resumed.items), len(kept), asked.total() - len(asked), tuple(differing), tuple(unpriced))


def _facts(item: Item) -> tuple[object, ...]:
    return item.status, item.problem, item.outcomes, item.given, item.made, item.ledger


def _asked(folder: Path) -> Counter[str]:
    path = folder / ASKED
    return Counter(path.read_text().split() if path.exists() else [])


def _child(folder: Path, items: int, seconds: float) -> subprocess.Popen[bytes]:
    words = ["--child", str(folder), "--items", str(items), "--seconds", str(seconds)]
    return subprocess.Popen(
        [sys.executable, "-m", "evals.bench_kills", *words],
        cwd=Path(__file__).resolve().parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what became of the run; 1 where it differs from one that was left alone."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench_kills", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--child", type=Path, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--items", type=int, default=PER_KILL, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=0.05, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child is not None:
        results.write(run_in(options.child, options.items, options.seconds, noting=True), options.child / "out")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = killed(Path(folder), options.kills, options.seed)
    print(
        f"killed {found.kills} times: {found.items} items, {found.kept} kept, {found.asked_again} asked again, "
        f"{len(found.differing)} unlike those of a run left alone, {len(found.unpriced)} without their first cost"
    )
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({**asdict(found), "holds": found.holds}, indent=2) + "\n", "utf-8")
    return 0 if found.holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
