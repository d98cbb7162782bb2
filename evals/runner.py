"""Runs suites, goes on where a killed run stopped, and gives a Run back.

Knows inspect_ai's ``eval_set`` and where its logs lie. A folder of logs belongs to one state of the product and of
the cases, so no old answer is mistaken for a new one; a changed scorer costs no answer, because outcomes are worked
out anew from the answers that the logs keep.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from evals import logging_kept, own_cases, provenance, tasks
from evals.results import Item, Run, Spent, Status
from evals.suite import Answer, Case, Judged, Plan, Suite
from evals.verdicts import UnreadableResultError

Say = Callable[[str], None]


def run(suites: Sequence[Suite], plan: Plan, out: Path, say: Say = lambda _: None) -> Run:
    """Run or continue suites; answers lie in ``out``/logs. Raises BenchcoachError where a suite cannot begin."""
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    items: list[Item] = []
    seen: dict[str, set[str]] = {"models": set(), "prompts": set()}
    for suite in suites:
        items += _run_suite(suite, plan, out, say, seen)
    facts = {
        **provenance.facts("none" if plan.subject == "rules" else plan.model),
        **{name: sorted(found) for name, found in seen.items()},
        "split": plan.split,
        "framework": plan.framework,
        "repeat": plan.repeat,
        "limit": plan.limit,
        "data": plan.data.name if plan.data else None,
        "refused": [str(row) for row in own_cases.read(plan.data).refused] if plan.data else [],
    }
    cards = {suite.name: suite.cards(plan) for suite in suites}
    return Run(plan.subject, tuple(s.name for s in suites), plan.quick, started, facts, cards, tuple(items))


def _run_suite(suite: Suite, plan: Plan, out: Path, say: Say, seen: dict[str, set[str]]) -> list[Item]:
    from inspect_ai import eval_set

    cases = suite.chosen(plan)
    folder = out / "logs" / f"{suite.name}-{plan.subject}-{_key(cases, plan)}"
    before = _answered(folder)
    progress = Progress(suite.name, len(cases) * plan.repeat, len(before), say)
    subject = tasks.Late(suite, plan)
    fresh: tasks.Fresh = {}
    try:
        with logging_kept.kept():
            eval_set(
                tasks.build(suite, plan, cases, subject, fresh, progress.done),
                log_dir=str(folder),
                model=None,
                display="none",
                score_display=False,  # it works out every figure anew after every case
                max_samples=1,
                log_realtime=False,  # nobody watches through inspect
                log_buffer=1,  # a killed run loses the case it was at, no more
                retry_attempts=0,
                retry_immediate=False,
                fail_on_error=True,  # a case that could not be run leaves the log unfinished, so it is tried again
                continue_on_fail=True,  # after the others
                ctl_server=False,
                acp_server=False,
            )
    finally:
        subject.close()
    if _stopped(folder):  # inspect keeps Ctrl-C to itself
        raise KeyboardInterrupt
    items = _items(suite, plan, cases, folder, before, fresh, seen)
    progress.end()
    return items + suite.after(items)


def _key(cases: Sequence[Case], plan: Plan) -> str:
    model = "none" if plan.subject == "rules" else plan.model
    return provenance.fingerprint([[asdict(case) for case in cases], plan.framework, plan.repeat], model)


def _stopped(folder: Path) -> bool:
    """Whether the newest log was ended by a person."""
    from inspect_ai.log import list_eval_logs, read_eval_log

    logs = list_eval_logs(str(folder))
    return bool(logs) and read_eval_log(logs[0], header_only=True).status == "cancelled"


def _samples(folder: Path) -> Mapping[tuple[str, int], Any]:
    """Return the newest sample of every case and epoch in a folder of logs."""
    from inspect_ai.log import list_eval_logs, read_eval_log

    found: dict[tuple[str, int], Any] = {}
    if folder.is_dir():
        for info in reversed(list_eval_logs(str(folder))):  # oldest first: the newest answer wins
            found |= {(str(sample.id), sample.epoch): sample for sample in read_eval_log(info).samples or []}
    return found


def _answered(folder: Path) -> set[tuple[str, int]]:
    return {key for key, sample in _samples(folder).items() if not sample.error}


def _items(
    suite: Suite,
    plan: Plan,
    cases: Sequence[Case],
    folder: Path,
    before: set[tuple[str, int]],
    fresh: tasks.Fresh,
    seen: dict[str, set[str]],
) -> list[Item]:
    samples = _samples(folder)
    items = []
    for case in cases:
        for epoch in range(1, plan.repeat + 1):
            blank = Item(suite.name, case.id, case.situation, epoch, case.slices, given=case.given, closed=case.closed)
            sample = samples.get((case.id, epoch))
            if sample is None or sample.error:
                problem = sample.error.message if sample is not None else "not run"
                items.append(replace(blank, status=Status.ERROR, problem=problem))
                continue
            answer = sample.store.get(tasks.ANSWER)
            _note(answer, seen)
            reused = replace(blank, reused=(case.id, epoch) in before, spent=_spent(sample.store))
            unreadable = str(sample.store.get(tasks.UNREADABLE, ""))
            found = fresh.get((case.id, epoch))
            items.append(_with(reused, found) if found else judged(suite, plan, case, reused, answer, unreadable))
    return items


def judged(suite: Suite, plan: Plan, case: Case, item: Item, answer: Answer | None, unreadable: str = "") -> Item:
    """Return ``item`` with what the suite's scorers say of ``answer``, or unscored with the reason."""
    if answer is None:
        return replace(item, status=Status.UNSCORED, problem=unreadable or "no answer")
    try:
        found = suite.judge(case, answer, plan)
    except UnreadableResultError as error:
        return replace(item, status=Status.UNSCORED, problem=str(error))
    return _with(item, found)


