"""Suites as inspect_ai tasks: samples, a solver that asks the subject, a scorer. Knows inspect_ai; judges nothing.

The subject is asked through the product, never through inspect's model layer, so that what is measured is what a
person gets. A reply that cannot be read is left out of every share and counted by inspect as unscored.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from math import isnan

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from assistant.errors import UnreadableReply
from evals.suite import Answer, Case, Plan, Subject, Suite
from evals.verdicts import UnreadableResultError

ANSWER = "answer"
"""Where the solver leaves an answer in a sample's store."""
UNREADABLE = "unreadable"
SECONDS = "seconds"
NAN = float("nan")

Told = Callable[[Case], None]


def build(suite: Suite, plan: Plan, cases: Sequence[Case], subject: Subject, told: Told = lambda _: None) -> Task:
    """Return the task of having ``cases`` answered by ``subject`` and scored."""
    samples = [Sample(id=case.id, input=case.given or case.id, metadata={"case": asdict(case)}) for case in cases]
    return Task(
        dataset=MemoryDataset(samples),
        solver=ask(subject, {case.id: case for case in cases}, told),
        scorer=outcomes(suite, plan),
        epochs=plan.repeat,
        name=f"{suite.name}-{plan.subject}",
    )


@solver
def ask(subject: Subject, cases: dict[str, Case], told: Told) -> Solver:
    """Put the subject's answer, or why it cannot be read, into the sample's store."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        case = cases[str(state.sample_id)]
        began = time.perf_counter()
        try:
            state.store.set(ANSWER, await asyncio.to_thread(subject.answer, case))
        except UnreadableReply as error:
            state.store.set(UNREADABLE, error.message)
        state.store.set(SECONDS, time.perf_counter() - began)
        told(case)
        return state

    return solve


@metric
def known_mean() -> Metric:
    """The mean over the samples that a scorer applies to."""

    def measure(scores: list[SampleScore]) -> Value:
        values = [score.score.as_float() for score in scores]
        known = [value for value in values if not isnan(value)]
        return sum(known) / len(known) if known else NAN

    return measure


@scorer(metrics={"*": [known_mean()]})
def outcomes(suite: Suite, plan: Plan) -> Scorer:
    """Every outcome by itself; what does not apply has no value."""

    async def score(state: TaskState, target: Target) -> Score:
        answer: Answer | None = state.store.get(ANSWER)
        if answer is None:
            return Score.unscored(reason="invalid_response_format", explanation=str(state.store.get(UNREADABLE, "")))
        try:
            judged = suite.judge(case_from(state.metadata["case"]), answer, plan)
        except UnreadableResultError as error:
            return Score.unscored(reason="invalid_response_format", explanation=str(error))
        figures = {name: outcome.figure for name, outcome in judged.outcomes.items()}
        names = [card.name for card in suite.cards(plan)]  # inspect wants the same names from every sample
        value = {name: NAN if (figure := figures.get(name)) is None else figure for name in names}
        reasons = {name: list(outcome.reasons) for name, outcome in judged.outcomes.items() if outcome.reasons}
        return Score(value=value, metadata=reasons)

    return score


def case_from(given: dict[str, object]) -> Case:
    """Return the case that a sample's metadata holds."""
    return Case(**given)  # type: ignore[arg-type]


class Late:
    """A subject that is opened when the first case needs it: a resumed, finished run starts no engine."""

    def __init__(self, suite: Suite, plan: Plan) -> None:
        self._suite, self._plan = suite, plan
        self._lock = threading.Lock()
        self._subject: Subject | None = None

    def answer(self, case: Case) -> Answer:
        """Answer a case, after opening the subject if it is the first."""
        with self._lock:
            if self._subject is None:
                self._subject = self._suite.open(self._plan)
        return self._subject.answer(case)

    def close(self) -> None:
        """Close the subject where it was opened."""
        if self._subject is not None:
            self._subject.close()
