"""Claims about the page in a real browser: what a manager sees and does, at a desk's and at a phone's width.

Screenshots of each step land in ``test-artifacts/``. ``BENCHCOACH_SHOT=1`` also draws the README's picture.
"""

import os
import re
import time
from pathlib import Path

import pytest
from served import SIX_CLAUSES, SlowToLoad, coach_with, own_home, served, slowly
from visits import CHROMIUM, SHOTS, SIZES, overflow, say_it

from assistant.coach import Coach
from assistant.errors import ModelUnavailable
from assistant.settings import Settings

pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
ROOT = Path(__file__).resolve().parent.parent
HOSTILE = (
    '😀 <img src=x onerror="window.hacked=1"> <script>window.hacked=2</script> '
    "[click](javascript:window.hacked=3) you are lazy and on 4 May you sent **3** invoices late."
)
FOCUSED = "(e => e.dataset.copy || e.id || e.tagName)(document.activeElement)"
FOCUS_SHOWS = """(e => e === document.body || ['outlineStyle', 'boxShadow']
    .map(name => getComputedStyle(e)[name]).some(sign => sign !== 'none'))(document.activeElement)"""
GEOMETRY = """() => {
  const area = document.querySelector('#draft textarea'), mirror = document.querySelector('#bc-mirror');
  const names = ['font', 'lineHeight', 'letterSpacing', 'paddingLeft', 'paddingTop'];
  return [area, mirror].map(e => [names.map(n => getComputedStyle(e)[n]), e.clientWidth, e.scrollHeight]);
}"""
NAMELESS = """() => [...document.querySelectorAll('button, input, textarea, [role=combobox], progress')]
  .filter(e => e.offsetParent && !e.textContent.trim() && !e.getAttribute('aria-label')
    && ![...(e.labels || [])].some(label => label.textContent.trim()))
  .map(e => e.outerHTML.slice(0, 120))"""
EXAMPLE = "Late three times"


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    SHOTS.mkdir(exist_ok=True)
    with own_home(tmp_path_factory.mktemp("home")):
        yield


@pytest.fixture(scope="module")
def address(home):
    with served(coach_with(), max_draft=2000) as url:
        yield url


# --- The walk


@pytest.mark.parametrize(("size", "scheme"), [("desk", "light"), ("phone", "dark"), ("phone", "light")])
def test_a_manager_gets_from_an_example_to_words_to_say(visit, address, size, scheme):
    visiting = visit(size, color_scheme=scheme)
    page = visiting.open(address)
    assert page.title() == "Benchcoach"
    step = f"{SHOTS}/{size}-{scheme}"
    page.screenshot(path=f"{step}-1-open.png")

    page.get_by_role("button", name=EXAMPLE).click()
    page.wait_for_selector("#bc-mirror mark")
    page.wait_for_selector(".bc-findings")
    page.screenshot(path=f"{step}-2-findings.png", full_page=True)

    say_it(page)
    page.wait_for_timeout(700)  # the page scrolls to the answer
    assert page.locator("#bc-say").is_visible()
    top = page.locator("#spoken").bounding_box()["y"]
    assert 0 <= top < SIZES[size]["height"] / 2, "the answer came in sight by itself"
    for name in ("bc-message", "bc-record"):
        assert page.locator(f"#{name}").inner_text().strip()
    assert "AI-drafted; you decide." in page.inner_text("#spoken")
    assert "Runs on this machine. Nothing leaves it." in page.inner_text("#bc-top")
    assert page.locator("#bc-top").bounding_box()["y"] >= 0, "where the text is stays in sight"
    page.screenshot(path=f"{step}-3-said.png")

    folded = page.locator(".bc-account > summary")
    assert re.search(r"facts? kept", folded.inner_text())
    assert not page.locator(".bc-account table").is_visible()
    folded.click()
    page.locator(".bc-sides .bc-side").first.wait_for()
    page.click(".bc-listed > summary")
    assert page.locator(".bc-account table").is_visible()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)
    page.screenshot(path=f"{step}-4-opened.png", full_page=True)

    assert overflow(page) <= 0
    assert visiting.outside == []
    assert visiting.complaints == []


