"""Labelling on the Evals page: an item and a question, the person's answer, and only then the scorer's.

Knows the desk's runs, labels and Gradio. A label is kept beside its run and never leaves this machine.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.errors import BenchcoachError, InputError
from assistant.web.evals_view import agreement_html, question_html, verdict_html
from assistant.web.running import QUIET, log_place, trouble_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from evals.desk import Desk
    from evals.labels import Question

log = logging.getLogger(__name__)

Update = dict[Any, Any]
ANSWERS = {"yes": True, "no": False, "unsure": None}


class LabelPart:
    """The part of the page where people label."""

    def __init__(self, words: Words, desk: Callable[[], Desk]) -> None:
        self.words = words
        self._desk = desk
        self._parts: dict[str, Any] = {}

    @property
    def runs(self) -> Any:  # noqa: ANN401 - Gradio is untyped
        """The choice of a run, which the page fills."""
        return self._parts["run"]

    def draw(self) -> None:
        """Put the parts into the Blocks that are open, and tie them together."""
        w, p = self.words, self._parts
        with gr.Accordion(w("evals.label.title"), open=False, elem_id="evals-label"):
            gr.HTML(f'<p class="bc-quiet">{w("evals.label.about")}</p>')
            with gr.Row(elem_classes=["bc-evals-row"]):
                for name in ("run", "scorer"):
                    p[name] = gr.Dropdown(
                        [],
                        label=w(f"evals.label.{name}"),
                        elem_id=f"evals-label-{name}",
                        elem_classes=["bc-field"],
                        min_width=240,
                    )
                p["by"] = gr.Textbox(
                    "", label=w("evals.label.by"), elem_id="evals-label-by", elem_classes=["bc-field"], min_width=240
                )
                p["begin"] = gr.Button(w("evals.label.begin"), elem_id="evals-label-begin", min_width=140)
            p["trouble"] = gr.HTML("", elem_id="evals-label-trouble")
            p["item"] = gr.HTML("", elem_id="evals-label-item")
            p["now"] = gr.State(None)
            p["answer"] = gr.State(None)
            with gr.Row(visible=False, elem_id="evals-label-answers") as p["answers"]:
                for name in ANSWERS:
                    p[name] = gr.Button(w(f"evals.label.{name}"), elem_id=f"evals-label-{name}")
            p["verdict"] = gr.HTML("", elem_id="evals-label-verdict")
            with gr.Column(visible=False, elem_id="evals-label-differs") as p["differs"]:
                p["reason"] = gr.Textbox(
                    "", label=w("evals.label.reason"), elem_id="evals-label-reason", elem_classes=["bc-field"]
                )
                with gr.Row():
                    for name in ("keep", "yield"):
                        p[name] = gr.Button(w(f"evals.label.{name}"), elem_id=f"evals-label-{name}")
            p["agreement"] = gr.HTML("", elem_id="evals-label-agreement")
        self._tie()

    def _tie(self) -> None:
        p = self._parts
        where = [p["run"], p["scorer"], p["by"]]
        shown = [p[name] for name in ("item", "now", "answer", "answers", "verdict", "differs", "reason", "agreement")]
        shown.append(p["trouble"])
        p["run"].change(self._scorers, p["run"], [p["scorer"], p["trouble"]], **QUIET)
        p["begin"].click(self._next, where, shown, **QUIET)
        for name, answer in ANSWERS.items():
            p[name].click(self._answering(answer), [*where, p["now"]], shown, **QUIET)
        p["keep"].click(self._settling(yields=False), [*where, p["now"], p["answer"], p["reason"]], shown, **QUIET)
        p["yield"].click(self._settling(yields=True), [*where, p["now"], p["answer"], p["reason"]], shown, **QUIET)

    # --- what they do -----------------------------------------------------------------------------------

    def _scorers(self, name: str | None) -> Update:
        from evals.labels import labelled

        def act() -> Update:
            if not name:
                return {}
            found = labelled(self._desk().run(name))
            choices = [(f"{s}: {c.name.removeprefix('element.').replace('_', ' ')}", f"{s}/{c.name}") for s, c in found]
            return {self._parts["scorer"]: gr.update(choices=choices, value=choices[0][1] if choices else None)}

        return self._safely(act)

    def _next(self, name: str | None, scorer: str | None, by: str | None) -> Update:
        return self._safely(lambda: self._shown(name, scorer, by or ""))

    def _shown(self, name: str | None, scorer: str | None, by: str) -> Update:
        from evals import labels

        p = self._parts
        left = self._left(name, scorer, by)
        kept = self._desk().one(str(name))
        run = self._desk().run(str(name))
        found = labels.agreement(run, labels.read(kept.folder))
        suite, _, card = str(scorer).partition("/")
        mine = [one for one in found if (one.suite, one.scorer) == (suite, card)]
        count = sum(one.agreed.n + one.unsure for one in mine)
        said = self.words("evals.label.kept", n=count, left=len(left)) if left else self.words("evals.label.all")
        return {
            p["item"]: question_html(left[0], self.words) if left else "",
            p["now"]: left[0].key if left else None,
            p["answer"]: None,
            p["answers"]: gr.update(visible=bool(left)),
            p["verdict"]: "",
            p["differs"]: gr.update(visible=False),
            p["reason"]: "",
            p["agreement"]: f'<p class="bc-quiet" role="status">{said}</p>' + agreement_html(mine, self.words),
        }

    def _left(self, name: str | None, scorer: str | None, by: str) -> list[Question]:
        from evals import labels

        if not name or not scorer:
            raise InputError(self.words("evals.label.lacks"))
        suite, _, card = scorer.partition("/")
        done = {label.key for label in labels.read(self._desk().one(name).folder) if label.by == by.strip()}
        return [q for q in labels.questions(self._desk().run(name), suite, card) if q.key not in done]

    def _question(self, name: str, scorer: str, now: tuple[str, str, int, str]) -> Question:
        from evals import labels

        suite, _, card = scorer.partition("/")
        return next(q for q in labels.questions(self._desk().run(name), suite, card) if list(q.key) == list(now))

    def _answering(self, answer: bool | None) -> Callable[..., Update]:
        def answered(name: str, scorer: str, by: str, now: tuple[str, str, int, str] | None) -> Update:
            def act() -> Update:
                if now is None:
                    raise InputError(self.words("evals.label.lacks"))
                p, question = self._parts, self._question(name, scorer, now)
                if answer is not None and answer != question.verdict:
                    return {
                        p["verdict"]: verdict_html(question, self.words),
                        p["answer"]: answer,
                        p["differs"]: gr.update(visible=True),
                        p["answers"]: gr.update(visible=False),
                    }
                self._keep(name, question, answer, by)
                return self._shown(name, scorer, by or "")

            return self._safely(act)

        return answered

    def _settling(self, *, yields: bool) -> Callable[..., Update]:
        def settled(
            name: str, scorer: str, by: str, now: tuple[str, str, int, str] | None, answer: bool, reason: str
        ) -> Update:
            def act() -> Update:
                if now is None:
                    raise InputError(self.words("evals.label.lacks"))
                said = reason or (self.words("evals.label.yield") if yields else "")
                self._keep(name, self._question(name, scorer, now), answer, by, reason=said, yielded=yields)
                return self._shown(name, scorer, by or "")

            return self._safely(act)

        return settled

    def _keep(
        self,
        name: str,
        question: Question,
        answer: bool | None,
        by: str,
        *,
        reason: str = "",
        yielded: bool = False,
    ) -> None:
        from evals import labels

        label = labels.Label(*question.key, question.verdict, answer, reason, by or "", yielded)
        labels.keep(label, self._desk().one(name).folder)

    def _safely(self, act: Callable[[], Update]) -> Update:
        trouble = self._parts["trouble"]
        try:
            return {trouble: "", **act()}
        except BenchcoachError as error:
            log.warning("Labelling went wrong: %s %s", type(error).__name__, error.detail)
            return {trouble: trouble_html(error.message, error.hint)}
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            log_place(error)
            return {trouble: trouble_html(self.words("evals.broken"))}
