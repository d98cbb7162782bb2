"""What a front end holds of the evals: start a run, watch it, stop it, go on; the runs there are, side by side.

A run is a process of its own, so that it takes nothing from the program that started it but time, and can be stopped
and continued. Knows folders, processes and runs; nothing of pages. One run at a time.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from assistant import settings
from assistant.errors import BenchcoachError, InputError
from evals import figures, labels, own_cases, page, results, side_by_side
from evals.own_cases import OwnCases
from evals.results import Run
from evals.suites import chosen

ASKED = "asked.json"
TOLD = "progress.txt"
CASES = "cases"
GRACE = 20.0
"""Seconds that a stopped run has to let go of its model."""
SHIPPED = {"example": "example", "baseline": "baseline"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was started with; the same words continue it."""

    suite: str
    subject: str = "product"
    quick: bool = True
    data: str = ""

    def words(self, folder: Path) -> list[str]:
        """Return the command that runs it."""
        found = ["eval", "run", self.suite, "--subject", self.subject, "--out", str(folder)]
        found += ["--quick"] if self.quick else []
        return found + (["--data", str(folder / CASES / self.data)] if self.data else [])


@dataclass(frozen=True, slots=True)
class Kept:
    """One run on the list. ``done`` is None while there is no result."""

    name: str
    folder: Path
    asked: Asked | None
    done: Run | None
    trouble: str = ""
    shipped: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How the run under way stands. ``code`` None: it goes on."""

    name: str
    lines: tuple[str, ...]
    code: int | None


class Desk:
    """The runs of this home, and the one under way. Safe between threads."""

    def __init__(self, home: Path, command: Callable[[list[str]], list[str]] | None = None) -> None:
        self.folder = home / "evals"
        self._command = command or (lambda words: [sys.executable, "-m", "assistant", *words])
        self._process: subprocess.Popen[bytes] | None = None
        self._name = ""
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[float, Run]] = {}

    # --- the run under way ------------------------------------------------------------------------------

    def take(self, name: str, data: bytes) -> tuple[str, OwnCases]:
        """Hold a file of own cases and say what is in it. Raises InputError where no row can be used."""
        token = secrets.token_hex(6) + Path(name).suffix.lower()
        shutil.rmtree(self.folder / ".waiting", ignore_errors=True)  # one file waits at a time
        place = self._waiting() / token
        place.write_bytes(data)
        try:
            return token, own_cases.read(place)
        except InputError as error:
            place.unlink()
            error.message = error.message.replace(token, Path(name).name)
            raise

    def start(self, asked: Asked, cases: str = "", called: str = "") -> str:
        """Begin a run and return its name; ``cases`` is what ``take`` returned. Raises InputError where one goes on."""
        chosen(asked.suite, asked.subject)
        with self._lock:
            self._free()
            name = f"{datetime.now():%Y-%m-%d %H.%M.%S} {asked.suite} {asked.subject}{' quick' if asked.quick else ''}"
            folder = self.folder / name
            folder.mkdir(parents=True)
            self.folder.chmod(0o700)  # runs hold drafts
            if cases:
                asked = Asked(asked.suite, asked.subject, asked.quick, Path(called).name or "cases.jsonl")
                (folder / CASES).mkdir()
                shutil.move(self._waiting() / cases, folder / CASES / asked.data)
            (folder / ASKED).write_text(json.dumps(asdict(asked)) + "\n", "utf-8")
            self._begin(name, asked)
        return name

    def go_on(self, name: str) -> None:
        """Continue a run that was stopped or killed: what was answered is kept."""
        with self._lock:
            self._free()
            kept = self.one(name)
            if kept.asked is None:
                raise InputError("This run was not started here, so it cannot be continued here.")
            self._begin(name, kept.asked)

    def state(self) -> State | None:
        """Return how the latest run stands; None where none was started since the program began."""
        with self._lock:
            if self._process is None:
                return None
            told = self.folder / self._name / TOLD
            lines = told.read_text("utf-8", errors="replace").splitlines() if told.is_file() else []
            return State(self._name, tuple(line for line in lines if line.strip()), self._process.poll())

    def stop(self) -> None:
        """Stop the run under way; it can be continued."""
        with self._lock:
            process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _begin(self, name: str, asked: Asked) -> None:
        folder = self.folder / name
        with (folder / TOLD).open("wb") as told:
            self._process = subprocess.Popen(
                self._command(asked.words(folder)),
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                env={**os.environ, "BENCHCOACH_HOME": str(self.folder.parent)},
                start_new_session=True,
            )
        self._name = name

    def _free(self) -> None:
        if self._process is not None and self._process.poll() is None:
            raise InputError("A run is under way.", hint="Stop it first; it can be continued later.")

    def _waiting(self) -> Path:
        place = self.folder / ".waiting"
        place.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # runs hold drafts
        return place

    # --- the runs there are -----------------------------------------------------------------------------

    def runs(self) -> list[Kept]:
        """Return the runs, the latest first, then those that came with the program."""
        own = [p for p in self.folder.iterdir() if p.is_dir() and p.name[0] != "."] if self.folder.is_dir() else []
        found = [self._kept(folder, folder.name) for folder in sorted(own, key=lambda p: p.name, reverse=True)]
        shipped = [Path(__file__).parent / name for name in SHIPPED]
        return found + [self._kept(p, SHIPPED[p.name], shipped=True) for p in shipped if (p / results.FILE).is_file()]

    def one(self, name: str) -> Kept:
        """Return a run by its name. Raises InputError where there is none."""
        found = next((kept for kept in self.runs() if kept.name == name), None)
        if found is None:
            raise InputError("There is no such run any more.", hint="Choose one from the list.")
        return found

    def run(self, name: str) -> Run:
        """Return the result of a run. Raises InputError where it has none."""
        kept = self.one(name)
        if kept.done is None:
            raise InputError("This run has no result yet.", hint="Let it go on to its end.")
        return kept.done

    def report(self, name: str, baseline: str = "") -> str:
        """Return the report of a run as HTML, held against another where one is named."""
        kept = self.one(name)
        against = self.run(baseline) if baseline else None
        return page.page(self.run(name), against, people=labels.read(kept.folder))

    def beside(self, names: Sequence[str]) -> str:
        """Return runs beside each other as HTML; the first is what the others are held against."""
        return side_by_side.html([self.run(name) for name in names])

    def table(self, name: str) -> str:
        """Return the items of a run as CSV."""
        return results.as_csv(self.run(name))

    def close(self) -> None:
        """Stop the run under way and forget files that nobody ran, because the program ends."""
        self.stop()
        shutil.rmtree(self.folder / ".waiting", ignore_errors=True)

    def delete(self, name: str) -> None:
        """Delete a run of one's own with all that lies in its folder."""
        kept = self.one(name)
        with self._lock:
            if self._name == name:
                self._free()
        if kept.shipped:
            raise InputError("This run came with the program and stays.")
        shutil.rmtree(kept.folder)

    def _kept(self, folder: Path, name: str, *, shipped: bool = False) -> Kept:
        try:
            path = folder / ASKED
            asked = Asked(**json.loads(path.read_text("utf-8"))) if path.is_file() else None
            return Kept(name, folder, asked, self._result(folder / results.FILE), shipped=shipped)
        except BenchcoachError as error:
            return Kept(name, folder, None, None, str(error), shipped)
        except (OSError, ValueError, TypeError) as error:
            return Kept(name, folder, None, None, f"{ASKED} cannot be read: {type(error).__name__}", shipped)

    def _result(self, path: Path) -> Run | None:
        if not path.is_file():
            return None
        stamp = path.stat().st_mtime
        if self._read.get(path, (0.0, None))[0] != stamp:
            self._read[path] = (stamp, results.read(path))
        return self._read[path][1]


def counts(run: Run) -> list[tuple[str, int, int]]:
    """Return each suite's clean and scored items."""
    found = [figures.suite_figures(run, suite) for suite in run.suites]
    return [(of.suite, of.hits, of.scored) for of in found]


def at_home() -> Desk:
    """Return the desk of this home."""
    return Desk(settings.home())
