"""Asides: greetings and notes to the coach are told from feedback, and a request to the employee never is one."""

from __future__ import annotations

import re

import pytest

from assistant.rewriting.asides import asks, demand, once, reason, trails, untidy, without_intent, without_spans

BOTH = [True, False]
"""Drafts written to the employee and drafts about them."""


# --- greetings, farewells, headings ------------------------------------------------------------


@pytest.mark.parametrize("direct", BOTH)
@pytest.mark.parametrize(
    "said",
    "Hi Marek,|Hello|hey team!|Dear Priya Shah,|Good morning|Morning Ben|Hope you are well|I hope this finds you well.|"
    "How are you?|I am writing to you about the count|Kind regards|Best, Tom|Thanks|Thanks a lot, Ana|Cheers,|thx|"
    "Regards, T. Cole|Best wishes|Yours sincerely, Ben Cole".split("|"),
)
def test_a_greeting_or_farewell_is_no_feedback(said, direct):
    assert "greeting" in reason(said, direct=direct)


@pytest.mark.parametrize("direct", BOTH)
@pytest.mark.parametrize("said", ["Summary:", "What happened:", "Late", "Unbelievable!"])
def test_a_heading_or_single_word_is_no_feedback(said, direct):
    assert reason(said, direct=direct)


@pytest.mark.parametrize("direct", BOTH)
@pytest.mark.parametrize("said", ["From: Managing attorney", "To: me (draft)", "Cc: Lee", "Subject: Talk re:"])
def test_the_head_of_a_message_is_not_said(said, direct):
    assert "head of a message" in reason(said, direct=direct)


@pytest.mark.parametrize("said", ["Re: 3 pallets on 4 May", "Subject: you left the gate open on Tuesday 6 May"])
def test_a_head_that_holds_a_fact_is_kept(said):
    assert reason(said, direct=True) == ""


# --- notes to the coach --------------------------------------------------------------------------


@pytest.mark.parametrize("direct", BOTH)
@pytest.mark.parametrize(
    "said",
    "How do I tell him?|how should i say this nicely|Please help me|I need a message for him|what should I write|"
    "make it polite|It needs to sound calm|Not sure how to say it|I don't know how to put this|Feedback for Ben:|"
    "need a short note|no idea how to say it|here is my draft|Here's what happened|I need to talk to him about this|"
    "I want to give her feedback".split("|"),
)
def test_a_note_to_the_coach_is_no_feedback(said, direct):
    assert "note to me" in reason(said, direct=direct)


@pytest.mark.parametrize(
    "said",
    "I have a problem with Ben|There is an issue with Ben|Tell him nicely to come at 6|Write him a short note|"
    "Please put this politely for her|can you rewrite this?|could you put it better|I hate doing this|"
    "I hope he changes|I don't know why he left|it's a bit awkward|I'm so tired of this".split("|"),
)
def test_what_the_manager_says_to_the_coach_about_somebody_is_no_feedback(said):
    assert reason(said, direct=False)
    assert not reason(said, direct=True), "in a draft to the employee it may be meant for them"


# --- feedback stays feedback ---------------------------------------------------------------------

FACTS = [
    "You were late on Monday",
    "The customer waited 40 minutes",
    "Hi Marek you were late on 3 May",
    "Thank you for staying late on Monday",
    "Thanks to you the order left on time",
    "Thanks for the report you sent on Friday",
    "Good morning rounds were missed on 3 May",
    "The best sales week since March",
    "The help desk had 3 calls",
    "I had to unload the lorry at 9",
    "We agreed on 3 May that you call before 9",
    "3 points:",
    "412",
    "The note for bed 7 was missing",
]


@pytest.mark.parametrize("direct", BOTH)
@pytest.mark.parametrize("said", FACTS)
def test_a_clause_with_something_to_say_is_no_aside(said, direct):
    assert reason(said, direct=direct) == ""


@pytest.mark.parametrize(
    "said",
    "Send the report by Friday|Please send the report by Friday|Draft the plan by Monday|Prepare the room at 7|"
    "Put the pallets in bay 7|Please call the customer back|Can you call the customer back?|Could you write the log "
    "every day?|Will you fix the label by noon?|I need the report by Friday|I want you to call me first|"
    "Write up every fall in the log|Give me the keys by 5|Tell me before you leave|Need 3 pallets by noon|"
    "Can you help me with the till on Saturday?|Make sure that the gate is shut|Word the notice as we agreed".split(
        "|"
    ),
)
def test_a_request_to_the_employee_is_no_aside(said):
    assert reason(said, direct=True) == ""


@pytest.mark.parametrize(
    ("said", "direct"),
    [
        ("Help me with the boxes on Monday", True),
        ("Please help me move the rack on Friday", True),
        ("I want to talk to you on Monday", True),
        ("Best result this year", True),
        ("Best result this year", False),
        ("Thanks great work everyone", True),
        ("Word from the customer came on 3 May", False),
        ("Draft 2 went out with 3 errors", False),
        ("Send the report by Friday", False),
        ("Prepare room 4 by 7", False),
        ("Make sure the gate is shut", False),
    ],
)
def test_a_clause_that_only_begins_like_an_aside_is_none(said, direct):
    assert reason(said, direct=direct) == ""


@pytest.mark.parametrize("said", ["Write him a note by Friday", "Give me 3 versions", "Put it in 50 words"])
def test_an_order_about_words_stays_a_note_to_the_coach_with_a_number_too(said):
    assert "note to me" in reason(said, direct=False)
    assert reason(said, direct=True) == ""


# --- trails, demand --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["so he gets it", "because he left", "which cost us", "in order to learn", "But he left"]
)
def test_a_clause_that_hangs_on_the_one_before_is_seen(said):
    assert trails(said)


