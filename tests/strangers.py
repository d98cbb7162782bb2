"""Tries everything that there is with what belongs to somebody else: it must answer as if it were not there.

    python tests/strangers.py --times 3000 --out logs/evals/strangers.json     # what `make soak` runs

A rule stands here for every route and every event of the page, so one without a rule fails a test. An attempt is
made twice, once with the names of another person's work and once with names that nobody has: both have to answer
alike, show nothing of that person and change nothing of theirs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from served import set_up  # noqa: E402
from test_team import GOOD, MARK, Team, config, here, listening, token_of  # noqa: E402

from assistant.access.users import Role  # noqa: E402
from assistant.agreements import agree  # noqa: E402
from assistant.keeping.store import Saved, SavedKind  # noqa: E402
from assistant.practising import own, saved  # noqa: E402
from assistant.scene import Difficulty  # noqa: E402
from assistant.web.held_talk import HeldTalk  # noqa: E402

DAY = date(2026, 6, 30)
STEP = 50
"""Attempts between two notes of how it stands."""

# --- the rules ------------------------------------------------------------------------------------------

OPEN = {"/login", "/healthz", "/readyz", "/metrics", "/favicon.ico"}
"""There for anybody; the meters ask for a token themselves."""
OWN_PAGE = {
    "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel", "/gradio_api/run/{api_name}",
    "/gradio_api/run/predict", "/gradio_api/reset", "/gradio_api/heartbeat/{session_hash}",
}  # fmt: skip
"""About a page, which is named anew for the session that asks."""
SAME_FOR_ALL = {
    "/", "/config", "/health", "/theme.css", "/gradio_api/theme.css", "/gradio_api/startup-events",
    "/assets/{path:path}", "/static/{path:path}", "/svelte/{path:path}", "/{page}",
}  # fmt: skip
"""The program itself, without a word of anybody."""
OWN_SESSION = {"/logout", "/whoami", "/knowledge/files"}
"""About whoever asks; no name is given."""
BY_TOKEN = {"/check", "/rewrite", "/ask", "/debrief", "/openapi.json"}
"""The API, which keeps nothing and takes no name of anything."""

NAMES = {
    "kept-open", "kept-delete", "kept-sure", "earlier", "follow-choose", "follow-save", "follow-sure", "follow-make",
    "follow-erase-sure", "follow-prepare", "today-choose", "situation", "start", "knowledge-look",
    "say-line", "line", "hint", "end", "again", "meet-again", "keep-talk", "page:restore", "example-talk",
    "practise-it", "let-me-practise", "knowledge-remove",
}  # fmt: skip
"""Events with a box that names something, or that holds a conversation with such a name in it."""
TEXTS = {
    "look", "go", "softer", "plain", "firmer", "own-read", "own-begin", "own-save", "prepare-kind", "prepare-go",
    "prepare-ics", "prepare-keep", "follow-add", "follow-by-when", "follow-new-date", "follow-note", "ask", "question",
    "knowledge-search", "knowledge-question", "keep-agreed", "told-put", "prepare-words", "knowledge-add",
}  # fmt: skip
"""Events that take words, and nothing that names a thing."""
BARE = {
    "cancel", "stop-line", "other-situation", "follow-back", "follow-delete", "follow-erase", "ask-stop",
    "knowledge-leave", "knowledge-undo", "to-follow", "hold-it", "prepare-practise", "tab-rewrite", "tab-practise",
    "tab-follow", "tab-knowledge", "page:html", "page:_opened", "page:_leave", "timer:_tick",
}  # fmt: skip
"""Events that take nothing."""


def templates(app: Any) -> Iterator[str]:
    """Yield the path of every route of an app, of what is included in it and of what is mounted on it."""
    for route in app.routes:
        inside = getattr(route, "original_router", None) or getattr(route, "app", None)
        if getattr(route, "path", None) and not hasattr(inside, "routes"):
            yield route.path
        elif hasattr(inside, "routes"):
            yield from templates(inside)
        else:
            raise AssertionError(f"what is behind {route!r}?")


def events(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every event of the page that reaches the server, by the part that fires it."""
    parts = {part["id"]: part for part in told["components"]}
    found: dict[str, dict[str, Any]] = {}
    for event in told["dependencies"]:
        if not event["backend_fn"]:
            continue
        part, what = event["targets"][0]
        handler = re.sub(r"_\d+$", "", event["api_name"])
        known = parts.get(part, {"type": "page", "props": {}})
        name = known["props"].get("elem_id")
        if not name:
            name = f"{'page' if what in ('load', 'unload') else known['type']}:{handler}"
        found[f"{name}#{event['id']}" if name in found else name] = event
    return found


# --- the house and what is in it ------------------------------------------------------------------------


