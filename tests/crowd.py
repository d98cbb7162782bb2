"""Has 100 people stream rewrites from one server at once, and counts what went missing meanwhile.

    python tests/crowd.py --seconds 600 --out logs/evals/crowd.json     # what `make soak` runs

The server is the product's own, with a login, behind its gate, in a process of its own; only its model follows a
script, word by word. People talk to it as the page does, each with their own session: a draft through Gradio's
queue, its stream, and the heartbeat beside it. Every draft has numbers of its own, so an answer that is lost, torn or
somebody else's shows. The first answers wait until everybody's stream has begun: so many really are there at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

from served import set_up  # noqa: E402

from assistant.models.model import Reply, Request, Streaming, Usage  # noqa: E402

CLAUSE = re.compile(r"On \d+ May he [^.]*?\.")
WORDS_A_SECOND = 20
TICK = 0.02
"""Seconds between two looks at how late the event loop is."""
LONGEST = 300.0
"""Seconds until every stream has begun, on a machine that has other work; more would mean that some never do."""
SAMPLE = 2.0
"""Seconds between two looks at the server's memory."""


# --- the server -----------------------------------------------------------------------------------------


class Paced(Streaming):
    """A scripted model that says a clause to the person it is about, word by word, once it may begin."""

    name = "scripted"
    place = "this machine"

    def __init__(self) -> None:
        self.may_begin = threading.Event()

    def stream(self, request: Request, *, cancel: threading.Event | None = None) -> Generator[str, None, Reply]:
        self.may_begin.wait()
        found = CLAUSE.findall(str(request.messages[-1].content))
        words = (found[-1].replace(" he ", " you ") if found else "You were there.").split()
        for number, word in enumerate(words):
            time.sleep(1 / WORDS_A_SECOND)
            yield (" " if number else "") + word
        return Reply(" ".join(words), Usage(1, 0, 0, len(words)), self.name, False)


class Lateness:
    """How late the event loop comes back to what it was to do, in milliseconds."""

    def __init__(self) -> None:
        self.found: list[float] = []

    async def watch(self) -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            self.found.append(1000 * (time.perf_counter() - due))


def serve(people: int, slots: int) -> int:
    """Serve the page for so many people, say where and with which sessions, and obey the lines that come in."""
    import uvicorn

    from assistant.access.users import Role
    from assistant.coach import Coach
    from assistant.settings import Settings
    from assistant.web import app as web
    from assistant.web import team

    class Counting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(record.getMessage()[:200])

    logged: list[str] = []
    logging.getLogger().addHandler(Counting(logging.WARNING))
    listener = web.listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    chosen = Settings(login="accounts", public_url=url, session_secret="s" * 40, slots=slots)
    model, late = Paced(), Lateness()
    coach = Coach.open(chosen, model)
    access = team.open_access(chosen, coach)
    assert access is not None
    users = [access.users.of_provider(f"https://id.example {number}", f"person{number}") for number in range(people)]
    sessions = [access.sessions.open(user) for user in users if user and user.role is Role.MANAGER]
    app = web.build(coach, max_draft=chosen.max_draft, at_once=slots, access=access)
    server = uvicorn.Server(web.server_config(app))
    print(json.dumps({"url": url, "sessions": sessions}), flush=True)

    def obey() -> None:
        for line in sys.stdin:
            if line.strip() == "begin":
                model.may_begin.set()
            elif line.strip() == "hold":
                model.may_begin.clear()
            elif line.strip() == "fresh":  # what was measured while things were opened does not count
                late.found.clear()
            elif line.strip() == "tell":
                print(json.dumps({"late": late.found, "logged": logged}), flush=True)
        model.may_begin.set()
        server.should_exit = True

    async def run() -> None:
        watching = asyncio.create_task(late.watch())
        await server.serve(sockets=[listener])
        watching.cancel()

    threading.Thread(target=obey, daemon=True).start()
    asyncio.run(run())
    coach.close()
    return 0


