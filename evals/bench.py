"""``python -m evals.bench``: how fast and how large the product is here, beside the raw model server.

Knows the product through ``Coach`` and its model through ``llm``. Prints times as a person meets
them (findings, first ledger row, whole) and the ratio to what the same server needs for the same
tokens without the product. A benchmark, not a test: it never fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psutil
import yaml

from assistant import settings
from assistant.domain import Draft, Rewrite, Usage
from assistant.errors import BenchcoachError
from assistant.models.model import Request

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.models.llm import Model

DRAFTS = Path(__file__).parent / "bench_drafts.yaml"
SAMPLE_SECONDS = 0.2
_TEMPLATE_TOKENS = 50
"""About what the chat template and the closing request add to a raw prompt."""
_COUNT = "Ignore the words above. Count upwards from 1, one number per line, and never stop."
_COMMON = (
    "time year people way day man thing woman life child world school state family student group country "
    "problem hand part place case week company system program question work number night point home water "
    "room mother area money story fact month lot right study book eye job word business issue side head"
)
_WORDS = _COMMON.split()


@dataclass(frozen=True, slots=True)
class Timing:
    """One draft, in seconds, with the tokens its rewrite and its raw twin cost."""

    words: int
    findings: float
    first_row: float | None
    whole: float
    usage: Usage
    raw: float | None
    raw_usage: Usage

    @property
    def ratio(self) -> float | None:
        """How many times longer the product took than the raw server."""
        return self.whole / self.raw if self.raw else None


class Memory:
    """The largest resident memory of this process and its children, sampled while it runs."""

    def __init__(self) -> None:
        self.peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while True:
            self.peak = max(self.peak, sum(_resident(p) for p in (me, *me.children(recursive=True))))
            if self._stop.wait(SAMPLE_SECONDS):
                return


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    options = _parser().parse_args(arguments)
    drafts = yaml.safe_load(DRAFTS.read_text("utf-8"))[: options.limit]
    try:
        facts = measure(drafts)
    except BenchcoachError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(table(facts))
    if options.json:
        options.json.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    return 0


def measure(drafts: Sequence[str]) -> dict[str, Any]:
    """Return every figure for ``drafts`` as plain JSON; the engine is warm before the first."""
    from assistant.coach import Coach
    from assistant.models.llm import open_model

    chosen = settings.load()
    with Memory() as memory:
        began = time.perf_counter()
        coach = Coach.open(chosen)
        try:
            coach.warm()
            start = time.perf_counter() - began
            model = open_model(chosen)
            try:
                timings = [_time(coach, model, text, chosen.slots) for text in drafts]
            finally:
                if model:
                    model.close()
            name = coach.model_name
        finally:
            coach.close()
    checks = [_check_process(text) for text in drafts[:5]]
    return {
        "model": name,
        "cores": os.cpu_count(),
        "slots": chosen.slots,
        "drafts": [asdict(timing) | {"ratio": timing.ratio} for timing in timings],
        "start_seconds": start,
        "check_process_seconds": checks,
        "peak_megabytes": memory.peak / 1e6,
    }


def _time(coach: Coach, model: Model | None, text: str, slots: int) -> Timing:
    began = time.perf_counter()
    coach.check(text)
    findings = time.perf_counter() - began
    began, first, done = time.perf_counter(), None, None
    for step in coach.rewriting(Draft(text)):
        if isinstance(step, Rewrite):
            done = step
        elif step.row is not None and first is None:
            first = time.perf_counter() - began
    whole = time.perf_counter() - began
    usage = done.usage if done else Usage()
    raw, raw_usage = _raw(model, usage, slots) if model else (None, Usage())
    return Timing(len(text.split()), findings, first, whole, usage, raw, raw_usage)


def _raw(model: Model, usage: Usage, slots: int) -> tuple[float | None, Usage]:
    """Have the server read and write as many tokens in as many calls, nothing of them cached."""
    if not usage.calls:
        return None, Usage()
    from langchain_core.messages import HumanMessage

    chance = random.Random(time.time_ns())  # noqa: S311 - only has to differ, so that nothing is cached
    prompt = max(1, (usage.prompt - usage.cached) // usage.calls - _TEMPLATE_TOKENS)
    completion = max(1, round(usage.completion / usage.calls))

    def ask(_: int) -> Usage:
        words = " ".join(chance.choices(_WORDS, k=prompt))
        message = HumanMessage(f"{words}\n{_COUNT}")
        return model.complete(Request([message], label="bench@1", max_tokens=completion)).usage

    began = time.perf_counter()
    with ThreadPoolExecutor(slots) as pool:
        spent = list(pool.map(ask, range(usage.calls)))
    return time.perf_counter() - began, sum(spent, Usage())


def _check_process(text: str) -> float:
    """Return the seconds of ``benchcoach check`` from start to end, as a shell meets it."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "assistant", "check", "-"], input=text.encode(), check=False,
                   capture_output=True)  # fmt: skip
    return time.perf_counter() - began


_AIMS = {"findings": 0.1, "first_row": 3.0, "whole": 15.0, "check": 0.3, "memory": 3000.0}


def table(facts: dict[str, Any]) -> str:
    """Return the figures as a table of medians with their range and what is aimed for."""
    drafts = facts["drafts"]
    lines = [
        f"model {facts['model']}, {facts['cores']} cores, {facts['slots']} slots, {len(drafts)} drafts of "
        f"{median(d['words'] for d in drafts):.0f} words; engine warm after {facts['start_seconds']:.1f} s",
        f"{'':<34}{'median':>9}{'least':>9}{'most':>9}{'aim':>9}",
        _line("findings, in the process, s", [d["findings"] for d in drafts], _AIMS["findings"], 3),
        _line("findings, benchcoach check, s", facts["check_process_seconds"], _AIMS["check"], 3),
        _line("first ledger row, s", [d["first_row"] for d in drafts], _AIMS["first_row"], 1),
        _line("whole rewrite, s", [d["whole"] for d in drafts], _AIMS["whole"], 1),
        _line("raw server, same tokens, s", [d["raw"] for d in drafts], None, 1),
        _line("product / raw server", [d["ratio"] for d in drafts], None, 2),
        _line("model calls", [d["usage"]["calls"] for d in drafts], None, 0),
        _line("prompt tokens, cached", [d["usage"]["cached"] for d in drafts], None, 0),
        _line("prompt tokens, not cached", [_uncached(d["usage"]) for d in drafts], None, 0),
        _line("  of the raw twin", [_uncached(d["raw_usage"]) for d in drafts], None, 0),
        _line("completion tokens", [d["usage"]["completion"] for d in drafts], None, 0),
        _line("  of the raw twin", [d["raw_usage"]["completion"] for d in drafts], None, 0),
        _line("memory of all processes, peak, MB", [facts["peak_megabytes"]], _AIMS["memory"], 0),
    ]
    return "\n".join(lines)


def _uncached(usage: dict[str, int]) -> int:
    return usage["prompt"] - usage["cached"]


def _line(name: str, values: Sequence[float | None], aim: float | None, digits: int) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{name:<34}{'-':>9}"
    figures = "".join(f"{value:>9.{digits}f}" for value in (median(known), min(known), max(known)))
    return f"{name:<34}{figures}" + (f"{f'< {aim:g}':>9}" if aim else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description="Time the product here.")
    parser.add_argument("--limit", type=int, default=10, help="only the first so many drafts")
    parser.add_argument("--json", type=Path, default=None, help="also write every figure to this file")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
