"""Claims about model judges, all of them scripted: when a verdict counts, which items ship, what a report says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from test_eval_runs import Plain, many

from assistant.commands.cli import main
from assistant.errors import InputError, ModelError, UnreadableReply
from assistant.models.model import Request, Scripted
from evals import judging, page, qualify, results, runner, subjects
from evals.judge import Check, Judge, Kept, Verdict, checklist, read
from evals.qualify import CASES, Quality
from evals.results import Run
from evals.suite import Plan
from evals.suites import SUITES

BLAMES = next(check for check in checklist() if check.id == "blames")
DRAFT, MESSAGE = "You are lazy. You were late on 3 May.", "You are lazy. You were late on 3 May."


def reply(answer: str, quote: str = "") -> str:
    return json.dumps({"quote": quote, "answer": answer})


def said(script: Callable[[Request], str | ModelError]) -> tuple[Verdict, int]:
    model = Scripted(script)
    return Judge(model).say(BLAMES, DRAFT, MESSAGE).verdict, len(model.calls)


def asked(request: Request) -> str:
    return str(request.messages[-1].content)


def message_of(request: Request) -> str:
    return asked(request).split("<text>\n")[1].split("\n</text>")[0]


def knowing(check: Check) -> Callable[[Request], str]:
    """A judge that knows what was planted."""
    faulty = {case.message: case for case in qualify.drawn(check, 10**6) if case.defect}

    def answer(request: Request) -> str:
        message = message_of(request)
        return reply("yes", message) if message in faulty else reply("no")

    return answer


# -- a verdict ------------------------------------------------------------------------------------------


def test_a_verdict_that_every_repeat_and_order_gives_counts() -> None:
    assert said(lambda _: reply("yes", "You are lazy.")) == (Verdict.FAULT, 4)
    assert said(lambda _: reply("no")) == (Verdict.SOUND, 4)


def test_every_question_is_asked_in_both_orders_of_texts_and_of_answers() -> None:
    model = Scripted(lambda _: reply("no"))
    Judge(model).say(BLAMES, DRAFT, MESSAGE)
    orders = {(asked(r).index("<text>") < asked(r).index("<draft>"), "no or yes" in asked(r)) for r in model.calls}
    assert orders == {(False, False), (True, True), (False, True), (True, False)}
    assert len({request.seed for request in model.calls}) == 2


def test_a_judge_that_goes_by_the_order_is_unsure() -> None:
    def by_texts(request: Request) -> str:
        first = asked(request).index("<text>") < asked(request).index("<draft>")
        return reply("yes", "You are lazy") if first else reply("no")

    def by_answers(request: Request) -> str:
        return reply("no") if "no or yes" in asked(request) else reply("yes", "You are lazy")

    assert said(by_texts)[0] is said(by_answers)[0] is Verdict.UNSURE


def test_a_judge_that_wavers_between_repeats_is_unsure() -> None:
    assert said(lambda request: reply("no") if request.seed else reply("yes", "You are lazy")) == (Verdict.UNSURE, 3)


@pytest.mark.parametrize(
    "text",
    ["nonsense", "[]", "{}", reply("maybe"), reply("yes"), reply("yes", "You are slow."), reply("yes", " … "),
     reply("yes", "azy")],
)  # fmt: skip
def test_what_cannot_be_read_or_quotes_nothing_of_the_message_is_no_verdict(text: str) -> None:
    assert read(text, MESSAGE).verdict is Verdict.UNSURE


def test_a_quotation_may_differ_in_marks_and_case_alone() -> None:
    assert read(reply("yes", "“you are lazy”"), MESSAGE).verdict is Verdict.FAULT


def test_a_reply_in_another_form_is_unsure_and_an_engine_that_fails_is_no_verdict() -> None:
    assert said(lambda _: UnreadableReply("no JSON")) == (Verdict.UNSURE, 1)
    with pytest.raises(ModelError):
        said(lambda _: ModelError("gone"))


# -- how good a judge is ---------------------------------------------------------------------------------


def measured(script: Callable[[Request], str], check: Check = BLAMES, count: int = CASES) -> Quality:
    return qualify.measure(Judge(Scripted(script)), check, count)


@pytest.mark.parametrize("check", checklist(), ids=lambda check: check.id)
def test_a_judge_that_knows_every_defect_ships(check: Check) -> None:
    found = measured(knowing(check), check)
    assert (found.sensitivity.value, found.specificity.value, found.unsure) == (1.0, 1.0, 0)
    assert found.sensitivity.n == found.specificity.n == CASES
    assert found.ships
    assert found.sensitivity.low < 1.0, "forty are no certainty"


def test_a_judge_that_guesses_ships_nothing() -> None:
    chance = random.Random(3)
    found = measured(lambda r: reply("yes", message_of(r)) if chance.random() < 0.5 else reply("no"))
    assert found.sensitivity.value < 0.3
    assert found.unsure > CASES
    assert not found.ships


def test_a_judge_that_always_says_the_same_ships_nothing() -> None:
    yes, no = measured(lambda r: reply("yes", message_of(r))), measured(lambda _: reply("no"))
    assert (yes.sensitivity.value, yes.specificity.value, yes.ships) == (1.0, 0.0, False)
    assert (no.sensitivity.value, no.specificity.value, no.ships) == (0.0, 1.0, False)
    assert yes.short == "specificity below 0.9"


def test_a_judge_that_cannot_be_read_has_no_verdict_at_all() -> None:
    found = measured(lambda _: "Yes!")
    assert (found.unsure, found.sensitivity.value, found.specificity.value) == (2 * CASES, 0.0, 0.0)


def test_one_defect_in_eight_missed_is_too_many_and_one_in_ten_is_not() -> None:
    faulty = [case.message for case in qualify.drawn(BLAMES, CASES) if case.defect]

    def but(missed: int) -> Quality:
        knows = knowing(BLAMES)
        return measured(lambda r: reply("no") if message_of(r) in faulty[:missed] else knows(r))

    assert but(4).ships
    assert not but(5).ships


def test_few_cases_fail_a_judge_and_never_ship_one() -> None:
    assert (
        measured(knowing(BLAMES), count=10).short == f"asked of fewer than {CASES} planted and {CASES} sound messages"
    )


def test_every_item_has_defects_to_be_measured_on() -> None:
    assert len({check.id for check in checklist()}) == len(checklist()) >= 4
    for check in checklist():
        drawn = qualify.drawn(check, CASES)
        assert [case.defect for case in drawn[:2]] == [check.planted, None]
        assert len(drawn) == 2 * CASES


# -- what is kept ----------------------------------------------------------------------------------------


def test_figures_are_kept_for_each_judge_and_wording(tmp_path: Path) -> None:
    good = measured(knowing(BLAMES))
    qualify.keep(replace(good, unsure=7), tmp_path)
    qualify.keep(good, tmp_path)
    qualify.keep(replace(good, version="00000000"), tmp_path)
    qualify.keep(replace(good, judge="another"), tmp_path)
    assert qualify.known("scripted", tmp_path) == {"blames": good}
    assert qualify.known("nobody", tmp_path) == {}
    assert BLAMES.version != replace(BLAMES, asks=BLAMES.asks + " Please.").version
    (tmp_path / qualify.FILE).write_text("nonsense\n")
    with pytest.raises(InputError, match=r"judges\.jsonl, line 1"):
        qualify.known("scripted", tmp_path)


def test_a_measurement_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    knows, calls = knowing(BLAMES), 0

    def stops(request: Request) -> str | ModelError:
        nonlocal calls
        calls += 1
        return ModelError("gone") if calls > 25 else knows(request)

    with pytest.raises(ModelError):
        qualify.measure(Kept(Judge(Scripted(stops)), tmp_path / "said"), BLAMES)
    rest = Scripted(knows)
    assert qualify.measure(Kept(Judge(rest), tmp_path / "said"), BLAMES).ships
    assert len(rest.calls) == 4 * (2 * CASES - 6)


# -- the rewrites of a run -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    (folder / "mine.csv").write_text("id,draft\n1,You were late on 3 May.\n2,You are lazy.\n5,You left at 4.\n")
    drafts = replace(SUITES["rewrite"], open=lambda _: Plain())
    return runner.run([drafts], Plan(data=folder / "mine.csv"), folder)


def test_items_that_ship_are_scored_and_the_others_are_not(run: Run, tmp_path: Path) -> None:
    asked_of = Scripted(lambda r: reply("yes", "You are lazy") if "lazy" in message_of(r) else reply("no"))
    done = judging.judged(run, Judge(asked_of), {"blames": measured(knowing(BLAMES))}, tmp_path)
    outcomes = {item.id: item.outcomes["judge.blames"] for item in done.items}
    assert {id: outcome.passed for id, outcome in outcomes.items()} == {"1": True, "2": False, "5": True}
    assert outcomes["2"].reasons == ("“You are lazy”",)
    assert all("judge.invents" not in item.outcomes for item in done.items)
    told = page.page(done)
    assert "Nobody is judged. By the judge scripted." in told
    assert "never measured with this judge" in told
    calls = len(asked_of.calls)
    assert judging.judged(done, Judge(asked_of), {"blames": measured(knowing(BLAMES))}, tmp_path) == done
    assert len(asked_of.calls) == calls, "nothing is paid for twice"


def test_what_a_judge_is_unsure_of_is_unscored_and_never_a_fault(run: Run, tmp_path: Path) -> None:
    chance = random.Random(1)
    wavering = Judge(Scripted(lambda _: reply(chance.choice(["yes", "no"]), "words that are not there")))
    done = judging.judged(run, wavering, {"blames": measured(knowing(BLAMES))}, tmp_path)
    assert all("judge.blames" not in item.outcomes for item in done.items)
    assert next(item for item in done.facts["judge"]["items"] if item["id"] == "blames")["unsure"] == 3


def test_no_item_that_does_not_ship_is_asked_at_all(run: Run, tmp_path: Path) -> None:
    never = Judge(Scripted([]))
    bad = {"blames": measured(lambda _: reply("no"))}
    done = judging.judged(run, never, bad, tmp_path)
    assert done.cards == run.cards
    told = page.page(done)
    assert "sensitivity below 0.9" in told
    assert "No model judges here" not in told


def test_a_judge_that_is_the_model_under_test_is_told(run: Run, tmp_path: Path) -> None:
    good = {"blames": measured(knowing(BLAMES))}
    done = judging.judged(run, Judge(Scripted(lambda _: reply("no"))), good, tmp_path)
    assert run.facts["models"] == ["scripted"]
    assert "the judge is the model under test" in page.page(done)
    other = replace(run, facts={**run.facts, "models": ["another"]})
    apart = judging.judged(other, Judge(Scripted(lambda _: reply("no"))), good, tmp_path)
    assert "is the model under test" not in page.page(apart)


def test_a_verdict_cut_off_by_a_kill_is_asked_again(run: Run, tmp_path: Path) -> None:
    good = {"blames": measured(knowing(BLAMES))}
    judging.judged(run, Judge(Scripted(lambda _: reply("no"))), good, tmp_path)
    path = tmp_path / judging.FILE
    path.write_text(path.read_text()[:-20])
    model = Scripted(lambda _: reply("no"))
    judging.judged(run, Judge(model), good, tmp_path)
    assert len(model.calls) == 4
    again = Scripted([])
    judging.judged(run, Judge(again), good, tmp_path)


def test_a_run_without_rewrites_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rewrites"):
        judging.judged(many(3, 0), Judge(Scripted([])), {}, tmp_path)


def test_the_command_measures_a_judge_and_then_lets_it_judge_a_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    monkeypatch.setattr(subjects, "open_bare", lambda _: Scripted(knowing(BLAMES)))
    results.write(run, tmp_path / "one")
    assert main(["eval", "judge", str(tmp_path / "one")]) == 0
    assert "blames: unscored, never measured with this judge" in capsys.readouterr().out
    assert main(["eval", "judge", "--only", "blames"]) == 0
    assert "1.00 of 40" in (told := capsys.readouterr().out)
    assert told.splitlines()[-1].endswith("yes")
    assert main(["eval", "judge", str(tmp_path / "one")]) == 0
    assert "blames: scored, 0 unsure" in capsys.readouterr().out
    assert "judge.blames" in results.read(tmp_path / "one").items[0].outcomes
    assert "A model as judge" in (tmp_path / "one" / "report.html").read_text("utf-8")
