"""A lint for every framework file that ships: what a trainer may rely on in each of them."""

import re
from pathlib import Path

import pytest

from assistant import corpus
from assistant.shelf import knowledge_folder

FOLDER = knowledge_folder() / "frameworks"
FILES = sorted(FOLDER.glob("*.md"))
FRAMEWORKS = [corpus.read_framework(path) for path in FILES]
PASSAGES = [passage for framework in FRAMEWORKS for passage in framework.passages]


def by_id(items):
    return pytest.mark.parametrize("item", items, ids=[item.id for item in items])


def test_the_library_has_the_frameworks_that_a_rewrite_may_take():
    shapes = {framework.id for framework in FRAMEWORKS if framework.shapes_a_rewrite}
    assert {"sbi", "sbi-i", "coin", "desc"} <= shapes
    assert len(PASSAGES) >= 60


@by_id(FRAMEWORKS)
def test_a_framework_says_where_it_comes_from_and_how_far_to_trust_it(item):
    assert item.evidence in corpus.EVIDENCE
    assert (item.evidence == "house") == (item.year == "house")
    assert item.year == "house" or re.search(r"\b(19|20)\d\d", item.year)
    assert len(item.limits.split()) >= 12
    assert len(item.source) > 10


@by_id(FRAMEWORKS)
def test_a_framework_has_elements_that_can_be_answered_with_yes_or_no(item):
    assert len(item.elements) >= 2
    for element in item.elements:
        assert element.part in corpus.PARTS
        assert element.test.endswith("?")
        assert element.asks.endswith(".")


@by_id([framework for framework in FRAMEWORKS if framework.shapes_a_rewrite])
def test_a_shape_for_rewriting_asks_for_what_happened_and_for_what_followed(item):
    assert {"behavior", "next_step", "expectation"} & {element.part for element in item.elements}
    assert len({element.part for element in item.elements}) >= 3


@by_id(FRAMEWORKS)
def test_a_framework_disagrees_only_with_others_that_exist(item):
    assert set(item.disagrees_with) <= {framework.id for framework in FRAMEWORKS} - {item.id}


@by_id(PASSAGES)
def test_a_passage_is_short_enough_to_cite_and_says_when_to_use_it(item):
    assert 40 <= len(item.text.split()) <= 120
    uses = item.use_when.splitlines()
    assert len(uses) >= 2
    assert all(5 <= len(use.split()) <= 30 for use in uses)


@by_id(PASSAGES)
def test_a_passage_stands_in_its_file_word_for_word(item):
    assert item.text in Path(FOLDER / f"{item.framework}.md").read_text("utf-8")


def test_every_heading_pins_its_id_so_that_rewording_it_breaks_no_citation():
    for path in FILES:
        headings = re.findall(r"^## .*$", path.read_text("utf-8"), re.MULTILINE)
        assert all(re.search(r"\{#[a-z0-9-]+\}$", heading) for heading in headings), path.name


def test_no_figure_stands_without_a_named_study():
    for passage in PASSAGES:
        if re.search(r"\d+ ?(%|per ?cent)", passage.text):
            quoted = re.sub(r'"[^"]*"', "", passage.text)  # an example line may hold a number
            assert not re.search(r"\d+ ?(%|per ?cent)", quoted), passage.id
