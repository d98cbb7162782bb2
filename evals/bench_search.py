"""``python -m evals.bench_search``: how fast search is, and how large, at several sizes of the library.

The library itself first, then made-up libraries: passages put together from the library's own sentences,
with two ways to ask for each. Each size runs in a process of its own, so that memory is its own too.
Times contain the question's embedding. A benchmark, not a test: it never fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil

from assistant.settings import Settings
from assistant.shelf import knowledge_folder

SIZES = (0, 1_000, 10_000)
"""Passages; 0 is the library as it is."""
_PER_FILE = 50
_QUESTIONS = Path(__file__).parent / "datasets" / "knowledge_v1.jsonl"
_HEAD = """---
title: Made up {number}
source: Made up
year: house
evidence: house
limits: Made up.
elements: []
---
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench_search", description="Time search here.")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="passages; 0 is the library")
    parser.add_argument("--json", type=Path, default=None, help="also write every figure to this file")
    parser.add_argument("--one", type=int, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one is not None:
        print(json.dumps(measure(options.one)))
        return 0
    found = []
    for size in options.sizes:
        command = [sys.executable, "-m", "evals.bench_search", "--one", str(size)]
        found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(line(found[-1]) if len(found) > 1 else f"{heading()}\n{line(found[-1])}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return 0


def measure(size: int) -> dict[str, Any]:
    """Return the figures for a library of ``size`` passages, in this process."""
    from assistant.library.knowledge import Library

    lines = _QUESTIONS.read_text("utf-8").splitlines()
    questions = [row["question"] for row in map(json.loads, lines) if row["split"] == "train"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        built_in = made_up(Path(folder) / "made-up", size) if size else knowledge_folder()
        began = time.perf_counter()
        Library.load(home, built_in=built_in, chosen=Settings()).close()
        built = time.perf_counter() - began
        changed = _change_one(home, built_in)
        began = time.perf_counter()
        library = Library.load(home, built_in=built_in, chosen=Settings())
        rebuilt = time.perf_counter() - began
        library.close()
        before = psutil.Process().memory_info().rss
        began = time.perf_counter()
        library = Library.load(home, built_in=built_in, chosen=Settings())
        opened = time.perf_counter() - began
        times, bare = [], []
        for question in questions * 2:
            began = time.perf_counter()
            library.search(question, 5)
            times.append(1000 * (time.perf_counter() - began))
            began = time.perf_counter()
            if library.embed:
                library.embed([question])
            bare.append(1000 * (time.perf_counter() - began))
        resident = psutil.Process().memory_info().rss
        disk = sum(path.stat().st_size for path in (home / "index").rglob("*") if path.is_file())
        passages = sum(len(framework.passages) for framework in library.frameworks)
        library.close()
    return {
        "passages": passages,
        "build_seconds": built,
        "changed": changed,
        "rebuild_seconds": rebuilt,
        "open_seconds": opened,
        "embedding_ms": median(bare),
        "search_ms": {"median": median(times), "p95": quantiles(times, n=20)[-1]},
        "resident_megabytes": resident / 1e6,
        "opened_megabytes": (resident - before) / 1e6,
        "disk_megabytes": disk / 1e6,
    }


def made_up(folder: Path, size: int) -> Path:
    """Write a knowledge folder of ``size`` passages and return it."""
    from assistant.library import corpus, phrasings
    from assistant.library.knowledge import sentences

    chance = random.Random(7)  # noqa: S311 - the same library every time
    real = corpus.load([knowledge_folder()])
    said = [sentence for passage in real.passages for sentence in sentences(passage.text)]
    asked = [line for passage in real.passages for line in passage.use_when.splitlines()]
    (folder / "frameworks").mkdir(parents=True)
    for number in range(0, size, _PER_FILE):
        parts = [_HEAD.format(number=number)]
        for place in range(number, min(size, number + _PER_FILE)):
            text = " ".join(chance.sample(said, 4))
            ways = "\n".join(f"Use when: {line}" for line in chance.sample(asked, 2))
            parts.append(f"\n## Passage {place} {{#p{place}}}\n\n{text}\n\n{ways}\n")
        (folder / "frameworks" / f"made-up-{number}.md").write_text("".join(parts), "utf-8")
    lines = phrasings.load([knowledge_folder()]).outside
    (folder / phrasings.OUTSIDE).write_text(json.dumps(list(lines)), "utf-8")
    return folder


def _change_one(home: Path, built_in: Path) -> str:
    """Replace one file in the organisation's own folder, with one sentence more in it."""
    source = sorted((built_in / "frameworks").glob("*.md"))[0]
    target = home / "knowledge" / "frameworks" / source.name
    target.parent.mkdir(parents=True)
    target.write_text(source.read_text("utf-8").replace("\nUse when:", " One sentence more.\n\nUse when:", 1), "utf-8")
    return source.name


def heading() -> str:
    """Return the head of the table."""
    names = ("passages", "search p50", "p95 ms", "embed ms", "open s", "build s", "one file s", "memory MB", "disk MB")
    return "".join(f"{name:>12}" for name in names)


def line(facts: dict[str, Any]) -> str:
    """Return one size as a row of the table."""
    figures = (
        f"{facts['passages']:,}",
        f"{facts['search_ms']['median']:.1f}",
        f"{facts['search_ms']['p95']:.1f}",
        f"{facts['embedding_ms']:.1f}",
        f"{facts['open_seconds']:.1f}",
        f"{facts['build_seconds']:.1f}",
        f"{facts['rebuild_seconds']:.1f}",
        f"{facts['resident_megabytes']:.0f}",
        f"{facts['disk_megabytes']:.0f}",
    )
    return "".join(f"{figure:>12}" for figure in figures)


if __name__ == "__main__":
    raise SystemExit(main())
