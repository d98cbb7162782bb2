"""Claims about the statistics of the evals: intervals hold what they promise, and noise is rarely called news."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from assistant.errors import InputError
from evals import null_comparison, results, statistics
from evals.results import Card, Item, Outcome, Run
from evals.statistics import Claim, detectable, holm, mean, needed, paired, rate, share


@pytest.mark.parametrize(("items", "situations"), null_comparison.SHAPES)
def test_the_same_subject_twice_is_called_different_in_two_to_eight_of_a_hundred_runs(
    items: int, situations: int
) -> None:
    found = null_comparison.simulated(items, situations)
    assert found.times == 1000
    assert 0.02 <= found.share <= 0.08, found


def repeated(chance: random.Random, situations: int, repeats: int) -> Run:
    """A run whose answers waver, two items of each situation alike."""
    items = []
    for situation in range(situations):
        passes = chance.betavariate(2, 1)
        for id in (f"{situation}-a", f"{situation}-b"):
            items += [
                Item("rewrite", id, f"s-{situation}", epoch,
                     outcomes={"keeps": Outcome(chance.random() < passes)})
                for epoch in range(1, repeats + 1)
            ]  # fmt: skip
    cards = {"rewrite": (Card("keeps", "facts", "Every fact.", decides=True),)}
    return Run("scripted", ("rewrite",), False, "2026-01-01T00:00:00+00:00", {"repeat": repeats}, cards, tuple(items))


def test_a_run_s_own_repeats_are_called_different_in_two_to_eight_of_a_hundred_comparisons() -> None:
    found = null_comparison.resampled(repeated(random.Random(2), 60, 4))
    assert (found.items, found.situations, found.times) == (120, 60, 1000)
    assert 0.4 < found.wavering < 0.9
    assert 0.02 <= found.share <= 0.08, found


def test_answers_that_never_waver_are_never_called_different_and_one_answer_is_no_repeat() -> None:
    steady = repeated(random.Random(2), 60, 4)
    same = tuple(replace(item, outcomes={"keeps": Outcome(True)}) for item in steady.items)
    found = null_comparison.resampled(replace(steady, items=same))
    assert (found.claims, found.wavering) == (0, 0.0)
    with pytest.raises(InputError, match="no repeats"):
        null_comparison.resampled(repeated(random.Random(2), 5, 1))


def test_the_null_comparison_is_printed_and_kept(tmp_path: Path) -> None:
    results.write(repeated(random.Random(2), 20, 3), tmp_path)
    assert null_comparison.main(["--run", str(tmp_path), "--json", str(tmp_path / "null.json")]) == 0
    kept = json.loads((tmp_path / "null.json").read_text())
    assert [one["source"] for one in kept] == ["simulated", "simulated", "scripted with 3 repeats"]


def test_a_real_difference_is_seen_about_as_often_as_the_power_says() -> None:
    chance = random.Random(4)
    seen = 0
    for _ in range(300):
        before = [float(chance.random() < 0.6) for _ in range(100)]
        after = [1.0 if b == 0.0 and chance.random() < 0.45 else b for b in before]
        seen += paired(before, after, range(100), binary=True).claim is Claim.BETTER
    assert seen / 300 > 0.8


def test_no_change_at_all_is_undecided_and_still_has_a_range() -> None:
    found = paired([1.0] * 20, [1.0] * 20, range(20), binary=True)
    assert (found.value, found.moved, found.claim, found.needed) == (0.0, 0, Claim.UNDECIDED, None)
    assert found.low < -0.05 < 0.05 < found.high


def test_six_lost_of_twenty_is_worse_and_four_is_undecided_with_how_many_it_would_take() -> None:
    before = [1.0] * 20
    assert paired(before, [0.0] * 6 + [1.0] * 14, range(20), binary=True).claim is Claim.WORSE
    few = paired(before, [0.0] * 4 + [1.0] * 16, range(20), binary=True)
    assert few.claim is Claim.UNDECIDED
    assert few.needed is not None
    assert few.needed > 20


def test_items_of_one_situation_count_for_less_than_strangers() -> None:
    passed = [True] * 20 + [False] * 20
    alike, apart = rate(passed, [n // 5 for n in range(40)]), rate(passed, range(40))
    assert alike.high - alike.low > 1.5 * (apart.high - apart.low)
    assert (alike.clusters, apart.clusters) == (8, 40)


def test_all_passed_is_no_certainty_and_each_situation_counts_once() -> None:
    assert rate([True] * 30, [n // 3 for n in range(30)]).low == pytest.approx(share(10, 10).low)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    chance, held = random.Random(8), 0
    for _ in range(400):
        situations = [chance.gauss(0.5, 0.2) for _ in range(15)]
        values = [situation + chance.gauss(0, 0.1) for situation in situations for _ in range(3)]
        found = mean(values, [n // 3 for n in range(45)])
        held += found.low <= 0.5 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_one_situation_gives_a_mean_and_no_range() -> None:
    found = mean([0.2, 0.4], ["a", "a"])
    assert found.value == pytest.approx(0.3)
    assert isnan(found.low)


def test_nothing_gives_no_number() -> None:
    assert isnan(rate([], []).value)
    assert isnan(mean([], []).value)
    assert paired([], [], [], binary=True).claim is Claim.UNDECIDED


def test_looking_at_several_figures_costs_certainty() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert isnan(holm([float("nan"), 0.5])[0])


def test_more_items_see_smaller_differences() -> None:
    assert detectable(400) == pytest.approx(detectable(100) / 2)
    assert needed(0.1, 0.5) == 197
    assert needed(0.0, 0.5) is None
    assert statistics.DISAGREE < 1
