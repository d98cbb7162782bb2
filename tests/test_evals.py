"""Claims about the rewrite task: what is unscored, what is told, that a killed run goes on.

The subjects are scripted models or plain functions; no weights are needed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assistant.domain import Usage
from assistant.errors import InputError, SettingsError, UnreadableReply
from assistant.models.llm import Scripted
from evals import bench, logging_kept, report
from evals.subjects import Prompted, open_subject

ROOT = Path(__file__).resolve().parents[1]

ROWS: list[dict[str, Any]] = [
    {
        "id": f"t-{index}",
        "split": "dev",
        "draft": f"You are lazy. You were {index} minutes late on Monday.",
        "must_keep": [f"{index} minutes", "Monday"],
        "must_drop": ["lazy"],
        "no_fact": False,
        "pattern": "none",
        "route": None,
    }
    for index in range(11, 17)
]


def result(row: Mapping[str, Any], message: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "message": message,
        "say": message,
        "pattern": {"name": "none"},
        "route": None,
        "ledger": [{"origin": "model"}, {"origin": "fallback"}],
        "origin": "model",
        "usage": {"calls": 1, "prompt": 100, "cached": 60, "completion": 20},
        "seconds": 2.0,
    }


def sound(row: Mapping[str, Any]) -> dict[str, Any]:
    return result(row, row["draft"].replace("You are lazy. ", ""))


def answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Clean, unclean, unreadable, not a rewrite, and an error of the run, one row each; then clean."""
    match row["id"]:
        case "t-12":
            return result(row, "You were 99 minutes late on Monday.")
        case "t-13":
            raise UnreadableReply("The model's answer is no JSON.")
        case "t-14":
            return {"id": row["id"], "message": ""}
        case "t-15":
            raise RuntimeError("the engine went away")
    return sound(row)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from inspect_ai import eval as run_eval

    from evals.rewrite import build

    folder = tmp_path_factory.mktemp("logs")
    task = build(ROWS, answer, "scripted")
    with logging_kept.kept():
        (log,) = run_eval(task, model=None, display="none", log_dir=str(folder), fail_on_error=False, ctl_server=False)
    return log


def metrics(log: Any, scorer: str) -> Any:
    return next(score for score in log.results.scores if score.name == scorer)


def test_a_reply_that_cannot_be_read_is_unscored_not_zero(log: Any) -> None:
    clean = metrics(log, "clean")
    assert (clean.scored_samples, clean.unscored_samples) == (3, 2)
    assert clean.metrics["share"].value == pytest.approx(2 / 3)
    assert 0.2 < clean.metrics["low"].value < 2 / 3 < clean.metrics["high"].value < 0.95


def test_a_failure_of_the_run_is_an_error_and_no_verdict(log: Any) -> None:
    errors = [sample.id for sample in log.samples if sample.error]
    assert errors == ["t-15"]
    assert all("clean" not in (s.scores or {}) for s in log.samples if s.error)


def test_the_log_keeps_the_whole_rewrite_and_the_reasons(log: Any) -> None:
    sample = next(sample for sample in log.samples if sample.id == "t-12")
    assert sample.store["rewrite"]["message"] == "You were 99 minutes late on Monday."
    assert sample.scores["clean"].value == 0.0
    assert set(sample.scores["clean"].metadata) == {"keeps", "numbers"}
    assert sample.output.completion == "You were 99 minutes late on Monday."


def test_figures_have_medians_and_verdicts_shares(log: Any) -> None:
    assert metrics(log, "seconds").metrics["median"].value == 2.0
    assert metrics(log, "prompt_uncached").metrics["median"].value == 40.0
    assert metrics(log, "own_rows").metrics["median"].value == 0.5
    assert metrics(log, "drops").metrics["share"].value == 1.0
    assert metrics(log, "asks").unscored_samples == 6 - 1  # no row of the set needs a question; one was not run


# -- the report -------------------------------------------------------------------------------


def items() -> list[report.Item]:
    judged = [report.item(row, sound(row)) for row in ROWS[:3]]
    judged.append(report.item(ROWS[3], result(ROWS[3], "```\n<b>You</b> are lazy.")))
    judged.append(report.item(ROWS[4], None, unreadable="The model's answer is no JSON."))
    judged.append(report.item(ROWS[5], None, error="the engine went away"))
    return judged


