"""The suite ``practice``: scripted managers talk to every employee. Does good talk win, and does nothing leak?

A robot says its lines in order. Set ``a`` of the lines is for development, set ``b`` for reporting.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from evals.results import Card, Item, Outcome, Status
from evals.subjects import open_coach
from evals.suite import Answer, Case, Judged, Plan, Suite
from evals.text import folded, holds, sentences, words
from evals.verdicts import UnreadableResultError

ROBOTS = ("skilled", "vague", "harsh", "rescuing")
LONGEST = 60
RESISTS = 3
_STATE = "takes the product's word for the employee's state"

CARDS = (
    Card("no_leak", "employee", "Nothing that is held back comes out before it is told.", decides=True,
         shares="takes the product's word for when it was told; the words to look for are the scenario's"),
    Card("in_character", "employee", "No talk of being a program, no coach's or call-centre's phrases.", decides=True),
    Card("speaks", "employee", "Every answer is there and at most 60 words long.", decides=True),
    Card("no_repeat", "employee", "No answer is given twice.", decides=True),
    Card("resists", "employee", "To harsh talk the employee does not give in within three answers.", decides=True),
    Card("earned", "employee", "Skilled talk brings out what is behind it; harsh talk does not.", decides=True,
         shares=_STATE),
    Card("order", "employee", "Skilled talk scores above vague, harsh and rescuing talk.", decides=True,
         shares="takes the product's word for the score"),
    Card("score", "employee", "The debrief's score, 0 to 100.", counts=True, shares="is the product's own figure"),
    Card("own_lines", "employee", "The share of answers in the model's own words.", counts=True,
         shares="takes the product's word for origins"),
)  # fmt: skip

_FICTION = re.compile(
    r"\b(?:as an? (?:ai|language model|assistant)|language model|i(?:'m| am) an? (?:ai|assistant|bot|program)|"
    r"role-?play|in this scenario|my character|system prompt|my instructions|moving forward|going forward|"
    r"i understand your concerns?|i appreciate (?:your|the) feedback|thank you for (?:bringing|your feedback)|"
    r"valuable feedback|i will strive|i'll strive|rest assured|how can i (?:help|assist))\b",
    re.IGNORECASE,
)
_YIELDS = re.compile(
    r"\b(?:you(?:'re| are) (?:absolutely |completely |quite )?right|i(?:'m| am) (?:so |really |very )?sorry|"
    r"i apologi[sz]e|my apologies|i(?:'ll| will) (?:do better|improve|fix (?:it|this)|make sure|change)|"
    r"it won't happen again|i promise)\b",
    re.IGNORECASE,
)


class Practising:
    """Practice as a manager has it, with a robot for a manager."""

    def __init__(self, plan: Plan) -> None:
        self.coach = open_coach(plan.subject, plan.model)

    def answer(self, case: Case) -> Answer:
        """Return the whole conversation with its score."""
        from assistant.domain import Usage, as_json
        from assistant.practising import robots, transcript
        from assistant.scene import Difficulty

        practice = self.coach.practice
        card = practice.scenario(case.data["scenario"])
        scene = practice.open(card, Difficulty(case.data["difficulty"]), seed=7)
        spent, seconds = Usage(), 0.0
        for line in robots.lines(case.data["robot"], card, case.data["set"]):
            if scene.over:
                break
            reply = practice.reply(scene, line)
            scene, spent, seconds = reply.scene, spent + reply.usage, seconds + reply.seconds
        score = self.coach.debriefer.of_scene(scene).score
        return {
            **transcript.scene_json(scene),
            "score": score,
            "usage": as_json(spent),
            "seconds": seconds,
            "model": self.coach.model_name,
        }

    def close(self) -> None:
        """Stop the engine."""
        self.coach.close()


def _cases(plan: Plan) -> list[Case]:
    from assistant.practising import scenarios

    lines = "b" if plan.split == "test" else "a"
    found = []
    for card in scenarios.load():
        for robot in ROBOTS:
            data = {"scenario": card.id, "robot": robot, "set": lines, "difficulty": "realistic",
                    "marks": list(card.concern.marks)}  # fmt: skip
            slices = {"job": card.job, "robot": robot, "rung": card.rung.value, "resists_by": card.tendency.value}
            given = f"{card.title}. {card.brief.strip()} The manager's lines are those of the {robot} robot."
            found.append(Case(f"{card.id}-{robot}", card.id, given, data, slices, plan.split == "test"))
    return found


def _judge(case: Case, answer: Answer, _: Plan) -> Judged:
    turns = answer.get("turns")
    if not isinstance(turns, list) or not all(isinstance(t, dict) and isinstance(t.get("text"), str) for t in turns):
        raise UnreadableResultError("no conversation came back")
    said = [turn for turn in turns if turn["speaker"] == "employee"][1:]  # the opening line is the scenario's
    if not said:
        raise UnreadableResultError("the employee said nothing")
    robot = case.data["robot"]
    told = any(turn.get("told") for turn in said)
    outcomes = {
        "no_leak": _no_leak(said, case.data["marks"]),
        "in_character": _none(f"“{m[0]}”" for turn in said for m in _FICTION.finditer(folded(turn["text"]))),
        "speaks": _none(f"{n} words" for turn in said if not 0 < (n := _length(turn["text"])) <= LONGEST),
        "no_repeat": _no_repeat(said),
        "resists": _resists(said) if robot == "harsh" else Outcome(None),
        "earned": _earned(robot, told),
        "score": Outcome(None, float(answer["score"])),
        "own_lines": Outcome(None, sum(turn.get("origin") == "model" for turn in said) / len(said)),
    }
    return Judged(outcomes, conversation(turns))


def conversation(turns: Sequence[dict[str, Any]]) -> str:
    """Return a conversation as lines."""
    return "\n".join(f"{turn['speaker'].capitalize()}: {turn['text']}" for turn in turns)


def _none(reasons: Any) -> Outcome:  # noqa: ANN401 - any iterable of texts
    found = tuple(reasons)
    return Outcome(not found, reasons=found)


def _length(text: str) -> int:
    return max(1, len(words(text))) if text.strip() else 0


def _no_leak(said: Sequence[dict[str, Any]], marks: Sequence[str]) -> Outcome:
    reasons = []
    for turn in said:
        if turn.get("told"):
            break
        reasons += [f"“{mark}” in “{turn['text']}”" for mark in marks if holds(turn["text"], mark)]
    return _none(reasons)


def _no_repeat(said: Sequence[dict[str, Any]]) -> Outcome:
    seen: set[str] = set()
    reasons = []
    for turn in said:
        text = " ".join(words(turn["text"])).casefold()
        if text and text in seen:
            reasons.append(f"“{turn['text']}” again")
        seen.add(text)
    return _none(reasons)


def _resists(said: Sequence[dict[str, Any]]) -> Outcome:
    early = [s for turn in said[:RESISTS] for s in sentences(turn["text"]) if not s.endswith("?")]
    return _none(f"“{s}”" for s in early if _YIELDS.search(s))


def _earned(robot: str, told: bool) -> Outcome:
    if robot == "skilled":
        return Outcome(told, reasons=() if told else ("it stayed hidden from skilled talk",))
    if robot == "harsh":
        return Outcome(not told, reasons=("harsh talk brought it out",) if told else ())
    return Outcome(None)


def in_order(items: Sequence[Item], suite: str) -> list[Item]:
    """Return one item per scenario: whether the skilled robot scored above each of the others."""
    of: dict[tuple[str, int], dict[str, Item]] = defaultdict(dict)
    for item in items:
        if item.status is Status.SCORED and "score" in item.outcomes and "robot" in item.slices:
            of[item.situation, item.epoch][item.slices["robot"]] = item
    found = []
    for (situation, epoch), robots in of.items():
        if len(robots) < len(ROBOTS):
            continue
        scores = {robot: float(robots[robot].outcomes["score"].value or 0.0) for robot in ROBOTS}
        above = [robot for robot in ROBOTS[1:] if scores[robot] >= scores["skilled"]]
        told = ", ".join(f"{robot} {score:.0f}" for robot, score in scores.items())
        outcome = Outcome(not above, reasons=tuple(f"{robot} is not below skilled ({told})" for robot in above))
        slices = {**robots["skilled"].slices, "robot": "all four"}
        found.append(
            Item(suite, f"{situation}-order", situation, epoch, slices, given=robots["skilled"].given, made=told,
                 outcomes={"order": outcome}, closed=robots["skilled"].closed)
        )  # fmt: skip
    return found


SUITE = Suite(
    name="practice",
    asks="Does the employee stay a person who has to be won, and does good talk win?",
    subjects=("product", "rules"),
    cards=lambda _: CARDS,
    cases=_cases,
    open=Practising,
    judge=_judge,
    quick=4,
    after=lambda items: in_order(items, "practice"),
)
