"""Claims about eval runs: what they keep, how they are compared, gated and shown. Subjects are plain functions."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.commands.cli import main
from assistant.errors import InputError, UnreadableReply
from evals import bench_kills, compare, figures, gate, page, results, runner, statistics, summary
from evals.results import Card, Item, Outcome, Run, Spent, Status
from evals.suite import Answer, Case, Judged, Plan, Suite, read_rows
from evals.suites import SUITES, chosen
from evals.verdicts import UnreadableResultError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).resolve().parents[1]
HOSTILE = '<img src=x onerror="alert(1)"> <script>alert(2)</script> {{ 7 * 7 }} </pre> & "quoted"'
CARDS = (
    Card("respectful", "tone", "No label."),
    Card("framework", "framework", "Elements."),
    Card("element.impact", "element", "What followed."),
    Card("keeps", "facts", "Every fact.", decides=True),
    Card("route", "facts", "The person.", decides=True, shares="takes the product's word"),
    Card("words", "form", "Words.", counts=True),
)


class Plain:
    """A subject that a test wrote."""

    def __init__(self, asked: Path | None = None, slow: float = 0.0) -> None:
        self._asked, self._slow = asked, slow

    def answer(self, case: Case) -> Answer:
        if self._asked:
            with self._asked.open("a") as file:
                file.write(case.id + "\n")
        time.sleep(self._slow)
        if case.id == "c-3":
            raise UnreadableReply("The answer is no JSON.")
        usage = {"calls": 1, "prompt": 10, "cached": 4, "completion": 5}
        return {"message": f"{case.given} rewritten", "usage": usage, "model": "scripted", "prompts": ["plain@1"]}

    def close(self) -> None:
        return


def judge(case: Case, answer: Answer, _: Plan) -> Judged:
    if case.id == "c-4":
        raise UnreadableResultError("the rewrite has no message")
    good = int(case.id.split("-")[1]) % 5 != 0
    outcomes = {
        "respectful": Outcome(True),
        "framework": Outcome(good, 1.0 if good else 0.5, () if good else ("What followed.",)),
        "element.impact": Outcome(good),
        "keeps": Outcome(good, reasons=() if good else ("“9:15” is missing",)),
        "words": Outcome(None, 12.0),
    }
    return Judged(outcomes, str(answer["message"]), ({"text": "a", "kind": "observation", "fate": "kept",
                                                      "becomes": "a", "why": "", "origin": "draft"},))  # fmt: skip


def suite(count: int = 12, subject: Plain | None = None, given: str = "Draft") -> Suite:
    def cases(_: Plan) -> list[Case]:
        return [
            Case(f"c-{n}", f"s-{n // 2}", f"{given} {n}", {}, {"job": f"job {n % 3}", "fault": "label, threat"})
            for n in range(count)
        ]

    return Suite("rewrite", "Is it fair?", ("product",), lambda _: CARDS, cases, lambda _: subject or Plain(), judge)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return runner.run([suite(given=HOSTILE)], Plan(), tmp_path_factory.mktemp("run"))


def changed(run: Run, ids: set[str], *, passed: bool) -> Run:
    def one(item: Item) -> Item:
        if item.id not in ids or item.status is not Status.SCORED:
            return item
        return replace(item, outcomes={**item.outcomes, "keeps": Outcome(passed, reasons=("changed",))})

    return replace(run, items=tuple(one(item) for item in run.items))


def many(count: int, failing: int) -> Run:
    items = tuple(Item("rewrite", f"i-{n}", f"s-{n}", outcomes={"keeps": Outcome(n >= failing)}) for n in range(count))
    return Run("product", ("rewrite",), False, "2026-01-01T00:00:00+00:00", {}, {"rewrite": (CARDS[3],)}, items)


# -- a run ----------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_unscored_counted_and_never_zero(run: Run) -> None:
    of = figures.suite_figures(run, "rewrite")
    assert {item.id for item in of.unscored} == {"c-3", "c-4"}
    assert (of.scored, of.hits) == (10, 7)
    assert all(not item.outcomes for item in of.unscored)


def test_a_run_survives_being_written_and_read(run: Run, tmp_path: Path) -> None:
    results.write(run, tmp_path)
    read = results.read(tmp_path)
    assert json.dumps(results.as_json(read)) == json.dumps(results.as_json(run))
    assert results.read(tmp_path / "run.json") == results.read(tmp_path)


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"form": 99}', '{"form": 1}'):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(InputError, match=r"run\.json"):
            results.read(tmp_path)
    with pytest.raises(InputError, match="no run"):
        results.read(tmp_path / "nowhere")


def test_the_table_has_a_line_per_item_and_starts_no_formula(run: Run) -> None:
    odd = replace(run, items=(replace(run.items[0], id="=1+1", situation="@x"), *run.items[1:]))
    lines = results.as_csv(odd).splitlines()
    assert len(lines) == len(run.items) + 1
    assert "'=1+1" in lines[1]
    assert "'@x" in lines[1]


def test_the_facts_of_a_run_name_model_prompts_knowledge_and_versions(run: Run) -> None:
    assert run.facts["models"] == ["scripted"]
    assert run.facts["prompts"] == ["plain@1"]
    assert {"knowledge", "code", "versions", "split", "framework"} <= set(run.facts)
    assert run.items[0].spent.completion == 5


def test_repeats_are_averaged_and_what_wavers_is_flaky(run: Run) -> None:
    twice = replace(run.items[1], epoch=2, outcomes={**run.items[1].outcomes, "keeps": Outcome(False)})
    of = figures.suite_figures(replace(run, items=(*run.items, twice)), "rewrite")
    assert of.flaky == ("c-1",)
    assert of.scored == 10
    assert of.clean.value == pytest.approx(0.65)


def test_power_is_told_before_a_run() -> None:
    assert "12 cases; a difference of 40% would be seen" in summary.power(suite(), Plan())
    assert "breakage alone" in summary.power(suite(), Plan(quick=True))


def test_a_suite_that_cannot_measure_a_subject_says_so() -> None:
    with pytest.raises(InputError, match="cannot measure plain"):
        chosen("practice", "plain")
    with pytest.raises(InputError, match="no such suite"):
        chosen("nonsense", "product")
    assert {one.name for one in chosen("all", "plain")} == {"rewrite", "safety", "fairness"}
    assert set(SUITES) == {"rewrite", "check", "practice", "debrief", "knowledge", "safety", "fairness"}


def test_a_broken_row_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"id": "a", "draft": "x"}\n\n{"id": "b"}\n')
    with pytest.raises(InputError, match=r"mine\.jsonl, line 3.*draft"):
        read_rows(path, ("id", "draft"))


def test_a_run_leaves_the_logs_of_the_program_as_it_found_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = logging.getLogger()
    found = program.level, program.handlers[:]
    code = f"""
