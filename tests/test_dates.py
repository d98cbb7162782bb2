"""Claims about dates: read as people mean them, said back in full, never guessed."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.dates import read_date, say_date, short_date
from assistant.errors import InputError

WEDNESDAY = date(2026, 5, 6)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-05-12", date(2026, 5, 12)),
        ("today", WEDNESDAY),
        ("Tomorrow", date(2026, 5, 7)),
        ("yesterday", date(2026, 5, 5)),
        ("Friday", date(2026, 5, 8)),
        ("by friday", date(2026, 5, 8)),
        ("this Fri", date(2026, 5, 8)),
        ("Wednesday", WEDNESDAY),
        ("Tuesday", date(2026, 5, 12)),
        ("next Friday", date(2026, 5, 15)),
        ("next Monday", date(2026, 5, 11)),
        ("next week", date(2026, 5, 13)),
        ("in two weeks", date(2026, 5, 20)),
        ("two weeks from now", date(2026, 5, 20)),
        ("in a week", date(2026, 5, 13)),
        ("in 10 days", date(2026, 5, 16)),
        ("in a fortnight", date(2026, 5, 20)),
        ("in one month", date(2026, 6, 6)),
        ("12 May", date(2026, 5, 12)),
        ("12th of May", date(2026, 5, 12)),
        ("May 12", date(2026, 5, 12)),
        ("  may 12,  2027 ", date(2027, 5, 12)),
        ("3 May", date(2027, 5, 3)),
        ("1 Sept", date(2026, 9, 1)),
        ("29 February 2028", date(2028, 2, 29)),
        ("29 Feb", date(2027, 3, 1)),
    ],
)
def test_a_date_is_read_as_it_is_meant(text: str, meant: date) -> None:
    if text == "29 Feb":  # there is none in this year or the next
        with pytest.raises(InputError):
            read_date(text, WEDNESDAY)
    else:
        assert read_date(text, WEDNESDAY) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Monday", date(2026, 5, 4)),
        ("Wednesday", WEDNESDAY),
        ("Thursday", date(2026, 4, 30)),
        ("3 May", date(2026, 5, 3)),
        ("12 May", date(2025, 5, 12)),
        ("yesterday", date(2026, 5, 5)),
    ],
)
def test_what_has_happened_is_read_as_past(text: str, meant: date) -> None:
    assert read_date(text, WEDNESDAY, past=True) == meant


@pytest.mark.parametrize(
    "text",
    ["", "5/6", "12.5.", "soon", "when he is ready", "2026-02-30", "31 June 2026", "May", "in many weeks", "2026",
     "12 Ma", "J 3", "in 99999 days", "in 40 years", "m" * 5000],
)  # fmt: skip
def test_what_could_mean_two_days_or_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InputError) as told:
        read_date(text, WEDNESDAY)
    assert told.value.hint
    assert len(text) < 3 or text not in told.value.message


@pytest.mark.parametrize("text", ["1 January 1999", "2126-05-12", "2206-05-12", "in 400 days times", "in 200 weeks"])
def test_a_slip_of_the_pen_is_told(text: str) -> None:
    with pytest.raises(InputError):
        read_date(text, WEDNESDAY)


def test_the_last_day_of_a_month_stays_in_its_month() -> None:
    assert read_date("in one month", date(2026, 1, 31)) == date(2026, 2, 28)
    assert read_date("in 2 months", date(2026, 12, 31)) == date(2027, 2, 28)


def test_a_date_is_said_back_with_its_weekday() -> None:
    assert say_date(WEDNESDAY) == "Wednesday 6 May 2026"
    assert short_date(WEDNESDAY) == "6 May 2026"
