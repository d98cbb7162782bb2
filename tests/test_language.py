"""The shared language: every rule's examples are tests, and so are texts in other words."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.domain import Category, PatternName, RouteTo
from assistant.errors import LibraryError
from assistant.reading.language import WORDING, Language
from assistant.shelf import knowledge_folder

LANGUAGE = Language.load([knowledge_folder() / "language"])
DATA = Path(__file__).parent / "data"
DATASETS = Path(__file__).parent.parent / "evals" / "datasets"
EXAMPLES = [(rule.id, text) for rule in LANGUAGE.rules for text in rule.examples]
COUNTER_EXAMPLES = [(rule.id, text) for rule in LANGUAGE.rules for text in rule.counter_examples]


def lines(name: str) -> list[str]:
    content = (DATA / name).read_text("utf-8").splitlines()
    return [line for line in content if line and not line.startswith("#")]


def only(rule_id: str) -> Language:
    """One rule, and the wording rules whose reproach a routing rule may wait for."""
    wanted = next(rule for rule in LANGUAGE.rules if rule.id == rule_id)
    others = (rule for rule in LANGUAGE.rules if wanted.when and rule.category in WORDING)
    return replace(LANGUAGE, rules=(wanted, *others))


def fired(rule_id: str, text: str) -> bool:
    return any(finding.rule == rule_id for finding in only(rule_id).read(text).findings)


@pytest.mark.parametrize(("rule_id", "text"), EXAMPLES)
def test_a_rule_fires_on_its_examples(rule_id, text):
    assert fired(rule_id, text)


@pytest.mark.parametrize(("rule_id", "text"), COUNTER_EXAMPLES)
def test_a_rule_is_silent_on_its_counter_examples(rule_id, text):
    assert not fired(rule_id, text)


def test_each_rule_has_three_examples_and_three_counter_examples_and_each_category_a_rule():
    assert not [r.id for r in LANGUAGE.rules if len(r.examples) < 3 or len(r.counter_examples) < 3]
    assert {rule.category for rule in LANGUAGE.rules} == set(Category)


def test_every_pattern_compiles_and_names_only_what_exists():
    LANGUAGE.verify()


@pytest.mark.parametrize("text", lines("language_neutral.txt"))
def test_facts_good_feedback_and_technical_words_are_not_flagged(text):
    reading = LANGUAGE.read(text)
    assert ([f.rule for f in reading.findings], reading.route) == ([], None)


@pytest.mark.parametrize("line", lines("language_bad.txt"))
def test_other_peoples_words_are_found_too(line):
    category, text = line.split(": ", 1)
    assert category in {finding.category for finding in LANGUAGE.read(text).findings}


@pytest.mark.parametrize("line", lines("language_voices.txt"))
def test_whom_to_see_first_the_pattern_and_text_for_the_software_are_seen_in_many_voices(line):
    wanted, text = line.split(": ", 1)
    reading = LANGUAGE.read(text.replace("\\n", "\n"))
    injected = any(finding.category is Category.INJECTION for finding in reading.findings)
    seen = {
        "route": reading.route.to if reading.route else "none",
        "pattern": reading.pattern.name,
        "injection": "yes" if injected else "no",
    }
    what, expected = wanted.split()
    assert seen[what] == expected


@pytest.mark.parametrize(
    "text",
    [
        "You are lazy. Honest.",
        "<p>You are <b>lazy</b>&nbsp;and&nbsp;rude</p>",
        "You  are\n\tla\u200bzy, \u201cno\u201d.",
        "YOU ARE SOOOO LAZYYYY!!! 🙄🙄",
        "You\u2019re **so** lazy… *really* lazy",
        "\u2014 İstanbul depot: you are lazy",
        "",
        "\n\n",
    ],
)
def test_offsets_point_at_the_very_words_of_the_draft(text):
    for finding in LANGUAGE.read(text).findings:
        assert finding.text == text[finding.start : finding.end] != ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>You are <b>lazy</b></p>", "You are <b>lazy"),
        ("you are la\u200bzy", "you are la\u200bzy"),
        ("sooo YOU ARE LAZYYYY", "YOU ARE LAZYYYY"),
        ("You\u2019re so\nlazy.", "You\u2019re so\nlazy"),
    ],
)
def test_markup_hidden_characters_and_stretched_words_hide_no_label(text, found):
    texts = [f.text for f in LANGUAGE.read(text).findings if f.category is Category.LABEL]
    assert texts == [found]


@pytest.mark.parametrize(
    "piece", ["you ", "<a ", "{{", '"', "'a ", "<!-- ", "🙄", "a\u200b", "\n", "people say you never "]
)
def test_a_hostile_draft_takes_no_more_than_seconds(piece):
    before = time.process_time()
    LANGUAGE.read(piece * (20_000 // len(piece)))
    assert time.process_time() - before < 10


def test_quoted_speech_is_evidence_but_scare_quotes_are_not():
    assert not LANGUAGE.read('Mrs Hill said: "he was rude and lazy to my son".').findings
    assert LANGUAGE.read('I am tired of your "laziness".').findings
    assert LANGUAGE.read('"You are lazy and rude."').findings


def test_what_needs_a_person_is_seen_inside_quotation_marks_too():
    route = LANGUAGE.read('He told Eva: "I will kill you".').route
    assert route is not None
    assert route.to is RouteTo.EMERGENCY


@pytest.mark.parametrize(
    ("text", "to", "entangled"),
    [
        ("Since she got pregnant she missed three deadlines.", RouteTo.HR, True),
        ("You are too old for this. You missed the Friday count.", RouteTo.HR, True),
        ("He blew the whistle on the dumping and his work is sloppy.", RouteTo.LEGAL, True),
        ("After you complained to HR your reports were late.", RouteTo.HR, True),
        ("Somebody stole cash from the till on 3 May. Please count twice.", RouteTo.SECURITY, False),
        ("She says she wants to die. Your report on Monday was late.", RouteTo.EMERGENCY, False),
        ("She wants to die. She reported me to the ethics line and is lazy.", RouteTo.EMERGENCY, True),
    ],
)
def test_the_most_urgent_person_is_named_and_a_possible_reason_is_entangled(text, to, entangled):
    route = LANGUAGE.read(text).route
    assert route is not None
    assert (route.to, route.entangled) == (to, entangled)
    assert route.reasons
    assert all(reason.text in text for reason in route.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "Last chance: fix it or you are out.",
        "You are bossy and emotional.",
        "You were out sick on Monday, so the handover moved to Tuesday.",
        "Anna is on maternity leave until June.",
        "A written warning follows on 3 June if the till is short again.",
    ],
)
def test_an_ultimatum_a_stereotype_and_a_courteous_mention_route_to_nobody(text):
    assert LANGUAGE.read(text).route is None


def test_ordinary_messages_in_words_that_elsewhere_need_a_person_are_sent_to_nobody():
    lines = (DATASETS / "ordinary_v1.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    read = {row["id"]: LANGUAGE.read(row["draft"]).route for row in rows}
    assert len(read) == 200
    assert {id: [reason.text for reason in route.reasons] for id, route in read.items() if route} == {}


def test_a_longer_finding_does_not_hide_the_route_of_one_that_it_overlaps():
    route = LANGUAGE.read("All this union talk on the floor stops or the bonus goes.").route
    assert route is not None
    assert route.to is RouteTo.LEGAL


@pytest.mark.parametrize(
    ("text", "entangled"),
    [
        ("Since Noor started using the wheelchair the requests are slow.", True),
        ("The till was short on Monday. He's nicking it, I know he is.", False),
        ("Lee is up on the racking right now without a harness. That is the second time in June.", False),
        ("Take that bit out of the minutes before the audit. Your report was late.", False),
    ],
)
def test_only_what_could_be_the_reason_for_a_reproach_is_entangled(text, entangled):
    route = LANGUAGE.read(text).route
    assert route is not None
    assert route.entangled is entangled


def test_a_dated_legitimate_consequence_is_no_threat():
    text = "If two more reports are late by 30 June, the formal procedure starts, as the handbook says."
    assert not LANGUAGE.read(text).findings


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I took it off you and redid it myself. Run everything by me.", PatternName.MICROMANAGEMENT),
        ("Figure it out. I don't care how. You should know what to do.", PatternName.ABDICATION),
        ("The report was due on Friday at noon; I got it on Monday.", PatternName.NONE),
    ],
)
def test_the_managers_default_behaviour_is_shown_in_their_own_words(text, name):
    pattern = LANGUAGE.read(text).pattern
    assert pattern.name is name
    assert bool(pattern.evidence) == bool(pattern.instead) == (name is not PatternName.NONE)
    assert all(evidence in text for evidence in pattern.evidence)


def test_the_heavier_behaviour_wins():
    text = "I redid your slides. Run everything by me. Send me hourly updates. You'll figure it out."
    assert LANGUAGE.read(text).pattern.name is PatternName.MICROMANAGEMENT


def test_a_rule_can_be_switched_off():
    language = Language.load([knowledge_folder() / "language"], disabled=frozenset({"profanity"}))
    assert not [f for f in language.read("What the fuck is this?").findings if f.rule == "profanity"]
    assert len(language.rules) == len(LANGUAGE.rules) - 1


OWN = """
more_words:
  label_noun: {forms: noun, words: "blorp"}
