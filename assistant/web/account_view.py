"""The account of a rewrite: one honest line, whose words it is made of, and draft and rewrite side by side.

Knows the ledger and the page's words. A clause on the left and what became of it on the right carry the same
number, so that touching one lights up the other; what was left out says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from assistant.domain import Fate, LedgerRow, Origin, Rewrite
from assistant.formats.render import NO_MODEL, OPINIONS, facts_of
from assistant.web.blanks import text_html
from assistant.web.words import Words

_STANDS = (Fate.KEPT, Fate.REWORDED, Fate.PARKED)


def account_line(rewrite: Rewrite, words: Words) -> str:
    """Return one honest line: facts kept, opinions left out, questions, and checks that failed."""
    facts = facts_of(rewrite)
    kept = sum(row.fate in _STANDS for row in facts)
    if not facts:
        said = [words("account.no_facts")]
    elif kept < len(facts):
        said = [words("account.some_facts", kept=kept, n=len(facts))]
    else:
        said = [words.count("account.facts", kept)]
    counts = {
        "opinions": sum(r.kind in OPINIONS and r.fate is Fate.DROPPED for r in rewrite.ledger),
        "asked": sum(r.fate is Fate.ASKED for r in rewrite.ledger),
        "routed": sum(r.fate is Fate.ROUTED for r in rewrite.ledger),
        "failed": sum(not check.passed for check in rewrite.checks),
    }
    said += [words.count(f"account.{name}", number) for name, number in counts.items() if number]
    return ", ".join(said)


def origin_line(rewrite: Rewrite, words: Words) -> str:
    """Return whose words a rewrite is made of, in one sentence."""
    if rewrite.model == NO_MODEL:
        return words("origin.rules")
    if rewrite.origin is Origin.DRAFT:
        return words("origin.draft")
    return words(f"origin.{rewrite.origin}", model=rewrite.model)


def sides_html(rewrite: Rewrite, words: Words) -> str:
    """Return the draft and the message side by side, each clause tied to what became of it."""
    rows = sorted(rewrite.ledger, key=lambda row: row.start)
    if not rows:
        return ""
    sides = (
        ("folded.yours", "".join(_left(rewrite.draft, rows, words))),
        ("folded.became", "".join(_right(rewrite.message, rows))),
    )
    panes = "".join(
        f'<div><h4>{escape(words(path))}</h4><p class="bc-text" dir="auto">{text}</p></div>' for path, text in sides
    )
    hint = escape(words("folded.touch"))
    return (
        f'<div class="bc-sides">{panes}</div>'
        f'<p class="bc-side-note bc-quiet" role="status" data-hint="{hint}">{hint}</p>'
    )


def _left(draft: str, rows: list[LedgerRow], words: Words) -> Iterator[str]:
    at = 0
    for number, row in enumerate(rows):
        start = max(at, row.start)
        fate, kind = words(f"fates.{row.fate}"), words(f"kinds.{row.kind}")
        note = f"{fate} · {kind}" + (f": {row.why}" if row.why else "")
        yield escape(draft[at:start])
        yield (
            f'<span class="bc-side bc-fate-{row.fate}" role="button" tabindex="0" data-side="{number}" '
            f'data-note="{escape(note)}">{escape(draft[start : row.end])}</span>'
        )
        at = max(at, row.end)
    yield escape(draft[at:])


def _right(message: str, rows: list[LedgerRow]) -> Iterator[str]:
    found: list[tuple[int, int, int]] = []
    for number, row in enumerate(rows):
        wording = row.becomes.strip().rstrip(".!?")
        place = re.search(re.escape(wording), message, re.IGNORECASE) if wording and row.fate in _STANDS else None
        if place and not any(start < place.end() and place.start() < end for start, end, _ in found):
            found.append((place.start(), place.end(), number))
    at = 0
    for start, end, number in sorted(found):
        yield text_html(message[at:start])
        said = text_html(message[start:end])
        yield f'<span class="bc-side" role="button" tabindex="0" data-side="{number}">{said}</span>'
        at = end
    yield text_html(message[at:])
