"""Claims about the end of what is kept: by hand, by age, for good, unless a legal hold suspends it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from places import TODAY, Place, report
from postgres import Postgres

from assistant.agreements import AgreementState, correct, follow_up
from assistant.errors import Held, InputError, NotKept, SettingsError, StoreError
from assistant.keeping import database
from assistant.keeping.database import Database
from assistant.keeping.retention import PRESETS
from assistant.keeping.store import Saved, SavedKind, Store
from assistant.settings import Settings

SEED = "zanzibar-4417"


def fill(kept: Store, words: str, number: int = 40) -> list[str]:
    """Keep texts with some words in every field, short ones and long ones, and change them again and again."""
    chance = random.Random(7)
    ids = []
    for n in range(number):
        long = f"{words} " + "k" * chance.randrange(3000)
        made = report(f"{words} {n} {'x' * chance.randrange(1500)}", who=f"{words} {n}", standard=long)
        kept.add(made)
        for _ in range(chance.randrange(4)):
            kept.change(made.id, lambda a: follow_up(a, AgreementState.SLIPPED, on=TODAY, note=f"{words} slipped"))
        body = {"turns": [long] * chance.randrange(8)}
        work = kept.save(Saved(SavedKind.ONE_ON_ONE, words, body, who=words))
        kept.save(Saved(SavedKind.ONE_ON_ONE, words, {"turns": [words]}, who=words, id=work.id))
        ids += [made.id, work.id]
    return ids


def files_with(folder: Path, words: str) -> list[str]:
    found = [path for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]
    return [str(path.relative_to(folder)) for path in found]


def test_what_is_deleted_is_in_no_file_afterwards(file_place: Place) -> None:
    kept = file_place.open()
    stays = report("Keep this one", who="Ben")
    kept.add(stays)
    ids = fill(kept, SEED)
    assert files_with(file_place.home, SEED) == [database.FILE]
    chance = random.Random(3)
    chance.shuffle(ids)
    kept.delete(ids[:50])
    assert files_with(file_place.home, SEED)
    kept.delete(ids[50:])
    assert files_with(file_place.home, SEED) == []
    assert kept.agreements() == (stays,)


def test_a_correction_leaves_no_trace_of_the_mistake(file_place: Place) -> None:
    kept = file_place.open()
    made = report(f"Send the {SEED} report", standard=SEED, who=SEED)
    kept.add(made)
    kept.change(made.id, lambda a: follow_up(a, AgreementState.SLIPPED, on=TODAY))
    kept.change(made.id, lambda a: correct(a, who="Ana", what="Send the report", standard="In figures"))
    # What was agreed at the time is part of the history and stays until the agreement is deleted.
    assert kept.agreement(made.id).history[0].what == f"Send the {SEED} report"
    kept.delete([made.id])
    assert files_with(file_place.home, SEED) == []


def test_a_deletion_that_was_killed_before_the_end_is_finished_at_the_next_opening(place: Place) -> None:
    fill(place.open(), SEED, 5)
    code = (
        "import os, sys; from assistant.settings import Settings; from assistant.keeping.store import Store;"
        "store = Store.open(Settings(database=sys.argv[1], retention='until deleted'));"
        "store.database.wipe = lambda: os.kill(os.getpid(), 9); store.erase()"
    )
    killed = subprocess.run([sys.executable, "-c", code, place.address], check=False)
    assert killed.returncode == -signal.SIGKILL
    noted = sa.select(database.wipes)
    with Database.open(place.address, place.home).reading() as db:
        assert len(db.execute(noted).all()) == 1
    kept = place.open()
    with kept.database.reading() as db:
        assert db.execute(noted).all() == []
    assert kept.agreements() == ()
    assert files_with(place.home, SEED) == []


def test_a_deletion_that_another_program_is_in_the_way_of_deletes_nothing_and_says_so(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.2)
    kept = file_place.open()
    kept.add(report())
    with Database.open("", file_place.home).reading() as db:
        db.execute(sa.select(database.agreements)).all()
        with pytest.raises(StoreError, match="Another program"):
            kept.erase()
    assert len(kept.agreements()) == 1


def test_postgresql_rewrites_its_tables_after_a_deletion(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    address = postgres.database()
    kept = Store.open(Settings(database=address))
    fill(kept, SEED, 10)
    postgres.psql(address, "CHECKPOINT")
    tables = postgres.data / "base"
    assert files_with(tables, SEED)
    kept.erase()
    kept.close()
    postgres.psql(address, "CHECKPOINT")
    assert files_with(tables, SEED) == []
    postgres.drop(address)


@pytest.mark.parametrize(("preset", "stays"), [("30 days", 30), ("1 year", 365)])
def test_a_preset_deletes_what_nobody_touched_for_so_long(place: Place, preset: str, stays: int) -> None:
    kept = place.open(preset)
    made = report()
    kept.add(made)
    kept.save(Saved(SavedKind.PLAN, "First 90 days", {}))
    place.pass_days(stays - 1)
    assert (len(kept.agreements()), len(kept.all_saved())) == (1, 1)
    kept.change(made.id, lambda a: follow_up(a, AgreementState.KEPT, on=TODAY))
    place.pass_days(2)
    assert len(place.open(preset).agreements()) == 1
    assert kept.all_saved() == ()
    place.pass_days(stays)
    assert place.open(preset).agreements() == ()


def test_an_agreement_is_kept_until_its_last_date_has_passed(place: Place) -> None:
    kept = place.open("30 days")
    kept.add(report(check_on=TODAY.replace(month=8)))
    place.pass_days(60)
    assert len(kept.agreements()) == 1
    place.pass_days(70)
    assert kept.agreements() == ()


def test_until_deleted_deletes_nothing_by_itself(place: Place) -> None:
    place.open().add(report())
    place.pass_days(4000)
    assert len(place.open().agreements()) == 1


def test_a_program_that_runs_on_applies_the_preset_daily(place: Place) -> None:
    kept = place.open("30 days")
    kept.save(Saved(SavedKind.PLAN, "First 90 days", {}))
    place.pass_days(31)
    assert kept.owned_by("Dana").all_saved() == ()
    assert kept.all_saved() == ()


def test_what_age_deletes_is_in_no_file_afterwards(file_place: Place) -> None:
    fill(file_place.open("30 days"), SEED, 10)
    file_place.pass_days(60)
    file_place.open("30 days")
    assert files_with(file_place.home, SEED) == []


def test_where_nothing_is_kept_nothing_is_written_and_what_was_there_goes(file_place: Place) -> None:
    fill(file_place.open(), SEED, 3)
    kept = file_place.open("nothing")
    assert (kept.agreements(), kept.all_saved()) == ((), ())
    assert files_with(file_place.home, SEED) == []
    for attempt in (lambda: kept.add(report()), lambda: kept.save(Saved(SavedKind.PLAN, SEED, {}))):
        with pytest.raises(NotKept, match="organisation"):
            attempt()
    assert files_with(file_place.home, SEED) == []


def test_the_presets_are_the_ones_in_the_documentation(place: Place) -> None:
    says = Settings.__dataclass_fields__["retention"].metadata["says"]
    assert all(f"`{preset}`" in says for preset in PRESETS)
    with pytest.raises(SettingsError, match="retention"):
        place.open("30 years")


def test_a_legal_hold_suspends_every_deletion_and_says_so(place: Place) -> None:
    kept = place.open("30 days")
    made = report()
    kept.add(made)
    kept.place_hold("Case 12, ask Dana")
    for attempt in (
        lambda: kept.delete([made.id]),
        kept.erase,
        lambda: kept.change(made.id, lambda a: correct(a, standard="Another")),
    ):
        with pytest.raises(Held, match="4 May 2026 keeps this: Case 12, ask Dana"):
            attempt()
    after = kept.change(made.id, lambda a: follow_up(a, AgreementState.SLIPPED, on=TODAY, note="No report."))
    place.pass_days(400)
    again = place.open("30 days")
    assert again.agreements() == (after,)
    assert again.hold is not None
    assert again.export().hold == again.hold
    again.release_hold()
    assert (again.hold, again.agreements()) == (None, ())


def test_a_legal_hold_is_about_one_owner(place: Place) -> None:
    kept = place.open()
    kept.place_hold("Case 12")
    other = kept.owned_by("Dana")
    other.add(report())
    assert other.hold is None
    other.erase()
    assert other.agreements() == ()


def test_a_legal_hold_needs_a_reason(place: Place) -> None:
    with pytest.raises(InputError, match="reason"):
        place.open().place_hold("  ")


def test_an_export_about_an_employee_is_complete_and_names_what_else_to_read(place: Place) -> None:
    kept = place.open()
    about, beside, other = report(), report("Cover for Ana on Friday", who="Ben"), report("Call back", who="Anabel")
    for made in (about, beside, other):
        kept.add(made)
    one = kept.save(Saved(SavedKind.ONE_ON_ONE, "4 May", {"next": "send it"}, who=" ana"))
    plan = kept.save(Saved(SavedKind.PLAN, "May", {"steps": ["ask Ana"]}))
    found = kept.export("Ana")
    assert found.agreements == (about,)
    assert found.saved == (one,)
    assert set(found.mentioned_in) == {beside.id, plan.id}
    everything = kept.export()
    assert len(everything.agreements) == 3
    assert len(everything.saved) == 2
