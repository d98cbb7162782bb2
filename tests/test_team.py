"""Claims about the page for several people: nobody without a session, nothing of one person for another.

The app is the real one behind its guard and gate; requests are made as an attacker would make them.
"""

from __future__ import annotations

import json
import re
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import gradio.routes
import httpx
import jsonschema
import pytest
import uvicorn
from argon2 import PasswordHasher
from coaching import corpus, language
from fastapi.testclient import TestClient
from served import SIX_CLAUSES, spoken_to

from assistant import settings
from assistant.access.users import Role, Users
from assistant.agreements import agree
from assistant.coach import Coach
from assistant.errors import NotAllowed, ServeError
from assistant.keeping.token_use import TokenUse
from assistant.library.knowledge import Library
from assistant.models.llm import Scripted
from assistant.models.rationed import Rationed
from assistant.settings import Settings
from assistant.web import app as web
from assistant.web import team
from assistant.web.gate import COOKIE
from assistant.web.guard import Guard
from assistant.web.guard import answer as say
from assistant.web.login import WRONG

PUBLIC = "https://coach.example.com"
GOOD = "four random words stand"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
MARK = "Zanzibarquartz"
"""A word that stands in one person's work and must turn up nowhere else."""

_PATIENCE = 120
"""Seconds. Whoever asks first waits until the worked texts have been learned from, beside other tests."""


class Team:
    """The app for several people, with three of them."""

    def __init__(self, public: str = PUBLIC, script: object = spoken_to, **more: object) -> None:
        self.settings = Settings(**{"login": "accounts", "public_url": public, **more})
        self.coach = Coach(self.settings, language(), Library(corpus(), None, None, ""), Scripted(script))
        self.access = team.open_access(self.settings, self.coach)
        self.access.users = Users(self.coach.kept.database, QUICK)
        self.app = web.build(self.coach, access=self.access)
        if not self.access.provider:
            roles = (("ana", Role.MANAGER), ("ben", Role.MANAGER), ("tia", Role.TRAINER))
            self.people = {name: self.access.users.add(name, role, GOOD) for name, role in roles}

    def client(self, name: str = "") -> httpx.Client:
        """Return a client of this house, signed in as somebody; a Secure cookie would not travel without TLS."""
        headers = {}
        if name:
            shown = self.access.sessions.open(self.people[name])
            headers = {"cookie": f"{COOKIE}={shown}", "origin": self.settings.public_url}
        return httpx.Client(base_url=self.settings.public_url, headers=headers, timeout=_PATIENCE)


