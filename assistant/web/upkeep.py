"""What a server does by itself, by day and by night: deleting what is past its time.

Knows the coach's store alone. Whatever goes wrong is logged and tried again an hour later.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from assistant.errors import BenchcoachError

if TYPE_CHECKING:
    from assistant.coach import Coach

log = logging.getLogger(__name__)

HOUR = 3600.0


class Upkeep:
    """A thread that looks every hour whether a day has passed."""

    def __init__(self, coach: Coach, every: float = HOUR) -> None:
        self._coach = coach
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin; the first look is an hour from now, for opening looks too."""
        self._thread.start()

    def stop(self) -> None:
        """End at once."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            try:
                self._coach.kept.retention.daily()
            except BenchcoachError as error:
                log.warning("What is past its time could not be deleted: %s %s", error, error.detail)
