"""What was prepared as HTML: a page whose blanks fill in as one types, the questions beside it, and advice below.

Knows pages (``prepare_text``) and the words of this app. Every text of a person is escaped here. The page is
text with its line breaks, so that what is copied, saved or printed is what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from assistant.domain import Citation
from assistant.formats.prepare_text import Row, Section, Sheet
from assistant.preparing.plans import Given
from assistant.web.words import Words

_BLANK = re.compile(r"(\[[^\]\n]{1,60}\])")
PAGE = "prepare-page"


def prepared_html(sheet: Sheet, filled: Mapping[str, str], words: Words, *, file: str, calendar: bool) -> str:
    """Return a page with its questions, tools and sources. ``filled`` holds what was typed before, by key."""
    first = "".join(f"<p>{escape(line)}</p>" for line in sheet.first)
    route = f'<section class="bc-route" role="alert">{first}</section>' if first else ""
    rows = [row for section in sheet.sections for row in section.rows]
    asked = [row for row in rows if row.fill and not isinstance(row.part, Given)]
    fields = "".join(_field(row, filled.get(row.key, "")) for row in asked)
    questions = (
        f'<section class="bc-card bc-asked"><header><h2>{escape(words("prepare.settle"))}</h2>'
        f'<span class="bc-tag">{escape(words.count("prepare.open", len(asked)))}</span></header>{fields}'
        f"{_again(words) if any(not row.fill for row in rows) else ''}</section>"
        if fields
        else ""
    )
    page = (
        f'<section class="bc-card bc-main"><header><h2>{escape(words("prepare.page"))}</h2></header>'
        f'<div class="bc-text bc-sheet" id="{PAGE}">{_page(sheet, filled)}</div>'
        f"{_tools(words, file, calendar=calendar)}</section>"
    )
    shown = f'<div class="bc-pair bc-prepared{"" if fields else " bc-alone"}">{questions}{page}</div>'
    return f"{route}{shown}{_advice(sheet, words)}{_sources(sheet, words)}"


def download_html(name: str, text: str) -> str:
    """Return a button that saves a file; the page presses it at once. No copy is left on the server's disk."""
    return (
        f'<button type="button" class="bc-hidden" data-download="{escape(name)}" data-text="{escape(text)}"></button>'
    )


def kept_html(kept: list[str], missing: list[str], notice: str, words: Words) -> str:
    """Return what was kept as agreements, and what each of the others lacks."""
    first = f'<p class="bc-notice">{escape(notice)}</p>' if notice else ""
    done = f'<div class="bc-notice" role="status">{escape(words("prepare.kept"))}{_list(kept)}</div>' if kept else ""
    lacks = f'<div class="bc-trouble" role="alert">{escape(words("prepare.lacks"))}{_list(missing)}</div>'
    return first + done + (lacks if missing else "")


def _list(lines: list[str]) -> str:
    return '<ul class="bc-history">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _field(row: Row, value: str) -> str:
    question = row.part.text if isinstance(row.part, Given) else row.part.ask
    if row.choices:  # the answers stand in the list, and not once more in the question
        question = question.partition("?")[0] + "?"
    name = "" if row.name == question else f"<strong>{escape(row.name)}</strong>"
    about = f'data-fill="{escape(row.key)}" aria-label="{escape(row.name)}"'
    if row.choices:
        options = "".join(
            f"<option{' selected' if choice == value else ''}>{escape(choice)}</option>"
            for choice in ("", *row.choices)
        )
        box = f"<select {about}>{options}</select>"
    else:
        box = f'<textarea rows="1" {about}>{escape(value)}</textarea>'
    return f'<label class="bc-ask-field">{name}<span>{escape(question)}</span>{box}</label>'


def _again(words: Words) -> str:
    label = escape(words("prepare.again"))
    return f'<p><button type="button" class="bc-button" data-press="prepare-go" data-value="">{label}</button></p>'


