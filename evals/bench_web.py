"""``python -m evals.bench_web``: how the page feels here: waits, streaming beside raw events, and what needs no model.

Starts the app as a person does, in a process of its own, and talks to it as the page does: through Gradio's queue
for rewrites, through a real browser for the rest. Beside the page the same server offers the same rewrites as raw
server-sent events, so that both cost the same work. A benchmark, not a test: it never fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx2
import yaml

DRAFTS = Path(__file__).parent / "bench_drafts.yaml"
AT_ONCE = (1, 5, 10)
QUESTIONS = ("somebody keeps coming late", "how do I praise well", "what belongs in a one-on-one")
PAUSE = 0.5  # seconds between two touches; a person takes longer
READ = 3.0  # seconds between two conversations, in which a larger model reads the card; a person takes longer
SETTLED = 10.0  # seconds after the model is ready in which practice is opened too
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@dataclass(frozen=True, slots=True)
class Wait:
    """One rewrite as somebody waits for it, in seconds: the first sign, the first clause, and the whole."""

    sign: float
    clause: float
    whole: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    options = _parser().parse_args(arguments)
    if options.serve:
        return _serve(options.model)
    drafts: list[str] = yaml.safe_load(DRAFTS.read_text("utf-8"))
    facts: dict[str, Any] = {"cores": os.cpu_count(), "model": options.model}
    facts |= _in_browser(options.model)
    with _server("none") as (url, _):
        facts["streaming"] = _ratio(url, drafts, options.clients)
    with _server(options.model) as (url, _):
        _wait_until_ready(url)
        facts["waits"] = {str(n): [vars_of(w) for w in _together(url, drafts, n)] for n in AT_ONCE}
    print(table(facts))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    return 0


def vars_of(wait: Wait) -> dict[str, float]:
    """Return a wait as plain JSON."""
    return {"sign": wait.sign, "clause": wait.clause, "whole": wait.whole}


# --- the server, as a person starts it, with raw events beside it ---------------------------------------


def _serve(model: str) -> int:
    import uvicorn

    from assistant import settings
    from assistant.coach import Coach
    from assistant.web import app as web

    chosen = settings.load(**({"model": "none"} if model == "none" else {}))
    listener = web.listen("127.0.0.1", 0)
    coach = Coach.open(chosen)
    app = web.build(coach, max_draft=chosen.max_draft, at_once=chosen.slots)
    _offer_raw(app, coach)
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(web.server_config(app))

    def end() -> None:
        sys.stdin.read()  # closed by whoever started this
        server.should_exit = True

    threading.Thread(target=end, daemon=True).start()
    server.run(sockets=[listener])
    coach.close()
    return 0


def _offer_raw(app: Any, coach: Any) -> None:  # noqa: ANN401 - FastAPI and the coach, both opened late
    from fastapi.responses import StreamingResponse

    from assistant.domain import Draft, Rewrite

    def raw(draft: str) -> StreamingResponse:
        def events() -> Iterator[str]:
            for item in coach.rewriting(Draft(draft)):
                said = item.message if isinstance(item, Rewrite) else f"{item.stage} {item.done}"
                yield f"data: {json.dumps(said)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    app.add_api_route("/raw", raw, methods=["GET"])
    app.router.routes.insert(0, app.router.routes.pop())  # the page takes every other address


@contextmanager
def _app(model: str) -> Iterator[tuple[str, float]]:
    """Yield the address of the app as the command serves it, and when that was started."""
    environment = {**os.environ, **({"BENCHCOACH_MODEL": "none"} if model == "none" else {})}
    began = time.perf_counter()
    command = [sys.executable, "-m", "assistant", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1], began
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def _server(model: str) -> Iterator[tuple[str, float]]:
    """Yield the address of a fresh server and when it was started."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "evals.bench_web", "--serve", "--model", model]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = process.stdout.readline().strip()
        try:
            yield f"http://127.0.0.1:{port}", began
        finally:
            process.stdin.close()
            process.wait(30)


