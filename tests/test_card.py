"""Claims about the card beside a rewrite: what it names is known, and there is always something to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.domain import Origin, Parts, Pattern, Rewrite, Route, RouteTo
from assistant.rewriting.card import REPLIES, card_of
from assistant.web.card_view import card_html
from assistant.web.words import Words

FULL = Parts(
    situation="You were late with the report on Friday 2 May.",
    behavior="It came on Monday at 10:30.",
    expectation="We agreed on 24 March that it is in by 16:00.",
    question="What got in the way?",
)
BARE = Parts(situation="On [date], [what you saw or heard].")


def rewrite(parts: Parts = FULL, **other: object) -> Rewrite:
    whole = Rewrite(
        "r", "draft", "message", "Words to say.", "", (), parts, (), (), (), Pattern(), None, (), (), (), 0.0,
        Origin.DRAFT, "rules", (),
    )  # fmt: skip
    return replace(whole, **other)


def test_a_card_opens_with_the_fact_on_its_day_and_ends_with_the_question():
    card = card_of(rewrite())
    assert card is not None
    assert card.fact == "You were late with the report on Friday 2 May. It came on Monday at 10:30."
    assert card.standard == "It is in by 16:00."
    assert card.question == "What got in the way?"
    assert "agreed" in card.opening


@pytest.mark.parametrize(
    "parts",
    [
        FULL,
        BARE,
        Parts(),
        replace(FULL, situation="", behavior="You closed the till early."),
        replace(FULL, expectation=""),
        replace(FULL, expectation="From now on it is in by 16:00.", question=""),
    ],
)
def test_whatever_is_missing_there_are_three_replies_to_each_answer_and_no_blank(parts):
    card = card_of(rewrite(parts))
    assert card is not None
    assert [answer.id for answer in card.answers] == ["denial", "what_about_him", "tears_or_silence"]
    for answer in card.answers:
        assert len(set(answer.replies)) == REPLIES
        assert not any("{" in reply or "[" in reply for reply in answer.replies)


def test_a_date_that_stands_alone_is_not_said_before_the_sentence_that_names_it():
    card = card_of(rewrite(replace(FULL, situation="On Monday", behavior="On Monday it came at 10:30.")))
    assert card is not None
    assert card.fact == "On Monday it came at 10:30."
    assert not any("On Monday " in reply and "10:30" not in reply for one in card.answers for reply in one.replies)


def test_what_was_never_said_is_not_called_an_agreement():
    for expectation in ("From now on it is in by 16:00.", "We never agreed that it is in by 16:00.", ""):
        card = card_of(rewrite(replace(FULL, expectation=expectation)))
        assert card is not None
        said = " ".join(reply for answer in card.answers for reply in answer.replies)
        assert "What we agreed" not in said


def test_a_standard_is_named_without_saying_twice_that_it_was_agreed():
    parts = Parts(expectation="What we agreed (12 April): The till is counted before 18:30.")
    card = card_of(rewrite(parts))
    assert card is not None
    assert "What we agreed still stands: The till is counted before 18:30." in card.answers[0].replies[0]


@pytest.mark.parametrize("route", [Route(RouteTo.EMERGENCY, ()), Route(RouteTo.HR, (), entangled=True)])
def test_where_somebody_else_comes_first_there_is_no_card(route):
    assert card_of(rewrite(route=route)) is None
    assert card_html(None, Words.load()) == ""


def test_a_person_s_text_on_the_card_is_never_markup():
    parts = replace(FULL, behavior="<script>alert(1)</script> came on Monday.")
    html = card_html(card_of(rewrite(parts)), Words.load())
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_card_without_a_fact_says_what_to_look_up():
    words = Words.load()
    assert words("card.no_fact") in card_html(card_of(rewrite(BARE)), words)