@pytest.mark.parametrize(
    "said", ["Sonia left", "Thatcher called", "butter melted", "Whichever", "in orders", "he left so"]
)
def test_a_clause_that_stands_alone_hangs_on_nothing(said):
    assert not trails(said)


@pytest.mark.parametrize(
    "said",
    "please call|Call me|and send it|from now on, call first|you need to call|he must call|she has to call|"
    "can you call|would you close it?|I want you to call|I expect him to call|I'd like her to call|Stop it|"
    "keep the log".split("|"),
)
def test_a_demand_is_seen(said):
    assert demand(said)


@pytest.mark.parametrize(
    "said", ["The call was long", "You called", "doctors called", "Settle it", "Asking him", "I wanted tea", "callers"]
)
def test_a_statement_is_no_demand(said):
    assert not demand(said)


# --- without_intent -------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["want to", "need to", "have to", "will", "would like to", "'m going to", "wanted to"])
@pytest.mark.parametrize("whom", ["him", "her", "them", "Ben"])
def test_the_intent_to_tell_goes_and_what_is_to_be_told_stays(verb, whom):
    said = "the gate was open at 9 on 3 May"
    lead = f"I{verb}" if verb.startswith("'") else f"I {verb}"
    assert without_intent(f"{lead} tell {whom} that {said}") == said
    assert without_intent(f"and {lead} let {whom} know that {said}") == said


def test_an_intent_to_have_something_done_becomes_a_request():
    assert without_intent("I need to tell her to call before 9") == "Please call before 9"


@pytest.mark.parametrize(
    "said",
    [
        "I told him that the gate was open",
        "You told him that he is late",
        "I want to tell the customer that it is late",
        "I want to tell him",
        "The gate was open and I want to tell him that",
        "You were late on Monday",
    ],
)
def test_a_clause_without_the_intent_stays_as_it_is(said):
    assert without_intent(said) == said


# --- untidy ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    ["YOU WERE LATE AGAIN", "u were late", "i was there", "you dont call", "you was late", "she have left", "pls call"],
)
def test_a_form_that_needs_rewording_is_seen(said):
    assert untidy(said)


@pytest.mark.parametrize(
    "said", ["You were late.", "It's fine", "I was there", "She has left", "Send the PDF", "OK", "You don't call."]
)
def test_a_tidy_form_is_left_alone(said):
    assert not untidy(said)


# --- without_spans --------------------------------------------------------------------------------


def spans(text: str, *parts: str) -> list[tuple[int, int]]:
    return [(text.index(part), text.index(part) + len(part)) for part in parts]


OPINIONS = [
    ("You were late, lazy as ever, and the lorry waited.", ["lazy as ever"], "You were late, and the lorry waited."),
    ("You were so lazy that the fridge was at 11 degrees.", ["lazy"], "the fridge was at 11 degrees."),
    ("Being careless, you dropped 3 boxes.", ["careless"], "you dropped 3 boxes."),
    ("You lazily left the gate open.", ["lazily"], "You left the gate open."),
    ("Your sloppy report had 3 errors.", ["sloppy"], "Your report had 3 errors."),
    ("You left the gate open because you don't care.", ["you don't care"], "You left the gate open"),
    ("You sent an awful report at 9.", ["awful"], "You sent a report at 9."),
    ("You left the gate open, it's pathetic, and 3 sheep got out.", ["pathetic"], "and 3 sheep got out."),
]


@pytest.mark.parametrize(("text", "parts", "expected"), OPINIONS)
def test_a_version_without_the_opinion_keeps_the_fact(text, parts, expected):
    versions = without_spans(text, spans(text, *parts))
    assert any(version.endswith(expected) for version in versions)


@pytest.mark.parametrize(("text", "parts", "_"), OPINIONS)
def test_no_version_holds_a_word_of_the_span_or_one_that_was_not_there(text, parts, _):
    for version in without_spans(text, spans(text, *parts)):
        assert not any(part in version for part in parts)
        assert set(re.findall(r"\w+", version)) <= {*re.findall(r"\w+", text), "a", "an"}


def test_a_sentence_that_is_only_opinion_has_no_version():
    for text, part in [("You are lazy.", "lazy"), ("Lazy as ever!", "Lazy"), ("You are such a clown.", "clown")]:
        assert without_spans(text, spans(text, part)) == []


def test_without_spans_the_sentence_is_its_own_version():
    assert set(without_spans("You left the gate open.", [])) == {"You left the gate open."}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("You were late, lazy as ever, and the lorry waited.", "lazy as ever"),
        ("You left the gate open because you don't care.", "you don't care"),
        ("You were so lazy that the fridge was at 11 degrees.", "lazy"),
    ],
)
def test_no_version_ends_in_mid_air(text, part):
    for version in without_spans(text, spans(text, part)):
        assert not re.search(r",\s*,|\b(?:because|and|so)\W*$|\bso that the fridge", version)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("so she never heard about the recall", "so she didn't hear about the recall"),
        ("You never called her back", "You didn't call her back"),
        ("he has never called", "he has never called"),
        ("You never update the sheet", "You never update the sheet"),
        ("He was never trained", "He was never trained"),
    ],
)
def test_never_of_one_time_is_told_as_that_time(said, told):
    assert once(said) == told


@pytest.mark.parametrize("said", ["What happened?", "What was the reason?", "How did it go?", "Where were you at 9?"])
def test_an_open_question_is_asked(said):
    assert asks(said)


@pytest.mark.parametrize(
    "said", ["What cowboy taught you?", "What were you thinking?", "How dare you?", "How hard can it be?", "You left."]
)
def test_a_blow_with_a_question_mark_is_no_open_question(said):
    assert not asks(said)
