"""The API for programs: check, rewrite, ask and debrief, with the JSON that the commands print.

Knows the coach, tokens by way of the gate, and HTTP codes. There is no API without a login. Nothing of a request
stands in an error or in a log. A program that goes away, or whose token ends, stops its work.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

import assistant
from assistant.domain import Context, Draft, Reading, Rewrite
from assistant.errors import (
    BenchcoachError,
    Cancelled,
    InputError,
    LibraryError,
    ModelError,
    ModelTimeout,
    NotAllowed,
    TooMuch,
)
from assistant.formats import render
from assistant.library.ask import Answer
from assistant.practising import transcript
from assistant.scene import Debrief
from assistant.web.person import NOTE, answering
from assistant.web.running import log, log_place

if TYPE_CHECKING:
    from assistant.access.limits import Allowance
    from assistant.coach import Coach

LOOK = 0.25
"""Seconds between two looks whether the program that asked is still there."""
_CODES: tuple[tuple[type[BenchcoachError], int], ...] = (
    (TooMuch, 429), (NotAllowed, 403), (InputError, 400), (LibraryError, 400), (ModelTimeout, 504), (ModelError, 503),
    (Cancelled, 499),
)  # fmt: skip
Work = Callable[[threading.Event], Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ContextIn(_Strict):
    """What was expected, when that was said and to whom."""

    standard: str = Field(default="", max_length=2_000)
    stated_when: str = Field(default="", max_length=200)
    to_whom: str = Field(default="", max_length=200)


class DraftIn(_Strict):
    """A draft, as the manager wrote it."""

    draft: str
    context: ContextIn = ContextIn()
    framework: str = Field(default="sbi", max_length=60)
    tone: str = Field(default="plain", max_length=20)


class TextIn(_Strict):
    """A text to look at."""

    text: str


class QuestionIn(_Strict):
    """A question to the library."""

    question: str


class LineIn(_Strict):
    """One line of a conversation."""

    speaker: str = Field(max_length=20)
    text: str = Field(max_length=20_000)


class TalkIn(_Strict):
    """A conversation, in order."""

    turns: Annotated[list[LineIn], Field(max_length=400)]


def api(coach: Coach, allowance: Allowance, max_text: int) -> FastAPI:
    """Return the API, to be mounted behind the gate."""
    app = FastAPI(
        title="Benchcoach", version=assistant.__version__, docs_url=None, redoc_url=None,
        description="Each call needs `Authorization: Bearer bench_…`, made with `benchcoach users token`.",
    )  # fmt: skip

    async def run(request: Request, work: Work) -> Response:
        return await _answered(request, allowance, work)

    @app.post("/check", responses={200: {"model": Reading}})
    async def check(given: TextIn, request: Request) -> Response:
        """Find words that judge, guess or generalise. No model."""
        return await run(request, lambda _: coach.check(_short(given.text, max_text)))

    @app.post("/rewrite", responses={200: {"model": Rewrite}})
    async def rewrite(given: DraftIn, request: Request) -> Response:
        """Rewrite a draft: the facts stay, the judgments go, and every part is accounted for."""
        context = Context(**given.context.model_dump())
        draft = Draft(given.draft, context=context)
        return await run(
            request, lambda cancel: coach.rewrite(draft, framework=given.framework, tone=given.tone, cancel=cancel)
        )

    @app.post("/ask", responses={200: {"model": Answer}})
    async def ask(given: QuestionIn, request: Request) -> Response:
        """Answer a question from the library, with citations, or say that it does not cover it."""
        return await run(request, lambda cancel: coach.ask(_short(given.question, max_text), cancel=cancel))

    @app.post("/debrief", responses={200: {"model": Debrief}})
    async def debrief(given: TalkIn, request: Request) -> Response:
        """Look back on a conversation: what each line did, with quotes, and a better one."""
        said = given.model_dump()["turns"]
        return await run(request, lambda _: _debrief(coach, said))

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, error: RequestValidationError) -> Response:
        places = ", ".join(sorted({".".join(str(part) for part in one["loc"][:3]) for one in error.errors()}))
        return _told(InputError("The request does not have the form that is needed.", hint=places[:200]), 422)

    return app


async def _answered(request: Request, allowance: Allowance, work: Work) -> Response:
    cancel = threading.Event()
    try:
        user = request.scope[NOTE].user
        with allowance.taken(user.id), answering(user):
            task = asyncio.ensure_future(run_in_threadpool(work, cancel))
            while not (await asyncio.wait({task}, timeout=LOOK))[0]:
                if await request.is_disconnected():
                    cancel.set()
            return Response(render.dumps(task.result()), media_type="application/json")
    except BenchcoachError as error:
        log.warning("A request failed: %s %s", type(error).__name__, error.detail)
        return _told(error, next((code for kind, code in _CODES if isinstance(error, kind)), 500))
    except Exception as error:  # noqa: BLE001 - the last catch before a program
        log_place(error)
        return _told(BenchcoachError("Something went wrong that should not.", hint="Nothing was kept."), 500)
    finally:
        cancel.set()


def _told(error: BenchcoachError, code: int) -> Response:
    more = {"retry-after": "60"} if code == 429 else {}
    return Response(render.dumps({"error": render.error_json(error)}), code, more, "application/json")


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise InputError(f"That has more than {most:,} characters.")
    return text


def _debrief(coach: Coach, said: list[dict[str, Any]]) -> Debrief:
    done = coach.debriefer.of_turns(transcript.turns_from(said))
    if not done.moves:
        raise InputError("No turn in this conversation is the manager's.", hint="A debrief needs at least one.")
    return done
