"""Claims about the scorers: how many planted defects each finds, how many sound messages it leaves alone.

Ground truth is by construction (``evals/planted.py``); the table is printed with ``pytest -s``.
"""

from __future__ import annotations

import pytest

from evals import planted
from evals.results import Outcome
from evals.suite import Plan
from evals.suites.rewriting import CARDS, case_of, judge_rewrite
from evals.verdicts import UnreadableResultError

LEAST = 0.98
SCORES = planted.scores()


def test_the_table_of_all_scorers_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + planted.table())
    assert len(planted.cases()) >= 1000


@pytest.mark.parametrize("name", planted.SCORERS)
def test_a_scorer_finds_what_was_planted_for_it(name: str) -> None:
    score = SCORES[name]
    assert score.planted >= 40
    assert score.sensitivity >= LEAST, score.wrong[:5]


@pytest.mark.parametrize("name", planted.SCORERS)
def test_a_scorer_leaves_sound_messages_alone(name: str) -> None:
    score = SCORES[name]
    assert score.sound >= 300
    assert score.specificity >= LEAST, score.wrong[:5]


def test_every_scorer_that_judges_a_message_has_planted_defects() -> None:
    judged = {card.name for card in CARDS if not card.counts} - {"route", "pattern"}  # those compare two words
    assert judged == set(planted.SCORERS)


def test_a_rewrite_that_cannot_be_read_is_refused_and_not_judged() -> None:
    case = case_of({"id": "x", "draft": "You are lazy."})
    for answer in ({}, {"message": " "}, {"message": "Hi.", "route": "hr"}):
        with pytest.raises(UnreadableResultError):
            judge_rewrite(case, answer, Plan())


def test_a_draft_without_expectations_can_be_measured_too() -> None:
    judged = judge_rewrite(
        case_of({"id": "mine", "draft": "You were late on Monday."}), {"message": "You were late."}, Plan()
    )
    assert judged.outcomes["keeps"] == Outcome(True)
    assert judged.outcomes["pattern"].passed is None
