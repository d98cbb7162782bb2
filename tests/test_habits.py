"""The second reader of a manager's two default behaviours: how well it tells them, and what it leaves alone."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
import yaml

from assistant.domain import PatternName
from assistant.errors import LibraryError
from assistant.reading import habits
from assistant.reading.language import Language
from assistant.shelf import knowledge_folder
from evals import patterns

FOLDER = knowledge_folder() / "examples"
LANGUAGE = Language.load([knowledge_folder() / "language"])
HELD = json.loads((FOLDER / habits.FILE).read_text("utf-8"))


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_the_weights_were_made_from_the_examples_as_they_are():
    made_from = hashlib.sha256((FOLDER / "patterns.yaml").read_bytes()).hexdigest()
    assert HELD["learned_from"] == made_from, "write them again: python -m evals.patterns --write"


@pytest.mark.parametrize("split", ["dev", "test"])
def test_check_tells_the_two_patterns_and_neither_in_messages_it_has_not_seen(split):
    read = patterns.by_check()
    pairs = [(row["pattern"], read(row["message"])) for row in patterns.rows_of(split)]
    assert patterns.macro_f1(pairs) >= 0.85


def test_no_message_of_dev_or_test_is_among_the_examples():
    seen = {plain(text) for text in patterns.material()}
    assert not [row["id"] for split in ("dev", "test") for row in patterns.rows_of(split)
                if plain(row["message"]) in seen]  # fmt: skip


def test_there_are_hundreds_of_examples_of_each_answer():
    entries = yaml.safe_load((FOLDER / "patterns.yaml").read_text("utf-8"))["patterns"]
    assert {entry["id"] for entry in entries} == set(PatternName)
    assert min(len(entry["examples"].splitlines()) for entry in entries) >= 300


def test_what_a_rule_found_stands_and_the_evidence_is_verbatim():
    text = "The offer is due on Monday. I let nobody but me write to the suppliers, I dictate and they type."
    reading = habits.read(LANGUAGE, text)
    assert reading.pattern.name is PatternName.MICROMANAGEMENT
    assert all(words in text for words in reading.pattern.evidence)
    ruled = LANGUAGE.read("Run everything by me first.")
    assert habits.add(ruled, "Run everything by me first.") is ruled


def test_the_reader_can_be_switched_off_like_a_rule():
    text = "I let nobody but me write to the suppliers, I dictate and they type."
    off = Language.load([knowledge_folder() / "language"], disabled=frozenset({habits.RULE}))
    assert habits.read(off, text).pattern.name is PatternName.NONE


def test_a_long_draft_is_left_to_the_rules():
    text = "I dictate and they type. " + "The order of the 4th came on the 9th and was short by two boxes. " * 6
    assert habits.open_reader().read(text) is PatternName.NONE


def test_a_broken_file_says_how_to_make_it_again(tmp_path):
    (tmp_path / "broken.json").write_text('{"terms": []', "utf-8")
    with pytest.raises(LibraryError) as told:
        habits.PatternReader.load(tmp_path / "broken.json")
    assert "evals.patterns --write" in told.value.hint


def test_macro_f1_counts_each_answer_alike_and_an_answer_never_given_as_nothing():
    pairs = [("none", "none")] * 8 + [("abdication", "none")] + [("micromanagement", "micromanagement")]
    assert patterns.macro_f1(pairs) == pytest.approx((16 / 17 + 0 + 1) / 3)
