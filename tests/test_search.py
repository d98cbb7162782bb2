"""Claims about search: other people's words, slips of the keyboard, names, and the courage to find nothing.

The data set is held to what its README says. Floors are below what was measured, so that a change of
wording is no failure; the figures themselves are made by ``python -m evals.knowledge``.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from assistant.errors import LibraryError
from assistant.library import corpus, phrasings, ranking
from assistant.library.knowledge import Library
from assistant.library.lexical import Spelling, Words, stems
from assistant.models import weights
from assistant.shelf import knowledge_folder
from evals import knowledge as evaluation

DATASETS = Path(__file__).resolve().parents[1] / "evals" / "datasets"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for path in evaluation.DATASETS for line in path.read_text("utf-8").splitlines()
]
READ = [row for row in ROWS if row["split"] != "test"]
CORPUS = corpus.load([knowledge_folder()])
PASSAGES = {passage.id: passage for passage in CORPUS.passages}
ASKED = phrasings.load([knowledge_folder()])
COMMON = frozenset(
    """a about after again all also am an and any are as at be because been before but by can could did do does don
    for from get had has have having may he her him his how i if in into is isn it its just let me more much must my
    no not now of off on one only or other our out over own she should so some such t than that the their them then
    there these they this to too under until up us very was we were what when where which while who why will with won
    would you your d ll m re s ve""".split()
)


@pytest.fixture(scope="module")
def library() -> Library:
    from coaching import library

    if weights.ensure_embedder() is None:
        pytest.skip("the embedding model's package is not installed")
    return library()


# The data set.


def root(word: str) -> str:
    """A rough root of a word, on its own terms: the product's stems are not used to judge the product."""
    for ending in ("ings", "ing", "edly", "ied", "ies", "ed", "es", "s", "ly", "er", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def roots(text: str) -> set[str]:
    return {root(word) for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in COMMON}


def test_every_question_keeps_to_the_schema_and_has_an_id_of_its_own() -> None:
    schema = json.loads((DATASETS / "knowledge_v1.schema.json").read_text("utf-8"))
    for row in ROWS:
        jsonschema.validate(row, schema)
    assert len({row["id"] for row in ROWS}) == len({row["question"] for row in ROWS}) == len(ROWS)
    assert len({row["situation"] for row in ROWS}) == len(ROWS), "a situation stands in one split"


def test_there_are_enough_questions_of_every_class_in_every_split() -> None:
    counts = Counter((row["class"], row["split"]) for row in ROWS)
    assert sum(n for (name, _), n in counts.items() if name != "off_subject") >= 150
    assert sum(n for (name, _), n in counts.items() if name == "off_subject") >= 50
    for name, least in (("natural", 15), ("paraphrase", 13), ("typo", 6), ("no_shared_word", 13), ("off_subject", 16)):
        assert all(counts[name, split] >= least for split in ("train", "dev", "test"))


def test_every_answer_that_is_named_exists() -> None:
    assert not [(row["id"], id_) for row in ROWS for id_ in row["answered_by"] if id_ not in PASSAGES]


def test_questions_without_a_shared_word_share_none_with_any_passage_that_answers_them() -> None:
    shared = [
        (row["id"], id_, words)
        for row in ROWS
        if row["class"] == "no_shared_word"
        for id_ in row["answered_by"]
        if (words := roots(row["question"]) & roots(f"{PASSAGES[id_].title} {PASSAGES[id_].text}"))
    ]
    assert shared == []


def test_no_question_is_a_line_that_search_knows() -> None:
    lines = [line for passage in CORPUS.passages for line in passage.use_when.splitlines()]
    lines += [line for ways in ASKED.asked.values() for line in ways] + list(ASKED.outside)
    known = [words for line in lines if len(words := roots(line)) >= 3]
    near = [
        row["question"]
        for row in ROWS
        if len(mine := roots(row["question"])) >= 3
        and any(len(mine & words) > 0.65 * len(mine | words) for words in known)
    ]
    assert near == []


# The lines that search compares with.


def test_every_way_to_ask_belongs_to_a_passage_and_stands_once() -> None:
    assert not [id_ for id_ in ASKED.asked if id_ not in PASSAGES]
    assert not [id_ for id_ in PASSAGES if id_ not in ASKED.asked]
    counts = Counter(line.lower() for ways in ASKED.asked.values() for line in ways)
    assert [line for line, n in counts.items() if n > 2] == []
    assert len(ASKED.outside) >= 150


@pytest.mark.parametrize("name", [phrasings.ASKED, phrasings.OUTSIDE])
@pytest.mark.parametrize("content", ["a: [", "just words", "a: {b: c}", "- 1\n- 2", "a: ['']"])
def test_a_broken_file_of_lines_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(LibraryError, match=re.escape(name)):
        phrasings.load([tmp_path])


def test_an_organisation_s_lines_are_added(tmp_path: Path) -> None:
    (tmp_path / phrasings.ASKED).write_text("sbi#impact: [Who pays?]\n", "utf-8")
    (tmp_path / phrasings.OUTSIDE).write_text("- Which tram goes to the depot?\n", "utf-8")
    both = phrasings.load([knowledge_folder(), tmp_path])
    assert both.asked["sbi#impact"] == (*ASKED.asked["sbi#impact"], "Who pays?")
    assert both.outside == (*ASKED.outside, "Which tram goes to the depot?")


# What is found.


def test_search_beats_words_alone_and_meaning_alone_on_the_questions_that_may_be_read(library: Library) -> None:
    facts = evaluation.measure(library, READ, answers=12)
    print(evaluation.text(facts, "search, train and dev"))
    found = {way: facts["all"][way]["mrr"] for way in ("both", "words", "meaning")}
    assert found["both"] > max(found["words"], found["meaning"])
    floors = {"natural": (0.92, 0.78), "typo": (0.9, 0.85), "paraphrase": (0.75, 0.6), "no_shared_word": (0.6, 0.42)}
    for name, (recall, mrr) in floors.items():
        assert facts["classes"][name]["both"]["recall_at_5"]["value"] >= recall, name
        assert facts["classes"][name]["both"]["mrr"] >= mrr, name
    assert facts["off_subject_refused"]["value"] >= 0.93
    assert facts["good_refused"]["value"] <= 0.05
    assert facts["citations"]["verbatim"]["value"] == 1.0
    assert facts["tokens"]["five_passages"] < facts["tokens"]["whole_library"] / 30


@pytest.mark.parametrize("asked", ["Where is the nearest petrol station?", "x = 3 * (4 + 5)", "ribeye medium rare"])
def test_a_question_on_another_subject_is_not_covered(library: Library, asked: str) -> None:
    found = library.find(asked, 3)
    assert not found.supported
    assert len(found.passages) <= 3, "what came nearest is still there for whoever wants it"
    assert not library.fits(asked)


def test_a_document_of_the_organisation_s_own_is_covered_whatever_its_subject(tmp_path: Path) -> None:
    if weights.ensure_embedder() is None:
        pytest.skip("the embedding model's package is not installed")
    asked = "How do I claim the train fare to a customer?"
    text = """---
title: Travel
source: Our handbook
year: house
evidence: house
limits: Ours.
elements: []
---

## Claiming a fare

Put the ticket into the blue folder by the last Friday of the month. Finance pays the train fare with the wages.

Use when: How do I get my train ticket to a customer paid back?
"""
    built_in = tmp_path / "built-in"
    (built_in / "frameworks").mkdir(parents=True)
    shutil.copy(knowledge_folder() / phrasings.OUTSIDE, built_in)
    one = (knowledge_folder() / "frameworks" / "ladder.md").read_text("utf-8")
    (built_in / "frameworks" / "ladder.md").write_text(re.sub(r"disagrees_with: .*\n", "", one), "utf-8")
    folder = tmp_path / "knowledge" / "frameworks"
    folder.mkdir(parents=True)
    before = Library.load(tmp_path, built_in=built_in)
    assert not before.fits(asked)
    before.close()
    (folder / "travel.md").write_text(text, "utf-8")
    after = Library.load(tmp_path, built_in=built_in)
    assert after.fits(asked)
    assert after.search(asked, 1)[0].id == "travel#claiming-a-fare"
    after.close()


def test_without_vectors_search_still_says_when_nothing_fits() -> None:
    words = Library(CORPUS, None, None, "Search works on words only.")
    assert words.fits("How do I set up a one-on-one meeting?")
    assert not words.fits("risotto saffron parmesan")
    assert words.by_meaning("one-on-one", 5) == []


# Words.


def test_a_slip_is_corrected_and_a_right_word_is_left() -> None:
    spelling = Spelling(["feedback on a meeting", "a performance review"], dictionary=["meaning", "reviewer"])
    assert spelling.corrected("feedbak on teh meetign") == "feedback on teh meeting"
    assert spelling.corrected("perfromance reveiw, Reviewer!") == "performance review, Reviewer!"
    assert spelling.corrected("the meaning of VAT 2024 😀") == "the meaning of VAT 2024 😀"
    assert spelling.corrected("") == ""


def test_correcting_a_hostile_text_takes_no_longer_than_reading_it() -> None:
    spelling = Spelling([passage.text for passage in CORPUS.passages])
    began = time.perf_counter()
    spelling.corrected("qwertzuiopas " * 20_000)
    spelling.corrected("x" * 100_000)
    assert time.perf_counter() - began < 5


def test_words_count_more_the_rarer_they_are_and_shares_end_at_nothing() -> None:
    words = Words(["the ladder and the agreement", "the agreement", "a ladder ladder"])
    scores = words.scores("ladder agreement")
    assert scores[0] > max(scores[1], scores[2]) > 0
    assert not words.scores("zebra").any()
    assert words.coverage("zebra") == 0
    assert words.coverage("ladder") == 1
    assert 0 < words.coverage("ladder zebra") < 1
    assert not Words([""]).scores("ladder").any()


def test_irregular_and_inflected_words_meet_in_their_stem() -> None:
    assert stems("He kept stopping") == stems("keep stopped")
    assert stems("agreements") == stems("agree")


# Whether anything fits.


def test_lines_of_two_sorts_are_told_apart_and_held_out_lines_too() -> None:
    chance = np.random.default_rng(3)
    middle = chance.normal(size=(2, 32))
    lines = [middle[n] + 0.6 * chance.normal(size=(80, 32)) for n in (0, 1)]
    inside, outside = ((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32) for rows in lines)
    subject = ranking.Subject(inside[:60], outside[:60])
    kept = [subject.belief(row, float((inside[:60] @ row).max())) for row in inside[60:]]
    refused = [subject.belief(row, float((inside[:60] @ row).max())) for row in outside[60:]]
    assert np.mean(np.array(kept) > 0.5) >= 0.9
    assert np.mean(np.array(refused) < 0.5) >= 0.9
