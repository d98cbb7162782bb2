"""Claims about the page without a browser: who may talk to it, what it shows, what it never lets through."""

import json
import re
import signal
import socket
import string
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from served import REWRITE, SlowToLoad, coach_with, own_home

from assistant.agreements import agree
from assistant.coach import Coach
from assistant.domain import (
    Category,
    Check,
    Fate,
    Finding,
    Kind,
    LedgerRow,
    Origin,
    Reading,
    Rewrite,
    Route,
    RouteReason,
    RouteTo,
)
from assistant.errors import ServeError
from assistant.settings import Settings
from assistant.web import app as web
from assistant.web.findings_view import FAMILIES, SHOWN, findings_html
from assistant.web.frame import Frame, Warmth
from assistant.web.guard import BODY_LIMIT, Guard
from assistant.web.result_view import account_html, record, rest_html, rows_html, spoken_html
from assistant.web.running import Line, Pace, Runs
from assistant.web.today_part import today_html
from assistant.web.words import Words

WEB = Path(web.__file__).parent
HOSTILE = (
    '<img src=x onerror="alert(1)"> <script>alert(2)</script> [click](javascript:alert(3)) '
    "</textarea> \" ' onmouseover=alert(4) &amp; 😀 won the bid"
)


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load()


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with own_home(tmp_path_factory.mktemp("home")):
        yield


@pytest.fixture(scope="module")
def client(home):
    with TestClient(web.build(coach_with()), base_url="http://127.0.0.1:7860") as opened:
        yield opened


def rewrite_of(**changes: object) -> Rewrite:
    return replace(REWRITE, **changes)


def shown(html: str) -> str:
    """Return the text that a person sees."""
    return unescape(re.sub(r"<[^>]*>", "", html))


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


# --- Who may talk to the page


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860"])
def test_this_machine_is_let_in(client, host):
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "192.168.1.4:7860", "0.0.0.0", "", "[::1", "localhost.evil"],
)
def test_another_name_for_this_machine_is_refused(client, host):
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null"])
def test_a_request_that_another_page_started_is_refused(client, origin):
    answer = client.post("/gradio_api/queue/join", json={}, headers={"origin": origin})
    assert answer.status_code == 403


def test_a_body_over_the_limit_is_refused_also_without_a_length(client):
    big = b"x" * (BODY_LIMIT + 1)
    assert client.post("/gradio_api/queue/join", content=big).status_code == 413
    assert client.post("/gradio_api/queue/join", content=iter([big[:500_000]] * 3)).status_code == 413


def test_files_cannot_be_uploaded(client):
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404


def test_a_websocket_is_not_answered():
    asked = []

    async def app(*_):
        asked.append(1)

    sent = Guard(app)({"type": "websocket", "path": "/", "headers": []}, None, None)
    with pytest.raises(StopIteration):
        sent.send(None)
    assert not asked


@pytest.mark.parametrize("path", ["/", "/health", "/config", "/theme.css", "/nowhere"])
def test_every_answer_tells_the_browser_what_it_may_do(client, path):
    headers = client.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "uvicorn" not in headers.get("server", "")


def test_no_function_of_the_page_is_offered_as_an_interface(client):
    offered = client.get("/gradio_api/info").json()
    assert offered["named_endpoints"] == {}
    assert offered["unnamed_endpoints"] == {}
    for path in ("/docs", "/openapi.json", "/redoc", "/monitoring", "/gradio_api/mcp/sse"):
        assert client.get(path).status_code in (403, 404), path


def test_nothing_that_was_typed_is_kept_and_nothing_is_counted(client):
    config = client.get("/config").json()
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []


def test_the_page_names_no_address_outside_this_machine(client):
    page = client.get("/").text
    loads = [
        attrs.get("src") or attrs.get("href") or ""
        for tag, attrs in Tags(page).found
        if tag in ("script", "link", "img", "iframe") and attrs.get("rel") not in ("preconnect", "dns-prefetch")
    ]
    assert loads
    assert not [at for at in loads if at.startswith(("http", "//"))]
    assert "fonts.googleapis" not in client.get("/theme.css").text


