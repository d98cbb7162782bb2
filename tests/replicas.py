"""Two replicas as a company runs them: `benchcoach serve`, one PostgreSQL, and HAProxy in front with our own file.

Knows processes, ports and a certificate made for the test; knows nothing of what a page shows.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from assistant import settings

ROOT = Path(__file__).resolve().parent.parent
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")
NAMES = ("one", "two")
STICKY = "__Host-benchcoach-replica"
LONGEST = 180.0
"""Seconds that a replica may take to start on a machine under load."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Replicas:
    """The two replicas and the proxy before them, at one public address."""

    def __init__(self, folder: Path, database: str, **chosen: str) -> None:
        self._folder = folder
        self.public_url = f"https://localhost:{free_port()}"
        self._ports = {name: free_port() for name in NAMES}
        self._certificate = _certificate(folder)
        self._settings = {
            "LOGIN": "accounts",
            "PUBLIC_URL": self.public_url,
            "PROXIES": "127.0.0.1",
            "SESSION_SECRET": "s" * 40,
            "DATABASE": database,
            **chosen,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start everything, and wait until both replicas are ready and the proxy listens."""
        for name in NAMES:
            self._start_replica(name)
        self._running["proxy"] = self._start_proxy()
        for name, port in self._ports.items():
            self._wait(name, f"http://127.0.0.1:{port}/readyz")
        self._wait("proxy", f"{self.public_url}/readyz")

    def kill(self, name: str) -> None:
        """Kill a replica as a power cut would."""
        self._running[name].send_signal(signal.SIGKILL)
        self._running[name].wait(30)

    def stop(self) -> None:
        for process in self._running.values():
            process.kill()
        for process in self._running.values():
            process.wait(30)

    def trusted(self) -> ssl.SSLContext:
        """Return what trusts the certificate of the test and no other."""
        return ssl.create_default_context(cafile=self._certificate)

    def client(self) -> httpx.Client:
        """Return a client that is somebody's browser: it keeps cookies and says where it comes from."""
        headers = {"origin": self.public_url}
        return httpx.Client(base_url=self.public_url, verify=self.trusted(), headers=headers, timeout=60)

    def said(self, name: str) -> str:
        """Return what a process printed."""
        return (self._folder / f"{name}.log").read_text("utf-8", "replace")

    def _start_replica(self, name: str) -> None:
        home = self._folder / name
        home.mkdir()
        for made in ("index", "vectors"):  # what `benchcoach setup` makes; each replica has its own
            if (settings.home() / made).exists():
                ignore = shutil.ignore_patterns(".open-*", ".lock")
                shutil.copytree(settings.home() / made, home / made, ignore=ignore)
        chosen = {f"BENCHCOACH_{key}": value for key, value in self._settings.items()}
        command = [sys.executable, "-m", "assistant", "serve", "--host", "127.0.0.1", "--port", str(self._ports[name])]
        self._running[name] = self._run(name, command, {**chosen, "BENCHCOACH_HOME": str(home)})

    def _start_proxy(self) -> subprocess.Popen[bytes]:
        assert HAPROXY is not None
        addresses = {f"BENCHCOACH_REPLICA_{name.upper()}": f"127.0.0.1:{port}" for name, port in self._ports.items()}
        bind = f"127.0.0.1:{self.public_url.rpartition(':')[2]}"
        given = {**addresses, "BENCHCOACH_BIND": bind, "BENCHCOACH_CERTIFICATE": str(self._certificate)}
        return self._run("proxy", [HAPROXY, "-db", "-f", str(ROOT / "haproxy.cfg")], given)

    def _run(self, name: str, command: list[str], given: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **given}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _wait(self, name: str, url: str) -> None:
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            assert self._running[name].poll() is None, f"{name} ended: {self.said(name)[-2000:]}"
            try:
                if httpx.get(url, verify=self.trusted(), timeout=10).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"{name} is not ready: {self.said(name)[-2000:]}")


@contextmanager
def running(folder: Path, database: str, **chosen: str) -> Iterator[Replicas]:
    """Yield two replicas behind their proxy; nothing of them is left in the end."""
    replicas = Replicas(folder, database, **chosen)
    try:
        replicas.start()
        yield replicas
    finally:
        replicas.stop()


def _certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate for this machine, as HAProxy wants them."""
    assert OPENSSL is not None
    key, certificate, both = (folder / name for name in ("key.pem", "certificate.pem", "both.pem"))
    subprocess.run(
        [
            OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_text(certificate.read_text() + key.read_text())
    return both
