"""A one-on-one that drives performance: an agenda from what is open, open questions, minutes, and a record afterwards.

Knows the stops and how the time is shared (``plans/one_on_one.yaml``), and what agreements are still to be looked
at. Sorts a manager's notes into the stops, verbatim; a stop about which nothing is known gets a question. Half of
the questions are asked for the employee's sake. No model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.agreements import Agreement, AgreementState, in_order, next_conversation
from assistant.dates import read_date, short_date
from assistant.domain import Citation, Draft, Finding, Origin, Reading, Route
from assistant.errors import InputError
from assistant.preparing.plans import Ask, Given, Part, Plan, Plans, WordSet
from assistant.preparing.promises import Promise, promises
from assistant.rewriting.employee import identify
from assistant.scene import Conversation

_NOTES = 6
"""Notes that one stop takes; more is a briefing."""
_LINE = re.compile(r"\n|;|(?<=[.!?])\s+(?=[\"“(]?[A-Z])")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\[[ xX]?\]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the agenda with its minutes; ``begins`` counts from the start. ``items`` are open points.

    ``theirs`` are questions for the employee's sake, ``yours`` for the work's.
    """

    id: str
    title: str
    begins: int
    minutes: int
    do: str
    items: tuple[Part, ...]
    theirs: tuple[str, ...]
    yours: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class OneOnOne:
    """An agenda. ``conversations`` are agreements that have slipped so often that they need a talk of their own."""

    input: str
    who: Part
    format: str
    minutes: int
    stops: tuple[Stop, ...]
    conversations: tuple[str, ...]
    record: Part
    findings: tuple[Finding, ...]
    route: Route | None
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What was agreed in a one-on-one: who does what by when."""

    input: str
    promises: tuple[Promise, ...]
    asks: Part | None
    citation: Citation


def agenda(
    plans: Plans,
    text: str,
    reading: Reading,
    *,
    minutes: int = 0,
    who: str = "",
    form: str = "",
    agreements: Sequence[Agreement] = (),
) -> OneOnOne:
    """Return an agenda from notes and from the agreements that are still open, which come first."""
    plan = plans.one_on_one
    shape = _format(plan, form)
    length = _length(plan, minutes)
    ids = [id_ for id_ in shape.names("stops") if shape.number(f"stops.{id_}") > 0]
    cards = {card.text("id"): card for card in plan.parts("stops")}
    shares = [shape.number(f"stops.{id_}") for id_ in ids]
    notes = _sorted_notes(text, [cards[id_] for id_ in ids])
    open_now = [a for a in in_order(agreements) if a.live]
    notes["last"] = [*map(_told, open_now), *notes.get("last", [])]
    stops: list[Stop] = []
    begins = 0
    for id_, share in zip(ids, shared(length, shares), strict=True):
        stops.append(_stop(plans, cards[id_], notes.get(id_, []), begins, share))
        begins += share
    name = who.strip() or _name(text)
    return OneOnOne(
        input=text,
        who=Given(name, Origin.DRAFT, shape.cite(plans)) if name else Ask(plan.text("who")),
        format=shape.text("id"),
        minutes=length,
        stops=tuple(stops),
        conversations=tuple(a.what for a in open_now if next_conversation(a) is Conversation.PATTERN),
        record=Ask(plan.text("record.ask")),
        findings=reading.findings,
        route=reading.route,
        citations=(shape.cite(plans), plan.part("record").cite(plans)),
    )


def record(plans: Plans, text: str) -> Record:
    """Return what was agreed, line by line; what a line lacks is asked."""
    card = plans.one_on_one.part("record")
    found = promises(text)
    return Record(text, found, None if found else Ask(card.text("ask")), card.cite(plans))


def shared(minutes: int, shares: Sequence[int]) -> list[int]:
    """Return whole minutes by weight that add up to ``minutes``, none of them without a minute."""
    total = sum(shares)
    parts = [max(1, minutes * share // total) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda at: (-(minutes * shares[at] % total), at))
    at = 0
    while sum(parts) != minutes:
        place = by_rest[at % len(parts)]
        step = 1 if sum(parts) < minutes else -1
        if parts[place] + step >= 1:
            parts[place] += step
        at += 1
    return parts


def _format(plan: Plan, form: str) -> Plan:
    formats = {card.text("id"): card for card in plan.parts("formats")}
    if form and form not in formats:
        raise InputError("There is no such format.", hint="Choose " + ", ".join(formats) + ".")
    return formats[form] if form else next(iter(formats.values()))


def _length(plan: Plan, minutes: int) -> int:
    lengths = plan.numbers("lengths")
    if minutes and minutes not in lengths:
        said = ", ".join(map(str, lengths))
        raise InputError(f"A one-on-one of {minutes} minutes is not on the list.", hint=f"Choose one of {said}.")
    return minutes or plan.number("usual")


def _stop(plans: Plans, card: Plan, notes: Sequence[Given], begins: int, minutes: int) -> Stop:
    cited = card.cite(plans)
    items: tuple[Part, ...] = tuple(replace(note, citation=cited) for note in notes) or (Ask(card.text("ask")),)
    return Stop(
        card.text("id"),
        card.text("title"),
        begins,
        minutes,
        card.text("do"),
        items,
        card.texts("theirs"),
        card.texts("yours"),
        cited,
    )


def _sorted_notes(text: str, cards: Sequence[Plan]) -> dict[str, list[Given]]:
    """Return the notes by stop: where most of a stop's words are, else where the rest goes."""
    words = {card.text("id"): WordSet(card.texts("words")) for card in cards}
    rest = next((card.text("id") for card in cards if card.has("rest")), cards[0].text("id"))
    found: dict[str, list[Given]] = {}
    for line in _lines(text):
        hits = {id_: len(set_.find(line)) for id_, set_ in words.items()}
        best = max(hits, key=lambda id_: hits[id_])
        place = best if hits[best] else rest
        if len(found.setdefault(place, [])) < _NOTES:
            found[place].append(Given(line, Origin.DRAFT))
    return found


def _lines(text: str) -> Iterator[str]:
    for part in _LINE.split(text):
        line = _BULLET.sub("", part).strip()
        if any(char.isalpha() for char in line):
            yield line


def _told(agreement: Agreement) -> Given:
    """Return an agreement as a point of the agenda: what, by when, and where it stands."""
    state = "" if agreement.state is AgreementState.OPEN else f", {agreement.state}"
    return Given(f"{agreement.who}: {agreement.what} (by {short_date(agreement.by_when)}{state})", Origin.FALLBACK)


def _name(text: str) -> str:
    """Return whom the notes are about, if they name a single person as their subject."""
    m = re.match(r"\W*(?:1:1|one-on-one|1-1|meeting)?\s*(?:with\s+)?([A-Z][a-zé]+)\b\s*(?:[:,–-]|$|\n)", text)
    if m:
        return m[1]
    found = identify(Draft(text)).names if text.strip() else frozenset()
    return next(iter(sorted(found, key=text.find)), "")


def due_on(promise: Promise, today: date) -> date | None:
    """Return the day that a promise names, or None where it names none that can be read."""
    if not isinstance(promise.by_when, Given):
        return None
    words = re.sub(r"^(?:by|before|until|on|due|no later than|at the latest|from)\s+", "", promise.by_when.text.strip())
    try:
        return read_date(words, today)
    except InputError:
        return None
