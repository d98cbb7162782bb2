"""What Gradio prints of an error: where it came from, and never what a person had sent.

Gradio prints whole tracebacks, and one of them lists the inputs of an event, a draft among them.
"""

from __future__ import annotations

import sys
import traceback
from types import SimpleNamespace
from typing import Any

import gradio.queueing
import gradio.routes
import gradio.utils

from assistant.web.running import log_place


def keep_to_places() -> None:
    """Have Gradio log the place of an error in place of its text."""
    quiet: Any = SimpleNamespace(**{**vars(traceback), "print_exc": _place})
    for module in (gradio.queueing, gradio.routes, gradio.utils):
        setattr(module, "traceback", quiet)  # noqa: B010 - a name that Gradio does not declare


def _place(*_: object, **__: object) -> None:
    error = sys.exc_info()[1]
    if isinstance(error, Exception):
        log_place(error)
