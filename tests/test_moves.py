"""Moves: a turn is read on words the reader has not seen, padding changes nothing, and robots rank as they should."""

from __future__ import annotations

import random
from functools import cache

import pytest

from assistant.practising import robots, scenarios, temper
from assistant.practising.moves import MOVES, MoveReader
from assistant.practising.signs import read_signs, read_turns
from assistant.scene import Difficulty, Move
from assistant.shelf import knowledge_folder
from evals.turns import figures, read_rows
from tests.coaching import home, library

M = Move
KNOWLEDGE = knowledge_folder()
TURNS = read_turns([KNOWLEDGE])
SCENARIOS = scenarios.load([KNOWLEDGE / "scenarios"])

# Measured on the dev split: 0.92. Five points below is a regression; the goal is 0.8 on words of others.
DEV_FLOOR = 0.87
# Without the embedding model: 0.87.
PLAIN_FLOOR = 0.80


@pytest.fixture(scope="module")
def reader():
    patch = pytest.MonkeyPatch()
    patch.setenv("BENCHCOACH_HOME", str(home()))
    found = MoveReader.load(library())
    patch.undo()
    return found


@pytest.fixture(scope="module")
def plain():
    """A reader without the embedding model."""
    return MoveReader(read_signs([KNOWLEDGE]), TURNS)


def macro_f1(reader, split):
    rows = read_rows(split)
    return figures([row.moves for row in rows], [frozenset(reader.read(row.turn, row.before)) for row in rows]).macro_f1


def test_turns_it_has_not_seen_are_read_as_well_as_was_measured(reader):
    assert macro_f1(reader, "dev") >= DEV_FLOOR


def test_without_the_embedding_model_rules_and_words_still_read(plain):
    assert macro_f1(plain, "dev") >= PLAIN_FLOOR


@pytest.mark.parametrize(
    ("said", "has", "lacks"),
    [
        ("Why are you so lazy?", M.BLAMED, M.OPEN_QUESTION),
        ("Have you tried setting an alarm?", M.ADVICE_FIRST, M.OPEN_QUESTION),
        ("I'll do it myself.", M.TOOK_OVER, M.AGREED_ACTION),
        ("Never mind, forget the deadline.", M.GAVE_IN, M.STATED_STANDARD),
        ("Could you please tell me whether it has gone out?", M.CLOSED_QUESTION, M.OPEN_QUESTION),
        (
            'A guest wrote that "nobody ever helps", and the bell rang for nine minutes on Sunday.',
            M.OBSERVED_BEHAVIOR,
            M.GENERALIZED,
        ),
        ("If it is late again in June, the next step is a written warning.", M.STATED_CONSEQUENCE, M.THREATENED),
        ("Late again and you're out of here.", M.THREATENED, M.STATED_CONSEQUENCE),
        ("What did we agree about the handover?", M.ASKED_STANDARD, M.STATED_STANDARD),
        ("You always leave early.", M.GENERALIZED, M.OBSERVED_BEHAVIOR),
        ("You left at 3:40 on Tuesday and on Thursday.", M.OBSERVED_BEHAVIOR, M.GENERALIZED),
        ("So you'll ring them by Friday noon.", M.AGREED_ACTION, M.REFLECTED),
        ("So you rang them and nobody answered.", M.REFLECTED, M.AGREED_ACTION),
        ("Let's look at it together on the 12th.", M.SET_CHECK_DATE, M.VAGUE),
        ("Let's catch up about this some time.", M.VAGUE, M.SET_CHECK_DATE),
    ],
)
def test_hard_neighbours_are_told_apart(reader, said, has, lacks):
    found = reader.read(said)
    assert has in found
    assert lacks not in found


def test_two_questions_at_once_are_stacked_and_one_is_not(reader):
    assert M.STACKED_QUESTIONS in reader.read("What happened? And who knew about it?")
    assert M.STACKED_QUESTIONS not in reader.read("The count was short by 40 on Friday. What happened?")
    assert M.STACKED_QUESTIONS not in reader.read("So it was the scanner, right? What did you do then?")


def test_saying_back_what_was_just_said_is_heard_as_that(reader):
    said = "On hold with the insurer, with a queue building up."
    assert M.REFLECTED in reader.read(said, before="I was on hold with the insurer and the queue was building up.")


