"""Users: who may come in, in which role, and how they prove it. Knows rows and hashes; nothing of requests.

A password is kept as Argon2id. A user of an identity provider has no password here, only the provider's own
name for them. Who is disabled or gone has no session and no token from that moment on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assistant.errors import InputError
from assistant.keeping.database import Database
from assistant.keeping.database import sessions as _sessions
from assistant.keeping.database import tokens as _tokens
from assistant.keeping.database import users as _users

Clock = Callable[[], datetime]
SHORTEST, LONGEST = 12, 200
_AT_ONCE = 2
"""Passwords checked at once: each check takes 64 MB, on purpose."""


class Role(StrEnum):
    """What a person may do beside their own work: a trainer changes the library, an admin reads the meters too."""

    MANAGER = "manager"
    TRAINER = "trainer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. ``id`` owns their rows and never changes; their name may."""

    id: str
    name: str
    role: Role
    disabled: bool = False
    subject: str = ""

    @property
    def changes_the_library(self) -> bool:
        """Whether this person may add documents for everybody and take them away."""
        return self.role is not Role.MANAGER


class Users:
    """The accounts in a database. Safe between threads and beside other processes."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(str(uuid4()))
        self._turn = threading.BoundedSemaphore(_AT_ONCE)

    def add(self, name: str, role: Role, password: str | None = None, *, subject: str = "") -> User:
        """Add a user. Raises InputError for a name that is taken or a password that is too easy to guess."""
        user = User(str(uuid4()), folded(name), role, subject=subject)
        secret = self._hashed(user.name, password) if password is not None else None
        values = {"id": user.id, "name": user.name, "role": role.value, "password": secret, "disabled": False}
        with self._database.writing() as db:
            if db.execute(sa.select(_users.c.id).where(_users.c.name == user.name)).first():
                raise InputError("There is a user of that name already.")
            db.execute(_users.insert().values(subject=subject or None, created=datetime.now(UTC), **values))
        return user

    def all(self) -> tuple[User, ...]:
        """Return every user, by name."""
        with self._database.reading() as db:
            return tuple(_user(row) for row in db.execute(_users.select().order_by(_users.c.name)))

    def named(self, name: str) -> User:
        """Return a user. Raises InputError where there is none of that name."""
        with self._database.reading() as db:
            row = db.execute(_users.select().where(_users.c.name == folded(name))).one_or_none()
        if row is None:
            raise InputError("There is no user of that name.", hint="`benchcoach users list` shows them.")
        return _user(row)

    def disable(self, name: str) -> User:
        """Shut a user out: every session and token of theirs ends with the same transaction."""
        user = self.named(name)
        with self._database.writing() as db:
            db.execute(_users.update().where(_users.c.id == user.id).values(disabled=True))
            _end_everything(db, user.id)
        return self.named(name)

    def enable(self, name: str) -> User:
        """Let a user in again, who then signs in anew."""
        return self._set(name, disabled=False)

    def set_role(self, name: str, role: Role) -> User:
        """Give a user another role; it holds from their next request."""
        return self._set(name, role=role.value)

    def set_password(self, name: str, password: str) -> User:
        """Give a user a new password, and end every session and token that the old one opened."""
        user = self.named(name)
        if user.subject:
            raise InputError("This user signs in with your identity provider and has no password here.")
        secret = self._hashed(user.name, password)
        with self._database.writing() as db:
            db.execute(_users.update().where(_users.c.id == user.id).values(password=secret))
            _end_everything(db, user.id)
        return user

    def proven(self, name: str, password: str) -> User | None:
        """Return the user whom name and password belong to; it takes as long where there is no such user."""
        with self._database.reading() as db:
            said = " ".join(name.split()).casefold()[:200]
            said = said if said.isprintable() else ""  # PostgreSQL takes no NUL
            row = db.execute(_users.select().where(_users.c.name == said)).one_or_none()
        known = row.password if row is not None and row.password and not row.disabled else None
        with self._turn:
            if not self._matches(known or self._nobody, password[: LONGEST + 1]) or known is None or row is None:
                return None
            if self._hasher.check_needs_rehash(known):
                with self._database.writing() as db:
                    again = self._hasher.hash(password)
                    db.execute(_users.update().where(_users.c.id == row.id).values(password=again))
        return _user(row)

    def of_provider(self, subject: str, name: str) -> User | None:
        """Return the user whom an identity provider vouches for, made at their first visit; None if disabled.

        A provider's word about a name never opens an account that a password made.
        """
        with self._database.reading() as db:
            row = db.execute(_users.select().where(_users.c.subject == subject)).one_or_none()
        if row is None:
            return self.add(self._free(name), Role.MANAGER, subject=subject)
        return None if row.disabled else _user(row)

    def _free(self, name: str) -> str:
        taken = {user.name for user in self.all()}
        wanted = " ".join(name.split()).casefold()[:190]
        wanted = wanted if wanted and wanted.isprintable() else "user"
        numbered = (f"{wanted} {number}" for number in range(2, len(taken) + 3))
        return wanted if wanted not in taken else next(one for one in numbered if one not in taken)

    def _set(self, name: str, **values: str | bool) -> User:
        user = self.named(name)
        with self._database.writing() as db:
            db.execute(_users.update().where(_users.c.id == user.id).values(**values))
        return self.named(name)

    def _hashed(self, name: str, password: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(
                f"A password has {SHORTEST} to {LONGEST} characters.", hint="Four words that you choose at random do."
            )
        if name in password.casefold() or len(set(password)) < 5:
            raise InputError("This password is too easy to guess.", hint="Four words that you choose at random do.")
        with self._turn:
            return self._hasher.hash(password)

    def _matches(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False


def folded(name: str) -> str:
    """Return a name as it is kept: names that differ in capitals or spaces are one name. Raises InputError."""
    said = " ".join(name.split()).casefold()
    if not said or not said.isprintable() or len(said) > 200:
        raise InputError("That is no name of a user.", hint="Take an e-mail address, or a short name.")
    return said


def _end_everything(db: sa.Connection, user_id: str) -> None:
    for table in (_sessions, _tokens):
        db.execute(table.delete().where(table.c.user_id == user_id))


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    values = row._mapping
    return User(values["id"], values["name"], Role(values["role"]), bool(values["disabled"]), values["subject"] or "")
