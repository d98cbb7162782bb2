"""Claims about practice that is kept: nothing said is lost, nobody is named, and two conversations can be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from places import Place
from test_own import NOTES, coach, described

from assistant.errors import InputError
from assistant.keeping.store import Store
from assistant.practising import change, own, saved, temper
from assistant.scene import Move, Scene

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
