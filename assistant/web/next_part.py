"""What follows once there are words to say: practise them, hold them as a card, keep what was agreed.

Knows the coach, the store and the tabs this leads to. Nothing has to be typed twice: the draft goes to practice,
what was expected goes into the agreement, and a blank filled in above stands in the box for what was agreed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.agreements import FIRST_USE
from assistant.domain import Rewrite
from assistant.rewriting.card import card_of
from assistant.web.card_view import card_html
from assistant.web.keeping import candidates, kept
from assistant.web.prepare_view import kept_html
from assistant.web.running import AT_ONCE, QUIET, progress_html, trouble_of
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.web.frame import Frame

Update = dict[Any, Any]
TO_SITUATION = "() => document.getElementById('own-edit')?.scrollIntoView({ block: 'center' })"


class NextPart:
    """The steps after a rewrite and what they do."""

    def __init__(self, coach: Coach, words: Words) -> None:
        self._coach = coach
        self._words = words
        self.parts: dict[str, Any] = {}

    def draw(self) -> None:
        """Put the steps into the Blocks that are open, out of sight."""
        w, p = self._words, self.parts
        with gr.Column(visible=False, elem_id="bc-next") as p["next"]:
            gr.HTML(f"<h2>{escape(w('next.title'))}</h2>")
            with gr.Row(elem_id="bc-next-ways"):
                p["practise_it"] = gr.Button(w("next.practise"), elem_id="practise-it")
                card = escape(w("next.card"))
                gr.HTML(f'<button type="button" class="bc-button" data-open="answers-back">{card}</button>')
            p["card"] = gr.HTML("", elem_id="card")
            with gr.Row(elem_id="bc-agreed"):
                p["agreed"] = gr.Textbox(
                    label=w("next.agreed"),
                    placeholder=w("next.agreed_hint"),
                    lines=1,
                    max_lines=5,
                    scale=5,
                    elem_id="agreed",
                    elem_classes=["bc-keep", "bc-field"],
                )
                p["keep"] = gr.Button(w("next.keep"), elem_id="keep-agreed", scale=1, min_width=120)
            p["kept"] = gr.HTML("", elem_id="kept")
            p["follow"] = gr.Button(w("next.follow"), visible=False, elem_id="to-follow")
        p["expected"] = gr.Textbox("", visible="hidden", elem_id="expected")

    def tie(self, frame: Frame, given: list[Any]) -> None:
        """Lead to practice with what was given (draft, standard, when it was said), and to what is followed up."""
        p = self.parts
        lead_to_practice(p["practise_it"], given, frame)
        p["keep"].click(self._keep, [p["agreed"], p["expected"]], [p["agreed"], p["kept"], p["follow"]], **QUIET)
        follow: Any = frame.tab("follow")

        def open_follow() -> Update:
            return {frame.row: frame.show("follow"), **follow.listed()}

        p["follow"].click(open_follow, None, [frame.row, *follow.panel], **QUIET)

    def shown(self, rewrite: Rewrite) -> Update:
        """Return the steps for a rewrite; none where somebody else has to be seen first."""
        p = self.parts
        waits = rewrite.route is not None and rewrite.route.entangled
        return {
            p["next"]: gr.update(visible=bool(rewrite.say.strip()) and not waits),
            p["card"]: card_html(card_of(rewrite), self._words),
            p["expected"]: rewrite.parts.expectation,
            p["kept"]: "",
            p["follow"]: gr.update(visible=False),
        }

    def _keep(self, text: str | None, expected: str | None) -> Update:
        p, words = self.parts, self._words

        def act() -> Update:
            record = self._coach.prepare.record(text or "")
            store = self._coach.store
            found = [one if one.standard else replace(one, standard=expected or "") for one in candidates(record, {})]
            notice = FIRST_USE if store.first_use else ""
            done, lacking = kept(store, found, date.today(), words)
            told = kept_html(done, lacking, notice if done else "", words)
            box = gr.update() if lacking else ""
            return {p["kept"]: told, p["follow"]: gr.update(visible=bool(done)), p["agreed"]: box}

        return self._safely(act)

    def _safely(self, act: Callable[[], Update]) -> Update:
        """Return what an action changes on the page, or what went wrong, in words; the box keeps its text."""
        told = self.parts["kept"]
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            return {told: trouble_of(error, "An agreement was not kept", self._words("follow.broken"))}


def lead_to_practice(button: Any, given: list[Any], frame: Frame) -> None:  # noqa: ANN401 - Gradio is untyped
    """Have a button open practice with a draft, its standard and when that was said, or with what is under way."""
    practice: Any = frame.tab("practise")

    def go(kept: str | None, *said: str | None) -> Iterator[Update]:
        draft, standard, when = ((text or "").strip() for text in said)
        there = {frame.row: frame.show("practise")}
        if draft and not kept:  # the first time it takes seconds
            yield {**there, **practice.told(progress_html(frame.words("next.reading")))}
        yield {**there, **practice.told(""), **practice.rehearse(draft, kept or "", standard, when)}

    button.click(
        go,
        [practice.kept, *given],
        [frame.row, *practice.parts()],
        show_progress="hidden",
        concurrency_limit=AT_ONCE,
        concurrency_id="to-practice",
        api_visibility="private",
    ).then(None, None, None, js=TO_SITUATION, api_visibility="private")
