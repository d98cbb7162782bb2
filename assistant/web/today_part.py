"""What is due today, above the box of the first page: nothing where nothing is due.

Knows the coach's store and what a tab that follows up offers. No database is made for looking: where nothing was
ever kept, nothing is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.agreements import Agreement, due
from assistant.dates import say_date
from assistant.errors import BenchcoachError
from assistant.web.running import QUIET, log
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.web.frame import Frame

SHOWN = 3
PRESSED = "() => [document.documentElement.dataset.value]"
INTO_SIGHT = "() => document.getElementById('follow-update')?.scrollIntoView({ block: 'center' })"


class TodayPart:
    """The part of the page and what it does."""

    def __init__(self, coach: Coach, words: Words) -> None:
        self._coach = coach
        self._words = words
        self._html: Any = None
        self._chosen: Any = None

    def draw(self) -> None:
        """Put the part into the Blocks that are open."""
        self._html = gr.HTML("", elem_id="today")
        self._chosen = gr.Button("", visible="hidden", elem_id="today-choose")

    def tie(self, frame: Frame) -> None:
        """Look when the page opens and when somebody comes back; lead to the agreement that was touched."""
        frame.page.load(self.html, None, self._html, **QUIET)
        frame.on_arrival("rewrite", self.html, self._html)
        follow: Any = frame.tab("follow")
        key = gr.Textbox(visible=False)

        def choose(given: str) -> dict[Any, Any]:
            return {frame.row: frame.show("follow"), **follow.choose(given)}

        self._chosen.click(choose, key, [frame.row, *follow.panel], js=PRESSED, **QUIET).then(
            None, None, None, js=INTO_SIGHT, api_visibility="private"
        )

    def html(self) -> str:
        """Return what is due today or overdue; a store that cannot be read is told on its own page."""
        if not self._coach.may_have_kept:
            return ""
        today = date.today()
        try:
            found = due(self._coach.store.agreements(), today)
        except BenchcoachError as error:
            log.warning("What is due could not be read: %s %s", type(error).__name__, error.detail)
            return ""
        return today_html([one for one in found if one.check_on and one.check_on <= today], today, self._words)


def today_html(found: Sequence[Agreement], today: date, words: Words) -> str:
    """Return agreements as a short list, the first few of them."""
    if not found:
        return ""
    items = "".join(_item(one, today, words) for one in found[:SHOWN])
    rest = len(found) - SHOWN
    more = f'<p class="bc-quiet">{escape(words("today.more", n=rest))}</p>' if rest > 0 else ""
    title = f'<h2 id="bc-today-h">{escape(words("today.title"))}</h2>'
    return f'<section class="bc-today" aria-labelledby="bc-today-h">{title}<ul>{items}</ul>{more}</section>'


def _item(one: Agreement, today: date, words: Words) -> str:
    late = one.check_on is not None and one.check_on < today
    since = f' · <strong class="bc-late">{escape(words("follow.overdue"))}</strong>' if late else ""
    label = words("follow.update")
    return (
        f'<li><p><bdi class="bc-agreed">{escape(one.what)}</bdi><br><span class="bc-quiet"><bdi>{escape(one.who)}</bdi>'
        f" · {escape(words('follow.by', day=say_date(one.by_when)))}{since}</span></p>"
        f'<button type="button" class="bc-button" data-press="today-choose" data-value="{escape(one.id)}" '
        f'aria-label="{escape(label)} {escape(one.what)}">{escape(label)}</button></li>'
    )