class Server:
    """The server's process, as the driver holds it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url, self.sessions = "", []
        told = self._hear()
        self.url, self.sessions = told["url"], told["sessions"]

    def say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def tell(self) -> dict[str, Any]:
        self.say("tell")
        return self._hear()

    def megabytes(self) -> float:
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def serving(people: int, slots: int, home: Path) -> Iterator[Server]:
    """Yield a fresh server with its own database; the library's index is the home's, which every process copies."""
    set_up(home)
    command = [sys.executable, __file__, "--serve", "--people", str(people), "--slots", str(slots)]
    environment = {**os.environ, "BENCHCOACH_HOME": str(home)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            yield Server(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


# --- the people -----------------------------------------------------------------------------------------


@dataclass
class Found:
    """What the people got, and what they did not get."""

    rewrites: int = 0
    messages: int = 0
    lost: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    signs: list[float] = field(default_factory=list)
    wholes: list[float] = field(default_factory=list)
    began: set[int] = field(default_factory=set)


class Person:
    """Somebody with a session of their own, who writes one draft after another."""

    def __init__(self, number: int, server: Server, event: int, found: Found, clauses: int) -> None:
        self.number = number
        self._chance = random.Random(number)
        self._server = server
        self._event = event
        self._found = found
        self._clauses = clauses
        self._page = f"page{number}"

    async def work(self, until: float) -> None:
        """Write drafts until the time is over; the one that is under way is finished."""
        async with (
            _client(self._server, self.number) as client,
            self._beating(client),
        ):
            turn = 0
            while turn == 0 or time.monotonic() < until:
                try:
                    await self._rewrite(client, turn)
                except (httpx.HTTPError, KeyError, ValueError) as error:
                    self._found.errors.append(f"{type(error).__name__}: {error}"[:200])
                turn += 1

    @asynccontextmanager
    async def _beating(self, client: httpx.AsyncClient) -> Any:
        async def beat() -> None:
            async with client.stream("GET", f"/gradio_api/heartbeat/{self._page}") as stream:
                async for _ in stream.aiter_bytes():
                    pass

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await beating

    def _draft(self, turn: int) -> tuple[str, set[str]]:
        """Return a draft and the numbers in it, which nobody else's has."""
        days = sorted(self._chance.sample(range(1, 29), self._clauses))
        numbers = [str(10_000_000 + self.number * 10_000 + (turn % 100) * 100 + at) for at in range(self._clauses)]
        said = [f"On {day} May he closed {n} tickets." for day, n in zip(days, numbers, strict=True)]
        return " ".join(said), set(numbers)

    async def _rewrite(self, client: httpx.AsyncClient, turn: int) -> None:
        draft, numbers = self._draft(turn)
        page = self._page
        body = {"data": [draft, "", "", "", "sbi"], "fn_index": self._event, "session_hash": page}
        began = time.monotonic()
        (await client.post("/gradio_api/queue/join", json=body)).raise_for_status()
        sign, done = 0.0, ""
        async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                self._found.messages += line.startswith("data:")
                if "process_generating" in line and not sign:
                    sign = time.monotonic() - began
                    self._found.began.add(self.number)
                if '"process_completed"' in line:
                    done = line
        self._judge(done, numbers, turn)
        self._found.rewrites += 1
        self._found.signs.append(sign)
        self._found.wholes.append(time.monotonic() - began)

    def _judge(self, done: str, numbers: set[str], turn: int) -> None:
        heard = set(re.findall(r"\b1\d{7}\b", done))
        if not json.loads(done.removeprefix("data:") or "{}").get("success") or not numbers <= heard:
            self._found.lost.append(f"person {self.number}, draft {turn}: {done[-300:]}")
        if heard - numbers:
            self._found.mixed.append(f"person {self.number}, draft {turn}: {sorted(heard - numbers)[:3]}")


