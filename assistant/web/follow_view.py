"""Agreements as HTML: what is due, what comes later, and one agreement with its history.

Knows agreements and the page's words. Every text of a person is escaped here. An agreement stands under its
date; nothing here adds up to a figure about a person.
"""

from __future__ import annotations

from datetime import date
from html import escape

from assistant.agreements import FIRST_USE, Agreement, AgreementState
from assistant.dates import say_date, short_date
from assistant.domain import Reading
from assistant.formats.agreements_text import Listing, Shown, calendar_entries, export_markdown, hold_lines, plain
from assistant.formats.calendar_file import calendar_text
from assistant.formats.render import dumps, route_lines
from assistant.keeping.store import Export
from assistant.scene import Conversation
from assistant.web.findings_view import family
from assistant.web.words import Words


def list_html(found: Listing, words: Words, *, first_use: bool, retention: str) -> str:
    """Return the page's list: what is due this week, what comes later, and what is done, folded."""
    groups = (
        ("due", [item for item in found.agreements if item.due]),
        ("later", [item for item in found.agreements if item.live and not item.due]),
    )
    parts = [f'<p class="bc-notice">{escape(FIRST_USE)}</p>'] if first_use else []
    if found.hold:
        parts += [f'<p class="bc-notice" role="status">{escape(line)}</p>' for line in hold_lines(found.hold)]
    for name, group in groups:
        if group or name == "due":
            items = "".join(_item(item, words) for item in group)
            body = f'<ul class="bc-agreements">{items}</ul>' if group else _quiet(words("follow.nothing_due"))
            parts.append(f"<h2>{escape(words(f'follow.{name}'))}</h2>{body}")
    done = [item for item in found.agreements if not item.live]
    if done:
        items = "".join(_item(item, words) for item in done)
        parts.append(
            f'<details class="bc-how"><summary>{escape(words("follow.done"))}</summary>'
            f'<ul class="bc-agreements">{items}</ul></details>'
        )
    parts.append(_quiet(words(f"follow.kept_for.{retention.replace(' ', '_')}")))
    return f'<div class="bc-follow">{"".join(parts)}</div>'


def chosen_html(agreement: Agreement, words: Words) -> str:
    """Return the agreement that is being updated, with everything that happened to it."""
    rows = "".join(
        f"<li>{escape(say_date(event.on))}: {escape(_happened(agreement, index, words))}"
        f"{' ' + escape(event.note) if event.note else ''}</li>"
        for index, event in enumerate(agreement.history)
    )
    standard = (
        f"<p>{escape(words('follow.standard_is', standard=agreement.standard))}</p>" if agreement.standard else ""
    )
    return (
        f'<div class="bc-follow"><h2><bdi>{escape(agreement.what)}</bdi></h2>'
        f"<p>{escape(agreement.who)} · {escape(_dates(agreement, words))}</p>{standard}"
        f'<ul class="bc-history">{rows}</ul></div>'
    )


def reading_html(reading: Reading, words: Words) -> str:
    """Return what the linter sees in a note: shown before it is kept, and no bar to keeping it."""
    route = f'<p class="bc-trouble" role="alert">{escape(route_lines(reading.route)[0])}</p>' if reading.route else ""
    items = "".join(
        f'<li><bdi class="bc-mark bc-{family(finding.category)}">{escape(finding.text)}</bdi> '
        f"<span>{escape(finding.suggestion or finding.why)}</span></li>"
        for finding in reading.findings
    )
    shown = f'{_quiet(words("follow.facts"))}<ul class="bc-history">{items}</ul>' if items else ""
    return route + shown


def export_html(export: Export, words: Words) -> str:
    """Return buttons that save an export. The text is in the page alone: no copy is left on the server's disk."""
    files = (
        ("markdown", "benchcoach.md", export_markdown(export)),
        ("json", "benchcoach.json", dumps(plain(export), indent=2)),
        ("calendar", "benchcoach.ics", calendar_text(calendar_entries(export.agreements), export.made)),
    )
    buttons = "".join(
        f'<button type="button" class="bc-button" data-download="{name}" data-text="{escape(text)}">'
        f"{escape(words(f'follow.export.{kind}'))}</button>"
        for kind, name, text in files
    )
    also = _quiet(words("follow.export.mentioned")) if export.mentioned_in else ""
    nothing = "" if export.agreements or export.saved else _quiet(words("follow.export.nothing"))
    return f'<p class="bc-tools">{buttons}</p>{also}{nothing}'


def day_html(said: date | None) -> str:
    """Return a date said back; nothing where none was understood yet."""
    return _quiet(say_date(said)) if said else ""


def _item(item: Shown, words: Words) -> str:
    late = f' <strong class="bc-late">{escape(words("follow.overdue"))}</strong>' if item.overdue else ""
    pattern = ""
    if item.conversation is Conversation.PATTERN:
        pattern = (
            f'<p class="bc-notice">{escape(words("follow.pattern"))} '
            f"{_button('follow-prepare', item.id, words('follow.prepare'))}</p>"
        )
    update = _button("follow-choose", item.id, words("follow.update"))
    return (
        f'<li><div><bdi class="bc-agreed">{escape(item.what)}</bdi>'
        f'<p class="bc-quiet">{escape(item.who)} · {escape(_dates(item, words))}{late}</p></div>{update}{pattern}</li>'
    )


def _button(press: str, value: str, label: str) -> str:
    return (
        f'<button type="button" class="bc-button" data-press="{press}" data-value="{escape(value)}">'
        f"{escape(label)}</button>"
    )


def _dates(agreement: Agreement, words: Words) -> str:
    state = words(f"follow.states.{agreement.state}")
    said = words("follow.by", day=say_date(agreement.by_when))
    if agreement.check_on and agreement.check_on != agreement.by_when:
        said += ", " + words("follow.check", day=say_date(agreement.check_on))
    return said if agreement.state is AgreementState.OPEN else f"{state}, {said}"


def _happened(agreement: Agreement, index: int, words: Words) -> str:
    event = agreement.history[index]
    name = "agreed" if index == 0 else str(event.state)
    said = words(f"follow.states.{name}")
    if index == 0 or event.state is AgreementState.RENEGOTIATED:
        return f"{said}, {words('follow.by', day=short_date(event.by_when))}."
    return f"{said}."


def _quiet(text: str) -> str:
    return f'<p class="bc-quiet">{escape(text)}</p>'
