"""Claims about the command line: what it prints where, what it returns, and how it ends when disturbed."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from assistant.__main__ import main
from assistant.coach import Coach
from assistant.commands import cli
from assistant.domain import Context, Draft
from assistant.errors import ModelTimeout
from assistant.formats import intake
from assistant.models.llm import Request, Scripted
from assistant.settings import Settings

SCHEMAS = Path(__file__).resolve().parent.parent / "assistant" / "schemas"
DRAFT = "On 3 May you came at 9:20.\nYou are lazy and you never listen."
CLEAN = "On 3 May you came at 9:20. We had agreed on 9:00. What happened?"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "assistant", *arguments]


def run(*arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a person does, in a process of its own."""
    return subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env=env or dict(os.environ),
    )


def valid(name: str, value: object) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator)


@pytest.fixture
def draft(tmp_path: Path) -> str:
    path = tmp_path / "draft.txt"
    path.write_text(DRAFT, "utf-8")
    return str(path)


@pytest.fixture
def rows(tmp_path: Path) -> str:
    path = tmp_path / "drafts.jsonl"
    good = [{"id": "a", "draft": DRAFT}, {"id": "c", "draft": CLEAN}]
    path.write_text(f"{json.dumps(good[0])}\n{{broken\n{json.dumps(good[1])}\n", "utf-8")
    return str(path)


# --- check ----------------------------------------------------------------------------------------------


def test_check_exits_1_where_it_finds_something_and_0_where_not(draft: str) -> None:
    told = run("check", draft)
    assert told.returncode == 1, told.stderr
    assert re.search(r"^  2:\d+  “[^”]*lazy”", told.stdout.decode(), re.MULTILINE)
    clean = run("check", stdin=CLEAN.encode())
    assert clean.returncode == 0, clean.stdout
    assert clean.stdout.decode() == "Nothing found. This isn't a legal check.\n"


