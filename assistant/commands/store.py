"""``benchcoach store``: backup, restore and legal holds, for whoever runs the machine. Knows typer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import settings
from assistant.errors import InputError

if TYPE_CHECKING:
    from assistant.keeping.store import Store

app = typer.Typer(help="What is kept: backup, restore, legal holds.", rich_markup_mode=None)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
_Owner = Annotated[str, typer.Option(help="Whose work; on a machine for one person it is `local`.")]


@app.command()
def backup(file: _File) -> int:
    """Write everything that is kept to a file, while others may go on working."""
    from assistant.keeping.backup import back_up

    if file.exists():
        raise InputError("There is such a file already.", hint="Choose another name.")
    with _store("local") as store:
        back_up(store.database, file)
    print("Written. It holds everything in plain text: keep it where only you can read it.")
    return 0


@app.command()
def restore(file: _File, yes: Annotated[bool, typer.Option("--yes", help="Replace what is kept now.")] = False) -> int:
    """Put a backup in place of everything that is kept now. A backup of an older version is upgraded."""
    from assistant.keeping import backup as backups

    if not yes:
        raise InputError(
            "This replaces everything that is kept now.", hint="Make a backup of it first, then add --yes."
        )
    with _store("local") as store:
        backups.restore(store.database, file)
        store.retention.apply()
    print("Restored.")
    return 0


@app.command()
def hold(
    reason: Annotated[str, typer.Argument(help="Why, in words that the person concerned may read.")],
    owner: _Owner = "local",
) -> int:
    """Place a legal hold: nothing of this owner's is deleted, by hand or by age, until it is released."""
    with _store(owner) as store:
        store.place_hold(reason)
    print("Held. The person concerned sees this beside their agreements.")
    return 0


@app.command()
def release(owner: _Owner = "local") -> int:
    """End a legal hold. What is past its time by then is deleted."""
    with _store(owner) as store:
        if store.hold is None:
            raise InputError("There is no legal hold on this owner's work.")
        store.release_hold()
    print("Released.")
    return 0


@contextmanager
def _store(owner: str) -> Iterator[Store]:
    from assistant.keeping.store import Store

    store = Store.open(settings.read())
    try:
        yield store.owned_by(owner)
    finally:
        store.close()
