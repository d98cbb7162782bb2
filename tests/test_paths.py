"""Claims about pages that are one tap away, in a real browser at a desk's and at a phone's width.

Each is held against axe's rules for WCAG 2.2 AA, in light and in dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from served import coach_with, served
from visits import CHROMIUM, overflow, picture, turn_to, violations

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