def test_no_request_leaves_and_nothing_lasting_is_stored(visit, address):
    visiting = visit()
    page = visiting.open(address)
    page.fill("#draft textarea", SIX_CLAUSES)
    say_it(page)
    assert len(visiting.asked) > 5
    assert visiting.outside == []
    assert page.evaluate("JSON.stringify(localStorage)") == "{}"
    assert visiting.context.cookies() == []
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0


# --- Findings


def test_findings_light_up_in_the_text_without_a_model(visit, home):
    def never(_):
        raise ModelUnavailable("This model does not answer.")

    with served(coach_with(never)) as url:
        page = visit().open(url)
        page.locator("#draft textarea").press_sequentially("😀 Tom, you are lazy. ", delay=5)
        page.wait_for_selector("#bc-mirror mark")
        assert "lazy" in page.inner_text("#bc-mirror mark")
        mirrored = page.evaluate("document.querySelector('#bc-mirror').textContent")
        assert mirrored == page.input_value("#draft textarea") + "\n"


def test_marks_lie_under_their_words(visit, address):
    page = visit("phone").open(address)
    page.fill(
        "#draft textarea",
        "We met on 3 May and then once more on 4 May in the big room. " * 3 + "You are lazy.",
    )
    page.wait_for_selector("#bc-mirror mark")
    area, mirror = page.evaluate(GEOMETRY)
    assert area[:2] == mirror[:2]
    assert abs(area[2] - mirror[2]) <= 2


def test_the_reason_shows_on_hover_on_touch_and_at_the_caret(visit, address):
    page = visit().open(address)
    page.fill("#draft textarea", "You are lazy.")
    mark = page.locator("#bc-mirror mark").first
    mark.wait_for()
    box = mark.bounding_box()
    page.mouse.move(box["x"] + 6, box["y"] + 8)
    page.wait_for_selector("#bc-reason")
    assert len(page.inner_text("#bc-reason")) > 30
    page.keyboard.press("Escape")
    assert page.locator("#bc-reason").count() == 0
    page.mouse.move(5, 5)

    page.focus("#draft textarea")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#bc-reason")

    phone = visit("phone", has_touch=True)
    page = phone.open(address)
    page.fill("#draft textarea", "You are lazy.")
    page.locator("#bc-mirror mark").first.wait_for()
    box = page.locator("#bc-mirror mark").first.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 8)
    page.wait_for_selector("#bc-reason")
    shown = page.locator("#bc-reason").bounding_box()
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= 375


def test_marks_stay_on_their_words_while_one_types(visit, address):
    page = visit().open(address)
    page.fill("#draft textarea", "You are lazy.")
    page.wait_for_selector("#bc-mirror mark")
    before = page.inner_text("#bc-mirror mark")
    page.route("**/gradio_api/**", lambda route: route.abort())  # from here on no check comes back
    page.focus("#draft textarea")
    page.keyboard.press("Home")
    page.keyboard.type("Well, 😀 ")
    assert page.inner_text("#bc-mirror mark") == before
    page.fill("#draft textarea", "Something else.")
    assert page.locator("#bc-mirror mark").count() == 0


# --- Copy, download, tones, keyboard


def test_what_is_copied_is_the_text_alone(visit, address):
    page = visit().open(address)
    page.fill("#draft textarea", SIX_CLAUSES)
    say_it(page)
    for name in ("say", "message"):
        page.click(f"[data-copy=bc-{name}]")
        page.wait_for_function("n => document.querySelector(`[data-copy=bc-${n}]`).textContent === 'Copied'", arg=name)
        assert page.evaluate("navigator.clipboard.readText()") == page.evaluate(
            f"document.getElementById('bc-{name}').textContent"
        )
    page.click("[data-copy=bc-record]")
    page.wait_for_timeout(200)
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert len(lines) == page.locator("#bc-record li").count()
    assert not [line for line in lines if "AI-drafted" in line]