# --- Starting


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org", ""])
def test_an_address_others_could_reach_is_refused_for_lack_of_a_login(host):
    with pytest.raises(ServeError) as refused:
        web.listen(host, 0)
    assert "login" in refused.value.hint


def test_a_taken_port_is_told_with_another_that_is_free():
    with web.listen("127.0.0.1", 0) as first:
        taken = first.getsockname()[1]
        with pytest.raises(ServeError) as refused:
            web.listen("127.0.0.1", taken)
    assert str(taken) in refused.value.message
    other = int(re.search(r"--port (\d+)", refused.value.hint)[1])
    assert other != taken
    web.listen("127.0.0.1", other).close()


def test_a_port_that_cannot_exist_is_told():
    with pytest.raises(ServeError):
        web.listen("127.0.0.1", 70_000)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_the_other_loopback_address_works_too():
    web.listen("::1", 0).close()


@pytest.mark.alone
def test_ctrl_c_stops_the_server_at_once_and_quietly_with_a_page_open():
    code = "from assistant.web.app import serve; from assistant.settings import Settings; "
    code += "serve(Settings(model='none'), port=0)"
    server = subprocess.Popen([sys.executable, "-uc", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().split()[-1]
        address = (urlsplit(url).hostname, urlsplit(url).port)
        for _ in range(100):
            page = socket.create_connection(address)
            page.sendall(b"GET /gradio_api/heartbeat/one HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if page.recv(100).startswith(b"HTTP/1.1 200"):
                break
            page.close()
            time.sleep(0.1)
        server.send_signal(signal.SIGINT)
        _, complaints = server.communicate(timeout=45)  # a machine under load opens the worked clauses slowly
        page.close()
    finally:
        server.kill()
    assert complaints == ""
    assert server.returncode == 0


def test_health_says_that_the_model_is_loading_then_ready():
    model = SlowToLoad()
    with TestClient(web.build(Coach.open(Settings(), model)), base_url="http://localhost") as client:
        assert client.get("/health").json()["model"] == "loading"
        model.gate.set()
        state = "loading"
        for _ in range(1000):
            state = client.get("/health").json()["model"]
            if state == "ready":
                break
            time.sleep(0.01)
        assert state == "ready"


def test_a_model_that_cannot_be_loaded_is_told_on_the_page(words, tmp_path):
    coach = Coach.open(Settings(gguf=str(tmp_path / "no<b>.gguf")))
    warmth = Warmth(coach)
    warmth.load()
    assert warmth.state == "failed"
    html = Frame(coach, words, warmth, ()).head()
    assert "no<b>.gguf" in shown(html)
    assert "<b>" not in html


def test_the_first_page_has_a_head_start_before_the_model():
    begun = Warmth(coach_with(), head_start=600)
    begun.start()
    begun.page_is_there()
    begun.wait(60)
    assert begun.state == "ready"
    ended = Warmth(coach_with(), head_start=600)
    ended.start()
    ended.stop()
    ended.wait(60)
    assert ended.state == "loading", "a program that ends loads no model"


def test_the_page_says_where_the_text_goes(words):
    here = coach_with()
    assert words("place.here") in shown(Frame(here, words, Warmth(here), ()).head())
    away = Coach.open(Settings(model="big<b>", base_url="https://api.example.com/v1"))
    html = Frame(away, words, Warmth(away), ()).head()
    assert "Your text goes to api.example.com." in shown(html)
    assert "big<b>" in shown(html)
    assert words("place.here") not in html
    assert "<b>" not in html


def test_without_a_model_the_page_says_rules_only(words):
    html = Frame(none := Coach.open(Settings(model="none")), words, Warmth(none), ()).head()
    assert words("place.rules") in shown(html)


# --- Words


def test_every_word_that_the_code_asks_for_is_there_and_every_word_is_asked_for(words):
    code = "".join(path.read_text() for path in WEB.glob("*.py"))
    rooms = "|".join({path.partition(".")[0] for path in words.paths()})
    named = set(re.findall(rf"""["']((?:{rooms})\.[a-z_.]+)["']""", code)) - {"page.css", "page.js"}
    counted = {path for path in named if f"{path}.one" in words.paths()}
    asked = (named - counted) | {f"{path}.{n}" for path in counted for n in ("one", "many")}
    begun = tuple(re.findall(rf"""f["']((?:{rooms})\.(?:[a-z_]+\.)*)\{{""", code))
    assert begun, "no path is put together in the code any more: this test can be simpler"
    assert asked <= words.paths()
    assert {path for path in words.paths() - asked if not path.startswith(begun)} == set()


def test_a_person_s_text_is_a_value_and_never_a_template(words):
    assert words("place.away", place="{evil} {0.__class__}") == "Your text goes to {evil} {0.__class__}."


def test_a_missing_value_is_a_defect_that_raises(words):
    with pytest.raises(KeyError):
        words("place.away", wrong="x")
    with pytest.raises(KeyError):
        words("no.such")


# --- Findings


def test_every_category_wears_the_colour_of_one_family():
    members = [category for group in FAMILIES.values() for category in group]
    assert sorted(members) == sorted(Category)
    css = (WEB / "page.css").read_text()
    for name in FAMILIES:
        assert f".bc-{name} {{" in css


def found(text: str, words: str, **changes: object) -> Finding:
    at = text.index(words)
    return replace(
        Finding(at, at + len(words), words, Category.LABEL, "label-1", "It labels.", "Say what was done."),
        **changes,
    )


def marks_of(html: str) -> list[dict]:
    holder = next(attrs for _, attrs in Tags(html).found if attrs.get("id") == "bc-marks")
    return json.loads(holder["data-marks"])


def test_marks_count_as_a_browser_counts(words):
    text = "😀😀 you are lazy"
    (mark,) = marks_of(findings_html(text, Reading((found(text, "lazy"),)), words))
    units = text.encode("utf-16-le")
    assert units[mark["start"] * 2 : mark["end"] * 2].decode("utf-16-le") == "lazy"


def test_a_finding_shows_its_reason_and_a_better_way(words):
    text = "you are lazy"
    said = shown(findings_html(text, Reading((found(text, "lazy"),)), words))
    for part in ("1 place to look at", "lazy", "It labels.", "Say what was done.", "Label"):
        assert part in said


def test_many_findings_fold_away_but_all_are_there(words):
    text = " ".join(f"lazy{n}" for n in range(10))
    html = findings_html(text, Reading(tuple(found(text, f"lazy{n}") for n in range(10))), words)
    assert f"Show {10 - SHOWN} more" in shown(html)
    assert len(re.findall(r"data-mark=", html)) == 10
    assert len(marks_of(html)) == 10


def test_danger_shows_the_emergency_contact_before_anything_else(words):
    text = "he said he wants to die"
    route = Route(RouteTo.EMERGENCY, (RouteReason("self_harm", "wants to die"),), "999 & the on-call lead")
    reading = Reading((found(text, "wants to die", category=Category.SELF_HARM),), route=route)
    said = shown(findings_html(text, reading, words)).strip()
    assert said.startswith("If somebody may be in danger, first: 999 & the on-call lead.")
    said = shown(spoken_html(rewrite_of(route=route), words))
    assert said.startswith("First: 999 & the on-call lead.")


# --- Results


def test_nothing_from_a_draft_a_model_or_a_file_becomes_markup(words):
    row = LedgerRow(HOSTILE, 0, len(HOSTILE), Kind.OBSERVATION, Fate.KEPT, HOSTILE, HOSTILE, Origin.MODEL)
    base = rewrite_of()
    rewrite = replace(
        base,
        draft=HOSTILE,
        say=HOSTILE,
        message=HOSTILE,
        after_they_answer=HOSTILE,
        ledger=(row,),
        questions=(HOSTILE,),
        notices=(HOSTILE,),
        citations=(replace(base.citations[0], title=HOSTILE, quote=HOSTILE, source=HOSTILE),),
        checks=(Check(HOSTILE, False, HOSTILE), Check(HOSTILE, True, HOSTILE)),
        pattern=replace(base.pattern, evidence=(HOSTILE,), instead=HOSTILE),
        route=Route(RouteTo.HR, (RouteReason(HOSTILE, HOSTILE),), HOSTILE),
        model=HOSTILE,
        prompts=(HOSTILE,),
    )
    finding = Finding(0, len(HOSTILE), HOSTILE, Category.LABEL, HOSTILE, HOSTILE, HOSTILE)
    for html in (
        spoken_html(rewrite, words),
        rest_html(rewrite, words),
        account_html(rewrite, words),
        rows_html([row], HOSTILE, words),
        findings_html(HOSTILE, Reading((finding,)), words),
    ):
        assert HOSTILE.split("[", maxsplit=1)[0].strip()[:20] in shown(html)
        for tag, attrs in Tags(html).found:
            assert tag not in ("img", "script", "a", "textarea", "iframe")
            assert not [name for name in attrs if name.startswith("on")]


def test_what_is_copied_carries_no_label(words):
    rewrite = rewrite_of()
    html = spoken_html(rewrite, words) + rest_html(rewrite, words)
    assert words("result.mark") in html
    for name, text in (("say", rewrite.say), ("message", rewrite.message)):
        inner = re.search(rf'<p id="bc-{name}"[^>]*>(.*?)</p>', html, re.DOTALL)[1]
        assert shown(inner) == text


def test_the_record_holds_the_facts_that_stand_and_nothing_else():
    def row(kind: Kind, fate: Fate, becomes: str) -> LedgerRow:
        return LedgerRow("x", 0, 1, kind, fate, becomes, "", Origin.MODEL)

    ledger = (
        row(Kind.OBSERVATION, Fate.KEPT, "seen"),
        row(Kind.REPORT, Fate.REWORDED, "reported"),
        row(Kind.STANDARD, Fate.KEPT, "agreed"),
        row(Kind.IMPACT, Fate.REWORDED, "effect"),
        row(Kind.CONSEQUENCE, Fate.KEPT, "by 3 June"),
        row(Kind.JUDGMENT, Fate.REWORDED, "opinion"),
        row(Kind.REQUEST, Fate.KEPT, "please"),
        row(Kind.OBSERVATION, Fate.ASKED, "asked"),
        row(Kind.OBSERVATION, Fate.ROUTED, "routed"),
        row(Kind.IMPACT, Fate.DROPPED, ""),
    )
    kept = [r.becomes for r in record(rewrite_of(ledger=ledger))]
    assert kept == ["seen", "reported", "agreed", "effect", "by 3 June"]


def test_where_the_reason_may_be_the_routed_part_only_dated_facts_are_shown(words):
    route = Route(RouteTo.HR, (RouteReason("protected", "since she got pregnant"),), "Ana in HR", entangled=True)
    rewrite = rewrite_of(route=route)
    first, rest = spoken_html(rewrite, words), rest_html(rewrite, words)
    said = shown(first)
    assert said.startswith("Talk to Ana in HR before you say or send this.")
    assert "Removing the words does not remove the reason." in said
    assert "since she got pregnant" in said
    assert 'id="bc-say"' not in first
    assert 'id="bc-message"' not in rest
    assert 'id="bc-record"' in rest


@pytest.mark.parametrize("to", list(RouteTo))
@pytest.mark.parametrize("entangled", [False, True])
def test_no_route_reads_as_cleared(words, to, entangled):
    said = shown(spoken_html(rewrite_of(route=Route(to, (), "Ana", entangled)), words))
    assert "This isn't a legal check." in said


def test_a_failed_check_is_not_folded_away(words):
    failing = Check("Severity kept", False, '"dangerous" became "not ideal"')
    rewrite = rewrite_of(checks=(Check("Facts kept", True), failing))
    first, folded = spoken_html(rewrite, words), account_html(rewrite, words)
    assert "One check did not pass" in shown(first)
    assert "Severity kept" in shown(first)
    assert "Facts kept" not in shown(first)
    assert "Facts kept" in shown(folded[folded.index("<details") :])


def test_questions_come_first_where_something_is_blank(words):
    asked = "What was the effect on the team?"
    assert asked in spoken_html(rewrite_of(say="On [day] you were late."), words)
    assert asked in spoken_html(rewrite_of(say=""), words)
    assert asked not in spoken_html(rewrite_of(), words)
    assert asked in account_html(rewrite_of(), words)


def test_blanks_are_marked_for_the_manager(words):
    html = spoken_html(rewrite_of(say="On [day] at [time], you left."), words)
    assert re.findall(r'<mark class="bc-blank"[^>]*>(.*?)</mark>', html)[:2] == ["[day]", "[time]"]


def test_ledger_rows_know_their_place_as_a_browser_counts(words):
    draft = "😀 late. At 9:20."
    row = LedgerRow("At 9:20.", 8, 16, Kind.OBSERVATION, Fate.KEPT, "At 9:20.", "", Origin.DRAFT)
    assert draft[row.start : row.end] == row.text
    attrs = next(a for t, a in Tags(rows_html([row], draft, words)).found if t == "tr" and "data-start" in a)
    units = draft.encode("utf-16-le")
    assert units[int(attrs["data-start"]) * 2 : int(attrs["data-end"]) * 2].decode("utf-16-le") == row.text


def test_a_download_is_the_markdown_that_the_terminal_writes_too(words):
    from assistant.formats.render import to_markdown

    rewrite = rewrite_of()
    attrs = next(a for _, a in Tags(rest_html(rewrite, words)).found if "data-download" in a)
    assert attrs["data-text"] == to_markdown(rewrite)


def test_each_blank_has_one_field_that_fills_it_everywhere(words):
    html = spoken_html(rewrite_of(say="On [day], you left.", message="On [day] at [time], you left."), words)
    fields = [attrs["data-gap"] for tag, attrs in Tags(html).found if tag == "input"]
    assert fields == ["day", "date", "time"]
    assert spoken_html(rewrite_of(say="x", after_they_answer="", message="y"), words).count("<input") == 0


def test_a_clause_and_what_became_of_it_carry_the_same_number(words):
    sides = [attrs for _, attrs in Tags(account_html(rewrite_of(), words)).found if "data-side" in attrs]
    left = [attrs["data-side"] for attrs in sides if "data-note" in attrs]
    right = [attrs["data-side"] for attrs in sides if "data-note" not in attrs]
    assert left == ["0", "1", "2", "3"]
    assert right == ["1", "2"], "what was left out has no other side"
    assert all(attrs["tabindex"] == "0" for attrs in sides)
    assert "Nobody can see a motive." in next(a["data-note"] for a in sides if a["data-side"] == "3")


def test_where_only_dated_facts_are_shown_the_account_shows_no_message(words):
    route = Route(RouteTo.HR, (), "Ana", entangled=True)
    assert "data-side" not in account_html(rewrite_of(route=route), words)


# --- Today


def test_what_is_due_is_a_short_list_whose_words_are_never_markup(words):
    day = date(2026, 5, 4)
    many = [agree("<b>Ana</b>", f"<img> {n}", day - timedelta(days=n), on=day - timedelta(days=9)) for n in range(5)]
    html = today_html(many, day, words)
    assert not [tag for tag, _ in Tags(html).found if tag in ("b", "img")]
    assert len(re.findall('data-press="today-choose"', html)) == 3
    assert "and 2 more" in shown(html)
    assert shown(html).count("overdue") == 2
    assert today_html([], day, words) == ""


# --- Whose turn it is


def test_drafts_wait_in_the_order_in_which_they_came_and_know_how_many_are_before_them():
    line = Line(2)
    with line.place() as first, line.place() as second, line.place() as third, line.place() as fourth:
        assert [place.ahead() for place in (first, second, third, fourth)] == [0, 0, 1, 2]
    with line.place() as one:
        assert one.ahead() == 0


def test_a_place_is_free_again_when_a_rewrite_fails():
    line = Line(1)
    with pytest.raises(ValueError, match="x"), line.place():
        raise ValueError("x")
    with line.place() as mine:
        assert mine.ahead() == 0


def test_an_estimate_is_made_of_what_was_measured_and_of_nothing_else():
    pace = Pace()
    assert pace.of(10) == 0
    for seconds in (2.0, 3.0, 90.0):
        pace.took(seconds)
    assert pace.of(4) == 12


# --- One page, one rewrite


def test_a_new_rewrite_of_a_page_stops_the_one_before_and_only_that():
    runs = Runs()
    mine, other = runs.begin("a"), runs.begin("b")
    again = runs.begin("a")
    assert mine.is_set()
    assert not other.is_set()
    runs.stop("a")
    assert again.is_set()
    runs.stop("nobody")
    runs.stop_all()
    assert other.is_set()


# --- Colours


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    css = (WEB / "page.css").read_text()
    return {
        name: dict(
            re.findall(r"--bc-([\w-]+): (#[0-9a-f]{6})", re.search(rf"^{start} \{{(.*?)^\}}", css, re.M | re.S)[1])
        )
        for name, start in (("light", ":root"), ("dark", r"\.dark"))
    }


TEXT_ON_GROUND = [
    *((ink, ground) for ink in ("ink", "quiet", "accent", "bad", "about-line") for ground in ("paper", "sheet")),
    *(("ink", ground) for ground in (*FAMILIES, "blank", "accent-soft", "warn")),
    ("quiet", "accent-soft"),
    ("accent", "accent-soft"),
    ("about-line", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("bad", "warn"),
    ("paper", "ink"),
]
EDGE_ON_GROUND = [("edge", "sheet"), ("edge", "paper"), ("accent", "paper")]
EDGE_ON_GROUND += [(f"{name}-line", ground) for name in FAMILIES for ground in ("paper", "sheet", name)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme):
    colours = palettes()[scheme]
    for text, ground in TEXT_ON_GROUND:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for edge, ground in EDGE_ON_GROUND:
        assert contrast(colours[edge], colours[ground]) >= 3, (edge, ground)


def test_every_colour_that_is_used_is_named_in_both_schemes():
    css = (WEB / "page.css").read_text()
    light, dark = palettes()["light"], palettes()["dark"]
    assert light.keys() == dark.keys()
    used = set(re.findall(r"var\(--bc-([\w-]+)\)", css)) - {"c", "l", "at"}  # set on the element itself
    assert used <= light.keys()


def test_the_script_never_turns_text_into_markup():
    script = (WEB / "page.js").read_text()
    for door in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage"):
        assert door not in script


def test_words_have_no_markup(words):
    for path in words.paths():
        template = words._flat[path]
        assert not set("<>") & set(template), path
        assert all(name is None or name.isidentifier() for _, name, *_ in string.Formatter().parse(template)), path


def test_only_the_scripts_that_the_page_was_sent_with_run_in_it(client):
    page = client.get("/", headers={"accept-encoding": "gzip, br"})
    told = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", page.text, re.DOTALL)
    inline = [code for how, code in scripts if "src=" not in how] + [(WEB / "page.js").read_text("utf-8")]
    hashes = {f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'" for code in inline}
    assert len(inline) > 3
    assert set(told["script-src"].split()) == {"'self'", "'unsafe-eval'", *hashes}
    assert told["default-src"] == told["object-src"] == told["frame-ancestors"] == told["script-src-attr"] == "'none'"
    assert told["connect-src"] == told["form-action"] == told["base-uri"] == "'self'"


@pytest.mark.parametrize("path", ["/health", "/config", "/nowhere"])
def test_what_is_not_the_page_may_run_no_inline_script_and_compile_nothing(client, path):
    told = client.get(path).headers["content-security-policy"]
    assert "script-src 'self';" in told


def test_no_event_tells_the_parts_of_the_page_how_loading_stands(client):
    """Each part that is told costs every later touch a walk through the whole page."""
    told = client.get("/config").json()
    shown = {part["id"] for part in told["components"] if part["type"] != "state"}
    events = [event for event in told["dependencies"] if event["backend_fn"]]
    assert len(events) > 40
    assert all(event["show_progress_on"] and not shown & set(event["show_progress_on"]) for event in events)
