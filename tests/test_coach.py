"""Claims about the coach: how a rewrite begins, goes on, is stopped, fails, and what it never gives away."""

from __future__ import annotations

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import jsonschema
import pytest
from coaching import ROOT, Answer, Desk, corpus, desk, home, known_rewrites, language, rules_only

from assistant.coach import TONES, Coach, Progress
from assistant.domain import Category, Draft, Origin, Rewrite, as_json
from assistant.errors import Cancelled, InputError, LibraryError, ModelError, ModelTimeout
from assistant.library.knowledge import Library
from assistant.models.llm import HERE
from assistant.settings import Settings

SCHEMA = json.loads((ROOT / "assistant" / "schemas" / "rewrite.schema.json").read_text("utf-8"))
SIX = " ".join(f"On {day} May he joined the stand-up at 9:2{day}." for day in range(2, 8))
SECRET = "Zanzibar7719"
DRAFT = f"On 3 May he left 12 boxes of {SECRET} by the door. He is lazy. Since he got ill he is slow."


def to_you(clause: str) -> str:
    return clause.replace(" he ", " you ")


@pytest.fixture
def bench() -> Desk:
    found = desk()
    found.answer = to_you
    found.model.calls.clear()
    return found


def answering(bench: Desk, answer: Answer) -> Coach:
    bench.answer = answer
    return bench.coach


# --- progress -------------------------------------------------------------------------------------------


def test_progress_counts_every_row_once_and_ends_with_the_rewrite(bench: Desk) -> None:
    *before, last = bench.coach.rewriting(Draft(SIX + " He is lazy.", "d1"))
    assert isinstance(last, Rewrite)
    assert last.id == "d1"
    steps = [step for step in before if isinstance(step, Progress)]
    assert len(steps) == len(before)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert {step.total for step in steps} == {len(last.ledger)} == {7}
    assert steps[-1].done == 7
    told = [step.row for step in steps if step.row is not None]
    assert sorted(row.start for row in told) == [row.start for row in last.ledger]


def test_rows_that_need_no_model_are_told_before_it_is_asked(bench: Desk) -> None:
    for step in bench.coach.rewriting(Draft("He is lazy. " + SIX)):
        if isinstance(step, Progress) and step.row is not None:
            assert "lazy" in step.row.text
            assert bench.asked == []
            break
    else:
        pytest.fail("no row was told")


def test_every_rewrite_starts_from_the_draft_it_is_given(bench: Desk) -> None:
    first, second = (bench.coach.rewrite(Draft(SIX)) for _ in range(2))
    assert first.message == second.message
    assert first.ledger == second.ledger


def test_drafts_that_are_rewritten_at_once_do_not_mix(bench: Desk) -> None:
    drafts = [Draft(f"On {day} May he left hall {day} open at 2{day % 4}:15.", str(day)) for day in range(2, 14)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(bench.coach.rewrite, drafts))
    for draft, result in zip(drafts, results, strict=True):
        assert result.id == draft.id
        assert result.message.startswith(to_you(draft.text))


# --- the result as JSON ---------------------------------------------------------------------------------


def valid(result: Rewrite) -> None:
    value = json.loads(json.dumps(as_json(result)))
    jsonschema.validate(value, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_every_rewrite_matches_its_schema(bench: Desk) -> None:
    for result in (bench.coach.rewrite(Draft(SIX)), bench.coach.rewrite(Draft(DRAFT)), *known_rewrites()):
        valid(result)


def test_the_schema_refuses_what_is_no_rewrite(bench: Desk) -> None:
    value = json.loads(json.dumps(as_json(bench.coach.rewrite(Draft(SIX)))))
    value["ledger"][0]["origin"] = "somebody"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, SCHEMA, cls=jsonschema.Draft202012Validator)


# --- input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   \n\t ", "...!?", "😡😡"])
def test_an_empty_draft_is_an_input_error(bench: Desk, text: str) -> None:
    with pytest.raises(InputError) as caught:
        bench.coach.rewrite(Draft(text))
    assert caught.value.hint
    assert bench.asked == []


def test_a_draft_that_is_too_long_is_told_its_length_and_the_limit(bench: Desk) -> None:
    with pytest.raises(InputError) as caught:
        bench.coach.rewrite(Draft("He came late. " * 2000))
    assert "28,000" in caught.value.message
    assert "20,000" in caught.value.message
    assert bench.asked == []


def test_an_unknown_tone_is_an_input_error_that_names_the_ones_there_are(bench: Desk) -> None:
    with pytest.raises(InputError) as caught:
        bench.coach.rewrite(Draft(SIX), tone="cruel")
    assert all(tone in caught.value.hint for tone in TONES)
    assert bench.asked == []


def test_an_unknown_framework_is_a_library_error_that_names_the_ones_there_are(bench: Desk) -> None:
    with pytest.raises(LibraryError) as caught:
        bench.coach.rewrite(Draft(SIX), framework="horoscope")
    assert "sbi" in caught.value.hint
    assert bench.asked == []


def test_every_framework_and_tone_on_offer_can_be_used() -> None:
    coach = rules_only()
    assert len(coach.frameworks) >= 3
    for id_, _ in coach.frameworks:
        for tone in TONES:
            assert coach.rewrite(Draft("On 3 May he came at 9:20."), framework=id_, tone=tone).message


# --- stopping -------------------------------------------------------------------------------------------


