"""The Prepare page: a standard, a one-on-one, what to do when things go wrong, handing back, the first ninety days.

Knows the coach and Gradio. What a text lacks is a field; what is typed there goes into the page at once, in the
browser, and is sent only when somebody wants it kept or in a calendar. Nothing is kept unless it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.agreements import FIRST_USE
from assistant.dates import read_date
from assistant.errors import BenchcoachError, InputError
from assistant.formats import prepare_text
from assistant.formats.calendar_file import Entry, calendar_text
from assistant.formats.prepare_text import Prepared
from assistant.preparing.first_days import Answer, FirstDays
from assistant.preparing.one_on_one import OneOnOne
from assistant.preparing.playbook import answer
from assistant.preparing.standard import Maturity
from assistant.web.keeping import candidates, entries, kept
from assistant.web.prepare_view import download_html, kept_html, prepared_html
from assistant.web.running import QUIET, log, log_place, trouble_html
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.web.frame import Frame

Update = dict[Any, Any]
KINDS = ("standard", "one_on_one", "playbook", "hand_back", "first_days")
LENGTHS = (25, 30, 45, 60)
UNKNOWN = "unknown"
TOOK, LEFT = "took", "left"
FIELDS = (
    "JSON.stringify(Object.fromEntries([...document.querySelectorAll('[data-fill]')]"
    ".map(f => [f.dataset.fill, f.value])))"
)
INTO_SIGHT = "() => document.getElementById('prepare-result')?.scrollIntoView({ block: 'start', behavior: 'smooth' })"
SAVE = "() => document.querySelector('#prepare-file [data-download]')?.click()"
_GIVEN = ("kind", "text", "experience", "direction", "who", "minutes", "at", "starts", "missing")


@dataclass(slots=True)
class Asked:
    """What a person chose and typed on the page."""

    kind: str
    text: str
    experience: str
    direction: str
    who: str
    minutes: int
    at: str
    starts: str
    missing: list[str]
    fields: dict[str, str]


@dataclass(slots=True)
class PrepareTab:
    """The page's parts and what they do."""

    coach: Coach
    words: Words
    max_draft: int
    id: str = "prepare"
    _parts: dict[str, Any] = field(default_factory=dict)

    # --- what is drawn ----------------------------------------------------------------------------------

    def draw(self) -> None:
        """Put the page's parts into the Blocks that are open, and tie them together."""
        w, p = self.words, self._parts
        with gr.Column(elem_id="prepare-ask"):
            p["kind"] = self._radio("kind", [(w(f"prepare.kinds.{kind}"), kind) for kind in KINDS], KINDS[0])
            p["text"] = gr.Textbox(
                label=w("prepare.label.standard"),
                placeholder=w("prepare.hint.standard"),
                lines=3,
                max_lines=14,
                elem_id="prepare-text",
                elem_classes=["bc-keep", "bc-field"],
            )
            self._draw_options()
            with gr.Row(elem_id="prepare-actions"):
                p["go"] = gr.Button(w("prepare.go"), variant="primary", elem_id="prepare-go")
        p["trouble"] = gr.HTML("", elem_id="prepare-trouble")
        p["result"] = gr.HTML("", elem_id="prepare-result")
        self._draw_after()
        p["file"] = gr.HTML("", elem_id="prepare-file")
        p["ics"] = gr.Button("", visible="hidden", elem_id="prepare-ics")
        self._tie()

    def _draw_options(self) -> None:
        w, p = self.words, self._parts
        choices = [(w(f"prepare.experience.{one}"), one.value) for one in Maturity]
        p["experience"] = self._radio("experience", [(w("prepare.experience.unknown"), UNKNOWN), *choices], UNKNOWN)
        took = [(w(f"prepare.direction.{one}"), one) for one in (TOOK, LEFT)]
        p["direction"] = self._radio("direction", took, TOOK, visible=False)
        with gr.Row(visible=False, elem_id="prepare-meeting") as p["meeting"]:
            p["who"] = self._box("who")
            p["minutes"] = self._radio("minutes", [(w("prepare.minutes", n=n), n) for n in LENGTHS], 30)
            p["at"] = self._box("at")
        p["starts"] = self._box("starts", visible=False)
        p["missing"] = gr.CheckboxGroup(
            choices=[],  # once they are asked for: the library is still being opened when the page is drawn
            label=w("prepare.label.missing"),
            elem_id="prepare-missing",
            elem_classes=["bc-field"],
            visible=False,
        )

    def _draw_after(self) -> None:
        w, p = self.words, self._parts
        with gr.Column(visible=False, elem_id="prepare-after") as p["after"]:
            p["record"] = gr.Textbox(
                label=w("prepare.label.record"),
                placeholder=w("prepare.hint.record"),
                lines=3,
                elem_id="prepare-record",
                elem_classes=["bc-field"],
                visible=False,
            )
            with gr.Row(elem_id="prepare-next"):
                p["keep"] = gr.Button(w("prepare.keep"), elem_id="prepare-keep")
                p["words"] = gr.Button(w("prepare.find_words"), elem_id="prepare-words")
                p["practise"] = gr.Button(w("prepare.practise"), elem_id="prepare-practise")
            p["told"] = gr.HTML("", elem_id="prepare-told")

    def _radio(self, name: str, choices: list[tuple[str, Any]], value: str | int, *, visible: bool = True) -> Any:  # noqa: ANN401
        return gr.Radio(
            choices=choices,
            value=value,
            label=self.words(f"prepare.label.{name}"),
            elem_id=f"prepare-{name}",
            elem_classes=["bc-field", "bc-choice"],
            visible=visible,
        )

    def _box(self, name: str, *, visible: bool = True) -> Any:  # noqa: ANN401 - Gradio is untyped
        return gr.Textbox(
            label=self.words(f"prepare.label.{name}"),
            placeholder=self.words(f"prepare.hint.{name}"),
            lines=1,
            max_lines=1,
            min_width=140,
            elem_id=f"prepare-{name}",
            elem_classes=["bc-field"],
            visible=visible,
        )

    def _tie(self) -> None:
        p = self._parts
        given = [p[name] for name in _GIVEN]
        fields = gr.Textbox(visible=False)
        p["fields"] = fields
        sent = ", ".join(f"a{n}" for n in range(len(given)))
        # A text that is too long is cut in the browser to one character over the limit; the check then says so.
        cut = sent.replace("a1", f"a1?.slice(0, {self.max_draft + 1})", 1)
        collect = f"({sent}) => [{cut}, {FIELDS}]"
        p["kind"].change(self._choose, p["kind"], self._optional(), **QUIET)
        shown = [p[name] for name in ("result", "trouble", "after", "keep", "record", "told", "file")]
        p["go"].click(self._prepare, [*given, fields], shown, js=collect, **QUIET).then(
            None, None, None, js=INTO_SIGHT, api_visibility="private"
        )
        p["ics"].click(self._calendar, [*given, fields], [p["file"], p["trouble"]], js=collect, **QUIET).then(
            None, None, None, js=SAVE, api_visibility="private"
        )
        after = f"({sent}, r) => [{cut}, r, {FIELDS}]"
        p["keep"].click(self._keep, [*given, p["record"], fields], [p["told"], p["trouble"]], js=after, **QUIET)

    def tie(self, frame: Frame) -> None:
        """Lead to the words and to practice, with what was prepared."""
        p = self._parts
        rewrite: Any = frame.tab("rewrite")
        boxes = [frame.row, *rewrite.boxes()]

        def find_words(text: str | None, fields: str | None) -> tuple[Any, ...]:
            known = _fields(fields)
            return (frame.show("rewrite"), text or "", known.get("standard") or known.get("outcome", ""), "", "")

        p["words"].click(find_words, [p["text"], p["fields"]], boxes, js=f"(text) => [text, {FIELDS}]", **QUIET).then(
            None, None, None, js="() => document.getElementById('look').click()", api_visibility="private"
        )
        p["practise"].click(lambda: frame.show("practise"), None, frame.row, **QUIET)

    def leave(self, request: gr.Request) -> None:
        """Nothing is under way here."""

    def stop_all(self) -> None:
        """Nothing is under way here."""

    # --- what they do -----------------------------------------------------------------------------------

    def _optional(self) -> list[Any]:
        names = (
            "text",
            "experience",
            "direction",
            "meeting",
            "starts",
            "missing",
            "result",
            "trouble",
            "after",
            "told",
        )
        return [self._parts[name] for name in names]

    def _choose(self, kind: str) -> Update:
        return self._safely(lambda: self._chosen(kind))

    def _chosen(self, kind: str) -> Update:
        w, p = self.words, self._parts
        first_days = kind == "first_days"
        points = self.coach.prepare.first_days().points if first_days else ()
        asked: dict[str, Any] = {"choices": [(point.question, point.id) for point in points]} if points else {}
        return {
            p["text"]: gr.update(
                label=w(f"prepare.label.{kind}"), placeholder=w(f"prepare.hint.{kind}"), visible=not first_days
            ),
            p["experience"]: gr.update(visible=kind == "standard"),
            p["direction"]: gr.update(visible=kind == "hand_back"),
            p["meeting"]: gr.update(visible=kind == "one_on_one"),
            p["starts"]: gr.update(visible=first_days),
            p["missing"]: gr.update(visible=first_days, **asked),
            p["after"]: gr.update(visible=False),
            **{p[name]: "" for name in ("result", "trouble", "told")},
        }

    def _prepare(self, *given: Any) -> Update:  # noqa: ANN401 - whatever the parts hold
        def act() -> Update:
            p, asked = self._parts, _asked(given)
            if len(asked.text) > self.max_draft:
                raise InputError(self.words("draft.too_long", limit=f"{self.max_draft:,}"))
            made = self._made(asked)
            sheet = prepare_text.sheet(made)
            can_keep = asked.kind in ("standard", "one_on_one", "hand_back")
            return {
                p["result"]: prepared_html(
                    sheet, asked.fields, self.words, file=f"{asked.kind}.md", calendar=asked.kind != "playbook"
                ),
                p["after"]: gr.update(visible=asked.kind != "first_days"),
                p["keep"]: gr.update(visible=can_keep),
                p["record"]: gr.update(visible=asked.kind == "one_on_one"),
                p["told"]: "",
                p["file"]: "",
            }

        return self._safely(act)

    def _made(self, asked: Asked) -> Prepared:
        prepare = self.coach.prepare
        if asked.kind == "standard":
            chosen = Maturity(asked.experience) if asked.experience in set(Maturity) else None
            return prepare.standard(asked.text, chosen)
        if asked.kind == "one_on_one":
            known = self.coach.store.agreements(asked.who) if asked.who else ()
            return prepare.one_on_one(asked.text, minutes=asked.minutes, who=asked.who, agreements=known)
        if asked.kind == "playbook":
            said = {name: answer(name, text) for name, text in asked.fields.items()}
            return prepare.playbook(asked.text, {name: fact for name, fact in said.items() if fact})
        if asked.kind == "hand_back":
            return prepare.stay_in(asked.text) if asked.direction == LEFT else prepare.hand_back(asked.text)
        day = read_date(asked.starts, date.today()) if asked.starts else None
        return prepare.first_days(day, dict.fromkeys(asked.missing, Answer.MISSING))

    def _calendar(self, *given: Any) -> Update:  # noqa: ANN401 - whatever the parts hold
        def act() -> Update:
            asked = _asked(given)
            made = self._made(asked)
            found = self._entries(made, asked)
            if not found:
                raise InputError(self.words("prepare.no_day"), hint=self.words("prepare.no_day_hint"))
            return {self._parts["file"]: download_html(f"{asked.kind}.ics", calendar_text(found, datetime.now(UTC)))}

        return self._safely(act)

    def _entries(self, made: Prepared, asked: Asked) -> list[Entry]:
        if isinstance(made, FirstDays):
            return prepare_text.weeks(made)
        if isinstance(made, OneOnOne):
            return [prepare_text.meeting(made, _time(asked.at), asked.who)] if asked.at else []
        return entries(candidates(made, asked.fields), date.today())

    def _keep(self, *given: Any) -> Update:  # noqa: ANN401 - whatever the parts hold
        def act() -> Update:
            *parts, record, fields = given
            asked = _asked((*parts, fields))
            made = self.coach.prepare.record(record) if asked.kind == "one_on_one" else self._made(asked)
            notice = FIRST_USE if self.coach.store.first_use else ""
            done, lacking = kept(self.coach.store, candidates(made, asked.fields, asked.who), date.today(), self.words)
            return {self._parts["told"]: kept_html(done, lacking, notice if done else "", self.words)}

        return self._safely(act)

    def _safely(self, act: Callable[[], Update]) -> Update:
        """Return what an action changes on the page, or what went wrong, in words."""
        trouble = self._parts["trouble"]
        try:
            return {trouble: "", **act()}
        except BenchcoachError as error:
            log.warning("Preparing failed: %s %s", type(error).__name__, error.detail)
            return {trouble: trouble_html(error.message, error.hint)}
        except Exception as error:  # noqa: BLE001 - the last catch before a person
            log_place(error)
            return {trouble: trouble_html(self.words("prepare.broken"))}


def _asked(given: tuple[Any, ...]) -> Asked:
    values = dict(zip((*_GIVEN, "fields"), given, strict=True))
    return Asked(
        kind=str(values["kind"]),
        text=values["text"] or "",
        experience=values["experience"] or "",
        direction=values["direction"] or TOOK,
        who=(values["who"] or "").strip(),
        minutes=int(values["minutes"] or 0),
        at=(values["at"] or "").strip(),
        starts=(values["starts"] or "").strip(),
        missing=list(values["missing"] or []),
        fields=_fields(values["fields"]),
    )


def _fields(text: str | None) -> dict[str, str]:
    """Return what was typed into the questions; what the browser sent is text, whatever it looks like."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {str(name): str(value).strip() for name, value in found.items() if isinstance(value, str) and value.strip()}


def _time(text: str) -> datetime:
    """Return a day with its time, as on the wall."""
    day, _, clock = text.strip().rpartition(" ")
    try:
        hour, minute = (int(part) for part in clock.replace(".", ":").split(":"))
        return datetime.combine(read_date(day, date.today()), datetime.min.time()).replace(hour=hour, minute=minute)
    except ValueError:
        raise InputError("That is no time of a meeting.", hint="Write it as 12 May 10:00.") from None
