"""A rewrite as HTML: what to say, what to send, what to note, and where each clause went.

Knows the product's values and the page's words. Everything that came from a draft, a
model or a file is escaped; nothing is read as Markdown. Copied text is the text of one
element, so it carries no label.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.domain import Check, Citation, Fate, Kind, LedgerRow, PatternName, Rewrite, Route, RouteTo
from assistant.formats import render
from assistant.web.account_view import account_line, origin_line, sides_html
from assistant.web.blanks import blanks_html, blanks_in, text_html
from assistant.web.findings_view import utf16
from assistant.web.words import Words

_RECORDED = (Kind.OBSERVATION, Kind.REPORT, Kind.STANDARD, Kind.IMPACT, Kind.CONSEQUENCE)
_STANDS = (Fate.KEPT, Fate.REWORDED)


def spoken_html(rewrite: Rewrite, words: Words) -> str:
    """Return what comes first: whom to talk to before, the words to say, what is missing or failed."""
    parts = [_route(rewrite.route, words)] if rewrite.route else []
    if not _withheld(rewrite):
        parts.append(_say(rewrite, words))
    if _asks_first(rewrite):
        parts.append(_questions(rewrite, words))
    parts += [f'<p class="bc-notice">{escape(notice)}</p>' for notice in rewrite.notices]
    parts.append(_failing(rewrite.checks, words))
    return "".join(parts)


def rest_html(rewrite: Rewrite, words: Words) -> str:
    """Return the message, the record and the download."""
    cards = "" if _withheld(rewrite) else _card("message", rewrite.message, words)
    return (
        f'<div class="bc-pair">{cards}{_record(rewrite, words)}</div>'
        f'<p class="bc-tools"><button type="button" class="bc-button" data-download="benchcoach.md" '
        f'data-text="{escape(render.to_markdown(rewrite))}">{escape(words("result.download"))}</button></p>'
    )


def rows_html(rows: Sequence[LedgerRow], draft: str, words: Words) -> str:
    """Return ledger rows, also while they are still arriving."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(words(path))}</th>' for path in ("folded.yours", "folded.became"))
    body = "".join(_row(row, draft, words) for row in rows)
    return f'<table class="bc-ledger"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def record(rewrite: Rewrite) -> list[LedgerRow]:
    """Return the rows that belong into the manager's notes: facts that stand, in the draft's order."""
    return [row for row in rewrite.ledger if row.kind in _RECORDED and row.fate in _STANDS and row.becomes.strip()]


def _withheld(rewrite: Rewrite) -> bool:
    """Say whether only dated facts may be shown, because the reason could lie in the routed part."""
    return rewrite.route is not None and rewrite.route.entangled


def _asks_first(rewrite: Rewrite) -> bool:
    lacks = not rewrite.say.strip() or bool(blanks_in(rewrite.say))
    return bool(rewrite.questions) and (lacks or _withheld(rewrite))


def _route(route: Route, words: Words) -> str:
    emergency = route.to is RouteTo.EMERGENCY
    first = words("route.emergency" if emergency else "route.talk", contact=route.contact)
    lines = [f'<p class="bc-first">{escape(first)}</p>']
    if emergency:
        lines.append(f"<p>{escape(words('route.emergency_rest'))}</p>")
    if route.entangled:
        lines.append(f"<p>{escape(words('route.entangled'))}</p>")
    quotes = "".join(f"<li><q><bdi>{escape(reason.text)}</bdi></q></li>" for reason in route.reasons)
    if quotes:
        lines.append(f"<p>{escape(words('route.because'))}</p><ul>{quotes}</ul>")
    lines.append(f'<p class="bc-quiet">{escape(words("route.legal"))}</p>')
    return f'<section class="bc-route" role="alert">{"".join(lines)}</section>'


def _say(rewrite: Rewrite, words: Words) -> str:
    said = rewrite.say.strip()
    tag = f'<span class="bc-tag">{escape(words("result.mark"))}</span>'
    head = f'<header><h2 id="bc-say-h">{escape(words("result.say"))}</h2>{tag}</header>'
    if not said:
        body = f"<p>{escape(words('result.nothing_to_say'))}</p>"
    else:
        count = escape(words.count("result.words", len(said.split())))
        body = (
            f'<p id="bc-say" class="bc-speech" dir="auto">{text_html(said)}</p>'
            f'<p class="bc-tools">{copy_html("bc-say", words("result.say"), words)}'
            f'<span class="bc-quiet">{count}</span></p>'
        )
    body += f'<p class="bc-quiet">{escape(origin_line(rewrite, words))}</p>'
    after = rewrite.after_they_answer.strip()
    if after:
        body += (
            f'<div class="bc-after"><h3>{escape(words("result.after"))}</h3>'
            f'<p class="bc-text" dir="auto">{text_html(after)}</p></div>'
        )
    body += blanks_html((said, after, rewrite.message), words)
    return f'<section class="bc-card bc-main" aria-labelledby="bc-say-h">{head}{body}</section>'


def _card(name: str, text: str, words: Words) -> str:
    if not text.strip():
        return ""
    return (
        f'<section class="bc-card" aria-labelledby="bc-{name}-h"><header>'
        f'<h2 id="bc-{name}-h">{escape(words(f"result.{name}"))}</h2>'
        f"{copy_html(f'bc-{name}', words(f'result.{name}'), words)}</header>"
        f'<p id="bc-{name}" class="bc-text" dir="auto">{text_html(text.strip())}</p></section>'
    )


