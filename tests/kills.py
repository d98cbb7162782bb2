"""Kills a program that keeps things, at random points, and looks whether anything acknowledged is lost.

    python tests/kills.py --times 1000          # what `make soak` runs; stopped half-way, it goes on

The worker writes, and says so after each change. The driver kills it (on PostgreSQL now and then the server
too, as in a power cut), opens what is left, and holds it against everything that was ever said to be kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from assistant.agreements import AgreementState, agree, follow_up  # noqa: E402
from assistant.keeping.store import Saved, SavedKind, Store  # noqa: E402
from assistant.settings import Settings  # noqa: E402

TODAY = date(2026, 5, 4)
LONGEST = 1.0
"""Seconds that a worker lives at most after it has begun."""


def work(address: str, seed: int) -> None:
    """Change things for ever, in a seeded order, and say after each change what is kept now."""
    say("begin")
    chance = random.Random(seed)
    store = Store.open(Settings(database=address, retention="until deleted"))
    made: list[str] = []
    turns = [f"{seed} opening"]
    scene = store.save(Saved(SavedKind.PRACTICE, "late", {"turns": turns}))
    say("turns", scene.id, len(turns))
    while True:
        what = chance.choice(("add", "follow", "follow", "turn", "turn", "delete"))
        if what == "add" or not made:
            agreement = agree("Ana", f"{seed} " + "x" * chance.randrange(1, 3000), TODAY, on=TODAY)
            store.add(agreement)
            made.append(agreement.id)
            say("events", agreement.id, 1)
        elif what == "follow":
            chosen = chance.choice(made)
            after = store.change(chosen, lambda a: follow_up(a, AgreementState.SLIPPED, on=TODAY, note="late"))
            say("events", chosen, len(after.history))
        elif what == "turn":
            turns.append(f"{seed} " + "y" * chance.randrange(1, 500))
            store.save(Saved(SavedKind.PRACTICE, "late", {"turns": turns}, id=scene.id))
            say("turns", scene.id, len(turns))
        else:
            gone = made.pop(chance.randrange(len(made)))
            say("deleting", gone)
            store.delete([gone])
            say("deleted", gone)


def say(*words: object) -> None:
    print(*words, flush=True)


@dataclass
class Kept:
    """What was acknowledged so far, and what was found missing."""

    events: dict[str, int] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    acknowledged: int = 0
    faults: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        word, *rest = line.split()
        if word in ("events", "turns"):
            getattr(self, word)[rest[0]] = int(rest[1])
        elif word == "deleting":
            self.unsure.add(rest[0])
        elif word == "deleted":
            self.deleted.add(rest[0])
        self.acknowledged += word in ("events", "turns", "deleted")

    def compare(self, store: Store) -> None:
        """Hold what is there against what was acknowledged. One unacknowledged step further is no fault."""
        there = {a.id: a for a in store.agreements()}
        saved = {s.id: s for s in store.all_saved(SavedKind.PRACTICE)}
        for key, least in self.events.items():
            if key in self.deleted:
                self._expect(key not in there, "a deleted agreement is back")
            elif key in there:
                self._expect(least <= len(there[key].history) <= least + 1, "an event is lost")
                self._expect(len(there[key].history) == 1 or there[key].state is AgreementState.SLIPPED, "torn")
            else:
                self._expect(key in self.unsure, "an agreement is lost")
        for key, least in self.turns.items():
            found = saved[key].body["turns"] if key in saved else []
            self._expect(least <= len(found) <= least + 1, "a turn is lost")
        # What a kill left undecided is decided by now.
        self.events = {key: len(a.history) for key, a in there.items()}
        self.turns = {key: len(s.body["turns"]) for key, s in saved.items()}
        self.deleted |= self.unsure - set(there)
        self.unsure.clear()

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)


def kill_once(kept: Kept, address: str, seed: int, home: Path, crash: Callable[[], None] | None = None) -> None:
    """Run a worker, kill it at a random point (or crash the server under it), and compare."""
    chance = random.Random(seed)
    worker = subprocess.Popen(
        [sys.executable, __file__, "--work", "--address", address, "--seed", str(seed)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "BENCHCOACH_HOME": str(home)},
    )  # fmt: skip
    assert worker.stdout is not None
    worker.stdout.readline()
    if crash is not None:
        time.sleep(LONGEST)
        crash()
    else:
        time.sleep(chance.uniform(0, LONGEST))
    worker.send_signal(signal.SIGKILL)
    for line in worker.stdout:
        if line.endswith("\n"):
            kept.hear(line)
    worker.wait()
    worker.stdout.close()
    os.environ["BENCHCOACH_HOME"] = str(home)
    store = Store.open(Settings(database=address, retention="until deleted"))
    try:
        kept.compare(store)
        if store.database.is_file:
            with store.database.reading() as db:
                kept._expect(db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok", "the file is damaged")
        if len(kept.events) > 200:
            store.delete(list(kept.events))
            kept.deleted |= set(kept.events)
            kept.events.clear()
    finally:
        store.close()


def soak(times: int, out: Path) -> int:
    """Run the kills that are still missing on SQLite and on PostgreSQL, and write the figures after each."""
    from postgres import running

    done = json.loads(out.read_text()) if out.exists() else {}
    out.parent.mkdir(parents=True, exist_ok=True)
    with running() as server, tempfile.TemporaryDirectory() as folder:

        def crash() -> None:
            server.stop("immediate")
            server.start()

        for name, address in (("SQLite", ""), ("PostgreSQL", server.database())):
            kept, before = Kept(), done.get(name, {"kills": 0, "crashes": 0, "acknowledged": 0, "faults": []})
            for seed in range(before["kills"], times):
                crashes = name == "PostgreSQL" and seed % 10 == 9
                kill_once(kept, address, seed, Path(folder), crash if crashes else None)
                before = {**before, "kills": seed + 1, "crashes": before["crashes"] + crashes}
                figures = {
                    "acknowledged": before["acknowledged"] + kept.acknowledged,
                    "faults": before["faults"] + kept.faults,
                }
                done[name] = {**before, **figures}
                out.write_text(json.dumps(done, indent=2))
            print(name, json.dumps(done.get(name, before)))
    return int(any(run["faults"] for run in done.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("logs/evals/kills.json"))
    parser.add_argument("--work", action="store_true", help="be the worker")
    parser.add_argument("--address", default="")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.work:
        work(options.address, options.seed)
    return soak(options.times, options.out)


if __name__ == "__main__":
    sys.exit(main())