@dataclass
class House:
    """The app for several people, and what one of them has: a name for each kind of thing."""

    team: Team
    names: dict[str, str] = field(default_factory=dict)
    clients: dict[str, httpx.Client] = field(default_factory=dict)
    programs: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def ana(self) -> Any:
        return self.team.coach.kept.owned_by(self.team.people["ana"].id)

    def fill(self) -> None:
        """Keep one of each kind for Ana, and have her page and an upload under way."""
        mine, coach = self.ana, self.team.coach
        agreement = agree("Sam", f"Bring the {MARK} list", DAY, on=DAY)
        mine.add(agreement)
        self.names["agreement"] = agreement.id
        card = own.made(own.Sketch(f"The {MARK} desk", (f"On 3 May the {MARK} desk was empty at 9:00.",), concern=""))
        saved.keep_situation(mine, card)
        self.names["situation"] = card.id
        scene = coach.practice.open(card, Difficulty.REALISTIC)
        scene = coach.practice.reply(scene, "The desk was empty on 3 May. What happened?").scene
        self.names["talk"] = saved.keep(mine, scene)
        for kind in set(SavedKind) - {SavedKind.PRACTICE, SavedKind.SITUATION}:
            body = {"text": f"The {MARK} {kind}"}
            self.names[kind] = mine.save(Saved(kind, f"{MARK} {kind}", body, who="Sam")).id
        self.names["user"] = self.team.people["ana"].id
        people = {"ben": Role.MANAGER, "tia": Role.TRAINER, "boss": Role.ADMIN}
        for name, role in people.items():
            if name not in self.team.people:
                self.team.people[name] = self.team.access.users.add(name, role, GOOD)
        self.clients = {name: self.team.client(name) for name in ("ana", "zoe", *people)}
        self.programs = {name: token_of(self.team, name) for name in people}
        document = f"# The {MARK} desk\n\nWho sits there says so.\n".encode()
        handed_in = self.clients["zoe"].post("/knowledge/files", params={"name": "x.md"}, content=document)
        self.names["upload"] = handed_in.text

    def held(self, id: str) -> str:
        """Return a conversation as a page holds it, about a situation for everybody, with a name that it claims."""
        card = next(iter(self.team.coach.scenarios.values()))
        return HeldTalk(self.team.coach.practice.open(card, Difficulty.REALISTIC), saved=id).text()


@contextmanager
def opened(home: Path) -> Iterator[House]:
    """Yield a house that is filled and listens."""
    before = os.environ.get("BENCHCOACH_HOME")
    set_up(home)
    os.environ["BENCHCOACH_HOME"] = str(home)
    try:
        team = Team(here())
        team.people["zoe"] = team.access.users.add("zoe", Role.TRAINER, GOOD)
        with listening(team):
            house = House(team)
            house.fill()
            yield house
        team.coach.kept.close()
    finally:
        os.environ.pop("BENCHCOACH_HOME")
        if before is not None:
            os.environ["BENCHCOACH_HOME"] = before


# --- attempts -------------------------------------------------------------------------------------------


def made_up(given: str) -> str:
    """Return a name of the same form that nobody has."""
    if len(given) == 22:
        return secrets.token_urlsafe(16)
    return re.sub(r"[0-9a-f]", lambda _: secrets.choice("0123456789abcdef"), given)


@dataclass(frozen=True)
class Attempt:
    """One request of a stranger; ``{}`` in its data stands where a name of somebody's thing comes."""

    who: str
    way: str
    what: str
    data: tuple[Any, ...] = ()
    name: str = ""


