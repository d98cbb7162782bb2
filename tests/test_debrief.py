"""Claims about debriefs: quotes that cannot be wrong, verdicts that politeness does not move, honest abstention."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from coaching import library
from test_practice import practice, readers, talk

from assistant.errors import InputError, LibraryError
from assistant.formats import debrief_text, render
from assistant.practising import criteria, robots, transcript
from assistant.practising.criteria import Talk, condition
from assistant.practising.debrief import Debriefer
from assistant.scene import Difficulty, Mood, Move, Rung, Scene, Speaker, Turn

SCHEMAS = Path(__file__).resolve().parent.parent / "assistant" / "schemas"
SAMPLE = ("late-report", "never-told", "ward-charts")
LIST = [
    {"speaker": "employee", "text": "You wanted to see me?"},
    {"speaker": "manager", "text": "Two reports came in after the Friday deadline. What happened?"},
    {"speaker": "employee", "text": "It was busy."},
    {"speaker": "manager", "text": "You're unreliable. I'll just do them myself from now on."},
]


@cache
def debriefer() -> Debriefer:
    return Debriefer(criteria.load(), readers()[0], library())


@cache
def played(scenario: str, robot: str, level: Difficulty = Difficulty.REALISTIC) -> Scene:
    with_ = practice()
    card = with_.scenario(scenario)
    scene = with_.open(card, level)
    for line in robots.lines(robot, card):
        if not scene.over:
            scene = with_.reply(scene, line).scene
    return scene


@pytest.mark.parametrize("scenario", SAMPLE)
def test_good_talk_wins_and_harsh_talk_never_does(scenario: str) -> None:
    scores = {robot: debriefer().of_scene(played(scenario, robot)).score for robot in robots.ROBOTS}
    ends = {robot: played(scenario, robot).state.commitment for robot in robots.ROBOTS}
    for measure in (scores, ends):
        assert measure["skilled"] > max(measure["rescuing"], measure["vague"])
        assert min(measure["rescuing"], measure["vague"]) >= measure["harsh"]


def test_the_same_script_does_no_better_where_it_is_harder() -> None:
    ends = [played("late-report", "skilled", level).state.commitment for level in Difficulty]
    assert ends[0] > ends[1] > ends[2]


@pytest.mark.parametrize("robot", robots.ROBOTS)
def test_every_quote_stands_in_its_turn_to_the_letter(robot: str) -> None:
    scene = played("late-report", robot)
    made = debriefer().of_scene(scene)
    quotes = [q for verdict in made.criteria for q in verdict.quotes] + [p.quote for p in made.turning_points]
    assert quotes
    for quote in quotes:
        assert scene.turns[quote.turn].speaker is Speaker.MANAGER
        assert scene.turns[quote.turn].text[quote.start : quote.end] == quote.text
    for verdict in made.criteria:
        assert all(f"“{q.text}”" in verdict.why for q in verdict.quotes) or not verdict.quotes or "“" not in verdict.why


def test_politeness_and_length_change_no_verdict() -> None:
    plain = transcript.turns_from(LIST)
    padded = transcript.turns_from(
        [{**t, "text": "Thanks for coming in. " + t["text"]} if t["speaker"] == "manager" else t for t in LIST]
    )
    verdicts = [{v.id: v.met for v in debriefer().of_turns(turns).criteria} for turns in (plain, padded)]
    assert verdicts[0] == verdicts[1]


def test_a_conversation_without_a_scenario_abstains_where_one_is_needed() -> None:
    made = debriefer().of_turns(transcript.turns_from(LIST))
    assert next(v for v in made.criteria if v.id == "right_rung").met is None
    assert next(v for v in made.criteria if v.id == "no_rescue").met is False
    assert made.again_from == 3
    assert made.lean[1] > 0.5


def test_it_speaks_of_lines_and_never_of_the_person() -> None:
    for robot in robots.ROBOTS:
        text = debrief_text.markdown(debriefer().of_scene(played("late-report", robot)), ()).lower()
        for said in ("you are a", "great job", "trust .", "score", "they felt", "she felt", "in real life"):
            assert said not in text


def test_what_was_only_left_unsaid_is_not_told_as_something_that_worked():
    scene = talk(practice(), ("The report for week 18 came on Monday 5 May at 10:30. What got in the way?",))
    found = debriefer().of_scene(scene)
    kept_out = {verdict.id for verdict in found.kept_out}
    assert {"no_threat", "no_comparison"} <= kept_out
    assert all(verdict.quotes for verdict in found.said_well)
    text = debrief_text.markdown(found, scene.turns)
    assert text.index("What worked") < text.index("What you kept out of it")
    assert not kept_out & {verdict.id for verdict in found.said_well}


def test_the_outputs_have_the_shape_of_their_schemas() -> None:
    scene = played("late-report", "vague")
    made = debriefer().of_scene(scene)
    for name, value in (
        ("debrief", json.loads(render.dumps(made))),
        ("practice", json.loads(json.dumps(transcript.scene_json(scene, made.score)))),
    ):
        shape = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
        jsonschema.validate(value, shape, cls=jsonschema.Draft202012Validator)


def test_a_hint_names_what_is_missing_with_a_line_and_its_source() -> None:
    with_ = practice()
    scene = with_.open(with_.scenario("late-report"))
    hint = debriefer().hint(scene)
    assert hint is not None
    assert hint.citation is not None
    assert "week 18" in hint.line
    assert hint.citation.quote in library().passage(hint.citation.id).text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "no list of turns"),
        ("words", "no list of turns"),
        ([{"speaker": "boss", "text": "x"}], "turn 0 is neither"),
        ([{"speaker": "manager"}], "turn 0 has no text"),
        ([{"speaker": "employee", "text": "x", "state": {"trust": 2}}], "turn 0"),
        ([{"speaker": "manager", "text": "x", "moves": ["flattered"]}], "turn 0"),
        ([{"speaker": "manager", "text": "x"}] * 401, "401 turns"),
    ],
)
def test_a_transcript_that_cannot_be_read_is_told_by_its_turn(given: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        transcript.turns_from(given)


# --- criteria -------------------------------------------------------------------------------------------


def moves(*turns: str) -> Talk:
    return Talk(tuple(frozenset(Move(m) for m in turn.split()) for turn in turns), rung=Rung.NOTICE)


@pytest.mark.parametrize(
    ("given", "talk_", "holds"),
    [
        ({"needs": {"any": ["blamed", "vague"]}}, moves("vague"), True),
        ({"needs": {"all": ["blamed", "vague"]}}, moves("vague", "blamed"), True),
        ({"needs": {"together": ["blamed", "vague"]}}, moves("vague", "blamed"), False),
        ({"never": ["blamed"]}, moves("vague", "blamed"), False),
        ({"at_most": {"of": ["vague"], "turns": 1}}, moves("vague", "vague"), False),
        ({"within": {"of": ["vague"], "turns": 1}}, moves("blamed", "vague"), False),
        (
            {"before": {"first": ["open_question"], "then": ["advice_first"]}},
            moves("advice_first", "open_question"),
            False,
        ),
        ({"before": {"first": ["open_question"], "then": ["advice_first"]}}, moves("vague"), True),
        ({"turns": 2}, moves("vague"), False),
        ({"rung": ["notice"]}, moves("vague"), True),
        ({"told": False}, moves("vague"), True),
        ({"either": [{"turns": 9}, {"rung": ["notice"]}]}, moves("vague"), True),
        ({"not": {"turns": 9}}, moves("vague"), True),
        ({}, moves("vague"), True),
    ],
)
def test_a_condition_holds_as_its_description_says(given: dict[str, object], talk_: Talk, holds: bool) -> None:
    assert condition(given)(talk_) is holds


@pytest.mark.parametrize("given", [{"sometimes": 1}, {"needs": {"any": ["flattered"]}}, "always", {"never": "blamed"}])
def test_a_condition_that_does_not_exist_is_told(given: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        condition(given)


def test_a_broken_criterion_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("criteria:\n  - id: kind_words\n    asks: Was it kind?\n", "utf-8")
    with pytest.raises(LibraryError, match=r"ours\.yaml, the criterion kind_words"):
        criteria.load([tmp_path])


def test_an_employee_who_walked_out_leaves_nothing_undecided_for_lack_of_turns() -> None:
    turns = (
        Turn(Speaker.EMPLOYEE, "What is it?"),
        Turn(Speaker.MANAGER, "You are lazy and you're out if this goes on."),
        Turn(Speaker.EMPLOYEE, "I'm going.", mood=Mood.LEAVING),
    )
    made = {v.id: v.met for v in debriefer().of_turns(turns).criteria}
    assert made["agreement_with_owner_and_date"] is False


def test_saying_nothing_about_the_work_is_not_praised_for_what_it_did_not_say() -> None:
    scene = talk(practice(), ("How was your weekend?", "Anyway, let's all do a bit better, you know what I mean."))
    assert debriefer().of_scene(scene).score < 60
