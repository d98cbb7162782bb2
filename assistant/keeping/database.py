"""The database under ``store``: its tables, how it is opened, brought up to date, and wiped after deletions.

Knows SQLite and PostgreSQL, and hides which of the two it is. Does not know what the rows mean.

SQLite keeps a rollback journal: its write-ahead log could corrupt a file that several connections write,
in every version up to 3.51.2, and a journal that is deleted at the end leaves no copy of old pages behind.
Every transaction is on the disk before it is acknowledged. Writers take the lock when they begin, so two
of them wait for each other instead of failing half-way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from assistant.errors import SettingsError, StoreError
from assistant.private_file import make_private

FILE = "benchcoach.db"
HEAD = "0004"
"""The newest revision in ``migrations/``; a database that has it is opened without loading Alembic."""

WAIT_SECONDS = 30
_LOCK = 0x62656E63
"""The number under which PostgreSQL keeps the lock for upgrades."""

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_MOMENT = sa.DateTime(timezone=True)
_PRAGMAS = (
    "journal_mode = DELETE",
    "synchronous = EXTRA",  # the folder too: a finished transaction survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # deleted content is overwritten, not only forgotten
    "temp_store = MEMORY",  # no copy of a row in a temporary file
    "trusted_schema = OFF",
)

metadata = sa.MetaData()

agreements = sa.Table(
    "agreements",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("standard", sa.Text, nullable=False),
    sa.Column("by_when", sa.Date, nullable=False),
    sa.Column("check_on", sa.Date),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("created", _MOMENT, nullable=False),
    sa.Column("updated", _MOMENT, nullable=False),
    sa.Index("agreements_by_check", "owner", "check_on"),
)
events = sa.Table(
    "agreement_events",
    metadata,
    sa.Column("agreement_id", sa.String(36), sa.ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("by_when", sa.Date, nullable=False),
    sa.Column("check_on", sa.Date),
)
saved = sa.Table(
    "saved",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("created", _MOMENT, nullable=False),
    sa.Column("updated", _MOMENT, nullable=False),
    sa.CheckConstraint("kind <> 'practice' OR who = ''", name="practice_is_about_nobody"),
    sa.Index("saved_by_kind", "owner", "kind", "updated"),
)
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("owner", sa.String(200), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", _MOMENT, nullable=False),
)
wipes = sa.Table(
    "wipes",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("since", _MOMENT, nullable=False),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("subject", sa.String(500), unique=True),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created", _MOMENT, nullable=False),
)
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("expires", _MOMENT, nullable=False),
    sa.Index("sessions_by_user", "user_id"),
    info={"passing": True},
)
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("created", _MOMENT, nullable=False),
    sa.Column("expires", _MOMENT, nullable=False),
    sa.Index("tokens_by_user", "user_id"),
)
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("at", _MOMENT, nullable=False),
    sa.Index("attempts_by_key", "key", "at"),
    info={"passing": True},
)
spending = sa.Table(
    "spending",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("owner", sa.String(200), primary_key=True),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    sa.Column("millionths", sa.BigInteger, nullable=False),
)
token_use = sa.Table(
    "token_use",
    metadata,
    sa.Column("owner", sa.String(200), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    info={"passing": True},
)
LASTING = tuple(table for table in metadata.sorted_tables if not table.info.get("passing"))
"""What a backup holds. Sessions, failed logins and the day's tokens are not in one: everybody signs in again."""


class Database:
    """An open database of the newest revision. Safe between threads and beside other processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.is_file = engine.dialect.name == "sqlite"
        how = {"begin": "IMMEDIATE"} if self.is_file else {}
        snapshot = {} if self.is_file else {"isolation_level": "REPEATABLE READ"}
        self._writer = engine.execution_options(**how)
        self._reader = engine.execution_options(**snapshot)

    @classmethod
    def open(cls, address: str, folder: Path) -> Database:
        """Open the database at an address, or the file in ``folder``, and bring it up to date.

        Raises SettingsError for an address that cannot be used, StoreError where the database cannot.
        """
        database = cls(_server(address) if address else _file(folder))
        try:
            database.upgrade()
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one unchanging state of the database."""
        with _told(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection whose changes are all kept, for good, or none of them."""
        with _told(), self._writer.begin() as connection:
            yield connection

    def upgrade(self) -> None:
        """Bring the schema to the newest revision, whole or not at all. One process does it, the others wait."""
        with self.reading() as connection:
            if revision_of(connection) == HEAD:
                return
        with self.writing() as connection:
            self.take_turn(connection)
            migrate(connection, "head")

    def take_turn(self, connection: sa.Connection) -> None:
        """Let one process after the other do what follows in this transaction; SQLite's writers do so anyway."""
        if not self.is_file:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def mark_wipe(self, connection: sa.Connection) -> None:
        """Note, in the transaction that deletes, that the files still have to be wiped."""
        connection.execute(wipes.insert().values(id=str(uuid4()), since=datetime.now(UTC)))

    def wipe(self) -> None:
        """Rewrite the files where deletions are noted, so that nothing deleted is left in them.

        Raises StoreError where another program is in the way; the next opening then tries again.
        """
        with self.reading() as connection:
            noted = connection.scalars(sa.select(wipes.c.id)).all()
        if not noted:
            return
        with _told():
            self._rewrite()
        with self.writing() as connection:
            connection.execute(wipes.delete().where(wipes.c.id.in_(noted)))

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _rewrite(self) -> None:
        if self.is_file:
            raw = self._engine.raw_connection()  # VACUUM runs outside any transaction
            try:
                raw.cursor().execute("VACUUM")
            finally:
                raw.close()
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in metadata.sorted_tables:
                connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")


def is_there(address: str, folder: Path) -> bool:
    """Say whether there may be something kept, without making or opening a database."""
    return bool(address) or (folder / FILE).is_file()


def revision_of(connection: sa.Connection) -> str | None:
    """Return the revision of a database's schema; None where there is none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def migrate(connection: sa.Connection, revision: str) -> None:
    """Bring the schema to a revision within the connection's transaction. Raises StoreError."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise StoreError(
            "What is kept was written by a newer Benchcoach.",
            hint="Install that version again. Nothing was changed.",
            detail=str(error),
        ) from None


