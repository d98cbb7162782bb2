"""Handing back what was taken, and staying in what was left alone: the two default behaviours undone.

Knows how a manager lists such work, one piece a line or in a sentence. Each piece has an owner, a standard, a day
to look, a level and a mistake that may happen: what the words do not hold is asked. No model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.domain import Citation, Finding, Origin, Reading, Route
from assistant.preparing import assignment
from assistant.preparing.plans import Ask, Given, Part, Plan, Plans
from assistant.preparing.standard import Maturity, Questions, given, level_titles, levels
from assistant.preparing.standard import standard as standard_of
from assistant.rewriting.clauses import visible
from assistant.rewriting.facts import dates, names, numbers

_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_I_DID = re.compile(
    r"^\W*(?:(?:and|also|then|plus|but)\s+)*(?:i(?:['’]m|['’]ve|['’]ll| am| have| had| will)?\s+)?"
    r"(?:(?:been|keep|kept|still|always|now|usually|often|ended up|end up|started|just|also|even|mostly|"
    r"currently)\s+)*",
    re.IGNORECASE,
)
_TOOK = re.compile(
    r"\b(?:(?:re)?(?:do|did|done|doing|write|wrote|written|writing|make|made|making|check|checked|checking|approv\w+|"
    r"answer\w*|handl\w+|tak(?:e|ing|en) over(?! from| for)|took over|proofread\w*|"
    r"translat\w+|tak(?:e|ing|en) back|took back|fix\w*|correct\w*|"
    r"edit\w*|run|ran|"
    r"running|call\w*|plan\w*|order\w*|sign\w*|decid\w+|review\w*|prepar\w+|manag\w+|clean\w*|cook\w*|pack\w*|send\w*|"
    r"sent|clos\w+|book\w*|plat\w+))\s+(?P<what>[^.;!?\n]+)"
    r"|\b(?:take|took|taken|taking|pull|pulled|pulling)\s+(?P<back>[^.;!?\n]+?)\s+(?:back|over|off|away)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,]*(?:\b(?:last (?:night|week|month|time)|yesterday|(?:this|that) (?:morning|week)|myself|personally|"
    r"on my own|"
    r"again|at night|in the evening|on sundays?|at weekends?|because .*|since .*|so .*|"
    r"before (?:it|they|he|she|you).*|after (?:she|he|they|you).*|to be safe|these days|every time|now|anyway|"
    r"instead)\b[\s,]*)+$",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"\s*(?:;\s*|\n|,\s*(?:and\s+)?|\s+and\s+)(?=(?:also\s+|then\s+)?(?:i\b|(?:re)?(?:do|did|writ|wrote|mak|made|"
    r"check|approv|"
    r"answer|handl|tak|took|fix|correct|edit|run|ran|call|plan|order|sign|decid|review|prepar|manag|clean|cook|"
    r"pack|send|sent|"
    r"clos|book|plat)\w*\b))",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*(?:,\s*(?:and\s+)?|;\s*|\s+and\s+)", re.IGNORECASE)
_OPENS_PIECE = re.compile(r"(?:the|my|our|all|every|a|an)\b|\w+ing\b", re.IGNORECASE)
_SHOULD = re.compile(
    r"^\W*[\w ]{2,30}? (?:should|could|(?:is|was) (?:meant|supposed) to) \w+ (?P<what>[^.;!?\n]+?),? "
    r"(?:but|and|yet) i\b",
    re.IGNORECASE,
)
_NAMED_AFTER = re.compile(r"\s*(?:\([^)]*\)|(?:->|→|=>).*)\s*$")
_GIVEN_TO = re.compile(r"\(\s*([A-Z][\w'’-]+)\s*\)\s*$|(?:->|→|=>)\s*([A-Z][\w'’-]+)")
_PARTS = re.compile(r"\s*(?::\s|,\s|\s[–-]\s|\s(?:back\s)?to\s(?=[A-Z]))")
_LONGEST = 20
"""Pieces of work that are handed back at once; more than that is a job, and not a list."""


@dataclass(frozen=True, slots=True)
class HandedBack:
    """One piece of work and what it takes to give it back. ``say`` has blanks to fill."""

    work: Part
    owner: Part
    standard: Part
    check_on: Part
    level: Part
    let_struggle: Part
    say: str


@dataclass(frozen=True, slots=True)
class HandBack:
    """The list of what goes back. Where the text names no work, ``items`` is empty and ``asks`` says what is needed."""

    input: str
    items: tuple[HandedBack, ...]
    levels: tuple[str, ...]
    asks: Part | None
    findings: tuple[Finding, ...]
    route: Route | None
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class StayIn:
    """What it takes to stay in work that was handed over: standard, first look, when to raise a hand."""

    input: str
    work: str
    outcome: Part
    measure: Part
    first_check: Part
    raise_hand: Part
    visibility: Part
    say: str
    findings: tuple[Finding, ...]
    route: Route | None
    citations: tuple[Citation, ...]


def hand_back(plans: Plans, text: str, reading: Reading) -> HandBack:
    """Return the pieces of work that a text lists, each with its parts or with the questions for them."""
    words = plans.standard.part("hand_back")
    items = tuple(_item(plans, line) for line in list(_lines(text))[:_LONGEST])
    cited = (words.cite(plans), words.cite(plans, "struggle"))
    asks = None if items else Ask(words.text("nothing"))
    return HandBack(text, items, levels(plans.standard), asks, reading.findings, reading.route, cited)


def stay_in(plans: Plans, text: str, reading: Reading, maturity: Maturity | None = None) -> StayIn:
    """Return what to settle about work that was handed over and left alone."""
    words = plans.standard.part("stay_in")
    page = standard_of(plans, text, reading, maturity)
    said = assignment.read(text)
    first = next((piece for piece in (said.visibility, said.raise_hand) if piece and _has_day(piece.text)), None)
    cited = words.cite(plans)
    return StayIn(
        text,
        page.work,
        page.outcome,
        page.measure,
        given(first, cited) or Ask(words.text("check")),
        page.raise_hand,
        page.visibility,
        words.text("say", work=page.work),
        page.findings,
        page.route,
        (cited, *page.citations),
    )


def _lines(text: str) -> Iterator[str]:
    """Yield the pieces of work in a text: one a line, or those that a sentence lists."""
    lines = [_BULLET.sub("", line).strip() for line in text.split("\n")]
    lines = [line for line in lines if any(char.isalpha() for char in line)]
    if len(lines) > 1:
        yield from (line.strip(" \t\r\n,;.!") for line in lines)
        return
    for line in re.split(r"(?<=[.!?])\s+", text.strip()):
        listed = _LISTED.split(line)
        named = all(_OPENS_PIECE.match(part) and not re.search(r"\bi\b", part, re.IGNORECASE) for part in listed)
        for part in listed if named else _JOINED.split(line):
            if len(re.findall(r"\w+", part)) and any(char.isalpha() for char in part):
                yield part.strip(" \t\r\n,;.!")


def _item(plans: Plans, line: str) -> HandedBack:
    plan, words = plans.standard, plans.standard.part("hand_back")
    said = assignment.read(line)
    kind = plans.kind_of(line)
    work = _work(line)
    about = _spoken(work)
    asks = Questions(plans, said, kind)
    cited = words.cite(plans)
    owner = _owner(line)
    held: tuple[Part, ...] = tuple(one.level for one in asks.decides()) if said.decisions else ()
    return HandedBack(
        work=Given(work, Origin.DRAFT, cited),
        owner=Given(owner, Origin.DRAFT, asks.cite("owner")) if owner else Ask(words.text("owner", work=about)),
        standard=given(said.measure, asks.cite("measure"))
        or Ask(words.text("standard", work=about, examples=kind.examples("measure"))),
        check_on=given(said.by_when, asks.cite("by_when")) or Ask(words.text("check", work=about)),
        level=held[0] if held else Ask(words.text("level", work=about, levels=level_titles(plan))),
        let_struggle=Ask(words.text("struggle", work=about, examples=_struggles(words))),
        say=words.text("say", work=_to_them(about, owner)),
    )


def _work(line: str) -> str:
    """Return the piece of work that a line names, verbatim: without "I keep redoing" and "myself"."""
    line = _NAMED_AFTER.sub("", line) or line
    if should := _SHOULD.match(line):
        return should["what"]
    rest = line[_I_DID.match(line).end() :] if _I_DID.match(line) else line  # type: ignore[union-attr]
    m = _TOOK.match(rest)
    acts = m is not None and not rest.split()[0].lower().endswith("s")  # "calls with the landlord" are a thing
    found = (m["what"] or m["back"]) if m and acts else _PARTS.split(rest)[0]
    when = assignment.read(line).by_when
    if when and when.text in found and not found.startswith(when.text):
        found = found[: found.index(when.text)]
    short = _TAIL.sub("", found).strip(" ,.;:!")
    return short or found.strip() or line


def _owner(line: str) -> str:
    """Return the name that a line gives the work: "Ana's slides", "back to Ana", "Ana: the rota"."""
    if m := _GIVEN_TO.search(line):
        return m[1] or m[2]
    for name in names(f"the {line}"):
        if re.search(
            rf"\b{re.escape(name)}(?:['’]s?\b|:)|\b(?:to|from|off) {re.escape(name)}\b|"
            rf"\(\s*{re.escape(name)}\s*\)|(?:->|→|=>)\s*{re.escape(name)}\b",
            line,
        ):
            return name
    read = assignment.read(line).owner
    return read.text if read else ""


def _spoken(work: str) -> str:
    return visible(work)


def _to_them(work: str, owner: str) -> str:
    """Return the work spoken to its owner: "Ana's slides" are "your slides"."""
    turned = re.sub(rf"\b{re.escape(owner)}['’]s?\b", "your", work) if owner else work
    return re.sub(r"\b(?:his|her|their)\b", "your", turned)


def _has_day(text: str) -> bool:
    return bool(dates(text) or numbers(text))


def _struggles(words: Plan) -> str:
    *early, last = words.some_texts("struggles")
    return f"{', '.join(early)}, or {last}" if early else last
