"""``benchcoach users``: who may come in, for whoever runs the machine. Knows typer, the accounts and the terminal."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import settings
from assistant.errors import InputError

if TYPE_CHECKING:
    from assistant.access.access import Access
    from assistant.access.users import Role

app = typer.Typer(help="Who may come in, where the page is for several people.", rich_markup_mode=None)

_Name = Annotated[str, typer.Argument(help="An e-mail address, or a short name.")]
_Role = Annotated[str, typer.Argument(help="manager, trainer or admin.")]


@app.command()
def add(
    name: _Name,
    role: Annotated[str, typer.Option(help="manager, trainer (changes the library) or admin.")] = "manager",
) -> int:
    """Add a user. The password is asked for, or read as one line from standard input; it is never an argument."""
    with _access() as access:
        user = access.users.add(name, _role(role), _password())
    print(f"Added: {user.name} ({user.role}).")
    return 0


@app.command(name="list")
def show() -> int:
    """List the users: name, role, how they sign in, and whether they are shut out."""
    with _access() as access:
        for user in access.users.all():
            how = "identity provider" if user.subject else "password"
            print(f"{user.name}\t{user.role}\t{how}{'	disabled' if user.disabled else ''}")
    return 0


@app.command()
def disable(name: _Name) -> int:
    """Shut a user out: sessions, open pages and tokens end within five seconds. What they kept stays."""
    with _access() as access:
        access.users.disable(name)
    print("Disabled.")
    return 0


@app.command()
def enable(name: _Name) -> int:
    """Let a user in again; they sign in anew."""
    with _access() as access:
        access.users.enable(name)
    print("Enabled.")
    return 0


@app.command()
def role(name: _Name, role: _Role) -> int:
    """Give a user another role; it holds within seconds."""
    with _access() as access:
        access.users.set_role(name, _role(role))
    print("Changed.")
    return 0


@app.command()
def password(name: _Name) -> int:
    """Give a user a new password, asked for; sessions and tokens that the old one opened end."""
    with _access() as access:
        access.users.named(name)
        access.users.set_password(name, _password())
    print("Changed.")
    return 0


@app.command()
def token(
    name: _Name,
    label: Annotated[str, typer.Option(help="Which program holds it.")],
    days: Annotated[int, typer.Option(help="For how many days it lets in.")] = 90,
) -> int:
    """Make a token with which a program uses the API in a user's name. It is shown this once."""
    with _access() as access:
        user = access.users.named(name)
        if user.disabled:
            raise InputError("This user is disabled.")
        print(access.sessions.make_token(user, label, days))
    return 0


@app.command(name="revoke-tokens")
def revoke_tokens(name: _Name) -> int:
    """End every token of a user."""
    with _access() as access:
        print(f"Ended: {access.sessions.end_tokens(access.users.named(name))}.")
    return 0


def _role(said: str) -> Role:
    from assistant.access.users import Role

    if said not in set(Role):
        raise InputError("There is no such role.", hint=f"Choose one of: {', '.join(Role)}.")
    return Role(said)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != given:
        raise InputError("The two differ.", hint="Nothing was changed.")
    return given


@contextmanager
def _access() -> Iterator[Access]:
    from assistant.access.access import Access
    from assistant.keeping.database import Database

    chosen = settings.read(login="accounts")
    database = Database.open(chosen.database, settings.home())
    try:
        yield Access(chosen, database)
    finally:
        database.close()