def test_cancel_raises_cancelled_and_stops_asking(bench: Desk) -> None:
    cancel = threading.Event()

    def first_answer_cancels(clause: str) -> str:
        cancel.set()
        return to_you(clause)

    with pytest.raises(Cancelled):
        answering(bench, first_answer_cancels).rewrite(Draft(SIX), cancel=cancel)
    assert len(bench.asked) <= Settings().slots


def test_a_rewrite_that_was_cancelled_before_it_began_asks_nothing(bench: Desk) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        bench.coach.rewrite(Draft(SIX), cancel=cancel)
    assert bench.asked == []


def test_a_reader_that_leaves_stops_the_asking(bench: Desk) -> None:
    """Each answer after the first waits for the reader to be gone, so that none is given by chance."""
    gone = threading.Event()

    def waits(clause: str) -> str:
        if len(bench.asked) > 1:
            gone.wait(0.5)
        return to_you(clause)

    with closing(answering(bench, waits).rewriting(Draft(SIX))) as steps:  # type: ignore[type-var]
        for step in steps:
            if isinstance(step, Progress) and step.stage == "Finding words":
                break
    gone.set()
    assert len(bench.asked) < 6


def test_the_coach_is_as_good_as_before_once_it_was_cancelled(bench: Desk) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        bench.coach.rewrite(Draft(SIX), cancel=cancel)
    assert bench.coach.rewrite(Draft(SIX)).origin is Origin.MODEL


# --- a model that fails ---------------------------------------------------------------------------------


def test_a_model_error_reaches_the_caller_with_nothing_of_the_draft(bench: Desk) -> None:
    coach = answering(bench, lambda clause: ModelTimeout("It took too long.", hint="Try again.", detail="120 s"))
    with pytest.raises(ModelError) as caught:
        coach.rewrite(Draft(DRAFT))
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in f"{error} {getattr(error, 'detail', '')}"
        error = error.__cause__ or error.__context__
    assert bench.asked


def test_the_coach_can_be_used_after_a_model_error(bench: Desk) -> None:
    with pytest.raises(ModelError):
        answering(bench, lambda clause: ModelTimeout("It took too long.")).rewrite(Draft(SIX))
    assert answering(bench, to_you).rewrite(Draft(SIX)).origin is Origin.MODEL


def test_one_failed_answer_stops_the_others(bench: Desk) -> None:
    def fails_then_waits(clause: str) -> ModelTimeout:
        if len(bench.asked) > 1:
            time.sleep(0.3)
        return ModelTimeout("It took too long.")

    with pytest.raises(ModelError):
        answering(bench, fails_then_waits).rewrite(Draft(SIX))
    assert len(bench.asked) < 6


# --- nothing is given away ------------------------------------------------------------------------------


def test_nothing_of_a_draft_is_logged_or_printed(
    bench: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("assistant").debug("the logs are listened to")
        result = bench.coach.rewrite(Draft(DRAFT))
        with pytest.raises(ModelError):
            answering(bench, lambda clause: ModelTimeout("It took too long.")).rewrite(Draft(DRAFT))
        with pytest.raises(InputError):
            bench.coach.rewrite(Draft(DRAFT), tone="cruel")
    assert "the logs are listened to" in caplog.text
    assert SECRET in result.message
    assert SECRET not in caplog.text
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err


# --- without a model, and before it is open -------------------------------------------------------------


def test_rules_only_is_labelled_in_notices_origin_and_model() -> None:
    coach = rules_only()
    result = coach.rewrite(Draft(SIX))
    assert any(notice.startswith("Rules only: no model has worked on this.") for notice in result.notices)
    assert (result.origin, result.model, coach.model_name) == (Origin.FALLBACK, "rules", "rules")
    assert result.usage.calls == 0
    assert "On 2 May you joined the stand-up at 9:22." in result.message


def test_with_a_model_nothing_says_rules_only(bench: Desk) -> None:
    result = bench.coach.rewrite(Draft(SIX))
    assert not any("Rules only" in notice for notice in result.notices)
    assert (bench.coach.model_name, bench.coach.place) == ("scripted", HERE)


def test_the_coach_says_where_text_will_go_before_any_model_is_open() -> None:
    library = Library(corpus(), None, None, "")
    far = Coach(Settings(model="m", base_url="https://models.example/v1"), language(), library, None)
    assert (far.place, far.model_name, far.ready) == ("models.example", "m", False)
    assert Coach(Settings(), language(), library, None).place == HERE


def test_the_linter_is_there_at_once_and_names_the_organisations_contact() -> None:
    chosen = Settings(model="none", contact_hr="Dana, room 4")
    coach = Coach(chosen, language(), Library(corpus(), None, None, ""), None)
    reading = coach.check("You are lazy. Since you got pregnant you missed 3 deadlines.")
    assert any(finding.category is Category.LABEL for finding in reading.findings)
    assert reading.route is not None
    assert reading.route.contact == "Dana, room 4"
    assert not coach.ready
    assert "Talk to Dana, room 4" in coach.rewrite(Draft("Since you got pregnant you missed 3 deadlines.")).message
    assert coach.ready


def test_a_coach_opens_without_its_model_and_takes_the_off_switch_of_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHCOACH_HOME", str(home()))
    text = "You are lazy."
    (rule,) = {finding.rule for finding in language().read(text).findings}
    coach = Coach.open(Settings(model="none", disabled_rules=rule))
    assert coach.check(text).findings == ()
    first = next(iter(coach.rewriting(Draft(SIX))))
    assert isinstance(first, Progress)
    assert first.stage == "Starting the model"
    coach.close()
