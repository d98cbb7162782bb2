"""The Practise page: a situation, a conversation with an employee who does not cave in, and a debrief.

Knows the coach and Gradio. The conversation lives in the page (and outlives a reload in the tab's own
storage); the server keeps nothing of it. An error stands beside the box, and the line stays in it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.errors import BenchcoachError, Cancelled, InputError
from assistant.practising import transcript
from assistant.scene import Difficulty, Scene
from assistant.web.running import AT_ONCE, Runs, log, log_place, progress_html, trouble_html
from assistant.web.talk_view import brief_html, debrief_html, states_html, talk_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.web.frame import Frame

Update = dict[Any, Any]
_QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


@dataclass(slots=True)
class PracticeTab:
    """One page's parts and what they do."""

    coach: Coach
    words: Words
    ready: Callable[[], bool]
    id: str = "practise"
    runs: Runs = field(default_factory=Runs)
    _parts: dict[str, Any] = field(default_factory=dict)

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        w, p = self.words, self._parts
        scenarios = self.coach.scenarios
        first = next(iter(scenarios.values()))
        with gr.Column(elem_id="practise-choice") as p["choice"]:
            p["situation"] = gr.Dropdown(
                choices=[(f"{s.title} ({s.job})", s.id) for s in scenarios.values()],
                value=first.id,
                label=w("practise.situation"),
                elem_id="situation",
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
        p["other"] = gr.Button(w("practise.other"), visible=False, elem_id="other-situation")
        p["scene"] = gr.Textbox("", visible="hidden", elem_id="scene", elem_classes=["bc-keep"])
        p["again"] = gr.Button("", visible="hidden", elem_id="again")
        self._tie()

    def _tie(self) -> None:
        p = self._parts
        everything = list(p.values())
        p["situation"].change(self.brief, p["situation"], p["brief"], **_QUIET)
        p["start"].click(self.start, [p["situation"], p["difficulty"]], everything, **_QUIET)
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
        p["stop"].click(self.stop, None, everything, cancels=saying, **_QUIET)
        p["hint"].click(self.hint, p["scene"], p["tip"], **_QUIET)
        p["end"].click(self.end, p["scene"], everything, **_QUIET)
        p["other"].click(self.choose, None, everything, **_QUIET)
        p["scene"].input(self.restore, p["scene"], everything, **_QUIET)
        # The script of the page notes which turn was touched, then presses this.
        p["again"].click(
            self.back, [p["scene"], p["again"]], everything, js="(scene) => [scene, window.bcAgain]", **_QUIET
        )

    def tie(self, frame: Frame) -> None:
        """Nothing here leads to another tab yet."""

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
        return brief_html(self.coach.scenarios[situation], self.words)

    def start(self, situation: str, difficulty: str) -> Update:
        """Open the conversation, and let the model read the card meanwhile."""
        practice = self.coach.practice
        scene = practice.open(practice.scenario(situation), Difficulty(difficulty))
        if self.ready():
            threading.Thread(target=self._prepare, args=(scene,), name="prepare", daemon=True).start()
        return self._shown(scene)

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
            scene, other = self._kept(kept)
            yield {
                p["talk"]: talk_html(scene, w, (line or "").strip()),
                p["line"]: gr.update(value="", interactive=False),
                p["say"]: gr.update(interactive=False),
                p["stop"]: gr.update(visible=True),
                p["trouble"]: "" if self.ready() else progress_html(w("progress.loading")),
                p["tip"]: "",
            }
            answer = self.coach.practice.reply(scene, line or "", cancel)
            yield self._shown(answer.scene, other)
        except Cancelled:
            yield {**self._shown(scene, other), p["line"]: gr.update(value=line, interactive=True)}
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
        scene, _ = self._kept(kept)
        at = int(str(turn)) if str(turn).isdigit() else len(scene.turns) - 1
        at = max(1, min(at, len(scene.turns) - 1))
        line = scene.turns[at].text
        return {**self._shown(scene.back_to(at), scene), self._parts["line"]: gr.update(value=line, interactive=True)}

    def hint(self, kept: str) -> str:
        """Return what the conversation has not had yet, with a line that would do."""
        scene, _ = self._kept(kept)
        found = self.coach.debriefer.hint(scene)
        if found is None:
            return f'<p class="bc-notice">{escape(self.words("practise.no_hint"))}</p>'
        cited = found.citation
        source = f'<p class="bc-quiet">“{escape(cited.quote)}” {escape(cited.title)}</p>' if cited else ""
        return (
            f'<div class="bc-notice"><p><strong>{escape(found.asks)}</strong> “{escape(found.line)}”</p>{source}</div>'
        )

    def end(self, kept: str) -> Update:
        """Show the debrief."""
        p, w = self._parts, self.words
        scene, other = self._kept(kept)
        if not any(turn.moves or turn.steps for turn in scene.turns):
            return {p["trouble"]: trouble_html(w("practise.nothing_said"))}
        ways = [(w("practise.this_way"), scene), *([(w("practise.other_way"), other)] if other else [])]
        return {
            **self._shown(scene, other),
            p["debrief"]: debrief_html(self.coach.debriefer.of_scene(scene), scene, w),
            p["states"]: states_html(ways, w),
            p["other"]: gr.update(visible=True),
        }

    def choose(self) -> Update:
        """Go back to the choice of a situation."""
        p = self._parts
        return {
            **{p[name]: "" for name in ("talk", "debrief", "states", "tip", "trouble", "scene")},
            p["choice"]: gr.update(visible=True),
            p["saying"]: gr.update(visible=False),
            p["other"]: gr.update(visible=False),
        }

    def restore(self, kept: str) -> Update:
        """Show the conversation that the tab has kept over a reload; one that cannot be read is let go."""
        try:
            return self._shown(*self._kept(kept))
        except InputError:
            return self.choose()

    # --- what stands on the page --------------------------------------------------------------------------

    def _shown(self, scene: Scene, other: Scene | None = None) -> Update:
        p, w = self._parts, self.words
        kept = {"scene": transcript.scene_json(scene), "other": transcript.scene_json(other) if other else None}
        return {
            p["choice"]: gr.update(visible=False),
            p["talk"]: brief_html(scene.scenario, w) + talk_html(scene, w),
            p["saying"]: gr.update(visible=True),
            p["line"]: gr.update(value="", interactive=not scene.over),
            p["say"]: gr.update(interactive=not scene.over),
            p["stop"]: gr.update(visible=False),
            p["trouble"]: "",
            p["tip"]: "",
            p["debrief"]: "",
            p["states"]: "",
            p["other"]: gr.update(visible=True),
            p["scene"]: json.dumps(kept, ensure_ascii=False),
        }

    def _after(self, kept: str, line: str | None) -> Update:
        """Return the page as it was before a line that failed, with the line in its box."""
        shown = self.restore(kept)
        return {**shown, self._parts["line"]: gr.update(value=line, interactive=True)}

    def _kept(self, kept: str) -> tuple[Scene, Scene | None]:
        try:
            given = json.loads(kept)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise InputError(self.words("practise.lost"), hint=self.words("practise.lost_hint"))
        scenarios = self.coach.scenarios
        other = transcript.scene_from(given["other"], scenarios) if given.get("other") else None
        return transcript.scene_from(given.get("scene"), scenarios), other
