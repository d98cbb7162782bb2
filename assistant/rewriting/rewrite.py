"""The main job: draft -> clauses -> ledger -> message -> checks.

A draft is read by the linter, cut into clauses, and each clause is decided: by code where the
case is clear, by the model where words have to be found. The message is composed from the
ledger, never from the draft at large. ``Rewriter.run`` yields progress and, last, the Rewrite.
Where there is no model the same flow gives a rules-only outline.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from assistant.domain import (
    Citation,
    Draft,
    Element,
    Fate,
    Kind,
    LedgerRow,
    Origin,
    PatternName,
    Reading,
    Rewrite,
    Route,
    RouteTo,
    Usage,
)  # fmt: skip
from assistant.errors import Cancelled, UnreadableReply
from assistant.library.kept_vectors import kept
from assistant.library.knowledge import Library
from assistant.models import prompts
from assistant.models.llm import Model, Reply, Request
from assistant.models.tokens import count_tokens
from assistant.reading import habits
from assistant.reading.language import Language
from assistant.reading.orders import Orders
from assistant.rewriting import address, checks, wording
from assistant.rewriting.address import Gender
from assistant.rewriting.clauses import cut, visible
from assistant.rewriting.compose import Composition, compose
from assistant.rewriting.kinds import KindReader
from assistant.rewriting.ledger import Ledger
from assistant.rewriting.pieces import IN_PASSING, Piece, pieces_of
from assistant.settings import Settings, home

_MODEL_ROWS_LONGEST = 400
_RETRIEVED_TOKENS = 120
_TURN_TOKENS = 28  # what a turn of the prompt holds beside its two texts
_MOSTLY_NEW = 0.5
NOT_LEGAL = "This isn't a legal check."
_CONTACTS = {
    RouteTo.HR: "contact_hr", RouteTo.LEGAL: "contact_legal",
    RouteTo.EMERGENCY: "contact_emergency", RouteTo.SECURITY: "contact_security",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rewrite is: the stage in words, clauses done of all, and a row once it is decided."""

    stage: str
    done: int = 0
    total: int = 0
    row: LedgerRow | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """One draft, read and cut, and how it is to be rewritten."""

    draft: Draft
    reading: Reading
    pieces: tuple[Piece, ...]
    elements: tuple[Element, ...]
    tone: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the model was asked about one clause and how that ended."""

    row: LedgerRow
    usage: Usage


class Rewriter:
    """Rewrites drafts. Safe between threads; holds nothing of a draft."""

    def __init__(self, language: Language, library: Library, model: Model | None, settings: Settings) -> None:
        self._language = language
        self._library = library
        self._model = model
        self._settings = settings
        self._kinds = _kind_reader(library)
        self._ledger = Ledger(language, self._kinds)
        self._prompt = prompts.load("reword")
        self._orders = Orders(language)

    def run(
        self, draft: Draft, *, framework: str, tone: str, cancel: threading.Event | None = None
    ) -> Iterator[Progress | Rewrite]:
        """Yield progress, rows as they are decided, and the Rewrite.

        Raises ModelError where the model fails and Cancelled where ``cancel`` is set.
        """
        started = time.monotonic()
        job = self._begin(self._without_orders(draft), framework, tone)
        yield Progress("Reading the draft", 0, len(job.pieces))
        rows: dict[int, LedgerRow] = {}
        for at, piece in enumerate(job.pieces):
            row = self._ledger.decided(piece)
            if row is not None:
                rows[at] = row
                yield Progress("Sorting clauses", len(rows), len(job.pieces), row)
        open_pieces = [at for at in range(len(job.pieces)) if at not in rows]
        usage = Usage()
        for at, asked in self._reword(job.pieces, open_pieces, cancel or threading.Event()):
            rows[at] = asked.row
            usage += asked.usage
            yield Progress("Finding words", len(rows), len(job.pieces), asked.row)
        yield Progress("Checking", len(job.pieces), len(job.pieces))
        made = self._compose(self._mended([rows[at] for at in sorted(rows)], job), job)
        yield replace(self._result(job, made), usage=usage, seconds=round(time.monotonic() - started, 2))

    def _begin(self, draft: Draft, framework: str, tone: str) -> _Job:
        reading = self.read(draft.text)
        clauses = cut(draft.text, [(f.start, f.end) for f in reading.findings if f.category not in IN_PASSING])
        pieces = pieces_of(draft, clauses, reading, self._kinds)
        if reading.route and self._ledger.entangled(pieces):
            reading = replace(reading, route=replace(reading.route, entangled=True))
        return _Job(draft, reading, tuple(pieces), self._library.framework(framework).elements, tone)

    def _without_orders(self, draft: Draft) -> Draft:
        """Return a draft whose context gives the software no orders; in the draft itself the ledger shows them."""
        standard = self._orders.left_out(draft.context.standard)
        stated_when = self._orders.left_out(draft.context.stated_when)
        return replace(draft, context=replace(draft.context, standard=standard, stated_when=stated_when))

    def read(self, text: str) -> Reading:
        """Return the linter's reading with the organisation's contact filled in."""
        return self.reading(self._language, self._settings, text)

    @staticmethod
    def reading(language: Language, settings: Settings, text: str) -> Reading:
        """Return what a linter reads, with the contact that the settings name."""
        reading = habits.read(language, text)
        if reading.route is None:
            return reading
        contact = str(getattr(settings, _CONTACTS[reading.route.to]))
        return replace(reading, route=replace(reading.route, contact=contact))

    def warm(self) -> None:
        """Have the model read the fixed part of the prompt, so that the first draft need not wait."""
        if self._model is None:
            return
        messages = self._prompt.render(examples=[], employee="he", clause="He was late.", problem="")
        self._model.warm(messages, label=self._prompt.label)

    # --- the model's part -----------------------------------------------------------------

    def _reword(
        self, pieces: Sequence[Piece], open_pieces: Sequence[int], cancel: threading.Event
    ) -> Iterator[tuple[int, _Asked]]:
        if self._model is None:
            for at in open_pieces:
                yield at, _Asked(self._ledger.settle(pieces[at], ()), Usage())
            return
        examples = self._retrieved([pieces[at] for at in open_pieces])
        with ThreadPoolExecutor(self._settings.slots) as pool:
            # Each with who is asking, which threads of a pool would not know.
            tasks: dict[Future[_Asked], int] = {
                pool.submit(copy_context().run, self._ask, pieces[at], examples, cancel): at for at in open_pieces
            }
            try:
                for task in as_completed(tasks):
                    yield tasks[task], task.result()
            finally:
                for task in tasks:
                    task.cancel()
                if any(not task.done() for task in tasks):
                    cancel.set()

    def _ask(self, piece: Piece, examples: Sequence[dict[str, str]], cancel: threading.Event) -> _Asked:
        """Ask for the wording of one clause, once more with the fault named, then settle."""
        if cancel.is_set():
            raise Cancelled("Stopped.", hint="The draft is as it was.")
        proposals: list[tuple[str, Origin]] = []
        usage, problem, declined = Usage(), "", False
        for origin in (Origin.MODEL, Origin.REPAIRED):
            reply = self._complete(piece, examples, problem, cancel)
            usage += reply.usage
            text = reply.text.strip().split("\n")[0].strip()
            if text.strip("-–—. ") == "":
                declined = bool(text) and origin is Origin.MODEL
                break
            proposals.append((text, origin))
            faults = self._ledger.faults(piece, text)
            if not faults or self._ledger.has_rule_wording(piece):
                break
            problem = "; ".join(faults[:2])
        return _Asked(self._ledger.settle(piece, proposals, declined=declined), usage)

    def _complete(
        self, piece: Piece, examples: Sequence[dict[str, str]], problem: str, cancel: threading.Event
    ) -> Reply:
        assert self._model is not None
        messages = self._prompt.render(
            examples=examples,
            employee=_called(piece),
            clause=address.by_pronoun(piece.said, piece.employee)[:_MODEL_ROWS_LONGEST],
            problem=problem,
        )
        room = 30 + 2 * len(piece.said.split())
        try:
            return self._model.complete(
                Request(messages, label=self._prompt.label, max_tokens=room, stop=("\n",)), cancel=cancel
            )
        except UnreadableReply:
            return Reply("", Usage(calls=1), self._model.name)

    def _retrieved(self, pieces: Sequence[Piece]) -> list[dict[str, str]]:
        """Return worked clauses near to this draft, for all its clauses, within a budget of tokens.

        Only spoken ones that speak of the employee as this draft does: they show the turn of the
        person, and an example of silence would teach silence.
        """
        chosen: dict[str, dict[str, str]] = {}
        room = _RETRIEVED_TOKENS
        for piece, candidates in zip(pieces, self._library.examples_for([p.said for p in pieces], 8), strict=True):
            for example in candidates:
                called = _called_in(example.clause)
                if not example.becomes or example.id in chosen or called != _called(piece):
                    continue
                cost = count_tokens(self._settings.model, f"{example.clause} {example.becomes}") + _TURN_TOKENS
                if cost > room:
                    continue
                chosen[example.id] = {"employee": called, "clause": example.clause, "becomes": example.becomes}
                room -= cost
                break
        return list(chosen.values())

    # --- the whole ------------------------------------------------------------------------

    def _compose(self, rows: Sequence[LedgerRow], job: _Job) -> Composition:
        return compose(rows, job.draft, job.elements, job.tone, job.reading.route)

    def _mended(self, rows: list[LedgerRow], job: _Job) -> list[LedgerRow]:
        """Leave out what hangs on an opinion; take back words of the model's that carry a finding in the message."""
        for at in range(1, len(rows)):
            if rows[at].becomes and self._ledger.hangs(job.pieces[at], rows[at - 1]):
                rows[at] = self._ledger.left_out(job.pieces[at])
        made = self._compose(rows, job)
        for finding in self._language.read(made.message).findings:
            for at, row in enumerate(rows):
                if row.becomes and finding.text in row.becomes and row.origin is Origin.MODEL:
                    rows[at] = self._ledger.settle(job.pieces[at], ())
        return rows

    def _result(self, job: _Job, made: Composition) -> Rewrite:
        draft, reading = job.draft, job.reading
        rules_only = self._model is None
        share = edit_share(visible(draft.text), made.message)
        return Rewrite(
            id=draft.id,
            draft=draft.text,
            message=made.message,
            say=made.say,
            after_they_answer=made.after_they_answer,
            topics=made.topics,
            parts=made.parts,
            ledger=made.rows,
            questions=made.questions,
            findings=reading.findings,
            pattern=reading.pattern,
            route=reading.route,
            notices=_notices(reading.route, made, share, rules_only=rules_only),
            citations=self._citations(made, reading),
            checks=checks.run(draft, reading, made, job.elements, job.pieces[0].employee, self._language),
            edit_share=round(share, 3),
            origin=_origin(made.rows, rules_only=rules_only),
            model=self._model.name if self._model else "rules",
            prompts=() if rules_only else (self._prompt.label,),
        )

    def _citations(self, made: Composition, reading: Reading) -> tuple[Citation, ...]:
        """Cite the library on what was done most: each reason once, the pattern and the route too."""
        reasons = list(dict.fromkeys(f"{r.kind.value.replace('_', ' ')}: {r.why}" for r in made.rows if r.why))[:2]
        if reading.pattern.name is not PatternName.NONE:
            reasons.insert(0, f"{reading.pattern.name.value} {reading.pattern.instead}")
        if reading.route:
            reasons.insert(0, "when to go to HR: removing the words does not remove the reason")
        reasons = reasons or ["describe what happened, its effect, and ask an open question"]
        found: dict[str, Citation] = {}
        for about in reasons[:3]:
            for passage in self._library.search(about, 1):
                found.setdefault(passage.id, self._library.cite(passage.id, about))
        return tuple(found.values())


