"""Claims about practice that is kept: nothing said is lost, nobody is named, and two conversations can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from coaching import language
from places import Place
from test_own import NOTES, coach, described

from assistant.coach import Coach
from assistant.errors import InputError, ModelTimeout
from assistant.keeping.store import Store
from assistant.models.llm import Scripted
from assistant.practising import change, own, saved, temper
from assistant.practising.practice import Practice
from assistant.scene import Move, Scene
from assistant.settings import Settings
from assistant.web.practice_tab import PracticeTab
from assistant.web.words import Words

LINES = ("The report for week 18 came on Monday 5 May at 10:30. What happened?", "So Fridays are full. What else?")


@pytest.fixture
def store(place: Place) -> Store:
    return place.open()


def talk() -> Scene:
    practice = coach().practice
    scene = practice.open(practice.scenario("late-report"))
    for line in LINES:
        scene = practice.reply(scene, line).scene
    return scene


def test_a_kept_conversation_comes_back_whole_with_the_line_that_waited(store: Store) -> None:
    scene = talk()
    id = saved.keep(store, scene.back_to(3))
    assert saved.keep(store, scene.back_to(3), id, waiting=LINES[1]) == id
    assert saved.talk(store, id, coach().scenarios) == (scene.back_to(3), LINES[1])
    saved.keep(store, scene, id)
    assert saved.talk(store, id, coach().scenarios) == (scene, "")
    assert [(kept.id, kept.lines) for kept in saved.talks(store)] == [(id, 2)]


def test_practice_is_kept_under_nobodys_name_and_is_nobody_elses(store: Store) -> None:
    saved.keep(store, talk())
    saved.keep_situation(store, own.made(described(NOTES).sketch))
    assert all(not kept.who and kept.kind.value in ("practice", "situation") for kept in store.all_saved())
    assert not store.agreements()
    other = store.owned_by("somebody else")
    assert not saved.talks(other)
    assert not saved.situations(other)


def test_a_situation_of_ones_own_comes_back_as_it_was(store: Store) -> None:
    card = own.made(described(NOTES).sketch)
    saved.keep_situation(store, card)
    assert saved.situations(store) == {card.id: card}
    changed = own.made(replace(own.sketch_of(card), title="Mornings"), card.id)
    saved.keep_situation(store, changed)
    assert [kept.title for kept in saved.situations(store).values()] == ["Mornings"]


def test_what_is_no_conversation_is_told(store: Store) -> None:
    card = own.made(described(NOTES).sketch)
    saved.keep_situation(store, card)
    with pytest.raises(InputError):
        saved.talk(store, card.id, coach().scenarios)
    with pytest.raises(InputError):
        saved.talk(store, "nothing", coach().scenarios)


def test_a_change_counts_lines_and_neither_scores_nor_knows_the_other_side() -> None:
    vague = [(Move.VAGUE,), (Move.VAGUE, Move.GAVE_IN)]
    better = [(Move.OBSERVED_BEHAVIOR, Move.OPEN_QUESTION), (Move.OPEN_QUESTION,), (Move.VAGUE,)]
    found = change.change(vague, better)
    rows = {row.move: (row.before, row.after, row.sought) for row in found.moves}
    assert rows == {
        Move.OBSERVED_BEHAVIOR: (0, 1, True),
        Move.OPEN_QUESTION: (0, 2, True),
        Move.GAVE_IN: (1, 0, False),
        Move.VAGUE: (2, 1, False),
    }
    assert (found.lines_before, found.lines_after) == (2, 3)


def test_every_move_that_is_compared_is_one_that_can_be_read() -> None:
    assert not set(change.SOUGHT) & set(change.AVOIDED)
    assert set(change.AVOIDED) > temper.ATTACKS | temper.RETREATS


class Visitor:
    """What the page knows of a browser."""

    session_hash = "tab"


def page_of(model: Scripted) -> tuple[PracticeTab, dict[str, Any]]:
    """Return the page's tab over a model, drawn, and its parts by name. What reads a turn is opened once for all."""
    known = coach()
    made = Coach(Settings(model="none"), language(), known.library, model)
    made._debriefer, made._rules = known.debriefer, known._by_rules()
    made._practice = Practice(tuple(known.scenarios.values()), known._moves(), known.practice._moods, lambda: model)
    tab = PracticeTab(made, Words.load(), lambda: False)
    with gr.Blocks(analytics_enabled=False):
        tab.draw()
    return tab, tab._parts


def test_a_killed_engine_loses_no_line_of_a_kept_conversation(file_place: Place) -> None:
    tab, parts = page_of(Scripted(lambda _: ModelTimeout("The model did not answer.")))
    text = tab.start("late-report", "realistic")[parts["scene"]]
    text = tab.keep(text)[parts["scene"]]
    *_, last = tab.say(LINES[0], text, Visitor())
    assert "did not answer" in last[parts["trouble"]]
    assert last[parts["line"]]["value"] == LINES[0]
    # The program begins anew: another tab, another coach, and the same store.
    again, fresh = page_of(Scripted(lambda _: "Ask the branches, they send me their numbers when they please."))
    (kept,) = saved.talks(file_place.open())
    shown = again.resume(kept.id)
    assert shown[fresh["line"]]["value"] == LINES[0]
    *_, done = again.say(LINES[0], shown[fresh["scene"]], Visitor())
    assert "Ask the branches" in done[fresh["talk"]]
    scene, waiting = saved.talk(file_place.open(), kept.id, coach().scenarios)
    assert (len(scene.turns), waiting) == (3, "")


def test_an_answer_that_came_when_the_page_was_gone_is_there_after_a_reload(file_place: Place) -> None:
    tab, parts = page_of(Scripted(lambda _: "Ask the branches, they send me their numbers when they please."))
    before = tab.keep(tab.start("late-report", "realistic")[parts["scene"]])[parts["scene"]]
    for _ in tab.say(LINES[0], before, Visitor()):
        pass
    assert "Ask the branches" in tab.restore(before)[parts["talk"]]  # the tab's own storage is one line behind


def test_a_conversation_that_nobody_kept_makes_no_database(file_place: Place) -> None:
    tab, parts = page_of(Scripted(lambda _: "Ask the branches, they send me their numbers when they please."))
    text = tab.start("late-report", "realistic")[parts["scene"]]
    *_, done = tab.say(LINES[0], text, Visitor())
    tab.end(done[parts["scene"]])
    tab.choose()
    assert not (file_place.home / "benchcoach.db").exists()


def test_a_draft_brings_a_situation_to_the_page_and_leaves_a_talk_under_way_alone(file_place: Place) -> None:
    tab, _ = page_of(Scripted(lambda _: "-"))
    own_parts = tab._own.parts
    shown = tab.rehearse(NOTES, "", "Everyone is at the desk at 9:30.", "3 March")
    assert shown[own_parts["standard"]] == "Everyone is at the desk at 9:30."
    assert "Dana" not in shown[own_parts["facts"]]
    assert tab.rehearse(NOTES, '{"scene": {}}') == {}
    assert not (file_place.home / "benchcoach.db").exists()
