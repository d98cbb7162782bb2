"""The page for several people: the gate in front of it, the login beside it, and whose work an event is about.

Knows the coach, the way in and Gradio's queue; knows nothing of what a tab does. Without a login none of this is
put in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from assistant.access.users import Role
from assistant.web.api import api
from assistant.web.gate import Gate, Watch
from assistant.web.guard import App, Receive, Scope, Send
from assistant.web.login import routes
from assistant.web.meters import FORM, Meters
from assistant.web.person import NOTE, asking, owner, signed_in_html

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.access.access import Access
    from assistant.coach import Coach
    from assistant.settings import Settings

ROUND_TRIP = 600
"""Seconds for the way to an identity provider and back."""

SIGNED_OUT = """<script>(() => {
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    if (answer.status === 401) location.replace("/login");
    return answer;
  };
})()</script>"""
"""What turns the page of somebody who was signed out into the login, at the next thing they do."""


def nobody() -> str:
    """Return an owner of nothing: ids of people are longer."""
    return "nobody"


def open_access(settings: Settings, coach: Coach) -> Access | None:
    """Return the way in that the settings ask for; None on a machine for one person."""
    if settings.login == "none":
        return None
    from assistant.access.access import Access

    return Access(settings, coach.kept.database)


def open_to_many(app: FastAPI, page: Any, coach: Coach, access: Access, max_text: int) -> None:  # noqa: ANN401 - Gradio is untyped
    """Put gate and login before a page, and have the coach ask whose work it is."""
    coach.owner = owner
    watch = Watch(access.sessions)
    app.include_router(routes(access, watch))
    app.mount("/api/v1", api(coach, access.allowance, max_text))
    meters = Meters()

    @app.get("/metrics")
    def metrics(request: Request) -> Response:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        session = access.sessions.of_token(token) if kind.lower() == "bearer" else None
        if session is None or session.user.role is not Role.ADMIN:
            return Response("This needs the token of an admin.", 401, {"www-authenticate": "Bearer"})
        return Response(meters.text(), media_type=FORM)

    if access.provider is not None:
        add_round_trip(app, access.secret)
    app.add_middleware(Gate, watch=watch, queue=page._queue.pending_event_ids_session)
    app.add_middleware(_Counted, meters=meters)


def add_round_trip(app: FastAPI, secret: str) -> None:
    """Keep what belongs to one way to the provider and back, in a signed cookie of the login alone."""
    app.add_middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie="__Secure-benchcoach-login",
        max_age=ROUND_TRIP,
        path="/login",
        https_only=True,
    )


class _Counted:
    """The meters as a middleware: inside the guard, around the gate."""

    def __init__(self, app: App, *, meters: Meters) -> None:
        self._app = meters.around(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request."""
        await self._app(scope, receive, send)


def may_hand_in(request: Request) -> bool:
    """Say whether the person whose request this is may hand in documents for everybody."""
    return bool(request.scope[NOTE].user.changes_the_library)


def who() -> str:
    """Return who is signed in, as markup for the head of the page."""
    return signed_in_html(asking())
