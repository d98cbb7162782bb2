"""How much one person may ask for at once and within a minute. Knows counts and a clock; nothing of requests.

Counts live in this process: behind a proxy each replica has its own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from assistant.errors import TooMuch

AT_ONCE = 2
WINDOW = 60.0


class Allowance:
    """A person's share. Safe between threads."""

    def __init__(self, per_minute: int, at_once: int = AT_ONCE, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._at_once = at_once
        self._now = now
        self._asked: dict[str, deque[float]] = {}
        self._running: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, owner: str) -> Iterator[None]:
        """Hold one place while something is worked on. Raises TooMuch."""
        self._take(owner)
        try:
            yield
        finally:
            with self._lock:
                self._running[owner] -= 1
                if not self._running[owner]:
                    del self._running[owner]

    def _take(self, owner: str) -> None:
        with self._lock:
            since = self._now() - WINDOW
            for other in [name for name, times in self._asked.items() if times[-1] <= since]:
                del self._asked[other]
            times = self._asked.setdefault(owner, deque())
            while times and times[0] <= since:
                times.popleft()
            if self._running.get(owner, 0) >= self._at_once:
                raise TooMuch("Your other requests are not answered yet.", hint="Wait for one of them.")
            if len(times) >= self._per_minute:
                raise TooMuch("That is more than one person may ask in a minute.", hint="Try again in a minute.")
            times.append(self._now())
            self._running[owner] = self._running.get(owner, 0) + 1
