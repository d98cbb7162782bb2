"""Labelled turns and worked turns: their shape, their spread, clean splits, and a scorer that can be believed."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from itertools import combinations

import jsonschema
import pytest

from assistant.errors import LibraryError
from assistant.practising.signs import read_signs, read_turns
from assistant.scene import Move
from assistant.shelf import knowledge_folder
from evals import turns
from evals.turns import figures

KNOWLEDGE = knowledge_folder()
ROWS = [json.loads(line) for line in turns.DATASET.read_text("utf-8").splitlines()]
SCHEMA = json.loads(turns.DATASET.with_suffix("").with_suffix(".schema.json").read_text("utf-8"))
WORKED = read_turns([KNOWLEDGE])
SIGNS = read_signs([KNOWLEDGE])
SPLITS = {"train": 80, "dev": 155, "test": 155}


def words(text):
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def alike(one, other):
    left, right = set(words(one)), set(words(other))
    return len(left & right) / len(left | right) if left | right else 1.0


# --- the labelled turns -----------------------------------------------------------------------------


def test_each_row_fits_the_schema():
    for row in ROWS:
        jsonschema.validate(row, SCHEMA)
    assert set(SCHEMA["properties"]["moves"]["items"]["enum"]) == set(Move)


def test_ids_are_unique_and_splits_as_large_as_told():
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert Counter(row["split"] for row in ROWS) == SPLITS


def test_a_conversation_stays_in_one_split():
    found = defaultdict(set)
    for row in ROWS:
        found[row["situation"]].add(row["split"])
    assert all(len(splits) == 1 for splits in found.values())


def test_every_move_can_be_measured_in_every_split():
    for split in SPLITS:
        seen = Counter(move for row in ROWS if row["split"] == split for move in row["moves"])
        assert min(seen[move] for move in Move) >= 2


def test_moves_are_in_the_order_of_the_list():
    order = list(Move)
    assert all(row["moves"] == sorted(row["moves"], key=order.index) for row in ROWS)


def test_no_two_turns_of_different_splits_are_alike():
    for one, other in combinations(ROWS, 2):
        if one["split"] != other["split"] and min(len(words(one["turn"])), len(words(other["turn"]))) > 3:
            assert alike(one["turn"], other["turn"]) < 0.7, (one["id"], other["id"])


# --- the worked turns -------------------------------------------------------------------------------


def test_there_are_worked_turns_for_every_move_and_some_without_any():
    seen = Counter(move for turn in WORKED for move in turn.moves)
    assert len(WORKED) >= 1000
    assert min(seen[move] for move in Move) >= 20
    assert sum(not turn.moves for turn in WORKED) >= 50


def test_no_worked_turn_is_like_a_turn_that_is_held_out():
    held_out = [row for row in ROWS if row["split"] in ("dev", "test") and len(words(row["turn"])) > 3]
    close = [(turn.id, row["id"]) for turn in WORKED for row in held_out if alike(turn.turn, row["turn"]) >= 0.7]
    assert close == []


def test_no_two_worked_turns_are_the_same():
    said = Counter((" ".join(words(turn.turn)), turn.before) for turn in WORKED)
    assert [one for one, times in said.items() if times > 1] == []


# --- signs ---------------------------------------------------------------------------------------------


def test_every_move_but_the_forms_of_questions_has_its_signs():
    assert set(SIGNS) == set(Move) - {Move.OPEN_QUESTION, Move.CLOSED_QUESTION, Move.STACKED_QUESTIONS}


@pytest.mark.parametrize("move", SIGNS, ids=str)
def test_a_sign_is_more_often_right_than_wrong(move):
    shown = [turn for turn in WORKED if SIGNS[move].seen_in(turn.turn)]
    assert sum(move in turn.moves for turn in shown) > 0.5 * len(shown) > 0


def test_an_organisation_can_replace_a_sign_and_add_turns(tmp_path):
    (tmp_path / "examples").mkdir()
    (tmp_path / "moves.yaml").write_text("moves:\n  vague:\n    means: Ours.\n    shows: synergy\n", "utf-8")
    (tmp_path / "examples" / "turns.yaml").write_text(
        "- {id: o1, turn: We need synergy., moves: [vague], split: train}\n", "utf-8"
    )
    assert read_signs([KNOWLEDGE, tmp_path])[Move.VAGUE].means == "Ours."
    assert read_turns([KNOWLEDGE, tmp_path])[-1].id == "o1"


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("moves.yaml", "moves:\n  shouted: {means: x, shows: y}\n", "shouted is no move"),
        ("moves.yaml", "moves:\n  vague: {means: x}\n", "vague needs means: and shows:"),
        ("moves.yaml", "moves:\n  vague: {means: x, shows: '('}\n", "a pattern of vague"),
        ("moves.yaml", "moves:\n  vague: {means: x, shows: '{nobody}'}\n", "a pattern of vague"),
        ("moves.yaml", "rules: []\n", "words: and moves:"),
        ("examples/turns.yaml", "- {id: a, turn: x, moves: [rude], split: train}\n", "turn 1"),
        ("examples/turns.yaml", "- {id: a, moves: [vague], split: train}\n", "turn 1 lacks turn"),
        ("examples/turns.yaml", "- {id: a, turn: x, moves: []}\n", "needs a split"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path, file, text, named):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    with pytest.raises(LibraryError, match=re.escape(named)) as raised:
        (read_signs if file == "moves.yaml" else read_turns)([tmp_path])
    assert path.name in str(raised.value)


# --- the scorer ----------------------------------------------------------------------------------------

A, B = Move.VAGUE, Move.BLAMED


def test_what_is_read_exactly_scores_one():
    truth = [frozenset({A}), frozenset({A, B}), frozenset()]
    found = figures(truth, truth)
    assert (found.macro_f1, found.low, found.high, found.exact) == (1.0, 1.0, 1.0, 1.0)


def test_each_move_counts_the_same_however_rare():
    truth = [frozenset({A})] * 9 + [frozenset({B})]
    read = [frozenset({A})] * 9 + [frozenset()]
    assert figures(truth, read).macro_f1 == pytest.approx(0.5)


def test_reading_too_much_costs_as_reading_too_little_does():
    truth = [frozenset({A}), frozenset({B})]
    much, little = [frozenset({A, B})] * 2, [frozenset({A}), frozenset()]
    assert figures(truth, much).macro_f1 < 1
    assert figures(truth, little).macro_f1 < 1


def test_a_move_that_is_neither_there_nor_read_has_no_score():
    assert math.isnan(turns.f1(0, 0, 0))
    assert "nan" in turns.markdown(figures([frozenset({A})], [frozenset({A})]), "x")


def test_the_interval_holds_the_figure_and_is_the_same_again():
    truth = [frozenset({A}), frozenset({B}), frozenset({A, B}), frozenset({B})] * 5
    read = [frozenset({A}), frozenset({A}), frozenset({B}), frozenset({B})] * 5
    found = figures(truth, read)
    assert found.low <= found.macro_f1 <= found.high
    assert found == figures(truth, read)
