"""A lint for what practice is made of: scenarios, robot managers, criteria and replies that ship."""

import datetime
import re
from collections import Counter
from itertools import chain

import pytest
import yaml

from assistant.library import corpus
from assistant.practising import scenarios
from assistant.scene import Cause, Conversation, Cue, Mood, Move, Rung, Tendency
from assistant.shelf import knowledge_folder

KNOWLEDGE = knowledge_folder()
SCENARIOS = scenarios.load([KNOWLEDGE / "scenarios"])
PASSAGES = {
    passage.id for path in (KNOWLEDGE / "frameworks").glob("*.md") for passage in corpus.read_framework(path).passages
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = "January February March April May June July August September October November December".split()
DAY = re.compile(rf"\b({'|'.join(WEEKDAYS)}) (\d{{1,2}}) ({'|'.join(MONTHS)})\b")
CALL_CENTRE = re.compile(
    r"\b(?:i understand your|i appreciate (?:your|the)|(?:moving|going) forward|(?:here|happy) to help|as an ai|"
    r"thank you for (?:sharing|bringing|your)|rest assured|feel free|i assure you|let me know (?:if|how))\b",
    re.IGNORECASE,
)
APOLOGY = re.compile(r"\b(?:sorry|apolog\w+|my fault|my bad)\b", re.IGNORECASE)
PERSON = re.compile(r"\b(?:you|your|she|he|her|his|they|their)\b", re.IGNORECASE)
LABEL = re.compile(r"\byou(?:'re| are) (?:an? )?(?!tempted)\w+|great job|well done|\bfelt\b", re.IGNORECASE)
PLACE = re.compile(r"\{(\w+)\}")


def by_scenario(test):
    return pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.id for s in SCENARIOS])(test)


def spoken(scenario):
    yield scenario.opening
    yield from scenario.concern.hints
    yield from scenario.concern.told
    yield from (line.says for line in scenario.lines)


def words(text):
    return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip()


def read(name):
    return yaml.safe_load((KNOWLEDGE / name).read_text("utf-8"))


def test_there_is_a_scenario_for_every_rung_cause_conversation_and_tendency():
    assert len(SCENARIOS) >= 17
    for field, values in (("rung", Rung), ("cause", Cause), ("conversation", Conversation), ("tendency", Tendency)):
        assert {getattr(s, field) for s in SCENARIOS} == set(values), field
    assert len({s.job for s in SCENARIOS}) == len(SCENARIOS)
    assert len({s.persona.name for s in SCENARIOS}) == len(SCENARIOS)
    assert any(not s.standard.agreed for s in SCENARIOS)


def test_no_two_people_say_the_same():
    said = Counter(words(line) for s in SCENARIOS for line in spoken(s) if words(line) not in ("", "says nothing"))
    assert [line for line, times in said.items() if times > 1] == []


@by_scenario
def test_a_line_is_spoken_english_of_a_person_at_work(scenario):
    for says in spoken(scenario):
        assert len(says.split()) <= 45, says
        assert not CALL_CENTRE.search(says), says


@by_scenario
def test_nobody_apologises_while_guarded_or_shut(scenario):
    for line in scenario.lines:
        assert line.mood not in (Mood.GUARDED, Mood.SHUT) or not APOLOGY.search(line.says), line.says


@by_scenario
def test_eight_vague_turns_or_eight_hard_ones_never_run_out_of_lines(scenario):
    def fitting(mood, *cues):
        return sum(line.mood is mood and (not line.cues or bool({*line.cues} & {*cues})) for line in scenario.lines)

    assert fitting(Mood.GUARDED, Cue.VAGUE, Cue.SMALL_TALK) >= 8
    assert fitting(Mood.GUARDED, Cue.TAKEN_OVER, Cue.GAVE_IN) >= 6
    assert fitting(Mood.GUARDED, Cue.ATTACKED) + fitting(Mood.SHUT, Cue.ATTACKED, Cue.THREATENED) >= 8


@by_scenario
def test_after_guarded_there_is_an_answer_to_odd_talk_and_to_what_moves_a_talk_on(scenario):
    for mood in (Mood.WAVERING, Mood.OPEN):
        cues = set(chain.from_iterable(line.cues for line in scenario.lines if line.mood is mood))
        assert {Cue.ASKED, Cue.HEARD, Cue.SHOWN, Cue.STANDARD, Cue.ASKED_FOR_PLAN, Cue.AGREEING, Cue.ODD} <= cues
    for mood in Mood:
        assert any(line.mood is mood and not line.cues for line in scenario.lines), mood


