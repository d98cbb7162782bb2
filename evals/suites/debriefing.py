"""The suite ``debrief``: debriefs of whole conversations, and labelled turns read as moves. Needs no model."""

from __future__ import annotations

import re
from typing import Any

from evals.library_text import is_real
from evals.results import Card, Outcome
from evals.suite import DATASETS, Answer, Case, Judged, Plan, Suite, of_split, read_rows
from evals.suites import practising
from evals.verdicts import UnreadableResultError

TURNS = DATASETS / "turns_v2.jsonl"
ALIKE = 0.5

CARDS = (
    Card("quotes", "debrief", "Every quotation is verbatim, at the turn it names.", decides=True),
    Card("citations", "debrief", "Every citation is a passage of the library that holds the quotation.", decides=True,
         shares="reads the library's files, not the product's index"),
    Card("better", "debrief", "Every criterion that was not met comes with a line to try.", decides=True),
    Card("about_lines", "debrief", "It speaks of lines, never of what somebody is.", decides=True),
    Card("steady", "debrief", "The same conversation gets the same debrief.", decides=True),
    Card("order", "debrief", "Skilled talk scores above vague, harsh and rescuing talk.", decides=True,
         shares="takes the product's word for the score"),
    Card("score", "debrief", "The score, 0 to 100.", counts=True, shares="is the product's own figure"),
    Card("moves", "debrief", "The moves of a labelled turn: those found and those meant, shared out of all named.",
         decides=True),
)  # fmt: skip
_ABOUT = re.compile(
    r"\b(?:you are an? |you're an? |you were (?:too )?(?:rude|harsh|weak|aggressive|bad)|as a person|your character|"
    r"your personality|bad manager|good manager|poor manager|you lack|you always|you never|your weakness|"
    r"you failed|you should be ashamed)",
    re.IGNORECASE,
)


class Debriefing:
    """The debrief of conversations that robots had with authored lines; and the reader of moves."""

    def __init__(self, _: Plan) -> None:
        self._talks = practising.Practising(Plan(subject="rules"))
        self._coach = self._talks.coach

    def answer(self, case: Case) -> Answer:
        """Return the debrief of a case's conversation, or the moves of its turn."""
        from assistant.practising import transcript

        debriefer = self._coach.debriefer
        if "turn" in case.data:
            given = [
                {"speaker": "employee", "text": case.data["before"]},
                {"speaker": "manager", "text": case.data["turn"]},
            ]
            found = debriefer.of_turns(transcript.turns_from(given))
            return {"moves": [move.value for move in found.moves[0]]}
        from assistant.domain import as_json

        talk = self._talks.answer(case)
        scene = transcript.scene_from(talk, self._coach.practice.scenarios)
        done = as_json(debriefer.of_scene(scene))
        return {**done, "steady": as_json(debriefer.of_scene(scene)) == done, "turns": talk["turns"]}

    def close(self) -> None:
        """Let go of the library."""
        self._talks.close()


def _cases(plan: Plan) -> list[Case]:
    from dataclasses import replace

    talks = [replace(case, light=True) for case in practising.SUITE.cases(plan)]
    turns = [
        Case(row["id"], row["situation"], f"Employee: {row['before']}\nManager: {row['turn']}", row, {"kind": "turn"},
             row.get("split") == "test", light=True)
        for row in of_split(read_rows(TURNS, ("id", "situation", "before", "turn", "moves")), plan)
    ]  # fmt: skip
    return talks + turns


def _judge(case: Case, answer: Answer, _: Plan) -> Judged:
    if "turn" in case.data:
        return _moves(case, answer)
    turns, criteria = answer.get("turns"), answer.get("criteria")
    if not isinstance(turns, list) or not isinstance(criteria, list) or not criteria:
        raise UnreadableResultError("no debrief came back")
    quotes = [quote for verdict in criteria for quote in verdict["quotes"]]
    quotes += [point["quote"] for point in answer.get("turning_points") or ()]
    loose = [q["text"] for q in quotes if not _stands(turns, q)]
    cited = [verdict["citation"] for verdict in criteria if verdict.get("citation")]
    unreal = [c["id"] for c in cited if not is_real(c["id"], c["quote"])]
    bare = [v["id"] for v in criteria if v["met"] is False and not str(v["better"]).strip()]
    said = " ".join([str(v["why"]) for v in criteria] + [str(answer.get("next_time", ""))])
    for quote in quotes:
        said = said.replace(quote["text"], " ")
    personal = [m[0] for m in _ABOUT.finditer(said)]
    outcomes = {
        "quotes": Outcome(not loose, reasons=tuple(f"“{q}” is not there" for q in loose)),
        "citations": Outcome(not unreal, reasons=tuple(f"{c} does not hold it" for c in unreal)),
        "better": Outcome(not bare, reasons=tuple(f"{b} has no better line" for b in bare)),
        "about_lines": Outcome(not personal, reasons=tuple(f"“{p}”" for p in personal)),
        "steady": Outcome(bool(answer.get("steady"))),
        "score": Outcome(None, float(answer["score"])),
    }
    return Judged(outcomes, _shown(answer))


def _stands(turns: list[dict[str, Any]], quote: dict[str, Any]) -> bool:
    at = quote["turn"]
    return bool(0 <= at < len(turns) and turns[at]["text"][quote["start"] : quote["end"]] == quote["text"] != "")


def _moves(case: Case, answer: Answer) -> Judged:
    got = answer.get("moves")
    if not isinstance(got, list):
        raise UnreadableResultError("no moves came back")
    found, meant = set(map(str, got)), set(case.data["moves"])
    share = len(found & meant) / len(found | meant) if found | meant else 1.0
    reasons = [f"{move} was not seen" for move in sorted(meant - found)]
    reasons += [f"{move} was seen and is not meant" for move in sorted(found - meant)]
    outcome = Outcome(share >= ALIKE, share, () if share == 1 else tuple(reasons))
    return Judged({"moves": outcome}, "Moves: " + (", ".join(sorted(found)) or "none"))


def _shown(answer: Answer) -> str:
    lines = [f"Score {answer['score']}"]
    for verdict in answer["criteria"]:
        sign = {True: "met", False: "not met", None: "open"}[verdict["met"]]
        quote = f" “{verdict['quotes'][0]['text']}”" if verdict["quotes"] else ""
        lines.append(f"{sign}: {verdict['asks']}{quote}")
    return "\n".join(lines)


SUITE = Suite(
    name="debrief",
    asks="Does a debrief quote, cite and rank as it should?",
    subjects=("product", "rules"),
    cards=lambda _: CARDS,
    cases=_cases,
    open=Debriefing,
    judge=_judge,
    after=lambda items: practising.in_order(items, "debrief"),
)
