"""The Follow-up page: what is due this week, a new agreement in twenty seconds, what became of it.

Knows the coach, its store and Gradio. A date is said back while it is typed; a note is read by the linter
before it is kept, and kept as it is. Nothing is opened or written before somebody comes to this page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.agreements import AgreementState, agree, follow_up, prepared
from assistant.dates import read_date
from assistant.errors import BenchcoachError, InputError
from assistant.formats.agreements_text import listing
from assistant.web.follow_view import chosen_html, day_html, export_html, list_html, reading_html
from assistant.web.running import QUIET, log_place, trouble_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.web.frame import Frame

log = logging.getLogger(__name__)

Update = dict[Any, Any]
FOUND = (AgreementState.KEPT, AgreementState.SLIPPED, AgreementState.RENEGOTIATED, AgreementState.CLOSED)
PRESSED = "() => [document.documentElement.dataset.value]"
"""What the button in the list that was pressed stands for: an agreement's id."""

INTO_SIGHT = "() => document.getElementById('follow-update')?.scrollIntoView({ block: 'center' })"


class FollowTab:
    """The page's parts and what they do."""

    id = "follow"

    def __init__(self, coach: Coach, words: Words) -> None:
        self.coach = coach
        self.words = words
        self._parts: dict[str, Any] = {}
        self._lead: list[Any] = []

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        self._draw_new()
        self._parts["trouble"] = gr.HTML("", elem_id="follow-trouble")
        self._draw_update()
        self._parts["list"] = gr.HTML("", elem_id="follow-list")
        self._draw_export()
        for name in ("choose", "prepare"):  # pressed by the buttons in the list
            self._parts[name] = gr.Button("", visible="hidden", elem_id=f"follow-{name}")
        self._tie()

    def tie(self, frame: Frame) -> None:
        """Draw the list whenever somebody comes here; lead a prepared conversation to the rewrite."""
        p = self._parts
        frame.on_arrival(self.id, lambda: self._safely(self._listed), [p["list"], p["trouble"]])
        rewrite: Any = frame.tab("rewrite")
        self._lead = [frame.row, *rewrite.boxes()]

        def go(key: str) -> Update:
            return self._prepared(key, frame)

        p["prepare"].click(go, p["key"], [*self._lead, p["trouble"]], js=PRESSED, **QUIET).then(
            None, None, None, js="() => document.getElementById('look').click()", api_visibility="private"
        )

    def leave(self, request: gr.Request) -> None:
        """Nothing is under way here."""

    def stop_all(self) -> None:
        """Nothing is under way here."""

    # --- parts ------------------------------------------------------------------------------------------

    def _draw_new(self) -> None:
        w, p = self.words, self._parts
        with gr.Row(elem_id="follow-new"):
            for name, scale in (("who", 2), ("what", 5), ("by_when", 2)):
                p[name] = self._box(name, scale=scale)
            p["add"] = gr.Button(w("follow.add"), variant="primary", elem_id="follow-add", scale=1, min_width=120)
        p["by_when_said"] = gr.HTML("", elem_id="follow-by-said")
        with gr.Accordion(w("follow.more"), open=False, elem_id="follow-more"), gr.Row():
            for name in ("standard", "check_on"):
                p[name] = self._box(name)

    def _draw_update(self) -> None:
        w, p = self.words, self._parts
        with gr.Column(visible=False, elem_id="follow-update") as p["update"]:
            p["key"] = gr.Textbox("", visible="hidden", elem_id="follow-key")
            p["chosen"] = gr.HTML("", elem_id="follow-chosen")
            p["state"] = gr.Radio(
                choices=[(w(f"follow.states.{state}"), state.value) for state in FOUND],
                label=w("follow.state"),
                elem_id="follow-state",
                elem_classes=["bc-field"],
            )
            p["note"] = self._box("note", lines=2)
            p["note_read"] = gr.HTML("", elem_id="follow-note-read")
            with gr.Row():
                for name in ("new_date", "next_check"):
                    p[name] = self._box(name)
            p["new_date_said"] = gr.HTML("", elem_id="follow-new-date-said")
            with gr.Row():
                p["save"] = gr.Button(w("follow.save"), variant="primary", elem_id="follow-save")
                p["back"] = gr.Button(w("follow.back"), elem_id="follow-back")
                p["delete"] = gr.Button(w("follow.delete"), elem_id="follow-delete")
                p["sure"] = gr.Button(w("follow.sure"), variant="stop", visible=False, elem_id="follow-sure")

    def _draw_export(self) -> None:
        w, p = self.words, self._parts
        with gr.Accordion(w("follow.export.title"), open=False, elem_id="follow-export"):
            p["about"] = self._box("about")
            with gr.Row():
                p["export"] = gr.Button(w("follow.export.make"), elem_id="follow-make")
                p["erase"] = gr.Button(w("follow.export.erase"), elem_id="follow-erase")
                p["erase_sure"] = gr.Button(
                    w("follow.sure"), variant="stop", visible=False, elem_id="follow-erase-sure"
                )
            p["files"] = gr.HTML("", elem_id="follow-files")

    def _box(self, name: str, *, lines: int = 1, scale: int = 1) -> Any:  # noqa: ANN401 - Gradio is untyped
        return gr.Textbox(
            label=self.words(f"follow.boxes.{name}"),
            placeholder=self.words(f"follow.hints.{name}"),
            lines=lines,
            max_lines=lines if lines == 1 else 6,
            scale=scale,
            min_width=140,
            elem_id=f"follow-{name.replace('_', '-')}",
            elem_classes=["bc-field"],
        )

    def _tie(self) -> None:
        p = self._parts
        new = [p[name] for name in ("who", "what", "by_when", "standard", "check_on")]
        told = [p["list"], p["trouble"]]
        for event in (p["add"].click, p["by_when"].submit):
            event(self._add, new, [*new, p["by_when_said"], *told], **QUIET)
        for box, said in (("by_when", "by_when_said"), ("new_date", "new_date_said")):
            p[box].change(self._say_back, p[box], p[said], trigger_mode="always_last", **QUIET)
        p["note"].change(self._read_note, p["note"], p["note_read"], trigger_mode="always_last", **QUIET)
        change = [p[name] for name in ("state", "note", "new_date", "next_check")]
        panel = self.panel
        p["choose"].click(self.choose, p["key"], panel, js=PRESSED, **QUIET).then(
            None, None, None, js=INTO_SIGHT, api_visibility="private"
        )
        p["save"].click(self._save, [p["key"], *change], panel, **QUIET)
        p["back"].click(self._shut, None, panel, **QUIET)
        p["delete"].click(lambda: gr.update(visible=True), None, p["sure"], **QUIET)
        p["sure"].click(self._delete, p["key"], panel, **QUIET)
        p["export"].click(self._export, p["about"], [p["files"], p["trouble"]], **QUIET)
        p["erase"].click(lambda: gr.update(visible=True), None, p["erase_sure"], **QUIET)
        p["erase_sure"].click(self._erase, p["about"], [p["erase_sure"], p["files"], *told], **QUIET)

    # --- what they do -----------------------------------------------------------------------------------

    def _add(
        self, who: str | None, what: str | None, by_when: str | None, standard: str | None, check_on: str | None
    ) -> Update:
        def act() -> Update:
            today = date.today()
            if not (by_when or "").strip():
                raise InputError(self.words("follow.lacks_day"))
            check = read_date(check_on, today) if check_on else None
            made = agree(
                who or "",
                what or "",
                read_date(by_when or "", today),
                on=today,
                standard=standard or "",
                check_on=check,
            )
            self.coach.store.add(made)
            names = ("who", "what", "by_when", "standard", "check_on", "by_when_said")
            return {**{self._parts[name]: "" for name in names}, **self._listed()}

        return self._safely(act)

    @property
    def panel(self) -> list[Any]:
        """What ``choose`` and ``listed`` change: the list, the update of one agreement, and what went wrong."""
        names = (
            "update", "key", "chosen", "state", "note", "new_date", "next_check", "note_read", "new_date_said", "sure",
            "list", "trouble",
        )  # fmt: skip
        return [self._parts[name] for name in names]

    def listed(self) -> Update:
        """Return the list, for another tab that leads here."""
        return self._safely(self._listed)

    def choose(self, key: str) -> Update:
        """Open the update of one agreement, with the list below it."""

        def act() -> Update:
            p, agreement = self._parts, self.coach.store.agreement(key)
            return {
                **self._listed(),
                **self._shut(),
                p["update"]: gr.update(visible=True),
                p["key"]: agreement.id,
                p["chosen"]: chosen_html(agreement, self.words),
            }

        return self._safely(act)

    def _save(self, key: str, state: str | None, note: str | None, new_date: str | None, check: str | None) -> Update:
        def act() -> Update:
            if state is None:
                raise InputError(self.words("follow.lacks_state"))
            today = date.today()
            due = read_date(new_date, today) if new_date else None
            look = read_date(check, today) if check else None
            self.coach.store.change(
                key,
                lambda a: follow_up(a, AgreementState(state), on=today, note=note or "", by_when=due, check_on=look),
            )
            return {**self._shut(), **self._listed()}

        return self._safely(act)

    def _delete(self, key: str) -> Update:
        def act() -> Update:
            self.coach.store.delete([key])
            return {**self._shut(), **self._listed()}

        return self._safely(act)

    def _export(self, about: str | None) -> Update:
        store = self.coach.store
        return self._safely(
            lambda: {self._parts["files"]: export_html(store.export((about or "").strip()), self.words)}
        )

    def _erase(self, about: str | None) -> Update:
        def act() -> Update:
            p, store = self._parts, self.coach.store
            found = store.export((about or "").strip())
            store.delete([item.id for items in (found.agreements, found.saved) for item in items])
            gone = f'<p class="bc-quiet" role="status">{self.words("follow.export.gone")}</p>'
            return {**self._listed(), p["erase_sure"]: gr.update(visible=False), p["files"]: gone}

        return self._safely(act)

    def _prepared(self, key: str, frame: Frame) -> Update:
        def act() -> Update:
            draft = prepared(self.coach.store.agreement(key))
            context = draft.context
            words = (draft.text, context.standard, context.stated_when, context.to_whom)
            return dict(zip(self._lead, (frame.show("rewrite"), *words), strict=True))

        return self._safely(act)

    def _say_back(self, text: str | None) -> str:
        try:
            return day_html(read_date(text or "", date.today()))
        except InputError:
            return day_html(None)  # still typing; what cannot be read is told when it is to be kept

    def _read_note(self, text: str | None) -> str:
        return reading_html(self.coach.check(text or ""), self.words)

    def _listed(self) -> Update:
        store = self.coach.store
        found = listing(store.agreements(), store.hold, date.today())
        return {
            self._parts["list"]: list_html(
                found, self.words, first_use=store.first_use, retention=store.retention.preset
            )
        }

    def _shut(self) -> Update:
        p = self._parts
        empty = ("key", "chosen", "note", "note_read", "new_date", "next_check", "new_date_said", "trouble")
        return {
            **{p[name]: "" for name in empty},
            p["state"]: None,
            p["update"]: gr.update(visible=False),
            p["sure"]: gr.update(visible=False),
        }

    def _safely(self, act: Callable[[], Update]) -> Update:
        """Return what an action changes on the page, or what went wrong, in words."""
        trouble = self._parts["trouble"]
        try:
            return {trouble: "", **act()}
        except BenchcoachError as error:
            log.warning("Following up failed: %s %s", type(error).__name__, error.detail)
            return {trouble: trouble_html(error.message, error.hint)}
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            log_place(error)
            return {trouble: trouble_html(self.words("follow.broken"))}
