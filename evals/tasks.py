"""Suites as inspect_ai tasks: samples, a solver that asks the subject, a scorer. Knows inspect_ai; judges nothing.

The subject is asked through the product, never through inspect's model layer, so that what is measured is what a
person gets. A reply that cannot be read is left out of every share and counted by inspect as unscored.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from math import isnan

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from assistant.errors import UnreadableReply
from evals.suite import Answer, Case, Judged, Plan, Subject, Suite
from evals.verdicts import UnreadableResultError

ANSWER = "answer"
"""Where the solver leaves an answer in a sample's store."""
UNREADABLE = "unreadable"
SECONDS = "seconds"
NAN = float("nan")

Told = Callable[[Case], None]
Fresh = dict[tuple[str, int], Judged]
"""What the scorer said of each case and epoch of this process, so that a run need not ask it again."""


def build(suite: Suite, plan: Plan, cases: Sequence[Case], subject: Subject, fresh: Fresh, told: Told) -> Task:
    """Return the task of having ``cases`` answered by ``subject`` and scored."""
    known = {case.id: case for case in cases}
    # inspect copies a sample's metadata many times over, so it holds what a reader of its viewer looks for, no more.
    samples = [
        Sample(id=case.id, input=case.given or case.id, metadata={"situation": case.situation, **case.slices})
        for case in cases
    ]
    return Task(
        dataset=MemoryDataset(samples),
        solver=ask(subject, known, told),
        scorer=outcomes(suite, plan, known, fresh),
        epochs=plan.repeat,
        name=f"{suite.name}-{plan.subject}",
    )


def ask(subject: Subject, cases: dict[str, Case], told: Told) -> Solver:
    """Return what puts the subject's answer, or why it cannot be read, into the sample's store."""

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

    # inspect writes the arguments of a solver and of a scorer into the log of every sample: these two have none, or
    # each of n cases would be written n times.
    @solver(name="ask")
    def asking() -> Solver:
        return solve

    return asking()


@metric
def known_mean() -> Metric:
    """The mean over the samples that a scorer applies to."""

    def measure(scores: list[SampleScore]) -> Value:
        values = [score.score.as_float() for score in scores]
        known = [value for value in values if not isnan(value)]
        return sum(known) / len(known) if known else NAN

    return measure


def outcomes(suite: Suite, plan: Plan, cases: dict[str, Case], fresh: Fresh) -> Scorer:
    """Return what scores every outcome by itself; what does not apply has no value."""

    async def score(state: TaskState, target: Target) -> Score:
        answer: Answer | None = state.store.get(ANSWER)
        if answer is None:
            return Score.unscored(reason="invalid_response_format", explanation=str(state.store.get(UNREADABLE, "")))
        try:
            judged = suite.judge(cases[str(state.sample_id)], answer, plan)
        except UnreadableResultError as error:
            return Score.unscored(reason="invalid_response_format", explanation=str(error))
        fresh[str(state.sample_id), state.epoch] = judged
        figures = {name: outcome.figure for name, outcome in judged.outcomes.items()}
        names = [card.name for card in suite.cards(plan)]  # inspect wants the same names from every sample
        value = {name: NAN if (figure := figures.get(name)) is None else figure for name in names}
        reasons = {name: list(outcome.reasons) for name, outcome in judged.outcomes.items() if outcome.reasons}
        return Score(value=value, metadata=reasons)

    @scorer(name="outcomes", metrics={"*": [known_mean()]})
    def scoring() -> Scorer:
        return score

    return scoring()


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
