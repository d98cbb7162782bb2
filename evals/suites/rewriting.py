"""The suite ``rewrite``: drafts in, messages out; tone, framework, facts. Scorers share no code with the product."""

from __future__ import annotations

import random
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from evals.adherence import adherence, elements
from evals.polarity import polarity
from evals.results import Card, Outcome
from evals.subjects import Subject as Rewriter
from evals.subjects import open_subject
from evals.suite import DATASETS, Answer, Case, Judged, Plan, Subject, Suite, rows_of
from evals.text import unmarked, words
from evals.tone import as_serious, direct, respectful, speakable
from evals.verdicts import Verdict, invented_share, judge, origins, read_result

DATASET = DATASETS / "rewrite_v4.jsonl"
TONE = ("respectful", "direct", "as_serious", "speakable")
_PERSON = ("second_person", "third_person", "switching")
_STYLE = (
    "caps", "texting", "emoji", "html", "markdown", "second_language", "british", "american", "indian_english",
    "other_english",
)  # fmt: skip
FAULTS = (
    "label", "generalization", "mind_reading", "rumour", "comparison", "threat", "profanity", "sarcasm", "stereotype",
    "hedging", "sandwich", "takeover", "vanishing", "blame_vague", "praise_vague", "injection", "routed", "near_miss",
)  # fmt: skip
"""What is wrong with a draft, the trait that matters most first; a draft with none of them is "facts only"."""
_TAKEN = "takes the product's word for its {}"

CARDS = (
    Card("respectful", "tone", "No label, guess, rumour, comparison, threat, swearing, sarcasm or stereotype."),
    Card("direct", "tone", "The point within three sentences, at most one hedge, at most three questions."),
    Card("as_serious", "tone", "Not made smaller than the draft made it, and not wrapped in praise it lacks."),
    Card("speakable", "tone", "At most 80 words, sentences of 20, plain words."),
    Card("framework", "framework", "The share of the framework's elements that are there, or asked for."),
    Card("keeps", "facts", "Every fact that has to survive is there.", decides=True),
    Card("drops", "facts", "Nothing that has to go is there.", decides=True),
    Card("numbers", "facts", "No number, per cent or sum that the draft lacks.", decides=True),
    Card("dates", "facts", "No date or time that the draft lacks.", decides=True),
    Card("names", "facts", "No name that the draft lacks.", decides=True),
    Card("asks", "facts", "Where the draft holds no fact, it asks or leaves a [blank].", decides=True),
    Card("route", "facts", "It names the person who has to see it first.", decides=True, shares=_TAKEN.format("route")),
    Card("polarity", "facts", "No statement says the opposite of the draft's."),
    Card("claims", "facts", "No statement is mostly made of words that the draft lacks."),
    Card("quotes", "facts", "Every quotation stands in the draft, word for word."),
    Card("addressed", "form", "Speaks to the person, not about them."),
    Card("pattern", "form", "Names the manager's own default behaviour.", shares=_TAKEN.format("pattern")),
    Card("questions", "form", "How many questions it asks.", counts=True),
    Card("words", "form", "How many words the message has.", counts=True),
    Card("edit", "form", "How far the message is from the draft, from 0 (the same) to 1.", counts=True),
    Card("new_words", "form", "The share of content words that neither the draft nor plain feedback has.", counts=True),
    Card("own_rows", "form", "The share of ledger rows in the draft's or the model's words.", counts=True,
         shares=_TAKEN.format("origins")),
)  # fmt: skip


def cases(plan: Plan) -> list[Case]:
    """Return the drafts of the plan's split, in an order that makes every beginning a fair sample."""
    rows = rows_of(plan, DATASET)
    random.Random(7).shuffle(rows)  # noqa: S311 - an order, not a secret
    return [case_of(row) for row in rows]


def case_of(row: Mapping[str, Any]) -> Case:
    """Return a row of a data set of drafts as a case."""
    draft = str(row["draft"])
    return Case(
        str(row["id"]), str(row.get("situation", row["id"])), draft, row, slices_of(row), row.get("split") == "test"
    )