def _wait_until_ready(url: str) -> None:
    while httpx2.get(f"{url}/health").json()["model"] == "loading":
        time.sleep(0.5)


# --- rewrites, through the page's own queue -------------------------------------------------------------


def _together(url: str, drafts: Sequence[str], number: int) -> list[Wait]:
    """Return the waits of so many people who press the button at the same moment."""
    event = _button(url)
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda at: _rewrite(url, event, drafts[at % len(drafts)]), range(number)))


def _ratio(url: str, drafts: Sequence[str], clients: int) -> dict[str, Any]:
    """Return how long the same rewrites take through the page and as raw events, for one and for many clients."""
    event = _button(url)
    _rewrite(url, event, drafts[0])  # what is opened once is opened
    found: dict[str, Any] = {}
    for number in (1, clients):
        app = _timed(number, lambda at: _rewrite(url, event, drafts[at % len(drafts)]))
        raw = _timed(number, lambda at: _raw(url, drafts[at % len(drafts)]))
        found[str(number)] = {"app": app, "raw": raw, "ratio": app / raw}
    return found


def _timed(number: int, one: Callable[[int], object]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(one, range(number)))
    return time.perf_counter() - began


def _button(url: str) -> int:
    """Return the number of the event behind "Help me say it", as the page finds it."""
    config = httpx2.get(f"{url}/config", timeout=30).json()
    button = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "go")
    return int(next(d["id"] for d in config["dependencies"] if [button, "click"] in map(list, d["targets"])))