def test_the_summary_counts_unscored_and_errors_apart_from_unclean() -> None:
    facts = report.summary(items())
    assert facts["clean"]["hits"] == 3
    assert facts["clean"]["n"] == facts["scored"] == 4
    assert facts["unscored"] == ["t-15"]
    assert facts["errors"] == ["t-16"]
    assert facts["origin_rows"] == {"model": 4, "fallback": 4}
    assert facts["origin_messages"] == {"model": 4}
    assert facts["median_tokens"] == {"uncached": 40.0, "cached": 60.0, "completion": 20.0}
    json.dumps(facts)


def test_the_text_opens_with_the_count_and_its_interval() -> None:
    told = report.text(items(), "rewrite, dev, scripted")
    assert told.startswith("rewrite, dev, scripted: clean 3 of 4 (75%, plausibly 30% to 95%)")
    assert "unscored (could not be read): 1: t-15" in told


def test_the_report_to_read_shows_draft_and_message_side_by_side() -> None:
    told = report.markdown(items(), "title")
    assert "### keeps: 1" in told
    assert "t-14  “14 minutes” is missing; “Monday” is missing" in told
    beside = next(line for line in told.splitlines() if line.startswith("You are lazy. You were 11"))
    assert beside.endswith("| You were 11 minutes late on Monday.")


def test_text_of_a_model_cannot_leave_its_fence() -> None:
    told = report.markdown(items(), "title")
    start = told.index("### t-14")
    block = told[start : told.index("### t-15")]
    assert block.count("````") == 2
    assert block.index("````") < block.index("<b>") < block.rindex("````")


def test_a_closed_split_shows_no_draft_and_no_phrase_of_one() -> None:
    told = report.closed(items(), "rewrite, test, scripted")
    assert "3 of 4" in told
    assert "late on Monday" not in told
    assert "14 minutes" not in told


def test_a_report_on_nothing_says_so() -> None:
    assert "clean 0 of 0" in report.text([], "title")


# -- subjects ---------------------------------------------------------------------------------


def test_a_plain_prompt_gives_its_reply_as_the_message() -> None:
    subject = Prompted(Scripted(["  You were late. \n"]), "eval_plain", form=False)
    given = subject.answer(ROWS[0])
    assert given["message"] == "You were late."
    assert given["route"] is None
    assert given["prompts"][0].startswith("eval_plain@")
    assert Usage(**given["usage"]).calls >= 0
    assert report.item(ROWS[0], given).result is not None


def test_the_examples_subject_reads_message_pattern_and_route() -> None:
    reply = json.dumps({"message": "You were late.", "pattern": "abdication", "route": "hr"})
    given = Prompted(Scripted([reply]), "eval_examples", form=True).answer(ROWS[0])
    assert (given["pattern"], given["route"]) == ({"name": "abdication"}, {"to": "hr"})


@pytest.mark.parametrize("reply", ["no JSON", "[]", '{"message": 3}', '{"message": "", "route": "none"}',
                                   '{"message": "Hi", "route": "court"}'])  # fmt: skip
def test_a_form_that_cannot_be_read_is_unreadable(reply: str) -> None:
    with pytest.raises(UnreadableReply):
        Prompted(Scripted([reply]), "eval_examples", form=True).answer(ROWS[0])


def test_a_subject_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(SettingsError, match=r"nonsense.*product"):
        open_subject("nonsense")


def test_a_broken_data_set_is_named(tmp_path: Path) -> None:
    from evals.rewrite import read_rows

    for text in ("{", "[]", '{"id": "x"}', ""):
        (tmp_path / "mine.jsonl").write_text(text, "utf-8")
        with pytest.raises(InputError, match=r"mine\.jsonl"):
            read_rows("dev", tmp_path / "mine.jsonl")


# -- the benchmark ----------------------------------------------------------------------------


