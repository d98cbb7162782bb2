"""Agreements as JSON, plain text, Markdown and calendar entries. Shared by the command line and the page.

Knows how an agreement reads. An agreement stands under its date, never under a person, and nothing here
adds up to a figure about one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from assistant.agreements import WEEK, Agreement, AgreementState, in_order, next_conversation, prepared
from assistant.dates import say_date, short_date
from assistant.domain import Finding, Route
from assistant.formats.calendar_file import Entry
from assistant.formats.render import escaped, one_line, printable, title
from assistant.keeping.store import Export, Hold, Saved
from assistant.scene import Conversation

SHOWN_ID = 8
"""Signs of an id that are shown; any four that only one agreement has will do."""


@dataclass(frozen=True, slots=True)
class Shown(Agreement):
    """An agreement with what it calls for on a day. ``draft`` goes into a rewrite or into practice."""

    due: bool
    overdue: bool
    conversation: Conversation | None
    draft: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What ``agreements list`` prints."""

    agreements: tuple[Shown, ...]
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What ``agreements add`` and ``update`` print. ``findings`` are shown and block nothing."""

    agreement: Shown
    findings: tuple[Finding, ...]
    route: Route | None
    notice: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """What ``agreements delete`` prints: the ids that are gone for good."""

    deleted: tuple[str, ...]


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON is any
    """Return a value as plain JSON types, days and times as in ISO 8601."""
    return json.loads(json.dumps(asdict(value), default=_iso))


def shown(agreement: Agreement, today: date) -> Shown:
    """Return an agreement with what it calls for today."""
    conversation = next_conversation(agreement)
    check = agreement.check_on
    return Shown(
        **{field.name: getattr(agreement, field.name) for field in fields(Agreement)},
        due=check is not None and check <= today + WEEK,
        overdue=check is not None and check < today,
        conversation=conversation,
        draft=prepared(agreement).text if conversation else "",
    )


def listing(agreements: Iterable[Agreement], hold: Hold | None, today: date) -> Listing:
    """Return agreements as a list for a day, by the date of their next check."""
    return Listing(tuple(shown(a, today) for a in in_order(agreements)), hold)


def list_text(found: Listing) -> str:
    """Return a list for a terminal: what is due first, then the rest."""
    groups = (
        ("Due this week", [s for s in found.agreements if s.due]),
        ("Later", [s for s in found.agreements if s.live and not s.due]),
        ("Nothing left to check", [s for s in found.agreements if not s.live]),
    )
    blocks = [[heading, *(line for s in group for line in shown_lines(s))] for heading, group in groups if group]
    if found.hold:
        blocks.append(hold_lines(found.hold))
    return "\n\n".join("\n".join(lines) for lines in blocks) or "There are no agreements."


def shown_lines(item: Shown) -> list[str]:
    """Return one agreement for a terminal."""
    dates = f"by {say_date(item.by_when)}"
    if item.check_on and item.check_on != item.by_when:
        dates += f", check {say_date(item.check_on)}"
    late = ", overdue" if item.overdue else ""
    lines = [
        f"  {item.id[:SHOWN_ID]}  {one_line(item.who)}: {one_line(item.what)}",
        f"            {item.state}, {dates}{late}",
    ]
    if item.conversation is Conversation.PATTERN:
        lines += [
            "            It slipped more than once: the agreement shows a pattern. Talk about the agreement itself;",
            f"            the words: benchcoach agreements prepare {item.id[:SHOWN_ID]}",
        ]
    return lines


def hold_lines(hold: Hold) -> list[str]:
    """Return what the person concerned has to know about a legal hold."""
    since = short_date(hold.since.date())
    return [f"A legal hold since {since} suspends deletion: {one_line(hold.reason)}"]


def export_markdown(export: Export) -> str:
    """Return an export as a Markdown page."""
    about = f" about {escaped(one_line(export.who))}" if export.who else ""
    parts = [f"# What is kept{about}", f"Exported on {say_date(export.made.date())}. Owner: {escaped(export.owner)}."]
    if export.hold:
        parts += [escaped(line) for line in hold_lines(export.hold)]
    parts += [_agreement_markdown(agreement) for agreement in in_order(export.agreements)]
    parts += [_saved_markdown(work) for work in export.saved]
    if export.mentioned_in:
        ids = ", ".join(f"`{found}`" for found in export.mentioned_in)
        parts += [f"Also named in: {ids}. These are about others or about nobody; read them before handing them out."]
    if not export.agreements and not export.saved:
        parts += ["Nothing is kept."]
    return "\n\n".join(parts) + "\n"


def calendar_entries(agreements: Sequence[Agreement]) -> list[Entry]:
    """Return a whole-day entry for each check that is still to come."""
    return [
        Entry(
            agreement.id,
            agreement.check_on,
            f"Check: {agreement.what} ({agreement.who})",
            "\n".join(filter(None, (f"By {say_date(agreement.by_when)}.", agreement.standard))),
        )
        for agreement in in_order(agreements)
        if agreement.check_on is not None
    ]


def _agreement_markdown(agreement: Agreement) -> str:
    rows = [f"## {escaped(one_line(agreement.what))}", ""]
    rows += [f"- Who: {escaped(one_line(agreement.who))}", f"- By: {say_date(agreement.by_when)}"]
    if agreement.check_on:
        rows.append(f"- Next check: {say_date(agreement.check_on)}")
    if agreement.standard:
        rows.append(f"- Standard: {escaped(one_line(agreement.standard))}")
    rows += [f"- State: {agreement.state}", f"- Id: `{agreement.id}`", ""]
    for event in agreement.history:
        state = "agreed" if event.state is AgreementState.OPEN and event is agreement.history[0] else str(event.state)
        note = f" {escaped(one_line(event.note))}" if event.note else ""
        rows.append(f"- {say_date(event.on)}: {state}, by {short_date(event.by_when)}.{note}")
    return "\n".join(rows)


def _saved_markdown(work: Saved) -> str:
    head = f"## {title(work.kind)}: {escaped(one_line(work.title))}"
    about = [f"- Who: {escaped(one_line(work.who))}"] if work.who else []
    body = json.dumps(work.body, ensure_ascii=False, indent=2)
    # An indented block holds any text as it is: no line of it can end the block.
    block = "\n".join(f"    {line}" for line in printable(body).split("\n"))
    return "\n".join([head, "", *about, f"- Id: `{work.id}`", "", block])


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"JSON cannot hold {type(value).__name__}")
