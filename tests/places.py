"""Where tests keep things: a home of their own, with SQLite's file in it or a PostgreSQL database beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from assistant.agreements import Agreement, agree
from assistant.keeping.store import Store
from assistant.settings import Settings

TODAY = date(2026, 5, 4)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass
class Place:
    """A place to keep things, opened as often as a test likes, under a clock that the test sets."""

    home: Path
    address: str
    now: datetime = NOON
    opened: list[Store] = field(default_factory=list)

    @property
    def is_file(self) -> bool:
        return not self.address

    def settings(self, retention: str = "until deleted") -> Settings:
        return Settings(database=self.address, retention=retention)

    def open(self, retention: str = "until deleted") -> Store:
        store = Store.open(self.settings(retention), now=lambda: self.now)
        self.opened.append(store)
        return store

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)

    def close(self) -> None:
        for store in self.opened:
            store.close()


def report(what: str = "Send the weekly report by noon", who: str = "Ana", **more: str) -> Agreement:
    """Return an agreement made today, due in a week."""
    return agree(who, what, TODAY + timedelta(days=7), on=TODAY, **more)  # type: ignore[arg-type]
