"""The web app: guard, gate, FastAPI, the Gradio page, and the server that runs them.

Knows the coach's face; knows nothing of models or rules. Without a login, an address that other machines could
reach is refused, not warned about.
"""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import gradio as gr
import uvicorn
from fastapi import FastAPI, Response

from assistant.errors import ServeError
from assistant.web import team
from assistant.web.ask_tab import AskTab
from assistant.web.errors_shown import keep_to_places
from assistant.web.evals_reports import offer as offer_reports
from assistant.web.evals_tab import EvalsTab
from assistant.web.follow_tab import FollowTab
from assistant.web.frame import Frame, Tab, Warmth
from assistant.web.guard import Guard, is_this_machine
from assistant.web.knowledge_tab import KnowledgeTab
from assistant.web.person import may_change_the_library, owner, owner_of
from assistant.web.practice_tab import PracticeTab
from assistant.web.prepare_tab import PrepareTab
from assistant.web.rewrite_tab import RewriteTab
from assistant.web.running import JOBS, THREADS, Line
from assistant.web.theme import theme
from assistant.web.upkeep import Upkeep
from assistant.web.uploads import PATH, Uploads, offer
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.access.access import Access
    from assistant.coach import Coach
    from assistant.settings import Settings

HEAD_START = 3.0  # seconds in which the first page opens; a browser that was waiting for it needs two
LAST_WAIT = 10.0  # seconds, at the end, for a model that is just being loaded
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860


def build(
    coach: Coach,
    *,
    max_draft: int = 20_000,
    at_once: int = 2,
    access: Access | None = None,
    head_start: float | None = None,
) -> FastAPI:
    """Return the app around a coach: the page at ``/`` and its state at ``/health``.

    ``at_once`` rewrites have the model together, the others wait in line. With a ``head_start`` the model is loaded so
    many seconds later, or once a page has opened, and practice is opened with it before it is asked.
    With ``access`` it is for several people: each signs in, and reaches their own work alone.
    """
    keep_to_places()
    words = Words.load()
    warmth = Warmth(coach, ahead=head_start is not None, head_start=head_start or 0.0)
    uploads = Uploads(owner if access else str)
    line = Line(at_once)
    tabs = _tabs(coach, words, max_draft, lambda: warmth.state == "ready", uploads, line, many=access is not None)
    evals = EvalsTab(words, uploads)
    if not access:  # runs, labels and their drafts belong to nobody in particular: not for many people
        tabs.append(evals)
    frame = Frame(coach, words, warmth, tabs, team.who if access else str)

    upkeep = Upkeep(coach)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        warmth.start()
        upkeep.start()
        yield
        warmth.stop()
        upkeep.stop()
        for tab in frame.tabs:
            tab.stop_all()

    app = FastAPI(title="Benchcoach", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.warmth = warmth
    if access:  # what is drawn before anybody is there is drawn for everybody
        coach.owner = team.nobody
    page = frame.draw()
    page.spare_the_loop()
    page._queue.max_thread_count = JOBS  # what launch() would set; a page that is mounted has no such argument
    if access:
        team.open_to_many(app, page, coach, access, max_draft)
    else:
        offer_reports(app, evals)
    # Not as css=: Gradio would put a prefix before every rule and change which of them wins.
    head = f"<style>{_file('page.css')}</style><script>{_file('page.js')}</script>" + (
        team.SIGNED_OUT if access else ""
    )
    app.add_middleware(
        Guard,
        larger={PATH: coach.own_knowledge.max_bytes},
        public_url=access.public_url if access else "",
        head=head,
    )
    offer(app, uploads, *((team.may_hand_in, owner_of) if access else ()))

    @app.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def ready(response: Response) -> dict[str, str]:
        if warmth.state != "ready":
            response.status_code = 503
        return {"model": warmth.state}

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok", "model": warmth.state}

    gr.mount_gradio_app(
        app,
        page,
        path="/",
        auth_dependency=owner_of if access else None,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        head=head,
    )
    return app


def serve(
    settings: Settings,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    announce: Callable[[str], None] = print,
) -> None:
    """Open a coach and serve the page until stopped. Raises ServeError where it cannot start."""
    listener = listen(host, port, login=settings.login != "none")
    try:
        from assistant.coach import Coach

        coach = Coach.open(settings)
        access = team.open_access(settings, coach)
        app = build(coach, max_draft=settings.max_draft, at_once=settings.slots, access=access, head_start=HEAD_START)
        gc.freeze()
        gc.enable()
        try:
            place = f"http://{_url_host(host)}:{listener.getsockname()[1]}"
            announce(f"Benchcoach is on {place}{f' for {access.public_url}' if access else ''}")
            with suppress(KeyboardInterrupt):  # Ctrl-C is how one stops it; uvicorn has shut down by then
                _Server(server_config(app, settings.proxies)).run(sockets=[listener])
        finally:
            coach.close()
            app.state.warmth.wait(LAST_WAIT)
    finally:
        listener.close()


def listen(host: str, port: int, *, login: bool = False) -> socket.socket:
    """Return a listening socket. Raises ServeError for a taken port, or, without a login, an address of others."""
    if not login and not is_this_machine(host):
        raise ServeError(
            f"The address {host} could be reached from other machines.",
            hint="That needs a login: docs/company.md says how. Or leave --host out.",
        )
    if not 0 <= port <= 65535:
        raise ServeError(f"There is no port {port}.", hint="Choose one from 1024 to 65535.")
    try:
        return _bound(host, port)
    except PermissionError as error:
        raise ServeError(
            f"This system does not let you use port {port}.", hint=f"Try --port {DEFAULT_PORT}."
        ) from error
    except OSError as error:
        raise ServeError(
            f"Port {port} is taken by another program.",
            hint=f"Try --port {_free_port(host, port)}, or stop the other program.",
            detail=str(error),
        ) from error


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Each open page holds a connection; cutting it at the end is no error to print a page about.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def server_config(app: FastAPI, proxies: str = "") -> uvicorn.Config:
    """Return how the page is served: quietly, believing no proxy but these, and stopped without waiting for pages."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
    )


def _url_host(host: str) -> str:
    return f"[{host.strip('[]')}]" if ":" in host else host


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _free_port(host: str, taken: int) -> int:
    for port in range(taken + 1, min(taken + 50, 65536)):
        try:
            _bound(host, port).close()
        except OSError:
            continue
        return port
    return DEFAULT_PORT


def _tabs(
    coach: Coach, words: Words, max_draft: int, ready: Callable[[], bool], uploads: Uploads, line: Line, *, many: bool
) -> list[Tab]:
    """Return the rooms of the app, in the order of the row."""
    return [
        RewriteTab(coach, words, max_draft, ready, line),
        PracticeTab(coach, words, ready),
        PrepareTab(coach, words, max_draft),
        FollowTab(coach, words),
        AskTab(coach, words, ready),
        KnowledgeTab(coach, words, uploads, *([may_change_the_library] if many else [])),
    ]


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