def _rewrite(url: str, event: int, draft: str) -> Wait:
    session = secrets.token_hex(6)
    body = {"data": [draft, "", "", "", "sbi"], "fn_index": event, "session_hash": session}
    began = time.perf_counter()
    sign = clause = 0.0
    with httpx2.Client(timeout=900, trust_env=False) as client:
        client.post(f"{url}/gradio_api/queue/join", json=body).raise_for_status()
        with client.stream("GET", f"{url}/gradio_api/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                now = time.perf_counter() - began
                sign = sign or (now if "bc-progress" in line else 0.0)
                clause = clause or (now if "data-start" in line else 0.0)
                if '"process_completed"' in line:
                    if '"success":false' in line.replace(" ", ""):
                        raise RuntimeError("the page's own event failed")
                    return Wait(sign or now, clause or now, now)
    raise RuntimeError("the stream ended before the rewrite did")


def _raw(url: str, draft: str) -> None:
    with (
        httpx2.Client(timeout=900, trust_env=False) as client,
        client.stream("GET", f"{url}/raw", params={"draft": draft}) as stream,
    ):
        for _ in stream.iter_lines():
            pass


# --- what needs no model, in a real browser -------------------------------------------------------------


def _in_browser(model: str) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        page = browser.new_page()
        with _app(model) as (url, started):
            _open(page, url)
            first = time.perf_counter() - started
            _wait_until_ready(url)
            time.sleep(SETTLED)
            loads = [_cold_load(browser, url) for _ in range(5)]
            actions = _actions(page)
            page.close()
        browser.close()
    return {"start_seconds": first, "load_seconds": loads, "actions": actions}


def _cold_load(browser: Any, url: str) -> float:  # noqa: ANN401 - a browser
    context = browser.new_context()
    page = context.new_page()
    taken = _clock(lambda: _open(page, url))
    context.close()
    return taken


def _open(page: Any, url: str) -> None:  # noqa: ANN401 - a page of the browser
    page.goto(url)
    page.wait_for_selector(".bc-examples")
    page.wait_for_selector("#go:enabled")


def _actions(page: Any, times: int = 40) -> dict[str, list[float]]:  # noqa: ANN401 - a page of the browser
    """Return how long each thing takes that needs no model, from the touch to what it shows."""
    pasted, typed, turned, searched, begun = [], [], [], [], []
    box = page.locator("#draft textarea")
    for day in range(times):
        pasted.append(_until_marked(page, lambda: box.fill(f"On day {day} Tom, you are lazy.")))  # noqa: B023
        box.fill(f"On day {day} Tom, you are")
        box.press_sequentially(" laz", delay=120)
        typed.append(_until_marked(page, lambda: box.press("y")))
        turned += [_turned(page, name) for name in ("Prepare", "Follow up", "Knowledge")]
        page.fill("#knowledge-question :is(textarea, input)", QUESTIONS[day % len(QUESTIONS)])
        searched.append(_until_new(page, "#knowledge-search", "#knowledge-found"))
        turned.append(_turned(page, "Say it"))
    _turned(page, "Practise")
    for _ in range(times):
        begun.append(_until_new(page, "#start", "#talk"))
        page.click("#other-situation")
        page.wait_for_selector("#start:visible")
        time.sleep(READ)
    return {
        "findings after a paste": pasted,
        "findings after the last key": typed,
        "another page": turned,
        "a search in the library": searched,
        "a conversation begun": begun,
    }


def _until_marked(page: Any, enter: Callable[[], object]) -> float:  # noqa: ANN401 - a page of the browser
    """Return how long it takes until a word that was just entered lights up, and leave the box empty."""
    taken = _clock(lambda: (enter(), page.wait_for_selector("#bc-mirror mark")))
    page.fill("#draft textarea", "")
    page.wait_for_selector("#bc-mirror mark", state="detached")
    time.sleep(PAUSE)
    return taken


def _turned(page: Any, name: str) -> float:  # noqa: ANN401 - a page of the browser
    tab = page.get_by_role("tab", name=name, exact=True)
    chosen = f"[role=tab][aria-selected=true]:has-text('{name}')"
    taken = _clock(lambda: (tab.click(), page.wait_for_selector(chosen)))
    time.sleep(PAUSE)
    return taken


def _until_new(page: Any, button: str, place: str) -> float:  # noqa: ANN401 - a page of the browser
    """Return how long it takes from a button until a place shows something else than before."""
    before = page.inner_html(place)
    changed = "([place, before]) => document.querySelector(place).innerHTML !== before"
    return _clock(lambda: (page.click(button), page.wait_for_function(changed, arg=[place, before])))


def _clock(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


# --- the table ------------------------------------------------------------------------------------------


def table(facts: dict[str, Any]) -> str:
    """Return the figures as a table."""
    lines = [f"the page on {facts['cores']} cores"]
    if facts.get("actions"):
        lines.append(f"{'usable after starting the server, s':<48}{facts['start_seconds']:>8.1f}   aim < 6")
        lines.append(f"{'usable after a cold load, median s':<48}{median(facts['load_seconds']):>8.2f}   aim < 2")
        for name, seconds in facts["actions"].items():
            lines.append(f"{name + ', p95 ms':<48}{1000 * p95(seconds):>8.0f}   aim < 200")
    for clients, figures in facts["streaming"].items():
        said = f"streaming, {clients} at once: page / raw events"
        lines.append(f"{said:<48}{figures['ratio']:>8.2f}   ({figures['app']:.2f} s / {figures['raw']:.2f} s)")
    for number, waits in facts["waits"].items():
        for part, name in (("sign", "first sign"), ("clause", "first clause"), ("whole", "whole rewrite")):
            values = [wait[part] for wait in waits]
            said = f"{number} at once: {name}, median and most s"
            lines.append(f"{said:<48}{median(values):>8.2f}{max(values):>8.2f}")
    return "\n".join(lines)


def p95(values: Sequence[float]) -> float:
    """Return the value that 95 of 100 stay below."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench_web", description="Time the page here.")
    parser.add_argument("--clients", type=int, default=10, help="how many stream at the same time")
    parser.add_argument("--model", default="embedded", help="`none` leaves the model out of the waits")
    parser.add_argument("--json", type=Path, default=None, help="also write every figure to this file")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