class Strangers:
    """What strangers try, in a seeded order."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.chance = random.Random(seed)
        self.events = events(config(house.clients["ben"]))
        self.faults: list[str] = []
        self.shown = 0

    def attempt(self) -> Attempt:
        """Return something to try: mostly an event, sometimes a route or the API."""
        chance = self.chance
        who, name = chance.choice(("ben", "tia", "boss")), chance.choice(sorted(self.house.names))
        way = chance.choices(("event", "page", "api"), (8, 1, 1))[0]
        if way == "event":
            what = chance.choice(sorted(self.events))
            return Attempt(who, way, what, tuple(self._value() for _ in self.events[what]["inputs"]), name)
        if way == "page":
            return Attempt(who, way, chance.choice(("data", "cancel", "join", "beat", "reset")), (), name)
        return Attempt(who, way, chance.choice(("check", "rewrite", "ask", "debrief")), (self._value(),), name)

    def _value(self) -> Any:
        shapes = ("{}", "{}", "{}", "{8}", "held", "upload", "Sam", "%", "_" * 36, "", None, "1")
        return self.chance.choice(shapes)

    def try_it(self, attempt: Attempt) -> None:
        """Make an attempt with a name that is somebody's and with one that is nobody's, and compare."""
        real = self.house.names[attempt.name]
        fake = made_up(real)
        told = [self._answer(attempt, name) for name in (real, fake)]
        if MARK.lower() in (told[0] + told[1]).lower():
            self.faults.append(f"shown: {attempt}")
        if told[0] != told[1] and not self._made_of_words(attempt):
            self.faults.append(f"told apart: {attempt}: {_difference(*told)}")
        if self.kept() != self.before:
            self.faults.append(f"changed: {attempt}")
            self.before = self.kept()

    def run(self, times: int) -> None:
        self.before = self.kept()
        for _ in range(times):
            self.try_it(self.attempt())

    def kept(self) -> Any:
        """Return all that Ana has, and the file that Zoe handed in."""
        mine = self.house.ana
        return mine.agreements(), mine.all_saved()

    # --- one answer -------------------------------------------------------------------------------------

    def _answer(self, attempt: Attempt, name: str) -> str:
        store = self.house.team.coach.kept.owned_by(self.house.team.people[attempt.who].id)
        if store.agreements() or store.all_saved():
            store.erase()
        if attempt.way == "event":
            given = self._event(attempt, [self._filled(value, name) for value in attempt.data])
        elif attempt.way == "page":
            given = self._page(attempt, name)
        else:
            given = self._api(attempt, self._filled(attempt.data[0], name))
        return _plain(given, name)

    @staticmethod
    def _made_of_words(attempt: Attempt) -> bool:
        """Say whether an answer is made of the words that were given, so that other words give another one."""
        made = TEXTS | {"practise-it", "let-me-practise"}
        return attempt.way == "api" or (attempt.way == "event" and attempt.what.partition("#")[0] in made)

    def _filled(self, value: Any, name: str) -> Any:
        if value == "held":
            return self.house.held(name)
        if value == "upload":
            return json.dumps([{"name": "x.md", "token": name}])
        return value.replace("{}", name).replace("{8}", name[:8]) if isinstance(value, str) else value

    def _event(self, attempt: Attempt, data: list[Any]) -> str:
        client, event = self.house.clients[attempt.who], self.events[attempt.what]
        return fire(client, event, data)

    def _page(self, attempt: Attempt, name: str) -> str:
        client = self.house.clients[attempt.who]
        if attempt.what == "data":
            return _said(client.get("/gradio_api/queue/data", params={"session_hash": name}))
        if attempt.what == "beat":
            with client.stream("GET", f"/gradio_api/heartbeat/{name}") as stream:
                return str(stream.status_code)
        body = {"session_hash": name, "fn_index": 0, "event_id": name, "data": []}
        path = {"cancel": "cancel", "join": "queue/join", "reset": "reset"}[attempt.what]
        said = _said(client.post(f"/gradio_api/{path}", json=body))
        if attempt.what == "join":  # what they put in themselves is not to be found later, as if it were somebody's
            client.get("/gradio_api/queue/data", params={"session_hash": name})
        return said

    def _api(self, attempt: Attempt, value: Any) -> str:
        field = {"check": "text", "rewrite": "draft", "ask": "question", "debrief": "turns"}[attempt.what]
        by = self.house.programs[attempt.who]
        body = {field: [{"speaker": "manager", "text": value}] if field == "turns" else value}
        return _said(self.house.team.client().post(f"/api/v1/{attempt.what}", json=body, headers=by))


def fire(client: httpx.Client, event: dict[str, Any], data: list[Any]) -> str:
    """Return what the page would be told about an event, by the way that it takes."""
    page = secrets.token_hex(6)
    body = {"data": data, "fn_index": event["id"], "session_hash": page, "trigger_id": None, "event_data": None}
    if not event["queue"]:
        return _said(client.post("/gradio_api/run/predict", json=body))
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return _said(joined)
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as stream:
        lines = [line for line in stream.iter_lines() if "process_" in line]
    return "\n".join(re.sub(r'"event_id":\s*"\w+"', "", line) for line in lines)


def _said(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text}"


def _plain(text: str, name: str) -> str:
    """Return an answer without the name that was given, and without what differs from one call to the next."""
    text = text.rpartition('"process_completed"')[2]  # how many steps come before it differs from run to run
    text = re.sub(r'"(average_duration|cache_duration|avg_time|duration|time_limit|seconds|eta)":\s*[\d.e-]+', "", text)
    text = text.replace(name, "NAME").replace(name[:8], "NAME")
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{12,}\b", "ID", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", "NOW", text)


def _difference(one: str, other: str) -> str:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 60) : at + 80]!r} / …{other[max(0, at - 60) : at + 80]!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("logs/evals/strangers.json"))
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as house:
        strangers = Strangers(house, options.seed)
        for done in range(STEP, options.times + STEP, STEP):
            strangers.run(STEP)
            kinds = {"attempts": done, "events": len(strangers.events), "things": len(house.names)}
            options.out.write_text(json.dumps({**kinds, "faults": strangers.faults}, indent=2) + "\n", "utf-8")
    print(options.out.read_text("utf-8"))
    return int(bool(strangers.faults))


if __name__ == "__main__":
    sys.exit(main())