@by_scenario
def test_a_fact_is_impersonal_so_that_a_manager_may_say_it_to_their_face(scenario):
    for fact in scenario.facts:
        outside_quotes = re.sub(r"“[^”]*”", "", fact)
        assert not PERSON.search(outside_quotes), fact
        assert scenario.persona.name not in fact, fact
        assert fact.rstrip("”").endswith((".", "?")), fact


@by_scenario
def test_weekdays_and_dates_belong_together(scenario):
    text = (KNOWLEDGE / "scenarios" / f"{scenario.id}.yaml").read_text("utf-8")
    for weekday, day, month in DAY.findall(text):
        assert WEEKDAYS[datetime.date(2025, MONTHS.index(month) + 1, int(day)).weekday()] == weekday, (day, month)


@by_scenario
def test_who_the_employee_is_does_not_give_the_concern_away(scenario):
    persona = scenario.persona
    for text in (persona.role, persona.history, persona.style, persona.wants, scenario.standard.text):
        for mark in scenario.concern.marks:
            assert not re.search(rf"(?<!\w){re.escape(mark)}(?!\w)", text, re.IGNORECASE), (mark, text)


@pytest.mark.parametrize("robot", ["skilled", "vague", "harsh", "rescuing"])
def test_a_robot_speaks_in_two_voices_and_fits_every_scenario(robot):
    sets = read(f"robots/{robot}.yaml")["sets"]
    assert {name: len(lines) for name, lines in sets.items()} == {"a": 8, "b": 8}
    for line in chain(*sets.values()):
        assert set(PLACE.findall(line)) <= {"name", "fact", "standard", "day"}, line
    for first in sets["a"]:
        for second in sets["b"]:
            one, other = set(words(first).split()), set(words(second).split())
            assert len(one & other) / len(one | other) < 0.4, (first, second)


def test_only_the_skilled_and_the_careless_name_a_standard_or_a_fact():
    vague = " ".join(chain(*read("robots/vague.yaml")["sets"].values()))
    assert set(PLACE.findall(vague)) <= {"name"}


CRITERIA = read("criteria/default.yaml")["criteria"]


@pytest.mark.parametrize("criterion", CRITERIA, ids=[c["id"] for c in CRITERIA])
def test_a_criterion_names_moves_that_exist_and_cites_a_passage_that_exists(criterion):
    def moves(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("any", "all", "together", "never", "of", "first", "then", "after_told", "met", "failed"):
                    yield from inner
                else:
                    yield from moves(inner)
        elif isinstance(value, list):
            yield from chain.from_iterable(moves(item) for item in value)

    decided = {key: criterion.get(key) for key in ("applies_when", "met_when", "failed_when", "cases", "quote")}
    assert set(moves(decided)) <= {move.value for move in Move}
    cite = criterion["cite"]
    cited = [cite] if isinstance(cite, str) else list(cite["by_rung"].values())
    assert set(cited) <= PASSAGES
    assert criterion["asks"].endswith("?")
    assert 1 <= criterion["weight"] <= 3


@pytest.mark.parametrize("criterion", CRITERIA, ids=[c["id"] for c in CRITERIA])
def test_a_criterion_describes_lines_and_always_has_a_better_one_to_offer(criterion):
    for says in criterion["says"].values():
        assert not LABEL.search(says), says
        assert set(PLACE.findall(says)) <= {"turn", "quote"}, says
    assert not PLACE.search(criterion["says"]["missing"])
    assert 2 <= len(criterion["better"]) <= 3
    assert not PLACE.search(criterion["better"][-1]), "the last better line needs nothing of the card"


KINDS = read("answers_back.yaml")["kinds"]


@pytest.mark.parametrize("kind", KINDS, ids=[k["id"] for k in KINDS])
def test_there_is_a_reply_in_every_situation_even_where_nothing_is_known(kind):
    assert kind["cite"] in PASSAGES
    for standard in ("agreed", "not_agreed"):
        for dated in (True, False):
            fitting = [r["says"] for r in kind["replies"] if (r["standard"], r["dated"]) == (standard, dated)]
            assert len(fitting) >= 2
            assert any(not PLACE.search(says) for says in fitting), (standard, dated)
    for reply in kind["replies"]:
        assert set(PLACE.findall(reply["says"])) <= {"fact", "standard", "question"}
        assert len(reply["says"].split()) <= 30
