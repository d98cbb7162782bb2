"""Claims about the Prepare page: asked parts are fields that fill the page in the browser, and an agreement is kept.

The handlers are called as Gradio calls them; the walk is in a real browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from places import Place
from served import coach_with, served
from visits import CHROMIUM, SHOTS, Visit, overflow

from assistant.agreements import AgreementState
from assistant.coach import Coach
from assistant.formats import prepare_text
from assistant.settings import Settings
from assistant.web.keeping import Candidate, candidates, day_of, entries, kept
from assistant.web.prepare_view import prepared_html
from assistant.web.words import Words

WORDS = Words.load()
MONDAY = date(2026, 5, 4)
HOSTILE = 'Own the <img src=x onerror=alert(1)> launch by 12 May, "><script>alert(2)</script>'


@pytest.fixture(scope="module")
def coach() -> Iterator[Coach]:
    opened = Coach.open(Settings(model="none"))
    yield opened
    opened.close()


def html_of(made: Any, filled: dict[str, str] | None = None) -> str:
    return prepared_html(prepare_text.sheet(made), filled or {}, WORDS, file="a.md", calendar=True)


def test_a_persons_text_never_becomes_markup(coach: Coach) -> None:
    prepare = coach.prepare
    for made in (
        prepare.standard(HOSTILE),
        prepare.one_on_one(HOSTILE),
        prepare.hand_back(HOSTILE),
        prepare.playbook(HOSTILE),
    ):
        page = html_of(made, {"measure": HOSTILE, "outcome": HOSTILE})
        assert "<img" not in page
        assert "<script" not in page


def test_each_asked_part_is_a_field_and_what_was_typed_stands_in_the_page(coach: Coach) -> None:
    made = coach.prepare.standard("own the Q3 launch")
    page = html_of(made, {"measure": "defects on the day"})
    fields = set(re.findall(r'data-fill="(\w+)"', page))
    assert fields == set(re.findall(r'data-filled="(\w+)"', page))
    assert {"owner", "outcome", "measure", "by_when", "decides_1"} <= fields
    assert 'data-blank="[measure]">defects on the day<' in page


def test_a_way_that_is_worked_out_is_no_field(coach: Coach) -> None:
    page = html_of(coach.prepare.playbook("Tom came in late."))
    assert 'data-fill="rung"' not in page
    assert 'data-fill="times"' in page


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("by Friday", date(2026, 5, 8)),
        ("due Friday 4 pm", date(2026, 5, 8)),
        ("no later than 12 May", date(2026, 5, 12)),
        ("on 12 June by 16:00", date(2026, 6, 12)),
        ("before the audit", None),
        ("5/6", None),
    ],
)
def test_a_day_is_read_as_it_was_written_and_never_guessed(words: str, day: date | None) -> None:
    assert day_of(words, MONDAY) == day


def test_what_is_complete_is_kept_and_the_rest_says_what_it_lacks(coach: Coach, file_place: Place) -> None:
    store = file_place.open("1 year")
    found = (Candidate("Ana", "sends the list", "by Friday", "complete"), Candidate("", "calls", "some day"))
    done, lacking = kept(store, found, MONDAY, WORDS)
    assert done == ["Ana: sends the list (Friday 8 May 2026)"]
    assert lacking == ["calls: who is missing, a day that can be read is missing (some day)"]
    (agreement,) = store.agreements()
    assert (agreement.who, agreement.standard, agreement.state) == ("Ana", "complete", AgreementState.OPEN)


def test_a_standard_becomes_an_agreement_from_its_parts_and_its_fields(coach: Coach) -> None:
    made = coach.prepare.standard("Ravi, own the Q3 launch")
    (one,) = candidates(made, {"outcome": "customers can order", "by_when": "12 June", "measure": "orders"})
    assert one == Candidate("Ravi", "customers can order", "12 June", "orders")
    (entry,) = entries([one], MONDAY)
    assert entry.start == date(2026, 6, 12)


def test_every_word_of_the_page_is_there() -> None:
    for path in ("prepare.kinds.standard", "prepare.label.first_days", "prepare.open.one", "tabs.prepare"):
        assert WORDS(path)


# --- The walk

pytest.importorskip("playwright.sync_api")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_from_a_sentence_to_an_agreement_that_is_followed_up(
    browser: Any, size: str, request: pytest.FixtureRequest
) -> None:
    bench = coach_with()  # the library lies in the shared home, what is kept in a new one
    request.getfixturevalue("file_place")
    with served(bench, max_draft=2000) as url:
        visit = Visit(browser, size)
        page = visit.open(url)
        page.get_by_role("tab", name="Prepare").click()
        page.fill("#prepare-text textarea", "Ravi, own the Q3 launch")
        page.click("#prepare-go")
        page.wait_for_selector("#prepare-page")
        assert "[measure]" in page.inner_text("#prepare-page")
        page.fill("[data-fill=outcome]", "customers can order on the day")
        page.fill("[data-fill=measure]", "orders on the day")
        page.fill("[data-fill=by_when]", "in two weeks")
        shown = page.locator("#prepare-page").text_content()
        assert "- Measure: orders on the day" in shown
        assert shown.startswith("# A standard of good execution: the Q3 launch")
        assert overflow(page) <= 0
        page.screenshot(path=f"{SHOTS}/prepare-{size}.png", full_page=True)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as Markdown").click()
        assert "orders on the day" in Path(saved.value.path()).read_text("utf-8")
        with page.expect_download() as calendar:
            page.get_by_role("button", name="Calendar file").click()
        assert "BEGIN:VEVENT" in Path(calendar.value.path()).read_text("utf-8")
        page.click("#prepare-keep")
        page.wait_for_selector("#prepare-told [role=status]")
        assert "customers can order on the day" in page.inner_text("#prepare-told")
        page.get_by_role("tab", name="Follow up").click()
        page.wait_for_selector(".bc-agreed")
        assert "customers can order on the day" in page.inner_text("#follow-list")
        page.get_by_role("tab", name="Prepare").click()
        page.click("#prepare-words")
        page.wait_for_function("document.querySelector('#draft textarea').value.includes('own the Q3 launch')")
        assert visit.complaints == []
        assert visit.outside == []
        visit.context.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_answers_move_the_rung_and_what_a_person_has_to_see_first_stops_the_page(browser: Any) -> None:
    with served(coach_with(), max_draft=2000) as url:
        visit = Visit(browser)
        page = visit.open(url)
        page.get_by_role("tab", name="Prepare").click()
        page.get_by_role("radio", name="When things go wrong").check()
        page.fill("#prepare-text textarea", "Tom came in late on Monday.")
        page.click("#prepare-go")
        page.wait_for_selector("[data-fill=times]")
        page.select_option("[data-fill=times]", "twice")
        page.select_option("[data-fill=standard_stated]", "yes")
        page.get_by_role("button", name="Work it out with these answers").click()
        page.wait_for_function("document.querySelector('#prepare-page').textContent.includes('Rung: Pattern')")
        page.fill("#prepare-text textarea", "She is pregnant and her work got worse.")
        page.click("#prepare-go")
        page.wait_for_function("document.querySelector('#prepare-page').textContent.includes('Stop here')")
        assert "Rung" not in page.inner_text("#prepare-page")
        page.fill("#prepare-text textarea", "x" * 3000)
        page.click("#prepare-go")
        page.wait_for_selector("#prepare-trouble .bc-trouble")
        assert json.dumps(visit.complaints) == "[]"
        visit.context.close()
