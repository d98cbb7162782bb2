"""Failed logins, counted so that nobody can try passwords one after another.

Knows three counts within a window: of one name from one address, of one address, and of one name from anywhere.
The last is high, so that a stranger cannot shut somebody out by failing for them. What is kept is a keyed hash.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from assistant.access.users import Clock
from assistant.keeping.database import Database
from assistant.keeping.database import attempts as _attempts

WINDOW = timedelta(minutes=15)
MOST_FOR_BOTH = 5
MOST_FOR_ADDRESS = 50
MOST_FOR_NAME = 100


class Attempts:
    """The failed logins in a database, shared by every process that uses it."""

    def __init__(self, database: Database, secret: str, now: Clock | None = None) -> None:
        self._database = database
        self._secret = secret.encode()
        self._now = now or (lambda: datetime.now(UTC))

    def begin(self, name: str, address: str) -> str | None:
        """Count an attempt and return its ticket; None where there were too many. ``succeed`` takes it back.

        Counted before the password is looked at: attempts side by side cannot slip through together.
        """
        since = self._now() - WINDOW
        both, *others = self._keys(name, address)
        with self._database.writing() as db:
            self._database.take_turn(db)
            db.execute(_attempts.delete().where(_attempts.c.at < since))
            limits = zip((both, *others), (MOST_FOR_BOTH, MOST_FOR_ADDRESS, MOST_FOR_NAME), strict=True)
            for key, most in limits:
                counted = sa.select(sa.func.count()).select_from(_attempts).where(_attempts.c.key == key)
                if int(db.scalar(counted) or 0) >= most:
                    return None
            ticket = str(uuid4())[:34]
            rows = [
                {"id": f"{ticket}{number}", "key": key, "at": self._now()} for number, key in enumerate((both, *others))
            ]
            db.execute(_attempts.insert(), rows)
        return ticket

    def succeed(self, ticket: str, name: str, address: str) -> None:
        """Take a successful attempt back, and with it the failures of this name from this address."""
        both = self._keys(name, address)[0]
        tickets = [f"{ticket}{number}" for number in range(3)]
        with self._database.writing() as db:
            db.execute(_attempts.delete().where(_attempts.c.id.in_(tickets) | (_attempts.c.key == both)))

    def _keys(self, name: str, address: str) -> tuple[str, str, str]:
        said = " ".join(name.split()).casefold()
        parts = (f"both {said} {address}", f"address {address}", f"name {said}")
        both, one, other = (hmac.new(self._secret, part.encode(), hashlib.sha256).hexdigest() for part in parts)
        return both, one, other
