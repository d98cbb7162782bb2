"""What every test can rely on: no socket leaves this machine, and one real model for all who ask."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from places import Place
from postgres import NotHere, Postgres, running

from assistant import settings
from assistant.errors import EngineError
from assistant.models import llm

# A job in the background is started with Ctrl-C ignored, and would hand that on to every program the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_loopback(host: object) -> bool:
    if host in ("localhost", "", None):
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(host: object) -> None:
    if not _is_loopback(host):
        pytest.fail(f"a test tried to reach {host}; only loopback is allowed")


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Refuse every connection and every look-up of a name outside this machine."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex, sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    getaddrinfo = socket.getaddrinfo

    def guard(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            _refuse(address[0])

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        guard(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        guard(sock, address)
        return connect_ex(sock, address)

    def guarded_sendto(sock: socket.socket, data: Any, *rest: Any) -> int:
        guard(sock, rest[-1])
        return sendto(sock, data, *rest)

    def guarded_getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        _refuse(host.decode() if isinstance(host, bytes) else host)
        return getaddrinfo(host, *rest, **more)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket.socket, "sendto", guarded_sendto)
    patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def embedded_model() -> Iterator[llm.Embedded]:
    """The real embedded model, started once. Skips where it cannot be had, unless CI promised that it can."""
    try:
        model = llm.open_model(settings.Settings(weights=os.environ.get("BENCHCOACH_WEIGHTS", "")))
    except EngineError as error:
        if os.environ.get("CI", "").lower() not in ("", "0", "false"):
            raise
        pytest.skip(f"the embedded model cannot be had: {error.message}")
    assert isinstance(model, llm.Embedded)
    yield model
    model.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server, started once. Skips where the system has none."""
    try:
        server = running()
        started = server.__enter__()
    except NotHere as reason:
        pytest.skip(str(reason))
    try:
        yield started
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place to keep things, on either database, with an empty home."""
    home = tmp_path / "home"
    monkeypatch.setenv("BENCHCOACH_HOME", str(home))
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    made = Place(home, server.database() if server else "")
    yield made
    made.close()
    if server:
        server.drop(made.address)


@pytest.fixture
def file_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place to keep things in SQLite's file alone."""
    home = tmp_path / "home"
    monkeypatch.setenv("BENCHCOACH_HOME", str(home))
    made = Place(home, "")
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser, started once for a module: two of them cannot run side by side in one thread."""
    from playwright.sync_api import sync_playwright
    from visits import CHROMIUM, FLAGS, SHOTS

    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """Make visits to a page, and close them in the end."""
    from visits import Visit

    visits: list[Visit] = []

    def make(size: str = "desk", **context: Any) -> Visit:
        visits.append(Visit(browser, size, **context))
        return visits[-1]

    yield make
    for one in visits:
        one.context.close()
