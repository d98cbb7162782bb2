"""The second reader of routes: what it adds to the rules, what it leaves alone, and that its files fit its examples."""

from __future__ import annotations

import hashlib
import json
import time

import numpy as np
import pytest
import yaml

from assistant.domain import Category, RouteTo
from assistant.errors import LibraryError
from assistant.library.embedder import MiniLM
from assistant.models import weights
from assistant.reading import routing
from assistant.reading.language import SEES, Language
from assistant.reading.page import Page
from assistant.shelf import knowledge_folder

FOLDER = knowledge_folder() / "examples"
LANGUAGE = Language.load([knowledge_folder() / "language"])
ROUTES = yaml.safe_load((FOLDER / "routes.yaml").read_text("utf-8"))
HELD = json.loads((FOLDER / routing.WORDS_FILE).read_text("utf-8"))
WORDS = routing.open_reader()


@pytest.fixture(scope="module")
def embedder():
    folder = weights.ensure_embedder()
    if folder is None:
        pytest.skip("the embedding model's package is not installed")
    return MiniLM(folder)


@pytest.fixture(scope="module")
def reader(embedder):
    return routing.open_reader(embedder.encode_form)


def lines(block: str) -> list[str]:
    return [line for line in block.splitlines() if line.strip()]


def test_the_weights_were_made_from_the_examples_as_they_are():
    made_from = hashlib.sha256((FOLDER / "routes.yaml").read_bytes()).hexdigest()
    assert HELD["learned_from"] == made_from, "write them again: python -m evals.routes --write"


def test_the_topics_are_those_of_the_examples_and_each_goes_where_its_category_may():
    shown = ("id", "category", "route", "why", "suggestion")
    assert HELD["topics"] == [{key: topic[key] for key in shown} for topic in ROUTES["topics"]]
    assert {Category(topic["category"]) for topic in ROUTES["topics"]} == set(SEES)
    assert all(RouteTo(topic["route"]) for topic in ROUTES["topics"])


def test_there_are_many_examples_of_each_topic_and_many_that_only_sound_like_one():
    counts = {topic["id"]: len(lines(topic["examples"])) for topic in ROUTES["topics"]}
    assert min(counts.values()) >= 36
    assert sum(counts.values()) >= 900
    assert len(lines(ROUTES["elsewhere"])) >= 400


def test_every_rule_that_a_topic_learns_from_exists():
    known = {rule.id for rule in LANGUAGE.rules}
    assert not {rule for topic in ROUTES["topics"] for rule in topic["rules"].split()} - known


def test_what_is_held_of_an_example_is_its_vector(embedder):
    """The file belongs to this embedding model: the nearest row to an example is the example itself."""
    examples = [lines(topic["examples"])[0] for topic in ROUTES["topics"]]
    meaning = routing.MeaningReader(FOLDER / routing.VECTORS_FILE, embedder.encode_form)
    likeness = [score for score, _ in meaning.read(examples, len(HELD["topics"]))]
    assert min(likeness) > 0.3
    assert np.mean(likeness) > 0.6


def test_most_examples_of_a_topic_are_read_as_that_topic(reader):
    """They were learned from, so this guards the code, not the figure."""
    for topic in ROUTES["topics"]:
        found = reader.read(lines(topic["examples"])[:20])
        assert sum(hint is not None and hint.id == topic["id"] for hint in found) >= 14, topic["id"]


def test_hardly_any_near_miss_is_taken_for_a_topic(reader):
    elsewhere = lines(ROUTES["elsewhere"])[::5]
    assert sum(hint is not None for hint in reader.read(elsewhere)) <= len(elsewhere) // 100


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("He should hang up his boots, the handheld is too much for a man of his years.", RouteTo.HR),
        ("She has been off with the twins since spring and her files are a mess.", RouteTo.HR),
        ("He told the team what he takes home each month.", RouteTo.HR),
        ("Put an older date on the warning so that it comes before her complaint.", RouteTo.LEGAL),
        ("He said he does not want to be alive any more.", RouteTo.EMERGENCY),
    ],
)
def test_a_matter_for_a_person_in_other_words_goes_to_that_person(text, to, reader):
    route = routing.read(LANGUAGE, text, reader).route
    assert route is not None
    assert route.to is to
    assert all(reason.text in text for reason in route.reasons)


def test_facts_beside_the_matter_stay_free(reader):
    text = "Ever since the wedding she is gone at five sharp. On Monday the till was 12 short."
    reading = routing.read(LANGUAGE, text, reader)
    assert reading.route is not None
    assert all(finding.end <= text.index("On Monday") for finding in reading.findings if finding.category in SEES)


def test_without_the_embedding_model_words_alone_are_read_and_rules_still_count():
    assert routing.read(LANGUAGE, "You are too old for the warehouse.").route is not None
    assert routing.read(LANGUAGE, "The report was due on Friday at noon; I got it on Monday.").route is None


def test_a_topic_can_be_switched_off_like_any_rule(reader):
    text = "He is closer to his pension than to the new till system."
    rule = next(f.rule for f in routing.read(LANGUAGE, text, reader).findings)
    off = Language.load([knowledge_folder() / "language"], disabled=frozenset({rule}))
    assert rule.startswith(routing.RULE)
    assert not routing.read(off, text, reader).findings


def test_offsets_point_at_the_very_words_of_the_draft(reader):
    text = "<p>The count is in.</p>\n\nHe is   closer to his <b>pension</b> than to the new till system…"
    found = routing.read(LANGUAGE, text, reader).findings
    assert [text[f.start : f.end] for f in found] == [f.text for f in found]
    assert found
    assert found[0].start > text.index("count")


def test_a_sentence_that_a_rule_has_found_is_left_to_the_rule(reader):
    text = "You are too old for the warehouse."
    assert routing.read(LANGUAGE, text, reader) == LANGUAGE.read(text)


def test_the_company_of_other_sentences_changes_nothing(reader):
    sentences = [lines(topic["examples"])[1] for topic in ROUTES["topics"]]
    assert reader.read(sentences) == [reader.read([sentence])[0] for sentence in sentences]


@pytest.mark.parametrize("text", ["", " ", "!!!", "ok", "a" * 20_000, "you're " * 3000, "你迟到了 你迟到了 你迟到了"])
def test_odd_texts_are_read_in_a_moment(text):
    before = time.process_time()
    WORDS.hints(Page(text))
    assert time.process_time() - before < 5


@pytest.mark.parametrize("content", ["", "{", "[]", '{"topics": []}'])
def test_a_broken_file_is_told_with_its_name(content, tmp_path):
    path = tmp_path / "words.json"
    path.write_text(content, "utf-8")
    with pytest.raises(LibraryError) as error:
        routing.WordReader.load(path)
    assert "words.json" in str(error.value)
