"""Standard first, without a gate: had they been told? Beside a rewrite, the version that states the expectation.

Knows what a rewrite's ledger holds. Uses its facts as they stand there, states the standard as from now on, and
leaves the cause to the employee. Never replaces the rewrite: the manager chooses. No model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain import Citation, Context, Fate, Kind, LedgerRow, Origin, Rewrite
from assistant.preparing.plans import Ask, Given, Part, Plans
from assistant.rewriting.wording import capital, finish

_GREETING = re.compile(r"(?:Hi|Hello|Dear|Hey)[^\n]{0,60},$")
_AS_AGREED = re.compile(
    r"^(?:as (?:we )?agreed,? |(?:on [^,]{2,40},? )?we (?:had )?(?:agreed|said|settled)(?: on [^,]{2,40}?)? that |"
    r"i (?:told|asked|said to) you(?: on [^,]{2,40}?)? (?:that|to) |(?:the|our) "
    r"(?:standard|rule|expectation|agreement) (?:is|was)(?: that)? )",
    re.IGNORECASE,
)
_STOOD = (Fate.KEPT, Fate.REWORDED)


class Told(StrEnum):
    """Whether the employee had been told that this was expected."""

    YES = "yes"
    NOT_CLEARLY = "not_clearly"
    NOT_SURE = "not_sure"


@dataclass(frozen=True, slots=True)
class StandardFirst:
    """What follows from the answer: a version that states the expectation, or a context for the rewrite.

    ``question`` is asked of the employee; ``context`` goes into another rewrite where the standard was stated.
    """

    told: Told
    message: Part | None
    standard: Part
    stated_when: Part | None
    question: str
    after_they_answer: str
    why: str
    context: Context | None
    citations: tuple[Citation, ...]


def standard_first(plans: Plans, rewrite: Rewrite, told: Told, *, when: str = "", expected: str = "") -> StandardFirst:
    """Return what follows from whether they had been told. ``expected`` is the standard in the manager's words."""
    words = plans.standard.part("expected")
    known = expected.strip() or _standard_of(rewrite)
    stated: Part = Given(known, Origin.DRAFT) if known else Ask(words.text("standard"))
    cited = (words.cite(plans), words.cite(plans, "cause"))
    if told is Told.YES:
        said: Part = Given(when.strip(), Origin.DRAFT) if when.strip() else Ask(words.text("when"))
        context = Context(known, when.strip()) if known and when.strip() else None
        return StandardFirst(told, None, stated, said, words.text("cause"), "", "", context, cited)
    unsure = told is Told.NOT_SURE
    return StandardFirst(
        told=told,
        message=_message(rewrite, known, words.text("owning"), words.text("stating"), words.text("cause")),
        standard=stated,
        stated_when=None,
        question=words.text("understood" if unsure else "cause"),
        after_they_answer=words.text("say_back"),
        why=words.text("not_sure" if unsure else "why"),
        context=None,
        citations=cited,
    )


def _message(rewrite: Rewrite, known: str, owning: str, stating: str, cause: str) -> Part:
    if rewrite.route is not None:
        return Ask(f"Talk to {rewrite.route.contact or rewrite.route.to.upper()} first. Until then there are no words.")
    facts = [finish(row.becomes) for row in rewrite.ledger if _is(row, Kind.OBSERVATION, Kind.REPORT, Kind.IMPACT)]
    head = rewrite.message.split("\n", 1)[0].strip()
    greeting = [head] if _GREETING.fullmatch(head) else []
    standard = finish(known) if known else "[what you expect, in a sentence that both of you can check]."
    body = [" ".join(facts), f"{owning} {stating} {capital(standard)}", cause]
    return Given("\n\n".join([*greeting, *(part for part in body if part)]), Origin.FALLBACK)


def _standard_of(rewrite: Rewrite) -> str:
    """Return the standard as the rewrite states it, without a claim that it was agreed on."""
    for kind in (Kind.STANDARD, Kind.REQUEST):
        for row in rewrite.ledger:
            if _is(row, kind):
                return capital(_AS_AGREED.sub("", row.becomes.strip()))
    return ""


def _is(row: LedgerRow, *kinds: Kind) -> bool:
    return row.kind in kinds and row.fate in _STOOD and bool(row.becomes.strip())
