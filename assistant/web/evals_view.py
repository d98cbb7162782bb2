"""Evals as HTML: the runs there are, one under way, own cases before they run, a comparison, a verdict to label.

Knows values of the evals and the page's words. Every text from a draft or a file is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from assistant.web.running import progress_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from evals.compare import Comparison
    from evals.desk import Kept, State
    from evals.labels import Agreement, Question
    from evals.own_cases import OwnCases
    from evals.statistics import Difference

REPORT = "/evals/report"
BESIDE = "/evals/comparison"
TABLE = "/evals/items.csv"
_MIDDLE = 80  # half the width of a plotted range, where nothing changed
SHOWN = 20
"""Rows that are left out and items that changed, as many as the page lists."""


def runs_html(runs: Sequence[Kept], words: Words, under_way: str = "") -> str:
    """Return the runs, each with its counts and what can be done with it; nothing with the one under way."""
    if not runs:
        return f'<p class="bc-quiet">{escape(words("evals.none"))}</p>'
    return (
        '<ul class="bc-documents">' + "".join(_run(kept, words, free=kept.name != under_way) for kept in runs) + "</ul>"
    )


def _run(kept: Kept, words: Words, *, free: bool) -> str:
    from evals.desk import counts

    if kept.done is not None:
        told = "; ".join(f"{suite} {hits} of {scored} clean" for suite, hits, scored in counts(kept.done))
        tools = _link(words("evals.report"), REPORT, run=kept.name) + _link(words("evals.table"), TABLE, run=kept.name)
    else:
        told = kept.trouble or words("evals.unfinished")
        tools = _button(words("evals.go_on"), "evals-go-on", kept.name) if kept.asked and free else ""
    if kept.shipped:
        told = f"{words('evals.shipped')}. {told}"
    elif free:
        tools += _button(words("evals.delete"), "evals-delete", kept.name)
    return (
        f'<li><div><strong><bdi>{escape(kept.name)}</bdi></strong><p class="bc-quiet">{escape(told)}</p></div>'
        f'<p class="bc-tools">{tools}</p></li>'
    )


def state_html(state: State | None, words: Words) -> str:
    """Return how a run stands: what it said last, suite by suite."""
    if state is None:
        return ""
    if state.code is None:
        lines = _latest(state.lines)
        shown = "".join(f"<li>{escape(line)}</li>" for line in lines)
        return progress_html(words("evals.running", name=state.name), table=f"<ul>{shown}</ul>")
    if state.code == 0 or "report:" in "\n".join(state.lines[-1:]):
        said = words("evals.ended", name=state.name)
    elif state.code in (130, -2, -9, -15):
        said = words("evals.stopped", name=state.name)
    else:
        said = words("evals.failed", name=state.name, said=state.lines[-1] if state.lines else "")
        return f'<p class="bc-trouble" role="alert">{escape(said)}</p>'
    return f'<p class="bc-quiet" role="status">{escape(said)}</p>'


def _latest(lines: Sequence[str]) -> list[str]:
    """Return the last thing said of every suite; the lines begin with its name."""
    last: dict[str, str] = {}
    for line in lines:
        name, colon, _ = line.partition(":")
        if colon and " " not in name:
            last[name] = line
    return list(last.values())


def drop_html(words: Words) -> str:
    """Return the field that a file of own cases is dropped on or chosen with."""
    return (
        f'<label class="bc-drop"><strong>{escape(words("evals.own.drop"))}</strong>'
        f'<span class="bc-quiet">{escape(words("evals.own.kinds"))}</span>'
        f'<input type="file" accept=".csv,.jsonl,.yaml,.yml" data-files="evals-look"'
        f' data-sending="{escape(words("evals.own.sending"))}"></label>'
    )


def cases_html(name: str, cases: OwnCases, words: Words) -> str:
    """Return what is in a file: how many drafts, and every row that is left out with its line."""
    parts = [f"<p><strong><bdi>{escape(name)}</bdi></strong> "]
    parts.append(f"{escape(words.count('evals.own.drafts', len(cases.rows)))}</p>")
    if cases.refused:
        rows = "".join(f"<li>{escape(str(row))}</li>" for row in cases.refused[:SHOWN])
        rows += "<li>…</li>" if len(cases.refused) > SHOWN else ""
        said = words.count("evals.own.refused", len(cases.refused))
        parts.append(f'<div class="bc-trouble"><strong>{escape(said)}</strong><ul>{rows}</ul></div>')
    if cases.unknown:
        names = ", ".join(cases.unknown)
        parts.append(f'<p class="bc-quiet">{escape(words("evals.own.unknown", names=names))}</p>')
    return "".join(parts)


def comparison_html(found: Comparison, before: str, after: str, words: Words) -> str:
    """Return what may be claimed of two runs, which verdicts were lost, and the ways to the whole of it."""
    from evals.compare import sentence

    claims = "".join(
        f'<li class="{"bc-bad-state" if change.claim == "worse" else ""}">'
        f"{_range(change.difference)}{escape(sentence(change, quick=found.quick))}</li>"
        for change in found.claimed
    )
    lost = [item for item in found.items if not item.gained and item.decides]
    rows = "".join(f"<li>{escape(i.suite)} {escape(i.id)}: {escape(i.scorer)}</li>" for i in lost[:SHOWN])
    gained = sum(item.gained and item.decides for item in found.items)
    told = f"{found.common} cases in both runs; {len(lost)} verdicts lost, {gained} gained."
    links = _link(words("evals.compare.report"), REPORT, run=after, baseline=before)
    links += _link(words("evals.compare.beside"), BESIDE, run=(before, after))
    tools = f'<p class="bc-tools">{links}</p>'
    return f'<div class="bc-card"><ul class="bc-ranges">{claims}</ul><p>{escape(told)}</p><ul>{rows}</ul>{tools}</div>'


def _range(difference: Difference) -> str:
    """Return a difference of shares as a point on a line from all lost to all gained, with its plausible range."""
    low, value, high = (
        _MIDDLE * (1 + max(-1.0, min(1.0, difference.value if isnan(share) else share)))
        for share in (difference.low, difference.value, difference.high)
    )
    return (
        f'<svg viewBox="0 0 {2 * _MIDDLE} 12" aria-hidden="true"><path class="bc-axis" d="M0 6H{2 * _MIDDLE}'
        f'M{_MIDDLE} 0V12"/><path class="bc-range" d="M{low:.1f} 6H{high:.1f}"/>'
        f'<circle cx="{value:.1f}" cy="6" r="3.5"/></svg>'
    )


def question_html(question: Question, words: Words) -> str:
    """Return an item with what is asked of it, without the verdict."""
    item, card = question.item, question.card
    name = card.name.removeprefix("element.").replace("_", " ")
    return (
        f'<div class="bc-card"><p class="bc-quiet">{escape(item.suite)} <bdi>{escape(item.id)}</bdi></p>'
        f'<div class="bc-pair"><div><h3>{escape(words("evals.label.draft"))}</h3>'
        f'<p class="bc-text">{escape(item.given)}</p></div><div><h3>{escape(words("evals.label.result"))}</h3>'
        f'<p class="bc-text">{escape(item.made)}</p></div></div>'
        f"<p><strong>{escape(name)}: {escape(card.asks)}</strong> {escape(words('evals.label.asked'))}</p></div>"
    )


def verdict_html(question: Question, words: Words) -> str:
    """Return what the scorer says, once the person has answered."""
    if question.verdict:
        return f"<p>{escape(words('evals.label.met'))}</p>"
    reasons = "; ".join(question.item.outcomes[question.card.name].reasons)
    return f"<p>{escape(words('evals.label.failed', reasons=reasons))}</p>"


def agreement_html(found: Sequence[Agreement], words: Words) -> str:
    """Return how far people and scorers agree so far."""
    lines = []
    for one in found:
        values = {"scorer": one.scorer.removeprefix("element."), "agreed": one.agreed.hits, "n": one.agreed.n}
        if isnan(one.kappa.value):
            lines.append(words("evals.label.no_kappa", **values))
            continue
        kappa = {
            name: f"{getattr(one.kappa, of):.2f}" for name, of in (("kappa", "value"), ("low", "low"), ("high", "high"))
        }
        lines.append(words("evals.label.agreement", **values, **kappa))
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>" if lines else ""


def _link(label: str, path: str, **query: object) -> str:
    address = f"{path}?{urlencode(query, doseq=True)}"
    return f'<a class="bc-button" href="{escape(address)}" target="_blank" rel="noopener">{escape(label)}</a>'


def _button(label: str, press: str, value: str) -> str:
    return (
        f'<button type="button" class="bc-button" data-press="{press}" data-value="{escape(value)}">'
        f"{escape(label)}</button>"
    )
