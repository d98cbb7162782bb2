"""Claims about what is kept: it is there afterwards, it is its owner's alone, and no kill takes it away."""

from __future__ import annotations

import inspect
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from kills import Kept, kill_once
from places import TODAY, Place, report
from postgres import Postgres
from pydantic import TypeAdapter

import assistant
from assistant import agreements, scene
from assistant.agreements import AgreementState, correct, follow_up
from assistant.coach import Coach
from assistant.commands import agreements as agreements_command
from assistant.domain import Origin
from assistant.errors import InputError, SettingsError, StoreError
from assistant.formats import agreements_text
from assistant.keeping import database, store
from assistant.keeping.database import Database
from assistant.keeping.store import Saved, SavedKind, Store
from assistant.settings import Settings

PACKAGE = Path(assistant.__file__).parent
PRACTICE = Saved(SavedKind.PRACTICE, "late", {"turns": ["Sure.", "ünï \x00 \U0001f600"], "state": {"trust": 0.4}})


def slipped(agreement, days: int = 1):
    return follow_up(agreement, AgreementState.SLIPPED, on=TODAY + timedelta(days=days), note="Not there at noon.")


# --- kept -----------------------------------------------------------------------------------------------


def test_what_is_kept_is_there_after_opening_again(place: Place) -> None:
    first = place.open()
    made = report(standard="All regions, in figures", check_on=TODAY + timedelta(days=3))
    first.add(made)
    after = first.change(made.id, slipped)
    work = first.save(PRACTICE)
    first.close()
    again = place.open()
    assert again.agreements() == (after,)
    assert again.agreement(made.id[:6].upper()) == after
    assert again.saved(work.id) == work
    assert again.all_saved(SavedKind.PRACTICE) == (work,)
    assert again.all_saved(SavedKind.STANDARD) == ()


def test_saving_again_replaces_and_keeps_the_day_it_was_made(place: Place) -> None:
    kept = place.open()
    work = kept.save(PRACTICE)
    place.pass_days(1)
    later = kept.save(Saved(SavedKind.PRACTICE, "late", {"turns": []}, id=work.id))
    assert kept.all_saved() == (later,)
    assert later.created == work.created
    assert later.updated == place.now


def test_a_scene_of_practice_comes_back_as_the_same_value(place: Place) -> None:
    adapter = TypeAdapter(scene.Scene)
    state = scene.State(trust=0.62)
    told = scene.Turn(
        scene.Speaker.EMPLOYEE, "Sure.", state=state, mood=scene.Mood.GUARDED, origin=Origin.FALLBACK,
        steps=(scene.Step(scene.Move.BLAMED, {"trust": -0.1}),),
    )  # fmt: skip
    scenario = scene.Scenario(
        "late", "Late", "Sam is late.", "baker", scene.Rung.NOTICE, scene.Cause.CLARITY, scene.Conversation.CONTENT,
        scene.Persona("Sam", "he", "baker", "", "dry", "peace"), ("9:20 on 3 May",),
        scene.Standard("at nine", agreed=False), scene.Concern("bus", ("far",), ("the bus",), "asking", ("bus",)),
        scene.Tendency.DENIES, "Yes?", (scene.Line("No.", scene.Mood.SHUT, (scene.Cue.ATTACKED,)),), own=True,
    )  # fmt: skip
    played = scene.Scene(scenario, turns=(told, scene.Turn(scene.Speaker.MANAGER, "What happened?")), seed=7)
    work = place.open().save(Saved(SavedKind.PRACTICE, "late", adapter.dump_python(played, mode="json")))
    assert adapter.validate_python(place.open().saved(work.id).body) == played


def test_practice_is_about_nobody(place: Place) -> None:
    kept = place.open()
    with pytest.raises(InputError, match="nobody"):
        kept.save(Saved(SavedKind.PRACTICE, "late", {}, who="Ana"))
    row = {"id": "1", "owner": "local", "kind": "practice", "who": "Ana", "title": "", "body": {}}
    with pytest.raises(StoreError), kept.database.writing() as db:  # the database refuses it as well
        db.execute(database.saved.insert().values(created=place.now, updated=place.now, **row))


def test_an_owner_sees_and_changes_nothing_of_anothers(place: Place) -> None:
    mine = place.open()
    made, work = report(), mine.save(PRACTICE)
    mine.add(made)
    other = mine.owned_by("Dana")
    assert (other.agreements(), other.all_saved(), other.first_use) == ((), (), True)
    assert (other.export().agreements, other.export("Ana").mentioned_in) == ((), ())
    for attempt in (
        lambda: other.agreement(made.id),
        lambda: other.change(made.id, slipped),
        lambda: other.saved(work.id),
    ):
        with pytest.raises(InputError):
            attempt()
    assert other.save(Saved(SavedKind.PRACTICE, "theirs", {}, id=work.id)).id != work.id  # as with the id of nothing
    other.delete([made.id, work.id])
    other.erase()
    assert (mine.agreements(), mine.all_saved()) == ((made,), (work,))


