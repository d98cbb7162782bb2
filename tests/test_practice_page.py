"""Claims about the Practise page in a real browser: one's own situation, a conversation that is kept, and what follows.

One walk, because opening what reads a turn costs seconds. Screenshots land in ``test-artifacts/``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from coaching import home, language, library
from places import Place
from served import served

from assistant.coach import Coach
from assistant.models.llm import Request, Scripted
from assistant.practising import saved
from assistant.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = Path(__file__).resolve().parent.parent / "test-artifacts"
NOTES = (
    "Dana came in at 9:40 on 3 March and at 9:52 on 5 March. We agreed on 10 February that the desk is staffed at "
    "9:30. She just doesn't care. Two callers hung up."
)
OWN_LINE = "Mornings are loud here, ask whoever sits by the door."
WAIT = 60_000


def answers(call: Request) -> str:
    return OWN_LINE if call.label.startswith("employee") else "-"


@contextmanager
def practising() -> Iterator[str]:
    """Serve the page with what reads a turn opened beforehand, on vectors that are shared between tests."""
    patch = pytest.MonkeyPatch()
    patch.setenv("BENCHCOACH_HOME", str(home()))
    coach = Coach(Settings(), language(), library(), Scripted(answers))
    _ = coach.practice, coach.debriefer
    patch.undo()
    with served(coach, shared=True) as url:
        yield url


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
@pytest.mark.parametrize("width", [375])
def test_a_situation_of_ones_own_is_practised_kept_taken_up_again_and_met_again(file_place: Place, width: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    SHOTS.mkdir(exist_ok=True)
    with practising() as url, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 812})
        page.set_default_timeout(WAIT)
        page.goto(f"{url}/")
        page.wait_for_selector("#draft textarea")
        page.get_by_role("tab", name="Practise").click()
        describes(page)
        talks(page)
        keeps_and_reloads(page, file_place)
        looks_back_and_meets_again(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        browser.close()


def describes(page: Any) -> None:
    page.click("#own > button")
    page.fill("#own-describe textarea", NOTES)
    page.click("#own-read")
    page.wait_for_selector("#own-facts textarea")
    assert "Dana" not in page.input_value("#own-facts textarea")
    assert "Dana → Robin" in page.inner_text("#own-notice")
    assert page.input_value("#own-when input, #own-when textarea") == "10 February"
    page.screenshot(path=SHOTS / "practise-own.png", full_page=True)
    page.click("#own-begin")
    page.wait_for_selector(".bc-theirs")


def talks(page: Any) -> None:
    page.fill("#line textarea", "On 3 March you came in at 9:40. What happened that morning?")
    page.click("#say-line")
    page.wait_for_selector(".bc-theirs >> nth=1")
    page.wait_for_selector(".bc-talk .bc-living", state="detached")
    assert page.locator(".bc-mine").count() == 1
    page.screenshot(path=SHOTS / "practise-talk.png", full_page=True)


def keeps_and_reloads(page: Any, place: Place) -> None:
    page.click("#keep-talk")
    page.wait_for_selector("#keeps [role=status]")
    store = place.open()
    (kept,) = saved.talks(store)
    assert kept.lines == 1
    assert not store.agreements()
    page.reload()
    page.get_by_role("tab", name="Practise").click()
    page.wait_for_selector(".bc-mine")
    # "Say this differently" puts the line back into its box, and the way not taken stays to compare.
    page.click(".bc-mine [data-press=again]")
    page.wait_for_selector(".bc-mine", state="detached")
    assert page.input_value("#line textarea").startswith("On 3 March")
    page.fill(
        "#line textarea", "You come to me on Friday with one step, and we look at it on Monday. What do you need?"
    )
    page.click("#say-line")
    page.wait_for_selector(".bc-theirs >> nth=1")
    page.wait_for_selector(".bc-talk .bc-living", state="detached")


def looks_back_and_meets_again(page: Any) -> None:
    page.click("#end")
    page.wait_for_selector(".bc-debrief")
    assert "score" not in page.inner_text(".bc-debrief").lower()
    page.screenshot(path=SHOTS / "practise-debrief.png", full_page=True)
    page.click("#meet-again")
    page.wait_for_selector("#talk .bc-notice")
    assert "Week 2." in page.inner_text("#talk")
    page.click("#other-situation")
    page.wait_for_selector("#situation")
    page.click("#kept-talks > button")
    page.wait_for_selector("[data-press=kept-open]")
    page.screenshot(path=SHOTS / "practise-kept.png", full_page=True)
    page.click("[data-press=kept-open]")
    page.wait_for_selector(".bc-mine")
