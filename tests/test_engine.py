"""Claims about the engine: private, ended with the program, told when it crashes, and started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from assistant.errors import Cancelled, EngineError, ModelRefused, ModelUnavailable
from assistant.models.engine import CAP, Engine, borrow, give_back
from assistant.models.llm import Embedded, Request
from assistant.models.prefixes import KEPT, Prefixes
from assistant.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": ["judgment", "observation"]}},
    "required": ["kind"],
}
ASK = [SystemMessage("Is this a judgment or an observation? JSON."), HumanMessage("You are lazy.")]
LONG = [HumanMessage("Count from 1 to 900 in words, one after the other, and leave none out.")]
PATIENCE = 90.0
"""Seconds that a busy machine may take; a quiet one needs a few."""


def wait_until_gone(pid: int) -> bool:
    try:
        psutil.Process(pid).wait(PATIENCE / 3)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def ask(engine: Engine, method: str, path: str, key: str = "", **headers: str) -> http.client.HTTPResponse:
    url, _ = engine.start()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    said = {"Content-Type": "application/json", **headers}
    if key:
        said["Authorization"] = f"Bearer {key}"
    body = json.dumps({"messages": [{"role": "user", "content": "x"}], "max_tokens": 1})
    connection.request(method, path, body if method == "POST" else None, said)
    return connection.getresponse()


# Without a model.


def test_a_broken_gguf_is_one_clear_error_and_leaves_no_process(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the embedded engine is not installed")
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + b"\xff" * 4096)
    before = {child.pid for child in psutil.Process().children()}
    engine = Engine(Settings(gguf=str(path)))
    with pytest.raises(EngineError, match="could not be started"):
        engine.start()
    assert not engine.alive
    assert {child.pid for child in psutil.Process().children()} <= before


def test_whoever_asks_for_the_same_engine_shares_it() -> None:
    first, second = borrow(Settings(gguf="a.gguf")), borrow(Settings(gguf="a.gguf"))
    other = borrow(Settings(gguf="b.gguf"))
    assert first is second
    assert other is not first
    for engine in (first, second, other):
        give_back(engine)


def test_a_state_is_found_again_only_while_it_is_whole(tmp_path: Path) -> None:
    prefixes = Prefixes(tmp_path / "prefixes")
    prefixes.prepare()
    key = prefixes.key("weights", [("system", "rules")])
    assert prefixes.find(key) is None
    fresh = prefixes.temporary(key)
    (prefixes.folder / fresh).write_bytes(b"state")
    name = prefixes.keep(key, fresh)
    assert name is not None
    assert prefixes.find(key) == name
    (prefixes.folder / name).write_bytes(b"stat?")
    assert prefixes.find(key) is None
    assert list(prefixes.folder.iterdir()) == []


def test_a_state_belongs_to_its_weights_and_its_words(tmp_path: Path) -> None:
    prefixes = Prefixes(tmp_path)
    keys = [
        prefixes.key("weights", [("system", "rules")]),
        prefixes.key("weights", [("human", "rules")]),
        prefixes.key("weights", [("system", "other rules")]),
        prefixes.key("other weights", [("system", "rules")]),
    ]
    assert len(set(keys)) == len(keys)


def test_only_the_newest_states_stay(tmp_path: Path) -> None:
    prefixes = Prefixes(tmp_path)
    names = []
    for number in range(KEPT + 2):
        key = prefixes.key("weights", [("system", str(number))])
        fresh = prefixes.temporary(key)
        (tmp_path / fresh).write_bytes(str(number).encode())
        os.utime(tmp_path / fresh, (number, number))
        names.append(prefixes.keep(key, fresh))
    assert {path.name for path in tmp_path.iterdir()} == set(names[2:])


def test_a_state_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    assert Prefixes(tmp_path / "nowhere").keep("key", "key.1.part") is None


# With the real one.


@pytest.mark.model
def test_it_answers_in_the_form_that_was_asked_for(embedded_model: Embedded) -> None:
    reply = embedded_model.complete(Request(ASK, label="test@1", max_tokens=20, schema=SCHEMA))
    assert json.loads(reply.text)["kind"] in ("judgment", "observation")
    again = embedded_model.complete(Request(ASK, label="test@1", max_tokens=20, schema=SCHEMA))
    assert again.text == reply.text
    assert again.usage.cached > 0
    assert embedded_model.place == "this machine"


@pytest.mark.model
def test_it_cannot_be_reached_without_its_key(embedded_model: Embedded) -> None:
    engine = embedded_model.engine
    _, key = engine.start()
    for wrong in ("", "x" * len(key)):
        assert ask(engine, "POST", "/v1/chat/completions", wrong).status == 401
        for path in ("/slots", "/props", "/metrics", "/v1/models"):
            assert ask(engine, "GET", path, wrong).status == 401
    assert ask(engine, "GET", "/slots", key).status == 501
    assert ask(engine, "GET", "/metrics", key).status == 501


@pytest.mark.model
def test_no_web_page_may_ask_it(embedded_model: Embedded) -> None:
    answer = ask(embedded_model.engine, "GET", "/health", Origin="https://evil.example")
    allowed = answer.headers.get("Access-Control-Allow-Origin", "")
    assert allowed not in ("*", "https://evil.example")
    assert answer.headers.get("Access-Control-Allow-Credentials", "false") != "true"
    assert ask(embedded_model.engine, "GET", "/").status != 200


@pytest.mark.model
def test_it_listens_on_loopback_only_and_shows_its_key_to_nobody(embedded_model: Embedded) -> None:
    _, key = embedded_model.engine.start()
    process = psutil.Process(embedded_model.engine.pid)
    listening = {c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    assert key not in " ".join(process.cmdline())
    assert key not in json.dumps(process.environ())


@pytest.mark.model
def test_a_text_that_is_too_long_is_refused_and_the_engine_lives(embedded_model: Embedded) -> None:
    starts = embedded_model.engine.starts
    with pytest.raises(ModelRefused, match="too long"):
        embedded_model.complete(Request([HumanMessage("late again " * 9000)], label="test@1", max_tokens=5))
    assert embedded_model.engine.alive
    assert embedded_model.engine.starts == starts


@pytest.mark.model
def test_a_cancel_frees_the_slots(embedded_model: Embedded) -> None:
    cancel = threading.Event()

    def talk() -> str:
        try:
            return embedded_model.complete(Request(LONG, label="test@1", max_tokens=CAP), cancel=cancel).text
        except Cancelled:
            return "cancelled"

    with ThreadPoolExecutor(4) as pool:
        talks = [pool.submit(talk) for _ in range(4)]
        time.sleep(1)
        cancel.set()
        assert [talk.result() for talk in talks] == ["cancelled"] * 4
    started = time.monotonic()
    embedded_model.complete(Request(ASK, label="test@1", max_tokens=5))
    assert time.monotonic() - started < PATIENCE / 2, "four answers of 2048 tokens would take minutes"


@pytest.mark.model
def test_a_prefix_is_read_once_and_known_to_every_slot(embedded_model: Embedded) -> None:
    rules = SystemMessage("Say one word. " + "Rules stay rules on every day of the week. " * 12)
    first = [rules, HumanMessage("one")]
    embedded_model.warm(first, label="test@1")
    embedded_model.engine.stop()
    embedded_model.warm(first, label="test@1")
    others = [[rules, HumanMessage(word)] for word in ("two", "three")]
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda m: embedded_model.complete(Request(m, label="test@1", max_tokens=2)), others))
    assert all(reply.usage.cached > 100 for reply in replies)
    assert all(reply.usage.prompt - reply.usage.cached < 20 for reply in replies)


@pytest.mark.model
def test_a_killed_engine_is_told_in_a_sentence_and_started_again(embedded_model: Embedded) -> None:
    pid, starts = embedded_model.engine.pid, embedded_model.engine.starts
    words = embedded_model.stream(Request(LONG, label="test@1", max_tokens=CAP))
    next(words)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ModelUnavailable, match="embedded model stopped") as caught:
        list(words)
    assert "Nothing was lost" in caught.value.hint
    assert embedded_model.complete(Request(ASK, label="test@1", max_tokens=5)).text
    assert embedded_model.engine.starts == starts + 1
    assert embedded_model.engine.pid != pid


@pytest.mark.model
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=["kill", "term", "Ctrl-C"])
def test_it_ends_with_the_program(embedded_model: Embedded, how: signal.Signals) -> None:
    code = (
        "import threading\nfrom assistant.models.engine import Engine\nfrom assistant.settings import Settings\n"
        "engine = Engine(Settings(context=512, slots=1))\n"
        # A thread that ends: the engine must live on, and end only with the whole program.
        "starter = threading.Thread(target=engine.start)\nstarter.start()\nstarter.join()\n"
        "print(engine.pid, flush=True)\nthreading.Event().wait()"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    assert program.stdout is not None
    pid = int(program.stdout.readline())
    time.sleep(0.2)
    assert psutil.pid_exists(pid)
    program.send_signal(how)
    program.wait(PATIENCE)
    assert wait_until_gone(pid)


@pytest.mark.model
def test_closing_the_last_user_ends_the_engine(embedded_model: Embedded) -> None:
    mine = Embedded(replace(Settings(), slots=1, context=512))
    mine.start()
    pid = mine.engine.pid
    mine.close()
    assert wait_until_gone(pid)
    assert embedded_model.engine.alive
