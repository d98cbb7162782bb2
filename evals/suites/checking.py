"""The suite ``check``: what the linter finds in drafts and messages, without any model.

Expectations are the data sets'. Of a message only the manager's default behaviour is labelled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evals.results import Card, Outcome
from evals.subjects import open_coach
from evals.suite import DATASETS, Answer, Case, Judged, Plan, Suite, of_split, read_rows
from evals.suites import rewriting
from evals.verdicts import UnreadableResultError

MESSAGES = DATASETS / "pattern_v2.jsonl"
MESSAGE = "message"
_TAKEN = "takes the product's word for its {}"

CARDS = (
    Card("route", "reading", "It names the person who has to see the draft first.", decides=True,
         shares=_TAKEN.format("route")),
    Card("pattern", "reading", "It names the manager's own default behaviour.", decides=True,
         shares=_TAKEN.format("pattern")),
    Card("finds", "reading", "The share of words that have to go that a finding touches."),
    Card("quiet", "reading", "Nothing is found in a draft that is already fair.", decides=True),
    Card("places", "reading", "Every finding stands where it says, word for word.", decides=True),
    Card("findings", "reading", "How many findings.", counts=True),
)  # fmt: skip


class Checking:
    """The linter as the command line has it."""

    def __init__(self, plan: Plan) -> None:
        self._coach = open_coach("rules", plan.model)

    def answer(self, case: Case) -> Answer:
        """Return findings, pattern and route."""
        from assistant.domain import as_json

        return dict(as_json(self._coach.check(case.given)))

    def close(self) -> None:
        """Let go of the library."""
        self._coach.close()


def _cases(plan: Plan) -> list[Case]:
    drafts = [replace(case, light=True) for case in rewriting.cases(plan)]
    return drafts if plan.data is not None else drafts + _messages(plan)


def _messages(plan: Plan) -> list[Case]:
    return [
        Case(row["id"], row["situation"], row["message"], row, {"kind": MESSAGE}, row["split"] == "test", light=True)
        for row in of_split(read_rows(MESSAGES, ("id", "situation", "split", "message", "pattern")), plan)
    ]


def _judge(case: Case, answer: Answer, _: Plan) -> Judged:
    findings = answer.get("findings")
    if not isinstance(findings, list):
        raise UnreadableResultError("no findings came back")
    route = (answer.get("route") or {}).get("to")
    pattern = (answer.get("pattern") or {}).get("name")
    wrong = [f["text"] for f in findings if case.given[f["start"] : f["end"]] != f["text"]]
    outcomes = {
        "pattern": _pattern(case.data.get("pattern"), pattern),
        "places": Outcome(not wrong, reasons=tuple(wrong)),
    }
    if case.slices.get("kind") != MESSAGE:
        outcomes |= _of_draft(case, findings, route)
    shown = "\n".join(f"{f['category']}: “{f['text']}” ({f['rule']})" for f in findings) or "No findings."
    return Judged(outcomes, f"{shown}\nroute: {route or 'none'}; pattern: {pattern}")


def _of_draft(case: Case, findings: list[dict[str, Any]], route: str | None) -> dict[str, Outcome]:
    draft, row = case.given, case.data
    wanted = row.get("route")
    phrases = [phrase for phrase in row.get("must_drop") or () if _place(draft, phrase) is not None]
    missed = [phrase for phrase in phrases if not any(_touches(draft, phrase, f) for f in findings)]
    fair = "already_good" in (row.get("traits") or ())
    return {
        "route": Outcome(route == wanted, reasons=() if route == wanted else (f"expected {wanted}, got {route}",)),
        "finds": _share(len(phrases) - len(missed), len(phrases), missed),
        "quiet": Outcome(None) if not fair else Outcome(not findings, reasons=tuple(f["text"] for f in findings)),
        "findings": Outcome(None, float(len(findings))),
    }


def _pattern(wanted: str | None, got: str | None) -> Outcome:
    if wanted is None:
        return Outcome(None)
    return Outcome(got == wanted, reasons=() if got == wanted else (f"expected {wanted}, got {got}",))


def _share(found: int, of: int, missed: list[str]) -> Outcome:
    return Outcome(not missed, found / of, tuple(f"“{m}” is not found" for m in missed)) if of else Outcome(None)


def _place(text: str, phrase: str) -> int | None:
    """Return where ``phrase`` stands; None where the draft spells it otherwise, as an injected order may."""
    at = text.replace("’", "'").casefold().find(phrase.replace("’", "'").casefold())
    return at if at >= 0 else None


def _touches(draft: str, phrase: str, finding: dict[str, int]) -> bool:
    at = _place(draft, phrase)
    return at is not None and finding["start"] < at + len(phrase) and at < finding["end"]


SUITE = Suite(
    name="check",
    asks="Does the linter see what a trainer would mark, and nothing else?",
    subjects=("product", "rules"),
    cards=lambda _: CARDS,
    cases=_cases,
    open=Checking,
    judge=_judge,
)
