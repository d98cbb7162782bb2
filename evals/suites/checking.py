"""The suite ``check``: what the linter finds in drafts, without any model. Expectations are the data set's."""

from __future__ import annotations

from dataclasses import replace

from evals.results import Card, Outcome
from evals.subjects import open_coach
from evals.suite import Answer, Case, Judged, Plan, Suite
from evals.suites import rewriting
from evals.verdicts import UnreadableResultError

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
    return [replace(case, light=True) for case in rewriting.cases(plan)]


def _judge(case: Case, answer: Answer, _: Plan) -> Judged:
    findings, draft, row = answer.get("findings"), case.given, case.data
    if not isinstance(findings, list):
        raise UnreadableResultError("no findings came back")
    wanted = row.get("route")
    route = (answer.get("route") or {}).get("to")
    pattern = (answer.get("pattern") or {}).get("name")
    phrases = [phrase for phrase in row.get("must_drop") or () if _place(draft, phrase) is not None]
    missed = [phrase for phrase in phrases if not any(_touches(draft, phrase, f) for f in findings)]
    wrong = [f["text"] for f in findings if draft[f["start"] : f["end"]] != f["text"]]
    fair = "already_good" in (row.get("traits") or ())
    outcomes = {
        "route": Outcome(route == wanted, reasons=() if route == wanted else (f"expected {wanted}, got {route}",)),
        "pattern": _pattern(row.get("pattern"), pattern),
        "finds": _share(len(phrases) - len(missed), len(phrases), missed),
        "quiet": Outcome(None) if not fair else Outcome(not findings, reasons=tuple(f["text"] for f in findings)),
        "places": Outcome(not wrong, reasons=tuple(wrong)),
        "findings": Outcome(None, float(len(findings))),
    }
    shown = "\n".join(f"{f['category']}: “{f['text']}” ({f['rule']})" for f in findings) or "No findings."
    return Judged(outcomes, f"{shown}\nroute: {route or 'none'}; pattern: {pattern}")


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
