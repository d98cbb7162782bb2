"""The Practise page: a situation, a conversation with an employee who does not cave in, and a debrief.

Knows the coach and Gradio. The conversation lives in the page (and outlives a reload in the tab's own
storage); the server keeps nothing of it. An error stands beside the box, and the line stays in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.agreements import FIRST_USE
from assistant.errors import BenchcoachError, Cancelled, InputError
from assistant.practising import repeat, saved
from assistant.scene import Difficulty, Scenario, Scene
from assistant.web.held_talk import HeldTalk, newest
from assistant.web.kept_talks_part import KeptTalksPart
from assistant.web.own_part import OwnPart
from assistant.web.running import AT_ONCE, QUIET, Runs, log, log_place, progress_html, trouble_html
from assistant.web.talk_view import brief_html, debrief_html, states_html, talk_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.web.frame import Frame

Update = dict[Any, Any]
SHOWN = 0.4  # seconds until the page stands; the model would take the cores away from it
TO_CARD = "() => setTimeout(() => document.querySelector('[data-open=answers-back]')?.click(), 100)"
"""Opens the card under the words to say; before there are words, the draft stands there."""

KEPT_SCENE = "(scene) => [scene || window.benchcoach.kept('scene')]"
"""Reads the conversation that the tab kept: this page may be drawn long before its own boxes are."""


@dataclass(slots=True)
class PracticeTab:
    """One page's parts and what they do."""

    coach: Coach
    words: Words
    ready: Callable[[], bool]
    id: str = "practise"
    runs: Runs = field(default_factory=Runs)
    _parts: dict[str, Any] = field(default_factory=dict)
    _own: OwnPart = field(init=False)
    _kept_talks: KeptTalksPart = field(init=False)

    def __post_init__(self) -> None:
        self._own = OwnPart(self.coach, self.words)
        self._kept_talks = KeptTalksPart(self.coach, self.words)

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        with gr.Column(elem_id="practise-choice") as self._parts["choice"]:
            self._draw_choice()
            self._own.draw()
            self._kept_talks.draw_list()
        self._draw_talk()
        self._tie()

    def _draw_choice(self) -> None:
        w, p = self.words, self._parts
        first = next(iter(self.coach.scenarios.values()))
        p["situation"] = gr.Dropdown(
            choices=self._choices({}), value=first.id, label=w("practise.situation"), elem_id="situation"
        )
        p["brief"] = gr.HTML(brief_html(first, w), elem_id="brief")
        with gr.Row(elem_id="practise-start"):
            p["difficulty"] = gr.Radio(
                choices=[(w(f"practise.{level}"), level.value) for level in Difficulty],
                value=Difficulty.REALISTIC.value,
                label=w("practise.difficulty"),
                elem_id="difficulty",
            )
            p["start"] = gr.Button(w("practise.start"), variant="primary", elem_id="start")
        p["no_hints"] = gr.Checkbox(False, label=w("practise.no_hints"), elem_id="no-hints")

    def _draw_talk(self) -> None:
        w, p = self.words, self._parts
        p["talk"] = gr.HTML("", elem_id="talk")
        p["trouble"] = gr.HTML("", elem_id="practise-trouble")
        with gr.Column(visible=False, elem_id="practise-say") as p["saying"]:
            p["line"] = gr.Textbox(
                label=w("practise.line"), placeholder=w("practise.placeholder"), lines=2, max_lines=6, elem_id="line"
            )
            with gr.Row(elem_id="practise-actions"):
                p["say"] = gr.Button(w("practise.say"), variant="primary", elem_id="say-line")
                p["stop"] = gr.Button(w("action.cancel"), visible=False, elem_id="stop-line")
                p["hint"] = gr.Button(w("practise.hint"), elem_id="hint")
                p["end"] = gr.Button(w("practise.end"), elem_id="end")
            p["tip"] = gr.HTML("", elem_id="tip")
        p["debrief"] = gr.HTML("", elem_id="debrief")
        p["states"] = gr.HTML("", elem_id="states")
        self._kept_talks.draw_comparison()
        with gr.Row(elem_id="practise-after"):
            p["hold"] = gr.Button(w("next.card"), visible=False, elem_id="hold-it")
            p["later"] = gr.Button(w("practise.later", n=2), visible=False, elem_id="meet-again")
            p["keep"] = gr.Button(w("practise.keep"), visible=False, elem_id="keep-talk")
            p["other"] = gr.Button(w("practise.other"), visible=False, elem_id="other-situation")
        p["keeps"] = gr.HTML("", elem_id="keeps")
        p["scene"] = gr.Textbox("", visible="hidden", elem_id="scene", elem_classes=["bc-keep"])
        p["again"] = gr.Button("", visible="hidden", elem_id="again")

    def parts(self) -> list[Any]:
        """Return every part: another tab that leads here may change them."""
        return [*self._parts.values(), *self._own.parts.values(), *self._kept_talks.parts.values()]

    @property
    def kept(self) -> Any:  # noqa: ANN401 - Gradio is untyped
        """The part that holds the conversation under way, as text."""
        return self._parts["scene"]

    def _tie(self) -> None:
        p = self._parts
        everything = self.parts()
        p["situation"].change(self.brief, p["situation"], p["brief"], **QUIET)
        p["start"].click(self.start, [p["situation"], p["difficulty"], p["no_hints"]], everything, **QUIET)
        saying = [
            event(
                self.say,
                [p["line"], p["scene"]],
                everything,
                show_progress="hidden",
                concurrency_limit=AT_ONCE,
                concurrency_id="practise",
                api_visibility="private",
            )
            for event in (p["say"].click, p["line"].submit)
        ]
        p["stop"].click(self.stop, None, everything, cancels=saying, **QUIET)
        p["hint"].click(self.hint, p["scene"], p["tip"], **QUIET)
        p["end"].click(self.end, p["scene"], everything, **QUIET)
        p["other"].click(self.choose, None, everything, **QUIET)
        # The script of the page notes which turn was touched, then presses this.
        touched = "(scene) => [scene, document.documentElement.dataset.value]"
        p["again"].click(self.back, [p["scene"], p["again"]], everything, js=touched, **QUIET)
        p["later"].click(self.later, p["scene"], everything, **QUIET)
        p["keep"].click(self.keep, p["scene"], everything, **QUIET)
        self._tie_own(everything)
        kept = self._kept_talks.parts
        kept["open"].click(
            self.resume, kept["chosen"], everything, js="() => [document.documentElement.dataset.value]", **QUIET
        )
        self._kept_talks.tie(p["scene"], lambda text: self._held(text).scene)

    def _tie_own(self, everything: list[Any]) -> None:
        p, own = self._parts, self._own
        own.parts["read"].click(own.described, own.parts["describe"], everything, **QUIET)
        own.parts["begin"].click(self.start_own, [p["difficulty"], p["no_hints"], *own.boxes()], everything, **QUIET)

        def save(*boxes: str | None) -> Update:
            return {**own.saved(*boxes), **self._choice()}

        own.parts["save"].click(save, own.boxes(), everything, **QUIET)

    def tie(self, frame: Frame) -> None:
        """Show what is kept whenever somebody comes here; lead to the card for the real conversation."""
        self._parts["hold"].click(lambda: frame.show("rewrite"), None, frame.row, **QUIET).then(
            None, None, None, js=TO_CARD, api_visibility="private"
        )
        scene = self._parts["scene"]
        frame.page.load(self.restore, scene, self.parts(), js=KEPT_SCENE, **QUIET)
        frame.on_arrival(self.id, self.opened)
        frame.on_arrival(self.id, self._choice, [self._parts["situation"], self._kept_talks.parts["list"]])

    def told(self, html: str) -> Update:
        """Return what stands in the place for what goes on or went wrong: markup of ours."""
        return {self._parts["trouble"]: html}

    def rehearse(self, draft: str, kept: str, standard: str = "", when: str = "") -> Update:
        """Make a situation to practise of a draft. A conversation under way is not thrown away for it."""
        if kept or not draft:
            return {}
        return self._own.described(draft, standard, when)

    def begin(self, situation: str, kept: str) -> Iterator[Update]:
        """Open a conversation at once, with a sign while what reads it is opened; one under way stays."""
        if kept:
            yield {self._parts["trouble"]: ""}
            return
        yield {self._parts["trouble"]: progress_html(self.words("practise.opening"))}
        try:
            yield self.start(situation, Difficulty.REALISTIC.value)
        except BenchcoachError as error:
            yield {self._parts["trouble"]: trouble_html(error.message, error.hint)}

    def opened(self) -> None:
        """Open what reads a turn, in the background: it takes some seconds, once."""
        threading.Thread(target=self._open, name="practise", daemon=True).start()

    def _open(self) -> None:
        try:
            _ = self.coach.practice, self.coach.debriefer
        except BenchcoachError as error:  # whoever begins a conversation is told
            log.warning("Practice could not be opened: %s", type(error).__name__)

    def leave(self, request: gr.Request) -> None:
        """Stop the answer that a page which was closed has been waiting for."""
        self.runs.stop(str(request.session_hash))

    def stop_all(self) -> None:
        """Stop every answer, because the program ends."""
        self.runs.stop_all()

    # --- what the buttons do ------------------------------------------------------------------------------

    def brief(self, situation: str) -> str:
        """Return what the manager reads about a situation."""
        card = self._cards().get(situation)
        return brief_html(card, self.words) if card else ""

    def start(self, situation: str, difficulty: str, without_hints: bool = False) -> Update:
        """Open the conversation, and let the model read the card meanwhile."""
        card = self._cards().get(situation)
        if card is None:
            return {self._parts["trouble"]: trouble_html(self.words("practise.lost"))}
        return self._opened(card, difficulty, hints=not without_hints)

    def start_own(self, difficulty: str, without_hints: bool, *boxes: str | None) -> Update:
        """Open the conversation in the situation that stands in the boxes; it is not kept."""
        return self._own.safely(lambda: self._opened(self._own.scenario(*boxes), difficulty, hints=not without_hints))

    def _opened(self, card: Scenario, difficulty: str, *, hints: bool) -> Update:
        scene = self.coach.practice.open(card, Difficulty(difficulty))
        self._read_ahead(scene)
        return self._shown(HeldTalk(scene, hints=hints))

    def _read_ahead(self, scene: Scene) -> None:
        if self.ready():
            ahead = threading.Timer(SHOWN, self._prepare, (scene,))
            ahead.name, ahead.daemon = "prepare", True
            ahead.start()

    def _prepare(self, scene: Scene) -> None:
        try:
            self.coach.practice.prepare(scene)
        except BenchcoachError as error:  # the first answer takes longer, and tells it if it fails again
            log.warning("The model could not read a card ahead: %s", type(error).__name__)

    def say(self, line: str | None, kept: str, request: gr.Request) -> Iterator[Update]:
        """Answer a line. What is wrong is told beside the box, and the line stays in it."""
        p, w = self._parts, self.words
        cancel = self.runs.begin(str(request.session_hash))
        try:
            held = self._held(kept)
            yield {
                p["talk"]: talk_html(held.scene, w, (line or "").strip()),
                p["line"]: gr.update(value="", interactive=False),
                p["say"]: gr.update(interactive=False),
                p["stop"]: gr.update(visible=True),
                p["trouble"]: "" if self.ready() else progress_html(w("progress.loading")),
                p["tip"]: "",
            }
            self._keep(held, line or "")  # before the answer: no line is lost with the engine or the page
            answer = self.coach.practice.reply(held.scene, line or "", cancel)
            done = replace(held, scene=answer.scene)
            trouble = self._keep(done)
            yield {**self._shown(done), p["trouble"]: trouble}
        except Cancelled:
            yield {**self._shown(held), p["line"]: gr.update(value=line, interactive=True)}
        except BenchcoachError as error:
            yield {**self._after(kept, line), p["trouble"]: trouble_html(error.message, error.hint)}
        except Exception as error:  # noqa: BLE001 - the last catch before a person; the line must survive it
            log_place(error)
            yield {**self._after(kept, line), p["trouble"]: trouble_html(w("practise.broken"), w("action.broken_hint"))}
        finally:
            cancel.set()

    def stop(self, request: gr.Request) -> Update:
        """Stop the answer that is being waited for."""
        self.leave(request)
        p = self._parts
        return {p["stop"]: gr.update(visible=False), p["say"]: gr.update(interactive=True)}

    def back(self, kept: str, turn: object) -> Update:
        """Go back to before a turn; its line stands in the box again, and the way not taken is kept to compare."""
        held = self._held(kept)
        scene = held.scene
        at = int(str(turn)) if str(turn).isdigit() else len(scene.turns) - 1
        at = max(1, min(at, len(scene.turns) - 1))
        line = scene.turns[at].text
        gone_back = replace(held, scene=scene.back_to(at), other=scene)
        return {**self._shown(gone_back), self._parts["line"]: gr.update(value=line, interactive=True)}

    def hint(self, kept: str) -> str:
        """Return what the conversation has not had yet, with a line that would do."""
        found = self.coach.debriefer.hint(self._held(kept).scene)
        if found is None:
            return f'<p class="bc-notice">{escape(self.words("practise.no_hint"))}</p>'
        cited = found.citation
        source = f'<p class="bc-quiet">“{escape(cited.quote)}” {escape(cited.title)}</p>' if cited else ""
        return (
            f'<div class="bc-notice"><p><strong>{escape(found.asks)}</strong> “{escape(found.line)}”</p>{source}</div>'
        )

    def end(self, kept: str) -> Update:
        """Show the debrief, and what can follow: meeting again, keeping it, comparing it."""
        p, w = self._parts, self.words
        held = self._held(kept)
        scene = held.scene
        if not any(turn.moves or turn.steps for turn in scene.turns):
            return {p["trouble"]: trouble_html(w("practise.nothing_said"))}
        ways = [(w("practise.this_way"), scene), *([(w("practise.other_way"), held.other)] if held.other else [])]
        week = repeat.next_week(scene)
        return {
            **self._shown(held),
            p["debrief"]: debrief_html(self.coach.debriefer.of_scene(scene), scene, w),
            p["states"]: states_html(ways, w),
            p["hold"]: gr.update(visible=True),
            p["later"]: gr.update(visible=week is not None, value=w("practise.later", n=week or 0)),
            **self._kept_talks.comparable(held.saved),
        }

    def later(self, kept: str) -> Update:
        """Meet the same person again, two or six weeks later; what was agreed was kept, or slipped."""
        held = self._held(kept)
        try:
            scene = repeat.again(held.scene)
        except InputError as error:
            return {self._parts["trouble"]: trouble_html(error.message, error.hint)}
        self._read_ahead(scene)
        return self._shown(HeldTalk(scene, hints=held.hints))

    def keep(self, kept: str) -> Update:
        """Keep the conversation in the store, and from now on every line of it."""
        held = self._held(kept)
        try:
            first = self.coach.store.first_use
            held = replace(held, saved=saved.keep(self.coach.store, held.scene))  # new, whatever a page claims
        except BenchcoachError as error:
            return {self._parts["trouble"]: trouble_html(error.message, error.hint)}
        p = self._parts
        notice = f'<p class="bc-notice" role="status">{escape(FIRST_USE)}</p>' if first else ""
        return {p["scene"]: held.text(), **self._keeping(held), **self._choice(), p["trouble"]: notice}

    def resume(self, id: str) -> Update:
        """Go on with a kept conversation; a line that waited for its answer stands in the box."""
        try:
            scene, waiting = saved.talk(self.coach.store, id, self.coach.scenarios)
        except BenchcoachError as error:
            return {self._parts["trouble"]: trouble_html(error.message, error.hint)}
        self._read_ahead(scene)
        shown = self._shown(HeldTalk(scene, saved=id))
        return {**shown, self._parts["line"]: gr.update(value=waiting, interactive=not scene.over)}

    def choose(self) -> Update:
        """Go back to the choice of a situation."""
        p = self._parts
        return {
            **{p[name]: "" for name in ("talk", "debrief", "states", "tip", "trouble", "scene", "keeps")},
            **{p[name]: gr.update(visible=False) for name in ("saying", "other", "later", "keep")},
            p["choice"]: gr.update(visible=True),
            **self._kept_talks.hidden(),
            **self._choice(),
        }

    def restore(self, kept: str) -> Update:
        """Show the conversation that the tab has kept over a reload; one that cannot be read is let go.

        What the store has of a kept one counts: the answer may have come when the page was gone.
        """
        if not kept:
            return {self._parts["trouble"]: gr.skip()}
        try:
            held = self._held(kept)
            held, waiting = newest(held, self.coach.store, self.coach.scenarios) if held.saved else (held, "")
        except InputError:
            return self.choose()
        shown = self._shown(held)
        return {**shown, self._parts["line"]: gr.update(value=waiting, interactive=not held.scene.over)}

    # --- what stands on the page --------------------------------------------------------------------------

    def _shown(self, held: HeldTalk) -> Update:
        p, w, scene = self._parts, self.words, held.scene
        return {
            p["choice"]: gr.update(visible=False),
            p["talk"]: brief_html(scene.scenario, w) + talk_html(scene, w),
            p["saying"]: gr.update(visible=True),
            p["line"]: gr.update(value="", interactive=not scene.over),
            p["say"]: gr.update(interactive=not scene.over),
            p["stop"]: gr.update(visible=False),
            p["hint"]: gr.update(visible=held.hints),
            **{p[name]: "" for name in ("trouble", "tip", "debrief", "states")},
            p["other"]: gr.update(visible=True),
            p["hold"]: gr.update(visible=False),
            p["later"]: gr.update(visible=False),
            **self._keeping(held),
            **self._kept_talks.hidden(),
            p["scene"]: held.text(),
        }

    def _keeping(self, held: HeldTalk) -> Update:
        said = f'<p class="bc-quiet" role="status">{escape(self.words("practise.keeps"))}</p>' if held.saved else ""
        return {self._parts["keep"]: gr.update(visible=not held.saved), self._parts["keeps"]: said}

    def _keep(self, held: HeldTalk, waiting: str = "") -> str:
        """Keep the next state of a kept conversation; return what went wrong, for the conversation goes on."""
        if not held.saved:
            return ""
        try:
            saved.keep(self.coach.store, held.scene, held.saved, waiting)
        except BenchcoachError as error:
            log.warning("A conversation could not be kept: %s %s", type(error).__name__, error.detail)
            return trouble_html(self.words("practise.keep_failed", why=error.message), error.hint)
        return ""

    def _after(self, kept: str, line: str | None) -> Update:
        """Return the page as it was before a line that failed, with the line in its box."""
        shown = self.restore(kept)
        return {**shown, self._parts["line"]: gr.update(value=line, interactive=True)}

    def _choice(self) -> Update:
        """Return the situations there are, the manager's own first, and what is kept."""
        try:
            own = self._own_cards()
        except BenchcoachError as error:  # the list below says so
            log.warning("What is kept could not be read: %s %s", type(error).__name__, error.detail)
            own = {}
        return {
            self._parts["situation"]: gr.update(choices=self._choices(own)),
            self._kept_talks.parts["list"]: self._kept_talks.listed(),
        }

    def _choices(self, own: Mapping[str, Scenario]) -> list[tuple[str, str]]:
        yours = [(self.words("practise.kept.yours", title=card.title), card.id) for card in own.values()]
        return yours + [(f"{card.title} ({card.job})", card.id) for card in self.coach.scenarios.values()]

    def _own_cards(self) -> Mapping[str, Scenario]:
        return saved.situations(self.coach.store) if self.coach.may_have_kept else {}

    def _cards(self) -> Mapping[str, Scenario]:
        return {**self._own_cards(), **self.coach.scenarios}

    def _held(self, kept: str) -> HeldTalk:
        return HeldTalk.read(kept, self.coach.scenarios, self.words)