import logging, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(message)s", force=True)
from evals import runner
from evals.suite import Plan
import test_eval_runs as claims
found = logging.root.level, logging.root.handlers[:]
from pathlib import Path
runner.run([claims.suite(2)], Plan(), Path("out"))
assert (logging.root.level, logging.root.handlers) == found
logging.getLogger("assistant").warning("told all the same")
"""
    env = {**os.environ, "BENCHCOACH_HOME": str(tmp_path)}  # inspect does it once a process, so in one of its own
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert (shown.returncode, shown.stdout) == (0, "told all the same\n"), shown.stderr
    runner.run([suite(2)], Plan(), tmp_path / "here")
    assert (program.level, program.handlers) == found
    logging.getLogger("assistant").warning("told here too")
    assert "told here too" in caplog.text


# -- killed and run again -------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from evals import results, runner
from evals.suite import Plan
import test_eval_runs as claims
folder = Path(sys.argv[1])
done = runner.run([claims.suite(int(sys.argv[2]), claims.Plain(folder / "asked", 0.05))], Plan(), folder / "out")
results.write(done, folder / "out")
"""


def start(folder: Path, cases: int) -> subprocess.Popen[bytes]:
    code = KILLED.format(root=str(ROOT), tests=str(ROOT / "tests"))
    env = {**os.environ, "BENCHCOACH_HOME": str(folder / "home")}
    return subprocess.Popen([sys.executable, "-c", code, str(folder), str(cases)], env=env, cwd=folder,
                            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip


@pytest.mark.alone
def test_a_run_killed_at_random_points_ends_like_one_that_was_not(tmp_path: Path) -> None:
    found = bench_kills.killed(tmp_path, kills=3, seed=3)
    assert found.holds, found
    assert found.items == 12
    assert found.kept >= 1, "where nothing was kept nothing was continued"


def test_a_resumed_run_that_differs_is_told(run: Run) -> None:
    asked = Counter({item.id: 1 for item in run.items})
    assert bench_kills.compared(run, run, asked, 1).holds
    lost = replace(run, items=run.items[1:])
    assert not bench_kills.compared(changed(run, {"c-1"}, passed=False), run, asked, 1).holds
    assert bench_kills.compared(lost, run, asked, 1).differing == ("c-0 1",)
    assert not bench_kills.compared(run, run, asked + Counter({"c-1": 2}), 1).holds, "more than one answer paid twice"
    free = replace(run, items=tuple(replace(item, reused=True, spent=Spent()) for item in run.items))
    assert "c-1" in bench_kills.compared(free, run, asked, 1).unpriced


def test_a_run_that_a_person_stops_goes_no_further_and_can_be_continued(tmp_path: Path) -> None:
    process = start(tmp_path, 30)
    while not (tmp_path / "asked").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) != 0
    assert not (tmp_path / "out" / "run.json").exists(), "a stopped run has no result"
    assert start(tmp_path, 30).wait() == 0
    assert len(results.read(tmp_path / "out").items) == 30


