"""Keeps a program's logs its own while inspect_ai runs in it. Knows the loggers that inspect_ai changes, no more."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

_TOUCHED = (None, "inspect_ai", "httpx", "httpx2")


@contextmanager
def kept() -> Iterator[None]:
    """Give every logger back as it was: inspect_ai sets levels and adds handlers when it first runs."""
    # Inspect looks for its own level in a file of the working folder; a run depends on nothing lying about.
    os.environ.setdefault("INSPECT_LOG_LEVEL", "error")
    loggers = [logging.getLogger(name) for name in _TOUCHED]
    before = [(logger, logger.level, logger.propagate, logger.handlers[:]) for logger in loggers]
    try:
        yield
    finally:
        for logger, level, propagate, handlers in before:
            logger.setLevel(level)
            logger.propagate = propagate
            for added in [handler for handler in logger.handlers if handler not in handlers]:
                logger.removeHandler(added)
