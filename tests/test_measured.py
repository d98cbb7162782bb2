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