def drop_all(connection: sa.Connection) -> None:
    """Drop every table that any revision has made."""
    found = sa.MetaData()
    names = {"alembic_version", *metadata.tables}
    found.reflect(connection, only=lambda name, _: name in names)
    found.drop_all(connection)


def _file(folder: Path) -> sa.Engine:
    path = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(path)  # the journal takes its mode from the file
    except OSError as error:
        raise StoreError(
            "The database cannot be made in the home folder.", hint="Look at its permissions.", detail=str(error)
        ) from None
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": WAIT_SECONDS}, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so, for changes of the schema too
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _on_begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN " + str(connection.get_execution_options().get("begin", "DEFERRED")))


def _server(address: str) -> sa.Engine:
    try:
        url = sa.make_url(address)
    except SQLAlchemyError:
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            "The setting database is no address of a PostgreSQL database.",
            hint="It reads postgresql://user:password@host/name; leave it empty for a file in the home folder.",
        )
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": WAIT_SECONDS,
                "application_name": "benchcoach",
                "options": f"-c lock_timeout={WAIT_SECONDS}s -c synchronous_commit=on",
            },
        )
    except ModuleNotFoundError:
        raise SettingsError(
            "PostgreSQL needs the package psycopg.", hint="Install benchcoach with its extra: benchcoach[postgres]."
        ) from None


@contextmanager
def _told() -> Iterator[None]:
    """Turn every failure of a database into a StoreError, in this one place. No error text holds a row."""
    try:
        yield
    except DBAPIError as error:
        raise _store_error(error.orig) from error
    except sqlite3.Error as error:
        raise _store_error(error) from error
    except SQLAlchemyError as error:
        raise StoreError("The database could not be used.", detail=type(error).__name__) from error


_BUSY = ("Another program is using the database.", "Try again in a moment.")
_FULL = ("The disk is full; this was not kept.", "Make room and try again.")
_SHUT = ("The database cannot be read or written.", "Look at the permissions of the home folder.")
_BROKEN = ("The file of the database is damaged.", "Move it away and restore a backup: benchcoach store restore FILE.")
_AWAY = ("The database cannot be reached.", "Look at the setting database, and whether the server runs.")
_REASONS = {  # SQLite's names, and PostgreSQL's states or their first two signs
    "SQLITE_BUSY": _BUSY, "SQLITE_LOCKED": _BUSY, "55P03": _BUSY, "40": _BUSY,
    "SQLITE_FULL": _FULL, "53100": _FULL,
    "SQLITE_READONLY": _SHUT, "SQLITE_CANTOPEN": _SHUT, "SQLITE_PERM": _SHUT, "42501": _SHUT,
    "SQLITE_CORRUPT": _BROKEN, "SQLITE_NOTADB": _BROKEN, "SQLITE_IOERR": _BROKEN,
    "08": _AWAY, "57": _AWAY, "28": _AWAY, "3D": _AWAY,
}  # fmt: skip


def _store_error(cause: BaseException | None) -> StoreError:
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    by_name = "_".join(code.split("_")[:2])  # SQLITE_BUSY_SNAPSHOT is a kind of SQLITE_BUSY
    unreachable = type(cause).__name__ == "OperationalError" and not code
    words = _REASONS.get(code) or _REASONS.get(by_name) or _REASONS.get(code[:2]) or (_AWAY if unreachable else None)
    message, hint = words or ("The database refused this.", "Nothing was changed.")
    return StoreError(message, hint=hint, detail=f"{type(cause).__name__} {code}".strip())
