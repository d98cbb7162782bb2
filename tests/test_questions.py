"""Questions: their form is told by English grammar, with or without a question mark."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from assistant.practising.questions import Form, forms, sentences


@pytest.mark.parametrize(
    "said",
    [
        "What happened?",
        "How do you see it?",
        "so what happened then",
        "Why was it sent without the check?",
        "Can you walk me through that morning?",
        "Tell me more about that.",
        "I'd like to hear your view.",
        "When he shouted at you, what did you do?",
        "Help me understand how it came to that.",
    ],
)
def test_a_question_that_asks_for_an_account_is_open(said):
    assert forms(said) == (Form.OPEN,)


@pytest.mark.parametrize(
    "said",
    [
        "Did you send it?",
        "Who signed it?",
        "How many are left?",
        "When did you get home?",
        "So you knew about it?",
        "Can you tell me whether it was sent?",
        "You did check the address, didn't you?",
        "Is it the workload?",
    ],
)
def test_a_question_for_a_yes_or_one_fact_is_closed(said):
    assert forms(said) == (Form.CLOSED,)


@pytest.mark.parametrize("said", ["Right?", "Is that right?", "You ring on Friday, okay?", "Does that make sense?"])
def test_a_tag_asks_for_a_nod_only(said):
    assert forms(said) == (Form.TAG,)


@pytest.mark.parametrize(
    "said",
    [
        "What I need is a clean count by six.",
        "The report came on Monday.",
        "Tell me by ten if it won't work.",
        "When the alarm goes you ring the desk.",
        'You wrote "did you even run this?" on her request.',
        "How it works is on the sheet.",
    ],
)
def test_a_statement_asks_for_nothing(said):
    assert forms(said) == ()


def test_several_questions_in_one_breath_each_count():
    assert forms("What happened, what's taking so long, and who else knows?") == (
        Form.OPEN,
        Form.OPEN,
        Form.CLOSED,
    )


def test_a_sentence_ends_where_it_ends_and_not_in_a_title():
    said = "I'd like to, and I won't. The answer is no. Ask Dr. Low or J. Berg by 9.30. What then?"
    assert [s.text for s in sentences(said)] == [
        "I'd like to, and I won't.",
        "The answer is no.",
        "Ask Dr. Low or J. Berg by 9.30.",
        "What then?",
    ]


@pytest.mark.parametrize("seed", range(30))
def test_sentences_lie_where_they_say_and_no_word_is_lost(seed):
    chance = random.Random(seed)
    parts = [
        "It came at 9.30.",
        "Dr. Low said so!",
        "why",
        "you said “no”.",
        "\n",
        "—",
        "ok… then",
        "  ",
        "A; b",
        "🙂",
        "?!",
    ]
    turn = " ".join(chance.choice(parts) for _ in range(8))
    found = sentences(turn)
    assert all(turn[s.start : s.end].strip() for s in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    inside = "".join(turn[s.start : s.end] for s in found)
    assert [c for c in turn if c.isalnum()] == [c for c in inside if c.isalnum()]