def _record(rewrite: Rewrite, words: Words) -> str:
    rows = record(rewrite)
    head = f'<h2 id="bc-record-h">{escape(words("result.record"))}</h2>'
    if not rows:
        body = f'<p class="bc-quiet">{escape(words("result.record_empty"))}</p>'
    else:
        head += copy_html("bc-record", words("result.record"), words)
        items = "".join(f'<li dir="auto">{text_html(row.becomes.strip())}</li>' for row in rows)
        body = (
            f'<p class="bc-quiet">{escape(words("result.record_hint"))}</p>'
            f'<ul id="bc-record" class="bc-text">{items}</ul>'
        )
    return f'<section class="bc-card" aria-labelledby="bc-record-h"><header>{head}</header>{body}</section>'


def copy_html(target: str, name: str, words: Words) -> str:
    """Return the button that copies the text of one element; ``name`` says which to who cannot see it."""
    copy, copied = escape(words("result.copy")), escape(words("result.copied"))
    return (
        f'<button type="button" class="bc-button" data-copy="{escape(target)}" data-done="{copied}" '
        f'aria-label="{copy}: {escape(name)}">{copy}</button>'
    )


def _questions(rewrite: Rewrite, words: Words) -> str:
    if not rewrite.questions:
        return ""
    items = "".join(f'<li dir="auto">{text_html(question)}</li>' for question in rewrite.questions)
    title = escape(words("result.questions"))
    return f'<section class="bc-card bc-ask"><h2>{title}</h2><ul>{items}</ul></section>'


def _failing(checks: tuple[Check, ...], words: Words) -> str:
    failing = [check for check in checks if not check.passed]
    if not failing:
        return ""
    title = escape(words.count("result.failing", len(failing)))
    return f'<section class="bc-card bc-failing"><h2>{title}</h2>{_check_list(failing, words)}</section>'


def _check_list(checks: list[Check], words: Words) -> str:
    items = []
    for check in checks:
        verdict = words("folded.passed" if check.passed else "folded.failed")
        detail = f'<span class="bc-quiet">{escape(check.detail)}</span>' if check.detail else ""
        sign = "bc-ok" if check.passed else "bc-bad"
        items.append(
            f'<li><span class="{sign}" role="img" aria-label="{escape(verdict)}"></span>'
            f"<span><strong>{escape(check.name)}</strong> {detail}</span></li>"
        )
    return f'<ul class="bc-checks">{"".join(items)}</ul>'


def account_html(rewrite: Rewrite, words: Words) -> str:
    """Return the folded account: where each clause went, what was checked, and what it rests on."""
    passed = [check for check in rewrite.checks if check.passed]
    table = rows_html(rewrite.ledger, rewrite.draft, words)
    if not _withheld(rewrite):
        listed = f'<details class="bc-listed"><summary>{escape(words("folded.listed"))}</summary>{table}</details>'
        table = sides_html(rewrite, words) + listed
    parts = [_titled(words("folded.ledger"), table)]
    if not _asks_first(rewrite) and rewrite.questions:
        items = "".join(f"<li>{text_html(question)}</li>" for question in rewrite.questions)
        parts.append(_titled(words("result.questions"), f"<ul>{items}</ul>"))
    if passed:
        parts.append(_titled(words("folded.checks"), _check_list(passed, words)))
    parts.append(_pattern(rewrite, words))
    if rewrite.citations:
        quotes = "".join(citation_html(citation) for citation in rewrite.citations)
        parts.append(_titled(words("folded.citations"), quotes))
    parts.append(_colophon(rewrite, words))
    line = escape(account_line(rewrite, words))
    return f'<details class="bc-how bc-account"><summary>{line}</summary>{"".join(parts)}</details>'


def _titled(title: str, body: str) -> str:
    return f"<section><h3>{escape(title)}</h3>{body}</section>"


def _row(row: LedgerRow, draft: str, words: Words) -> str:
    stands = row.fate is not Fate.DROPPED and row.becomes.strip()
    start = utf16(draft[: row.start])
    became = f'<p class="bc-text" dir="auto">{text_html(row.becomes)}</p>' if stands else ""
    return (
        f'<tr class="bc-fate-{row.fate}" data-start="{start}" data-end="{start + utf16(row.text)}" '
        f'data-text="{escape(row.text)}"><td><p class="bc-text" dir="auto">{escape(row.text)}</p>'
        f'<span class="bc-kind">{escape(words(f"kinds.{row.kind}"))}</span></td>'
        f'<td>{became}<span class="bc-kind bc-what">{escape(words(f"fates.{row.fate}"))}</span> '
        f'<span class="bc-quiet">{escape(row.why)}</span></td></tr>'
    )


def citation_html(citation: Citation) -> str:
    """Return a passage word for word, with where it is from."""
    return (
        f'<figure class="bc-cite"><blockquote>{escape(citation.quote)}</blockquote>'
        f"<figcaption>{escape(citation.title)} · {escape(citation.source)}</figcaption></figure>"
    )


def _pattern(rewrite: Rewrite, words: Words) -> str:
    pattern = rewrite.pattern
    if pattern.name is PatternName.NONE:
        return ""
    quotes = ", ".join(f"<q><bdi>{escape(evidence)}</bdi></q>" for evidence in pattern.evidence)
    name = escape(words(f"patterns.{pattern.name}"))
    body = f"<p><strong>{name}</strong>{': ' if quotes else ''}{quotes}</p><p>{escape(pattern.instead)}</p>"
    return _titled(words("folded.pattern"), body)


def _colophon(rewrite: Rewrite, words: Words) -> str:
    line = words(
        "folded.colophon",
        calls=words.count("folded.calls", rewrite.usage.calls),
        seconds=f"{rewrite.seconds:.1f}",
        share=round(rewrite.edit_share * 100),
    )
    prompts = words("folded.prompts", prompts=", ".join(rewrite.prompts)) if rewrite.prompts else ""
    return f'<p class="bc-quiet bc-colophon">{escape(line)}<br>{escape(prompts)}</p>'