def test_a_case_costs_little_more_than_its_answer(tmp_path: Path) -> None:
    began = time.process_time()
    runner.run([suite(60)], Plan(), tmp_path)
    assert (time.process_time() - began) / 60 < 0.1, "a rewrite takes seconds; five per cent of one is this much"


# -- comparing and gating ---------------------------------------------------------------------------


def test_the_same_run_twice_is_undecided_and_passes_where_it_is_large_enough() -> None:
    run = many(120, 12)
    verdict = gate.gate(run, run)
    assert verdict.code is gate.Code.PASS, verdict.reasons
    assert [change.claim.value for change in verdict.comparison.claimed] == ["undecided"]


def test_many_lost_items_fail_and_are_named() -> None:
    verdict = gate.gate(many(120, 40), many(120, 12))
    assert verdict.code is gate.Code.FAIL
    assert "clean is worse" in gate.text(verdict)
    lost = [item for item in verdict.comparison.items if not item.gained]
    assert len(lost) == 28


def test_a_small_run_decides_nothing() -> None:
    run = many(8, 1)
    assert gate.gate(run, run).code is gate.Code.UNDECIDED


def test_a_quick_run_in_which_nothing_was_lost_passes_however_small_it_is() -> None:
    run = replace(many(8, 1), quick=True)
    assert gate.gate(run, run).code is gate.Code.PASS
    assert gate.gate(replace(many(8, 2), quick=True), run).code is gate.Code.UNDECIDED


def test_a_lost_safety_verdict_fails_whatever_the_average_does() -> None:
    card = Card("obeys_nothing", "safety", "Nothing.", decides=True)

    def safety(failing: int) -> Run:
        run = many(200, 0)
        items = tuple(
            replace(item, suite="safety", outcomes={"obeys_nothing": Outcome(n >= failing)})
            for n, item in enumerate(run.items)
        )
        return replace(run, suites=("safety",), cards={"safety": (card,)}, items=items)

    verdict = gate.gate(safety(1), safety(0))
    assert verdict.code is gate.Code.FAIL
    assert "safety i-0 lost obeys_nothing" in verdict.reasons


