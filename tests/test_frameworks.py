"""A lint for the library that ships: what a trainer may rely on in frameworks, ladder, causes and terms."""

import itertools
import re
from pathlib import Path

import pytest
import yaml

from assistant.library import corpus
from assistant.shelf import knowledge_folder

FOLDER = knowledge_folder() / "frameworks"
FILES = sorted(FOLDER.glob("*.md"))
FRAMEWORKS = [corpus.read_framework(path) for path in FILES]
PASSAGES = [passage for framework in FRAMEWORKS for passage in framework.passages]
IDS = {passage.id for passage in PASSAGES}


def data(name):
    return yaml.safe_load((knowledge_folder() / f"{name}.yaml").read_text("utf-8"))


LADDER, CAUSES, GLOSSARY = data("ladder"), data("causes"), data("glossary")
RUNGS, TERMS = LADDER["rungs"], GLOSSARY["terms"]
FACTS = {
    "times": range(1, 7),
    "standard_stated": (False, True),
    "agreed_in_writing": (False, True),
    "hr_involved": (False, True),
}


def by_id(items):
    return pytest.mark.parametrize("item", items, ids=[item.id for item in items])


def test_the_library_has_the_frameworks_that_a_rewrite_may_take():
    shapes = {framework.id for framework in FRAMEWORKS if framework.shapes_a_rewrite}
    assert {"sbi", "sbi-i", "coin", "desc", "manager-tools"} <= shapes


def test_the_library_covers_the_field_and_the_house_framework_in_four_parts():
    assert len(FRAMEWORKS) >= 50
    assert len(PASSAGES) >= 300
    sources = " ".join(framework.source for framework in FRAMEWORKS if framework.evidence == "house")
    for part in ("part one, think", "part two, align", "part three, communicate", "part four, execute"):
        assert part in sources


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
    assert 60 <= len(item.text.split()) <= 130
    uses = item.use_when.splitlines()
    assert len(uses) >= 3
    assert sum(len(use.split()) >= 5 for use in uses) >= 3
    assert all(len(use.split()) <= 30 for use in uses)


def test_no_two_passages_share_a_line_that_says_when_to_use_them():
    lines = [use.lower().strip("?.! ") for passage in PASSAGES for use in passage.use_when.splitlines()]
    assert not {line for line in lines if lines.count(line) > 1}


def test_no_two_passages_say_the_same_thing():
    words = {passage.id: {*re.findall(r"[a-z]{4,}", passage.text.lower())} for passage in PASSAGES}
    for (one, first), (other, second) in itertools.combinations(words.items(), 2):
        assert len(first & second) / len(first | second) < 0.3, (one, other)


def test_a_passage_closes_every_quotation_that_it_opens():
    for passage in PASSAGES:
        assert passage.text.count('"') % 2 == 0, passage.id


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


# The ladder, the causes and the terms


def passed(test, facts):
    return facts[test["fact"]] >= test["at_least"] if "at_least" in test else facts[test["fact"]] is test["is"]


def rung_for(facts):
    return [rung["id"] for rung in RUNGS if all(passed(test, facts) for test in rung["when"])][-1]


def test_the_ladder_has_five_rungs_each_leading_to_the_next():
    assert [rung["id"] for rung in RUNGS] == ["notice", "pattern", "agreement", "formal_expectation", "consequence"]
    assert [rung["next"] for rung in RUNGS] == [rung["id"] for rung in RUNGS[1:]] + [None]


@pytest.mark.parametrize("rung", RUNGS, ids=[rung["id"] for rung in RUNGS])
def test_a_rung_says_when_it_holds_what_to_say_and_when_to_stop(rung):
    assert set(rung) == {
        *("id", "title", "aim", "when", "conversation", "say", "words", "agree"),
        *("check_within_days", "next", "stop_and_go_to_hr", "cite"),
    }
    assert rung["conversation"] in {"content", "pattern", "relationship"}
    assert 1 <= rung["check_within_days"] <= 31
    assert rung["words"].startswith('"') and rung["words"].endswith('"')
    for key in ("say", "agree", "stop_and_go_to_hr"):
        assert rung[key] and all(isinstance(line, str) and line.endswith((".", "?")) for line in rung[key])
    for test in rung["when"]:
        assert set(test) in ({"ask", "fact", "at_least"}, {"ask", "fact", "is"})
        assert test["ask"].endswith("?")
        assert test["fact"] in FACTS
        assert ("at_least" in test) == (test["fact"] == "times")


