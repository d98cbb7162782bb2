"""The suite ``knowledge``: does the library find what answers a question, refuse what it lacks, and cite truly?"""

from __future__ import annotations

from evals.library_text import is_real
from evals.results import Card, Outcome
from evals.subjects import open_coach
from evals.suite import Answer, Case, Judged, Plan, Suite
from evals.verdicts import UnreadableResultError

DEEP = 50
K = 5

CARDS = (
    Card("found", "search", "A passage that answers is among the first five.", decides=True),
    Card("first", "search", "A passage that answers comes first."),
    Card("rank", "search", "One over the place of the first passage that answers."),
    Card("refused", "search", "What the library does not cover is refused, and nothing else is.", decides=True),
    Card("citations", "search", "Every citation is a passage that holds the quotation word for word.", decides=True,
         shares="reads the library's files, not the product's index"),
    Card("cites_an_answer", "search", "The share of citations that are of a passage that answers."),
)  # fmt: skip


class Searching:
    """Search, and answers made of the library's own sentences."""

    def __init__(self, _: Plan) -> None:
        self._coach = open_coach("rules")

    def answer(self, case: Case) -> Answer:
        """Return the ids found, whether the library covers the question, and what an answer cites."""
        found = self._coach.library.find(case.given, DEEP)
        citations = self._coach.ask(case.given).citations
        return {
            "ids": [passage.id for passage in found.passages],
            "supported": found.supported,
            "citations": [{"id": c.id, "quote": c.quote} for c in citations],
        }

    def close(self) -> None:
        """Let go of the index."""
        self._coach.close()


def _cases(plan: Plan) -> list[Case]:
    from evals.knowledge import DATASET, LATER, read_rows

    rows = read_rows(plan.split, DATASET) + (read_rows(plan.split, LATER) if plan.split == "test" else [])
    return [
        Case(row["id"], row.get("situation") or row["id"], row["question"], row, {"kind": row["class"]},
             row["split"] == "test", light=True)
        for row in rows
    ]  # fmt: skip


def _judge(case: Case, answer: Answer, _: Plan) -> Judged:
    ids, supported, citations = answer.get("ids"), answer.get("supported"), answer.get("citations")
    if not isinstance(ids, list) or not isinstance(supported, bool) or not isinstance(citations, list):
        raise UnreadableResultError("no search result came back")
    right = case.data["answered_by"]
    place = next((place for place, id in enumerate(ids, 1) if id in right), 0)
    covered = bool(right)
    unreal = [c["id"] for c in citations if not is_real(c["id"], c["quote"])]
    wanted = "covered" if covered else "not covered"
    outcomes = {
        "refused": Outcome(supported == covered, reasons=() if supported == covered else (f"it is {wanted}",)),
        "citations": Outcome(not unreal, reasons=tuple(f"{id} does not hold the quotation" for id in unreal)),
    }
    if covered:
        told = () if 0 < place <= K else (f"the first that answers is at {place or 'no place'}: {', '.join(right)}",)
        outcomes |= {
            "found": Outcome(0 < place <= K, reasons=told),
            "first": Outcome(place == 1),
            "rank": Outcome(None, 1 / place if place else 0.0),
        }
        if citations:
            outcomes["cites_an_answer"] = Outcome(None, sum(c["id"] in right for c in citations) / len(citations))
    shown = ", ".join(ids[:K]) if supported else "Not covered. Nearest: " + ", ".join(ids[:K])
    return Judged(outcomes, shown)


SUITE = Suite(
    name="knowledge",
    asks="Does the library find what answers, refuse what it lacks, and cite truly?",
    subjects=("product", "rules"),
    cards=lambda _: CARDS,
    cases=_cases,
    open=Searching,
    judge=_judge,
)