rules:
  - id: profanity
    category: profanity
    why: Ours.
    suggestion: Ours.
    patterns: |
      flarn
    examples: |
      flarn it
    counter_examples: |
      fine
"""


def test_an_organisation_adds_words_and_replaces_a_rule(tmp_path):
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    language = Language.load([knowledge_folder() / "language", tmp_path])
    assert [f.rule for f in language.read("You are a blorp").findings] == ["label-noun"]
    assert [f.why for f in language.read("flarn this").findings] == ["Ours."]
    assert not language.read("the fuck").findings


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("rules: [", "own.yaml"),
        ("- a list", "own.yaml"),
        ("rulez: []", "rulez"),
        ("rules:\n  - {category: label}", "no id"),
        ("rules:\n  - {id: x, category: label}", "rule x: why is missing"),
        (OWN.replace("category: profanity", "category: naughty"), "rule profanity"),
        (OWN.replace("flarn\n", "flarn(\n", 1), "rule profanity: the pattern"),
        (OWN.replace("flarn\n", "{nothing}\n", 1), "{nothing}"),
        (OWN.replace("forms: noun", "forms: verbal"), "word list label_noun"),
        (OWN + "    when: nothing\n", "the signal nothing"),
        (OWN + "    weigth: 3\n", "weigth"),
        ("macros: {a: '{b}', b: '{a}'}\n" + OWN.strip().replace("flarn\n", "{a}\n", 1), "names itself"),
    ],
)
def test_a_broken_file_is_told_with_its_name_and_rule(tmp_path, content, says):
    (tmp_path / "own.yaml").write_text(content, "utf-8")
    with pytest.raises(LibraryError) as error:
        Language.load([knowledge_folder() / "language", tmp_path])
    assert says in str(error.value)
    assert "own.yaml" in str(error.value)
