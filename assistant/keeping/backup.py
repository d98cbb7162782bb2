"""Backup and restore: every row of the database as lines of JSON, on either database.

Knows the file's form: a head with the schema's revision, the rows by table, and an end that says the file
is whole. A backup made by an older version is restored into the schema it came from and then upgraded, in
one transaction: either all of it is there afterwards, or nothing was changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from assistant.errors import Held, InputError, StoreError
from assistant.keeping.database import LASTING, Database, drop_all, holds, migrate, revision_of
from assistant.private_file import written_whole

FORM = 1
_BATCH = 500

Json = dict[str, Any]


def back_up(database: Database, path: Path) -> None:
    """Write every row to a file that only its owner may read. Other programs may go on writing meanwhile."""
    with database.reading() as db, written_whole(path) as file:
        head = {"benchcoach_backup": FORM, "revision": revision_of(db), "made": datetime.now(UTC).isoformat()}
        file.write(json.dumps(head) + "\n")
        for table in LASTING:
            for row in db.execute(table.select().order_by(*table.primary_key)):
                file.write(json.dumps({"table": table.name, "row": dict(row._mapping)}, default=_text) + "\n")
        file.write(json.dumps({"end": True}) + "\n")


def restore(database: Database, path: Path) -> None:
    """Put what a backup holds in place of everything that is kept now. Raises InputError, Held or StoreError."""
    revision = _verified(path)
    with database.writing() as db:
        if db.execute(sa.select(holds.c.owner).limit(1)).first():
            raise Held("A legal hold keeps what is here now.", hint="Restoring would replace it. Nothing was changed.")
        drop_all(db)
        migrate(db, revision)
        tables = sa.MetaData()
        tables.reflect(db)
        for name, rows in _batches(path):
            if name not in tables.tables:
                raise InputError("This backup holds a table that its revision does not have.")
            table = tables.tables[name]
            db.execute(table.insert(), [_values(table, row) for row in rows])
        migrate(db, "head")
        database.mark_wipe(db)
    database.wipe()


def _verified(path: Path) -> str:
    """Return the revision of a backup that is whole; every line is read before anything is changed."""
    head: Json = {}
    last: Json = {}
    for last in _lines(path):
        head = head or last
    if head.get("benchcoach_backup") != FORM or not isinstance(head.get("revision"), str):
        raise InputError("This file is no backup that can be restored.", hint="Nothing was changed.")
    if last != {"end": True}:
        raise InputError("This backup is cut off.", hint="Nothing was changed.")
    return str(head["revision"])


def _batches(path: Path) -> Iterator[tuple[str, list[Json]]]:
    name, rows = "", list[Json]()
    for line in _lines(path):
        if "table" not in line:
            continue
        if line["table"] != name or len(rows) == _BATCH:
            if rows:
                yield name, rows
            name, rows = line["table"], []
        rows.append(line["row"])
    if rows:
        yield name, rows


def _lines(path: Path) -> Iterator[Json]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                found = json.loads(line)
                if not isinstance(found, dict):
                    raise InputError("This file is no backup that can be restored.", hint="Nothing was changed.")
                yield found
    except OSError as error:
        raise InputError("The backup cannot be read.", hint="Nothing was changed.", detail=str(error)) from None
    except ValueError:
        raise InputError("This file is no backup that can be restored.", hint="Nothing was changed.") from None


def _values(table: sa.Table, row: Json) -> Json:
    try:
        return {name: _value(table.c[name], value) for name, value in row.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StoreError("A row of this backup does not fit its revision.", hint="Nothing was changed.") from None


def _value(column: sa.Column[Any], value: Any) -> Any:  # noqa: ANN401 - of the kind its column has
    if value is None or not isinstance(value, str):
        return value
    if isinstance(column.type, sa.DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, sa.Date) else value


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a backup cannot hold {type(value).__name__}")