def test_check_prints_json_with_exact_offsets(draft: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", draft]) == 1
    reading = json.loads(capsys.readouterr().out)
    valid("check", reading)
    assert any("lazy" in finding["text"] for finding in reading["findings"])
    assert all(DRAFT[f["start"] : f["end"]] == f["text"] for f in reading["findings"])


def test_the_schema_refuses_what_is_not_a_reading() -> None:
    for wrong in (
        {},
        {"findings": [], "pattern": {"name": "bossy"}, "route": None},
        {"id": "a", "error": {}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            valid("check", wrong)


def test_check_reads_lines_and_a_bad_one_does_not_stop_the_others(
    rows: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", rows]) == 2
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for line in told:
        valid("check", line)
    assert [line["id"] for line in told] == ["a", None, "c"]
    assert told[1]["error"]["message"].startswith("Line 2: ")
    assert told[0]["findings"]
    assert not told[2]["findings"]


def test_check_takes_its_rules_off_switch(draft: str) -> None:
    found = json.loads(run("check", "--json", draft).stdout)["findings"]
    off = ",".join({finding["rule"] for finding in found})
    told = run("check", draft, env={**os.environ, "BENCHCOACH_DISABLED_RULES": off})
    assert b"lazy" not in told.stdout


def test_check_names_the_organisations_contact_and_keeps_its_limit() -> None:
    env = {**os.environ, "BENCHCOACH_CONTACT_HR": "Dana, room 4", "BENCHCOACH_MAX_DRAFT": "100"}
    told = run("check", stdin=b"You have been slow ever since you got pregnant.", env=env)
    assert told.stdout.startswith(b"Talk to Dana, room 4 before you say or send this.")
    assert b"longer than 100" in run("check", stdin=b"x" * 101, env=env).stderr


def test_check_loads_nothing_that_takes_long(draft: str) -> None:
    code = (
        "import sys; from assistant.__main__ import main; main(['check', sys.argv[1]]);"
        "print([m for m in ('typer', 'rich', 'pydantic', 'numpy', 'openai', 'langchain_core', 'jinja2') "
        "if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code, draft], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"


@pytest.mark.alone
def test_check_reads_a_page_in_a_moment() -> None:
    page = "\n\n".join([DRAFT, CLEAN] * 25).encode()  # some 500 words

    def seconds() -> float:
        """Processor time, start-up included: the command waits for nothing, and other work is no fault."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run("check", stdin=page)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # On a quiet machine it is a fifth of a second (make bench); beside other work processor time doubles.
    assert min(seconds() for _ in range(5)) < 0.6


# --- bad input and disturbances -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["check", "rewrite"])
@pytest.mark.parametrize(
    ("stdin", "fault"),
    [
        (b"", "empty"),
        (b"Secret\x00", "NUL"),
        (b"Secret \xff", "byte 8"),
        (b"Secret " * 150_000, "longer than"),
    ],
)
def test_bad_input_is_one_clear_error_without_the_draft(name: str, stdin: bytes, fault: str) -> None:
    told = run(name, "-", stdin=stdin)
    assert (told.returncode, told.stdout) == (2, b"")
    assert fault in told.stderr.decode()
    assert told.stderr.startswith(b"Error: ")
    assert b"Secret" not in told.stderr
    assert b"Traceback" not in told.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "/no/such/file"],
        ["check", "one.txt", "two.txt"],
        ["check", "--fast"],
        ["rewrite", "/no/such/file"],
        ["rewrite", "you", "are lazy"],
        ["rewrite", "--tone", "cruel"],
        ["serve", "--port", "99999"],
        ["kb", "search"],
        ["kb"],
        ["coach"],
    ],
)
def test_a_wrong_command_is_an_error_with_a_hint_in_words_or_json(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Error: ")
    assert "lazy" not in told.err
    assert main([*arguments, "--json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert set(error) == {"type", "message", "hint"}


@pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")
@pytest.mark.parametrize("name", ["check", "rewrite"])
def test_ctrl_c_ends_in_one_line(name: str) -> None:
    with subprocess.Popen(
        command(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        time.sleep(2)  # it now waits for its standard input
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, b"", b"Stopped.")


@pytest.mark.skipif(os.name == "nt", reason="pipes as on Unix")
@pytest.mark.parametrize("arguments", [["check"], ["--help"]])
def test_a_reader_that_leaves_is_no_error(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    told = subprocess.run(
        command(*arguments),
        input=DRAFT.encode(),
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert (told.returncode, told.stderr) == (141, b"")


def test_what_nobody_foresaw_is_told_without_the_draft(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(io.StringIO):
        def isatty(self) -> bool:
            raise ZeroDivisionError("Secret")

    monkeypatch.setattr(sys, "stdin", Broken())
    assert main(["check"]) == 70
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "Secret" not in told


def test_a_terminal_without_the_right_signs_loses_nothing(draft: str) -> None:
    told = run("check", draft, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert told.returncode == 1
    assert b"lazy\\u201d" in told.stdout


# --- the rest -------------------------------------------------------------------------------------------


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == "benchcoach 0.1.0\n"
    for arguments in ([], ["--help"], ["check", "--help"], ["rewrite", "--help"]):
        assert main(arguments) == 0
        assert "Usage: benchcoach" in capsys.readouterr().out


def test_a_taken_port_is_one_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run("serve", "--port", str(port), env={**os.environ, "BENCHCOACH_MODEL": "none"})
    assert told.returncode == 5, told.stderr
    assert f"Error: Port {port} is taken" in told.stderr.decode()
    assert b"Traceback" not in told.stderr


@pytest.mark.alone
@pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")
def test_the_page_is_served_until_ctrl_c() -> None:
    env = {**os.environ, "BENCHCOACH_MODEL": "none"}
    with subprocess.Popen(
        command("serve", "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as process:
        assert process.stdout
        told = process.stdout.readline().decode()
        address = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert address, told
        with urllib.request.urlopen(f"{address[0]}/health", timeout=60) as answer:
            assert json.load(answer)["status"] == "ok"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    # Ctrl-C is the way to end a server, so it is no failure.
    assert process.returncode == 0
    assert err == b""


def test_kb_search_gives_passages_with_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "search", "describe what you saw", "-k", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["id"] is None
    assert len(found["results"]) == 2
    assert all(set(r) == {"id", "title", "text", "source"} and r["source"] for r in found["results"])
    assert main(["kb", "search", "describe what you saw", "-k", "1"]) == 0
    assert capsys.readouterr().out.startswith(found["results"][0]["id"])


def test_kb_search_answers_each_query_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"id": "q1", "query": "delegation"}\n{"id": "q2"}\n{"id": "q3", "query": "praise"}\n')
    assert main(["kb", "search", "--queries", str(path), "-k", "3"]) == 2
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in told] == ["q1", "q2", "q3"]
    assert "error" in told[1]
    assert [len(told[i]["results"]) for i in (0, 2)] == [3, 3]


# --- rewrite with a scripted model ----------------------------------------------------------------------

# Each holds one clause that only a model can word: an opinion wrapped around a fact.
HARD = "He left 3 dirty trays in bay 2 on Monday because he is a slob."
BROKEN = "He left the forklift running on 4 May because he is lazy."


@pytest.fixture
def coach() -> Iterator[Coach]:
    def script(call: Request) -> str | ModelTimeout:
        asked = str(call.messages[-1].content)
        if "forklift" in asked:
            return ModelTimeout("It took too long.", hint="Try again.")
        return "You left 3 dirty trays in bay 2 on Monday."

    opened = Coach.open(Settings(), Scripted(script))
    yield opened
    opened.close()


def test_a_models_failure_on_one_line_does_not_stop_the_others(
    coach: Coach, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drafts.jsonl"
    path.write_text("".join(json.dumps({"id": i, "draft": d}) + "\n" for i, d in (("a", BROKEN), ("b", HARD))))
    code = cli.rewrite_lines(coach, intake.read_rows(str(path), 1000), Context(), {"tone": "plain"})
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 4
    assert told[0] == {
        "id": "a",
        "line": 1,
        "error": {"type": "ModelTimeout", "message": "It took too long.", "hint": "Try again."},
    }
    valid("rewrite", told[1])
    assert (told[1]["id"], told[1]["model"]) == ("b", "scripted")
    assert "3 dirty trays" in told[1]["message"]


def test_leaving_a_rewrite_half_way_cancels_it(coach: Coach) -> None:
    class Interrupted:
        """Passes a real coach's steps on until a person presses Ctrl-C."""

        cancel: threading.Event

        def rewriting(self, draft: Draft, *, cancel: threading.Event, **how: str) -> Iterator[object]:
            self.cancel = cancel
            yield next(iter(coach.rewriting(draft, cancel=cancel, **how)))
            raise KeyboardInterrupt

    interrupted = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        cli.rewritten(interrupted, Draft(HARD), {"framework": "sbi"})
    assert interrupted.cancel.is_set()


def test_an_unknown_framework_is_told_with_those_there_are(draft: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "--model", "none", "--framework", "nope", draft]) == 2
    assert "sbi" in capsys.readouterr().err


# --- rewrite without a model ----------------------------------------------------------------------------


def test_without_a_model_the_outline_is_labelled_and_complete(draft: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "--model", "none", draft]) == 0
    shown = capsys.readouterr().out
    assert "Rules only: no model took part." in shown
    assert "9:20" in shown
    assert main(["rewrite", "--model", "none", "--json", draft]) == 0
    done = json.loads(capsys.readouterr().out)
    valid("rewrite", done)
    assert done["model"] == "rules"
    assert all(DRAFT[row["start"] : row["end"]] == row["text"] for row in done["ledger"])
    assert "lazy" not in done["message"]


def test_rewrite_reads_lines_and_a_bad_one_does_not_stop_the_others(
    rows: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rewrite", "--model", "none", rows]) == 2
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for line in told:
        valid("rewrite", line)
    assert [line["id"] for line in told] == ["a", None, "c"]
    assert told[1]["error"]["message"].startswith("Line 2: ")