def test_too_many_unscored_are_undecided() -> None:
    run = many(120, 12)
    holes = tuple(replace(i, status=Status.UNSCORED, outcomes={}) if n < 10 else i for n, i in enumerate(run.items))
    verdict = gate.gate(replace(run, items=holes), run)
    assert verdict.code is gate.Code.UNDECIDED
    assert any("could not be scored" in reason for reason in verdict.reasons)


def test_a_quick_run_never_claims_better_and_still_claims_worse() -> None:
    good, bad = many(120, 5), many(120, 40)
    assert compare.compare(bad, good).claimed[0].claim.value == "better"
    quick = compare.compare(bad, replace(good, quick=True))
    assert quick.claimed[0].claim.value == "undecided"
    assert "a quick run never claims better" in compare.text(quick)
    assert compare.compare(good, replace(bad, quick=True)).claimed[0].claim.value == "worse"


def test_what_differs_between_two_runs_is_told(run: Run) -> None:
    other = replace(changed(run, {"c-1"}, passed=False), subject="rules", facts={**run.facts, "knowledge": "other"})
    found = compare.compare(run, other)
    assert set(found.explains) == {"subject", "knowledge"}
    assert [(item.id, item.scorer, item.gained) for item in found.items] == [("c-1", "keeps", False)]


# -- the page ---------------------------------------------------------------------------------------


def test_the_page_opens_with_tone_and_framework_in_plain_words(run: Run) -> None:
    told = page.page(run)
    start = re.sub(r"<[^>]+>", " ", told[told.index("<body>") : told.index("Every suite")])
    assert "7 of 10 clean, plausibly" in start
    assert "It does not show that managers improve" in start
    assert "2 unscored" in start
    assert start.index("Tone") < start.index("Framework adherence")


def test_the_page_says_who_was_asked_when_and_what_clean_means_without_a_program_s_words(run: Run) -> None:
    told = page.page(run, replace(run, subject="rules", facts={**run.facts, "models": []}))
    assert "Clean means that every mark that decides is met" in told
    assert "the product, scripted, on " in told
    assert "models (none → scripted)" in told
    assert "The baseline is the product without a model, on " in told
    assert not re.search(r"\[&#39;|\d{4}-\d\d-\d\dT|\{&#39;", told), "no list, moment or mapping as a program writes it"
    assert page.when("2026-05-03T07:05:00+00:00") == "3 May 2026, 07:05 UTC"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_what_failed_is_open_on_paper_and_closed_on_a_screen(run: Run, tmp_path: Path, visit: Any) -> None:
    view = visit().page
    view.goto(page.write(run, tmp_path).as_uri())
    seen = "id => document.querySelector(`#${id} pre`).checkVisibility({contentVisibilityAuto: true})"
    assert not view.evaluate(seen, "rewrite-c-0-1")
    view.emulate_media(media="print")
    view.wait_for_function(seen, arg="rewrite-c-0-1")
    assert not view.evaluate(seen, "rewrite-c-1-1"), "what is clean would be a hundred pages"


def test_a_change_is_never_more_than_all_of_it_and_none_has_no_range() -> None:
    found = statistics.paired([1.0] * 3, [0.0, 1.0, 1.0], range(3), binary=True)
    assert compare.points(found) == "-33 points, plausibly -100 to +84"
    same = compare.compare(many(3, 0), many(3, 0)).claimed[0]
    assert compare.sentence(same, quick=False) == "rewrite clean: 100% -> 100% (n = 3): undecided, no item moved"


def test_each_swap_of_people_stands_by_itself_and_what_leaves_out_zero_is_marked(run: Run) -> None:
    def pair(swap: str, n: int, hedges: float) -> Item:
        outcomes = {name: Outcome(None, 0.0) for name in ("directness", "length", "agency", "request", "noise")}
        outcomes["hedges"] = Outcome(None, hedges)
        return Item("fairness", f"{swap}-{n}", f"s-{n}", slices={"kind": "swap", "swap": swap}, outcomes=outcomes)

    items = [pair("Jamal for Greg", n, 1.0 + n % 2) for n in range(8)]
    items += [pair("woman for man", n, (-1.0) ** n) for n in range(8)]
    cards = {"fairness": SUITES["fairness"].cards(Plan())}
    told = page.page(replace(run, suites=("fairness",), cards=cards, items=tuple(items)))
    rows = {
        name: told[told.index(f"<td>{name}</td>") :].split("</tr>")[0] for name in ("Jamal for Greg", "woman for man")
    }
    assert rows["Jamal for Greg"].count('class="n bad"') == 1
    assert "n bad" not in rows["woman for man"], "differences in both directions"


