"""Who does what by when: promises as people note them, read line by line.

Knows how such lines are put ("Ana sends the list by Tuesday", "I clear the access", "- rota: Tom, Friday"). Each
part is verbatim or asked for; a date is kept as it was written and read only when somebody wants to keep it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.domain import Origin
from assistant.preparing import assignment
from assistant.preparing.plans import Ask, Given, Part
from assistant.rewriting.facts import names

_BULLET = re.compile(r"^\s*(?:[-*•–]|\[[ xX]?\]|\d{1,2}[.)])\s+")
_WHO = (
    r"(?P<who>(?:(?:I|[Mm]e(?=:)|[Yy]ou|[Ww]e|[Ss]he|[Hh]e|[Tt]hey|[Tt]he team|[Bb]oth)(?![\w-])|"
    r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?))"
)
_DOES = re.compile(
    rf"^\W*{_WHO}(?:\s*(?:[:,–]|->|→|=>)\s*|['’]ll\s+|\s+(?:will|shall|agreed to|promised to|is going to|are "
    rf"going to|going to|to|wants to|"
    rf"said (?:he|she|they)(?:['’]d| would))\s+|\s+)(?P<what>\S.+)$"
)
_AFTER = re.compile(
    r"^\W*(?P<what>[^:–(]+?)\s*(?:[:–]\s*|\(|\s-\s|,\s*)(?P<who>[A-Z][\w'’-]+|me|you|I)\b[\s,)]*(?P<rest>.*)$"
)
_BY_DATE = re.compile(r"[\s,;(–-]*\(?(?:due\s*:?\s*)?$", re.IGNORECASE)
_SPLIT = re.compile(
    r"\s*(?:;|\n|(?<=[.!])\s+(?=[A-Z])|,?\s+and\s+(?=(?:I|you|we|[A-Z][a-z]+)\s+(?:will|to|[a-z]+s?\b)\s))\s*"
)
_LEFT_OVER = re.compile(r"\s(?:after|at|on|by|before|until|due)$", re.IGNORECASE)
_NOTHING = re.compile(r"\W*(?:nothing|none|that['’]?s (?:it|all)|no more|no other)\b", re.IGNORECASE)
_NOT_WHO = frozenset("agreed next then also by on from the this that last open done todo to-do action actions".split())
_LONGEST = 30


@dataclass(frozen=True, slots=True)
class Promise:
    """Who does what by when; what a line does not say is asked."""

    who: Part
    what: Part
    by_when: Part


def promises(text: str) -> tuple[Promise, ...]:
    """Return the promises that a text notes, in its order."""
    return tuple(_promise(line) for line in list(_lines(text))[:_LONGEST])


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        for part in _SPLIT.split(_BULLET.sub("", line)):
            if part and len(re.findall(r"[^\W\d_]+", part)) > 1 and not _NOTHING.match(part):
                yield part.strip(" \t\r.,;")


def _promise(line: str) -> Promise:
    who, what, rest = _who(line)
    when = _day(rest) if rest else None
    if when is not None and rest:
        what = f"{what} {rest[: when.start]}{rest[when.end :]}"
    else:
        what = f"{what} {rest}".strip()
        when = _day(what)
        if when is not None and not what[when.end :].strip(" ).,;"):
            what = _BY_DATE.sub("", what[: when.start])
    what = _LEFT_OVER.sub("", what.strip(" \t.,;:–-()"))
    return Promise(
        Given(who, Origin.DRAFT) if who else Ask(f"Who does this: “{what}”?"),
        Given(what, Origin.DRAFT) if what else Ask("What exactly is done?"),
        Given(when.text, Origin.DRAFT) if when else Ask(f"By when: “{what}”?"),
    )


def _day(words: str) -> assignment.Piece | None:
    return assignment.read(words).by_when or _date_at_end(words)


def _who(line: str) -> tuple[str, str, str]:
    """Return who a line names, what they do, and what stands behind a name that comes second."""
    m = _DOES.match(line)
    if m and m["who"].lower() not in _NOT_WHO and _is_person(m["who"], line, m["what"]):
        return m["who"], m["what"], ""
    m = _AFTER.match(line)
    if m and (m["who"] in ("me", "you", "I") or m["who"] in names(f"with {m['who']}")):
        return m["who"], m["what"], m["rest"]
    return "", line, ""


def _is_person(who: str, line: str, rest: str) -> bool:
    """Whether the first word of a line is who does it, and no order to somebody ("Send the list")."""
    if who[:1].islower() or who in ("I", "Me", "You", "We", "She", "He", "They", "The team", "Both"):
        return True
    named = who.split(maxsplit=1)[0] in names(f"with {who}", inside_only=True)
    return named and (
        bool(re.match(r"\w+s\b|\w+ed\b|to\b|will\b", rest))
        or re.match(
            rf"\W*{re.escape(who)}\s*(?:[:,–]|->|→|=>|['’]ll| (?:will|shall|to|agreed|promised|is going|wants)\b)", line
        )
        is not None
    )


def _date_at_end(what: str) -> assignment.Piece | None:
    """Return a bare day at the end of a note: "rota: Tom, Friday"."""
    m = re.search(
        r"(?:^|[\s,(])((?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today|next week|\d{4}-\d\d-\d\d|"
        r"\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|"
        r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}(?:st|nd|rd|th)?))\W*$",
        what,
        re.IGNORECASE,
    )
    return assignment.Piece(m[1], m.start(1), m.end(1)) if m else None