def test_a_download_is_a_markdown_file_made_in_the_browser(visit, address):
    page = visit().open(address)
    page.fill("#draft textarea", SIX_CLAUSES)
    say_it(page)
    with page.expect_download() as download:
        page.click("[data-download]")
    assert download.value.suggested_filename.endswith(".md")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "3 May" in text


def test_softer_and_firmer_are_one_tap_over_the_same_draft(visit, address):
    page = visit().open(address)
    page.fill("#draft textarea", SIX_CLAUSES)
    say_it(page)
    plain = page.inner_text("#bc-say")
    said = {}
    for tone in ("softer", "firmer", "plain"):
        page.click(f"#{tone}")
        page.wait_for_selector(f"#{tone}.bc-current")
        page.wait_for_selector(".bc-progress", state="detached")
        said[tone] = page.inner_text("#bc-say")
        assert page.input_value("#draft textarea") == SIX_CLAUSES
    assert said["plain"] == plain
    assert "9:20" in said["softer"]
    assert "9:20" in said["firmer"]


def test_a_keyboard_is_enough(visit, address):
    page = visit().open(address)
    page.focus("#draft textarea")
    page.keyboard.type("You are lazy. On 3 May you joined at 9:20.")
    page.wait_for_selector(".bc-findings details")
    for _ in range(4):  # past the two buttons, to the first finding
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".bc-findings details[open]")
    page.focus("#draft textarea")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#bc-say", timeout=30_000)
    reached = set()
    page.focus("#go")
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(FOCUSED))
        assert page.evaluate(FOCUS_SHOWS), "what has the focus can be seen"
    assert {"bc-say", "bc-message", "bc-record", "softer", "firmer", "SUMMARY"} <= reached


def test_every_field_and_button_has_a_name(visit, address):
    page = visit().open(address)
    page.fill("#draft textarea", SIX_CLAUSES)
    say_it(page)
    page.click("#context > button")
    assert page.get_attribute("#context > button", "aria-expanded") == "true"
    assert page.evaluate(NAMELESS) == []
    assert page.get_by_label("What happened? Rough notes are fine.").count() == 1
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_context_reaches_the_coach_and_survives_a_reload(visit, address):
    page = visit().open(address)
    page.fill("#draft textarea", SIX_CLAUSES)
    page.click("#context > button")
    page.fill("#standard textarea", "everyone is there at 9:00")
    page.fill("#stated_when textarea", "3 March")
    page.reload()
    page.wait_for_selector("#standard textarea")
    assert page.input_value("#standard textarea") == "everyone is there at 9:00"
    assert page.input_value("#draft textarea") == SIX_CLAUSES
    page.wait_for_timeout(300)
    say_it(page)
    assert "everyone is there at 9:00" in page.inner_text("#bc-message")


# --- What goes wrong


def test_progress_is_real_rows_arrive_and_a_cancel_cancels(visit, home):
    coach = coach_with(slowly(0.8))
    with served(coach) as url:
        page = visit().open(url)
        page.wait_for_selector(".bc-state", state="detached", timeout=20_000)
        page.fill("#draft textarea", SIX_CLAUSES)
        page.click("#go")
        page.wait_for_selector("#cancel")
        page.wait_for_function("/clause [1-5] of 6/.test(document.querySelector('#progress').innerText)")
        page.wait_for_selector(".bc-progress .bc-ledger tbody tr")
        assert page.locator(".bc-progress progress").get_attribute("max") == "6"
        assert page.is_disabled("#go")
        page.screenshot(path=f"{SHOTS}/progress.png", full_page=True)
        page.click("#cancel")
        page.wait_for_selector("#trouble :text('Stopped. Your draft is still in the box.')")
        page.wait_for_selector("#cancel", state="detached")
        assert page.is_enabled("#go")
        time.sleep(1.0)
        asked = len(coach._model.calls)
        time.sleep(2.0)
        assert len(coach._model.calls) == asked, "the model is left alone after a cancel"
        assert page.input_value("#draft textarea") == SIX_CLAUSES
        assert page.locator("#bc-say").count() == 0
        say_it(page)  # and it can start again
        assert page.inner_text("#trouble").strip() == ""


