"""The rewrite task for inspect_ai: rows of ``rewrite_v4.jsonl``, a subject, the scorers.

The subject is asked through the product or its own door to a model, never through inspect's model
layer, so that what is measured is what a manager gets. Also runs as
``inspect eval evals/rewrite.py --model none -T split=dev -T subject=product``.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.solver import Generate, Solver, TaskState, solver

from assistant.errors import InputError, UnreadableReply
from evals.scorers import RESULT, UNREADABLE, clean, measures, verdicts
from evals.subjects import Subject, open_subject

DATASET = Path(__file__).parent / "datasets" / "rewrite_v4.jsonl"

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


@task
def rewrite(split: str = "dev", subject: str = "product", limit: int | None = None, data: str = str(DATASET)) -> Task:
    """Rewrite the drafts of ``split`` with ``subject`` (product, plain, examples or rules)."""
    return build(read_rows(split, Path(data))[:limit], _Late(subject).answer, subject)


def build(rows: Sequence[Mapping[str, Any]], answer: Answer, subject: str) -> Task:
    """Return the task of having ``rows`` answered by ``answer`` and scored."""
    samples = [Sample(id=str(row["id"]), input=str(row["draft"]), metadata=dict(row)) for row in rows]
    return Task(
        dataset=MemoryDataset(samples),
        solver=ask(answer),
        scorer=[clean(), verdicts(), measures()],
        name=f"rewrite-{subject}",
    )


def read_rows(split: str, path: Path = DATASET) -> list[dict[str, Any]]:
    """Return the rows of one split, in the file's order."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        chosen = [row for row in rows if row["split"] == split and row["id"] and row["draft"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path.name} is no data set of rewrites.", detail=str(error)) from error
    if not chosen:
        raise InputError(f"{path.name} has no rows of the split {split}.")
    return chosen


@solver
def ask(answer: Answer) -> Solver:
    """Put the subject's rewrite, or why it cannot be read, into the sample's store."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        try:
            result = await asyncio.to_thread(answer, state.metadata)
        except UnreadableReply as error:
            state.store.set(UNREADABLE, error.message)
            return state
        state.store.set(RESULT, result)
        state.output.completion = str(result.get("message") or "")
        return state

    return solve


class _Late:
    """A subject that is opened when the first sample needs it: a resumed, finished run starts no engine."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._subject: Subject | None = None

    def answer(self, row: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            if self._subject is None:
                self._subject = open_subject(self._name)
                atexit.register(self._subject.close)
        return self._subject.answer(row)
