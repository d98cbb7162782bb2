"""The Knowledge page: look something up, add documents after a look at them, see where they come from, take it back.

Knows the coach's library, the organisation's folder and Gradio. A document counts only after somebody has seen
what of it would. Nothing is read before somebody comes to this page.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.errors import BenchcoachError, InputError
from assistant.library.organisation import Change, Looking, Preview
from assistant.web.knowledge_view import documents_html, drop_html, found_html, frameworks_html, preview_html
from assistant.web.running import QUIET, log_place, progress_html, trouble_html
from assistant.web.uploads import Uploads
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.web.frame import Frame

log = logging.getLogger(__name__)

Update = dict[Any, Any]
WORK: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_id": "knowledge"}
PRESSED = "(value, by) => [document.documentElement.dataset.value, by]"
"""What the script leaves for a pressed button: the files that were handed in, or a document's id."""
RESULTS = 8
LONGEST_QUESTION = 2_000


class KnowledgeTab:
    """The page's parts and what they do."""

    id = "knowledge"

    def __init__(self, coach: Coach, words: Words, uploads: Uploads, allow: Callable[[], None] = lambda: None) -> None:
        self.coach = coach
        self.words = words
        self.uploads = uploads
        self._allow = allow
        self._parts: dict[str, Any] = {}

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        w, p = self.words, self._parts
        with gr.Row(elem_id="knowledge-ask"):
            p["question"] = self._box("question", scale=5)
            p["search"] = gr.Button(w("knowledge.search"), variant="primary", elem_id="knowledge-search", scale=1)
        p["found"] = gr.HTML("", elem_id="knowledge-found")
        gr.HTML(drop_html(w))
        p["by"] = self._box("by")
        p["trouble"] = gr.HTML("", elem_id="knowledge-trouble")
        p["progress"] = gr.HTML("", elem_id="knowledge-progress")
        p["preview"] = gr.HTML("", elem_id="knowledge-preview")
        p["looked_at"] = gr.State(None)
        with gr.Row(visible=False, elem_id="knowledge-decide") as p["decide"]:
            p["add"] = gr.Button(w("knowledge.add"), variant="primary", elem_id="knowledge-add")
            p["leave"] = gr.Button(w("knowledge.leave"), elem_id="knowledge-leave")
        p["documents"] = gr.HTML("", elem_id="knowledge-documents")
        p["undo"] = gr.Button(w("knowledge.undo"), elem_id="knowledge-undo", size="sm")
        with gr.Accordion(w("knowledge.frameworks"), open=False, elem_id="knowledge-frameworks"):
            p["frameworks"] = gr.HTML("")
        for name in ("look", "remove"):  # pressed by the script and by the buttons in the list
            p[name] = gr.Button("", visible="hidden", elem_id=f"knowledge-{name}")
        p["value"] = gr.Textbox("", visible="hidden", elem_id="knowledge-value")
        self._tie()

    def tie(self, frame: Frame) -> None:
        """Draw the list whenever somebody comes here."""
        p = self._parts
        listed = [p["documents"], p["frameworks"], p["trouble"]]
        frame.on_arrival(self.id, lambda: self._safely(self._listed), listed)

    def leave(self, request: gr.Request) -> None:
        """Nothing is under way that has to stop: a change happens whole."""

    def stop_all(self) -> None:
        """Remove what was handed in and not added."""
        self.uploads.close()

    def _box(self, name: str, *, scale: int = 1) -> Any:  # noqa: ANN401 - Gradio is untyped
        return gr.Textbox(
            label=self.words(f"knowledge.boxes.{name}"),
            placeholder=self.words(f"knowledge.hints.{name}"),
            lines=1,
            max_lines=1,
            scale=scale,
            elem_id=f"knowledge-{name}",
            elem_classes=["bc-field"],
        )

    def _tie(self) -> None:
        p = self._parts
        for event in (p["search"].click, p["question"].submit):
            event(self._search, p["question"], [p["found"], p["trouble"]], **QUIET)
        decision = [p[name] for name in ("preview", "looked_at", "decide", "progress", "trouble")]
        lists = [p["documents"], p["frameworks"]]
        p["look"].click(self._look, [p["value"], p["by"]], decision, js=PRESSED, **WORK)
        p["leave"].click(self._shut, None, decision, **QUIET)
        p["add"].click(self._add, p["looked_at"], [*decision, *lists], **WORK)
        p["remove"].click(self._remove, [p["value"], p["by"]], [*decision, *lists], js=PRESSED, **WORK)
        p["undo"].click(self._undo, None, [*decision, *lists], **WORK)

    # --- what they do -----------------------------------------------------------------------------------

    def _search(self, question: str | None) -> Update:
        found = self.coach.library.find((question or "")[:LONGEST_QUESTION], RESULTS)
        return {
            self._parts["found"]: found_html(found.passages, found.supported, self.words),
            self._parts["trouble"]: "",
        }

    def _look(self, value: str, by: str | None) -> Iterator[Update]:
        """Show what of the files that were handed in would count."""
        p = self._parts
        given: list[dict[str, str]] = json.loads(value)
        yield {**self._shut(), p["progress"]: progress_html(self.words("knowledge.looking"))}
        allowed = self._safely(self._allowed)
        if allowed:
            yield allowed
            return
        looking = self.coach.own_knowledge.previewing(self.uploads.take(given), (by or "").strip())
        while True:
            shown = self._safely(lambda: self._next(looking))
            yield shown
            if p["decide"] in shown or p["trouble"] in shown:
                break
        self.uploads.done(given)

    def _next(self, looking: Iterator[Looking | Preview]) -> Update:
        p = self._parts
        item = next(looking)
        if isinstance(item, Looking):
            said = self.words("knowledge.reading", name=item.file[:80])
            return {p["progress"]: progress_html(said, item.done, item.total)}
        return {
            **self._shut(),
            p["preview"]: preview_html(item, self.words),
            p["looked_at"]: item,
            p["decide"]: gr.update(visible=bool(item.wanted)),
        }

    def _add(self, preview: Preview | None) -> Iterator[Update]:
        def act() -> Change | None:
            if preview is None:
                raise InputError(self.words("knowledge.lacks"))
            return self.coach.own_knowledge.add(preview)

        yield from self._changed(act)

    def _remove(self, value: str, by: str | None) -> Iterator[Update]:
        yield from self._changed(lambda: self.coach.own_knowledge.remove([value], (by or "").strip()))

    def _undo(self) -> Iterator[Update]:
        yield from self._changed(self.coach.own_knowledge.undo)

    def _changed(self, act: Callable[[], Change | None]) -> Iterator[Update]:
        """Carry a change out and read the library anew; what others have under way ends with the old one."""
        p = self._parts
        yield {p["progress"]: progress_html(self.words("knowledge.indexing")), p["trouble"]: ""}

        def done() -> Update:
            self._allow()
            act()
            self.coach.refresh()
            return {**self._shut(), **self._listed()}

        yield self._safely(done)

    def _allowed(self) -> Update:
        self._allow()
        return {}

    def _listed(self) -> Update:
        own = self.coach.own_knowledge
        troubles = [str(error) for error in own.troubles()]
        return {
            self._parts["trouble"]: "",
            self._parts["documents"]: documents_html(own.documents(), troubles, self.words),
            self._parts["frameworks"]: frameworks_html(self.coach.library.frameworks, self.words),
        }

    def _shut(self) -> Update:
        p = self._parts
        hidden = gr.update(visible=False)
        return {p["preview"]: "", p["looked_at"]: None, p["decide"]: hidden, p["progress"]: "", p["trouble"]: ""}

    def _safely(self, act: Callable[[], Update]) -> Update:
        """Return what an action changes on the page, or what went wrong, in words."""
        p = self._parts
        try:
            return act()
        except BenchcoachError as error:
            log.warning("Changing the library failed: %s %s", type(error).__name__, error.detail)
            return {p["progress"]: "", p["trouble"]: trouble_html(error.message, error.hint)}
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            log_place(error)
            return {p["progress"]: "", p["trouble"]: trouble_html(self.words("knowledge.broken"))}