def test_who_waits_is_told_how_many_are_before_and_can_go(visit, home):
    with served(coach_with(slowly(0.6)), at_once=1) as url:
        one, two = visit().open(url), visit("phone").open(url)
        for page in (one, two):
            page.wait_for_selector(".bc-state", state="detached", timeout=20_000)
            page.fill("#draft textarea", SIX_CLAUSES)
        one.click("#go")
        one.wait_for_selector(".bc-progress .bc-ledger tbody tr")
        two.click("#go")
        two.wait_for_selector("#progress :text('1 draft is before yours')")
        two.click("#cancel")
        two.wait_for_selector("#trouble :text('Stopped.')")
        one.wait_for_selector("#bc-say", timeout=30_000)
        say_it(two)  # the place is free again


def test_closing_the_tab_stops_the_model(visit, home):
    coach = coach_with(slowly(0.5))
    with served(coach) as url:
        visiting = visit()
        page = visiting.open(url)
        page.wait_for_selector(".bc-state", state="detached", timeout=20_000)
        page.fill("#draft textarea", SIX_CLAUSES * 3)
        page.click("#go")
        page.wait_for_selector(".bc-progress .bc-ledger tbody tr")
        page.close()
        time.sleep(3)
        asked = len(coach._model.calls)
        time.sleep(2)
        assert len(coach._model.calls) == asked


def test_an_error_is_told_beside_the_button_and_the_draft_stays(visit, home):
    def broken(call):
        if "Well" in str(call.messages[-1].content):
            raise RuntimeError("a defect that names the draft: Well")
        return ModelUnavailable("The model <b>stopped</b>.", hint="Try again & wait.")

    with served(coach_with(broken)) as url:
        page = visit("phone").open(url)
        page.fill("#draft textarea", SIX_CLAUSES)
        page.click("#go")
        page.wait_for_selector("#trouble [role=alert]")
        assert page.inner_text("#trouble") == "The model <b>stopped</b>. Try again & wait."
        assert page.locator("#trouble b").count() == 0
        assert page.input_value("#draft textarea") == SIX_CLAUSES
        assert page.is_enabled("#go")
        assert not page.is_visible("#cancel")
        near = page.locator("#trouble").bounding_box()["y"] - page.locator("#go").bounding_box()["y"]
        assert 0 < near < 120
        page.screenshot(path=f"{SHOTS}/trouble.png")

        page.fill("#draft textarea", SIX_CLAUSES + " Well, he left at 9:40 on 9 May.")
        page.click("#go")
        page.wait_for_selector("#trouble [role=alert]")
        page.reload()
        page.wait_for_function("document.querySelector('#draft textarea')?.value.includes('9:40')")


def test_a_defect_of_ours_is_told_without_the_draft(visit, home, caplog):
    def broken(_):
        raise RuntimeError("a defect that names the draft: 9:20")

    with served(coach_with(broken)) as url:
        page = visit().open(url)
        page.fill("#draft textarea", SIX_CLAUSES)
        page.click("#go")
        page.wait_for_selector("#trouble [role=alert]")
        assert page.inner_text("#trouble").startswith("Something went wrong on our side.")
        assert page.input_value("#draft textarea") == SIX_CLAUSES
    assert "RuntimeError" in caplog.text
    assert "9:20" not in caplog.text


def test_the_draft_survives_a_reload_but_not_the_tab(visit, address):
    visiting = visit()
    page = visiting.open(address)
    page.fill("#draft textarea", HOSTILE)
    page.reload()
    page.wait_for_function("document.querySelector('#draft textarea')?.value.length > 0")
    assert page.input_value("#draft textarea") == HOSTILE
    page.wait_for_selector("#bc-mirror mark")
    other = visiting.context.new_page()
    other.goto(address)
    other.wait_for_selector(".bc-examples")
    other.wait_for_timeout(500)
    assert other.input_value("#draft textarea") == ""


