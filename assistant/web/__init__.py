"""The web app: a Gradio page mounted on FastAPI. Knows the coach; nothing below knows it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_stubs() -> Iterator[None]:
    """Keep Gradio from writing a type stub beside each of its components whenever it is imported.

    It parses its own source for that: nearly half the time of the import, and a write into the installation, which
    may be read-only. It leaves a class alone whose file cannot be told, so for this moment none of its can.
    """
    file_of = inspect.getfile

    def untold(thing: object) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError
        return file_of(thing)  # type: ignore[arg-type]

    inspect.getfile = untold  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = file_of


# Before the import, which counts itself and phones home otherwise.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
with _without_stubs():
    import gradio as gradio
