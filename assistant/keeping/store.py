"""What is kept: agreements, saved practice and saved plans, each row with its owner.

Knows how values become rows and back, how long they are kept, how they are exported, deleted and held.
Does not know what an agreement means (``agreements``) or which database lies below (``database``).

What a method returns from is on the disk. What is deleted is wiped from the files as well, unless a legal
hold suspends deletion. Nothing here counts, sums up or compares by person, and nothing is to be added that
does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import uuid4

import sqlalchemy as sa

from assistant import settings
from assistant.agreements import Agreement, AgreementState, Event
from assistant.dates import short_date
from assistant.errors import Held, InputError
from assistant.keeping.database import Database
from assistant.keeping.database import agreements as _agreements
from assistant.keeping.database import events as _events
from assistant.keeping.database import holds as _holds
from assistant.keeping.database import saved as _saved
from assistant.keeping.retention import Retention
from assistant.settings import Settings

LOCAL = "local"
"""The owner on a machine that one person uses."""

_SHORTEST_PREFIX = 4

Json: TypeAlias = "dict[str, Any]"
Row: TypeAlias = "sa.Row[Any]"


class SavedKind(StrEnum):
    """What was saved. Practice is never about a real person."""

    PRACTICE = "practice"
    SITUATION = "situation"
    STANDARD = "standard"
    ONE_ON_ONE = "one_on_one"
    PLAYBOOK = "playbook"
    HAND_BACK = "hand_back"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Saved:
    """Something saved as a whole: a conversation in practice, a standard, the record of a one-on-one.

    ``body`` is plain JSON, ``who`` the employee it is about, if anybody. For practice ``title`` is the
    scenario's id. Saving under a known id replaces what was there.
    """

    kind: SavedKind
    title: str
    body: Json
    who: str = ""
    id: str = ""
    created: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: since when, and why. The person whose work is held can see it."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Export:
    """Everything that is kept for an owner, or what is kept about one employee.

    ``mentioned_in``: ids of what is about others or about nobody and names the employee; look at those
    before handing anything out.
    """

    owner: str
    who: str
    made: datetime
    hold: Hold | None
    agreements: tuple[Agreement, ...]
    saved: tuple[Saved, ...]
    mentioned_in: tuple[str, ...] = ()


class Store:
    """What one owner keeps. Safe between threads and beside other processes."""

    def __init__(self, database: Database, retention: Retention, owner: str, now: Callable[[], datetime]) -> None:
        self.database = database
        self.retention = retention
        self.owner = owner
        self._now = now

    @classmethod
    def open(cls, chosen: Settings, *, owner: str = LOCAL, now: Callable[[], datetime] | None = None) -> Store:
        """Open the database that the settings name, bring it up to date and delete what is past its time.

        Raises SettingsError or StoreError.
        """
        clock = now or _utc_now
        database = Database.open(chosen.database, settings.home())
        try:
            store = cls(database, Retention(database, chosen.retention, clock), owner, clock)
            database.wipe()  # what a killed deletion left
            store.retention.daily()
        except BaseException:
            database.close()
            raise
        return store

    def owned_by(self, owner: str) -> Store:
        """Return the same store for somebody else, who sees nothing of this owner's."""
        if not owner.strip() or len(owner) > 200:
            raise InputError("That is no name of an owner.")
        return Store(self.database, self.retention, owner, self._now)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    # --- agreements -------------------------------------------------------------------------------------

    def add(self, agreement: Agreement) -> None:
        """Keep a new agreement. Raises NotKept where nothing may be kept."""
        self.retention.allow()
        now = self._now()
        values = {"id": agreement.id, "owner": self.owner, "created": now, "updated": now, **_columns(agreement)}
        with self.database.writing() as db:
            db.execute(_agreements.insert().values(values))
            self._write_events(db, agreement, 0)

    def agreement(self, given: str) -> Agreement:
        """Return the agreement whose id is or begins with ``given``. Raises InputError for none, or for several."""
        with self.database.reading() as db:
            return self._find(db, given)

    def agreements(self, who: str = "") -> tuple[Agreement, ...]:
        """Return every agreement, or those with one employee, in the order in which they were made."""
        self.retention.daily()
        with self.database.reading() as db:
            return self._load_agreements(db, who)

    def change(self, given: str, how: Callable[[Agreement], Agreement]) -> Agreement:
        """Replace an agreement by what ``how`` makes of it, and return that. Nobody can change it in between.

        Raises Held where a legal hold keeps what a correction would overwrite.
        """
        self.retention.allow()
        with self.database.writing() as db:
            before = self._find(db, given, lock=True)
            after = how(before)
            new_from = len(before.history)
            if _overwrites(before, after):
                self._refuse_if_held(db)
                self.database.mark_wipe(db)
                db.execute(_events.delete().where(_events.c.agreement_id == before.id))
                new_from = 0
            changed = _agreements.update().where(_agreements.c.id == before.id)
            db.execute(changed.values(updated=self._now(), **_columns(after)))
            self._write_events(db, after, new_from)
        self.database.wipe()
        return after

    # --- saved work --------------------------------------------------------------------------------------

    def save(self, work: Saved) -> Saved:
        """Keep some work, new or in place of its earlier form, and return it with its id and times."""
        self.retention.allow()
        if work.kind in (SavedKind.PRACTICE, SavedKind.SITUATION) and work.who:
            raise InputError("Practice is about nobody: it is kept without a name.")
        now, key = self._now(), work.id or str(uuid4())
        values = {"kind": work.kind.value, "who": work.who, "title": work.title, "body": work.body}
        mine = (_saved.c.id == key) & (_saved.c.owner == self.owner)
        with self.database.writing() as db:
            created = db.scalar(sa.select(_saved.c.created).where(mine).with_for_update())
            if created is None:
                if db.scalar(sa.select(_saved.c.id).where(_saved.c.id == key)):
                    key = str(uuid4())  # somebody else's: for this owner it is the id of nothing
                db.execute(_saved.insert().values(id=key, owner=self.owner, created=now, updated=now, **values))
            else:
                db.execute(_saved.update().where(mine).values(updated=now, **values))
        return replace(work, id=key, created=_aware(created or now), updated=now)

    def saved(self, given: str) -> Saved:
        """Return what was saved under an id. Raises InputError where there is none with that id."""
        mine = (_saved.c.id == given) & (_saved.c.owner == self.owner)
        with self.database.reading() as db:
            row = db.execute(_saved.select().where(mine)).one_or_none()
        if row is None:
            raise InputError("Nothing is kept under that id.")
        return _saved_from(row)

    def all_saved(self, kind: SavedKind | None = None, who: str = "") -> tuple[Saved, ...]:
        """Return what was saved, of one kind or about one employee, the one saved last first."""
        self.retention.daily()
        with self.database.reading() as db:
            return self._load_saved(db, kind, who)

    # --- export, deletion, holds ------------------------------------------------------------------------

    def export(self, who: str = "") -> Export:
        """Return everything that is kept for this owner, or everything about one employee."""
        with self.database.reading() as db:
            everything = self._load_agreements(db, ""), self._load_saved(db, None, "")
            hold = self._hold(db)
        if not who:
            return Export(self.owner, who, self._now(), hold, *everything)
        about = [item.id for items in everything for item in items if same_person(item.who, who)]
        naming = tuple(item.id for items in everything for item in items if item.id not in about and _names(item, who))
        kept = (tuple(a for a in everything[0] if a.id in about), tuple(d for d in everything[1] if d.id in about))
        return Export(self.owner, who, self._now(), hold, *kept, naming)

    def delete(self, ids: Collection[str]) -> None:
        """Delete agreements and saved work by their whole ids, for good. Raises Held under a legal hold."""
        self._delete(_agreements.c.id.in_(ids), _saved.c.id.in_(ids))

    def erase(self) -> None:
        """Delete everything that is kept for this owner, for good. Raises Held under a legal hold."""
        self._delete(sa.true(), sa.true())

    @property
    def hold(self) -> Hold | None:
        """The legal hold on what this owner keeps, if there is one."""
        with self.database.reading() as db:
            return self._hold(db)

    def place_hold(self, reason: str) -> Hold:
        """Suspend every deletion of what this owner keeps."""
        if not reason.strip() or len(reason) > 4_000:
            raise InputError("A legal hold needs a reason in a few words.", hint="The person it concerns can read it.")
        hold = Hold(self._now(), reason.strip())
        with self.database.writing() as db:
            db.execute(_holds.delete().where(_holds.c.owner == self.owner))
            db.execute(_holds.insert().values(owner=self.owner, reason=hold.reason, since=hold.since))
        return hold

    def release_hold(self) -> None:
        """End the legal hold, and delete what is past its time by now."""
        with self.database.writing() as db:
            db.execute(_holds.delete().where(_holds.c.owner == self.owner))
        self.retention.apply()

    @property
    def first_use(self) -> bool:
        """Whether nothing is kept for this owner yet."""
        with self.database.reading() as db:
            return not any(
                db.execute(sa.select(table.c.id).where(table.c.owner == self.owner).limit(1)).first()
                for table in (_agreements, _saved)
            )

    # --- rows -------------------------------------------------------------------------------------------

    def _find(self, db: sa.Connection, given: str, *, lock: bool = False) -> Agreement:
        prefix = given.strip().lower()
        if len(prefix) < _SHORTEST_PREFIX:
            raise InputError("An id needs at least four signs.", hint="`benchcoach agreements list` shows the ids.")
        mine = _agreements.c.owner == self.owner
        wanted = _agreements.select().where(mine, _agreements.c.id.startswith(prefix, autoescape=True)).limit(2)
        found = db.execute(wanted.with_for_update() if lock else wanted).all()
        if not found:
            raise InputError("There is no agreement with that id.", hint="`benchcoach agreements list` shows the ids.")
        if len(found) > 1:
            raise InputError("Several agreements begin with that id.", hint="Give more of it.")
        (row,) = found
        return _agreement(row, self._events_of(db, _events.c.agreement_id == row.id)[row.id])

    def _load_agreements(self, db: sa.Connection, who: str) -> tuple[Agreement, ...]:
        rows = db.execute(
            _agreements.select()
            .where(_agreements.c.owner == self.owner)
            .order_by(_agreements.c.created, _agreements.c.id)
        ).all()
        history = self._events_of(db, _events.c.owner == self.owner)
        return tuple(_agreement(row, history[row.id]) for row in rows if not who or same_person(row.who, who))

    def _load_saved(self, db: sa.Connection, kind: SavedKind | None, who: str) -> tuple[Saved, ...]:
        wanted = _saved.select().where(_saved.c.owner == self.owner)
        if kind is not None:
            wanted = wanted.where(_saved.c.kind == kind.value)
        rows = db.execute(wanted.order_by(_saved.c.updated.desc(), _saved.c.id))
        return tuple(_saved_from(row) for row in rows if not who or same_person(row.who, who))

    @staticmethod
    def _events_of(db: sa.Connection, which: sa.ColumnElement[bool]) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for row in db.execute(_events.select().where(which).order_by(_events.c.agreement_id, _events.c.position)):
            event = Event(row.day, AgreementState(row.state), row.note, row.what, row.by_when, row.check_on)
            found.setdefault(row.agreement_id, []).append(event)
        return found

    def _write_events(self, db: sa.Connection, agreement: Agreement, first: int) -> None:
        rows = [
            {
                "agreement_id": agreement.id, "position": position, "owner": self.owner, "day": event.on,
                "state": event.state.value, "note": event.note, "what": event.what,
                "by_when": event.by_when, "check_on": event.check_on,
            }
            for position, event in enumerate(agreement.history) if position >= first
        ]  # fmt: skip
        if rows:
            db.execute(_events.insert(), rows)

    def _hold(self, db: sa.Connection) -> Hold | None:
        row = db.execute(_holds.select().where(_holds.c.owner == self.owner)).one_or_none()
        return Hold(_aware(row.since), row.reason) if row else None

    def _refuse_if_held(self, db: sa.Connection) -> None:
        if hold := self._hold(db):
            raise Held(
                f"A legal hold since {short_date(hold.since.date())} keeps this: {hold.reason}",
                hint="Nothing was changed. Whoever placed it can end it: benchcoach store release.",
            )

    def _delete(self, which: sa.ColumnElement[bool], papers: sa.ColumnElement[bool]) -> None:
        with self.database.writing() as db:
            self._refuse_if_held(db)
            db.execute(_agreements.delete().where(_agreements.c.owner == self.owner, which))
            db.execute(_saved.delete().where(_saved.c.owner == self.owner, papers))
            self.database.mark_wipe(db)
        self.database.wipe()


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are the same apart from capitals and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _names(item: Agreement | Saved, who: str) -> bool:
    """Tell whether an agreement or saved work names a person anywhere in its text."""
    if isinstance(item, Saved):
        text = f"{item.who} {item.title} {json.dumps(item.body, ensure_ascii=False)}"
    else:
        notes = (f"{event.note} {event.what}" for event in item.history)
        text = " ".join((item.who, item.what, item.standard, *notes))
    return bool(re.search(rf"(?<!\w){re.escape(' '.join(who.split()))}(?!\w)", " ".join(text.split()), re.IGNORECASE))


def _overwrites(before: Agreement, after: Agreement) -> bool:
    """Tell whether something that was recorded would be gone afterwards."""
    history = after.history[: len(before.history)] != before.history
    return history or (after.who, after.standard) != (before.who, before.standard)


def _columns(agreement: Agreement) -> Json:
    return {
        "who": agreement.who,
        "what": agreement.what,
        "standard": agreement.standard,
        "by_when": agreement.by_when,
        "check_on": agreement.check_on,
        "state": agreement.state.value,
    }


def _agreement(row: Row, history: list[Event]) -> Agreement:
    return Agreement(
        row.id, row.who, row.what, row.standard, row.by_when, row.check_on, AgreementState(row.state), tuple(history)
    )


def _saved_from(row: Row) -> Saved:
    return Saved(SavedKind(row.kind), row.title, row.body, row.who, row.id, _aware(row.created), _aware(row.updated))


def _aware(moment: datetime) -> datetime:
    """Return a time in UTC with its zone, which SQLite does not keep."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _utc_now() -> datetime:
    return datetime.now(UTC)
