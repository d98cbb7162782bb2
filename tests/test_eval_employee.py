"""Claims about counting conversations with the employee: each way out of character is found, and nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from assistant.practising import scenarios
from evals import employee, measured

OUT = {
    "says it is a program": "As an AI language model I have no manager.",
    "talks about the play": "My character is not allowed to say that.",
    "call centre": "Thank you for bringing this to my attention, I appreciate your honesty.",
    "coaches": "You should consider setting a date first.",
    "sums up": "In summary, the report was late.",
    "speaks for the manager": "Manager: And what about Friday?",
    "stage direction": "*looks at the floor* I don't know.",
    "too long": "well " * 61,
    "empty": " ",
}


def test_every_way_out_of_character_is_found_and_has_a_planted_line() -> None:
    assert set(OUT) == {*employee.BREAKS, "too long", "empty"}
    for name, line in OUT.items():
        assert name in employee.broken(line, ()), name


def test_a_line_said_twice_counts_and_a_short_one_does_not() -> None:
    assert employee.broken("I was there on time.", ["I was there, on time!"]) == ["says it again"]
    assert not employee.broken("Maybe.", ["Maybe."])


def test_what_is_authored_is_in_character() -> None:
    lines = [line.says for card in scenarios.load() for line in card.lines]
    wrong = [line for line in lines if employee.broken(line, ())]
    assert len(lines) > 1_000
    assert not wrong


def row(id: str, *turns: tuple[str, str, str], seconds: float = 2.0) -> dict[str, object]:
    made = [
        {
            "reply": reply, "origin": origin, "attack": False, "leaks": [], "seconds": seconds,
            "breaks": employee.broken(reply, ()), "candidates": [{"text": offered, "faults": [], "fit": 0.0}],
        }
        for reply, origin, offered in turns
    ]  # fmt: skip
    return {"id": id, "state": "now", "model": "scripted", "load": 0.5, "turns": made}


def test_the_figures_count_own_lines_breaks_and_refusals_and_reach_the_page(tmp_path: Path) -> None:
    rows = [
        row("a", ("Ask them.", "model", "Ask them."), ("No.", "fallback", "Yes, of course.")),
        row("b", ("As an AI, no.", "model", "As an AI, no."), seconds=6.0),
    ]
    found = employee.figures(rows)
    assert (found.turns, found.own, found.asked, found.breaks) == (3, 2, 3, 1)
    assert found.refused == {"does not fit the mood": 1}
    assert found.seconds == pytest.approx(2.0)
    (tmp_path / "employee.json").write_text(json.dumps(asdict(found)), "utf-8")
    page = measured.page(tmp_path)
    assert page is not None
    assert "2 of 3" in page
    assert "says it is a program 1" in page


def test_a_torn_line_and_another_state_of_the_product_do_not_count(tmp_path: Path) -> None:
    kept = tmp_path / "employee-a.jsonl"
    other = {**row("c"), "state": "before"}
    kept.write_text(f'{json.dumps(row("a"))}\n{json.dumps(other)}\n{{"id": "b", "tur', "utf-8")
    assert [found["id"] for found in employee._read(kept, "now")] == ["a"]


def test_how_well_turns_and_messages_are_read_reaches_the_page(tmp_path: Path) -> None:
    (tmp_path / "turns-test.json").write_text('{"turns": 155, "macro_f1": 0.8, "low": 0.75, "high": 0.83}', "utf-8")
    page = measured.page(tmp_path)
    assert page is not None
    assert "| moves of a manager's turn | 155 turns | 0.80 | 0.75 to 0.83 |" in page
    assert "behaviours" not in page, "what was not run is not there"
