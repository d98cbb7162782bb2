"""Calendar files (.ics) that any calendar reads: check dates as whole days, meetings with a time.

The only door to the calendar library, which folds and escapes as RFC 5545 asks. Nothing is sent: there is
no attendee and no organiser in a file, so that opening one invites nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar

import assistant
from assistant.formats.render import printable


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar. A ``start`` without a time is a whole day. The same ``id`` replaces an older entry.

    A time without a zone is the time on the wall wherever the file is opened.
    """

    id: str
    start: date | datetime
    title: str
    notes: str = ""
    minutes: int = 30


def calendar_text(entries: Iterable[Entry], now: datetime) -> str:
    """Return the entries as the text of a calendar file; ``now`` is the time at which it was made, with its zone."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//Benchcoach//{assistant.__version__}//EN")
    calendar.add("version", "2.0")
    for entry in entries:
        calendar.add_component(_event(entry, now))
    text: bytes = calendar.to_ical()
    return text.decode("utf-8")


def _event(entry: Entry, now: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{entry.id}@benchcoach")
    event.add("dtstamp", now)
    event.add("dtstart", entry.start)
    timed = isinstance(entry.start, datetime)
    event.add("dtend", entry.start + (timedelta(minutes=entry.minutes) if timed else timedelta(days=1)))
    event.add("summary", printable(entry.title).replace("\n", " "))
    if entry.notes:
        event.add("description", printable(entry.notes))
    event.add("transp", "OPAQUE" if timed else "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event
