"""The fold "Bring your own situation": describe it in words, look it over, change it, begin with it or save it.

Knows the coach and Gradio. Nothing is kept unless it is saved, and then without anybody's name.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.domain import Context, Draft
from assistant.formats.render import route_lines
from assistant.practising import own, saved
from assistant.practising.own import Described, Sketch
from assistant.scene import Scenario, Tendency
from assistant.web.running import trouble_of
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach

Update = dict[Any, Any]
BOXES = ("title", "facts", "standard", "when", "role", "tendency", "concern")


class OwnPart:
    """The fold's parts and what they do."""

    def __init__(self, coach: Coach, words: Words) -> None:
        self._coach = coach
        self._words = words
        self.parts: dict[str, Any] = {}

    def draw(self) -> None:
        """Put the fold into the Blocks that are open."""
        w, p = self._words, self.parts
        with gr.Accordion(w("own.title"), open=False, elem_id="own") as p["fold"]:
            p["describe"] = gr.Textbox(
                label=w("own.describe"),
                placeholder=w("own.describe_hint"),
                lines=3,
                max_lines=8,
                elem_id="own-describe",
                elem_classes=["bc-field"],
            )
            p["read"] = gr.Button(w("own.read"), elem_id="own-read")
            p["notice"] = gr.HTML("", elem_id="own-notice")
            with gr.Column(visible=False, elem_id="own-edit") as p["edit"]:
                self._draw_boxes()
                with gr.Row(elem_id="own-actions"):
                    p["begin"] = gr.Button(w("own.begin"), variant="primary", elem_id="own-begin")
                    p["save"] = gr.Button(w("own.save"), elem_id="own-save")

    def _draw_boxes(self) -> None:
        w, p = self._words, self.parts
        for name, lines in (("title", 1), ("facts", 3), ("standard", 1), ("when", 1), ("role", 1)):
            p[name] = gr.Textbox(
                label=w(f"own.boxes.{name}"),
                lines=lines,
                max_lines=8 if lines > 1 else 1,
                elem_id=f"own-{name}",
                elem_classes=["bc-field"],
            )
        p["tendency"] = gr.Dropdown(
            choices=[(w(f"own.tendencies.{tendency}"), tendency.value) for tendency in Tendency],
            value=Tendency.DEFLECTS.value,
            label=w("own.boxes.tendency"),
            elem_id="own-tendency",
        )
        with gr.Accordion(w("own.behind"), open=False, elem_id="own-behind"):
            behind = [(title, id) for id, title in own.concerns()]
            p["concern"] = gr.Dropdown(
                choices=behind, value=behind[0][1], label=w("own.boxes.concern"), elem_id="own-concern"
            )

    def boxes(self) -> list[Any]:
        """Return the boxes of the sketch, in the order in which ``scenario`` takes them."""
        return [self.parts[name] for name in BOXES]

    def described(self, text: str, standard: str = "", when: str = "") -> Update:
        """Show a description as a situation to look over. What is wrong is told beside the box."""

        def act() -> Update:
            found = self._coach.describe(Draft(text, context=Context(standard, when)))
            return {**self._sketched(found.sketch), self.parts["notice"]: self._told(found)}

        return {self.parts["fold"]: gr.update(open=True), self.parts["describe"]: text, **self.safely(act)}

    def scenario(self, *boxes: str | None) -> Scenario:
        """Return the situation that stands in the boxes. Raises InputError that says what it lacks."""
        given = dict(zip(BOXES, ((box or "").strip() for box in boxes), strict=True))
        facts = tuple(line.strip(" -•") for line in given.pop("facts").splitlines() if line.strip(" -•"))
        return own.made(Sketch(facts=facts, **given))

    def saved(self, *boxes: str | None) -> Update:
        """Keep the situation that stands in the boxes."""

        def act() -> Update:
            saved.keep_situation(self._coach.store, self.scenario(*boxes))
            return {self.parts["notice"]: f'<p class="bc-notice" role="status">{escape(self._words("own.saved"))}</p>'}

        return self.safely(act)

    def safely(self, act: Callable[[], Update]) -> Update:
        """Return what an action changes on the page, or what went wrong, in words; every box keeps its text."""
        notice = self.parts["notice"]
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            return {notice: trouble_of(error, "A situation could not be made", self._words("action.broken"))}

    def _sketched(self, sketch: Sketch) -> Update:
        p = self.parts
        values = {name: getattr(sketch, name) for name in BOXES} | {"facts": "\n".join(sketch.facts)}
        return {p["edit"]: gr.update(visible=True), **{p[name]: value for name, value in values.items()}}

    def _told(self, found: Described) -> str:
        """Return what to know before a situation is used: whom to see, what was replaced, what it lacks."""
        w = self._words
        first = f'<p class="bc-trouble" role="alert">{escape(route_lines(found.route)[0])}</p>' if found.route else ""
        lines = [w("own.check")]
        if found.replaced:
            pairs = ", ".join(f"{name} → {stands}" for name, stands in found.replaced)
            lines.append(w("own.replaced", pairs=pairs))
        if found.left:
            lines.append(w("own.still", words=", ".join(found.left)))
        lines += [w(f"own.lacks.{name}") for name in found.lacks]
        return first + f'<p class="bc-notice" role="status">{escape(" ".join(lines))}</p>'
