"""Claims about backups: whole, on either database, from older versions too, or nothing is changed."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from places import Place, report
from postgres import Postgres

from assistant.agreements import AgreementState
from assistant.errors import Held, InputError, StoreError
from assistant.keeping import backup, database
from assistant.keeping.database import Database
from assistant.keeping.store import Saved, SavedKind, Store
from assistant.settings import Settings

FIRST = Path(__file__).parent / "golden" / "backup_0001.jsonl"
"""A backup that the first migration's version wrote; it is never written anew."""


def fill(kept: Store) -> Store:
    kept.add(report(standard="Zahlen, ø, 数字"))
    kept.owned_by("Dana").add(report(who="Ben"))
    kept.save(Saved(SavedKind.PRACTICE, "late", {"turns": ["\x00", "two"], "share": 0.25, "none": None}))
    return kept


def everything(kept: Store) -> list[object]:
    dana = kept.owned_by("Dana")
    return [kept.agreements(), kept.all_saved(), dana.agreements(), dana.all_saved()]


def test_a_restored_backup_is_what_was_kept(place: Place, tmp_path: Path) -> None:
    kept, file = fill(place.open()), tmp_path / "b.jsonl"
    before = everything(kept)
    backup.back_up(kept.database, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept.erase()
    kept.add(report("Something newer"))
    backup.restore(kept.database, file)
    assert everything(kept) == before
    assert everything(place.open()) == before


def test_a_backup_moves_from_one_database_to_the_other_and_back(
    file_place: Place, postgres: Postgres, tmp_path: Path
) -> None:
    small, address = fill(file_place.open()), postgres.database()
    large = Store.open(Settings(database=address, retention="until deleted"))
    before = everything(small)
    backup.back_up(small.database, tmp_path / "one")
    backup.restore(large.database, tmp_path / "one")
    assert everything(large) == before
    small.erase()
    backup.back_up(large.database, tmp_path / "two")
    backup.restore(small.database, tmp_path / "two")
    assert everything(small) == before
    large.close()
    postgres.drop(address)


def holds_the_first_backup(kept: Store) -> None:
    (made,) = kept.agreements()
    assert (made.who, made.what, made.state) == ("Ana", "Send the weekly report by noon", AgreementState.SLIPPED)
    assert made.by_when == date(2026, 5, 11)
    assert [event.note for event in made.history] == ["", "It came at 15:10, without the north."]
    (work,) = kept.all_saved()
    assert (work.kind, work.body) == (SavedKind.PRACTICE, {"turns": ["Sure.", "ünï \x00"], "trust": 0.4})
    assert kept.hold is None


def test_a_backup_of_the_first_version_is_restored_and_upgraded(place: Place) -> None:
    kept = fill(place.open())
    backup.restore(kept.database, FIRST)
    holds_the_first_backup(kept)
    kept.place_hold("works in the newest schema")


def test_a_database_of_the_first_version_is_upgraded_when_it_is_opened(place: Place) -> None:
    made_by_first_version(place)
    kept = place.open()
    holds_the_first_backup(kept)
    with kept.database.reading() as db:
        assert database.revision_of(db) == database.HEAD


def test_an_upgrade_that_fails_leaves_the_old_database_as_it_was(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    made_by_first_version(place)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="power"):
        patch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", power_cut)
        place.open()
    raw = engine_of(place)
    with raw.connect() as db:
        tables = sa.inspect(db).get_table_names()
        assert database.revision_of(db) == "0001"
    raw.dispose()
    assert "holds" not in tables
    holds_the_first_backup(place.open())


def power_cut(*_: object) -> None:
    raise RuntimeError("power")


def made_by_first_version(place: Place) -> None:
    """Make a database that ends at the first migration, with rows in it."""
    kept = place.open()
    with kept.database.writing() as db:
        database.drop_all(db)
        database.migrate(db, "0001")
        tables = sa.MetaData()
        tables.reflect(db)
        for name, rows in backup._batches(FIRST):
            db.execute(tables.tables[name].insert(), [backup._values(tables.tables[name], row) for row in rows])
    kept.close()


def engine_of(place: Place) -> sa.Engine:
    if place.address:
        return sa.create_engine(place.address.replace("postgresql:", "postgresql+psycopg:"))
    return sa.create_engine(f"sqlite:///{place.home / database.FILE}")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[:-1], "cut off"),
        (lambda lines: [*lines[:-1], lines[-1][:5]], "no backup"),
        (lambda lines: lines[1:], "no backup"),
        (lambda lines: ["[]"], "no backup"),
        (lambda lines: [], "no backup"),
        (lambda lines: ["\x00\xff"], "no backup"),
        (lambda lines: [lines[0].replace('"0001"', '"9999"'), *lines[1:]], "newer"),
        (lambda lines: [lines[0], lines[1].replace('"who"', '"whom"'), *lines[2:]], "does not fit"),
        (lambda lines: [lines[0], lines[1].replace("2026-05-11", "soon"), *lines[2:]], "does not fit"),
        (lambda lines: [lines[0], '{"table": "holds", "row": {}}', lines[-1]], "a table"),
        (lambda lines: [lines[0], lines[1], lines[1], lines[-1]], "refused"),
    ],
)
def test_a_backup_that_cannot_be_used_changes_nothing(file_place: Place, tmp_path: Path, change, told: str) -> None:
    kept, file = fill(file_place.open()), tmp_path / "b"
    before = everything(kept)
    file.write_text("\n".join(change(FIRST.read_text("utf-8").splitlines())), "utf-8")
    with pytest.raises((InputError, StoreError), match=told):
        backup.restore(kept.database, file)
    assert everything(kept) == before


def test_no_backup_is_restored_over_a_legal_hold(place: Place) -> None:
    kept = fill(place.open())
    before = everything(kept)
    kept.owned_by("Dana").place_hold("Case 12")
    with pytest.raises(Held):
        backup.restore(kept.database, FIRST)
    assert everything(kept) == before


def test_what_a_restored_backup_replaced_is_in_no_file_afterwards(file_place: Place) -> None:
    kept = file_place.open()
    for n in range(50):
        kept.add(report(f"zanzibar-4417 {n}" + "x" * 500))
    backup.restore(kept.database, FIRST)
    assert b"zanzibar-4417" not in (file_place.home / database.FILE).read_bytes()


def test_a_backup_says_which_version_wrote_it_and_that_it_is_whole(file_place: Place, tmp_path: Path) -> None:
    backup.back_up(fill(file_place.open()).database, tmp_path / "b")
    lines = [json.loads(line) for line in (tmp_path / "b").read_text("utf-8").splitlines()]
    assert lines[0]["revision"] == database.HEAD
    assert {line["table"] for line in lines[1:-1]} == {"agreements", "agreement_events", "saved"}
    assert lines[-1] == {"end": True}


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(file_place: Place, tmp_path: Path) -> None:
    kept = fill(file_place.open())
    with pytest.raises(InputError):
        backup.back_up(kept.database, tmp_path / "nowhere" / "b")
    with pytest.raises(InputError):
        backup.back_up(kept.database, tmp_path)
    before = set(tmp_path.iterdir())
    Database.close(kept.database)
    assert set(tmp_path.iterdir()) == before
