"""Holds a finished rewrite against its draft, each check with a name a manager understands.

Knows facts, rules and composition; asks no model. A check that fails says what it saw.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain import Category, Check, Draft, Element, Fate, Finding, LedgerRow, Origin, Reading, Route
from assistant.reading.language import Language
from assistant.rewriting import address, compose, facts, wording
from assistant.rewriting.address import Employee
from assistant.rewriting.clauses import visible
from assistant.rewriting.compose import Composition
from assistant.rewriting.employee import without_quotes
from assistant.rewriting.pieces import ROUTED
from assistant.rewriting.spoken import SENTENCE_WORDS

_WORDING = (
    ("No labels", frozenset({Category.LABEL, Category.STEREOTYPE, Category.PROFANITY, Category.SARCASM,
                             Category.VAGUE_BLAME, Category.VAGUE_PRAISE})),
    ("No always or never", frozenset({Category.GENERALIZATION})),
    ("No guessed motives", frozenset({Category.MIND_READING})),
    ("No rumours", frozenset({Category.HEARSAY})),
    ("No threats", frozenset({Category.THREAT})),
    ("No comparison with a colleague", frozenset({Category.COMPARISON})),
    ("Nothing that a person has to see first", ROUTED),
)  # fmt: skip
CORPORATE = re.compile(
    r"\b(?:going forward|moving forward|touch base|circle back|opportunit(?:y|ies) for|room for improvement|"
    r"reach out|leverage|synerg\w+|align on|best practices?|deliverables?|stakeholders?|please ensure|"
    r"it is (?:important|crucial|imperative)|at your earliest convenience|per my|as per)\b",
    re.IGNORECASE,
)
_SOFT = re.compile(
    r"\b(?:a bit|a little|slightly|somewhat|perhaps|maybe|kind of|sort of|minor|small issue|no worries|"
    r"not a big deal|just wanted)\b",
    re.IGNORECASE,
)


def run(
    draft: Draft, reading: Reading, made: Composition, elements: Sequence[Element], employee: Employee,
    language: Language,
) -> tuple[Check, ...]:  # fmt: skip
    """Return every check on a composition, in the order a manager would ask."""
    message = made.message
    found = language.read(message).findings
    return (
        _facts_kept(made, employee),
        _nothing_invented(draft, made, reading.route),
        *(_wording(name, categories, found) for name, categories in _WORDING),
        _spoken_to(message, employee, reading.route),
        _parts_present(made, elements, reading.route),
        _not_softer(draft, message),
        _orders_are_text(made.rows, found),
        _speakable(made.say),
        _plain_words(draft, message),
    )


def summary(checks: Sequence[Check], rows: Sequence[LedgerRow]) -> str:
    """Return the one line under which ledger and checks are folded."""
    kept = sum(1 for r in rows if r.becomes)
    left = sum(1 for r in rows if r.fate is Fate.DROPPED)
    asked = sum(1 for r in rows if r.fate is Fate.ASKED)
    failed = [c.name for c in checks if not c.passed]
    number = sum(len(_hard_facts(r)) for r in rows if r.becomes)
    line = f"All {number} facts kept" if checks and checks[0].passed else "Some facts are missing"
    line += f", {kept} of {len(rows)} clauses used, {left} left out"
    line += f", {asked} to be asked" if asked else ""
    return line + (f". Not passed: {', '.join(failed)}" if failed else "")


def _used(row: LedgerRow) -> str:
    """Return what a row is held to: its clause, without a quotation that became a blank."""
    text = visible(row.text)
    return without_quotes(text) if facts.THE_WORDS in row.becomes else text


def _hard_facts(row: LedgerRow) -> set[str]:
    found = facts.facts(_used(row))
    return {*found.numbers, *found.dates, *found.quotes}


def _facts_kept(made: Composition, employee: Employee) -> Check:
    """Numbers, dates, names and quotes of every clause that was not routed stand in the message."""
    missing: list[str] = []
    for row in made.rows:
        if row.fate is Fate.ROUTED or row.kind.value == "instruction":
            continue
        if row.fate is Fate.DROPPED and "note to me" in row.why:
            continue
        text = _used(row)
        for lost in facts.lost(text, made.message, but=employee.names):
            if lost not in missing and not (not row.becomes and lost[0].isupper()):
                missing.append(lost)
        if row.becomes and _denies(text) and not _denies(row.becomes) and "not" not in missing:
            missing.append("not")
    return Check("All facts kept", not missing, "Missing: " + ", ".join(missing) if missing else "")


def _denies(text: str) -> bool:
    """Tell whether a text says that something was not so; "never" is left to the rules."""
    return facts.facts(re.sub(r"\bnever\b", "", text, flags=re.IGNORECASE)).negated


def _nothing_invented(draft: Draft, made: Composition, route: Route | None) -> Check:
    source = " ".join([visible(draft.text), draft.context.standard, draft.context.stated_when])
    frame = " ".join(
        [compose.OUTLINE, compose.PRAISE_OUTLINE, *(t for f in compose.FRAME.values() for t in f.values())]
    )
    frame += (
        f" What we agreed expect. {route.contact if route else ''} Call Talk to before you say or send this. Removing "
    )
    frame += "the words does not remove the reason."
    known = {_root(w) for w in wording.words(f"{source} {frame}")}
    strange = facts.added(f"{source} {frame}", made.message)
    rewritten = " ".join(r.becomes for r in made.rows if r.becomes and r.origin in (Origin.MODEL, Origin.REPAIRED))
    new = [w for w in wording.words(rewritten) if len(w) > 3 and _root(w) not in known and w not in _GRAMMAR]
    claims = new if len(new) > max(3, len(wording.words(rewritten)) // 8) else []
    detail = ", ".join([*strange, *dict.fromkeys(claims)])
    return Check("Nothing invented", not detail, "Not in the draft: " + detail if detail else "")


_GRAMMAR = frozenset("your yours yourself were have been don't didn't weren't haven't please with that this from until "
                     "called came went did not aren't you're you've".split())  # fmt: skip


def _root(word: str) -> str:
    return word.replace("’", "'").removesuffix("'s")[:5]


def _wording(name: str, categories: frozenset[Category], found: Sequence[Finding]) -> Check:
    hits = [f.text for f in found if f.category in categories]
    return Check(name, not hits, "Still there: " + ", ".join(hits) if hits else "")


def _spoken_to(message: str, employee: Employee, route: Route | None) -> Check:
    if route and route.entangled:
        message = message.partition("\n")[2]
    about = address.speaks_of_employee(message, employee)
    return Check("Spoken to the person", not about, "It still speaks about them." if about else "")


def _parts_present(made: Composition, elements: Sequence[Element], route: Route | None) -> Check:
    if route and route.entangled:
        return Check("Every part is there or asked for", True, "Held back until you have talked to somebody.")
    missing = [
        e.id
        for e in elements
        if not getattr(made.parts, e.part) and not any(e.asks.rstrip(".?") in q for q in made.questions)
        and e.part not in ("situation", "behavior")
    ]  # fmt: skip
    if not (made.parts.behavior or made.questions):
        missing.insert(0, "behavior")
    return Check("Every part is there or asked for", not missing, ", ".join(missing))


def _not_softer(draft: Draft, message: str) -> Check:
    softened = [m.group() for m in _SOFT.finditer(message) if m.group().lower() not in draft.text.lower()]
    return Check("As serious as the draft", not softened, "Softened by: " + ", ".join(softened) if softened else "")


def _orders_are_text(rows: Sequence[LedgerRow], found: Sequence[Finding]) -> Check:
    hits = [f.text for f in found if f.category is Category.INJECTION]
    obeyed = [r for r in rows if r.kind.value == "instruction" and r.becomes]
    return Check("Orders in the draft are treated as text", not (hits or obeyed), "; ".join(hits))


def _speakable(say: str) -> Check:
    total = len(wording.words(say))
    long = [s for s in re.split(r"(?<=[.!?])\s+", say) if len(wording.words(s)) > SENTENCE_WORDS]
    detail = f"{total} words" if total > compose.SAY_WORDS else ""
    detail = detail or ("A sentence has more than 20 words." if long else "")
    return Check("Short enough to say", not detail, detail)


def _plain_words(draft: Draft, message: str) -> Check:
    stiff = [m.group() for m in CORPORATE.finditer(message) if m.group().lower() not in draft.text.lower()]
    return Check("Plain words", not stiff, ", ".join(stiff))
