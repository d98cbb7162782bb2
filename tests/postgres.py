"""A real PostgreSQL from the system's packages, in a temporary folder, reachable on this machine alone.

PostgreSQL refuses to run as root; then it runs as the user that Debian's package made for it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

ROLE = "postgres"
FAST = "-c listen_addresses= -c shared_buffers=16MB -c max_connections=60 -c recovery_init_sync_method=syncfs"


class NotHere(Exception):  # noqa: N818
    """PostgreSQL cannot be had on this machine; the text says why."""


class Postgres:
    """A running server. Databases are made one after another and never used twice."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._programs = programs
        self._numbers = count(1)

    def start(self) -> None:
        options = f"{FAST} -c unix_socket_directories={self.folder}"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop the server: ``fast``, or ``immediate``, which is a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", how, "stop")

    def database(self) -> str:
        """Return the address of a new, empty database."""
        name = f"bench{next(self._numbers)}"
        self._run("createdb", "-h", str(self.folder), "-U", ROLE, name)
        return f"postgresql://{ROLE}@/{name}?host={self.folder}"

    def drop(self, address: str) -> None:
        """Drop a database; a server with few files recovers quickly from a crash."""
        self._run("dropdb", "-h", str(self.folder), "-U", ROLE, "--force", _name(address))

    def psql(self, address: str, command: str) -> str:
        """Return what the server's own client prints for a command."""
        return self._run("psql", "-h", str(self.folder), "-U", ROLE, "-Atc", command, _name(address))

    def initialise(self) -> None:
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", ROLE, "-E", "UTF8", "--locale=C")

    def _run(self, program: str, *arguments: str) -> str:
        as_other = ["runuser", "-u", ROLE, "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_other, str(self._programs / program), *arguments],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout[-2000:]}")
        return done.stdout


@contextmanager
def running() -> Iterator[Postgres]:
    """Yield a server of this machine's PostgreSQL; raises NotHere where there is none."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))  # short: a socket's path has a limit
    try:
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam(ROLE)
            except KeyError:
                raise NotHere("PostgreSQL does not run as root, and there is no user postgres") from None
            if not shutil.which("runuser"):
                raise NotHere("PostgreSQL does not run as root, and there is no runuser")
            os.chown(folder, user.pw_uid, user.pw_gid)
        server = Postgres(folder, programs)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _name(address: str) -> str:
    return address.partition("@/")[2].partition("?")[0]


def _programs() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None:
        raise NotHere("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return Path(found).resolve().parent
