"""What was prepared as Markdown, plain text and calendar entries. Shared by the command line and the page.

Knows how each page reads. A part that is asked for stands as a blank with its question; the page lets a person
fill it in. Outside text is escaped for Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import Enum
from hashlib import sha256
from typing import Any, TypeAlias

from assistant.domain import Citation, PatternName, Route
from assistant.formats.calendar_file import Entry
from assistant.formats.render import NOT_LEGAL, escaped, one_line, route_lines, title
from assistant.preparing.first_days import Answer, FirstDays
from assistant.preparing.hand_back import HandBack, HandedBack, StayIn
from assistant.preparing.one_on_one import OneOnOne, Record, Stop
from assistant.preparing.plans import Ask, Given, Part
from assistant.preparing.playbook import Playbook
from assistant.preparing.promises import Promise
from assistant.preparing.standard import WorkStandard
from assistant.rewriting.wording import capital


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a page: a name, its part, and a key under which it can be filled in.

    ``choices`` are the answers there are, where they are few. A row that is not to ``fill`` is worked out.
    """

    key: str
    name: str
    part: Part
    choices: tuple[str, ...] = ()
    fill: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a page: a heading, rows to fill in, lines to read, words to say, and what it rests on.

    ``for_you`` marks what is for the manager alone and is not handed out with the page.
    """

    title: str
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()
    say: str = ""
    citation: Citation | None = None
    for_you: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its title, what has to be read first, its sections, and its sources."""

    title: str
    first: tuple[str, ...]
    sections: tuple[Section, ...]
    citations: tuple[Citation, ...] = ()


Prepared: TypeAlias = WorkStandard | OneOnOne | Playbook | HandBack | StayIn | FirstDays | Record

_STANDARD_ROWS = (
    ("owner", "Whose it is"),
    ("outcome", "Outcome"),
    ("measure", "Measure"),
    ("by_when", "By when"),
    ("visibility", "Visible progress"),
    ("raise_hand", "Raise a hand"),
    ("good", "Good"),
    ("not_good", "Not good"),
)


def sheet(prepared: Prepared) -> Sheet:
    """Return what was prepared as a page."""
    pages: dict[type, Callable[[Any], Sheet]] = {
        WorkStandard: _standard,
        OneOnOne: _one_on_one,
        Playbook: _playbook,
        HandBack: _hand_back,
        StayIn: _stay_in,
        FirstDays: _first_days,
        Record: _record,
    }
    return pages[type(prepared)](prepared)


def markdown(page: Sheet) -> str:
    """Return a page as Markdown."""
    blocks = [f"# {escaped(page.title)}", *(escaped(line) for line in page.first)]
    for section in page.sections:
        blocks.append(f"## {escaped(section.title)}")
        blocks += (
            ["\n".join(f"- **{escaped(row.name)}:** {_filled(row.part)}" for row in section.rows)]
            if section.rows
            else []
        )
        blocks += ["\n".join(f"- {escaped(line)}" for line in section.lines)] if section.lines else []
        blocks += [f"> {escaped(line)}" if line else ">" for line in section.say.split("\n")] if section.say else []
    if page.citations:
        sources = [f"- {escaped(c.title)} ({escaped(c.source)}): “{escaped(c.quote)}”" for c in page.citations]
        blocks += ["## Sources", "\n".join(sources)]
    return "\n\n".join([*blocks, NOT_LEGAL]) + "\n"


def plain_text(page: Sheet) -> str:
    """Return a page for a terminal."""
    blocks = [[page.title], *([line] for line in page.first)]
    for section in page.sections:
        lines = [section.title]
        for row in section.rows:
            mark = "?" if isinstance(row.part, Ask) else " "
            lines.append(f"{mark} {one_line(row.name)}: {one_line(said(row.part))}")
        lines += [f"  - {one_line(line)}" for line in section.lines]
        lines += [f"  “{one_line(line)}”" for line in section.say.split("\n") if line]
        if section.citation:
            lines.append(f"    ({section.citation.id}: “{one_line(section.citation.quote)}”)")
        blocks.append(lines)
    return "\n\n".join("\n".join(lines) for lines in blocks)


def as_plain(value: object) -> Any:  # noqa: ANN401 - JSON is any
    """Return what was prepared as plain JSON types."""
    return json.loads(json.dumps(asdict(value), default=_iso))  # type: ignore[call-overload]


