"""Claims about the paths through the page, walked in a real browser at a desk's and at a phone's width.

One path leads from a draft over practice and the card to an agreement that comes due, and nothing is typed twice.
Every page is held against axe's rules for WCAG 2.2 AA on the way, in light and in dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from served import coach_with, served
from visits import CHROMIUM, overflow, picture, say_it, turn_to, violations

from assistant.agreements import agree
from assistant.coach import Coach
from assistant.web.words import Words

pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
WORDS = Words.load()
DRAFT = (
    "Sam is always late. On Monday last week he joined the 9:00 stand-up at 9:20. "
    "We agreed on 3 March that everyone is there at 9:00. He clearly doesn't care."
)
LINE = "On Monday you joined the 9:00 stand-up at 9:20. What got in the way?"
LOOKS = [("desk", "light"), ("phone", "dark")]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coach]:
    made = coach_with()  # the library lies in the shared home, what is kept in a new one
    _ = made.practice, made.debriefer
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHCOACH_HOME", str(tmp_path_factory.mktemp("home")))
        yield made
        made.close()


@pytest.fixture
def coach(opened: Coach) -> Iterator[Coach]:
    yield opened
    opened.store.erase()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_draft_leads_to_practice_to_the_card_and_to_an_agreement_that_comes_due(  # noqa: PLR0915 - one walk
    visit, coach, size, scheme
):
    found: dict[str, list[str]] = {}
    shown: dict[str, int] = {}

    def look_at(name: str, *, docs: bool = False, whole: bool = True, part: str = "") -> None:
        found[name], shown[name] = violations(page), overflow(page)
        kept = docs and (size == "desk" or name == "first")
        picture(page, f"{name}-phone" if size == "phone" else name, docs=kept, whole=whole, part=part)

    with served(coach, stays=True, max_draft=2000) as url:
        visiting = visit(size, color_scheme=scheme)
        page = visiting.open(url)
        page.set_default_timeout(90_000)  # walks what a starved machine does slowly
        assert page.locator("#today .bc-today").count() == 0, "nothing was ever kept"
        look_at("first", docs=True, whole=False)
        for name in ("go", "let-me-practise"):
            assert page.locator(f"#{name}").bounding_box()["y"] < page.viewport_size["height"], "both are in sight"

        # Say it: what is typed once is the draft.
        page.fill("#draft textarea", DRAFT)
        page.wait_for_selector(".bc-findings")
        say_it(page)
        assert WORDS("result.mark") in page.inner_text("#spoken")
        page.locator("input[data-gap='who does what']").fill("Sam joins the stand-up at 9:00")
        tomorrow = (date.today() + timedelta(days=1)).isoformat()
        page.locator("input[data-gap=date]").fill(tomorrow)
        assert "Sam joins the stand-up at 9:00" in page.inner_text(".bc-after")
        page.click(".bc-account > summary")
        page.locator(".bc-sides [data-side][data-note]").nth(1).click()
        assert page.locator(".bc-side.bc-lit").count() == 2, "a clause and what became of it light up together"
        look_at("said", docs=True)

        # Practise it: the draft is there already.
        page.click("#practise-it")
        page.wait_for_selector("#own-edit #own-begin")
        assert "9:20" in page.input_value("#own-facts textarea")
        look_at("own", docs=True)
        page.click("#own-begin")
        page.wait_for_selector(".bc-talk")
        page.fill("#line textarea", LINE)
        page.click("#say-line")
        page.wait_for_selector(".bc-mine")
        page.wait_for_selector("#say-line:enabled", timeout=30_000)
        look_at("practise", docs=True)
        page.reload()
        turn_to(page, "Practise")
        page.wait_for_selector(f".bc-mine :text('{LINE}')")
        page.click("#end")
        page.wait_for_selector(".bc-debrief")
        page.wait_for_selector("#hold-it")
        look_at("debrief", docs=True)

        # Hold it, and keep what was agreed: the blanks that were filled in stand in the box.
        page.click("#hold-it")
        page.wait_for_selector("#draft textarea")
        assert page.input_value("#draft textarea") == DRAFT, "a reload loses nothing"
        say_it(page)
        assert "Sam joins the stand-up at 9:00" in page.input_value("#agreed :is(textarea, input)")
        page.click("[data-open=answers-back]")
        assert page.locator("#answers-back").is_visible()
        look_at("card", docs=True, part="#answers-back")
        page.click("#keep-agreed")
        page.wait_for_selector("#kept .bc-notice")
        assert page.input_value("#agreed :is(textarea, input)") == ""
        page.click("#to-follow")
        page.wait_for_selector("#follow-list .bc-agreed")
        assert "joins the stand-up" in page.inner_text("#follow-list")
        coach.store.add(agree("Ana", "Send the weekly report", date.today(), on=date.today() - timedelta(days=7)))
        look_at("follow", docs=True)

        # What is due today stands first, and leads back to what was agreed.
        page.reload()
        page.wait_for_selector("#today .bc-today")
        assert "Send the weekly report" in page.inner_text("#today")
        assert "joins the stand-up" not in page.inner_text("#today"), "that is due tomorrow"
        look_at("today", docs=True, whole=False)
        page.click("#today [data-press]")
        page.wait_for_selector("#follow-update")
        assert "Send the weekly report" in page.inner_text("#follow-chosen")

        assert {name: faults for name, faults in found.items() if faults} == {}
        assert {name: wider for name, wider in shown.items() if wider > 0} == {}
        assert visiting.outside == []
        assert visiting.complaints == []


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_had_they_been_told_is_one_tap_beside_the_words_and_stops_nobody(visit, coach, size, scheme):
    with served(coach, stays=True, max_draft=2000) as url:
        visiting = visit(size, color_scheme=scheme)
        page = visiting.open(url)
        page.set_default_timeout(90_000)
        page.fill(
            "#draft textarea",
            "On Monday Sam joined the 9:00 stand-up at 9:20. Everyone is expected at 9:00. He is lazy.",
        )
        say_it(page)
        before = page.inner_text("#bc-say")
        page.locator("#told-ways summary").first.click()
        other = page.inner_text("#bc-not-clearly")
        assert "9:20" in other
        assert "What I expect from now on" in other
        assert page.locator("#told-ways details[open] figure blockquote").count() == 1, "it says why, with a passage"
        assert page.inner_text("#bc-say") == before, "the rewrite stands beside it"
        faults, wider = violations(page), overflow(page)
        picture(page, "told-phone" if size == "phone" else "told", docs=size == "desk")

        page.fill("#told-when :is(textarea, input)", "3 March")
        page.click("#told-put")
        page.wait_for_function("() => document.querySelector('#bc-say')?.textContent.includes('3 March')")
        page.wait_for_selector("#bc-told", state="hidden")
        page.click("#context > button")  # what is folded is drawn when it opens
        assert page.input_value("#stated_when :is(textarea, input)") == "3 March"

        page.fill("#draft textarea", DRAFT)
        page.fill("#stated_when :is(textarea, input)", "")
        say_it(page)
        page.wait_for_selector("#bc-told", state="hidden")
        assert (faults, max(wider, 0)) == ([], 0)
        assert visiting.outside == []
        assert visiting.complaints == []


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_prepare_ask_and_knowledge_are_one_tap_away(visit, coach, size, scheme):
    found: dict[str, list[str]] = {}
    with served(coach, stays=True, max_draft=2000) as url:
        visiting = visit(size, color_scheme=scheme)
        page = visiting.open(url)

        def look_at(name: str) -> None:
            found[name] = violations(page)
            assert overflow(page) <= 0, name
            picture(page, f"{name}-phone" if size == "phone" else name, docs=size == "desk")

        turn_to(page, "Prepare")
        page.fill("#prepare-text textarea", "Own the launch in the third quarter")
        page.click("#prepare-go")
        page.wait_for_selector("#prepare-page")
        look_at("prepare")

        page.evaluate("scrollTo(0, 0)")
        turn_to(page, "Ask")
        page.fill("#question textarea", "They cried. What now?")
        page.click("#ask")
        page.wait_for_selector("#answer figure", timeout=30_000)
        look_at("ask")

        page.evaluate("scrollTo(0, 0)")
        turn_to(page, "Knowledge")
        page.fill("#knowledge-question :is(textarea, input)", "somebody keeps coming late")
        page.click("#knowledge-search")
        page.wait_for_selector("#knowledge-found .bc-passage")
        look_at("knowledge")

        assert {name: faults for name, faults in found.items() if faults} == {}
        assert visiting.outside == []
        assert visiting.complaints == []


def test_an_example_of_a_conversation_is_one_click_away(visit, coach):
    with served(coach, stays=True) as url:
        page = visit().open(url)
        assert page.locator("[data-example]").count() == 3
        talks = page.locator("[data-press=example-talk]")
        assert talks.count() == 2
        talks.first.click()
        page.wait_for_selector(".bc-talk .bc-theirs", timeout=30_000)
        assert page.locator("#line textarea").is_visible()


def test_a_server_that_is_gone_is_told_and_nothing_typed_is_lost(visit, coach):
    with served(coach, stays=True) as url:
        page = visit("phone").open(url)
        page.fill("#draft textarea", DRAFT)
        page.route("**/health", lambda route: route.abort())
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_selector("#bc-lost:not([hidden])")
        assert WORDS("lost.gone") in page.inner_text("#bc-lost")
        page.unroute("**/health")
        page.evaluate("dispatchEvent(new Event('online'))")
        page.get_by_role("button", name=WORDS("lost.reload")).click()
        page.wait_for_function("text => document.querySelector('#draft textarea')?.value === text", arg=DRAFT)
        assert not re.search("lost", page.inner_text("main"))
