"""What a remote model has cost, by month: one sum for every process that uses the database. Knows no price."""

from __future__ import annotations

import sqlalchemy as sa

from assistant.keeping.database import Database
from assistant.keeping.database import spending as _spending

_ALL = "all"
"""The sum is the installation's. Who asked for how much is not kept."""


class Spending:
    """The sums in a database. Safe between threads and beside other processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spent(self, month: str) -> int:
        """Return millionths of the currency that were spent in a month."""
        with self._database.reading() as db:
            found = db.scalar(sa.select(_spending.c.millionths).where(_of(month)))
        return int(found or 0)

    def spend(self, month: str, tokens: int, millionths: int) -> None:
        """Add to them."""
        more = {"tokens": _spending.c.tokens + tokens, "millionths": _spending.c.millionths + millionths}
        with self._database.writing() as db:
            self._database.take_turn(db)
            if not db.execute(_spending.update().where(_of(month)).values(**more)).rowcount:
                row = {"month": month, "owner": _ALL, "tokens": tokens, "millionths": millionths}
                db.execute(_spending.insert().values(**row))


def _of(month: str) -> sa.ColumnElement[bool]:
    return (_spending.c.month == month) & (_spending.c.owner == _ALL)