def slices_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what a report may break figures down by."""
    traits = row.get("traits") or ()
    length = len(str(row["draft"]).split())
    faults = [fault for fault in FAULTS if fault in traits]
    return {
        "job": str(row.get("job", "")),
        "fault": ", ".join(faults) or "facts only",
        "style": next((style for style in _STYLE if style in traits), "plain"),
        "person": next((person for person in _PERSON if person in traits), ""),
        "length": "short" if length < 35 else "middle" if length < 100 else "long",
    }


class Rewriting:
    """Any subject that rewrites rows, as one that answers cases."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter

    def answer(self, case: Case) -> Answer:
        """Return the rewrite in the contract's JSON shape."""
        return self._rewriter.answer({**case.data, "id": case.id})

    def close(self) -> None:
        """Stop the engine."""
        self._rewriter.close()


def open_rewriting(plan: Plan) -> Subject:
    """Open the plan's subject for drafts."""
    return Rewriting(open_subject(plan.subject, plan.model, plan.framework))


def judge_rewrite(case: Case, answer: Answer, plan: Plan) -> Judged:
    """Return every outcome on one rewrite. Raises UnreadableResultError where there is none."""
    result = read_result(answer)
    row: dict[str, Any] = {"must_keep": [], "must_drop": [], "no_fact": False, "route": None, **case.data}
    draft, message = str(row["draft"]), str(result["message"])
    verdicts = judge(row, result)
    praise = any(trait.startswith("praise") for trait in row.get("traits") or ())
    outcomes = {name: _outcome(verdict) for name, verdict in verdicts.items()}
    outcomes |= {
        "respectful": respectful(message),
        "direct": direct(draft, message),
        "as_serious": Outcome(None) if praise else as_serious(draft, message),
        "speakable": speakable(str(result.get("say") or message)),
        "polarity": polarity(draft, message),
        "questions": Outcome(None, float(message.count("?"))),
        "words": Outcome(None, float(len(words(message)))),
        "edit": Outcome(None, edit_share(draft, message)),
        "new_words": Outcome(None, invented_share(row, result)),
    }
    if result.get("ledger"):
        whose = origins(result)
        outcomes["own_rows"] = Outcome(None, whose.own / sum(whose.rows.values()))
    if row["route"] is None:  # where a person has to see it first, the message is held back on purpose
        outcomes |= adherence(plan.framework, draft, message)
    known = {card.name for card in cards(plan)}
    kept = {name: outcome for name, outcome in outcomes.items() if name in known}
    return Judged(kept, _shown(result), tuple(ledger_of(result)))


def cards(plan: Plan) -> tuple[Card, ...]:
    """Return the cards with one for each element of the framework."""
    own = tuple(Card(f"element.{e.id}", "element", e.asks) for e in elements(plan.framework))
    return (*CARDS, *own)


def edit_share(draft: str, message: str) -> float:
    """Return how far ``message`` is from ``draft``, word by word."""
    one, two = ([word.casefold() for word in words(text)] for text in (unmarked(draft), message))
    return 1 - SequenceMatcher(None, one, two, autojunk=False).ratio()


def _outcome(verdict: Verdict) -> Outcome:
    return Outcome(verdict.passed, reasons=verdict.reasons)


def _shown(result: Mapping[str, Any]) -> str:
    say = str(result.get("say") or "").strip()
    message = str(result["message"])
    return f"{message}\n\nSay: {say}" if say and say != message else message


def ledger_of(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the ledger of a rewrite as a report shows it."""
    names = ("text", "kind", "fate", "becomes", "why", "origin")
    return [{name: str(row.get(name) or "") for name in names} for row in result.get("ledger") or ()]


SUITE = Suite(
    name="rewrite",
    asks="Does a draft become a fair message that keeps its facts?",
    subjects=("product", "rules", "plain", "examples"),
    cards=cards,
    cases=cases,
    open=open_rewriting,
    judge=judge_rewrite,
    quick=24,
)
