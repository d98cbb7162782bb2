"""Claims about docs/measured.md: it tells what the evals are worth by their own measurements, where any was made."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from evals import measured, null_comparison, planted, qualify
from evals.bench_kills import Outcome
from evals.bench_runs import Cost
from evals.measured_before import carried
from evals.qualify import Quality
from evals.statistics import rate


def kept(folder: Path, name: str, value: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps(value))


def test_nothing_measured_gives_no_page(tmp_path: Path) -> None:
    assert measured.page(tmp_path) is None


def test_what_the_evals_are_worth_stands_on_the_page(tmp_path: Path) -> None:
    cost = Cost(300, 301.0, 320.0, 9.03, 150_000_000, 6_000_000)
    kept(tmp_path, "bench_runs", {**asdict(cost), "overhead": cost.overhead})
    kept(tmp_path, "bench_kills", asdict(Outcome(20, 80, 70, 19, ("rw-001 1",), ())))
    kept(tmp_path, "null", [asdict(null_comparison.Null("simulated", 90, 90, 1.0, 1000, 51))])
    poor = Quality(
        "small", "blames", "v", rate([True] * 4 + [False] * 6, range(10)), rate([True] * 10, range(10)), 3, ""
    )
    kept(tmp_path, "judge", [qualify.as_json(poor)])
    told = measured.page(tmp_path) or ""
    assert "300 drafts beside 301 s of answers | 3.0% computed; +6 MB" in told
    assert "killed 20 times at random points and continued | 1 of 80 items unlike" in told
    assert "90 items in 90 situations | called different in 51 of 1,000" in told
    assert "small as a judge, blames | sensitivity 0.40 of 10 (" in told
    assert "unscored |" in told


def test_the_lowest_scorer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = {"keeps": planted.Score(43, 44, 300, 300, ()), "claims": planted.Score(22, 44, 290, 300, ())}
    monkeypatch.setattr(planted, "scores", lambda **_: two)
    assert planted.main(["--json", str(tmp_path / "planted.json")]) == 0
    assert "sensitivity 0.500 of 44 (claims), specificity 0.967 of 300 (claims)" in (measured.page(tmp_path) or "")


OLD = """# Measured

## Rewrites

| what | clean |
|---|---|
| Benchcoach | 34 of 60 |
| a plain prompt | 3 of 60 |

Whose words: the draft's.

## Attacks

| model | attacks | succeeded |
|---|---|---|
| rules | static | 4 of 310 |

## The page

| what | figure |
|---|---|
| 1 at once | 0.2 s |
| 5 at once | 0.7 s |
| twice, 3 repeats: 24 items | 9 of 1,000 |
"""
NEW = """# Measured

## Rewrites

| what | clean |
|---|---|
| Benchcoach | 40 of 60 |
| a plain prompt | not run |

## Attacks

| model | attacks | succeeded |
|---|---|---|
| large | static | 1 of 310 |
| rules | static | 2 of 310 |

## The page

| what | figure |
|---|---|
| twice, 4 repeats: 60 items | 25 of 1,000 |
| 5 at once | 0.6 s |
"""


def test_what_was_not_measured_again_stays_on_the_page() -> None:
    told = carried(OLD, NEW)
    assert "Whose words" in told
    assert "40 of 60" in told and "34 of 60" not in told
    assert "| a plain prompt | 3 of 60 |" in told and "not run" not in told
    assert "| rules | static | 2 of 310 |" in told and "4 of 310" not in told and "1 of 310" in told
    assert "25 of 1,000" in told and "9 of 1,000" not in told
    assert told.count("at once") == 2 and "0.6 s" in told and "0.2 s" in told


def test_a_section_that_was_not_measured_again_stays_and_a_new_one_stands_after_its_neighbour() -> None:
    told = carried("# M\n\n## A\n\none\n\n## C\n\nthree\n", "# M\n\n## A\n\none again\n\n## B\n\ntwo\n")
    assert told == "# M\n\n## A\n\none again\n\n## B\n\ntwo\n\n## C\n\nthree\n"
    assert carried(OLD, OLD).split() == OLD.split()
