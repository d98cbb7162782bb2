"""From a page to agreements: who does what by when, from its parts and from what was typed into its questions.

Knows the pages that end in an agreement, and the store. A date that cannot be read is not guessed: the line says
what it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.agreements import agree
from assistant.dates import read_date, say_date
from assistant.errors import InputError
from assistant.formats import prepare_text
from assistant.formats.calendar_file import Entry
from assistant.keeping.store import Store
from assistant.preparing.hand_back import HandBack, StayIn
from assistant.preparing.one_on_one import Record
from assistant.preparing.plans import Part, text_of
from assistant.preparing.standard import WorkStandard
from assistant.web.words import Words

_LEAD = re.compile(
    r"^(?:(?:is |are )?due\s+)?(?:(?:by|before|until|till|on|from|starting|no later than|not later than|for)\s+)?",
    re.IGNORECASE,
)
_ME = frozenset(("i", "me"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be kept as an agreement. An empty string is what is still missing."""

    who: str
    what: str
    by_when: str
    standard: str = ""


def candidates(made: prepare_text.Prepared, fields: Mapping[str, str], who: str = "") -> tuple[Candidate, ...]:
    """Return what a page holds that could be kept."""
    return tuple(_candidates(made, fields, who))


def kept(store: Store, found: Sequence[Candidate], today: date, words: Words) -> tuple[list[str], list[str]]:
    """Keep what is complete; return what was kept and what each of the others lacks, in words."""
    done, lacking = [], []
    for one in found:
        day = day_of(one.by_when, today)
        missing = [words(f"prepare.missing.{name}") for name in ("who", "what") if not getattr(one, name)]
        missing += [] if day else [words("prepare.missing.day", said=one.by_when or "…")]
        if missing or day is None:
            lacking.append(f"{one.what or '…'}: {', '.join(missing)}")
            continue
        store.add(agree(one.who, one.what, day, on=today, standard=one.standard))
        done.append(f"{one.who}: {one.what} ({say_date(day)})")
    return done, lacking or ([] if done else [words("prepare.missing.all")])


def entries(found: Sequence[Candidate], today: date) -> list[Entry]:
    """Return the days on which something is looked at together."""
    days = [(one, day_of(one.by_when, today)) for one in found]
    return [prepare_text.look(one.what, day, one.standard) for one, day in days if day is not None]


def day_of(words: str, today: date) -> date | None:
    """Return the day that words name, without "by" and without an hour; None where it cannot be read."""
    said = _LEAD.sub("", words.strip())
    for text in (said, re.sub(r"[\s,]+(?:at |by )?(?:\d{1,2}[:.]\d\d|\d{1,2}\s?[ap]m|noon|midday)$", "", said)):
        try:
            return read_date(text, today)
        except InputError:
            continue
    return None


def _candidates(made: prepare_text.Prepared, fields: Mapping[str, str], who: str) -> Iterator[Candidate]:
    def said(part: Part, key: str) -> str:
        return text_of(part) or fields.get(key, "")

    if isinstance(made, WorkStandard):
        what = said(made.outcome, "outcome") or text_of(made.task)
        yield Candidate(said(made.owner, "owner"), what, said(made.by_when, "by_when"), said(made.measure, "measure"))
    elif isinstance(made, StayIn):
        what = said(made.outcome, "outcome") or made.work
        yield Candidate(who, what, said(made.first_check, "first_check"), said(made.measure, "measure"))
    elif isinstance(made, HandBack):
        for at, item in enumerate(made.items, 1):
            yield Candidate(
                said(item.owner, f"owner_{at}"),
                text_of(item.work),
                said(item.check_on, f"check_on_{at}"),
                said(item.standard, f"standard_{at}"),
            )
    elif isinstance(made, Record):
        for one in made.promises:
            name = text_of(one.who)
            yield Candidate("I" if name.lower() in _ME else name, text_of(one.what), text_of(one.by_when))
