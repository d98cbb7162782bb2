"""Beside the words to say: had you told them that this was expected? The rewrite comes first, and nothing waits.

*Yes* asks when, and that goes into the words. *Not clearly* and *not sure* open another version of the same facts,
which states the standard from now on. The manager chooses between the two. Knows the coach; needs no model.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.domain import Rewrite
from assistant.preparing.plans import Given, text_of
from assistant.preparing.playbook import known_facts
from assistant.preparing.standard_first import StandardFirst, Told
from assistant.rewriting.compose import has_fact, is_praise
from assistant.web.blanks import text_html
from assistant.web.result_view import citation_html, copy_html
from assistant.web.running import QUIET
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach

Update = dict[Any, Any]
AGAIN = "() => document.getElementById('go')?.click()"


class StandardPart:
    """The question and what follows from each answer."""

    def __init__(self, coach: Coach, words: Words) -> None:
        self._coach = coach
        self._words = words
        self.parts: dict[str, Any] = {}

    def draw(self) -> None:
        """Put the question into the Blocks that are open, out of sight."""
        w, p = self._words, self.parts
        with gr.Column(visible=False, elem_id="bc-told") as p["told"]:
            p["told_ways"] = gr.HTML("", elem_id="told-ways")
            with gr.Row(elem_id="bc-told-when"):
                p["told_when"] = gr.Textbox(
                    label=w("told.when"),
                    placeholder=w("told.when_hint"),
                    lines=1,
                    max_lines=1,
                    scale=5,
                    elem_id="told-when",
                    elem_classes=["bc-keep", "bc-field"],
                )
                p["told_put"] = gr.Button(w("told.put"), elem_id="told-put", scale=1, min_width=120)

    def tie(self, expected: Any, standard: Any, stated_when: Any) -> None:  # noqa: ANN401 - Gradio is untyped
        """Have the day go into the box for it, the standard too where that is empty, and word the draft again."""

        def put(when: str | None, found: str | None, said: str | None) -> tuple[str, str]:
            return (said or "").strip() or (found or "").strip(), (when or "").strip()

        p = self.parts
        p["told_put"].click(put, [p["told_when"], expected, standard], [standard, stated_when], **QUIET).then(
            None, None, None, js=AGAIN, api_visibility="private"
        )

    def shown(self, rewrite: Rewrite, *, said: bool) -> Update:
        """Return the question for a rewrite; none for praise, without facts, or where it was ``said`` already."""
        p = self.parts
        told = [row for row in rewrite.ledger if row.becomes]
        nothing = not has_fact(told) or is_praise(rewrite.ledger)
        known = known_facts(rewrite.draft).get("standard_stated")
        if said or (known is not None and known.truth) or rewrite.route is not None or nothing:
            return {p["told"]: gr.update(visible=False), p["told_ways"]: ""}
        return {p["told"]: gr.update(visible=True), p["told_ways"]: self._html(rewrite)}

    def _html(self, rewrite: Rewrite) -> str:
        plan = self._coach.prepare.plans.standard.part("expected")
        ways = "".join(
            self._way(plan.text(f"answers.{told}"), told, self._coach.prepare.standard_first(rewrite, told))
            for told in (Told.NOT_CLEARLY, Told.NOT_SURE)
        )
        return f"<h2>{escape(plan.text('ask'))}</h2>{ways}"

    def _way(self, answer: str, told: Told, first: StandardFirst) -> str:
        w, name = self._words, f"bc-{told.replace('_', '-')}"
        if not isinstance(first.message, Given):
            return ""
        ask = "" if told is Told.NOT_CLEARLY else f'<p class="bc-speech" dir="auto">{escape(first.question)}</p>'
        return (
            f'<details class="bc-how" name="told"><summary>{escape(answer)}</summary>'
            f"<p>{escape(first.why)}</p>{ask}<h3>{escape(w('told.other'))}</h3>"
            f'<p id="{name}" class="bc-text" dir="auto">{text_html(text_of(first.message))}</p>'
            f'<p class="bc-tools">{copy_html(name, w("told.other"), w)}'
            f'<span class="bc-quiet">{escape(w("told.choose"))}</span></p>'
            f'<p class="bc-quiet">{escape(w("told.then", say=first.after_they_answer))}</p>'
            f"{citation_html(first.citations[0])}</details>"
        )