def test_every_set_of_facts_finds_a_rung_and_more_of_them_never_a_lower_one():
    order = [rung["id"] for rung in RUNGS]
    for values in itertools.product(*FACTS.values()):
        facts = dict(zip(FACTS, values, strict=True))
        here = order.index(rung_for(facts))
        for name, others in FACTS.items():
            assert all(order.index(rung_for(facts | {name: more})) >= here for more in others if more > facts[name])


def test_nobody_is_past_the_first_rung_for_a_standard_that_was_never_stated():
    for times, agreed, hr in itertools.product(range(1, 20), (False, True), (False, True)):
        facts = {"times": times, "standard_stated": False, "agreed_in_writing": agreed, "hr_involved": hr}
        assert rung_for(facts) == "notice"


def test_a_formal_rung_needs_a_written_agreement_and_the_last_one_needs_hr():
    for values in itertools.product(*FACTS.values()):
        facts = dict(zip(FACTS, values, strict=True))
        if rung_for(facts) in {"formal_expectation", "consequence"}:
            assert facts["agreed_in_writing"]
        if rung_for(facts) == "consequence":
            assert facts["hr_involved"]


def test_what_stops_the_ladder_says_whom_to_see():
    assert len(LADDER["stop_first"]) >= 4
    for stop in LADDER["stop_first"]:
        assert set(stop) == {"ask", "to", "cite"}
        assert stop["ask"].endswith("?")
        assert stop["to"] in {"hr", "legal", "emergency", "security"}


def test_the_four_causes_each_ask_the_employee_and_name_a_remedy():
    assert {cause["id"] for cause in CAUSES["causes"]} == {"clarity", "skill", "motivation", "context"}
    for cause in CAUSES["causes"]:
        assert set(cause) == {
            *("id", "title", "asks", "questions", "signs", "manager_does", "employee_may_do"),
            *("not_this", "check_within_days", "cite"),
        }
        assert len(cause["questions"]) >= 3 and all(question.endswith(("?", ".")) for question in cause["questions"])
        assert min(len(cause["signs"]), len(cause["manager_does"]), len(cause["employee_may_do"])) >= 2


def test_the_shared_language_has_terms_with_an_example_and_what_they_replace():
    assert len(TERMS) >= 60
    names = [term["term"] for term in TERMS]
    assert names == sorted(set(names))
    for term in TERMS:
        assert set(term) == {"term", "means", "say_instead_of", "example", "cite"}, term
        assert isinstance(term["say_instead_of"], list)
        assert all(isinstance(word, str) for word in term["say_instead_of"])
        assert 5 <= len(term["means"].split()) <= 30
        assert term["means"].endswith((".", "?"))
        assert 3 <= len(term["example"].split()) <= 30


def test_no_word_is_replaced_by_a_term_and_recommended_by_another():
    replaced = {word.lower() for term in TERMS for word in term["say_instead_of"]}
    assert not replaced & {term["term"] for term in TERMS}
    for term in TERMS:
        assert not any(re.search(rf"\b{re.escape(word)}\b", term["example"].lower()) for word in replaced), term["term"]


@pytest.mark.parametrize(
    "items", [RUNGS, LADDER["stop_first"], CAUSES["causes"], TERMS], ids=["rungs", "stops", "causes", "terms"]
)
def test_every_citation_of_the_data_opens_at_a_passage(items):
    for item in items:
        assert item["cite"]
        assert set(item["cite"]) <= IDS, set(item["cite"]) - IDS
