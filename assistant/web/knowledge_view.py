"""The library as HTML: passages that open, a preview, and documents with where they come from.

Knows values and the page's words. Every text from outside is escaped here, and shown as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from assistant.dates import say_date
from assistant.domain import Passage
from assistant.library.corpus import Framework
from assistant.library.documents import KINDS
from assistant.library.organisation import Candidate, Preview
from assistant.library.own_documents import OwnDocument
from assistant.web.words import Words

SHOWN = 40
"""Passages and left-out pieces of one document that the page lists."""


def drop_html(words: Words) -> str:
    """Return the field that files are dropped on or chosen with."""
    return (
        f'<label class="bc-drop"><strong>{escape(words("knowledge.drop"))}</strong>'
        f'<span class="bc-quiet">{escape(words("knowledge.kinds"))}</span>'
        f'<input type="file" multiple accept="{",".join(KINDS)}" data-files="knowledge-look"'
        f' data-sending="{escape(words("knowledge.sending"))}"></label>'
    )


def found_html(found: Sequence[Passage], covered: bool, words: Words) -> str:
    """Return what a search found: titles that open to the passage, word for word."""
    if not found:
        return _quiet(words("knowledge.nothing"))
    said = "" if covered else _quiet(words("knowledge.far"))
    return (
        said
        + '<div class="bc-passages">'
        + "".join(passage_html(p, opened=not n) for n, p in enumerate(found))
        + "</div>"
    )


def passage_html(passage: Passage, *, opened: bool = False) -> str:
    """Return one passage, folded or open, with its source and id."""
    return (
        f'<details class="bc-passage"{" open" if opened else ""}><summary><bdi>{escape(passage.title)}</bdi></summary>'
        f'<figure class="bc-cite"><blockquote class="bc-text">{escape(passage.text)}</blockquote>'
        f"<figcaption>{escape(passage.source)} · <code>{escape(passage.id)}</code></figcaption></figure></details>"
    )


def preview_html(preview: Preview, words: Words) -> str:
    """Return what would count, before it does."""
    cards = [_candidate(candidate, words) for candidate in preview.candidates]
    cards += [
        f'<p class="bc-trouble"><strong><bdi>{escape(r.file)}</bdi></strong> {escape(r.error.message)} '
        f"{escape(r.error.hint)}</p>"
        for r in preview.refused
    ]
    return '<div class="bc-preview">' + "".join(cards) + "</div>"


def documents_html(documents: Sequence[OwnDocument], troubles: Sequence[str], words: Words) -> str:
    """Return the organisation's documents, each with its passages and where it comes from."""
    wrong = "".join(f'<p class="bc-trouble">{escape(trouble)}</p>' for trouble in troubles)
    if not documents:
        return wrong + _quiet(words("knowledge.none"))
    return wrong + '<ul class="bc-documents">' + "".join(_document(own, words) for own in documents) + "</ul>"


def frameworks_html(frameworks: Sequence[Framework], words: Words) -> str:
    """Return the frameworks, each with its passages, folded."""
    return "".join(
        f'<details class="bc-framework"><summary><bdi>{escape(f.title)}</bdi> <span class="bc-kind">'
        f"{escape(words.count('knowledge.passages', len(f.passages)))}</span></summary>"
        f"{''.join(passage_html(p) for p in f.passages)}</details>"
        for f in frameworks
    )


def _document(own: OwnDocument, words: Words) -> str:
    count = words.count("knowledge.passages", len(own.passages))
    added = words("knowledge.dropped", file=own.file)
    if own.added:
        day = say_date(datetime.fromisoformat(own.added).date())
        added = words("knowledge.added", file=own.file, day=day, by=own.added_by)
    digest = f' <code title="{escape(own.sha256)}">{escape(own.sha256[:12])}</code>' if own.sha256 else ""
    remove = (
        f'<button type="button" class="bc-button" data-press="knowledge-remove" data-value="{escape(own.id)}">'
        f"{escape(words('knowledge.remove'))}</button>"
    )
    passages = "".join(passage_html(passage) for passage in own.passages[:SHOWN])
    return (
        f'<li><details><summary><bdi>{escape(own.title)}</bdi> <span class="bc-kind">{escape(count)}</span></summary>'
        f'{passages}</details><p class="bc-quiet"><bdi>{escape(added)}</bdi>{digest}</p>{remove}</li>'
    )


def _candidate(candidate: Candidate, words: Words) -> str:
    own = candidate.document
    name = f"<bdi>{escape(candidate.file)}</bdi>"
    if not candidate.counts:
        return f'<p class="bc-notice">{name}: {escape(words("knowledge.there", id=candidate.same_as))}</p>'
    count = words.count("knowledge.passages", len(own.passages))
    said = words("knowledge.new") if candidate.verdict == "new" else words("knowledge.replaces", id=candidate.same_as)
    lines = [
        words("knowledge.twin", passage=t.passage, of=t.of, share=f"{t.share:.0%}") for t in candidate.twins[:SHOWN]
    ]
    lines += candidate.notes
    noted = "".join(f'<p class="bc-notice">{escape(line)}</p>' for line in lines)
    passages = "".join(passage_html(passage) for passage in own.passages[:SHOWN])
    return (
        f'<section class="bc-card"><header><h2><bdi>{escape(own.title)}</bdi></h2>'
        f'<span class="bc-quiet">{name} · {escape(said)} · {escape(count)}</span></header>'
        f"{noted}{passages}{_more(len(own.passages), words)}{_left_out(candidate, words)}</section>"
    )


def _left_out(candidate: Candidate, words: Words) -> str:
    if not candidate.left_out:
        return ""
    rows = "".join(
        f'<li>{escape(piece.why)}: <bdi class="bc-text">{escape(piece.text[:300])}</bdi></li>'
        for piece in candidate.left_out[:SHOWN]
    )
    count = words.count("knowledge.left_out", len(candidate.left_out))
    return f'<details class="bc-passage"><summary>{escape(count)}</summary><ul class="bc-text">{rows}</ul></details>'


def _more(count: int, words: Words) -> str:
    return _quiet(words("knowledge.more", n=count - SHOWN)) if count > SHOWN else ""


def _quiet(text: str) -> str:
    return f'<p class="bc-quiet" role="status">{escape(text)}</p>'