def test_every_table_about_work_names_its_owner() -> None:
    about_people = (database.users, database.sessions, database.tokens, database.attempts)
    apart = {table.name for table in (database.wipes, database.spending, database.token_use, *about_people)}
    about_work = [table for table in database.metadata.sorted_tables if table.name not in apart]
    assert len(about_work) == 4
    assert all("owner" in table.c for table in about_work)


@pytest.mark.parametrize("given", ["", "abc", "zzzz", "%%%%", "____", "'; --"])
def test_an_id_that_fits_nothing_is_told_without_repeating_it(file_place: Place, given: str) -> None:
    kept = file_place.open()
    kept.add(report())
    with pytest.raises(InputError) as told:
        kept.agreement(given)
    assert not given or given not in str(told.value)


def test_an_id_that_fits_several_asks_for_more_of_it(file_place: Place) -> None:
    kept = file_place.open()
    for letter in "ab":
        kept.add(agreements.replace(report(), id=f"1234{letter}"))
    with pytest.raises(InputError, match="Several"):
        kept.agreement("1234")
    assert kept.agreement("1234b").id == "1234b"


def test_names_match_apart_from_capitals_and_spaces(place: Place) -> None:
    kept = place.open()
    for who in ("Ana Šilhavá", "ana  šilhavá ", "Ana"):
        kept.add(report(who=who))
    assert len(kept.agreements("ANA ŠILHAVÁ")) == 2


# --- the two databases ----------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_tables_of_the_code(place: Place) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    kept = place.open()
    with kept.database.reading() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, database.metadata) == []


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(PACKAGE / "keeping" / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [database.HEAD]


def test_a_database_of_a_newer_version_is_left_alone(place: Place) -> None:
    kept = place.open()
    kept.add(report())
    with kept.database.writing() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer"):
        place.open()
    assert len(kept.agreements()) == 1


def test_many_programs_may_open_a_new_database_at_once(place: Place) -> None:
    code = (
        "import sys; from assistant.keeping.store import Store; from assistant.settings import Settings;"
        "Store.open(Settings(database=sys.argv[1]))"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", code, place.address], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [start.communicate(timeout=60)[1] for start in starts] == [""] * 4
    assert place.open().agreements() == ()


def test_threads_that_change_the_same_agreement_lose_no_event(place: Place) -> None:
    kept, beside = place.open(), place.open()
    made = report()
    kept.add(made)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: (kept if n % 2 else beside).change(made.id, slipped), range(24)))
    assert len(kept.agreement(made.id).history) == 25


def test_readers_are_served_while_others_write(place: Place) -> None:
    kept, over = place.open(), threading.Event()

    def write() -> None:
        for _ in range(30):
            kept.add(report())
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = [len(place.open().agreements())]
    while not over.is_set():
        seen.append(len(kept.agreements()))
    writer.join()
    assert seen == sorted(seen)
    assert len(kept.agreements()) == 30


def test_sqlite_keeps_no_write_ahead_log_and_syncs_every_change(file_place: Place) -> None:
    kept = file_place.open()
    with sqlite3.connect(file_place.home / database.FILE) as raw:
        raw.execute("PRAGMA journal_mode = WAL")  # as another program may have left it
    raw.close()
    again = file_place.open()
    again.add(report())
    with again.database.reading() as db:
        told = {name: db.exec_driver_sql(f"PRAGMA {name}").scalar() for name in
                ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")}  # fmt: skip
    assert told == {
        "journal_mode": "delete", "synchronous": 3, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 30_000,
    }  # fmt: skip
    kept.close()


def test_nobody_else_on_the_machine_can_read_the_file_or_its_journal(file_place: Place) -> None:
    before = os.umask(0)
    try:
        kept = file_place.open()
        with kept.database.writing() as db:
            db.execute(database.wipes.insert().values(id="1", since=file_place.now))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file_place.home.iterdir()}
    finally:
        os.umask(before)
    assert modes == {database.FILE: 0o600, f"{database.FILE}-journal": 0o600}
    (file_place.home / database.FILE).chmod(0o644)
    file_place.open()
    assert stat.S_IMODE((file_place.home / database.FILE).stat().st_mode) == 0o600


# --- failures -------------------------------------------------------------------------------------------


def test_a_damaged_file_is_told_and_left_as_it_is(file_place: Place) -> None:
    file_place.home.mkdir()
    path = file_place.home / database.FILE
    path.write_bytes(b"SQLite format 3\x00" + b"secret words" * 500)
    with pytest.raises(StoreError, match="damaged") as told:
        file_place.open()
    assert "restore" in told.value.hint
    assert path.read_bytes().count(b"secret words") == 500


@pytest.mark.parametrize("address", ["sqlite:///x.db", "nonsense", "mysql://host/name", "postgresql"])
def test_an_address_that_is_not_postgresql_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="database"):
        Store.open(Settings(database=address))


