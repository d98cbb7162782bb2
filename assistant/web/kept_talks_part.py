"""What a manager has kept of practice: go on with a conversation, delete it, compare it with another one.

Knows the coach, its store and Gradio. Looking here makes no database; keeping does.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.dates import short_date
from assistant.errors import BenchcoachError
from assistant.practising import change, saved, temper
from assistant.scene import Scene
from assistant.web.running import QUIET, log, trouble_of
from assistant.web.talk_view import change_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.practising.saved import KeptTalk

Update = dict[Any, Any]
PRESSED = "() => [document.documentElement.dataset.value]"


class KeptTalksPart:
    """The list of kept conversations and the comparison with one of them."""

    def __init__(self, coach: Coach, words: Words) -> None:
        self._coach = coach
        self._words = words
        self.parts: dict[str, Any] = {}

    def draw_list(self) -> None:
        """Put the list into the Blocks that are open, folded."""
        w, p = self._words, self.parts
        with gr.Accordion(w("practise.kept.title"), open=False, elem_id="kept-talks"):
            p["list"] = gr.HTML("", elem_id="kept-list")
            p["chosen"] = gr.Textbox("", visible="hidden", elem_id="kept-chosen")
            p["sure"] = gr.Button(w("practise.kept.sure"), variant="stop", visible=False, elem_id="kept-sure")
        for name in ("open", "delete"):  # pressed by the buttons in the list
            p[name] = gr.Button("", visible="hidden", elem_id=f"kept-{name}")

    def draw_comparison(self) -> None:
        """Put the choice of an earlier conversation into the Blocks, out of sight until there is one."""
        p = self.parts
        p["earlier"] = gr.Dropdown(
            choices=[], value=None, label=self._words("practise.compare.pick"), visible=False, elem_id="earlier"
        )
        p["change"] = gr.HTML("", elem_id="change")

    def tie(self, scene: Any, read: Callable[[str], Scene]) -> None:  # noqa: ANN401 - Gradio is untyped
        """Tie the list's own buttons; ``scene`` is the part that holds the conversation, ``read`` reads it."""
        p = self.parts
        told = [p["list"], p["chosen"], p["sure"]]
        p["delete"].click(self._choose, p["chosen"], told, js=PRESSED, **QUIET)
        p["sure"].click(self._delete, p["chosen"], told, **QUIET)

        def compare(kept: str, earlier: str | None) -> str:
            return self._safely_html(lambda: self._compared(read(kept), earlier))

        p["earlier"].input(compare, [scene, p["earlier"]], p["change"], **QUIET)

    def listed(self) -> str:
        """Return the list; empty of everything where nothing was ever kept."""
        return self._safely_html(lambda: self._list_html(self._talks()))

    def comparable(self, but: str) -> Update:
        """Return the choice of earlier conversations, without the one that is open."""
        try:
            earlier = [(self._name(talk), talk.id) for talk in self._talks() if talk.id != but and talk.lines]
        except BenchcoachError as error:  # the list tells it
            log.warning("What is kept could not be read: %s %s", type(error).__name__, error.detail)
            earlier = []
        return {
            self.parts["earlier"]: gr.update(choices=earlier, value=None, visible=bool(earlier)),
            self.parts["change"]: "",
        }

    def hidden(self) -> Update:
        """Return the comparison out of sight."""
        return {self.parts["earlier"]: gr.update(visible=False), self.parts["change"]: ""}

    def _talks(self) -> tuple[KeptTalk, ...]:
        return saved.talks(self._coach.store) if self._coach.may_have_kept else ()

    def _choose(self, id: str) -> Update:
        p = self.parts
        return {p["chosen"]: id, p["sure"]: gr.update(visible=True)}

    def _delete(self, id: str) -> Update:
        p = self.parts

        def act() -> str:
            self._coach.store.delete([id])
            return self._list_html(self._talks())

        return {p["list"]: self._safely_html(act), p["chosen"]: "", p["sure"]: gr.update(visible=False)}

    def _compared(self, scene: Scene, earlier: str | None) -> str:
        if not earlier:
            return ""
        before, _ = saved.talk(self._coach.store, earlier, self._coach.scenarios)
        found = change.change(temper.earlier(before), temper.earlier(scene))
        return change_html(found, before.scenario.title, scene.scenario.title, self._words)

    def _name(self, talk: KeptTalk) -> str:
        w = self._words
        week = [w("practise.kept.week", n=talk.week)] if talk.week else []
        day = [short_date(talk.updated.astimezone().date())] if talk.updated else []
        return " · ".join([talk.title, *week, *day, w.count("practise.kept.lines", talk.lines)])

    def _list_html(self, talks: tuple[KeptTalk, ...]) -> str:
        w = self._words
        if not talks:
            return f'<p class="bc-quiet">{escape(w("practise.kept.none"))}</p>'
        items = "".join(
            f"<li><div>{escape(self._name(talk))}</div>"
            f'<button type="button" class="bc-button" data-press="kept-open" data-value="{escape(talk.id)}">'
            f"{escape(w('practise.kept.open'))}</button>"
            f'<button type="button" class="bc-link" data-press="kept-delete" data-value="{escape(talk.id)}">'
            f"{escape(w('practise.kept.delete'))}</button></li>"
            for talk in talks
        )
        return f'<ul class="bc-agreements">{items}</ul>'

    def _safely_html(self, act: Callable[[], str]) -> str:
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            return trouble_of(error, "What is kept could not be used", self._words("action.broken"))
