"""Claims about ``benchcoach agreements`` and ``store``: what they print, refuse, and say back."""

from __future__ import annotations

import io
import json
import stat
import sys
from datetime import date, timedelta
from pathlib import Path

import icalendar
import jsonschema
import pytest

from assistant.__main__ import main
from assistant.agreements import FIRST_USE
from assistant.dates import say_date

SCHEMAS = Path(__file__).resolve().parent.parent / "assistant" / "schemas"
TODAY = date.today()
SOON = TODAY + timedelta(days=3)
REPORT = ["--who", "Ana", "--what", "Send the weekly report", "--by", SOON.isoformat()]


class Terminal:
    """The command, with a home of its own and the output of each call."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Path) -> None:
        self._capsys = capsys
        self.home = home

    def run(self, *arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        told = self._capsys.readouterr()
        return code, told.out, told.err

    def text(self, *arguments: str) -> str:
        code, out, err = self.run(*arguments)
        assert code == 0, err
        return out

    def json(self, schema: str, *arguments: str) -> dict:
        found = json.loads(self.text(*arguments, "--json"))
        rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text("utf-8"))
        jsonschema.validate(found, rules, cls=jsonschema.Draft202012Validator)
        return found

    def refused(self, *arguments: str, code: int = 2) -> str:
        got, out, err = self.run(*arguments)
        assert (got, out) == (code, ""), err
        return err

    def add(self, *more: str) -> str:
        return str(self.json("agreement", "agreements", "add", *REPORT, *more)["agreement"]["id"])


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    return Terminal(capsys, tmp_path / "home")


def test_the_first_agreement_says_who_may_read_it_and_the_second_does_not(terminal: Terminal) -> None:
    first = terminal.text("agreements", "add", *REPORT)
    assert first.startswith(FIRST_USE)
    assert f"by {say_date(SOON)}" in first
    assert FIRST_USE not in terminal.text("agreements", "add", *REPORT)
    terminal.text("agreements", "delete", "--all", "--yes")
    assert terminal.json("agreement", "agreements", "add", *REPORT)["notice"] == FIRST_USE


def test_words_that_judge_are_shown_and_kept_all_the_same(terminal: Terminal) -> None:
    chosen = terminal.add()
    told = terminal.json(
        "agreement", "agreements", "update", chosen, "--state", "slipped", "--note", "He is lazy. It came at 15:10."
    )
    assert [finding["category"] for finding in told["findings"]] == ["label"]
    assert told["agreement"]["history"][-1]["note"] == "He is lazy. It came at 15:10."
    text = terminal.text("agreements", "update", chosen, "--state", "slipped", "--note", "He is lazy.")
    assert "facts" in text
    assert "lazy" in text


def test_a_note_that_a_person_has_to_see_first_says_who(terminal: Terminal) -> None:
    note = "She told me that she is pregnant and that is why it is late."
    told = terminal.json("agreement", "agreements", "update", terminal.add(), "--state", "slipped", "--note", note)
    assert told["route"]["to"] == "hr"
    assert told["route"]["contact"]


def test_facts_are_kept_without_a_word(terminal: Terminal) -> None:
    text = terminal.text("agreements", "update", terminal.add(), "--state", "kept", "--note", "It came at 11:40.")
    assert text.startswith("Kept:")
    assert "facts" not in text


def test_what_slipped_twice_offers_the_next_conversation(terminal: Terminal) -> None:
    chosen = terminal.add("--standard", "Figures of all regions")
    for note in ("It came at 15:10.", "It did not come."):
        terminal.text("agreements", "update", chosen[:8], "--state", "slipped", "--note", note)
    assert f"benchcoach agreements prepare {chosen[:8]}" in terminal.text("agreements", "list")
    told = terminal.json("prepared", "agreements", "prepare", chosen)
    assert told["conversation"] == "pattern"
    draft = terminal.text("agreements", "prepare", chosen)
    assert draft == told["draft"] + "\n"
    assert "It came at 15:10." in draft


def test_a_list_shows_what_is_left_to_check_and_the_rest_on_demand(terminal: Terminal) -> None:
    done, left = terminal.add(), terminal.add("--check-on", "in 3 weeks")
    terminal.text("agreements", "update", done, "--state", "kept")

    def ids(*options: str) -> list[str]:
        found = terminal.json("agreements_list", "agreements", "list", *options)
        return [item["id"] for item in found["agreements"]]

    assert ids() == [left]
    assert ids("--due") == []
    assert set(ids("--all")) == {done, left}
    assert ids("--all", "--who", "ben") == []
    assert terminal.text("agreements", "list", "--due") == "There are no agreements.\n"


def test_an_agreement_can_be_renegotiated_corrected_and_opened_again(terminal: Terminal) -> None:
    chosen = terminal.add()
    new = (TODAY + timedelta(days=9)).isoformat()
    options = ("--state", "renegotiated", "--by-when", new, "--what", "Send it by two", "--note", "Two regions late.")
    told = terminal.json("agreement", "agreements", "update", chosen, *options)["agreement"]
    assert (told["by_when"], told["what"], told["state"]) == (new, "Send it by two", "renegotiated")
    told = terminal.json("agreement", "agreements", "update", chosen, "--who", "Anna")["agreement"]
    assert (told["who"], len(told["history"])) == ("Anna", 2)
    terminal.text("agreements", "update", chosen, "--state", "closed")
    assert "closed" in terminal.refused("agreements", "update", chosen, "--state", "kept")
    terminal.text("agreements", "update", chosen, "--state", "open")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add"], "lacks who"),
        (["add", "--who", "Ana"], "lacks does what"),
        (["add", "--who", "Ana", "--what", "x"], "lacks by when"),
        (["add", "--who", "Ana", "--what", "x", "--by", "5/6"], "not a date"),
        (["add", "--who", "Ana", "--what", "x", "--by", "yesterday"], "before the day"),
        (["add", *REPORT, "--check-on", "someday"], "not a date"),
        (["update", "123", "--state", "kept"], "four signs"),
        (["update", "12345678", "--state", "kept"], "no agreement"),
        (["update", "12345678"], "nothing to update"),
        (["update", "12345678", "--note", "It came."], "needs a state"),
        (["update", "12345678", "--state", "kept", "--on", "in two weeks"], "has not come yet"),
        (["update", "12345678", "--state", "lost"], "lost"),
        (["prepare", "12345678"], "no agreement"),
        (["delete"], "Say what to delete"),
        (["delete", "12345678", "--all"], "Say what to delete"),
        (["delete", "12345678", "--yes"], "no agreement"),
        (["delete", "--all"], "--yes"),
        (["export", "--ics", "--json"], "one of"),
        (["export", "--out", "/nowhere/at/all"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(terminal: Terminal, arguments: list[str], told: str) -> None:
    assert told in terminal.refused("agreements", *arguments)


def test_an_ambiguous_id_asks_for_more_of_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["12345678-a", "12345678-b"])
    monkeypatch.setattr("assistant.agreements.uuid4", lambda: next(ids))
    assert [terminal.add(), terminal.add()] == ["12345678-a", "12345678-b"]
    assert "Several" in terminal.refused("agreements", "update", "12345678", "--state", "kept")


def test_an_export_can_be_read_by_people_programs_and_calendars(terminal: Terminal, tmp_path: Path) -> None:
    chosen = terminal.add()
    terminal.text("agreements", "add", "--who", "Ben", "--what", "Cover for Ana", "--by", "tomorrow")
    everything = terminal.json("export", "agreements", "export")
    assert len(everything["agreements"]) == 2
    about = terminal.json("export", "agreements", "export", "--who", "ana")
    assert [item["id"] for item in about["agreements"]] == [chosen]
    assert len(about["mentioned_in"]) == 1
    assert "# What is kept about Ana" in terminal.text("agreements", "export", "--who", "Ana")
    out = tmp_path / "checks.ics"
    assert terminal.text("agreements", "export", "--ics", "--out", str(out)) == ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    found = icalendar.Calendar.from_ical(out.read_bytes()).walk("VEVENT")
    assert {event.decoded("dtstart") for event in found} == {SOON, date.today() + timedelta(days=1)}


def test_deleting_names_the_ids_and_no_number(terminal: Terminal) -> None:
    one, two, other = terminal.add(), terminal.add(), terminal.add("--standard", "In figures")
    assert terminal.json("deleted", "agreements", "delete", one[:8], "--yes") == {"deleted": [one]}
    text = terminal.text("agreements", "delete", "--who", "ana", "--yes")
    assert set(text.splitlines()) == {f"Deleted: {two}", f"Deleted: {other}"}
    assert "nothing to delete" in terminal.text("agreements", "delete", "--all", "--yes")


def test_a_legal_hold_is_seen_and_suspends_deletion(terminal: Terminal) -> None:
    terminal.add()
    terminal.text("store", "hold", "Case 12, ask Dana")
    assert "Case 12, ask Dana" in terminal.text("agreements", "list")
    assert terminal.json("agreements_list", "agreements", "list")["hold"]["reason"] == "Case 12, ask Dana"
    assert "Case 12" in terminal.refused("agreements", "delete", "--all", "--yes", code=6)
    terminal.text("store", "release")
    assert "no legal hold" in terminal.refused("store", "release")
    terminal.text("agreements", "delete", "--all", "--yes")


def test_a_backup_is_written_once_and_restored_on_demand(terminal: Terminal, tmp_path: Path) -> None:
    chosen, file = terminal.add(), str(tmp_path / "backup")
    assert "plain text" in terminal.text("store", "backup", file)
    assert "already" in terminal.refused("store", "backup", file)
    terminal.text("agreements", "delete", "--all", "--yes")
    assert "--yes" in terminal.refused("store", "restore", file)
    terminal.text("store", "restore", file, "--yes")
    assert chosen[:8] in terminal.text("agreements", "list")


def test_where_nothing_is_kept_the_command_says_so(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHCOACH_RETENTION", "nothing")
    assert "organisation" in terminal.refused("agreements", "add", *REPORT, code=6)


def test_a_text_cannot_steer_the_terminal(terminal: Terminal) -> None:
    terminal.text("agreements", "add", "--who", "A\x1b[31mna", "--what", "Send\x1b]0;x\x07 it", "--by", "tomorrow")
    assert "\x1b" not in terminal.text("agreements", "list") + terminal.text("agreements", "export")