def said(part: Part) -> str:
    """Return a part's words or its question."""
    return part.text if isinstance(part, Given) else part.ask


def meeting(agenda: OneOnOne, start: datetime, who: str) -> Entry:
    """Return a one-on-one as a calendar entry, the agenda in its notes."""
    stops = [f"{stop.begins} min: {stop.title} ({stop.minutes} min)" for stop in agenda.stops]
    return Entry(
        f"one-on-one-{start:%Y%m%dT%H%M}", start, f"One-on-one {who}".strip(), "\n".join(stops), agenda.minutes
    )


def weeks(plan: FirstDays) -> list[Entry]:
    """Return the dated weeks of the first ninety days as calendar entries."""
    return [
        Entry(f"first-days-{number}", week.ends, f"Week {week.week}: {week.title}", f"{week.do}\n{week.done_when}")
        for number, week in enumerate(plan.weeks, 1)
        if week.ends is not None
    ]


def look(what: str, on: date, notes: str = "") -> Entry:
    """Return a day on which something is looked at together."""
    sign = sha256(what.encode()).hexdigest()[:12]
    return Entry(f"look-{on:%Y%m%d}-{sign}", on, f"Look together: {one_line(what)[:120]}", notes)


# --- pages ----------------------------------------------------------------------------------------------


def _standard(made: WorkStandard) -> Sheet:
    rows = [Row(name, label, getattr(made, name)) for name, label in _STANDARD_ROWS]
    head = [Row("task", "Handed over", made.task)] if isinstance(made.task, Given) else []
    sections = [Section("The standard", (*head, *rows))]
    decided = tuple(Row(f"decides_{at}", title(d.about), d.level, made.levels) for at, d in enumerate(made.decides, 1))
    sections.append(Section("Who decides what", decided))
    if made.leaning.name is not PatternName.NONE:
        shown = [", ".join([*(f"“{words}”" for words in made.leaning.evidence), *made.leaning.signs])]
        sections.append(
            Section(
                title(made.leaning.name),
                lines=(made.leaning.says, *shown),
                citation=made.leaning.citation,
                for_you=True,
            )
        )
    sections += [
        Section(
            f"In between: {choice.title.lower()}",
            lines=(choice.do,),
            say=choice.say,
            citation=choice.citation,
            for_you=True,
        )
        for choice in made.between
    ]
    if made.also:
        sections.append(Section("Also in your words", lines=made.also, for_you=True))
    work = "" if made.work == "this" else f": {made.work}"
    return Sheet(f"A standard of good execution{work}", _first(made.route), tuple(sections), made.citations)


def _one_on_one(made: OneOnOne) -> Sheet:
    sections = [
        Section(
            f"{stop.title} ({stop.minutes} min)",
            tuple(_open_point(stop, at, item) for at, item in enumerate(stop.items, 1)),
            (
                stop.do,
                *(f"For them: {question}" for question in stop.theirs),
                *(f"For the work: {q}" for q in stop.yours),
            ),
            citation=stop.citation,
        )
        for stop in made.stops
    ]
    sections.append(Section("Afterwards", (Row("record", "Who does what by when", made.record),)))
    first = list(_first(made.route))
    first += [f"“{what}” has slipped more than once: it needs a talk of its own." for what in made.conversations]
    name = f" with {made.who.text}" if isinstance(made.who, Given) else ""
    return Sheet(f"One-on-one{name}, {made.minutes} minutes", tuple(first), tuple(sections), made.citations)


def _open_point(stop: Stop, at: int, item: Part) -> Row:
    return Row(f"{stop.id}_{at}", "Open point" if isinstance(item, Given) else stop.title, item)


def _playbook(made: Playbook) -> Sheet:
    if made.stop is not None:
        because = tuple(f"“{reason}”" for reason in made.stop.reasons)
        first = Section(f"First: {made.stop.contact}", lines=(made.stop.says, *because), citation=made.stop.citation)
        return Sheet("When things go wrong", (), (first,), made.citations)
    rung = () if made.rung is None else (Row("rung", "Rung", made.rung, fill=False),)
    known = tuple(Row(fact.id, fact.question, fact.answer, fact.choices) for fact in made.rung_facts)
    sections = [
        Section("Before anything else", lines=made.stop_questions),
        Section("What happened", _numbered("facts", "Fact", made.facts)),
        Section("What was expected", _rows(("standard", "Standard", made.standard))),
        Section("Ask for the cause", _rows(("opening", "Ask", made.opening)), tuple(_causes(made))),
        Section("Which rung", (*rung, *known)),
        Section("Which conversation", _rows(("conversation", title(made.conversation_id or ""), made.conversation))),
        Section("Words for it", _rows(("words", "Say", made.words))),
        Section("What to agree", _numbered("agree", "Agree", made.agree)),
        Section("When to check", _rows(("check_on", "Look together", made.check_on))),
        Section("If it slips again", _rows(("next", "Next", made.next))),
        Section("When to stop and go to HR", _numbered("hr", "Stop when", made.go_to_hr)),
    ]
    return Sheet("When things go wrong", (), tuple(sections), made.citations)


