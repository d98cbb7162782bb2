"""What the tests of the rewrite share: rules, library and coach opened once, and a model that follows a script.

Everything is the product's own; only the model says what a test wrote, clause by clause.
"""

from __future__ import annotations

import atexit
import json
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assistant.coach import Coach
from assistant.domain import Context, Draft, Element, LedgerRow, Rewrite
from assistant.errors import ModelError
from assistant.library.corpus import Corpus
from assistant.library.corpus import load as load_corpus
from assistant.library.knowledge import Library
from assistant.models.llm import Request, Scripted
from assistant.reading.language import Language
from assistant.settings import Settings
from assistant.shelf import knowledge_folder

ROOT = Path(__file__).resolve().parents[1]
Answer = Callable[[str], "str | ModelError"]
JOINTS = frozenset("and but so because although though whereas while".split())


def asked_about(call: Request) -> str:
    """Return the clause that a request is about."""
    found = re.search(r"<clause>\n(.*)\n</clause>", str(call.messages[-1].content), re.DOTALL)
    assert found, "the last message holds no clause"
    return found[1]


@cache
def language() -> Language:
    return Language.load()


@cache
def corpus() -> Corpus:
    return load_corpus([knowledge_folder()])


def elements(framework: str = "sbi") -> tuple[Element, ...]:
    return next(f.elements for f in corpus().frameworks if f.id == framework)


def home() -> Path:
    """Return the folder that tests write to: the one that is set, or one in the checkout."""
    return Path(os.environ.get("BENCHCOACH_HOME") or ROOT / ".home")


@cache
def library() -> Library:
    patch = pytest.MonkeyPatch()
    patch.setenv("BENCHCOACH_HOME", str(home()))  # the embedder's file is kept there too
    opened = Library.load()
    patch.undo()
    atexit.register(opened.close)
    return opened


class Desk:
    """The real coach with a model whose answers a test sets before it asks."""

    def __init__(self) -> None:
        self.answer: Answer = lambda clause: "-"
        self.model = Scripted(lambda call: self.answer(asked_about(call)))
        self.coach = Coach(Settings(), language(), library(), self.model)

    @property
    def asked(self) -> list[str]:
        return [asked_about(call) for call in self.model.calls]

    def rewrite(
        self,
        text: str,
        answer: Answer | str = "-",
        *,
        context: Context | None = None,
        framework: str = "sbi",
        tone: str = "plain",
    ) -> Rewrite:
        self.answer = answer if callable(answer) else lambda clause: answer
        self.model.calls.clear()
        return self.coach.rewrite(Draft(text, context=context or Context()), framework=framework, tone=tone)


@cache
def desk() -> Desk:
    return Desk()


@cache
def rules_only() -> Coach:
    """Return a coach without a model, over the library that works on words alone: quick to open and to ask.

    What the tests claim with it has to hold however well kinds are read.
    """
    return Coach(Settings(model="none"), language(), Library(corpus(), None, None, ""), None)


@cache
def known_drafts() -> tuple[dict[str, Any], ...]:
    """Return the rows of the data set that may be looked at; the test split is skipped unread."""
    rows = []
    for line in (ROOT / "evals" / "datasets" / "rewrite_v1.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["split"] in ("train", "dev"):
            rows.append(row)
    return tuple(rows)


@cache
def known_rewrites() -> tuple[Rewrite, ...]:
    """Return a rules-only rewrite of every train and dev draft, made once for all who look."""
    return tuple(rules_only().rewrite(Draft(row["draft"], row["id"])) for row in known_drafts())


def the_row(result: Rewrite, part: str) -> LedgerRow:
    """Return the one row whose clause holds ``part``."""
    found = [row for row in result.ledger if part in row.text]
    assert len(found) == 1, [row.text for row in result.ledger]
    return found[0]


def left_over(text: str, *known: str) -> list[str]:
    """Return the words of ``text`` that are left once each known sentence is taken out of it."""
    rest = _folded(text)
    for sentence in sorted({_folded(k) for k in known}, key=len, reverse=True):
        if sentence:
            rest = rest.replace(sentence, " | ")
    return [word for word in re.findall(r"[\w'’-]+", rest) if re.search(r"\w", word)]


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().rstrip(".!?…").casefold()
