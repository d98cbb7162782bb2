"""The page around the tabs: the head with where text goes, the row of tabs, and the ways between them.

Knows the coach's face and that a tab can draw itself; knows nothing of what a tab is for.
Tabs are drawn first and tied afterwards, so that any of them may lead to any other.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

import gradio as gr

from assistant.errors import BenchcoachError
from assistant.web.blocks import Blocks
from assistant.web.running import QUIET, log
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.coach import Coach

HERE = "this machine"  # as the coach names the place of a model that runs here
NO_MODEL = "rules"


class Tab(Protocol):
    """One room of the app. ``id`` names it in the address (``#practise``) and its words (``tabs.practise``)."""

    id: str

    def draw(self) -> None:
        """Put the tab's parts into the Blocks that are open, and tie its own parts together."""

    def tie(self, frame: Frame) -> None:
        """Tie what leads to other tabs; all of them are drawn by now."""

    def leave(self, request: gr.Request) -> None:
        """Stop what a page that was closed has under way."""

    def stop_all(self) -> None:
        """Stop everything, because the program ends."""


class Warmth:
    """Whether the model is loading, ready or failed. Loading goes on in the background.

    ``ahead`` opens what the other tabs need right after the model, so that nobody waits for it later: practice, and
    the library, which reads its index with the first question. ``head_start`` is how many seconds a page has to open
    first: both together would take twice as long, and a page is what one looks at.
    """

    def __init__(self, coach: Coach, *, ahead: bool = False, head_start: float = 0.0) -> None:
        self._coach = coach
        self._ahead = ahead
        self._head_start = head_start
        self._page_is_there = threading.Event()
        self._over = False
        self.state = "loading"
        self.trouble = ""
        self._thread = threading.Thread(target=self._load_in_time, name="warm", daemon=True)

    def start(self) -> None:
        """Begin to load the model."""
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for a load that is still going on: native code in it aborts where Python ends first."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def page_is_there(self) -> None:
        """Say that somebody's page has opened: nothing is in the way of loading any more."""
        self._page_is_there.set()

    def stop(self) -> None:
        """Say that the program ends: what has not begun to load is not loaded."""
        self._over = True
        self._page_is_there.set()

    def _load_in_time(self) -> None:
        self._page_is_there.wait(self._head_start)
        if not self._over:
            self.load()

    def load(self) -> None:
        """Load the model now, and note how that ended."""
        try:
            self._coach.check("a word")  # opens the rules: what is typed is looked at before the model is there
            self._coach.warm()
        except BenchcoachError as error:
            log.warning("The model could not be loaded: %s %s", error, error.detail)
            self.trouble = str(error)
            self.state = "failed"
        else:
            self.state = "ready"
        if self._ahead:
            self._open_ahead()
        # What is open now stays open. Looking through it for rubbish, again and again, would stop everybody each time.
        gc.collect()
        gc.freeze()

    def _open_ahead(self) -> None:
        try:
            self._coach.library.find("a word", 1)
            _ = self._coach.practice, self._coach.debriefer
        except BenchcoachError as error:  # whoever asks or begins a conversation is told
            log.warning("The library or practice could not be opened: %s %s", error, error.detail)


class Frame:
    """The page with all its tabs."""

    def __init__(
        self, coach: Coach, words: Words, warmth: Warmth, tabs: Sequence[Tab], who: Callable[[], str] = str
    ) -> None:
        self.coach = coach
        self.words = words
        self.tabs = tuple(tabs)
        self.page: Any = None
        """The Blocks, for what happens when the page opens."""
        self.row: Any = None
        """The row of tabs, as an output of an event that leads to another tab."""
        self._rooms: dict[str, Any] = {}
        self._warmth = warmth
        self._who = who  # markup of ours about who is signed in

    def draw(self) -> Any:  # noqa: ANN401 - Gradio is untyped
        """Return the page as Gradio Blocks."""
        with Blocks(title=self.words("page.title"), analytics_enabled=False) as page:
            self.page = page
            head = gr.HTML(self.head(), elem_id="bc-top")
            gr.HTML(self.lost(), elem_id="bc-lost-place")
            self._draw_tabs()
            for tab in self.tabs:
                tab.tie(self)
            clock = gr.Timer(1.0)
            clock.tick(self._tick, None, [head, clock], **QUIET)
            page.load(self._opened, None, [head, clock], **QUIET)
            page.unload(self._leave)
        page.show_no_loading()
        return page

    def show(self, id: str) -> Any:  # noqa: ANN401 - Gradio is untyped
        """Return the update of ``row`` that opens a tab."""
        return gr.update(selected=id)

    def on_arrival(self, id: str, act: Callable[[], Any], parts: Any = None) -> None:  # noqa: ANN401 - Gradio is untyped
        """Do something, and draw these parts of a tab, whenever somebody comes to it; the other tabs are not asked."""
        self._rooms[id].select(act, None, parts, **QUIET)

    def tab(self, id: str) -> Tab:
        """Return a tab by its id. Raises StopIteration for one that is not there, a defect of ours."""
        return next(tab for tab in self.tabs if tab.id == id)

    def head(self) -> str:
        """Return the head: the name, where text goes, which model has it, and how that stands."""
        words, warmth, coach = self.words, self._warmth, self.coach
        local = coach.place == HERE
        where = words("place.here") if local else words("place.away", place=coach.place)
        named = coach.model_name != NO_MODEL
        model = words("place.model", model=coach.model_name) if named else words("place.rules")
        state = ""
        if warmth.state == "loading":
            state = f'<p class="bc-state bc-living" role="status">{escape(words("place.loading"))}</p>'
        elif warmth.state == "failed":
            said = words("place.failed", error=warmth.trouble)
            state = f'<p class="bc-state bc-bad-state" role="alert">{escape(said)}</p>'
        return (
            f'<header class="bc-top"><h1>{escape(words("page.title"))}'
            f"<span>{escape(words('page.tagline'))}</span></h1>"
            f'<p class="bc-place{"" if local else " bc-away"}">{escape(where)} <span>{escape(model)}</span></p>'
            f"{state}</header>"
        )

    def lost(self) -> str:
        """Return what the script of the page shows while the server does not answer."""
        words = self.words
        again = escape(words("lost.reload"))
        return (
            f'<div id="bc-lost" class="bc-trouble" role="alert" hidden data-back="{escape(words("lost.back"))}">'
            f"<span>{escape(words('lost.gone'))}</span> "
            f'<button type="button" class="bc-button" data-reload="1" hidden>{again}</button></div>'
        )

    def _draw_tabs(self) -> None:
        with gr.Tabs(elem_id="bc-tabs", selected=self.tabs[0].id) as self.row:
            for tab in self.tabs:
                # Drawn at once, also while out of sight: what a tab holds must not depend on a visit.
                name = self.words(f"tabs.{tab.id}")
                with gr.Tab(name, id=tab.id, elem_id=f"tab-{tab.id}", render_children=True) as room:
                    tab.draw()
                self._rooms[tab.id] = room

    def _tick(self) -> tuple[str, Any]:
        return self._who() + self.head(), gr.Timer(active=self._warmth.state == "loading")

    def _opened(self) -> tuple[str, Any]:
        self._warmth.page_is_there()
        return self._tick()

    def _leave(self, request: gr.Request) -> None:
        for tab in self.tabs:
            tab.leave(request)