def test_the_page_is_one_file_that_asks_nothing_of_the_network(run: Run) -> None:
    told = page.page(run)
    assert not re.search(r"<(?:script|link|iframe|object|form)\b", told.replace("&lt;", ""), re.IGNORECASE)
    assert not re.search(r"(?:src|href)=[\"'](?!#)", re.sub(r"&#34;|&lt;img[^&]*", "", told))
    assert "default-src 'none'" in told


def test_nothing_from_a_draft_is_markup(run: Run) -> None:
    told = page.page(run)
    assert "<script>alert" not in told
    assert "<img" not in told
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in told or "&lt;script&gt;" in told
    assert "{{ 7 * 7 }}" in told.replace("</ins>", "").replace("<ins>", "")


def test_the_page_shows_failures_first_with_difference_and_ledger(run: Run) -> None:
    told = page.page(run)
    failures = told[told.index('id="failures"') :]
    assert failures.index("c-0") < failures.index("Clean rewrites")
    assert "“9:15” is missing" in failures
    assert "<ins>" in failures
    assert "Where each clause went" in failures


def test_scorers_that_share_with_the_product_are_marked(run: Run) -> None:
    routed = replace(run.items[1], outcomes={**run.items[1].outcomes, "route": Outcome(True)})
    told = page.page(replace(run, items=(run.items[0], routed, *run.items[2:])))
    assert "† takes the product&#39;s word." in told


def test_a_closed_split_shows_figures_and_no_text(run: Run) -> None:
    closed = replace(run, items=tuple(replace(item, closed=True) for item in run.items))
    told = page.page(closed)
    assert "7 of 10 clean" in told
    assert "rewritten" not in told
    assert "closed split" in told
    assert "rewritten" in page.page(closed, read_closed=True)


def test_the_page_shows_what_changed_since_a_baseline(run: Run) -> None:
    told = page.page(changed(run, {"c-1", "c-2"}, passed=False), run)
    assert "What changed since the baseline" in told
    assert "2 verdicts lost" in told


def test_the_difference_word_by_word_gives_both_texts_back() -> None:
    draft, message = "You are lazy. You were 10 minutes late.", "You were 10 minutes late. What happened?"
    found = page.pieces(draft, message)
    assert "".join(p.text for p in found if p.sign != "new") == draft
    assert "".join(p.text for p in found if p.sign != "gone") == message


# -- the command line -------------------------------------------------------------------------------


def test_compare_report_and_gate_on_the_command_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    results.write(many(120, 12), one)
    results.write(many(120, 40), two)
    assert main(["eval", "compare", str(one), str(two)]) == 0
    assert "rewrite clean: 90% -> 67%" in capsys.readouterr().out
    assert main(["eval", "compare", str(one), str(two), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["common"] == 120
    assert main(["eval", "gate", str(two), "--baseline", str(one)]) == 1
    assert main(["eval", "gate", str(one), "--baseline", str(one)]) == 0
    results.write(run, tmp_path / "three")
    assert main(["eval", "gate", str(tmp_path / "three"), "--baseline", str(tmp_path / "three")]) == 3
    assert main(["eval", "report", str(tmp_path / "three")]) == 0
    assert (tmp_path / "three" / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert (tmp_path / "three" / "items.csv").exists()


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evals.compare", None)
    from assistant.errors import SettingsError

    with pytest.raises(SettingsError, match=r"benchcoach\[evals\]"):
        main(["eval", "compare", "a", "b"])
