"""Parts: a clause falls apart at its commas and joints, and a worked clause shows which parts were left out."""

from __future__ import annotations

import pytest

from assistant.library.corpus import read_examples
from assistant.rewriting.parts import spans, taught, words_of
from assistant.shelf import knowledge_folder

EXAMPLES = read_examples(knowledge_folder() / "examples" / "clauses.yaml")


@pytest.mark.parametrize(
    ("clause", "parts"),
    [
        ("Eight men stood there like lemons", ["Eight men stood there", "like lemons"]),
        ("You left at 2, cool as you like", ["You left at 2", "cool as you like"]),
        ("The gate was open because you were asleep", ["The gate was open", "because you were asleep"]),
        ("It was done, what a surprise, at 5", ["It was done", "what a surprise", "at 5"]),
    ],
)
def test_a_clause_falls_apart_at_commas_and_joints(clause, parts):
    assert [words_of(clause, span) for span in spans(clause)] == parts


@pytest.mark.parametrize(
    "clause", ["the wording I like", "I'd like the other desks to do it", "Do it like this", "It was so late"]
)
def test_a_verb_or_a_way_is_no_likeness(clause):
    assert spans(clause) == [(0, len(clause))]


def test_nothing_of_a_clause_lies_outside_its_parts():
    for example in EXAMPLES:
        found = spans(example.clause)
        assert "".join(example.clause[a:b] for a, b in found) == example.clause


def test_a_part_whose_words_do_not_come_back_was_left_out():
    lesson = taught(
        "You took the corner like a racing driver and two cages fell", "You took the corner and two cages fell."
    )
    assert [(one.text, one.said) for one in lesson] == [
        ("You took the corner", True),
        ("like a racing driver", False),
        ("and two cages fell", True),
    ]


def test_a_number_is_never_taught_as_left_out():
    assert all(one.said for one in taught("Otto has 12 visits, you have 2", "You have 2 visits."))


def test_a_clause_that_is_not_spoken_teaches_no_parts():
    assert taught("You are lazy, and rude", "") == []


def test_the_worked_clauses_teach_both_kinds_of_part():
    lessons = [one for example in EXAMPLES for one in taught(example.clause, example.becomes)]
    assert sum(one.said for one in lessons) >= 500
    assert sum(not one.said for one in lessons) >= 100
