"""Claims about situations of a manager's own: what is taken from a description, whose names go, what is invented."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest
from coaching import corpus, language

from assistant.coach import Coach
from assistant.domain import Context, Draft
from assistant.errors import InputError
from assistant.library.knowledge import Library
from assistant.practising import own, scenarios, transcript
from assistant.practising.own import Described
from assistant.scene import Cue, Mood, Scene, Speaker, Tendency, Turn
from assistant.settings import Settings

NOTES = (
    "Dana came in at 9:40 on 3 March and at 9:52 on 5 March. We agreed on 10 February that the desk is staffed at "
    "9:30. She just doesn't care. Two callers hung up. Lena covered for her, and Mr Okonkwo complained."
)


@cache
def coach() -> Coach:
    return Coach(Settings(model="none"), language(), Library(corpus(), None, None, ""), None)


@cache
def described(text: str, context: Context | None = None) -> Described:
    return coach().describe(Draft(text, context=context or Context()))


def test_a_description_becomes_a_situation_with_its_facts_and_its_standard() -> None:
    found = described(NOTES)
    card = own.made(found.sketch)
    assert "You came in at 9:40 on 3 March and at 9:52 on 5 March." in card.facts
    assert card.standard.text == "The desk is staffed at 9:30."
    assert (card.standard.agreed, card.standard.when) == (True, "10 February")
    assert card.own
    assert not found.lacks


def test_nobody_is_named_and_no_judgment_is_taken_over() -> None:
    found = described(NOTES)
    whole = json.dumps(transcript.scene_json(Scene(own.made(found.sketch))))
    for word in ("Dana", "Lena", "Okonkwo", "doesn't care"):
        assert word not in whole
    assert {name for name, _ in found.replaced} >= {"Dana", "Lena"}
    assert len({stands for _, stands in found.replaced}) == len(found.replaced)


def test_no_name_passes_unseen_it_is_replaced_or_told() -> None:
    found = described("On 4 May Dana sent the offer for Vantoria at 18:30. It was due at 12:00.")
    seen = {*found.left, *dict(found.replaced)}
    assert seen >= {"Dana", "Vantoria"}
    facts = " ".join(found.sketch.facts)
    assert not any(name in facts for name, _ in found.replaced)
    assert all(name in facts for name in found.left)


def test_the_concern_is_invented_labelled_and_never_in_what_the_manager_reads() -> None:
    found = described(NOTES)
    assert own.INVENTED == "Invented for practice. Ask; don't assume."
    for id, _ in own.concerns():
        card = own.made(replace(found.sketch, concern=id))
        read = " ".join((card.title, card.brief, card.opening, *card.facts)).casefold()
        assert not any(mark in read for mark in card.concern.marks)
        scene = Scene(card, turns=(Turn(Speaker.EMPLOYEE, card.opening), Turn(Speaker.MANAGER, "What happened?")))
        assert own.INVENTED in coach().debriefer.of_scene(scene).concern
        told = replace(scene, turns=(*scene.turns, Turn(Speaker.EMPLOYEE, card.concern.told[0], told=True)))
        assert own.INVENTED in coach().debriefer.of_scene(told).concern


@pytest.mark.parametrize("tendency", list(Tendency))
def test_whatever_is_said_there_is_an_authored_answer(tendency: Tendency) -> None:
    card = own.made(replace(described(NOTES).sketch, tendency=tendency.value))
    guarded = {cue for line in card.lines if line.mood is Mood.GUARDED for cue in line.cues}
    assert guarded == set(Cue)
    for mood, least in scenarios.NEEDED_LINES.items():
        assert sum(line.mood is mood for line in card.lines) >= least


def test_what_lacks_a_fact_is_told_and_cannot_be_played() -> None:
    found = described("She is lazy.")
    assert "fact" in found.lacks
    with pytest.raises(InputError, match="no fact"):
        own.made(found.sketch)


def test_a_draft_brings_its_context_along() -> None:
    found = described("You left at 15:10 on Tuesday.", Context("Shifts end at 16:00.", "3 March", "Ali"))
    assert (found.sketch.standard, found.sketch.when) == ("Shifts end at 16:00.", "3 March")


def test_a_matter_for_a_person_is_said_before_anybody_practises_it() -> None:
    assert described("On 3 May you came late again, since you told me that you are pregnant.").route is not None


def test_a_situation_survives_being_edited_as_a_file_and_travelling_with_a_conversation() -> None:
    found = described(NOTES)
    assert own.from_yaml(own.as_yaml(found.sketch), "mine.yaml") == found.sketch
    card = own.made(found.sketch)
    assert own.sketch_of(card) == found.sketch
    scene = coach().practice.open(card)
    scene = coach().practice.reply(scene, "On 3 March you came in at 9:40. What happened?").scene
    assert transcript.scene_from(json.loads(json.dumps(transcript.scene_json(scene))), {}) == scene


@pytest.mark.parametrize(
    "text", ["- a", "facts: none", "facts: [x]\nstranger: y", "facts: [1]", "facts: ['x'", "", "facts: [{a: b}]"]
)
def test_a_file_that_is_no_situation_is_told_in_words(text: str) -> None:
    with pytest.raises(InputError, match=r"mine\.yaml"):
        own.from_yaml(text, "mine.yaml")


def test_a_foreign_situation_in_a_conversation_is_refused_in_words() -> None:
    kept = transcript.scene_json(coach().practice.open(own.made(described(NOTES).sketch)))
    kept["own"]["lines"] = [{"says": "x", "mood": "nowhere"}]
    with pytest.raises(InputError, match="cannot be read"):
        transcript.scene_from(kept, {})
    kept["own"] = {**kept["own"], "own": False}
    with pytest.raises(InputError):
        transcript.scene_from(kept, {})
