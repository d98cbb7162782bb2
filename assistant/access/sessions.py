"""Sessions and tokens: what a browser or a program shows to be let in again.

Knows random keys, their hashes and when they end. Only a hash is kept, so nobody can come in with a copy of the
database. What a browser holds is signed as well: a made-up cookie is refused without a look into the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from itsdangerous import BadSignature, Signer

from assistant.access.users import Clock, Role, User
from assistant.errors import InputError, SettingsError
from assistant.keeping.database import Database
from assistant.keeping.database import sessions as _sessions
from assistant.keeping.database import tokens as _tokens
from assistant.keeping.database import users as _users
from assistant.private_file import make_private

TOKEN = "bench_"  # noqa: S105 - how a token begins, so that a search for leaked secrets can find one
LONGEST_DAYS = 365
_SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and with what: ``key`` is the hash of the session's or the token's secret."""

    user: User
    key: str


class Sessions:
    """The sessions and tokens in a database. Safe between threads and beside other processes."""

    def __init__(self, database: Database, secret: str, hours: float, now: Clock | None = None) -> None:
        self._database = database
        self._secret = secret.encode()
        self._signer = Signer(secret, salt="benchcoach.session", digest_method=hashlib.sha256)
        self._lasts = timedelta(hours=hours)
        self._now = now or (lambda: datetime.now(UTC))

    @property
    def seconds(self) -> int:
        """How long a session lasts."""
        return int(self._lasts.total_seconds())

    def open(self, user: User) -> str:
        """Begin a session and return what the browser is to show; sessions that are over are cleared away."""
        word = secrets.token_urlsafe(32)
        now = self._now()
        with self._database.writing() as db:
            db.execute(_sessions.delete().where(_sessions.c.expires < now))
            db.execute(_sessions.insert().values(id=_hash(word), user_id=user.id, expires=now + self._lasts))
        return self._signer.sign(word).decode()

    def of(self, shown: str) -> Session | None:
        """Return the session that a browser shows; None where it is forged, over or ended."""
        try:
            word = self._signer.unsign(shown.encode()).decode()
        except (BadSignature, UnicodeError):
            return None
        return self._look(_sessions, _hash(word))

    def of_token(self, shown: str) -> Session | None:
        """Return whom a program speaks for; None where its token is unknown, over or ended."""
        return self._look(_tokens, _hash(shown)) if shown.startswith(TOKEN) else None

    def living(self, keys: Collection[str]) -> set[str]:
        """Return which of these sessions and tokens still let somebody in."""
        found: set[str] = set()
        with self._database.reading() as db:
            for table in (_sessions, _tokens):
                wanted = table.c.id.in_(keys) & (table.c.expires > self._now()) & ~_users.c.disabled
                found.update(db.scalars(sa.select(table.c.id).join(_users).where(wanted)))
        return found

    def end(self, session: Session) -> None:
        """End one session."""
        with self._database.writing() as db:
            db.execute(_sessions.delete().where(_sessions.c.id == session.key))

    def make_token(self, user: User, label: str, days: int) -> str:
        """Return a new token for a program; only its hash is kept, so it is told this once."""
        if not 1 <= days <= LONGEST_DAYS:
            raise InputError(f"A token lasts from 1 to {LONGEST_DAYS} days.")
        if not label.strip() or len(label) > 200:
            raise InputError("A token needs a label of a few words.", hint="Say which program holds it.")
        word, now = TOKEN + secrets.token_urlsafe(32), self._now()
        row = {"id": _hash(word), "user_id": user.id, "label": label.strip(), "created": now}
        with self._database.writing() as db:
            db.execute(_tokens.insert().values(expires=now + timedelta(days=days), **row))
        return word

    def end_tokens(self, user: User) -> int:
        """End every token of a user and return how many there were."""
        with self._database.writing() as db:
            return int(db.execute(_tokens.delete().where(_tokens.c.user_id == user.id)).rowcount)

    def sealed(self, session: Session, name: str) -> str:
        """Return a name that only this session can mean: another session's word for the same thing differs."""
        return hmac.new(self._secret, f"{session.key} {name}".encode(), hashlib.sha256).hexdigest()[:40]

    def _look(self, table: sa.Table, key: str) -> Session | None:
        wanted = (table.c.id == key) & (table.c.expires > self._now()) & ~_users.c.disabled
        columns = (_users.c.id, _users.c.name, _users.c.role, _users.c.subject)
        with self._database.reading() as db:
            row = db.execute(sa.select(*columns).join_from(table, _users).where(wanted)).one_or_none()
        return Session(User(row.id, row.name, Role(row.role), subject=row.subject or ""), key) if row else None


def secret_of(folder: Path, given: str) -> str:
    """Return the key that signs: the one in the settings, or one that this machine made and keeps to itself."""
    if given:
        if len(given) < _SHORTEST_SECRET:
            raise SettingsError(f"The setting session_secret needs at least {_SHORTEST_SECRET} characters.")
        return given
    path = folder / "session.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(path)
        known = path.read_text("ascii").strip()
        if len(known) < _SHORTEST_SECRET:
            path.write_text(known := secrets.token_urlsafe(48), "ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "The key that signs sessions cannot be read or made.",
            hint=f"Look at the permissions of {path.name} in the home folder.",
            detail=str(error),
        ) from None
    return known


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