def test_markup_in_a_draft_stays_text(visit, address):
    visiting = visit()
    page = visiting.open(address)
    page.fill("#draft textarea", HOSTILE)
    page.wait_for_selector("#bc-mirror mark")
    say_it(page)
    page.click(".bc-account > summary")
    page.click(".bc-listed > summary")
    assert page.evaluate("window.hacked") is None
    for place in ("#findings", "#spoken", "#rest", "#account", "#draft"):
        assert page.locator(f"{place} :is(img, script, a)").count() == 0
    assert '<img src=x onerror="window.hacked=1">' in page.inner_text(".bc-ledger")
    assert visiting.complaints == []


def test_too_much_and_nothing_are_told_and_nothing_is_lost(visit, address):
    visiting = visit()
    page = visiting.open(address)
    page.click("#go")
    page.wait_for_selector("#trouble :text('There is nothing to rewrite yet.')")
    long = "On 3 May he came at 9:20. " * 40_000  # a megabyte
    page.evaluate(
        """text => { const box = document.querySelector('#draft textarea'); box.value = text;
        box.dispatchEvent(new Event('input', { bubbles: true })); }""",
        long,
    )
    page.wait_for_selector("#findings :text('longer than 2,000 characters')", timeout=20_000)
    page.click("#go")
    page.wait_for_selector("#trouble :text('longer than 2,000 characters')", timeout=20_000)
    assert page.evaluate("document.querySelector('#draft textarea').value.length") == len(long)


def test_long_words_and_names_from_right_to_left_do_not_break_a_phone(visit, address):
    page = visit("phone").open(address)
    page.fill(
        "#draft textarea",
        "On 3 May " + "Donaudampfschiff" * 20 + " was late and you are lazy. מיכאל أحمد left at 9:20 on 4 May.",
    )
    page.wait_for_selector("#bc-mirror mark")
    say_it(page)
    page.click(".bc-account > summary")
    page.wait_for_timeout(200)
    assert overflow(page) <= 0
    page.screenshot(path=f"{SHOTS}/phone-long.png", full_page=True)


def test_while_the_model_loads_the_page_says_so_and_checks_already(visit, home):
    model = SlowToLoad()
    with served(Coach.open(Settings(), model)) as url:
        page = visit().open(url)
        assert "The model is loading" in page.inner_text("#bc-top")
        page.fill("#draft textarea", "You are lazy.")
        page.wait_for_selector("#bc-mirror mark")
        assert "The model is loading" in page.inner_text("#bc-top")
        model.gate.set()
        page.wait_for_selector(".bc-state", state="detached", timeout=10_000)


def test_two_people_at_once_do_not_see_each_other(visit, address):
    one, two = visit().open(address), visit().open(address)
    one.fill("#draft textarea", "On 3 May you joined at 9:20.")
    two.fill("#draft textarea", "On 4 May you left at 17:45.")
    one.click("#go")
    two.click("#go")
    for page, mine, other in ((one, "9:20", "17:45"), (two, "17:45", "9:20")):
        page.wait_for_selector("#bc-say", timeout=30_000)
        assert mine in page.inner_text("#bc-say")
        assert other not in page.inner_text("#spoken")


# --- With the real model


@pytest.mark.model
def test_the_real_model_gives_words_to_say(visit, embedded_model):
    with served(Coach.open(Settings(), embedded_model), shared=True) as url:
        visiting = visit()
        page = visiting.open(url)
        page.get_by_role("button", name=EXAMPLE).click()
        page.wait_for_selector("#bc-mirror mark")
        page.wait_for_selector(".bc-state", state="detached", timeout=180_000)
        page.click("#go")
        page.wait_for_selector("#bc-say", timeout=120_000)
        said = page.inner_text("#bc-say")
        assert "9:20" in page.inner_text("#bc-message")
        assert "always" not in said
        assert "care" not in said
        assert visiting.outside == []
        page.wait_for_timeout(800)  # the page scrolls to the answer; the picture begins at the top
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
        page.screenshot(path=f"{SHOTS}/real.png", full_page=True)
        if os.environ.get("BENCHCOACH_SHOT"):
            page.screenshot(path=ROOT / "docs" / "images" / "rewrite.png", full_page=True)
