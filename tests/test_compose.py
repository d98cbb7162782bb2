"""Claims about composition: what is said is made of rows and a small frame, in a fixed order, and fits a breath."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from coaching import JOINTS, elements, known_rewrites, left_over

from assistant.domain import Context, Draft, Fate, Kind, LedgerRow, Origin, Rewrite, Route, RouteReason, RouteTo
from assistant.rewriting import compose as composer
from assistant.rewriting.compose import Composition, compose
from assistant.rewriting.wording import words

LATE = "On 3 May you joined the stand-up at 9:20."
WAITED = "We waited 20 minutes for you."
AGREED = "We agreed in March that everyone is there at 9:00."
PLEASE = "Please be there at 9:00 from Monday on."
FRAME = [composer.OUTLINE, composer.PRAISE_OUTLINE, *(t for f in composer.FRAME.values() for t in f.values())]
FRAME_PARTS = [s for text in FRAME for s in [text, *re.split(r"(?<=[.?])\s+", text)] if s]

Line = tuple[str, Kind] | tuple[str, Kind, Fate]


def rows_of(*lines: Line, between: str = " ") -> tuple[Draft, list[LedgerRow]]:
    """Return a draft of these clauses and its rows; kept ones become what they are."""
    text, rows = "", []
    for said, kind, *rest in lines:
        fate = rest[0] if rest else Fate.KEPT
        text += between if text else ""
        becomes = said if fate in (Fate.KEPT, Fate.REWORDED) else ""
        rows.append(LedgerRow(said, len(text), len(text) + len(said), kind, fate, becomes, "", Origin.DRAFT))
        text += said
    return Draft(text), rows


def made(
    *lines: Line, tone: str = "plain", framework: str = "sbi", between: str = " ", context: Context | None = None,
    route: Route | None = None,
) -> Composition:  # fmt: skip
    draft, rows = rows_of(*lines, between=between)
    return compose(rows, replace(draft, context=context or Context()), elements(framework), tone, route)


def held_back(result: Rewrite) -> bool:
    return result.route is not None and result.route.entangled


# --- nothing but rows and frame -------------------------------------------------------------------------


def test_the_message_holds_nothing_but_rows_and_the_frame() -> None:
    for result in known_rewrites():
        frame = list(FRAME_PARTS)
        if result.route is not None and result.route.entangled:
            first = "Call" if result.route.to is RouteTo.EMERGENCY else "Talk to"
            frame += [f"{first} {result.route.contact} before you say or send this."]
            frame += ["Removing the words does not remove the reason."]
        rest = left_over(result.message, *(row.becomes for row in result.ledger), *frame)
        assert [word for word in rest if word not in JOINTS] == [], result.id


def test_every_row_with_words_stands_in_the_message() -> None:
    for result in known_rewrites():
        if held_back(result):
            continue
        message = result.message.casefold()
        missing = [r.becomes for r in result.ledger if r.becomes.rstrip(".!?").casefold() not in message]
        assert missing == [], result.id


def test_a_row_without_words_reaches_nothing() -> None:
    result = made((LATE, Kind.OBSERVATION), ("You are lazy.", Kind.JUDGMENT, Fate.DROPPED))
    assert "lazy" not in result.message + result.say + result.after_they_answer


def test_a_routed_row_reaches_neither_message_nor_say() -> None:
    draft, rows = rows_of((LATE, Kind.OBSERVATION), ("You are pregnant.", Kind.BACKGROUND, Fate.ROUTED))
    rows[1] = replace(rows[1], becomes="You are pregnant.")
    result = compose(rows, draft, elements(), "plain", None)
    assert "pregnant" not in result.message + result.say


# --- say ------------------------------------------------------------------------------------------------


def test_what_is_said_has_at_most_80_words() -> None:
    for result in known_rewrites():
        assert len(words(result.say)) <= composer.SAY_WORDS, result.id


def test_say_stays_short_however_much_happened() -> None:
    lines: list[Line] = [(f"On {day} May you left the back door of hall {day} open.", Kind.OBSERVATION)
                         for day in range(2, 28)]  # fmt: skip
    result = made(*lines, (AGREED, Kind.STANDARD))
    assert len(words(result.say)) <= composer.SAY_WORDS
    assert AGREED in result.say
    assert result.say.startswith(lines[0][0])


def test_say_goes_what_happened_the_effect_what_was_agreed_one_question() -> None:
    result = made((AGREED, Kind.STANDARD), (LATE, Kind.OBSERVATION), (WAITED, Kind.IMPACT), (PLEASE, Kind.REQUEST))
    assert result.say == f"{LATE} {WAITED} {AGREED} What got in the way?"


def test_the_next_step_waits_until_they_have_answered() -> None:
    result = made((LATE, Kind.OBSERVATION), (PLEASE, Kind.REQUEST))
    assert PLEASE not in result.say
    assert PLEASE in result.after_they_answer
    assert PLEASE in result.message


def test_the_managers_own_question_takes_the_place_of_ours() -> None:
    result = made((LATE, Kind.OBSERVATION), ("What happened?", Kind.BACKGROUND))
    assert result.say.endswith("What happened?")
    assert "got in the way" not in result.say + result.message


def test_a_dated_consequence_stays_and_is_to_be_confirmed() -> None:
    step = "If it happens again before 1 June, the next step is a formal warning."
    result = made((LATE, Kind.OBSERVATION), (step, Kind.CONSEQUENCE))
    assert step in result.message
    assert step not in result.say
    assert "Confirm with HR" in result.after_they_answer


def test_the_question_is_spoken_to_the_person_where_nothing_before_it_is() -> None:
    door = "On 4 May the back door stood open all night."
    assert made((door, Kind.OBSERVATION)).say == f"{door} What happened on your side?"
    assert made((door, Kind.OBSERVATION), (LATE, Kind.OBSERVATION)).message.endswith("What got in the way?")


# --- topics ---------------------------------------------------------------------------------------------


@pytest.fixture
def four() -> Composition:
    lines: list[Line] = [
        ("On 4 May you left the till open.", Kind.OBSERVATION),
        ("On 6 May you left the back door open.", Kind.OBSERVATION),
        ("On 8 May you left the van on the ramp.", Kind.OBSERVATION),
        ("On 9 May you left the keys in the van.", Kind.OBSERVATION),
    ]
    return made(*lines, between="\n\n")


def test_each_topic_after_the_first_is_parked_and_still_in_the_message(four: Composition) -> None:
    assert len(four.topics) == 4
    assert [row.fate for row in four.rows] == [Fate.KEPT, Fate.PARKED, Fate.PARKED, Fate.PARKED]
    assert [row.topic for row in four.rows] == [0, 1, 2, 3]
    assert [row.becomes in four.message for row in four.rows] == [True] * 4


def test_only_the_first_topic_is_spoken(four: Composition) -> None:
    assert four.say == "On 4 May you left the till open. What got in the way?"


def test_two_events_in_one_breath_are_one_topic() -> None:
    result = made((LATE, Kind.OBSERVATION), ("On 4 May you joined it at 9:30.", Kind.OBSERVATION))
    assert len(result.topics) == 1
    assert {row.fate for row in result.rows} == {Fate.KEPT}


# --- what is missing is asked ---------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["You have a bad attitude.", "You are amazing."])
def test_without_a_fact_there_is_an_outline_with_blanks_and_a_question(said: str) -> None:
    result = made((said, Kind.JUDGMENT, Fate.DROPPED))
    assert re.search(r"\[[^\]]+\]", result.message)
    assert re.search(r"\[[^\]]+\]", result.say)
    assert any("when and where" in question for question in result.questions)
    assert re.search(r"\d", result.message) is None


def test_with_a_fact_there_is_no_blank_in_the_message() -> None:
    assert "[" not in made((LATE, Kind.OBSERVATION)).message


def test_an_asked_row_becomes_a_question_that_quotes_it() -> None:
    draft, rows = rows_of((LATE, Kind.OBSERVATION), ("You never listen.", Kind.GENERALIZATION, Fate.ASKED))
    rows[1] = replace(rows[1], why="Always and never can be answered. Which time do you have in mind?")
    result = compose(rows, draft, elements(), "plain", None)
    assert result.questions[0] == "“You never listen.”: Which time do you have in mind?"


def test_the_framework_decides_what_is_asked() -> None:
    asked = {name: made((LATE, Kind.OBSERVATION), framework=name).questions for name in ("sbi", "coin", "desc")}
    assert len(set(asked.values())) == 3
    for name, questions in asked.items():
        absent = [e for e in elements(name) if e.part in ("impact", "expectation", "next_step")]
        assert absent
        assert all(any(e.asks.rstrip(".?") in q for q in questions) for e in absent), name


def test_what_the_draft_has_is_not_asked_for() -> None:
    with_impact = made((LATE, Kind.OBSERVATION), (WAITED, Kind.IMPACT))
    asks = next(e.asks for e in elements() if e.part == "impact").rstrip(".?")
    assert not any(asks in question for question in with_impact.questions)


# --- tone and context -----------------------------------------------------------------------------------


def test_tone_changes_the_frame_and_no_fact() -> None:
    lines: list[Line] = [
        (LATE, Kind.OBSERVATION),
        (WAITED, Kind.IMPACT),
        ("You are lazy.", Kind.JUDGMENT, Fate.DROPPED),
    ]
    messages = {tone: made(*lines, tone=tone).message for tone in ("plain", "softer", "firmer")}
    assert len(set(messages.values())) == 3
    for message in messages.values():
        assert LATE in message
        assert WAITED in message
        assert left_over(message, LATE, WAITED, *FRAME_PARTS) == []


def test_the_standard_that_was_added_stands_in_message_and_say() -> None:
    context = Context("Everyone is there at 9:00", "in March")
    result = made((LATE, Kind.OBSERVATION), context=context)
    given = "What we agreed (in March): Everyone is there at 9:00."
    assert given in result.message
    assert given in result.say
    assert given in result.parts.expectation
    assert result.message.endswith("?")


def test_a_standard_that_nobody_stated_is_not_called_agreed() -> None:
    result = made((LATE, Kind.OBSERVATION), context=Context("Everyone is there at 9:00"))
    assert "What I expect: Everyone is there at 9:00." in result.message
    assert "agreed" not in result.message


# --- held back ------------------------------------------------------------------------------------------


@pytest.fixture
def entangled() -> Composition:
    route = Route(RouteTo.HR, (RouteReason("r", "pregnant"),), "Dana, room 4", entangled=True)
    return made(
        ("Since she got pregnant she missed 3 deadlines.", Kind.OBSERVATION, Fate.ROUTED),
        (LATE, Kind.OBSERVATION),
        (PLEASE, Kind.REQUEST),
        route=route,
    )


def test_an_entangled_route_leaves_only_facts_under_whom_to_talk_to(entangled: Composition) -> None:
    notice, *facts = entangled.message.split("\n")
    assert notice.startswith("Talk to Dana, room 4 before you say or send this.")
    assert notice.endswith("Removing the words does not remove the reason.")
    assert facts == [f"- {LATE}"]


def test_an_entangled_route_gives_nothing_to_say(entangled: Composition) -> None:
    assert (entangled.say, entangled.after_they_answer, entangled.parts.question) == ("", "", "")


# --- known to be wrong ----------------------------------------------------------------------------------


def test_vague_praise_is_not_asked_what_got_in_the_way() -> None:
    result = made(("Great job, you are amazing!", Kind.PRAISE, Fate.ASKED))
    assert composer.PRAISE_OUTLINE in result.message
    assert "got in the way" not in result.message + result.say
