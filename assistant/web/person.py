"""Who is asking: the person whom the gate let in, for a request of ours and for an event of the page.

Knows where the gate leaves its note, and Gradio's own record of the request that an event belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any

from gradio.context import LocalContext
from starlette.requests import Request

from assistant.access.sessions import Session
from assistant.access.users import Role, User
from assistant.errors import NotAllowed

NOTE = "benchcoach.session"
"""The key under which the gate leaves the session in the scope of a request."""


def owner_of(request: Request) -> str | None:
    """Return whose request this is, for Gradio's ``auth_dependency``; None where nobody is signed in."""
    session: Session | None = request.scope.get(NOTE)
    return session.user.id if session else None


_PROGRAM: ContextVar[User | None] = ContextVar("program", default=None)
"""Whose program is answered, where no event of the page is handled."""


@contextmanager
def answering(user: User) -> Iterator[None]:
    """Have everything in this block, and in threads that it starts with its context, be somebody's work."""
    mine = _PROGRAM.set(user)
    try:
        yield
    finally:
        _PROGRAM.reset(mine)


def owner() -> str:
    """Return whose event or call is being handled. Raises NotAllowed outside one."""
    return asking().id


def asking() -> User:
    """Return the person whose event or call is being handled. Raises NotAllowed outside one."""
    if (program := _PROGRAM.get()) is not None:
        return program
    event: Any = LocalContext.request.get(None)
    session: Session | None = event.request.scope.get(NOTE) if event is not None and event.request else None
    if session is None:
        raise NotAllowed("Nobody is signed in.", hint="Sign in again; what you typed is still in this window.")
    return session.user


def may_change_the_library() -> None:
    """Raise NotAllowed where the person whose event is being handled may not change what everybody reads."""
    if not asking().changes_the_library:
        raise NotAllowed("Only trainers change the library.", hint="Ask one of them, or your administrator.")


def signed_in_html(user: User) -> str:
    """Return who is signed in, and the way out."""
    return (
        f'<form class="bc-who" method="post" action="/logout"><span>{escape(user.name)}'
        f"{'' if user.role is Role.MANAGER else ' · ' + escape(user.role)}</span>"
        '<button class="bc-button" type="submit">Sign out</button></form>'
    )
