"""The login: a form for accounts of this installation, or the way to an identity provider and back; and the way out.

Knows users, sessions, attempts and Authlib; knows nothing of what is behind the gate. The page has no script, and
says the same whether a name is unknown, a password wrong or an account shut.
"""

from __future__ import annotations

import logging
from html import escape
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from assistant.errors import BenchcoachError
from assistant.web.gate import COOKIE
from assistant.web.person import NOTE

if TYPE_CHECKING:
    from assistant.access.access import Access
    from assistant.access.users import User
    from assistant.web.gate import Watch

log = logging.getLogger(__name__)

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 22rem; margin: 12vh auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } p { margin: .25rem 0 1.5rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; font: inherit; padding: .6rem; border: 1px solid #767676;
  border-radius: 6px; }
button, a.go { display: block; box-sizing: border-box; width: 100%; margin-top: 1.5rem; padding: .7rem; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; color: #fff; background: #1f5c4a; border: 0;
  border-radius: 6px; cursor: pointer; }
[role=alert] { padding: .6rem .8rem; border-left: 4px solid #b3261e;
  background: color-mix(in srgb, #b3261e 12%, transparent); }
"""
WRONG = "Name and password do not match, or the account is closed."
NOT_LET_IN = "Your identity provider did not let you in, or your account here is closed."
NO_PROVIDER = "Your identity provider cannot be reached. Try again in a minute."


def routes(access: Access, watch: Watch) -> APIRouter:
    """Return the login's routes; ``watch`` lets go of a session that ends."""
    router = APIRouter()
    _add_way_out(router, access, watch)
    if access.provider is None:
        _add_form(router, access)
    else:
        _add_provider(router, access)
    return router


def _add_form(router: APIRouter, access: Access) -> None:
    @router.get("/login")
    def form() -> HTMLResponse:
        return _page(_FORM)

    @router.post("/login")
    async def sign_in(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=4)
        name, password = (str(form.get(field, "")) for field in ("name", "password"))
        address = request.client.host if request.client else ""
        try:
            user = await run_in_threadpool(access.sign_in, name, password, address)
        except BenchcoachError as error:
            log.warning("A login could not be looked at: %s", type(error).__name__)
            return _page(_FORM, error.message, 503)
        if user is None:
            return _page(_FORM, WRONG, 401)
        if isinstance(user, str):
            return _page(_FORM, user, 429)
        return await _let_in(access, user)


def _add_provider(router: APIRouter, access: Access) -> None:
    from authlib.integrations.base_client import OAuthError
    from httpx2 import HTTPError  # what Authlib asks with

    provider: Any = access.provider
    back = f"{access.public_url}/login/back"

    @router.get("/login")
    def choose() -> HTMLResponse:
        return _page(_PROVIDER)

    @router.get("/login/start")
    async def start(request: Request) -> Response:
        try:
            found: Response = await provider.authorize_redirect(request, back)
        except (HTTPError, OAuthError, RuntimeError, ValueError) as error:
            log.warning("The identity provider cannot be asked: %s", type(error).__name__)
            return _page(_PROVIDER, NO_PROVIDER, 503)
        return found

    @router.get("/login/back")
    async def come_back(request: Request) -> Response:
        try:
            told = (await provider.authorize_access_token(request)).get("userinfo") or {}
        except HTTPError as error:
            log.warning("The identity provider cannot be asked: %s", type(error).__name__)
            return _page(_PROVIDER, NO_PROVIDER, 503)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an answer from outside, nobody is let in
            log.warning("The identity provider's answer was refused: %s", type(error).__name__)
            return _page(_PROVIDER, NOT_LET_IN, 401)
        try:
            user = await run_in_threadpool(access.of_provider, told)
        except BenchcoachError as error:
            log.warning("A login could not be looked at: %s", type(error).__name__)
            return _page(_PROVIDER, error.message, 503)
        if user is None:
            return _page(_PROVIDER, NOT_LET_IN, 401)
        request.session.clear()
        return await _let_in(access, user)


def _add_way_out(router: APIRouter, access: Access, watch: Watch) -> None:
    @router.post("/logout")
    async def sign_out(request: Request) -> Response:
        session = request.scope[NOTE]
        await run_in_threadpool(access.sessions.end, session)

        async def let_go() -> None:
            watch.forget(session)

        # Only after this answer, which is one of those that the session's end takes along.
        done = RedirectResponse("/login", 303, background=BackgroundTask(let_go))
        done.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        # What the page keeps in the tab over a reload must not wait there for the next person.
        done.headers["clear-site-data"] = '"cache", "storage"'
        return done

    @router.get("/whoami")
    def who(request: Request) -> dict[str, str]:
        user = request.scope[NOTE].user
        return {"name": user.name, "role": user.role}


async def _let_in(access: Access, user: User) -> Response:
    shown = await run_in_threadpool(access.sessions.open, user)
    done = RedirectResponse("/", 303)
    done.set_cookie(
        COOKIE, shown, max_age=access.sessions.seconds, path="/", secure=True, httponly=True, samesite="lax"
    )
    return done


_FORM = (
    '<form method="post" action="/login"><label for="name">Name</label>'
    '<input id="name" name="name" autocomplete="username" autocapitalize="none" maxlength="200" required autofocus>'
    '<label for="password">Password</label><input id="password" name="password" type="password"'
    ' autocomplete="current-password" maxlength="200" required><button>Sign in</button></form>'
)
_PROVIDER = '<a class="go" href="/login/start">Sign in with your company account</a>'


def _page(inside: str, trouble: str = "", status: int = 200) -> HTMLResponse:
    told = f'<p role="alert">{escape(trouble)}</p>' if trouble else ""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in to Benchcoach</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>Benchcoach</h1><p>Your work here is yours alone.</p>{told}{inside}</main></body></html>",
        status,
    )