def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be reached") as told:
        Store.open(Settings(database=f"postgresql://me:hush@/name?host={tmp_path}"))
    assert "hush" not in f"{told.value} {told.value.detail} {told.value.__cause__}"


def test_an_error_of_the_database_holds_nothing_of_a_row(place: Place) -> None:
    kept = place.open()
    kept.add(report())
    with pytest.raises(StoreError) as told:
        kept.add(agreements.replace(kept.agreements()[0], what="a secret wording"))
    assert "secret" not in f"{told.value} {told.value.detail} {told.value.__cause__}"


def test_a_file_that_another_program_holds_is_waited_for_and_then_told(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.2)
    kept = file_place.open()
    with Database.open("", file_place.home).writing(), pytest.raises(StoreError, match="Another program"):
        kept.add(report())


def test_a_change_that_fails_half_way_changes_nothing(place: Place) -> None:
    kept = place.open()
    made = report()
    kept.add(made)

    def torn(before):
        after = slipped(before)
        return agreements.replace(after, history=(*after.history, agreements.replace(after.history[-1], note=None)))

    with pytest.raises(StoreError):
        kept.change(made.id, torn)
    assert kept.agreements() == (made,)


# --- kills ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", [range(4), range(4, 8)], ids=["first", "second"])
def test_nothing_acknowledged_is_lost_in_kills_at_random_points(place: Place, seeds: range) -> None:
    kept = Kept()
    for seed in seeds:
        kill_once(kept, place.address, seed, place.home)
    assert kept.acknowledged > 0
    assert kept.faults == []


def test_nothing_acknowledged_is_lost_when_the_server_crashes(postgres: Postgres, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    kept, address = Kept(), postgres.database()

    def crash() -> None:
        postgres.stop("immediate")
        postgres.start()

    kill_once(kept, address, 1, tmp_path, crash)
    assert kept.acknowledged > 0
    assert kept.faults == []


def test_the_comparison_after_a_kill_finds_what_is_lost(file_place: Place) -> None:
    kept, there = Kept(), file_place.open()
    made = report()
    there.add(made)
    kept.hear(f"events {made.id} 3")
    kept.hear("events lost 1")
    kept.hear("turns gone 2")
    kept.hear(f"deleting {report().id}")
    kept.compare(there)
    assert kept.faults == ["an event is lost", "an agreement is lost", "a turn is lost"]


# --- what is not there by design ------------------------------------------------------------------------


def test_nothing_counts_sums_or_compares_by_person() -> None:
    modules = (agreements, store, database, agreements_text, agreements_command)
    words = ("count", "total", "score", "rank", "rate", "average", "stats", "tally", "top", "worst", "best")
    names = {
        part
        for module in modules
        for name, value in [*vars(module).items(), *vars(Store).items()]
        if inspect.isfunction(value) or inspect.isclass(value)
        for part in name.lower().strip("_").split("_")
    }
    assert not names & set(words)
    for module in modules:
        source = inspect.getsource(module)
        for banned in ("group_by", "func.count", "func.sum", "func.avg", "Counter(", "GROUP BY", "over("):
            assert banned not in source, f"{module.__name__} uses {banned}"
    columns = {column.name for table in database.metadata.sorted_tables for column in table.c}
    assert not columns & set(words)


def test_no_output_has_a_figure_about_a_person() -> None:
    for name in ("agreements_list", "agreement", "prepared", "deleted"):
        text = (PACKAGE / "schemas" / f"{name}.schema.json").read_text("utf-8")
        found = [path for path in numbers(json.loads(text)) if "Finding" not in path and "line" not in path]
        assert found == [], f"{name} has a figure: {found}"


def numbers(node: object, path: str = "") -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in numbers(item, path)]
    if not isinstance(node, dict):
        return []
    own = [path] if node.get("type") in ("integer", "number") else []
    return own + [found for key, item in node.items() for found in numbers(item, f"{path}/{key}")]


# --- cost and wiring ------------------------------------------------------------------------------------


def test_the_database_is_loaded_only_where_it_is_needed() -> None:
    code = (
        "import sys, assistant.commands.cli, assistant.coach;"
        "print({'sqlalchemy', 'alembic', 'icalendar'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"


def test_the_coach_opens_the_store_once_and_closes_it(request: pytest.FixtureRequest) -> None:
    coach = Coach.open(Settings(model="none"))
    place: Place = request.getfixturevalue("file_place")
    try:
        assert not (place.home / database.FILE).exists()
        assert coach.store is coach.store
        coach.store.add(report())
    finally:
        coach.close()
    assert len(place.open().agreements()) == 1


def test_a_correction_overwrites_what_was_wrong(place: Place) -> None:
    kept = place.open()
    made = report("Send the weekly rapport")
    kept.add(made)
    kept.change(made.id, slipped)
    after = kept.change(made.id, lambda a: correct(a, who="Anna", standard="In figures"))
    assert kept.agreements() == (after,)
    assert (after.who, after.standard, len(after.history)) == ("Anna", "In figures", 2)