def test_advice_after_asking_listening_and_asking_for_ideas_does_not_come_first(reader):
    said = "You could split the list in two."
    assert M.ADVICE_FIRST in reader.read(said)
    assert M.ADVICE_FIRST not in reader.read(said, so_far=[(M.OPEN_QUESTION,), (M.REFLECTED,), (M.ASKED_FOR_SOLUTION,)])


def test_each_move_is_shown_where_it_was_made(reader):
    text = "You came at 9:20 on Tuesday. What happened?"
    found = {s.move: text[s.start : s.end] for s in reader.sightings(text)}
    assert found[M.OBSERVED_BEHAVIOR] == "You came at 9:20 on Tuesday."
    assert found[M.OPEN_QUESTION] == "What happened?"


def test_what_is_read_is_what_is_sighted(reader):
    for row in read_rows("dev")[::8]:
        moves = {s.move for s in reader.sightings(row.turn, row.before)}
        assert reader.read(row.turn, row.before) == tuple(m for m in MOVES if m in moves)


PADDING = (
    "Thanks for coming.",
    "Please sit down.",
    "Good morning.",
    "Have a nice evening.",
    "Thank you for your time.",
)


def test_politeness_and_length_change_nothing(reader):
    chance = random.Random(3)
    for row in read_rows("dev")[::4]:
        padded = f"{chance.choice(PADDING)} {row.turn} {chance.choice(PADDING)}"
        bare, long = (set(reader.read(turn, row.before)) - {M.SMALL_TALK} for turn in (row.turn, padded))
        assert bare == long, row.turn


@pytest.mark.parametrize(
    "said", ["", " ", "...", "🙂", "?", "!!!", "你好", "a" * 5000, "no " * 800, "\u200b", "<b></b>"]
)
def test_any_text_is_read(reader, said):
    assert set(reader.read(said)) <= set(Move)


# --- robots: the ranking, in two people's words, the second held out -------------------------------


@cache
def spoken(reader, robot, scenario, lines_of):
    return tuple(reader.read(line) for line in robots.lines(robot, scenario, lines_of))


def commitments(reader, robot, scenario, lines_of, difficulty):
    state, so_far, found = scenario.start, [], []
    for moves in spoken(reader, robot, scenario, lines_of):
        state, _ = temper.after(
            state, moves, difficulty, tendency=scenario.tendency, so_far=so_far, start=scenario.start
        )
        so_far.append(moves)
        found.append(state.commitment)
    return found


@pytest.mark.parametrize("lines_of", robots.SETS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.id for s in SCENARIOS])
def test_skilled_managers_get_further_than_rescuing_and_vague_ones_and_those_no_less_far_than_harsh_ones(
    reader, scenario, lines_of
):
    for difficulty in Difficulty:
        skilled, vague, harsh, rescuing = (
            commitments(reader, robot, scenario, lines_of, difficulty)[-1] for robot in robots.ROBOTS
        )
        assert skilled > max(vague, rescuing)
        assert min(vague, rescuing) >= harsh


@pytest.mark.parametrize("lines_of", robots.SETS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.id for s in SCENARIOS])
def test_the_same_words_get_no_further_when_it_is_harder(reader, scenario, lines_of):
    for robot in robots.ROBOTS:
        easy, realistic, hard = (commitments(reader, robot, scenario, lines_of, d)[-1] for d in Difficulty)
        assert easy >= realistic >= hard
        assert robot != "skilled" or easy > realistic > hard


@pytest.mark.parametrize("lines_of", robots.SETS)
@pytest.mark.parametrize("robot", ["vague", "harsh"])
def test_three_turns_of_bad_talk_win_nobody(reader, robot, lines_of):
    for scenario in SCENARIOS:
        for difficulty in Difficulty:
            third = commitments(reader, robot, scenario, lines_of, difficulty)[2]
            assert third < scenario.start.commitment + 0.05


@pytest.mark.parametrize("lines_of", robots.SETS)
def test_good_talk_wins_and_takes_its_time(reader, lines_of):
    for scenario in SCENARIOS:
        found = commitments(reader, "skilled", scenario, lines_of, Difficulty.REALISTIC)
        assert found[1] < scenario.start.commitment + 0.12
        assert found[-1] > scenario.start.commitment + 0.2
