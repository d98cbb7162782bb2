"""Claims about the repeat conversation: what slips, what is quoted, and what the next meeting is about.

The moves are given with the turns, so that the claims are about the rule and not about reading.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assistant.errors import InputError
from assistant.practising import repeat, scenarios, temper, transcript
from assistant.scene import Conversation, Difficulty, Kept, Mood, Move, Rung, Scene, Speaker, State, Tendency, Turn

CARDS = {card.id: card for card in scenarios.load()}
READY = State(trust=0.7, openness=0.7, defensiveness=0.2, commitment=0.7)
AGREED = "You take that step, {and} it's done by Friday."
LOOKED_AT = "On Friday we look at it together."
FIXED = (
    ("It has to be in by 16:00.", (Move.STATED_STANDARD,)),
    (AGREED, (Move.AGREED_ACTION,)),
    (LOOKED_AT, (Move.SET_CHECK_DATE,)),
)


def talked(said: tuple[tuple[str, tuple[Move, ...]], ...], state: State = READY, before: Scene | None = None) -> Scene:
    """Return a scene in which these lines were said and the employee ended in a state."""
    card = CARDS["late-report"]
    start = card.start
    first = Turn(Speaker.EMPLOYEE, card.opening, state=start)
    scene = before or Scene(card, Difficulty.REALISTIC, (first,))
    turns = scene.turns
    for text, moves in said:
        turns += (Turn(Speaker.MANAGER, text, moves=moves), Turn(Speaker.EMPLOYEE, "Hm.", state=state))
    return replace(scene, turns=turns)


def test_an_agreement_is_kept_only_with_a_standard_an_owner_and_a_check_date():
    assert repeat.again(talked(FIXED)).kept == (Kept.KEPT,)
    for left_out in range(len(FIXED)):
        lacking = FIXED[:left_out] + FIXED[left_out + 1 :]
        assert repeat.again(talked(lacking)).kept != (Kept.KEPT,), FIXED[left_out]
    assert repeat.again(talked(FIXED[1:2])).kept == (Kept.SLIPPED,)


def test_without_commitment_even_a_complete_agreement_slips():
    assert repeat.again(talked(FIXED, State(commitment=0.1))).kept == (Kept.SLIPPED,)


def test_what_was_agreed_is_quoted_verbatim_and_nothing_else():
    scene = repeat.again(talked(FIXED))
    assert scene.agreed == (AGREED, LOOKED_AT)
    assert f"“{AGREED}” “{LOOKED_AT}”" in repeat.told(scene)


def test_they_meet_at_weeks_0_2_and_6_and_not_again():
    second = repeat.again(talked(FIXED))
    third = repeat.again(talked(FIXED, before=second))
    assert (second.week, third.week) == (2, 6)
    assert third.turns[0].text != second.turns[0].text
    with pytest.raises(InputError):
        repeat.again(talked(FIXED, before=third))
    with pytest.raises(InputError):
        repeat.again(talked(()))


def test_the_second_slip_makes_it_a_pattern_and_each_slip_climbs_a_rung():
    slips = FIXED[1:2]
    card = replace(CARDS["late-report"], conversation=Conversation.CONTENT, rung=Rung.NOTICE)
    first = replace(talked(slips), scenario=card)
    second = repeat.again(first)
    third = repeat.again(talked(slips, before=second))
    seen = [(c.conversation, c.rung) for c in map(repeat.as_it_stands, (first, second, third))]
    assert seen == [
        (Conversation.CONTENT, Rung.NOTICE),
        (Conversation.CONTENT, Rung.PATTERN),
        (Conversation.PATTERN, Rung.AGREEMENT),
    ]


def test_where_nothing_was_agreed_nothing_slipped_and_no_rung_is_climbed():
    first = talked((("Try a bit harder.", (Move.VAGUE,)),))
    second = repeat.again(first)
    assert second.kept == (Kept.NOTHING,)
    assert repeat.as_it_stands(second).rung is first.scenario.rung
    assert "nothing was agreed" in repeat.told(second)


def test_what_was_kept_stays_kept_until_somebody_attacks_or_takes_over():
    second = repeat.again(talked(FIXED))
    thanks = talked((("I saw that it was in on time each week.", (Move.ACKNOWLEDGED,)),), before=second)
    assert repeat.outcome(thanks) is Kept.KEPT
    assert repeat.again(thanks).agreed == second.agreed
    threat = talked((("Next time you're out.", (Move.THREATENED,)),), before=second)
    assert repeat.outcome(threat) is Kept.SLIPPED


def test_who_kept_it_starts_warmer_and_nobody_starts_shut_or_committed():
    kept, slipped = (repeat.again(talked(said)).start for said in (FIXED, FIXED[1:2]))
    assert kept.trust > slipped.trust
    assert kept.defensiveness < slipped.defensiveness
    assert kept.commitment > slipped.commitment
    for end in (READY, State(0.0, 0.0, 1.0, 0.0)):
        for card in CARDS.values():
            scene = repeat.again(replace(talked(FIXED, end), scenario=card))
            assert temper.mood_of(scene.start) not in (Mood.SHUT, Mood.LEAVING, Mood.COMMITTED)


def test_every_tendency_has_two_openings_for_each_outcome_and_none_is_said_twice():
    lines = [line for by in repeat._lines().values() for two in by.values() for line in two]
    assert len(lines) == len(set(lines)) == len(Tendency) * 3 * 2
    assert not any(mark in line for line in lines for mark in "{}[]")


def test_a_repeat_conversation_survives_being_written_and_read():
    scene = repeat.again(talked(FIXED))
    assert transcript.scene_from(json.loads(json.dumps(transcript.scene_json(scene))), CARDS) == scene