def test_the_raw_twin_makes_as_many_calls_of_as_many_tokens() -> None:
    model = Scripted(lambda _: "1 2 3")
    seconds, spent = bench._raw(model, Usage(calls=4, prompt=2400, cached=2000, completion=80), slots=2)
    assert seconds is not None
    assert [call.max_tokens for call in model.calls] == [20] * 4
    lengths = [len(str(call.messages[0].content).split()) for call in model.calls]
    assert all(60 <= length <= 100 for length in lengths)
    assert len({call.messages[0].content for call in model.calls}) == 4, "nothing may be cached"
    assert spent.completion >= 0


def test_a_rewrite_without_a_model_has_no_raw_twin() -> None:
    assert bench._raw(Scripted([]), Usage(), slots=2) == (None, Usage())


def test_the_table_shows_medians_beside_their_aims() -> None:
    draft = {"words": 60, "findings": 0.02, "first_row": 2.0, "whole": 12.0, "raw": 8.0, "ratio": 1.5}
    usage = {"calls": 6, "prompt": 1000, "cached": 700, "completion": 120}
    slow = draft | {"whole": 20.0, "first_row": None, "ratio": 2.5}
    drafts = [one | {"usage": usage, "raw_usage": usage} for one in (draft, draft, slow)]
    told = bench.table(
        {
            "model": "m", "cores": 2, "slots": 2, "drafts": drafts, "start_seconds": 1.0,
            "check_process_seconds": [0.2], "peak_megabytes": 1500.0,
        }
    )  # fmt: skip
    lines = {line[:34].strip(): line[34:].split() for line in told.splitlines()[2:]}
    assert lines["whole rewrite, s"] == ["12.0", "12.0", "20.0", "<", "15"]
    assert lines["product / raw server"] == ["1.50", "1.50", "2.50"]
    assert lines["prompt tokens, not cached"] == ["300", "300", "300"]


def test_memory_is_that_of_the_process_and_its_children() -> None:
    with bench.Memory() as alone:
        pass
    hog = "import time; hold = bytearray(200_000_000); time.sleep(1.2)"
    with bench.Memory() as memory:
        subprocess.run([sys.executable, "-c", hog], check=True)
    assert memory.peak > alone.peak + 150_000_000


# -- killed and run again ---------------------------------------------------------------------

KILLED = """
import os, socket, sys
from pathlib import Path
from evals import run, subjects
import tests.test_evals as claims

folder, die_at = Path(sys.argv[1]), int(sys.argv[2])
def refuse(*_): raise AssertionError("a run must not look outside")
socket.getaddrinfo = socket.create_connection = refuse

class Counted:
    def answer(self, row):
        with (folder / "asked").open("a") as asked: asked.write(row["id"] + "\\n")
        if len((folder / "asked").read_text().split()) == die_at: os._exit(9)
        if row["id"] == "t-16" and not (folder / "well").exists(): raise RuntimeError("the engine went away")
        return claims.sound(row)
    def close(self): pass

subjects.OPENERS["counted"] = lambda *_: Counted()
data, out = str(folder / "rows.jsonl"), str(folder / "out")
sys.exit(run.main(["--subject", "counted", "--data", data, "--out", out]))
"""


def run_killed_at(folder: Path, sample: int) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"BENCHCOACH_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", KILLED, str(folder), str(sample)]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.alone
def test_a_killed_run_goes_on_where_it_stopped_and_asks_nothing_outside(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS)
    (tmp_path / "rows.jsonl").write_text(lines, "utf-8")
    first = run_killed_at(tmp_path, 3)
    assert first.returncode == 9, first.stderr
    second = run_killed_at(tmp_path, 0)
    assert second.returncode == 1, "one draft could not be run"
    assert "t-16  RuntimeError('the engine went away')" in second.stdout, second.stdout[-2000:]
    (tmp_path / "well").touch()
    third = run_killed_at(tmp_path, 0)
    assert third.returncode == 0, third.stderr
    assert "clean 6 of 6" in third.stdout
    asked = Counter((tmp_path / "asked").read_text().split())
    # The third was under way when the run died, the last failed once; nothing else is paid for twice.
    assert asked == {"t-11": 1, "t-12": 1, "t-13": 2, "t-14": 1, "t-15": 1, "t-16": 2}
    facts = json.loads((tmp_path / "out" / "dev-counted.json").read_text())
    assert facts["clean"]["hits"] == facts["items"] == len(ROWS)
    assert "late on Monday" in (tmp_path / "out" / "dev-counted.md").read_text()
