"""Gradio's Blocks, with what an event leaves alone left alone, on the server and in the browser.

Knows how Gradio turns an event's answer into what travels to the browser. For each part that an event may change and
does not, Gradio builds that part anew, on the event loop: a sign of life in one of forty parts then holds up everybody.
The page does alike: at each step of each event it tells every part that any event so far might have changed how
loading stands. Forty parts cost a touch some 50 ms on two cores.
"""

from __future__ import annotations

import sys
from copy import copy
from importlib.util import find_spec
from typing import Any

import gradio as gr


class Blocks(gr.Blocks):
    """Blocks whose events cost what they change."""

    def show_no_loading(self) -> None:
        """Have every event that was tied so far tell how loading stands to a part that nobody sees."""
        with self:
            unseen = gr.State()
        for event in self.fns.values():
            event.show_progress_on = [unseen]

    def spare_the_loop(self) -> None:
        """Leave out what Gradio does at each event for nobody here.

        It looks twice for matplotlib, in every folder of packages, on the event loop: under a hundred people 26 looks
        at a loop that was late found it there, and 4 at the next commonest place. And it counts all events anew after
        each, for a page that is not offered.
        """
        if find_spec("matplotlib") is None:
            sys.modules["matplotlib"] = None  # type: ignore[assignment]  # known to be missing: not looked for again
        self._queue.ANALYTICS_MAX_EVENTS = 1
        self._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:  # noqa: ANN401
        """Return what travels to the browser for each output of an event."""
        parts = block_fn.outputs
        changed = _changed(parts, predictions)
        if changed is None:
            done: list[Any] = await super().postprocess_data(block_fn, predictions, state)
            return done
        only = copy(block_fn)
        only.outputs = [parts[at] for at in changed]
        values = [predictions[part] for part in only.outputs]
        told = await super().postprocess_data(only, values[0] if len(values) == 1 else values, state)
        every: list[Any] = [gr.skip() for _ in parts]
        for at, value in zip(changed, told, strict=True):
            every[at] = value
        return every


def _changed(parts: Any, predictions: Any) -> list[int] | None:  # noqa: ANN401
    """Return which outputs an answer changes; None where Gradio does as well by itself."""
    if not isinstance(predictions, dict) or not all(isinstance(part, gr.blocks.Block) for part in predictions):
        return None
    changed = [at for at, part in enumerate(parts) if part in predictions]
    return changed if changed and len(changed) == len(predictions) < len(parts) else None
