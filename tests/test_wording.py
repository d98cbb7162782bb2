"""Wording: a clause becomes a sentence that can be spoken, and no fact comes or goes on the way."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from assistant.rewriting.clauses import cut, visible
from assistant.rewriting.facts import added, facts, names
from assistant.rewriting.wording import capital, finish, joint_of, lower_first, quiet, sentence, words

DATASET = Path(__file__).resolve().parent.parent / "evals" / "datasets" / "rewrite_v1.jsonl"

PIECES = (
    "you i I'm left was late 3 7:45 B12 and but because the gate NEVER , . ... ! ? ; : – - \" ( ) é 👋 ’ on Monday"
).split()


def pieces() -> list[str]:
    """What a reader sees of each clause of the drafts for training and development."""
    rows = map(json.loads, DATASET.read_text("utf-8").splitlines())
    seen = [row["draft"] for row in rows if row["split"] in ("train", "dev")]
    return [visible(clause.text) for draft in seen for clause in cut(draft)]


def noise(seed: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 20)))


# --- properties ------------------------------------------------------------------------------


def test_a_clause_of_a_draft_becomes_one_sentence_with_the_same_facts():
    for said in pieces():
        made = sentence(said)
        before, after = facts(said), facts(made)
        assert (after.numbers, after.dates, after.quotes) == (before.numbers, before.dates, before.quotes), said
        assert after.negated == before.negated, said
        assert all(name in made for name in names(said, inside_only=True)), said
        assert added(said, made) == (), said


def test_a_sentence_begins_large_and_ends_with_a_mark():
    for said in [*pieces(), *map(noise, range(500))]:
        made = finish(said)
        if not made:
            continue
        assert made == made.strip()
        assert made[-1] in '.!?"”’', said
        first = next((c for c in made if c.isalnum()), "0")
        assert first.isdigit() or first == first.upper(), said


def test_finishing_a_finished_sentence_changes_nothing():
    for said in pieces():
        assert finish(finish(said)) == finish(said)


def test_finishing_keeps_every_letter_but_a_joint_at_the_end():
    for said in pieces():
        kept = "".join(words(finish(said)))
        assert "".join(words(said)).startswith(kept)


@pytest.mark.parametrize("text", ["", "   ", "...", ",", "and", "!!", " – "])
def test_no_words_make_no_sentence(text):
    assert finish(text) == ""
    assert sentence(text) == ""


# --- joints ------------------------------------------------------------------------------------


@pytest.mark.parametrize("joint", "and but so because since although though yet plus whereas while which".split())
def test_a_joint_is_told_and_only_as_a_word_of_its_own(joint):
    assert joint_of(f"{joint} you left") == joint
    assert joint_of(f"{joint.upper()} you left") == joint
    assert joint_of(f"{joint}ish you left") == ""
    assert joint_of(f"you left {joint}") == ""


@pytest.mark.parametrize("joint", ["and", "but", "so", "also", "then", "ok,", "honestly,", "btw", "hey, so", "lastly,"])
def test_a_joint_or_filler_is_left_out(joint):
    assert sentence(f"{joint} you left the gate open") == "You left the gate open."


@pytest.mark.parametrize("joint", ["because", "although", "while", "cuz"])
def test_a_reason_stays_one_unless_it_stood_inside_its_sentence(joint):
    said = f"{joint} you left the gate open"
    assert sentence(said) == f"{joint.capitalize()} you left the gate open."
    assert sentence(said, inside=True) == "You left the gate open."


def test_which_becomes_that():
    assert sentence("which cost us the slot") == "That cost us the slot."


def test_a_filler_before_a_number_may_mean_something_and_stays():
    assert sentence("like 5 times") == "Like 5 times."


@pytest.mark.parametrize(
    "said", ["android phones broke", "butter was left out", "sodas were warm", "okra was off", "manual checks failed"]
)
def test_a_word_that_begins_like_a_joint_is_none(said):
    assert joint_of(said) == ""
    assert sentence(said) == said.capitalize() + "."


def test_a_hyphenated_word_is_no_joint():
    assert sentence("so-called fixes broke the build") == "So-called fixes broke the build."


def test_since_before_a_date_is_a_time_and_no_joint():
    assert "since" in sentence("since Monday you left early twice", inside=True).lower()


# --- marks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ("you were late", "You were late."),
        ("you were late...", "You were late."),
        ("you were late!!!", "You were late."),
        ("you were late ,", "You were late."),
        ("you were late and", "You were late."),
        ("you were late , again", "You were late, again."),
        ("was it agreed?", "Was it agreed?"),
        ("was it agreed ??", "Was it agreed?"),
        ('he said "go away."', 'He said "go away."'),
        ("i was here and i'm sure i've said it", "I was here and I'm sure I've said it."),
        ("you left (again)", "You left (again)."),
        ("élan was missing", "Élan was missing."),
        ("3 boxes fell", "3 boxes fell."),
    ],
)
def test_a_sentence_ends_with_one_mark(said, made):
    assert finish(said) == made


def test_a_question_that_is_shouted_is_a_question():
    assert finish("why did you leave?!") == "Why did you leave?"


# --- capitals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("abc", "Abc"),
        ('"go"', '"Go"'),
        ("3 boxes", "3 boxes"),
        ("$5 lost", "$5 lost"),
        ("é", "É"),
        ("", ""),
        ("I", "I"),
    ],
)
def test_the_first_letter_is_large_unless_a_number_opens(text, made):
    assert capital(text) == made
    assert capital(capital(text)) == made


@pytest.mark.parametrize("text", ["You left", "The lorry waited", "Please call", "On Monday"])
def test_a_common_first_word_can_be_made_small(text):
    assert lower_first(text) == text[0].lower() + text[1:]
    assert capital(lower_first(text)) == text


def test_a_word_that_the_draft_has_small_is_no_name():
    assert lower_first("People left.", "and people left") == "people left."
    assert lower_first("Mary left.", "and Mary left") == "Mary left."


def test_so_far_is_no_joint():
    assert sentence("So far I have three of them.") == "So far I have three of them."


@pytest.mark.parametrize("text", ["I left", "I'm late", "Marek left", "BBC rang", "7:45 came", ""])
def test_i_and_names_stay_large(text):
    assert lower_first(text) == text


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("YOU WERE LATE ON MONDAY AT 7AM", "you were late on Monday at 7am"),
        ("I TOLD YOU ON 3 MAY", "I told you on 3 May"),
        ("I MAY HAVE SAID IT TWICE", "I may have said it twice"),
        ("YOU LEFT PALLET B12 IN BAY 7 AND I'M HERE", "you left pallet B12 in bay 7 and I'm here"),
        ("IT COST 15KG OF FLOUR AND WE LOST IT", "it cost 15kg of flour and we lost it"),
        ("You were NEVER on time", "You were never on time"),
        ("PLEASE stop", "please stop"),
    ],
)
def test_shouting_is_quietened(text, made):
    assert quiet(text) == made
    assert quiet(made) == made


@pytest.mark.parametrize("text", ["The NHS and the CEO said it", "USB is broken", "ASAP", "Send the PDF to HR.", ""])
def test_abbreviations_are_no_shouting(text):
    assert quiet(text) == text


def test_quietening_changes_nothing_but_the_case():
    for said in [*pieces(), *(noise(seed).upper() for seed in range(300))]:
        assert quiet(said).lower() == said.lower()


def test_words_are_small_and_keep_their_apostrophes():
    assert words("You've 3 boxes, it’s LATE: 7-up a_b") == ["you've", "3", "boxes", "it’s", "late", "7", "up", "a", "b"]