@lru_cache(maxsize=1)
def _kind_reader(library: Library) -> KindReader:
    """Return what reads kinds, made once for a library: it costs seconds, and two rewriters may share it."""
    encode = library.encode_form
    if encode is None:
        return KindReader(library.all_examples, None)
    folder = home() / "vectors"
    memory = kept(folder / "clauses.npz", encode, library.embedder_identity)
    return KindReader(library.all_examples, encode, memory, folder / "kinds.npz")


def edit_share(draft: str, message: str) -> float:
    """Return the share of the message's words that are not the draft's, in order (0 to 1)."""
    a, b = wording.words(draft), wording.words(message)
    if not b:
        return 0.0
    same = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return 1.0 - same / len(b)


def _origin(rows: Sequence[LedgerRow], *, rules_only: bool) -> Origin:
    """Return whose words the message is: repaired up to a fifth replaced, fallback beyond that."""
    weight = dict.fromkeys(Origin, 0)
    for row in rows:
        if row.becomes:
            weight[row.origin] += len(wording.words(row.becomes))
    total = sum(weight.values())
    if not total or rules_only:
        return Origin.FALLBACK
    if weight[Origin.DRAFT] == total:
        return Origin.DRAFT
    replaced = weight[Origin.FALLBACK] / total
    if replaced > 0.2:
        return Origin.FALLBACK
    return Origin.REPAIRED if replaced or weight[Origin.REPAIRED] else Origin.MODEL


