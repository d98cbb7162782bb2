"""Claims about two replicas behind a proxy: one that dies takes its running answer along, and nothing else.

Everything is as a company runs it: `benchcoach serve`, PostgreSQL, HAProxy with the file beside compose.yaml. Only
the model is scripted, and lies behind the address that a company would name.
"""

from __future__ import annotations

import json
import threading

import httpx
import pytest
import replicas
from argon2 import PasswordHasher
from postgres import Postgres
from replicas import HAPROXY, NAMES, OPENSSL, STICKY, Replicas
from served import SIX_CLAUSES
from test_llm import Server, answer
from test_team import GOOD, call, fn

from assistant.access.users import Role, Users
from assistant.keeping.store import Store
from assistant.settings import Settings

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed (Debian: apt-get install haproxy)"),
    pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed (Debian: apt-get install openssl)"),
]
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PROMISE = "Send the March rota"


class Model:
    """A scripted model at an address of its own. While it is held, nobody gets more than a first answer."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.asked = threading.Semaphore(0)
        self.server = Server(self._respond)

    def _respond(self, handler, content) -> None:
        self.asked.release()
        self.may_go_on.wait(120)
        asked = str(content["messages"][-1]["content"])
        clause = next((s for s in SIX_CLAUSES.split(". ") if s.strip(". ") in asked), "He was there").strip(". ")
        words = clause.replace(" he ", " you ").replace("was not", "were not") + "."
        answer(*(word + " " for word in words.split()))(handler, content)


@pytest.fixture(scope="module")
def model():
    made = Model()
    yield made
    made.may_go_on.set()
    made.server.stop()


@pytest.fixture(scope="module")
def database(postgres: Postgres):
    address = postgres.database()
    store = Store.open(Settings(database=address))
    Users(store.database, QUICK).add("ana", Role.MANAGER, GOOD)
    store.close()
    return address


@pytest.fixture(scope="module")
def both(database: str, model: Model, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("replicas")
    with replicas.running(folder, database, MODEL="m", BASE_URL=model.server.url, API_KEY="k") as made:
        yield made


def sign_in(made: Replicas) -> httpx.Client:
    client = made.client()
    given = client.post("/login", data={"name": "ana", "password": GOOD})
    assert (given.status_code, given.headers["location"]) == (303, "/"), given.text
    return client


def begin(client: httpx.Client, page: str) -> None:
    event = fn(client, button="go")["id"]
    body = {"data": [SIX_CLAUSES, "", "", "", "sbi"], "fn_index": event, "session_hash": page}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200


def told(client: httpx.Client, page: str, heard: threading.Event | None = None) -> list[str]:
    """Return the messages of a page's stream until it ends, however it ends."""
    lines: list[str] = []
    try:
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    lines.append(line)
                    if heard is not None and "process_generating" in line:
                        heard.set()
    except httpx.RemoteProtocolError:
        lines.append("cut")
    return lines


def completed(lines: list[str]) -> dict | None:
    last = [line for line in lines if '"process_completed"' in line]
    return json.loads(last[0].removeprefix("data:")) if last else None


def test_guesses_are_counted_over_both_replicas_whatever_a_browser_says_of_its_address(both: Replicas) -> None:
    codes, served_by = [], set()
    for number in range(6):
        with both.client() as client:
            form = {"name": "guessed", "password": GOOD}
            given = client.post("/login", data=form, headers={"x-forwarded-for": f"192.0.2.{number}"})
            codes.append(given.status_code)
            served_by.add(client.cookies[STICKY])
    assert codes == [401] * 5 + [429]
    assert served_by == set(NAMES)


def test_a_replica_that_dies_costs_the_running_answer_and_nothing_else(both: Replicas, model: Model) -> None:
    ana = sign_in(both)
    first = ana.cookies[STICKY]
    assert {ana.get("/whoami").status_code for _ in range(4)} == {200}
    assert ana.cookies[STICKY] == first, "a person stays with the replica that opened their page"
    made = call(ana, fn(ana, button="follow-add"), ["Sam", PROMISE, "30 June", "", ""])
    assert PROMISE in made.text

    model.may_go_on.clear()
    begin(ana, "page")
    heard, lines = threading.Event(), []
    listening = threading.Thread(target=lambda: lines.extend(told(ana, "page", heard)), daemon=True)
    listening.start()
    assert heard.wait(60), "the stream has begun"
    assert model.asked.acquire(timeout=60), "the model was asked"
    both.kill(first)
    listening.join(20)
    assert not listening.is_alive(), "the proxy holds a dead answer open"
    assert completed(lines) is None
    model.may_go_on.set()

    after = ana.get("/whoami")
    assert (after.status_code, after.json()["name"]) == (200, "ana"), "the next request, at once, still signed in"
    assert ana.cookies[STICKY] not in (first, None), "and the other replica has it"
    assert PROMISE in call(ana, fn(ana, button="follow-make"), [""]).text, "what was kept is there"
    begin(ana, "page")
    done = completed(told(ana, "page"))
    assert done is not None
    assert done["success"], done
    assert "7 May" in json.dumps(done), "the same page gets its words from the other replica"
    assert sign_in(both).get("/whoami").status_code == 200, "somebody new gets in as well"
