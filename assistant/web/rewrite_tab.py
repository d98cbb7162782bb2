"""The Rewrite page: a draft in; findings, then words to say, a message and a record out.

Knows the coach and Gradio, nothing of models. Handlers are plain generators that run in
threads. An error ends up beside the buttons, in words; the draft stays in its box.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.domain import Context, Draft, LedgerRow, Origin, Rewrite
from assistant.errors import BenchcoachError, Cancelled
from assistant.web.findings_view import findings_html, problem_html
from assistant.web.next_part import NextPart, lead_to_practice
from assistant.web.result_view import account_html, rest_html, rows_html, spoken_html
from assistant.web.running import AT_ONCE, REDRAW, Line, Pace, Place, Runs, log_place, progress_html, trouble_html
from assistant.web.standard_part import StandardPart
from assistant.web.today_part import TodayPart
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach, Progress
    from assistant.web.frame import Frame

log = logging.getLogger(__name__)

DEFAULT_FRAMEWORK = "sbi"
TONES = ("softer", "plain", "firmer")
TALKS = ("late-report", "praise-specific")
"""The conversations that are one click away; those that an organisation's library lacks are left out."""
WORTH_TELLING = 4
"""Seconds from which a wait is estimated aloud."""
Update = dict[Any, Any]
PRESSED = "(value, kept) => [document.documentElement.dataset.value, kept]"


