"""Claims about plain words: what a figure of speech means is searched too, and an organisation adds its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import LibraryError
from assistant.library import plain_words, ranking
from assistant.library.plain_words import PlainWords
from assistant.shelf import knowledge_folder

BUILT_IN = plain_words.load([knowledge_folder()])


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("they keep mum in the morning huddle", "they say nothing in the morning meeting"),
        ("A barman and two barmen were skiving", "an employee and two employees were avoiding work"),
        ("my chum is now beneath me on the org chart", "my friend is now reporting to me"),
        ("He didn’t turn up", "He didn't turn up"),
        ("welders-only entrance", "welders-only entrance"),
    ],
)
def test_figures_of_speech_and_trades_are_said_plainly(said: str, plain: str) -> None:
    assert BUILT_IN(said) == plain


def test_without_words_a_question_stays_as_it_is() -> None:
    assert PlainWords()("keep mum") == "keep mum"


def test_an_organisation_s_own_words_are_known_and_win(tmp_path: Path) -> None:
    (tmp_path / plain_words.FILE).write_text("employee: sparkler\nmeans: {keep mum: see mother}\n", "utf-8")
    both = plain_words.load([knowledge_folder(), tmp_path])
    assert both("Two sparklers keep mum in the huddle") == "Two employees see mother in the meeting"


@pytest.mark.parametrize("content", ["means: [", "means: words", "means: {a: 1}", "other: {a: b}", "- 1"])
def test_a_broken_file_of_plain_words_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / plain_words.FILE).write_text(content, "utf-8")
    with pytest.raises(LibraryError, match=plain_words.FILE):
        plain_words.load([tmp_path])


def test_what_varies_within_every_passage_counts_little() -> None:
    chance = np.random.default_rng(5)
    middles = np.zeros((6, 8))
    middles[:, 0] = np.arange(6) * 2.0  # what tells passages apart
    rows = np.repeat(middles, 12, axis=0)
    rows[:, 1] = chance.normal(size=len(rows))  # who speaks: varies in each of them
    rows[:, 2:] += 0.02 * chance.normal(size=(len(rows), 6))
    askers = ranking.Askers(rows.astype(np.float32), list(range(12, 73, 12)))
    asked = np.array([[6.0, 2.5, *[0.0] * 6]], dtype=np.float32)  # the fourth, in an unusual voice
    assert int(askers.likely(asked, range(6)).argmax()) == 3


def test_passages_of_one_row_each_are_not_told_apart_by_how_people_ask() -> None:
    rows = np.eye(4, dtype=np.float32)
    assert ranking.Askers(rows, [1, 2, 3, 4]).likely(rows[:1], range(4)).tolist() == [0, 0, 0, 0]