def _page(sheet: Sheet, filled: Mapping[str, str]) -> str:
    """Return the page as text: the signs of Markdown are there and out of sight."""
    lines = [f'<strong class="bc-sheet-title">{_mark("# ")}{escape(sheet.title)}</strong>', ""]
    for section in sheet.sections:
        if section.for_you:
            continue
        lines += [f"<strong>{_mark('## ')}{escape(section.title)}</strong>", *_section(section, filled), ""]
    return "\n".join(lines)


def _section(section: Section, filled: Mapping[str, str]) -> Iterator[str]:
    for row in section.rows:
        name = row.name if row.name.endswith("?") else f"{row.name}:"
        if isinstance(row.part, Given) or not row.fill:
            said = row.part.text if isinstance(row.part, Given) else row.part.ask
            yield f"{_mark('- ')}<em>{escape(name)}</em> {escape(said)}"
        else:
            said = filled.get(row.key, "").strip()
            blank = escape(said) if said else f"[{escape(_blank(row.name))}]"
            shape = "" if said else ' class="bc-blank"'
            yield (
                f"{_mark('- ')}<em>{escape(name)}</em> "
                f'<span data-filled="{escape(row.key)}" data-blank="[{escape(_blank(row.name))}]"{shape}>{blank}</span>'
            )
    for line in section.lines:
        yield f"{_mark('- ')}{escape(line)}"
    if section.say:
        yield from (f"{_mark('> ')}{_with_blanks(line)}" for line in section.say.split("\n"))


def _blank(name: str) -> str:
    return "…" if name.endswith("?") else name[:1].lower() + name[1:]


def _mark(sign: str) -> str:
    return f'<span class="bc-sign">{escape(sign)}</span>'


def _with_blanks(text: str) -> str:
    return _BLANK.sub(r'<span class="bc-blank">\1</span>', escape(text))


def _tools(words: Words, file: str, *, calendar: bool) -> str:
    done = escape(words("result.copied"))
    buttons = [
        f'<button type="button" class="bc-button" data-copy="{PAGE}" data-done="{done}">'
        f"{escape(words('result.copy'))}</button>",
        f'<button type="button" class="bc-button" data-download="{escape(file)}" data-from="{PAGE}">'
        f"{escape(words('prepare.markdown'))}</button>",
        f'<button type="button" class="bc-button" data-print="{PAGE}">{escape(words("prepare.print"))}</button>',
    ]
    if calendar:
        label = escape(words("prepare.calendar"))
        buttons.append(
            f'<button type="button" class="bc-button" data-press="prepare-ics" data-value="">{label}</button>'
        )
    return f'<p class="bc-tools">{"".join(buttons)}</p>'


def _advice(sheet: Sheet, words: Words) -> str:
    cards = []
    for section in sheet.sections:
        if not section.for_you:
            continue
        lines = "".join(f"<p>{escape(line)}</p>" for line in section.lines)
        say = f'<p class="bc-better">{_with_blanks(section.say)}</p>' if section.say else ""
        cite = _cite(section.citation) if section.citation else ""
        cards.append(f'<section class="bc-advice"><h3>{escape(section.title)}</h3>{lines}{say}{cite}</section>')
    if not cards:
        return ""
    title = escape(words("prepare.for_you"))
    return f'<section class="bc-card"><header><h2>{title}</h2></header>{"".join(cards)}</section>'


def _sources(sheet: Sheet, words: Words) -> str:
    found = [*sheet.citations, *(s.citation for s in sheet.sections if s.citation and not s.for_you)]
    unique = {citation.id: citation for citation in found}.values()
    if not unique:
        return ""
    return (
        f'<details class="bc-how"><summary>{escape(words("folded.citations"))}</summary>'
        f"<section>{''.join(_cite(citation) for citation in unique)}</section></details>"
    )


def _cite(citation: Citation) -> str:
    return (
        f'<figure class="bc-cite"><blockquote>{escape(citation.quote)}</blockquote>'
        f"<figcaption>{escape(citation.title)}. {escape(citation.source)}</figcaption></figure>"
    )