def _hand_back(made: HandBack) -> Sheet:
    names = (
        ("owner", "Owner"), ("standard", "Standard"), ("check_on", "Look together on"),
        ("level", "How far they decide"), ("let_struggle", "Let them struggle with"),
    )  # fmt: skip
    sections = [
        Section(
            capital(said(item.work)),
            tuple(_item_row(item, at, name, label, made.levels) for name, label in names),
            say=item.say,
        )
        for at, item in enumerate(made.items, 1)
    ]
    if made.asks is not None:
        sections = [Section("What goes back", (Row("work", "Work", made.asks),))]
    return Sheet("Hand it back", _first(made.route), tuple(sections), made.citations)


def _item_row(item: HandedBack, at: int, name: str, label: str, levels: tuple[str, ...]) -> Row:
    return Row(f"{name}_{at}", label, getattr(item, name), levels if name == "level" else ())


def _stay_in(made: StayIn) -> Sheet:
    rows = _rows(
        ("outcome", "Outcome", made.outcome),
        ("measure", "Measure", made.measure),
        ("first_check", "First look together", made.first_check),
        ("visibility", "Visible progress", made.visibility),
        ("raise_hand", "Raise a hand", made.raise_hand),
    )
    work = "" if made.work == "this" else f": {made.work}"
    return Sheet(f"Stay in it{work}", _first(made.route), (Section("Settle now", rows, say=made.say),), made.citations)


def _first_days(made: FirstDays) -> Sheet:
    sections = [
        Section(
            f"Week {week.week}: {week.title}",
            lines=tuple(
                filter(None, (week.do, f"Done when: {week.done_when}", week.scenario and f"Practise: {week.scenario}"))
            ),
            citation=week.citation,
        )
        for week in made.weeks
    ]
    points = tuple(
        Row(point.id, point.question, point.note) for point in made.points if point.answer is not Answer.MISSING
    )
    request = made.request
    if isinstance(request, Given):
        sections.append(Section(made.subject, say=request.text, citation=request.citation))
    else:
        sections.append(Section("What were you given?", points, lines=(request.ask,)))
    return Sheet("The first ninety days", (), tuple(sections), made.citations)


def _record(made: Record) -> Sheet:
    if made.asks is not None:
        return Sheet("What we agreed", (), (Section("Who does what by when", (Row("record", "Agreed", made.asks),)),))
    sections = tuple(Section(said(one.what), promise_rows(one, at)) for at, one in enumerate(made.promises, 1))
    return Sheet("What we agreed", (), sections, (made.citation,))


def promise_rows(promise: Promise, at: int) -> tuple[Row, ...]:
    """Return a promise as rows: who, what, by when."""
    return _rows(
        (f"who_{at}", "Who", promise.who),
        (f"what_{at}", "Does what", promise.what),
        (f"by_when_{at}", "By when", promise.by_when),
    )


def _causes(made: Playbook) -> Iterator[str]:
    for cause in made.causes:
        signs = f" (your words: {', '.join(f'“{sign}”' for sign in cause.signs)})" if cause.signs else ""
        yield f"{cause.title}{signs}: {cause.questions[0]}"


def _rows(*rows: tuple[str, str, Part | None]) -> tuple[Row, ...]:
    return tuple(Row(key, name, part) for key, name, part in rows if part is not None)


def _numbered(key: str, name: str, parts: Sequence[Part]) -> tuple[Row, ...]:
    return tuple(Row(f"{key}_{at}", name, part) for at, part in enumerate(parts, 1))


def _first(route: Route | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in route_lines(route)) if route else ()


def _filled(part: Part) -> str:
    return escaped(part.text) if isinstance(part, Given) else f"[ ] *{escaped(part.ask)}*"


def _iso(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"JSON cannot hold {type(value).__name__}")
