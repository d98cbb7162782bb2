"""Work that a person waits for: the runs under way, whose turn it is, the sign that they live, and what went wrong.

Knows Gradio's requests by their page alone; knows nothing of coach or models.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from statistics import median
from typing import Any

from assistant.errors import BenchcoachError

log = logging.getLogger(__name__)

QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""An event that waits for nobody, shows no sign of its own and is no API."""
AT_ONCE = 120  # runs of one kind that may be under way or wait in line, each told its place
JOBS = 160  # runs of every kind together; without this, Gradio begins no more than 40 and leaves the others in silence
THREADS = 200  # above the number of jobs, so checks stay quick in a full house
REDRAW = 0.06  # seconds between two drawings of what there is so far


class Runs:
    """The runs under way, one for each open page, so that a page can stop its own."""

    def __init__(self) -> None:
        self._cancels: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def begin(self, page: str) -> threading.Event:
        """Start a page's run, stopping the one before it."""
        with self._lock:
            self._stop(page)
            cancel = self._cancels[page] = threading.Event()
        return cancel

    def stop(self, page: str) -> None:
        """Stop a page's run, if there is one."""
        with self._lock:
            self._stop(page)

    def stop_all(self) -> None:
        """Stop every run, because the program ends."""
        with self._lock:
            for page in list(self._cancels):
                self._stop(page)

    def _stop(self, page: str) -> None:
        cancel = self._cancels.pop(page, None)
        if cancel:
            cancel.set()


class Line:
    """Who has the model now, and who waits for it, in the order in which they came. Safe between threads."""

    def __init__(self, at_once: int) -> None:
        self.at_once = max(1, at_once)
        self._waiting: list[Place] = []
        self._moved = threading.Condition()

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Take a place at the end; it is free again when the block ends, however it ends."""
        mine = Place(self)
        with self._moved:
            self._waiting.append(mine)
        try:
            yield mine
        finally:
            with self._moved:
                self._waiting.remove(mine)
                self._moved.notify_all()

    def ahead_of(self, place: Place, seconds: float) -> int:
        """Return how many have to end before a place has its turn; look for at most ``seconds`` whether it has."""
        with self._moved:
            self._moved.wait_for(lambda: self._ahead(place) == 0, seconds)
            return self._ahead(place)

    def _ahead(self, place: Place) -> int:
        return max(0, self._waiting.index(place) - self.at_once + 1)


class Place:
    """A place in a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def ahead(self, seconds: float = 0.0) -> int:
        """Return how many are before this place; 0 means that it is its turn."""
        return self._line.ahead_of(self, seconds)


class Pace:
    """How long things take on this machine, from what was measured since the program started. Safe between threads."""

    def __init__(self, most: int = 40) -> None:
        self._seconds: deque[float] = deque(maxlen=most)

    def took(self, seconds: float) -> None:
        """Note how long one took."""
        self._seconds.append(seconds)

    def of(self, number: float) -> int:
        """Return about how many seconds so many will take; 0 where nothing was measured yet."""
        known = list(self._seconds)
        return round(median(known) * number) if known else 0


def trouble_html(message: str, hint: str = "") -> str:
    """Return what went wrong and what to do, as a box beside where it happened."""
    return f'<p class="bc-trouble" role="alert"><strong>{escape(message)}</strong> {escape(hint)}</p>'


def progress_html(said: str, done: int = 0, total: int = 0, table: str = "") -> str:
    """Return a living sign, with a bar where there is a count. ``table`` is markup of ours."""
    bar = f'<progress max="{total}" value="{done}" aria-label="{escape(said)}"></progress>' if total else ""
    return f'<div class="bc-progress"><p class="bc-living" role="status">{escape(said)}</p>{bar}{table}</div>'


def log_place(error: Exception) -> None:
    """Log where an unforeseen error came from. Its own words may hold a person's text, so they stay out."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    log.error("Unforeseen %s in %s", type(error).__name__, places)


def trouble_of(error: Exception, what: str, broken: str) -> str:
    """Log what went wrong, without a person's words, and return it as a person reads it; ``broken`` tells a defect."""
    if isinstance(error, BenchcoachError):
        log.warning("%s: %s %s", what, type(error).__name__, error.detail)
        return trouble_html(error.message, error.hint)
    log_place(error)
    return trouble_html(broken)
