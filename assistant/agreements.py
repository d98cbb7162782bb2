"""Agreements: who does what by when, against which standard, checked when. Rules as pure functions.

Knows the states of an agreement, what is due, and when an agreement has slipped often enough that
another conversation is needed. Does not know where agreements are kept (``store``), and knows no person:
there is no way here to count, compare or rate people, and none is to be added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import uuid4

from assistant.dates import say_date, short_date
from assistant.domain import Context, Draft
from assistant.errors import InputError
from assistant.scene import Conversation

LONGEST = {"who": 200, "what": 2_000, "standard": 4_000, "note": 4_000}
WEEK = timedelta(days=6)
"""This week is today and the six days after it."""

FIRST_USE = "Colleagues can't open this here. Whoever runs the server, or a court, may."
"""Said once, before the first thing is kept."""


class AgreementState(StrEnum):
    """Where an agreement stands."""

    OPEN = "open"
    KEPT = "kept"
    SLIPPED = "slipped"
    RENEGOTIATED = "renegotiated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an agreement on a day, with the manager's note, and what was agreed from then on."""

    on: date
    state: AgreementState
    note: str
    what: str
    by_when: date
    check_on: date | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement and everything that happened to it. ``check_on`` is the next check, if there is one."""

    id: str
    who: str
    what: str
    standard: str
    by_when: date
    check_on: date | None
    state: AgreementState
    history: tuple[Event, ...]

    @property
    def agreed_on(self) -> date:
        """The day it was made."""
        return self.history[0].on

    @property
    def live(self) -> bool:
        """Whether there is something left to check."""
        return self.check_on is not None


def agree(
    who: str,
    what: str,
    by_when: date,
    *,
    on: date,
    standard: str = "",
    check_on: date | None = None,
) -> Agreement:
    """Return a new agreement made on the day ``on``; without a check date it is checked when it is due."""
    who, what, standard = _said("who", who), _said("what", what), _text("standard", standard)
    check = check_on or by_when
    _not_before(on, by_when, check)
    first = Event(on, AgreementState.OPEN, "", what, by_when, check)
    return Agreement(str(uuid4()), who, what, standard, by_when, check, AgreementState.OPEN, (first,))


def follow_up(
    agreement: Agreement,
    state: AgreementState,
    *,
    on: date,
    note: str = "",
    what: str = "",
    by_when: date | None = None,
    check_on: date | None = None,
) -> Agreement:
    """Return the agreement after what was found on the day ``on``.

    Kept and closed end the checks unless a new check date is given. A slip stays due until a new date is
    agreed. Renegotiated needs what is new about it. A closed agreement can only be opened again.
    """
    _may_follow(agreement, state, on)
    if state is AgreementState.RENEGOTIATED and by_when is None and not what:
        raise InputError("Renegotiated needs what is agreed now.", hint="Give the new date, or the new wording.")
    due = by_when or agreement.by_when
    event = Event(
        on, state, _text("note", note), _text("what", what) or agreement.what, due,
        check_on or _next_check(agreement, state, by_when, on),
    )  # fmt: skip
    _not_before(on, by_when, check_on)
    return replace(
        agreement,
        what=event.what,
        by_when=event.by_when,
        check_on=event.check_on,
        state=state,
        history=(*agreement.history, event),
    )


def correct(agreement: Agreement, *, who: str = "", what: str = "", standard: str = "") -> Agreement:
    """Return the agreement with a mistake in its record put right. Nothing happened, so there is no new event."""
    what = _text("what", what) or agreement.what
    last = replace(agreement.history[-1], what=what)
    return replace(
        agreement,
        who=_text("who", who) or agreement.who,
        what=what,
        standard=_text("standard", standard) or agreement.standard,
        history=(*agreement.history[:-1], last),
    )


def due(agreements: Iterable[Agreement], on: date) -> list[Agreement]:
    """Return what is to be checked by the end of this week, what is overdue included, by date."""
    found = [a for a in agreements if a.check_on is not None and a.check_on <= on + WEEK]
    return in_order(found)


def in_order(agreements: Iterable[Agreement]) -> list[Agreement]:
    """Return agreements by the date of their next check, those without one last. Never by person."""
    return sorted(agreements, key=lambda a: (a.check_on is None, a.check_on or a.by_when, a.agreed_on, a.id))


def next_conversation(agreement: Agreement) -> Conversation | None:
    """Return which conversation the agreement calls for now: about this once, or about its return."""
    if agreement.state in (AgreementState.KEPT, AgreementState.CLOSED):
        return None
    slips = [event for event in agreement.history if event.state is AgreementState.SLIPPED]
    if len(slips) > 1:
        return Conversation.PATTERN
    return Conversation.CONTENT if slips else None


def prepared(agreement: Agreement) -> Draft:
    """Return a draft for the conversation that the agreement calls for: what was agreed and what happened, dated."""
    first = agreement.history[0]
    told = [f"On {short_date(first.on)} we agreed on this by {short_date(first.by_when)}: {_stopped(first.what)}"]
    for event in agreement.history[1:]:
        told.append(_told(event))
    if next_conversation(agreement) is Conversation.PATTERN:
        told.append("This agreement has slipped more than once.")
    told.append("What got in the way?")
    context = Context(agreement.standard or agreement.what, short_date(first.on), agreement.who)
    return Draft("\n".join(told), context=context)


def _told(event: Event) -> str:
    day = short_date(event.on)
    words = {
        AgreementState.OPEN: f"On {day} we opened it again, by {short_date(event.by_when)}.",
        AgreementState.KEPT: f"On {day} it was kept.",
        AgreementState.SLIPPED: f"On {day} it was not done.",
        AgreementState.RENEGOTIATED: f"On {day} we agreed on a new date, {short_date(event.by_when)}: "
        + _stopped(event.what),
        AgreementState.CLOSED: f"On {day} we closed it.",
    }[event.state]
    return f"{words} {_stopped(event.note)}" if event.note else words


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _next_check(agreement: Agreement, state: AgreementState, by_when: date | None, on: date) -> date | None:
    if state in (AgreementState.KEPT, AgreementState.CLOSED):
        return None
    if by_when is not None:
        return by_when
    return agreement.check_on or max(agreement.by_when, on)


def _may_follow(agreement: Agreement, state: AgreementState, on: date) -> None:
    last = agreement.history[-1]
    if on < last.on:
        raise InputError(
            f"This agreement was last updated on {say_date(last.on)}.", hint="Give that day or a later one."
        )
    over = agreement.state is AgreementState.CLOSED
    if over and state is not AgreementState.OPEN:
        raise InputError("This agreement is closed.", hint="Open it again first, or make a new one.")
    if state is AgreementState.OPEN and agreement.live:
        raise InputError("This agreement is open already.", hint="Say kept, slipped, renegotiated or closed.")


def _not_before(on: date, *days: date | None) -> None:
    for day in days:
        if day is not None and day < on:
            raise InputError(
                f"{say_date(day)} is before the day of the agreement, {say_date(on)}.",
                hint="Give a later day, or the day on which it was agreed.",
            )


def _said(field: str, text: str) -> str:
    if not (kept := _text(field, text)):
        raise InputError(f"The agreement lacks {field}.", hint="Who does what by when?")
    return kept


def _text(field: str, text: str) -> str:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InputError(f"The text of {field} holds signs that are no text.")
    if len(text) > LONGEST[field]:
        raise InputError(f"The text of {field} is longer than {LONGEST[field]:,} characters.", hint="Facts are short.")
    return text.strip()
