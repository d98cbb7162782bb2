"""The Evals page, for trainers: start a quick run, watch it, open and compare reports, run own cases, label verdicts.

Knows the desk of the evals and Gradio. The evals are an extra and slow to import: nothing of them is touched before
somebody comes to this page, and where they are not installed the page says how to get them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.errors import BenchcoachError, InputError
from assistant.library.organisation import Refused
from assistant.web.evals_labels import LabelPart
from assistant.web.evals_view import cases_html, comparison_html, drop_html, runs_html, state_html
from assistant.web.running import QUIET, log_place, trouble_html
from assistant.web.uploads import Uploads
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.web.frame import Frame
    from evals.desk import Desk

log = logging.getLogger(__name__)

Update = dict[Any, Any]
PRESSED = "() => [document.documentElement.dataset.value]"
EVERY = 2.0
"""Seconds between two looks at a run under way."""


def installed() -> bool:
    """Say whether the evals and what they need are there, without importing them."""
    return all(find_spec(name) is not None for name in ("evals", "inspect_ai", "scipy"))


class EvalsTab:
    """The page's parts and what they do."""

    id = "evals"

    def __init__(self, words: Words, uploads: Uploads, desk: Callable[[], Desk] | None = None) -> None:
        self.words = words
        self.uploads = uploads
        self._open = desk or _desk_at_home
        self._desk: Desk | None = None
        self._parts: dict[str, Any] = {}
        self._labels = LabelPart(words, lambda: self.desk)

    @property
    def desk(self) -> Desk:
        """The runs, opened when they are first asked for."""
        if self._desk is None:
            self._desk = self._open()
        return self._desk

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        w, p = self.words, self._parts
        gr.HTML(f'<p class="bc-quiet">{w("evals.about")}</p>')
        if not installed():
            gr.HTML(trouble_html(w("evals.missing")))
            return
        with gr.Row(elem_id="evals-start-row", elem_classes=["bc-evals-row"]):
            p["suite"] = self._choice("suite", "suites")
            p["subject"] = self._choice("subject", "subjects")
            p["start"] = gr.Button(w("evals.start"), variant="primary", elem_id="evals-start", min_width=140)
        gr.HTML(f'<p class="bc-quiet">{w("evals.quick")}</p>')
        p["trouble"] = gr.HTML("", elem_id="evals-trouble")
        p["state"] = gr.HTML("", elem_id="evals-state")
        p["stop"] = gr.Button(w("evals.stop"), visible=False, elem_id="evals-stop", size="sm")
        p["clock"] = gr.Timer(EVERY, active=False)
        with gr.Accordion(w("evals.own.title"), open=False, elem_id="evals-own"):
            gr.HTML(drop_html(w))
            p["cases"] = gr.HTML("", elem_id="evals-cases")
            p["held"] = gr.State(None)
            p["run_own"] = gr.Button(w("evals.own.run"), visible=False, variant="primary", elem_id="evals-run-own")
        gr.HTML(f"<h2>{w('evals.runs')}</h2>")
        p["runs"] = gr.HTML("", elem_id="evals-runs")
        with gr.Accordion(w("evals.compare.title"), open=False, elem_id="evals-compare"):
            with gr.Row(elem_classes=["bc-evals-row"]):
                for name in ("before", "after"):
                    p[name] = gr.Dropdown(
                        [],
                        label=w(f"evals.compare.{name}"),
                        elem_id=f"evals-{name}",
                        elem_classes=["bc-field"],
                        min_width=280,
                    )
                p["compare"] = gr.Button(w("evals.compare.go"), elem_id="evals-compare-go", min_width=120)
            p["comparison"] = gr.HTML("", elem_id="evals-comparison")
        self._labels.draw()
        for name in ("go_on", "delete", "look"):  # pressed by the buttons in the list and by the script
            p[name] = gr.Button("", visible="hidden", elem_id=f"evals-{name.replace('_', '-')}")
        p["value"] = gr.Textbox("", visible="hidden", elem_id="evals-value")
        self._tie()

    def tie(self, frame: Frame) -> None:
        """Draw the list whenever somebody comes here."""
        if self._parts:
            frame.on_arrival(self.id, lambda: self._safely(self._listed), self._told())

    def leave(self, request: gr.Request) -> None:
        """A run goes on when its page is closed; any page can watch it."""

    def stop_all(self) -> None:
        """Stop the run under way, because the program ends; it can be continued."""
        if self._desk is not None:
            self._desk.close()

    def _choice(self, name: str, of: str) -> Any:  # noqa: ANN401 - Gradio is untyped
        ids = sorted({path.split(".")[2] for path in self.words.paths() if path.startswith(f"evals.{of}.")})
        ordered: list[str] = [id for id in ("all", "rewrite", "product", "rules") if id in ids]
        ordered += [id for id in ids if id not in ordered]
        return gr.Dropdown(
            [(self.words(f"evals.{of}.{id}"), id) for id in ordered],
            value=ordered[0],
            label=self.words(f"evals.{name}"),
            elem_id=f"evals-{name}",
            elem_classes=["bc-field"],
            min_width=280,
        )

    def _told(self) -> list[Any]:
        p = self._parts
        shown = [p[name] for name in ("runs", "state", "stop", "clock", "trouble", "before", "after")]
        return [*shown, self._labels.runs]

    def _tie(self) -> None:
        p, told = self._parts, self._told()
        p["start"].click(self._start, [p["suite"], p["subject"]], told, **QUIET)
        p["stop"].click(self._stop, None, told, **QUIET)
        p["clock"].tick(self._watch, None, told, **QUIET)
        p["go_on"].click(self._go_on, p["value"], told, js=PRESSED, **QUIET)
        sure = f"() => [confirm({json.dumps(self.words('evals.sure'))}) ? document.documentElement.dataset.value : '']"
        p["delete"].click(self._delete, p["value"], told, js=sure, **QUIET)
        own = [p["cases"], p["held"], p["run_own"]]
        p["look"].click(self._look, p["value"], [*own, p["trouble"]], js=PRESSED, **QUIET)
        p["run_own"].click(self._run_own, [p["held"], p["subject"]], [*own, *told], **QUIET)
        p["compare"].click(self._compare, [p["before"], p["after"]], [p["comparison"], p["trouble"]], **QUIET)

    # --- what they do -----------------------------------------------------------------------------------

    def _start(self, suite: str, subject: str) -> Update:
        from evals.desk import Asked

        def act() -> Update:
            self.desk.start(Asked(suite, subject))
            return self._listed()

        return self._safely(act)

    def _stop(self) -> Update:
        def act() -> Update:
            self.desk.stop()
            return self._listed()

        return self._safely(act)

    def _watch(self) -> Update:
        def act() -> Update:
            state = self.desk.state()
            if state is not None and state.code is None:
                return {self._parts["state"]: state_html(state, self.words)}
            return self._listed()

        return self._safely(act)

    def _go_on(self, name: str) -> Update:
        def act() -> Update:
            self.desk.go_on(name)
            return self._listed()

        return self._safely(act)

    def _delete(self, name: str) -> Update:
        def act() -> Update:
            if name:
                self.desk.delete(name)
            return self._listed()

        return self._safely(act)

    def _look(self, value: str) -> Update:
        """Show which rows of a file would run. Its name and its drafts stay out of every log."""

        def act() -> Update:
            p, given = self._parts, json.loads(value)
            (file, *_) = self.uploads.take(given[:1])
            if isinstance(file, Refused):
                raise file.error
            token, cases = self.desk.take(file.name, file.path.read_bytes())
            self.uploads.done(given)
            return {
                p["cases"]: cases_html(file.name, cases, self.words),
                p["held"]: (token, file.name),
                p["run_own"]: gr.update(visible=True),
            }

        return self._safely(act)

    def _run_own(self, held: tuple[str, str] | None, subject: str) -> Update:
        from evals.desk import Asked

        def act() -> Update:
            p = self._parts
            if held is None:
                raise InputError(self.words("evals.own.lacks"))
            self.desk.start(Asked("rewrite", subject, quick=False), *held)
            return {p["cases"]: "", p["held"]: None, p["run_own"]: gr.update(visible=False), **self._listed()}

        return self._safely(act)

    def _compare(self, before: str | None, after: str | None) -> Update:
        from evals.compare import compare

        def act() -> Update:
            if not before or not after:
                raise InputError(self.words("evals.compare.lacks"))
            found = compare(self.desk.run(before), self.desk.run(after))
            return {self._parts["comparison"]: comparison_html(found, before, after, self.words)}

        return self._safely(act)

    def _listed(self) -> Update:
        p, runs, state = self._parts, self.desk.runs(), self.desk.state()
        goes_on = state is not None and state.code is None
        done = [kept.name for kept in runs if kept.done is not None]
        return {
            p["runs"]: runs_html(runs, self.words, state.name if state and goes_on else ""),
            p["state"]: state_html(state, self.words),
            p["stop"]: gr.update(visible=goes_on),
            p["clock"]: gr.Timer(active=goes_on),
            **{part: gr.update(choices=done) for part in (p["before"], p["after"], self._labels.runs)},
        }

    def _safely(self, act: Callable[[], Update]) -> Update:
        """Return what an action changes on the page, or what went wrong, in words."""
        trouble = self._parts["trouble"]
        try:
            return {trouble: "", **act()}
        except BenchcoachError as error:
            log.warning("An eval went wrong: %s %s", type(error).__name__, error.detail)
            return {trouble: trouble_html(error.message, error.hint)}
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            log_place(error)
            return {trouble: trouble_html(self.words("evals.broken"))}


def _desk_at_home() -> Desk:
    from evals import desk

    return desk.at_home()