async def together(server: Server, people: int, seconds: float, clauses: int) -> tuple[Found, list[float]]:
    """Have everybody write at once, for so many seconds, and return what they got and the server's memory."""
    async with _client(server, 0) as client:
        while (await client.get("/readyz")).status_code == 503:
            await asyncio.sleep(0.2)
        told = (await client.get("/config")).json()
    event, look = _button(told, "go"), _button(told, "look")
    server.say("begin")  # what is opened once is opened, and not measured
    await Person(0, server, event, Found(), clauses).work(0)
    server.say("hold")
    for number in range(people):  # everybody has the page open, as people have before they press a button
        async with _client(server, number) as client:
            body = {"data": ["Sam is late."], "fn_index": look, "session_hash": f"page{number}"}
            (await client.post("/gradio_api/run/predict", json=body)).raise_for_status()
    server.say("fresh")
    found, memory = Found(), []
    until = time.monotonic() + seconds
    everybody = [Person(number, server, event, found, clauses).work(until) for number in range(people)]
    working = asyncio.gather(*everybody)
    starting = time.monotonic() + LONGEST
    while len(found.began) < people and time.monotonic() < starting and not working.done():
        await asyncio.sleep(0.05)
    if len(found.began) < people:
        found.errors.append(f"only {len(found.began)} of {people} streams began while the others waited")
    server.say("begin")
    while not working.done():
        memory.append(server.megabytes())
        await asyncio.wait({working}, timeout=SAMPLE)
    await working
    return found, memory


def _client(server: Server, number: int) -> httpx.AsyncClient:
    headers = {"cookie": f"__Host-benchcoach={server.sessions[number]}", "origin": server.url}
    return httpx.AsyncClient(base_url=server.url, headers=headers, timeout=300, trust_env=False)


def _button(config: dict[str, Any], name: str) -> int:
    button = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == name)
    return int(next(d["id"] for d in config["dependencies"] if [button, "click"] in map(list, d["targets"])))


# --- the figures ----------------------------------------------------------------------------------------


def figures(found: Found, memory: list[float], told: dict[str, Any]) -> dict[str, Any]:
    """Return what is worth keeping of a run."""
    late = sorted(told["late"])
    told_of = {name: value for name, value in asdict(found).items() if name in ("rewrites", "messages")}
    return {
        **told_of,
        "lost": len(found.lost),
        "mixed": len(found.mixed),
        "errors": len(found.errors) + len(told["logged"]),
        "examples": [*found.lost[:3], *found.mixed[:3], *found.errors[:3], *told["logged"][:3]],
        "late_ms": {"median": _share(late, 0.5), "p99": _share(late, 0.99), "most": _share(late, 1.0)},
        "megabytes": {"begin": memory[len(memory) // 5], "end": median(memory[-5:]), "most": max(memory)},
        "megabytes_a_minute": _slope(memory[len(memory) // 5 :]) * 60 / SAMPLE,
        "first_sign_s": {"median": median(found.signs), "most": max(found.signs)},
        "whole_s": {"median": median(found.wholes), "p95": quantiles(found.wholes, n=20)[-1]},
    }


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _slope(values: list[float]) -> float:
    """Return by how much each value is above the one before, as a straight line fits them."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in range(len(values)))
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / spread if spread else 0.0


def run(people: int, seconds: float, slots: int, clauses: int) -> dict[str, Any]:
    """Run once, and return the figures."""
    with tempfile.TemporaryDirectory() as folder, serving(people, slots, Path(folder)) as server:
        found, memory = asyncio.run(together(server, people, seconds, clauses))
        counted = figures(found, memory, server.tell())
    chosen = {"people": people, "seconds": seconds, "slots": slots, "clauses": clauses, "cores": os.cpu_count()}
    return {**chosen, "words_a_second": WORDS_A_SECOND, "load": os.getloadavg()[0], **counted}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--slots", type=int, default=8, help="rewrites that have the model at once")
    parser.add_argument("--clauses", type=int, default=6)
    parser.add_argument("--out", type=Path, default=Path("logs/evals/crowd.json"))
    parser.add_argument("--serve", action="store_true", help="be the server")
    options = parser.parse_args()
    if options.serve:
        return serve(options.people, options.slots)
    counted = run(options.people, options.seconds, options.slots, options.clauses)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(counted, indent=2) + "\n", "utf-8")
    print(json.dumps(counted, indent=2))
    return int(bool(counted["lost"] or counted["mixed"] or counted["errors"]))


if __name__ == "__main__":
    sys.exit(main())
