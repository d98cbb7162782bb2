"""Claims about a rewrite on a terminal: order, failures in the open, and outside text as text."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest
from rich.console import Console
from test_render import REWRITE, row

from assistant.commands import terminal
from assistant.domain import (
    Check,
    Fate,
    Kind,
    Origin,
    Pattern,
    PatternName,
    Rewrite,
    Route,
    RouteReason,
    RouteTo,
)


def shown(rewrite: Rewrite, width: int = 100) -> str:
    out = io.StringIO()
    terminal.show(rewrite, Console(file=out, width=width, markup=False, highlight=False, emoji=False))
    return out.getvalue()


def test_the_order_is_the_order_of_use() -> None:
    text = shown(
        replace(
            REWRITE,
            route=Route(RouteTo.HR, (RouteReason("health.guess", "ill"),), "Dana in HR"),
            pattern=Pattern(PatternName.ABDICATION, ("whatever",), "Agree on a date."),
            notices=("Read it aloud.",),
            checks=(Check("Facts kept", True), Check("No labels", False, "“lazy” is still there.")),
        )
    )
    order = [
        "Talk to Dana in HR before",
        "Worded by some-model.",
        "Say",
        "What happened?",
        "Message",
        "After they answer",
        "Questions for you",
        "Read it aloud.",
        "Where each part went",
        "Checks that failed",
        "No labels: “lazy” is still there.",
        "abdication",
        "Sources",
        "1 fact kept, 1 opinion left out, 1 check failed.",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert text.endswith("This isn't a legal check.\n")


def test_an_outline_without_a_model_says_so_at_the_top() -> None:
    assert shown(replace(REWRITE, model="rules", origin=Origin.FALLBACK)).startswith("Rules only: no model took part.")


@pytest.mark.parametrize("attack", ["[bold]late[/bold]", "[link=https://evil.example]x[/link]", ":thumbs_up:", "[/]"])
def test_a_draft_is_text_and_not_markup(attack: str) -> None:
    text = shown(replace(REWRITE, message=attack, ledger=(row(Kind.REQUEST, Fate.KEPT, attack, attack),)), width=300)
    assert text.count(attack) == 3


def test_a_draft_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in shown(replace(REWRITE, message="late\x1b[2J", questions=("why\x1b]0;x\x07",)))


def test_a_narrow_terminal_loses_no_words() -> None:
    text = shown(replace(REWRITE, ledger=(row(Kind.REQUEST, Fate.KEPT, "extraordinarily", "late"),)), width=40)
    assert "late" in text
    assert max(len(line) for line in text.splitlines() if "│" in line) <= 40


def test_progress_leaves_a_program_in_peace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal.steps("Reading") as step:
        step("Clauses", 1, 3)
    with terminal.bytes_bar("Joining") as advance:
        advance(1, 2)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with terminal.steps("Reading") as step:
        step("Clauses", 1, 3)
        sys.stderr.flush()
    out, err = capsys.readouterr()
    assert out == ""
    assert "Clauses" in err
