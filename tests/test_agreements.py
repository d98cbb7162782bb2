"""Claims about agreements: their states, what is due, and when the agreement itself is the topic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from places import TODAY, report

from assistant.agreements import (
    Agreement,
    AgreementState,
    agree,
    correct,
    due,
    follow_up,
    in_order,
    next_conversation,
    prepared,
)
from assistant.errors import InputError
from assistant.formats.agreements_text import calendar_entries, export_markdown, list_text, listing, plain, shown
from assistant.formats.calendar_file import Entry, calendar_text
from assistant.keeping.store import Export, Hold, Saved, SavedKind
from assistant.scene import Conversation

OPEN, KEPT, SLIPPED, RENEGOTIATED, CLOSED = AgreementState
LATER = TODAY + timedelta(days=7)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def after(*states: AgreementState, note: str = "It came at 15:10.") -> Agreement:
    """Return an agreement to which these things happened, a day apart."""
    found = report()
    for day, state in enumerate(states, start=1):
        new = LATER + timedelta(days=day) if state is RENEGOTIATED else None
        found = follow_up(found, state, on=TODAY + timedelta(days=day), note=note, by_when=new)
    return found


# --- states ---------------------------------------------------------------------------------------------


def test_a_new_agreement_is_checked_on_the_day_it_is_due() -> None:
    made = report()
    assert (made.state, made.check_on, made.live, made.agreed_on) == (OPEN, made.by_when, True, TODAY)
    assert [event.state for event in made.history] == [OPEN]


def test_what_was_agreed_and_every_day_stays_in_the_history() -> None:
    made = report(standard="All regions")
    moved = follow_up(made, RENEGOTIATED, on=TODAY, what="Send it by two", by_when=LATER + timedelta(days=2))
    assert (moved.what, moved.by_when, moved.check_on) == ("Send it by two", LATER + timedelta(days=2), moved.by_when)
    assert moved.history[0] == made.history[0]
    assert moved.history[0].what == "Send the weekly report by noon"


@pytest.mark.parametrize("state", [KEPT, CLOSED])
def test_kept_and_closed_end_the_checks_unless_there_is_a_next_one(state: AgreementState) -> None:
    assert not after(state).live
    assert follow_up(report(), state, on=TODAY, check_on=LATER).check_on == LATER


def test_a_slip_stays_due_until_something_new_is_agreed() -> None:
    slip = after(SLIPPED)
    assert slip.check_on == LATER
    assert follow_up(slip, RENEGOTIATED, on=LATER, by_when=LATER + timedelta(days=3)).check_on == LATER + timedelta(3)


@pytest.mark.parametrize(
    ("before", "state", "told"),
    [
        ((), OPEN, "open already"),
        ((CLOSED,), SLIPPED, "closed"),
        ((CLOSED,), CLOSED, "closed"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(before, state: AgreementState, told: str) -> None:
    with pytest.raises(InputError, match=told):
        follow_up(after(*before), state, on=LATER)


def test_a_finished_agreement_can_be_opened_again() -> None:
    for state in (KEPT, CLOSED):
        again = follow_up(after(state), OPEN, on=LATER + timedelta(days=2))
        assert (again.state, again.check_on) == (OPEN, LATER + timedelta(days=2))


def test_renegotiated_needs_what_is_new() -> None:
    with pytest.raises(InputError, match="agreed now"):
        follow_up(report(), RENEGOTIATED, on=TODAY)


def test_nothing_happens_before_what_happened_last_and_nothing_is_due_before_it_was_agreed() -> None:
    with pytest.raises(InputError, match="last updated on Tuesday 5 May 2026"):
        follow_up(after(SLIPPED), KEPT, on=TODAY)
    with pytest.raises(InputError, match="before the day"):
        agree("Ana", "Send it", TODAY - timedelta(days=1), on=TODAY)
    with pytest.raises(InputError, match="before the day"):
        follow_up(report(), SLIPPED, on=LATER, check_on=TODAY)


@pytest.mark.parametrize(("who", "what"), [("", "Send it"), (" \n", "Send it"), ("Ana", ""), ("A" * 201, "Send it"),
                                           ("Ana", "x" * 2001), ("A\x00", "Send it"), ("Ana", "\ud800")])  # fmt: skip
def test_what_is_no_agreement_is_refused_without_repeating_it(who: str, what: str) -> None:
    with pytest.raises(InputError) as told:
        agree(who, what, LATER, on=TODAY)
    assert "xxx" not in str(told.value)
    assert "AAA" not in str(told.value)


def test_a_correction_is_no_event() -> None:
    made = after(SLIPPED)
    put_right = correct(made, who="Anna", what="Send the report")
    assert (put_right.who, put_right.what, put_right.standard) == ("Anna", "Send the report", made.standard)
    assert len(put_right.history) == len(made.history)
    assert put_right.history[-1].what == "Send the report"


# --- due ------------------------------------------------------------------------------------------------


def test_this_week_is_today_and_the_six_days_after_it_and_what_is_overdue() -> None:
    by_day = {days: replace(report(), id=str(days), check_on=TODAY + timedelta(days=days)) for days in (-30, 0, 6, 7)}
    done = replace(report(), check_on=None)
    assert [a.id for a in due([by_day[7], done, by_day[6], by_day[-30], by_day[0]], TODAY)] == ["-30", "0", "6"]
    assert (shown(by_day[-30], TODAY).overdue, shown(by_day[0], TODAY).overdue) == (True, False)


def test_agreements_stand_in_the_order_of_their_dates_whoever_they_are_with() -> None:
    one, two = replace(report(who="Zoe"), check_on=TODAY), replace(report(who="Ana"), check_on=LATER)
    assert in_order([two, one]) == [one, two]


# --- the next conversation ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "calls_for"),
    [
        ((), None),
        ((SLIPPED,), Conversation.CONTENT),
        ((SLIPPED, RENEGOTIATED), Conversation.CONTENT),
        ((SLIPPED, RENEGOTIATED, SLIPPED), Conversation.PATTERN),
        ((SLIPPED, SLIPPED), Conversation.PATTERN),
        ((SLIPPED, SLIPPED, SLIPPED), Conversation.PATTERN),
        ((SLIPPED, SLIPPED, KEPT), None),
        ((SLIPPED, CLOSED), None),
        ((RENEGOTIATED, RENEGOTIATED), None),
    ],
)
def test_an_agreement_that_slipped_twice_is_a_pattern_of_its_own(states, calls_for: Conversation | None) -> None:
    assert next_conversation(after(*states)) is calls_for


def test_the_prepared_conversation_holds_the_dated_facts_and_a_question_and_adds_none() -> None:
    made = replace(after(SLIPPED, RENEGOTIATED, SLIPPED), standard="All regions")
    draft = prepared(made)
    text = draft.text
    for fact in ("4 May 2026", "11 May 2026", "5 May 2026", "6 May 2026", "13 May 2026", "7 May 2026", "15:10"):
        assert fact in text
    assert text.endswith("What got in the way?")
    assert "more than once" in text
    assert (draft.context.standard, draft.context.stated_when) == ("All regions", "4 May 2026")
    assert "Ana" not in text


# --- texts ----------------------------------------------------------------------------------------------


def test_a_list_shows_what_is_due_first_and_each_agreement_once() -> None:
    later = replace(report("Call the customer", who="Ben"), check_on=TODAY + timedelta(days=30))
    overdue = replace(after(SLIPPED, SLIPPED), check_on=TODAY - timedelta(days=1))
    text = list_text(listing([later, overdue, after(KEPT)], None, TODAY))
    assert text.index("Due this week") < text.index("Later") < text.index("Nothing left to check")
    assert text.count("Send the weekly report by noon") == 2
    assert "overdue" in text
    assert f"benchcoach agreements prepare {overdue.id[:8]}" in text
    assert list_text(listing([], None, TODAY)) == "There are no agreements."


def test_a_list_has_no_figure_about_a_person() -> None:
    many = [after(SLIPPED, SLIPPED), after(SLIPPED), report(), report(who="Ben")]
    text = list_text(listing(many, None, TODAY))
    for line in text.splitlines():
        if "Ana" in line or "Ben" in line:
            assert not any(word.isdecimal() for word in line.split()[1:]), line


def test_a_list_says_that_there_is_a_legal_hold_and_why() -> None:
    text = list_text(listing([report()], Hold(NOW, "Case 12,\nask Dana"), TODAY))
    assert text.endswith("A legal hold since 4 May 2026 suspends deletion: Case 12, ask Dana")


def test_an_export_as_markdown_is_readable_and_no_text_in_it_becomes_markup() -> None:
    made = replace(after(SLIPPED, note="<b>late</b>\n# not a heading"), who="Ana *star*", standard="a|b")
    work = Saved(SavedKind.ONE_ON_ONE, "# 4 May", {"said": "</pre>\n# x"}, who="Ana", id="w1")
    text = export_markdown(Export("local", "Ana", NOW, Hold(NOW, "Case <12>"), (made,), (work,), ("m1",)))
    assert "<b>" not in text
    assert "<12>" not in text
    assert "\n# x" not in text
    assert "\n# not" not in text
    for part in ("# What is kept about Ana", "Monday 4 May 2026: agreed", "Tuesday 5 May 2026: slipped",
                 "One on one", "Also named in: `m1`", "a\\|b"):  # fmt: skip
        assert part in text
    empty = export_markdown(Export("local", "", NOW, None, (), ()))
    assert "Nothing is kept." in empty


def test_json_says_days_as_iso_dates() -> None:
    told = plain(shown(after(SLIPPED, SLIPPED), TODAY))
    assert (told["by_when"], told["history"][1]["on"], told["conversation"]) == ("2026-05-11", "2026-05-05", "pattern")
    assert told["draft"].startswith("On 4 May 2026 we agreed")


# --- calendar -------------------------------------------------------------------------------------------


def test_check_dates_become_whole_days_that_any_calendar_reads() -> None:
    made = report("Send the report; all regions, by noon\\12\nplease " + "ü" * 200, standard="In figures")
    text = calendar_text(calendar_entries([made, after(KEPT)]), NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert event.decoded("dtstart") == made.check_on
    assert event.decoded("dtend") == made.check_on + timedelta(days=1)
    assert str(event["summary"]) == "Check: " + made.what.replace("\n", " ") + " (Ana)"
    assert "In figures" in str(event["description"])
    assert (event["uid"], event["class"]) == (f"{made.id}@benchcoach", "PRIVATE")


def test_nobody_is_invited_and_nothing_in_a_text_becomes_a_line_of_the_file() -> None:
    sly = "Report\r\nATTENDEE:mailto:a@example.com\r\nBEGIN:VALARM"
    text = calendar_text([Entry("1", TODAY, sly, sly)], NOW)
    assert not [
        line for line in text.split("\r\n") if line.startswith(("ATTENDEE", "ORGANIZER", "METHOD", "BEGIN:VALARM"))
    ]


def test_a_meeting_has_a_time_on_the_wall_and_a_length() -> None:
    text = calendar_text([Entry("1", datetime(2026, 5, 6, 14, 30), "One-on-one", minutes=25)], NOW)
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2026, 5, 6, 14, 30)
    assert event.decoded("dtend") == datetime(2026, 5, 6, 14, 55)
    assert "DTSTART:20260506T143000\r\n" in text


def test_a_date_is_a_day_of_the_calendar() -> None:
    assert isinstance(report().by_when, date)
