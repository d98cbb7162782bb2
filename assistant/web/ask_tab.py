"""The Ask page: a question about leading people, answered from the library with its sources, or said to be uncovered.

Knows the coach and Gradio. An error stands beside the box, and the question stays in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.errors import BenchcoachError, Cancelled
from assistant.web.running import AT_ONCE, Runs, log, log_place, progress_html, trouble_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.library.ask import Answer
    from assistant.web.frame import Frame

Update = dict[Any, Any]


@dataclass(slots=True)
class AskTab:
    """The page's parts and what they do."""

    coach: Coach
    words: Words
    ready: Callable[[], bool]
    id: str = "ask"
    runs: Runs = field(default_factory=Runs)
    _parts: dict[str, Any] = field(default_factory=dict)

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        w, p = self.words, self._parts
        p["question"] = gr.Textbox(
            label=w("ask.question"),
            placeholder=w("ask.hint"),
            lines=2,
            max_lines=6,
            elem_id="question",
            elem_classes=["bc-keep", "bc-field"],
        )
        with gr.Row(elem_id="ask-actions"):
            p["ask"] = gr.Button(w("ask.go"), variant="primary", elem_id="ask")
            p["stop"] = gr.Button(w("action.cancel"), visible=False, elem_id="ask-stop")
        p["trouble"] = gr.HTML("", elem_id="ask-trouble")
        p["answer"] = gr.HTML("", elem_id="answer")
        asking = [
            event(
                self.ask,
                p["question"],
                [p["trouble"], p["answer"], p["ask"], p["stop"]],
                show_progress="hidden",
                concurrency_limit=AT_ONCE,
                concurrency_id="ask",
                api_visibility="private",
            )
            for event in (p["ask"].click, p["question"].submit)
        ]
        p["stop"].click(
            self.stop,
            None,
            [p["trouble"], p["ask"], p["stop"]],
            cancels=asking,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )

    def tie(self, frame: Frame) -> None:
        """Nothing here leads to another tab."""

    def ask(self, question: str | None, request: gr.Request) -> Iterator[Update]:
        """Answer a question; a sign stands there while it takes."""
        p, w = self._parts, self.words
        cancel = self.runs.begin(str(request.session_hash))
        waiting = progress_html(w("ask.looking" if self.ready() else "progress.loading"))
        yield {p["trouble"]: waiting, p["ask"]: gr.update(interactive=False), p["stop"]: gr.update(visible=True)}
        told: Update = {p["trouble"]: ""}
        try:
            told[p["answer"]] = answer_html(self.coach.ask(question or "", cancel=cancel), w)
        except Cancelled:
            told[p["trouble"]] = ""  # the person knows: it was their own button
        except BenchcoachError as error:
            log.warning("A question was not answered: %s %s", type(error).__name__, error.detail)
            told[p["trouble"]] = trouble_html(error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - the last catch before a person; the question must survive it
            log_place(error)
            told[p["trouble"]] = trouble_html(w("ask.broken"), w("action.broken_hint"))
        finally:
            cancel.set()
        yield {**told, **self._idle()}

    def stop(self, request: gr.Request) -> Update:
        """Stop the answer that is being waited for."""
        self.leave(request)
        return {self._parts["trouble"]: "", **self._idle()}

    def leave(self, request: gr.Request) -> None:
        """Stop the answer of a page that was closed."""
        self.runs.stop(str(request.session_hash))

    def stop_all(self) -> None:
        """Stop every answer, because the program ends."""
        self.runs.stop_all()

    def _idle(self) -> Update:
        return {self._parts["ask"]: gr.update(interactive=True), self._parts["stop"]: gr.update(visible=False)}


def answer_html(answer: Answer, words: Words) -> str:
    """Return an answer with its sources word for word, and whose words it is."""
    tag = words(f"ask.by.{answer.origin}") if answer.supported else ""
    notice = f'<p class="bc-quiet">{escape(answer.notice)}</p>' if answer.notice else ""
    sources = "".join(
        f'<figure class="bc-cite"><blockquote>{escape(one.quote)}</blockquote>'
        f"<figcaption>{escape(one.title)} · {escape(one.source)}</figcaption></figure>"
        for one in answer.citations
    )
    title = f"<h3>{escape(words('folded.citations'))}</h3>" if sources else ""
    return (
        f'<section class="bc-card bc-main"><header><h2>{escape(words("ask.answer"))}</h2>'
        f'<span class="bc-tag">{escape(tag)}</span></header>'
        f'<p class="bc-text" dir="auto">{escape(answer.answer)}</p>{notice}{title}{sources}</section>'
    )
