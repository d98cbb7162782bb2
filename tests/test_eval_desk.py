"""Claims about what trainers hold: their own cases, their labels, runs they start and watch, and the page for it."""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served import coach_with, served
from test_eval_runs import HOSTILE, Plain, changed, many, suite
from visits import CHROMIUM, SIZES, picture

from assistant.commands.cli import main
from assistant.errors import InputError
from assistant.web import evals_reports, evals_view
from assistant.web.evals_tab import EvalsTab
from assistant.web.uploads import Uploads
from assistant.web.words import Words
from evals import labels, own_cases, page, results, runner, side_by_side
from evals.desk import Asked, Desk
from evals.labels import Label
from evals.results import Outcome, Run, Status
from evals.statistics import kappa
from evals.suite import Plan
from evals.suites import SUITES

WORDS = Words.load()
CSV = """id;draft;must_keep;no_fact;Mood
1;"You were late
on 3 May.";3 May | late;no;x
2;;3 May;;
3;He is lazy;;maybe;
"""
YAML = """- draft: one
  must_keep: [a, [b, c]]
- draft: [x
- id: 7
  draft: two
  route: police
- id: 7
  draft: three
"""
JSONL = '{"id": 1, "draft": "x"}\nnope\n[]\n{"id": "b"}\n{"id": "1", "draft": "again"}\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return runner.run([suite(given=HOSTILE)], Plan(), tmp_path_factory.mktemp("run"))


# --- own cases ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "ids", "bad"),
    [
        ("a.csv", CSV, ["1"], {4: "it lacks 'draft'", 5: "yes or no"}),
        ("a.yaml", YAML, ["line-1", "7"], {3: "not YAML", 4: "'hr', 'legal'"}),
        ("a.jsonl", JSONL, ["1"], {2: "not JSON", 3: "named fields", 4: "it lacks 'draft'", 5: "same as in line 1"}),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_the_others_are_used(
    tmp_path: Path, name: str, text: str, ids: list[str], bad: dict[int, str]
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    found = own_cases.read(tmp_path / name)
    assert [row["id"] for row in found.rows] == ids
    assert {refused.line for refused in found.refused} == set(bad)
    for refused in found.refused:
        assert bad[refused.line] in refused.why, refused.why


def test_a_spreadsheet_s_lists_columns_and_letters_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, "utf-8")
    found = own_cases.read(tmp_path / "a.csv")
    assert found.rows[0]["must_keep"] == ["3 May", "late"]
    assert found.rows[0]["draft"] == "You were late\non 3 May."
    assert found.unknown == ("mood",)
    (tmp_path / "b.csv").write_bytes("draft\nRené came at 9:20.\n".encode("cp1252"))
    assert own_cases.read(tmp_path / "b.csv").rows[0]["draft"] == "René came at 9:20."


def test_what_is_refused_is_told_without_the_words_of_the_draft(tmp_path: Path) -> None:
    secret = "Dana was signed off sick"
    (tmp_path / "a.jsonl").write_text(json.dumps({"draft": "x"}) + "\n" + json.dumps({"draft": [secret]}) + "\n")
    found = own_cases.read(tmp_path / "a.jsonl")
    assert len(found.refused) == 1
    assert "Dana" not in str(found.refused[0])


def test_a_file_with_nothing_to_run_says_why(tmp_path: Path) -> None:
    for name, text in (("a.csv", "draft\n"), ("a.jsonl", "nope\n"), ("a.txt", "x"), ("a.yaml", "")):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=re.escape(name)):
            own_cases.read(tmp_path / name)


def test_own_cases_run_and_the_report_names_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("draft,must_keep\nYou were late on 3 May.,3 May\n,x\n")
    drafts = replace(SUITES["rewrite"], open=lambda _: Plain())
    done = runner.run([drafts], Plan(data=tmp_path / "mine.csv"), tmp_path)
    assert [item.status for item in done.items] == [Status.SCORED]
    told = page.page(done)
    assert "line 3: it lacks &#39;draft&#39;" in told
    assert "The drafts are your own, from mine.csv" in told
    assert "no draft is a real person" not in told


# --- labels and their agreement -------------------------------------------------------------------------


