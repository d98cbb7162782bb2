"""Findings as HTML: what lights up in the draft, why, and what would be better.

Knows the linter's values and the page's words. Every text that came from a person or a
rule is escaped here; the browser gets offsets as a JSON attribute and paints them itself
(``page.js``), in UTF-16 units, because that is how a browser counts.
"""

from __future__ import annotations

import json
from html import escape

from assistant.domain import Category, Finding, Reading, RouteTo
from assistant.web.words import Words

SHOWN = 6  # findings listed before the rest folds away

# One colour and one kind of underline for each family; a legend of 26 colours helps nobody.
FAMILIES: dict[str, tuple[Category, ...]] = {
    "human": (
        Category.PROTECTED,
        Category.HEALTH,
        Category.RETALIATION,
        Category.DISMISSAL,
        Category.RECORD_TAMPERING,
        Category.HARASSMENT,
        Category.VIOLENCE,
        Category.SELF_HARM,
        Category.SAFETY,
        Category.PRIVATE_LIFE,
    ),
    "about": (
        Category.LABEL,
        Category.GENERALIZATION,
        Category.MIND_READING,
        Category.COMPARISON,
        Category.STEREOTYPE,
    ),
    "tone": (Category.THREAT, Category.PROFANITY, Category.SARCASM),
    "vague": (
        Category.VAGUE_PRAISE,
        Category.VAGUE_BLAME,
        Category.HEDGING,
        Category.SANDWICH,
        Category.HEARSAY,
    ),
    "habit": (Category.TAKEOVER, Category.VANISHING),
    "outside": (Category.INJECTION,),
}
_FAMILY_OF = {category: family for family, members in FAMILIES.items() for category in members}


def family(category: Category) -> str:
    """Return the family whose colour a category wears."""
    return _FAMILY_OF[category]


def findings_html(draft: str, reading: Reading, words: Words) -> str:
    """Return the panel below the box: a legend, each finding with its reason, and the marks to paint."""
    if not draft.strip():
        return _marks("[]")
    found = sorted(reading.findings, key=lambda f: (f.start, f.end))
    if not found:
        return f'{_marks("[]")}<p class="bc-quiet" role="status">{escape(words("findings.none"))}</p>'
    items = [_item(f, number, words) for number, f in enumerate(found)]
    rest = items[SHOWN:]
    folded = (
        f'<details class="bc-more"><summary>{escape(words("findings.more", n=len(rest)))}</summary>'
        f"<ul>{''.join(rest)}</ul></details>"
        if rest
        else ""
    )
    return (
        f"{_marks(json.dumps([_mark(draft, f, words) for f in found]))}{_emergency(reading, words)}"
        f'<div class="bc-findings"><p class="bc-count" role="status">'
        f"{escape(words.count('findings.count', len(found)))}</p>{_legend(found, words)}"
        f"<ul>{''.join(items[:SHOWN])}</ul>{folded}</div>"
    )


def problem_html(text: str) -> str:
    """Return a problem with the draft, in the place of its findings."""
    return f'{_marks("[]")}<p class="bc-trouble" role="alert">{escape(text)}</p>'


def _marks(data: str) -> str:
    return f'<span id="bc-marks" hidden data-marks="{escape(data)}"></span>'


def _mark(draft: str, finding: Finding, words: Words) -> dict[str, object]:
    start = utf16(draft[: finding.start])
    return {
        "start": start,
        "end": start + utf16(finding.text),
        "text": finding.text,
        "family": family(finding.category),
        "name": words(f"categories.{finding.category}"),
        "why": finding.why,
        "better": finding.suggestion,
    }


def utf16(text: str) -> int:
    """Return how long a browser takes a text to be."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _legend(found: list[Finding], words: Words) -> str:
    present = {family(f.category) for f in found}
    entries = "".join(
        f'<li><span class="bc-mark bc-{name}">{escape(words(f"families.{name}"))}</span></li>'
        for name in FAMILIES
        if name in present
    )
    return f'<ul class="bc-legend">{entries}</ul>'


def _item(finding: Finding, number: int, words: Words) -> str:
    better = (
        f'<p><span class="bc-key">{escape(words("findings.instead"))}</span> {escape(finding.suggestion)}</p>'
        if finding.suggestion
        else ""
    )
    return (
        f'<li><details data-mark="{number}"><summary>'
        f'<bdi class="bc-mark bc-{family(finding.category)}">{escape(finding.text)}</bdi> '
        f'<span class="bc-kind">{escape(words(f"categories.{finding.category}"))}</span></summary>'
        f"<p>{escape(finding.why)}</p>{better}</details></li>"
    )


def _emergency(reading: Reading, words: Words) -> str:
    route = reading.route
    if route is None or route.to is not RouteTo.EMERGENCY:
        return ""
    said = words("findings.emergency", contact=route.contact)
    return f'<p class="bc-trouble" role="alert"><strong>{escape(said)}</strong></p>'