@contextmanager
def listening(made: Team):
    listener = web.listen("127.0.0.1", int(made.settings.public_url.rpartition(":")[2]))
    server = uvicorn.Server(web.server_config(made.app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(15)
        listener.close()


def here() -> str:
    """Return an address of this machine that is free."""
    listener = web.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    return f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("BENCHCOACH_HOME", str(tmp_path_factory.mktemp("home")))
    made = Team(here())
    with listening(made):
        yield made
    made.coach.kept.close()
    patch.undo()


def config(client) -> dict:
    return client.get("/config").json()


def fn(client, *, button: str) -> dict:
    """Return the event that a click on a button fires, as the page is told."""
    told = config(client)
    ids = {c["props"].get("elem_id"): c["id"] for c in told["components"]}
    return next(d for d in told["dependencies"] if [ids[button], "click"] in [list(t) for t in d["targets"]])


def call(client, dependency: dict, data: list, page: str = "page") -> httpx.Response:
    body = {"data": data, "fn_index": dependency["id"], "session_hash": page, "trigger_id": None, "event_data": None}
    return client.post("/gradio_api/run/predict", json=body)


# --- Without a session


def test_without_a_session_there_is_the_login_and_nothing_else(house):
    stranger = house.client()
    source = Path(gradio.routes.__file__).read_text("utf-8")
    named = re.findall(r"@(app|router)\.[a-z]+\(\s*f?\"(/[^\"]*)\"", source)
    paths = {("/gradio_api" if where == "router" else "") + path for where, path in named}
    paths |= {"/logout", "/whoami", "/knowledge/files", "/api/v1/check", "/health", "/nothing"}
    assert len(paths) > 60, "Gradio's routes are among them"
    tried = 0
    for path in sorted(paths):
        at = re.sub(r"\{[^}]*\}", "x", path) or "/"
        for method in ("GET", "POST", "HEAD"):
            answer = stranger.request(method, at, headers={"origin": house.settings.public_url})
            tried += 1
            if at in ("/login", "/login/start", "/login/back", "/favicon.ico", "/metrics", "/healthz", "/readyz"):
                assert answer.status_code in (200, 401, 404, 405), (method, at)
            else:
                assert answer.status_code in ((404,) if at.startswith("/gradio_api/upload") else (401, 303)), (
                    method,
                    at,
                )
            assert "gradio" not in answer.text.lower(), (method, at)
    assert tried > 180


def test_a_person_who_opens_the_page_is_led_to_the_login(house):
    answer = house.client().get("/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    page = house.client().get("/login")
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["127.0.0.1.evil.example", "127.0.0.1:1", "localhost", "evil.example"])
def test_another_name_than_the_public_one_is_refused(house, host):
    assert house.client("ana").get("/config", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["https://127.0.0.1:7860", "https://evil.example", "null", "http://127.0.0.1"])
def test_another_site_cannot_act_for_a_person(house, origin):
    ana = house.client("ana")
    for path in ("/login", "/logout", "/gradio_api/queue/join", "/gradio_api/run/predict", "/knowledge/files"):
        assert ana.post(path, headers={"origin": origin}).status_code == 403
    del ana.headers["origin"]
    assert ana.post("/logout").status_code == 403, "a request that does not say where it comes from changes nothing"
    assert ana.get("/whoami").json() == {"name": "ana", "role": "manager"}


# --- Coming in and going


def test_a_login_gives_a_cookie_that_scripts_cannot_read_and_other_sites_do_not_send(house):
    client = house.client()
    answer = client.post(
        "/login", data={"name": "Ana", "password": GOOD}, headers={"origin": house.settings.public_url}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    given = answer.headers["set-cookie"]
    assert given.startswith("__Host-benchcoach=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part in given
    assert "Domain" not in given
    brought = {"cookie": given.partition(";")[0]}
    assert client.get("/whoami", headers=brought).json()["name"] == "ana"
    origin = {"origin": house.settings.public_url}
    again = client.post("/login", data={"name": "Ana", "password": GOOD}, headers={**brought, **origin})
    assert again.headers["set-cookie"] != given, "a session is never taken over from before the login"


def test_an_address_with_https_is_kept_to_https():
    async def app(scope, receive, send):
        await say(send, 200, "here")

    client = TestClient(Guard(app, public_url=PUBLIC), base_url=PUBLIC)
    assert client.get("/").headers["strict-transport-security"]
    assert client.get("/", headers={"origin": "http://coach.example.com"}).status_code == 403
    assert client.get("/", headers={"host": "127.0.0.1"}).status_code == 421
    assert client.get("/healthz", headers={"host": "10.0.0.3:7860"}).status_code == 200


def test_a_refused_login_says_the_same_whatever_was_wrong(house):
    house.access.users.add("shut", Role.MANAGER, GOOD)
    house.access.users.disable("shut")
    texts = set()
    for name, password in (("ana", "wrong password here"), ("nobody", GOOD), ("shut", GOOD), ("<b>x", "y"), ("\0", "")):
        answer = house.client().post(
            "/login", data={"name": name, "password": password}, headers={"origin": house.settings.public_url}
        )
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        texts.add(answer.text)
    assert len(texts) == 1
    assert WRONG in texts.pop()


def test_guessing_is_stopped_also_with_the_right_word_at_last(house):
    house.access.users.add("guessed", Role.MANAGER, GOOD)
    client = house.client()
    codes = [
        client.post(
            "/login", data={"name": "guessed", "password": word}, headers={"origin": house.settings.public_url}
        ).status_code
        for word in ["wrong password one"] * 5 + [GOOD]
    ]
    assert codes == [401] * 5 + [429]


def test_signing_out_ends_the_session_not_only_the_cookie(house):
    ana = house.client("ana")
    answer = ana.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert '"storage"' in answer.headers["clear-site-data"]
    assert ana.get("/whoami").status_code == 401, "the same cookie once more"


def test_gradio_has_no_more_routes_than_the_page_needs(house):
    ana = house.client("ana")
    for path in (
        "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/file=/etc/passwd", "/gradio_api/proxy=http://x.example/",
        "/monitoring", "/gradio_api/token", "/gradio_api/upload", "/gradio_api/call/look/1", "/gradio_api/runs",
        "/gradio_api/vibe-code", "/gradio_api/app_id", "/gradio_api/deep_link", "/openapi.json", "/docs",
        "/gradio_api/stream/x/1/2/playlist.m3u8", "/gradio_api/component_server", "/gradio_api/queue/status",
        "/gradio_api/../gradio_api/info", "//gradio_api/info", "/gradio_api/queue/join/",
    ):  # fmt: skip
        for method in ("GET", "POST"):
            assert ana.request(method, path, json={}).status_code == 404, (method, path)


# --- Whose work it is


def test_what_one_person_keeps_is_there_for_them_and_for_nobody_else(house):
    ana, ben = house.client("ana"), house.client("ben")
    add = fn(ana, button="follow-add")
    made = call(ana, add, ["Sam", f"Send the {MARK} report", "30 June", "", ""])
    assert made.status_code == 200
    assert MARK in made.text
    export = fn(ana, button="follow-make")
    assert MARK in call(ana, export, [""]).text
    assert MARK not in call(ben, export, [""]).text
    (kept,) = house.coach.kept.owned_by(house.people["ana"].id).agreements()
    assert house.coach.kept.owned_by("local").agreements() == ()
    assert kept.who == "Sam"


def test_outside_of_a_person_s_event_nothing_that_is_kept_can_be_reached(house):
    with pytest.raises(NotAllowed):
        _ = house.coach.store


def test_a_manager_cannot_change_the_library_in_any_way_and_a_trainer_can(house, tmp_path):
    ana, tia = house.client("ana"), house.client("tia")
    for button, data in (
        ("knowledge-add", [None]),
        ("knowledge-undo", []),
        ("knowledge-remove", ["x", ""]),
        ("knowledge-look", [json.dumps([{"name": "x.md", "token": "t"}]), ""]),
    ):
        event = fn(ana, button=button)
        joined = ana.post(
            "/gradio_api/queue/join", json={"data": data, "fn_index": event["id"], "session_hash": f"k{button}"}
        )
        assert joined.status_code == 200, joined.text
        with ana.stream("GET", "/gradio_api/queue/data", params={"session_hash": f"k{button}"}) as stream:
            told = "".join(stream.iter_text())
        assert "Only trainers change the library" in told, (button, told[-300:])
    assert ana.post("/knowledge/files?name=x.md", content=b"# X").status_code == 403
    assert tia.post("/knowledge/files?name=x.md", content=b"# X").status_code == 200


# --- Every object of every person for every other


def _events(client, page: str) -> str:
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as stream:
        return "".join(stream.iter_text())


def test_the_events_of_a_page_are_not_there_for_somebody_who_knows_its_name(house):
    ana, ben = house.client("ana"), house.client("ben")
    event = fn(ana, button="go")
    page = "shared-name"
    body = {"data": [f"{MARK} was late on 3 May.", "", "", "", "sbi"], "fn_index": event["id"], "session_hash": page}
    joined = ana.post("/gradio_api/queue/join", json=body).json()["event_id"]
    stolen = ben.get("/gradio_api/queue/data", params={"session_hash": page})
    assert (stolen.status_code, MARK in stolen.text) == (404, False)
    cancelled = ben.post("/gradio_api/cancel", json={"session_hash": page, "fn_index": event["id"], "event_id": joined})
    assert cancelled.status_code == 404
    assert MARK in _events(ana, page), "and it goes on for the person whose it is"


@pytest.mark.parametrize("seed", range(4))
def test_no_id_of_one_person_is_of_use_to_another(house, seed):
    """A seeded sample: random events with random ids of another person never touch or show that person's work."""
    from random import Random

    draw = Random(seed)
    mine = house.coach.kept.owned_by(house.people["ana"].id)
    kept = agree("Sam", f"Bring the {MARK} {seed} list", settings_day(), on=settings_day())
    mine.add(kept)
    before = mine.agreements()
    ben = house.client("ben")
    told = config(ben)
    private = [d for d in told["dependencies"] if d["backend_fn"]]
    assert len(private) > 30
    ids = [kept.id, kept.id[:4], kept.id[:8], "Sam", house.people["ana"].id, "%", "_" * 36]
    for _ in range(40):
        event = draw.choice(private)
        data = [draw.choice(ids) for _ in event["inputs"]]
        answer = call(ben, event, data, page=draw.choice(("page", "p2")))
        shown = answer.text.replace(kept.id, "")
        assert f"{MARK} {seed}" not in shown, (event["id"], data)
    assert mine.agreements() == before


def settings_day():
    from datetime import date

    return date(2026, 6, 30)


# --- A session that ends


def test_disabling_a_person_ends_open_streams_and_running_work_within_five_seconds(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    asked = threading.Event()

    def slow(request):
        asked.set()
        time.sleep(0.4)
        return spoken_to(request)

    made = Team(here(), script=slow)
    shown = {name: made.access.sessions.open(made.people[name]) for name in ("ana", "ben")}
    with listening(made):
        client = httpx.Client(
            base_url=made.settings.public_url, timeout=20,
            headers={"cookie": f"{COOKIE}={shown['ana']}", "origin": made.settings.public_url},
        )  # fmt: skip
        other = httpx.Client(base_url=made.settings.public_url, headers={"cookie": f"{COOKIE}={shown['ben']}"})
        ended: dict[str, float] = {}

        def follow(what: str, path: str, by: httpx.Client) -> None:
            with by.stream("GET", path) as stream:
                for _ in stream.iter_text():
                    pass
            ended[what] = time.monotonic()

        event = fn(client, button="go")
        draft = " ".join(f"On {day} May he joined the meeting at 9:20." for day in range(1, 29))
        body = {"data": [draft, "", "", "", "sbi"], "fn_index": event["id"], "session_hash": "mine"}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        streams = [
            threading.Thread(target=follow, args=given, daemon=True)
            for given in (
                ("beat", "/gradio_api/heartbeat/mine", client),
                ("data", "/gradio_api/queue/data?session_hash=mine", client),
                ("other", "/gradio_api/heartbeat/other", other),
            )
        ]
        for stream in streams:
            stream.start()
        assert asked.wait(60)
        since = time.monotonic()
        made.access.users.disable("ana")
        for stream in streams[:2]:
            stream.join(15)
        assert set(ended) == {"beat", "data"}
        assert max(ended.values()) - since < 5
        while client.get("/whoami").status_code == 200 and time.monotonic() - since < 5:
            time.sleep(0.1)
        assert client.get("/whoami").status_code == 401
        assert other.get("/whoami").status_code == 200
        time.sleep(1.0)
        calls = len(made.coach._model.calls)
        time.sleep(1.0)
        assert len(made.coach._model.calls) <= calls + 1, "the model still works for somebody who was shut out"
        client.close()
        other.close()
    made.coach.kept.close()


def test_a_database_that_is_away_lets_nobody_in_and_says_so(house, monkeypatch):
    ana = house.client("ana")
    database = house.coach.kept.database
    monkeypatch.setattr(database, "_reader", database._reader.execution_options(begin="NONSENSE"))
    assert ana.get("/whoami").status_code == 503


# --- Starting


def test_with_a_login_another_address_may_be_listened_on(monkeypatch):
    web.listen("0.0.0.0", 0, login=True).close()
    with pytest.raises(ServeError, match="other machines"):
        web.listen("0.0.0.0", 0)


def test_forwarded_addresses_are_believed_only_from_named_proxies():
    app = SimpleNamespace()
    assert web.server_config(app).proxy_headers is False
    trusted = web.server_config(app, "10.0.0.7")
    assert (trusted.proxy_headers, trusted.forwarded_allow_ips) == (True, "10.0.0.7")


# --- Programs


def token_of(house, name: str) -> dict[str, str]:
    token = house.access.sessions.make_token(house.access.users.named(name), "a test", 1)
    return {"authorization": f"Bearer {token}"}


def test_a_program_gets_what_the_commands_print(house):
    program = house.client()
    by = token_of(house, "ana")
    checked = program.post("/api/v1/check", json={"text": "Sam, you're always late."}, headers=by).json()
    assert checked["findings"][0]["text"]
    draft = "On 3 May Sam joined the 9:00 stand-up at 9:20."
    written = program.post("/api/v1/rewrite", json={"draft": draft}, headers=by)
    assert written.status_code == 200, written.text
    schema = json.loads((Path(web.__file__).parents[1] / "schemas" / "rewrite.schema.json").read_text("utf-8"))
    jsonschema.validate(written.json(), schema)
    told = program.get("/api/v1/openapi.json", headers=by).json()
    assert {"/check", "/rewrite", "/ask", "/debrief"} <= {path.replace("/api/v1", "") for path in told["paths"]}


def test_the_days_tokens_of_a_person_are_counted_as_theirs_by_program_and_by_page(house, monkeypatch):
    use = TokenUse(house.coach.kept.database)
    rationed = Rationed(house.coach._model, lambda: use, 1, house.coach._asking)
    monkeypatch.setattr(house.coach._rewriter, "_model", rationed)
    draft = SIX_CLAUSES.split(". ")[0] + "."
    program, by = house.client(), token_of(house, "ana")
    assert program.post("/api/v1/rewrite", json={"draft": draft}, headers=by).status_code == 200
    again = program.post("/api/v1/rewrite", json={"draft": draft}, headers=by)
    assert (again.status_code, "today" in again.json()["error"]["message"]) == (429, True)
    assert program.post("/api/v1/check", json={"text": draft}, headers=by).status_code == 200
    for name, told in (("ben", False), ("ana", True)):
        client = house.client(name)
        event = fn(client, button="go")
        body = {"data": [draft, "", "", "", "sbi"], "fn_index": event["id"], "session_hash": f"use-{name}"}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        assert ("tokens for today are used up" in _events(client, f"use-{name}")) is told
    assert all(use.used(house.people[name].id) > 0 for name in ("ana", "ben"))
    assert use.used(house.people["tia"].id) == 0


def test_a_cookie_a_wrong_token_and_an_ended_token_are_of_no_use_to_a_program(house):
    body = {"text": "late"}
    assert house.client("ana").post("/api/v1/check", json=body).status_code == 401
    for wrong in ("Bearer bench_x", "Bearer", "Basic YTpi", "bench_x"):
        assert house.client().post("/api/v1/check", json=body, headers={"authorization": wrong}).status_code == 401
    by = token_of(house, "tia")
    house.access.sessions.end_tokens(house.people["tia"])
    assert house.client().post("/api/v1/check", json=body, headers=by).status_code == 401
    page = house.client().get("/config", headers=token_of(house, "ana"))
    assert page.status_code in (401, 303), "a token opens no page"


def test_an_error_of_the_api_repeats_nothing_of_the_text_and_nothing_stands_in_a_log(house, caplog):
    program, by = house.client(), token_of(house, "ana")
    caplog.set_level("DEBUG")
    for path, body, code in (
        ("check", {"text": MARK, "more": MARK}, 422),
        ("check", {"text": [MARK]}, 422),
        ("rewrite", {"draft": MARK, "tone": MARK[:20]}, 400),
        ("rewrite", {"draft": MARK, "framework": MARK}, 400),
        ("rewrite", {"draft": MARK + "x" * 30_000}, 400),
        ("ask", {"question": " "}, 400),
        ("debrief", {"turns": [{"speaker": MARK, "text": MARK}]}, 400),
    ):
        answer = program.post(f"/api/v1/{path}", json=body, headers=by)
        assert answer.status_code == code, (path, answer.text)
        assert set(answer.json()["error"]) == {"type", "message", "hint"}
        assert path == "rewrite" or MARK not in answer.text, (path, answer.text)
    assert MARK not in caplog.text


def test_words_of_a_draft_turn_up_in_no_artefact_but_the_writers_own(house, caplog, capfd):
    """Seeded words go in by every way there is; then every artefact of the installation is searched for them."""
    seeds = [f"{MARK}seed{n}" for n in range(4)]
    caplog.set_level("DEBUG")
    ana, program, by = house.client("ana"), house.client(), token_of(house, "ana")
    paths = [
        program.post("/api/v1/rewrite", json={"draft": f"{seeds[0]} was late on 3 May."}, headers=by),
        program.post("/api/v1/ask", json={"question": f"What if {seeds[1]} cries?"}, headers=by),
        program.post("/api/v1/check", json={"text": "late", "more": seeds[2]}, headers=by),
        ana.get(f"/nothing/{seeds[3]}"),
        ana.get("/gradio_api/queue/data", params={"session_hash": seeds[3]}),
    ]
    event = fn(ana, button="go")
    body = {"data": [f"{seeds[0]} was late on 3 May.", "", "", "", "sbi"], "fn_index": event["id"]}
    ana.post("/gradio_api/queue/join", json={**body, "session_hash": "seeded"})
    assert seeds[0] in _events(ana, "seeded"), "the writer sees them"
    broken = call(ana, event, [{"x": seeds[0]}, seeds[1]])
    boss = house.access.users.add("searcher", Role.ADMIN, GOOD)
    told = {
        "log": "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("http")),  # not this client's
        "output": "".join(capfd.readouterr()),
        "meters": house.client().get("/metrics", headers=token_of(house, boss.name)).text,
        "health": house.client().get("/healthz").text + house.client().get("/readyz").text,
        "errors": "".join(one.text for one in (*paths[2:], broken)),
        "another's page": json.dumps(config(house.client("ben"))),
        "addresses": "".join(str(one.headers.get("location", "")) for one in paths),
    }
    for file in settings.home().rglob("*"):
        if file.is_file():
            told[file.name] = told.get(file.name, "") + file.read_bytes().decode("latin-1")
    assert "benchcoach.db" in told
    found = {(seed, where) for where, text in told.items() for seed in seeds if seed in text}
    assert not found


def test_the_meters_are_for_an_admin_and_hold_no_name_and_no_text(house):
    boss = house.access.users.add("bossquartz", Role.ADMIN, GOOD)
    assert house.client().get("/metrics").status_code == 401
    assert house.client().get("/metrics", headers=token_of(house, "ana")).status_code == 401
    told = house.client().get("/metrics", headers=token_of(house, boss.name)).text
    assert 'benchcoach_requests_total{code="401",kind="api"' in told
    for private in (MARK, "ana", "bossquartz", house.people["ana"].id, "127.0.0.1", "session_hash"):
        assert private not in told


def test_probes_answer_anybody_and_tell_nothing(house):
    stranger = house.client()
    assert stranger.get("/healthz", headers={"host": "10.1.2.3"}).json() == {"status": "ok"}
    assert stranger.get("/readyz").json() == {"model": "ready"}
