"""The first ninety days of a new manager, and "What were you given?" turned into a request to their own manager.

Knows weeks and questions as data (``plans/first_days.yaml``), which an organisation replaces with its own. A
point is given, missing or open: what nobody answered is asked, and only what is missing goes into the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from assistant.domain import Citation, Origin
from assistant.preparing.plans import Ask, Given, Part, Plan, Plans

_LAST_DAY = 4  # Friday, counted from the Monday of a week


class Answer(StrEnum):
    """What a manager says of a point on the list."""

    GIVEN = "given"
    MISSING = "missing"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Week:
    """What is done in one week. ``scenario`` is a situation to practise; ``ends`` is the last working day of it."""

    week: int
    title: str
    kind: str
    do: str
    done_when: str
    scenario: str
    ends: date | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that an organisation gives a manager, or does not."""

    id: str
    group: str
    question: str
    answer: Answer
    note: Part


@dataclass(frozen=True, slots=True)
class FirstDays:
    """The plan, what was given, and the request that is made of what is missing."""

    starts: date | None
    weeks: tuple[Week, ...]
    points: tuple[Point, ...]
    subject: str
    request: Part
    citations: tuple[Citation, ...]


def first_days(
    plans: Plans,
    starts: date | None = None,
    answers: Mapping[str, Answer] | None = None,
    notes: Mapping[str, str] | None = None,
) -> FirstDays:
    """Return the plan from a first day, and the request from what is missing. Unknown ids are ignored."""
    plan = plans.first_days
    cited = plan.part("given").cite(plans)
    points = tuple(_points(plan, answers or {}, notes or {}, cited))
    return FirstDays(
        starts,
        tuple(_week(plans, card, starts) for card in plan.parts("weeks")),
        points,
        plan.text("given.request.subject"),
        _request(plan, points, cited),
        (cited,),
    )


def _week(plans: Plans, card: Plan, starts: date | None) -> Week:
    number = card.number("week")
    monday = starts - timedelta(days=starts.weekday()) if starts else None
    return Week(
        number,
        card.text("title"),
        card.text("kind"),
        card.text("do"),
        card.text("done_when"),
        card.text("scenario") if card.has("scenario") else "",
        monday + timedelta(weeks=number - 1, days=_LAST_DAY) if monday else None,
        card.cite(plans),
    )


def _points(plan: Plan, answers: Mapping[str, Answer], notes: Mapping[str, str], cited: Citation) -> list[Point]:
    found = []
    for group in plan.parts("given.groups"):
        for item in group.parts("items"):
            id_, ask = item.text("id"), item.text("ask")
            note = notes.get(id_, "").strip()
            said: Part = Given(note, Origin.DRAFT, cited) if note else Ask(ask)
            found.append(Point(id_, group.text("title"), ask, answers.get(id_, Answer.OPEN), said))
    return found


def _request(plan: Plan, points: tuple[Point, ...], cited: Citation) -> Part:
    """Return the request to the manager's own manager, or a question where nothing was answered yet."""
    if all(point.answer is Answer.OPEN for point in points):
        return Ask(plan.text("given.request.unanswered"))
    words = plan.part("given.request")
    missing = {
        item.text("id"): item.text("missing") for group in plan.parts("given.groups") for item in group.parts("items")
    }
    lacks = [f"- {missing[point.id]}" for point in points if point.answer is Answer.MISSING]
    has = [f"- {point.note.text}" for point in points if point.answer is Answer.GIVEN and isinstance(point.note, Given)]
    if not lacks:
        return Given(words.text("nothing"), Origin.FALLBACK, cited)
    blocks = [words.text("opening"), "\n".join([words.text("lacks"), *lacks])]
    if has:
        blocks.append("\n".join([words.text("has"), *has]))
    return Given("\n\n".join([*blocks, words.text("closing")]), Origin.FALLBACK, cited)
