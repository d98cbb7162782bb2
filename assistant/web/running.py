"""Work that a person waits for: the runs under way, the sign that they live, and what went wrong.

Knows Gradio's requests by their page alone; knows nothing of coach or models.
"""

from __future__ import annotations

import logging
import threading
import traceback
from html import escape

log = logging.getLogger(__name__)

AT_ONCE = 10  # runs that may wait for the model; below Gradio's 40 threads, so checks stay quick
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
