"""How many tokens of a model each person has used today. Kept only for the limit, and only of the current day.

Knows no limit and no price. What is of an earlier day is deleted with the next use: nothing is left to add up.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import sqlalchemy as sa

from assistant.keeping.database import Database
from assistant.keeping.database import token_use as _use


class TokenUse:
    """The counts in a database, for every process that uses it. A day is one of UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def used(self, owner: str) -> int:
        """Return the tokens that somebody has used today."""
        with self._database.reading() as db:
            found = db.scalar(sa.select(_use.c.tokens).where(_of(owner, _today())))
        return int(found or 0)

    def use(self, owner: str, tokens: int) -> None:
        """Add to them."""
        today = _today()
        with self._database.writing() as db:
            self._database.take_turn(db)
            db.execute(_use.delete().where(_use.c.day < today))
            more = {"tokens": _use.c.tokens + tokens}
            if not db.execute(_use.update().where(_of(owner, today)).values(**more)).rowcount:
                db.execute(_use.insert().values(owner=owner, day=today, tokens=tokens))


def _today() -> date:
    return datetime.now(UTC).date()


def _of(owner: str, day: date) -> sa.ColumnElement[bool]:
    return (_use.c.owner == owner) & (_use.c.day == day)
