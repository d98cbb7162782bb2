"""Dates as people write them, read and said back. Knows English words for days; knows no clock of its own.

What could mean two days ("5/6") is refused, never guessed. Whoever takes a date says it back with its
weekday, so that a misreading is seen at once.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from assistant.errors import InputError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january february march april may june july august september october november december"
).split()  # fmt: skip
NUMBERS = {
    word: number
    for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
} | {"a": 1, "an": 1}
FURTHEST = timedelta(days=3 * 366)
"""A date further away than this is a slip of the pen."""

_SPAN = re.compile(r"(?:in )?(\w+) (day|week|month)s?(?: from (?:now|today))?")
_WEEKDAY = re.compile(r"(?:(?:on|by|this|coming|(next)) )?([a-z]+)")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]+)(?: (\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?")
_HINT = "Write 2026-05-12, 12 May, Friday, tomorrow, or in two weeks."


def read_date(text: str, today: date, *, past: bool = False) -> date:
    """Return the day that ``text`` means, seen from ``today``.

    A day without a year is the next one that comes, today included; with ``past`` the last one that
    was. "Next Friday" is the Friday of the week after this one. Raises InputError.
    """
    words = re.sub(r"[\s,.]+", " ", text.strip().lower()).strip()
    found = _iso(text.strip()) or _relative(words, today) or _weekday(words, today, past) or _named(words, today, past)
    if found is None:
        raise InputError("That is not a date that can be read.", hint=_HINT)
    if abs(found - today) > FURTHEST:
        raise InputError(f"{say_date(found)} is too far away to follow up.", hint="Look at the year.")
    return found


def say_date(day: date) -> str:
    """Return a day with its weekday: ``Friday 15 May 2026``."""
    return f"{DAYS[day.weekday()].capitalize()} {short_date(day)}"


def short_date(day: date) -> str:
    """Return a day without its weekday: ``15 May 2026``."""
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"


def _iso(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("There is no such day.", hint=_HINT) from None


def _relative(words: str, today: date) -> date | None:
    near = {"today": 0, "tomorrow": 1, "yesterday": -1, "next week": 7, "a fortnight": 14, "in a fortnight": 14}
    if words in near:
        return today + timedelta(days=near[words])
    match = _SPAN.fullmatch(words)
    if match is None:
        return None
    number = int(match[1]) if match[1].isdecimal() and len(match[1]) < 5 else NUMBERS.get(match[1])
    if number is None:
        return None
    if match[2] == "month":
        return _months_on(today, min(number, 1200))
    return today + timedelta(days=number * (7 if match[2] == "week" else 1))


def _months_on(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _weekday(words: str, today: date, past: bool) -> date | None:
    match = _WEEKDAY.fullmatch(words)
    wanted = _position(match[2], DAYS) if match else None
    if match is None or wanted is None:
        return None
    if match[1]:
        return today + timedelta(days=7 - today.weekday() + wanted)
    ahead = (wanted - today.weekday()) % 7
    return today + timedelta(days=ahead - 7 if past and ahead else ahead)


def _named(words: str, today: date, past: bool) -> date | None:
    if match := _DAY_MONTH.fullmatch(words):
        day, month, year = match[1], match[2], match[3]
    elif match := _MONTH_DAY.fullmatch(words):
        month, day, year = match[1], match[2], match[3]
    else:
        return None
    number = _position(month, MONTHS)
    if number is None:
        return None
    if year:
        return _day(int(year), number + 1, int(day))
    candidates = [_day(today.year + shift, number + 1, int(day)) for shift in (-1, 0, 1)]
    known = [found for found in candidates if found is not None]
    if past:
        return next((found for found in reversed(known) if found <= today), None)
    return next((found for found in known if found >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _position(word: str, names: tuple[str, ...] | list[str]) -> int | None:
    found = [place for place, name in enumerate(names) if name == word or (len(word) >= 3 and name.startswith(word))]
    return found[0] if len(found) == 1 else None