def test_kappa_is_cohens_and_its_range_holds_for_few_and_for_perfect_answers() -> None:
    yes, no = True, False
    pairs = [(yes, yes)] * 20 + [(yes, no)] * 5 + [(no, yes)] * 10 + [(no, no)] * 15
    found = kappa(pairs, range(50))
    assert found.value == pytest.approx(0.4)
    assert 0.05 < found.low < 0.2
    assert 0.6 < found.high < 0.7
    perfect = kappa([(yes, yes)] * 10 + [(no, no)] * 10, range(20))
    assert perfect.value == perfect.high == 1.0
    assert perfect.low < 0.75, "twenty answers are no certainty"
    assert kappa([(yes, yes)] * 10 + [(no, no)] * 10, [n // 4 for n in range(20)]).low < perfect.low
    assert isnan(kappa([(yes, yes)] * 9, range(9)).value), "chance explains that"
    assert isnan(kappa([], []).value)


def test_the_range_of_kappa_holds_the_truth_about_as_often_as_it_says() -> None:
    chance, held = random.Random(1), 0
    for _ in range(200):
        pairs = []
        for _ in range(30):
            first = chance.random() < 0.4
            pairs.append((first, first if chance.random() < 0.6 else chance.random() < 0.4))
        found = kappa(pairs, range(30))
        held += found.low <= 0.6 <= found.high
    assert 0.9 <= held / 200 <= 0.99


def test_a_person_who_differs_says_why_and_the_latest_answer_counts(run: Run, tmp_path: Path) -> None:
    question = next(q for q in labels.questions(run, "rewrite", "keeps") if not q.verdict)
    label = Label(*question.key, question.verdict, person=True, by="Ana")
    with pytest.raises(InputError, match="differs"):
        labels.keep(label, tmp_path)
    labels.keep(replace(label, reason="the time is there in words"), tmp_path)
    labels.keep(replace(label, person=False), tmp_path)
    (kept,) = labels.read(tmp_path)
    assert kept.person is False
    assert kept.at


def test_questions_bring_failed_and_passed_verdicts_by_turns_and_none_of_a_closed_split(run: Run) -> None:
    asked = labels.questions(run, "rewrite", "keeps")
    assert [q.verdict for q in asked[:4]] == [False, True, False, True]
    assert len(asked) == 10
    closed = replace(run, items=tuple(replace(item, closed=True) for item in run.items))
    assert labels.questions(closed, "rewrite", "keeps") == []


def test_the_report_tells_agreement_with_people_or_that_there_is_none_yet(run: Run) -> None:
    assert "Nobody has labelled verdicts" in page.page(run)
    asked = labels.questions(run, "rewrite", "keeps")
    people = [Label(*q.key, q.verdict, q.verdict, by="Ana") for q in asked]
    people[0] = replace(people[0], person=not people[0].person, reason=HOSTILE)
    told = page.page(run, people=people)
    assert "10 verdicts of this run were looked at by people" in told
    assert "calibrated against people" not in told
    assert "<script>alert" not in told
    (found,) = labels.agreement(run, people)
    assert (found.agreed.hits, found.agreed.n) == (9, 10)
    assert found.found.hits == found.found.n, "the scorer finds every fault that people see"


# --- several runs beside each other ---------------------------------------------------------------------


def test_subjects_stand_beside_each_other_on_the_same_cases(run: Run, tmp_path: Path) -> None:
    plain = replace(changed(run, {"c-1", "c-2"}, passed=False), subject="plain", items=changed(
        run, {"c-1", "c-2"}, passed=False).items[:9])  # fmt: skip
    told = side_by_side.html([run, plain, replace(run, subject="rules")])
    assert "The same 7 cases, 3 ways" in told, "only cases that all have scored"
    assert "plain (scripted) 3 of 7" in told
    assert "<script>alert" not in told
    for name, one in (("a", run), ("b", plain)):
        results.write(one, tmp_path / name)
    assert main(["eval", "compare", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path)]) == 0
    assert (tmp_path / side_by_side.FILE).is_file()
    with pytest.raises(InputError, match="no case in common"):
        side_by_side.html([run, many(3, 0)])


# --- the desk -------------------------------------------------------------------------------------------

CHILD = """
import shutil, sys, time
print("rewrite: 1 of 2, about 1 s left", flush=True)
time.sleep({seconds})
shutil.copy({result!r}, sys.argv[sys.argv.index("--out") + 1])
print("report: there", flush=True)
"""


def desk(home: Path, seconds: float = 0.0) -> Desk:
    """A desk whose runs are over quickly; what they do is what a run does: tell, write, end."""
    versions = {"models": [], "prompts": [], "versions": {}, "repeat": 1}
    facts = {**dict.fromkeys(("split", "setting", "knowledge", "prompts_hash", "code", "framework"), ""), **versions}
    results.write(replace(many(24, 3), facts=facts), home / "made")
    code = CHILD.format(result=str(home / "made" / results.FILE), seconds=seconds)
    return Desk(home, lambda words: [sys.executable, "-S", "-c", code, *words])


def until_ended(held: Desk) -> int:
    for _ in range(1200):
        state = held.state()
        if state is not None and state.code is not None:
            return state.code
        time.sleep(0.05)
    raise AssertionError("it did not end")


def test_a_run_is_started_watched_stopped_and_continued(tmp_path: Path) -> None:
    held = desk(tmp_path, 60)
    name = held.start(Asked("rewrite"))
    with pytest.raises(InputError, match="under way"):
        held.start(Asked("check"))
    with pytest.raises(InputError, match="under way"):
        held.delete(name)
    while not held.state().lines:
        time.sleep(0.02)
    assert "1 of 2" in evals_view.state_html(held.state(), WORDS)
    held.stop()
    assert "was stopped" in evals_view.state_html(held.state(), WORDS)
    assert held.one(name).done is None
    again = desk(tmp_path)
    again.go_on(name)
    assert until_ended(again) == 0
    assert "is done" in evals_view.state_html(again.state(), WORDS)
    assert len(again.run(name).items) == 24
    assert "It does not show that managers improve" in again.report(name)
    again.delete(name)
    assert name not in [kept.name for kept in again.runs()]


def test_a_run_that_fails_says_what_it_said(tmp_path: Path) -> None:
    held = Desk(tmp_path, lambda _: [sys.executable, "-c", f"print({HOSTILE!r}); raise SystemExit(4)"])
    held.start(Asked("rewrite"))
    assert until_ended(held) == 4
    told = evals_view.state_html(held.state(), WORDS)
    assert "ended early" in told
    assert "<script>" not in told


def test_own_cases_wait_until_they_run_and_lie_in_the_folder_of_their_run(tmp_path: Path) -> None:
    held = desk(tmp_path)
    token, cases = held.take("mine.csv", CSV.encode())
    assert len(cases.rows) == 1
    with pytest.raises(InputError, match=r"bad\.csv"):
        held.take("bad.csv", b"draft\n")
    token, _ = held.take("../mine.csv", CSV.encode())
    name = held.start(Asked("rewrite", quick=False), token, "../mine.csv")
    assert (held.folder / name / "cases" / "mine.csv").read_text() == CSV
    assert held.one(name).asked == Asked("rewrite", quick=False, data="mine.csv")
    held.close()
    assert not (held.folder / ".waiting").exists()


def test_reports_are_served_by_name_and_what_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    held = desk(tmp_path)
    results.write(run, held.folder / "one")
    results.write(changed(run, {"c-1"}, passed=False), held.folder / "two")
    app = FastAPI()
    evals_reports.offer(app, EvalsTab(WORDS, Uploads(), lambda: held))
    with TestClient(app) as client:
        assert "What changed" in client.get("/evals/report", params={"run": "two", "baseline": "one"}).text
        assert "2 ways" in client.get("/evals/comparison", params={"run": ["one", "two"]}).text
        assert client.get("/evals/items.csv", params={"run": "one"}).text.startswith("suite,id")
        for name in ("../one", "nothing", ""):
            assert client.get("/evals/report", params={"run": name}).status_code == 404


def test_nothing_from_a_run_or_a_file_is_markup_on_the_page(run: Run, tmp_path: Path) -> None:
    held = desk(tmp_path)
    results.write(run, held.folder / HOSTILE.replace("/", "|"))
    (question, *_) = labels.questions(run, "rewrite", "keeps")
    odd = replace(question.item, outcomes={"keeps": Outcome(False, reasons=(HOSTILE,))})
    cases = own_cases.OwnCases(({"id": "1"},), (own_cases.Refused(3, HOSTILE),), (HOSTILE,))
    pages = [
        evals_view.runs_html(held.runs(), WORDS),
        evals_view.question_html(question, WORDS),
        evals_view.verdict_html(labels.Question(odd, question.card), WORDS),
        evals_view.cases_html(HOSTILE, cases, WORDS),
    ]
    for told in pages:
        assert not re.search(r"<(?:img|script)", told)
        assert "&lt;img" in told


# --- in a browser ---------------------------------------------------------------------------------------


@pytest.fixture
def watched(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    held = desk(tmp_path, 2.5)
    results.write(run, held.folder / "2026-05-01 10.00.00 rewrite product quick")
    results.write(changed(run, {"c-1", "c-2"}, passed=False), held.folder / "2026-05-02 10.00.00 rewrite product quick")
    monkeypatch.setattr("assistant.web.evals_tab._desk_at_home", lambda: held)
    with served(coach_with()) as url:
        yield url


def pictured(view: Any, name: str) -> None:
    """Leave a picture of the page at the width of a desk and of a phone, to be looked at."""
    for size, room in SIZES.items():
        view.set_viewport_size(room)
        picture(view, name if size == "desk" else f"{name}-{size}", docs=size == "desk" and name == "evals")


def choose(view: Any, field: str, name: str) -> None:
    """Choose in a list; one that was open before may still be closing, and the one just opened comes last."""
    view.locator(f"{field} input").click()
    view.get_by_role("option", name=name).last.click()


def compares(view: Any, expect: Any) -> None:
    """Choose two runs, see which verdicts were lost, and open them side by side."""
    view.locator("#evals-compare > button").click()
    for side, day in (("before", "2026-05-01"), ("after", "2026-05-02")):
        choose(view, f"#evals-{side}", day)
    view.locator("#evals-compare-go").click()
    expect(view.locator("#evals-comparison")).to_contain_text("2 verdicts lost, 0 gained")
    expect(view.locator("#evals-comparison")).to_contain_text("rewrite c-1: keeps")
    with view.expect_popup() as beside:
        view.locator("#evals-comparison").get_by_role("link", name=WORDS("evals.compare.beside")).click()
    expect(beside.value.locator("h1")).to_contain_text("2 ways")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_a_trainer_runs_compares_uploads_and_labels(watched: str, tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    expect = sync_api.expect
    (tmp_path / "mine.csv").write_text("id,draft\n1,You were late on 3 May.\n2,\n")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 375, "height": 812})
        view.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        view.goto(watched)
        view.get_by_role("tab", name=WORDS("tabs.rewrite")).wait_for(timeout=60_000)
        view.wait_for_timeout(500)
        tab = view.get_by_role("tab", name=WORDS("tabs.evals"))
        if not tab.count():  # a narrow screen keeps it behind the button for more
            view.get_by_label("More tabs").click()
            tab = view.locator("#bc-tabs button").filter(has_text=WORDS("tabs.evals")).last
        tab.click()
        runs = view.locator("#evals-runs")
        expect(runs).to_contain_text("7 of 10 clean")
        view.locator("#evals-start").click()
        expect(view.locator("#evals-state")).to_contain_text("1 of 2")
        expect(view.locator("#evals-state")).to_contain_text("is done")
        expect(runs).to_contain_text("21 of 24 clean")
        view.locator("#evals-own > button").click()
        view.locator("#evals-own input[type=file]").set_input_files(tmp_path / "mine.csv")
        expect(view.locator("#evals-cases")).to_contain_text("line 3: it lacks 'draft'")
        expect(view.locator("#evals-cases")).to_contain_text("1 draft can be run")
        compares(view, expect)
        pictured(view, "evals")
        view.locator("#evals-compare > button").click()
        view.locator("#evals-label > button").click()
        choose(view, "#evals-label-run", "2026-05-02")
        expect(view.locator("#evals-label-scorer input")).to_have_value("rewrite: respectful")
        view.locator("#evals-label-begin").click()
        expect(view.locator("#evals-label-item")).to_contain_text("respectful: No label.")
        view.locator("#evals-label-yes").click()
        expect(view.locator("#evals-label-agreement")).to_contain_text("1 labelled, 9 left")
        view.locator("#evals-label-no").click()
        expect(view.locator("#evals-label-verdict")).to_contain_text("The scorer says: yes")
        view.locator("#evals-label-keep").click()
        expect(view.locator("#evals-label-trouble")).to_contain_text("Say in a few words why")
        view.locator("#evals-label-reason textarea, #evals-label-reason input").first.fill("It calls them slow.")
        view.locator("#evals-label-keep").click()
        expect(view.locator("#evals-label-agreement")).to_contain_text("1 of 2 alike")
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing runs out of a phone"
        assert view.locator("#evals-runs li > div").first.bounding_box()["width"] > 300, "a name breaks word by word"
        pictured(view, "evals-labelled")
        with view.expect_popup() as opened:
            runs.get_by_role("link", name=WORDS("evals.report")).nth(1).click()
        expect(opened.value.locator("h1")).to_contain_text("What this run showed")
        browser.close()
