"""How long things are kept: the presets an organisation can choose from, applied at opening and daily.

Knows when a row is past its time. Does not know whose rows they are, except that rows under a legal hold stay.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from assistant.errors import NotKept, SettingsError
from assistant.keeping.database import Database, agreements, holds, saved

PRESETS: dict[str, timedelta | None] = {
    "nothing": timedelta(0),
    "30 days": timedelta(days=30),
    "1 year": timedelta(days=365),
    "until deleted": None,
}
_DAY = timedelta(days=1)


class Retention:
    """One preset on one database. Safe between threads."""

    def __init__(self, database: Database, preset: str, now: Callable[[], datetime]) -> None:
        if preset not in PRESETS:
            raise SettingsError(
                "The setting retention has a value that does not exist.", hint=f"Choose one of: {', '.join(PRESETS)}."
            )
        self.preset = preset
        self._database = database
        self._now = now
        self._lock = threading.Lock()
        self._applied: datetime | None = None

    def allow(self) -> None:
        """Raise NotKept where the organisation keeps nothing."""
        if self.preset == "nothing":
            raise NotKept(
                "Nothing is kept here: your organisation chose so.", hint="Take it with you as a file or on paper."
            )

    def daily(self) -> None:
        """Apply the preset unless that was done within a day."""
        with self._lock:
            if self._applied is not None and self._now() - self._applied < _DAY:
                return
            self.apply()
            self._applied = self._now()

    def apply(self) -> None:
        """Delete for good what is past its time, whoever owns it, legal holds excepted."""
        age = PRESETS[self.preset]
        if age is None:
            return
        past = _past(self._now() - age) if age else {agreements: sa.true(), saved: sa.true()}
        with self._database.reading() as db:
            if not any(db.execute(sa.select(t.c.id).where(p, _free(t)).limit(1)).first() for t, p in past.items()):
                return
        with self._database.writing() as db:
            for table, condition in past.items():
                db.execute(table.delete().where(condition, _free(table)))
            self._database.mark_wipe(db)
        self._database.wipe()


def _past(until: datetime) -> dict[sa.Table, sa.ColumnElement[bool]]:
    """Return when a row is past its time. An agreement's own dates count too: it is kept until it can be checked."""
    c = agreements.c
    dates_over = (c.by_when < until.date()) & (c.check_on.is_(None) | (c.check_on < until.date()))
    return {agreements: (c.updated < until) & dates_over, saved: saved.c.updated < until}


def _free(table: sa.Table) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(holds.c.owner == table.c.owner)
