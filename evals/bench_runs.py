"""``python -m evals.bench_runs``: what a run costs beside the answers themselves, in time and in memory.

A scripted subject takes a fixed time for every draft of the data set; everything else is the real thing: cases,
inspect_ai, its logs, every scorer of ``rewrite``. What the clock shows above the answers is overhead.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from evals import runner
from evals.suite import Answer, Case, Plan, Subject, Suite, read_rows
from evals.suites import rewriting

ITEMS = 300
SECONDS = 1.0
"""How long the scripted subject takes for a draft; the embedded model takes two to three."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What ``items`` cases cost. ``growth`` is memory added after the first tenth.

    ``answering`` and ``whole`` are seconds of the clock, ``cpu`` those that the run computed: the subject sleeps, so
    all of them are overhead, and other work on the machine does not lengthen them.
    """

    items: int
    answering: float
    whole: float
    cpu: float
    memory: int
    growth: int

    @property
    def overhead(self) -> float:
        """What the run computes beside the answers, as a share of their time."""
        return self.cpu / self.answering


class Scripted:
    """Gives every draft back as it is, after a while, and looks at the memory."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.memory: list[int] = []
        self.answering = 0.0

    def answer(self, case: Case) -> Answer:
        """Return the draft as a rewrite."""
        began = time.perf_counter()
        time.sleep(self._seconds)
        self.memory.append(psutil.Process().memory_info().rss)
        self.answering += time.perf_counter() - began
        return {"message": case.given, "pattern": {"name": "none"}, "route": None, "model": "scripted"}

    def close(self) -> None:
        """Nothing is held."""


def suite_of(subject: Subject, items: int) -> Suite:
    """Return the suite ``rewrite`` with the first ``items`` drafts of its data set and a scripted subject."""
    rows = read_rows(rewriting.DATASET, ("id", "draft"))[:items]
    return replace(rewriting.SUITE, cases=lambda _: [rewriting.case_of(row) for row in rows], open=lambda _: subject)


def measure(items: int, seconds: float, out: Path) -> Cost:
    """Run ``items`` drafts of the data set by a scripted subject, and return what that cost."""
    scripted = Scripted(seconds)
    suite = suite_of(scripted, items)
    began, computed = time.perf_counter(), time.process_time()
    runner.run([suite], Plan(), out)
    whole, cpu = time.perf_counter() - began, time.process_time() - computed
    early = max(scripted.memory[: max(1, items // 10)])
    return Cost(items, scripted.answering, whole, cpu, max(scripted.memory), max(scripted.memory) - early)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the cost of a run; with ``--json FILE`` keep it."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench_runs", description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="what the scripted subject takes for a draft")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        cost = measure(options.items, options.seconds, Path(folder))
    print(
        f"{cost.items} items: {cost.answering:.1f} s of answers, {cost.whole:.1f} s in all by the clock; "
        f"{cost.cpu:.1f} s computed beside the answers: {cost.overhead:.1%}; "
        f"memory {cost.memory / 1e6:.0f} MB, {cost.growth / 1e6:+.0f} MB after the first tenth"
    )
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({**asdict(cost), "overhead": cost.overhead}, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
