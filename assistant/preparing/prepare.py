"""Preparing and following through: the face of the standard, the one-on-one, the playbook and handing back.

Knows which of the tools below makes what, and reads every text with the linter first. Works without a model; where
one is open, it may word the playbook's sentence, through the rewriter and its checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from assistant.agreements import Agreement
from assistant.domain import Draft, Reading, Rewrite
from assistant.errors import InputError
from assistant.preparing.first_days import Answer, FirstDays, first_days
from assistant.preparing.hand_back import HandBack, StayIn, hand_back, stay_in
from assistant.preparing.one_on_one import OneOnOne, Record, agenda, record
from assistant.preparing.plans import Plans
from assistant.preparing.playbook import Known, Playbook, playbook
from assistant.preparing.standard import Maturity, WorkStandard, standard
from assistant.preparing.standard_first import StandardFirst, Told, standard_first
from assistant.rewriting.rewrite import Rewriter

_FRAMEWORK = "sbi"


class Prepare:
    """Everything that is prepared before a conversation and recorded after it. Safe between threads."""

    def __init__(
        self, plans: Plans, check: Callable[[str], Reading], rules: Callable[[], Rewriter], max_draft: int
    ) -> None:
        """``rules`` makes what rewrites by rules alone; a caller with a model hands in a rewrite of its own."""
        self.plans = plans
        self._check = check
        self._rules = rules
        self._rewriter: Rewriter | None = None
        self._max = max_draft

    def standard(self, text: str, maturity: Maturity | None = None) -> WorkStandard:
        """Return the standard that an assignment holds, with a question for each part that it lacks."""
        return standard(self.plans, self._read(text), self._check(text), maturity)

    def standard_first(self, rewrite: Rewrite, told: Told, *, when: str = "", expected: str = "") -> StandardFirst:
        """Return what follows from whether the employee had been told that this was expected."""
        return standard_first(self.plans, rewrite, told, when=when, expected=expected)

    def hand_back(self, text: str) -> HandBack:
        """Return the work that a text says was taken back, and what it takes to give it back."""
        return hand_back(self.plans, self._short(text), self._check(text))

    def stay_in(self, text: str, maturity: Maturity | None = None) -> StayIn:
        """Return what to settle about work that was handed over and left alone."""
        return stay_in(self.plans, self._read(text), self._check(text), maturity)

    def first_days(
        self,
        starts: date | None = None,
        answers: Mapping[str, Answer] | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> FirstDays:
        """Return the first ninety days, and the request that is made of what a manager was not given."""
        return first_days(self.plans, starts, answers, notes)

    def one_on_one(
        self,
        text: str,
        *,
        minutes: int = 0,
        who: str = "",
        form: str = "",
        agreements: Sequence[Agreement] = (),
    ) -> OneOnOne:
        """Return an agenda from notes and open agreements. Both may be empty."""
        reading = self._check(self._short(text))
        return agenda(self.plans, text, reading, minutes=minutes, who=who, form=form, agreements=agreements)

    def record(self, text: str) -> Record:
        """Return who does what by when, from the notes of a one-on-one."""
        return record(self.plans, self._read(text))

    def playbook(
        self, text: str, answers: Mapping[str, Known] | None = None, rewrite: Rewrite | None = None
    ) -> Playbook:
        """Return the steps for what went wrong. ``rewrite`` gives its words where a model has reworded the text."""
        return playbook(self.plans, text, rewrite or self._outline(Draft(self._read(text))), answers)

    def _outline(self, draft: Draft) -> Rewrite:
        """Return a draft rewritten without a model."""
        if self._rewriter is None:
            self._rewriter = self._rules()
        steps = self._rewriter.run(draft, framework=_FRAMEWORK, tone="plain")
        return next(step for step in steps if isinstance(step, Rewrite))

    def _read(self, text: str) -> str:
        if not any(char.isalnum() for char in text):
            raise InputError("There is no text to prepare from.", hint="A sentence will do; rough notes are fine.")
        return self._short(text)

    def _short(self, text: str) -> str:
        if len(text) > self._max:
            raise InputError(
                f"The text has {len(text):,} characters; {self._max:,} is the limit.", hint="Take one thing at a time."
            )
        return text