def _with(item: Item, found: Judged) -> Item:
    return replace(item, outcomes=found.outcomes, made=found.made, ledger=found.ledger)


def _parts(answer: Answer | None) -> list[Mapping[str, Any]]:
    """Return the answers that an answer is made of: itself, or those of a comparison."""
    if not answer:
        return []
    inner: list[Mapping[str, Any]] = [part for part in answer.values() if isinstance(part, dict) and "message" in part]
    return inner or [answer]


def _spent(store: Mapping[str, Any]) -> Spent:
    usage = [part["usage"] for part in _parts(store.get(tasks.ANSWER)) if isinstance(part.get("usage"), dict)]
    sums = {name: sum(int(one.get(name, 0)) for one in usage) for name in ("calls", "prompt", "cached", "completion")}
    return Spent(seconds=float(store.get(tasks.SECONDS, 0.0)), **sums)


def _note(answer: Answer | None, seen: dict[str, set[str]]) -> None:
    for part in _parts(answer):
        if part.get("model"):
            seen["models"].add(str(part["model"]))
        seen["prompts"].update(map(str, part.get("prompts") or ()))


class Progress:
    """Tells how far a suite is and about how long it will take, at most every few seconds."""

    EVERY = 5.0

    def __init__(self, name: str, total: int, known: int, say: Say) -> None:
        self._name, self._total, self._known, self._say = name, total, known, say
        self._done, self._began, self._told = 0, time.monotonic(), 0.0
        if known:
            say(f"{name}: {known} of {total} were answered before and are kept")

    def done(self, _: Case) -> None:
        """Count one answered case."""
        self._done += 1
        now = time.monotonic()
        left = self._total - self._known - self._done
        if now - self._told >= self.EVERY:
            self._told = now
            seconds = (now - self._began) / self._done * max(0, left)
            self._say(f"{self._name}: {self._known + self._done} of {self._total}, about {_minutes(seconds)} left")

    def end(self) -> None:
        """Say that the suite is done."""
        self._say(f"{self._name}: done in {_minutes(time.monotonic() - self._began)}")


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def to_terminal(line: str) -> None:
    """Print a line of progress where it disturbs no output."""
    print(line, file=sys.stderr, flush=True)
