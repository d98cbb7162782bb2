"""The verdicts as inspect_ai scorers, with their metrics. Knows inspect_ai and ``verdicts``; judges nothing.

A rewrite that cannot be read is unscored: it is left out of every share and counted by inspect.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ParamSpec

from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import TaskState

from evals import statistics
from evals.verdicts import (
    BESIDE,
    CLEAN,
    Result,
    UnreadableResultError,
    failures,
    invented_share,
    is_clean,
    judge,
    origins,
    read_result,
    reading_ease,
)

RESULT = "rewrite"
"""Where the solver leaves the rewrite's JSON in a sample's store."""
UNREADABLE = "unreadable"
"""Where it leaves the reason when no rewrite could be read."""

P = ParamSpec("P")
NAN = float("nan")


def _share_of(scores: list[SampleScore]) -> statistics.Share:
    values = [score.score.as_float() for score in scores]
    known = [value for value in values if not math.isnan(value)]
    return statistics.share(sum(value == 1.0 for value in known), len(known))


@metric
def share() -> Metric:
    """The share of samples that pass."""

    def measure(scores: list[SampleScore]) -> Value:
        return _share_of(scores).value

    return measure


@metric
def low() -> Metric:
    """The lower end of the share's 95 % Wilson interval."""

    def measure(scores: list[SampleScore]) -> Value:
        return _share_of(scores).low

    return measure


@metric
def high() -> Metric:
    """The upper end of the share's 95 % Wilson interval."""

    def measure(scores: list[SampleScore]) -> Value:
        return _share_of(scores).high

    return measure


@metric
def median() -> Metric:
    """The median over samples."""

    def measure(scores: list[SampleScore]) -> Value:
        values = sorted(v for s in scores if not math.isnan(v := s.score.as_float()))
        if not values:
            return NAN
        middle = len(values) // 2
        return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2

    return measure


def _scoring(score: Callable[[dict[str, Any], Result], Score]) -> Scorer:
    """Return a scorer that reads the sample's row and rewrite, or leaves the sample unscored."""

    async def run(state: TaskState, target: Target) -> Score:
        if reason := state.store.get(UNREADABLE):
            return Score.unscored(reason="invalid_response_format", explanation=str(reason))
        try:
            result = read_result(state.store.get(RESULT))
        except UnreadableResultError as error:
            return Score.unscored(reason="invalid_response_format", explanation=str(error))
        return score(state.metadata, result)

    return run


@scorer(metrics=[share(), low(), high()])
def clean() -> Scorer:
    """The contract's definition of a clean rewrite, with the reason of every failure."""

    def score(row: dict[str, Any], result: Result) -> Score:
        verdicts = judge(row, result)
        failed = failures(verdicts)
        told = "; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in failed.items())
        return Score(value=1.0 if is_clean(verdicts) else 0.0, explanation=told or "clean", metadata=failed)

    return _scoring(score)


@scorer(metrics={"*": [share(), low(), high()]})
def verdicts() -> Scorer:
    """Every verdict by itself, those of the clean definition and those beside it."""

    def score(row: dict[str, Any], result: Result) -> Score:
        every = judge(row, result)
        value = {name: NAN if every[name].passed is None else float(bool(every[name].passed)) for name in every}
        return Score(value=value, metadata=failures(every, (*CLEAN, *BESIDE)))

    return _scoring(score)


@scorer(metrics={"*": [median()]})
def measures() -> Scorer:
    """Whose words, how long, how readable and at what cost: figures without a pass mark."""

    def score(row: dict[str, Any], result: Result) -> Score:
        usage, whose = result.get("usage") or {}, origins(result)
        total = sum(whose.rows.values())
        value = {
            "seconds": float(result.get("seconds") or NAN),
            "prompt_cached": float(usage.get("cached", NAN)),
            "prompt_uncached": float(usage.get("prompt", NAN)) - float(usage.get("cached", NAN)),
            "completion": float(usage.get("completion", NAN)),
            "own_rows": whose.own / total if total else NAN,
            "new_words": invented_share(row, result),
            "reading_ease": reading_ease(str(result.get("say") or result["message"])),
        }
        return Score(value=value, metadata={"rows": dict(whose.rows), "message": whose.message})

    return _scoring(score)