@dataclass(slots=True)
class RewriteTab:
    """One page's parts and what they do. ``ready`` tells whether the model has been loaded."""

    coach: Coach
    words: Words
    max_draft: int
    ready: Callable[[], bool]
    line: Line = field(default_factory=lambda: Line(2))
    id: str = "rewrite"
    runs: Runs = field(default_factory=Runs)
    _parts: dict[str, Any] = field(default_factory=dict)
    _clauses: Pace = field(default_factory=Pace)
    _rewrites: Pace = field(default_factory=Pace)
    _today: TodayPart = field(init=False)
    _told: StandardPart = field(init=False)
    _next: NextPart = field(init=False)

    def __post_init__(self) -> None:
        self._today = TodayPart(self.coach, self.words)
        self._told = StandardPart(self.coach, self.words)
        self._next = NextPart(self.coach, self.words)

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        self._today.draw()
        self._draw_input()
        self._draw_output()
        self._tie()

    def _draw_input(self) -> None:
        w, p = self.words, self._parts
        p["draft"] = gr.Textbox(
            label=w("draft.label"),
            placeholder=w("draft.placeholder"),
            lines=6,
            max_lines=18,
            elem_id="draft",
            elem_classes=["bc-keep"],
            container=True,
            autofocus=True,
        )
        with gr.Row(elem_id="bc-actions"):
            p["go"] = gr.Button(w("action.go"), variant="primary", elem_id="go", scale=2)
            p["practise"] = gr.Button(w("action.practise"), elem_id="let-me-practise", scale=2)
            p["cancel"] = gr.Button(w("action.cancel"), visible=False, elem_id="cancel")
        p["trouble"] = gr.HTML("", elem_id="trouble")
        gr.HTML(self._examples_html())
        p["look"] = gr.Button("", visible="hidden", elem_id="look")
        p["talk"] = gr.Button("", visible="hidden", elem_id="example-talk")
        p["findings"] = gr.HTML("", elem_id="findings")
        with gr.Accordion(w("context.title"), open=False, elem_id="context"):
            for name in ("standard", "stated_when", "to_whom"):
                p[name] = gr.Textbox(
                    label=w(f"context.{name}"),
                    placeholder=w(f"context.{name}_hint"),
                    elem_id=name,
                    elem_classes=["bc-keep"],
                    lines=1,
                )
            choices = [(title, key) for key, title in self.coach.frameworks]
            default = next((key for _, key in choices if key == DEFAULT_FRAMEWORK), None)
            p["framework"] = gr.Dropdown(
                choices=choices,
                value=default or (choices[0][1] if choices else None),
                label=w("action.framework"),
                elem_id="framework",
                filterable=False,
                visible=len(choices) > 1,
            )

    def _draw_output(self) -> None:
        w, p = self.words, self._parts
        p["progress"] = gr.HTML("", elem_id="progress")
        p["spoken"] = gr.HTML("", elem_id="spoken")
        with gr.Row(visible=False, elem_id="bc-tones") as tones:
            gr.HTML(f'<span class="bc-quiet">{escape(w("action.tone"))}</span>')
            for tone in TONES:
                p[tone] = gr.Button(w(f"action.{tone}"), size="sm", elem_id=tone)
        p["tones"] = tones
        self._told.draw()
        p |= self._told.parts
        p["rest"] = gr.HTML("", elem_id="rest")
        self._next.draw()
        p |= self._next.parts
        p["account"] = gr.HTML("", elem_id="account")

    def _examples_html(self) -> str:
        drafts = "".join(
            f'<button type="button" class="bc-button" data-example="{escape(example.text)}">'
            f"{escape(example.name)}</button>"
            for example in self.words.examples
        )
        cards = [self.coach.scenarios[id] for id in TALKS if id in self.coach.scenarios]
        talks = "".join(
            f'<button type="button" class="bc-button" data-press="example-talk" data-value="{escape(card.id)}">'
            f"{escape(card.title)}</button>"
            for card in cards
        )
        rows = [("draft.examples", drafts), ("draft.talks", talks if cards else "")]
        shown = "".join(
            f'<p><span class="bc-quiet">{escape(self.words(path))}</span>{buttons}</p>'
            for path, buttons in rows
            if buttons
        )
        return f'<div class="bc-examples">{shown}</div>'

    def _tie(self) -> None:
        p = self._parts
        # A text that is too long is cut in the browser to one character over the limit: the check
        # then says so, and a megabyte never travels. The box keeps all of it.
        cut = f"text.slice(0, {self.max_draft + 1})"
        # The browser presses this a moment after the last key. The box's own change event would send
        # the whole text once more beside the cut one.
        p["look"].click(
            self.look,
            p["draft"],
            p["findings"],
            js=f"(text) => [{cut}]",
            queue=False,
            show_progress="hidden",
            trigger_mode="always_last",
            api_visibility="private",
        )
        given = [p[name] for name in ("draft", "standard", "stated_when", "to_whom", "framework")]
        running = [
            button.click(
                self._in_tone(tone, rows),
                given,
                list(p.values()),
                js=f"(text, a, b, c, d) => [{cut}, a, b, c, d]",
                show_progress="hidden",
                concurrency_limit=AT_ONCE,
                concurrency_id="rewrite",
                api_visibility="private",
            )
            for button, tone, rows in ((p["go"], "plain", True), *((p[t], t, False) for t in TONES))
        ]
        p["cancel"].click(
            self.stop,
            None,
            [p[name] for name in ("go", "cancel", "progress", "trouble")],
            cancels=running,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )

    def look(self, text: str) -> str:
        """Return the findings in a text, without a model."""
        if len(text) > self.max_draft:
            return problem_html(self.words("draft.too_long", limit=f"{self.max_draft:,}"))
        try:
            return findings_html(text, self.coach.check(text), self.words)
        except BenchcoachError as error:
            return problem_html(str(error))

    def stop(self, request: gr.Request) -> Update:
        """Stop this page's rewrite; what stands on the page stays."""
        self.leave(request)
        p = self._parts
        note = f'<p class="bc-quiet" role="status">{escape(self.words("action.stopped"))}</p>'
        return {**self._idle(), p["progress"]: "", p["trouble"]: note}

    def leave(self, request: gr.Request) -> None:
        """Stop the rewrite of a page that was closed or that asked for it."""
        self.runs.stop(str(request.session_hash))

    def boxes(self) -> list[Any]:
        """Return the boxes for draft, standard, when it was said and to whom: another tab may fill them in."""
        return [self._parts[name] for name in ("draft", "standard", "stated_when", "to_whom")]

    def tie(self, frame: Frame) -> None:
        """Lead to practice with the draft, to an example of a conversation, and to what is due."""
        p = self._parts
        self._today.tie(frame)
        given = self.boxes()[:3]
        self._next.tie(frame, given)
        self._told.tie(p["expected"], p["standard"], p["stated_when"])
        lead_to_practice(p["practise"], given, frame)
        practice: Any = frame.tab("practise")

        def begin(situation: str, kept: str | None) -> Iterator[Update]:
            for update in practice.begin(situation, kept or ""):
                yield {frame.row: frame.show("practise"), **update}

        pressed = gr.Textbox(visible=False)
        p["talk"].click(
            begin,
            [pressed, practice.kept],
            [frame.row, *practice.parts()],
            js=PRESSED,
            show_progress="hidden",
            api_visibility="private",
        )

    def stop_all(self) -> None:
        """Stop every rewrite, because the program ends."""
        self.runs.stop_all()

    def _in_tone(self, tone: str, show_rows: bool) -> Callable[..., Iterator[Update]]:
        def rewrite(
            text: str | None,
            standard: str | None,  # a box that nobody has touched is None
            stated_when: str | None,
            to_whom: str | None,
            framework: str,
            request: gr.Request,
        ) -> Iterator[Update]:
            context = Context(*((said or "").strip() for said in (standard, stated_when, to_whom)))
            draft = Draft(text or "", context=context)
            yield from self._rewrite(draft, framework, tone, str(request.session_hash), show_rows)

        return rewrite

    def _rewrite(self, draft: Draft, framework: str, tone: str, page: str, show_rows: bool) -> Iterator[Update]:
        p, w = self._parts, self.words
        if not draft.text.strip():
            yield {p["trouble"]: trouble_html(w("action.empty"))}
            return
        if len(draft.text) > self.max_draft:
            yield {p["trouble"]: trouble_html(w("draft.too_long", limit=f"{self.max_draft:,}"))}
            return
        cancel = self.runs.begin(page)
        waiting = w("progress.waiting" if self.ready() else "progress.loading")
        yield {**self._busy(), p["progress"]: progress_html(waiting), p["trouble"]: ""}
        try:
            with self.line.place() as place:
                yield from self._wait(place, cancel)
                yield from self._follow(draft, framework, tone, cancel, show_rows)
        except Cancelled:
            yield {**self._idle(), p["progress"]: ""}
        except BenchcoachError as error:
            log.warning("A rewrite failed: %s %s", type(error).__name__, error.detail)
            yield {**self._idle(), p["progress"]: "", p["trouble"]: trouble_html(error.message, error.hint)}
        except Exception as error:  # noqa: BLE001 - the last catch before a person; the draft must survive it
            log_place(error)
            said = trouble_html(w("action.broken"), w("action.broken_hint"))
            yield {**self._idle(), p["progress"]: "", p["trouble"]: said}
        finally:
            cancel.set()  # a page that went away closes this generator: the coach must stop too

    def _follow(
        self, draft: Draft, framework: str, tone: str, cancel: threading.Event, show_rows: bool
    ) -> Iterator[Update]:
        p, w = self._parts, self.words
        rows: list[LedgerRow] = []
        drawn, before, began = 0.0, time.monotonic(), time.monotonic()
        for item in self.coach.rewriting(draft, framework=framework, tone=tone, cancel=cancel):
            if isinstance(item, Rewrite):
                self._rewrites.took(time.monotonic() - began)
                asked = self._told.shown(item, said=bool(draft.context.stated_when))
                yield {**self._idle(), **self._done(item, tone), **asked, p["progress"]: ""}
            else:
                if item.row is not None and item.row.origin is not Origin.DRAFT:
                    self._clauses.took(time.monotonic() - before)
                before = time.monotonic()
                if item.row is not None and show_rows:  # in another tone, the rows stand on the page already
                    rows.append(item.row)
                if time.monotonic() - drawn < REDRAW:
                    continue  # rows that need no model come in a burst; the next one brings them along
                drawn = time.monotonic()
                shown = sorted(rows, key=lambda row: row.start)
                table = rows_html(shown, draft.text, w)
                said = _stage(item, w) + self._still(self._clauses.of(item.total - item.done))
                yield {p["progress"]: progress_html(said, item.done, item.total, table)}

    def _wait(self, place: Place, cancel: threading.Event) -> Iterator[Update]:
        """Say how many are before this one, and about how long that takes, until it has its turn."""
        p, w, said = self._parts, self.words, ""
        while ahead := place.ahead(0.5):
            if cancel.is_set():
                raise Cancelled("Stopped.", hint="The draft is as it was.")
            now = w.count("progress.ahead", ahead) + self._still(self._rewrites.of((ahead + 1) / self.line.at_once))
            if now != said:
                said = now
                yield {p["progress"]: progress_html(said)}

    def _still(self, seconds: int) -> str:
        return "" if seconds < WORTH_TELLING else " " + self.words("progress.still", n=seconds)

    def _done(self, rewrite: Rewrite, tone: str) -> Update:
        p, w = self._parts, self.words
        marks = {p[t]: gr.update(elem_classes=["bc-current"] if t == tone else []) for t in TONES}
        return {
            **marks,
            p["spoken"]: spoken_html(rewrite, w),
            p["rest"]: rest_html(rewrite, w),
            **self._next.shown(rewrite),
            p["account"]: account_html(rewrite, w),
            p["tones"]: gr.update(visible=bool(rewrite.say.strip())),
        }

    def _busy(self) -> Update:
        return {
            self._parts["go"]: gr.update(interactive=False),
            self._parts["cancel"]: gr.update(visible=True),
        }

    def _idle(self) -> Update:
        return {
            self._parts["go"]: gr.update(interactive=True),
            self._parts["cancel"]: gr.update(visible=False),
        }


def _stage(progress: Progress, words: Words) -> str:
    stage = words(f"progress.stages.{progress.stage.lower().replace(' ', '_')}")
    if not 0 < progress.done < progress.total:
        return stage
    return words("progress.clause", stage=stage, done=progress.done, total=progress.total)