def _notices(route: Route | None, made: Composition, share: float, *, rules_only: bool) -> tuple[str, ...]:
    notices = []
    if route and route.to is RouteTo.EMERGENCY:
        notices.append(f"Somebody may be in danger. Call {route.contact} first.")
    elif route:
        notices.append(f"Talk to {route.contact} first.")
    if route:
        notices.append(NOT_LEGAL)
    if rules_only:
        notices.append("Rules only: no model has worked on this. It is an outline, not a finished text.")
    if len(made.topics) > 1:
        count = _COUNTED[len(made.topics)] if len(made.topics) < len(_COUNTED) else str(len(made.topics))
        notices.append(f"You raise {count} things. Which one today? The others are parked in the message.")
    if any(r.kind is Kind.CONSEQUENCE and r.becomes for r in made.rows):
        notices.append("A consequence is named. Confirm with HR before you say it.")
    if any(r.kind is Kind.REPORT and r.becomes for r in made.rows):
        notices.append("You rest on what somebody reported. Who saw this? May you name them?")
    if share > _MOSTLY_NEW and any(r.fate is Fate.REWORDED for r in made.rows):
        notices.append("Mostly not your own words: read it aloud, make it yours.")
    return tuple(notices)


_COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _called(piece: Piece) -> str:
    employee = piece.employee
    if employee.direct:
        return "you"
    return (employee.pronoun or Gender.THEY).value


def _called_in(clause: str) -> str:
    words = set(wording.words(clause))
    if words & {"you", "your", "u"}:
        return "you"
    return "she" if words & {"she", "her", "she's"} else "he" if words & {"he", "his", "him", "he's"} else "they"
