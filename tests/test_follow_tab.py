"""Claims about the Follow-up page: what it shows, what it does in a real browser, and what it never shows."""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from places import Place, report
from served import coach_with, served

from assistant.agreements import FIRST_USE, AgreementState, agree, follow_up
from assistant.coach import Coach
from assistant.dates import say_date
from assistant.errors import StoreError
from assistant.formats.agreements_text import listing
from assistant.keeping import database
from assistant.keeping.store import Export, Hold, Store
from assistant.web.follow_view import chosen_html, export_html, list_html
from assistant.web.upkeep import Upkeep
from assistant.web.words import Words

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = date.today()
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = Path(__file__).resolve().parent.parent / "test-artifacts"
WORDS = Words.load()


def slipped_twice():
    made = agree("Ana", "Send the weekly report", TODAY, on=TODAY - timedelta(days=14), standard="All regions")
    for days, note in ((8, "It came at 15:10."), (2, "It did not come.")):
        on = TODAY - timedelta(days=days)
        made = follow_up(made, AgreementState.SLIPPED, on=on, note=note)
    return made


def drawn(*agreements, hold: Hold | None = None, first_use: bool = False) -> str:
    return list_html(listing(agreements, hold, TODAY), WORDS, first_use=first_use, retention="30 days")


def test_a_persons_words_are_never_markup() -> None:
    made = agree("<i>Ana</i>", '<img src=x onerror="1">', TODAY, on=TODAY, standard="<b>x</b>")
    made = follow_up(made, AgreementState.SLIPPED, on=TODAY, note="</ul><script>")
    export = Export("local", "", NOW, None, (made,), ())
    for html in (drawn(made), chosen_html(made, WORDS), export_html(export, WORDS), drawn(hold=Hold(NOW, "<u>"))):
        assert not re.search(r"<(i|img|b|script|u)\b", html)


def test_the_list_has_no_figure_about_a_person() -> None:
    many = [slipped_twice(), slipped_twice(), report(), report(who="Ben")]
    text = re.sub(r"<[^>]+>|[0-9a-f-]{36}", " ", drawn(*many))
    dates = r"\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}"
    assert re.findall(r"\d+", re.sub(dates, "", text)) == ["30"]  # how many days things are kept


def test_the_list_says_who_may_read_it_how_long_it_is_kept_and_whether_it_is_held() -> None:
    text = drawn(first_use=True, hold=Hold(NOW, "Case 12"))
    assert FIRST_USE.replace("'", "&#x27;") in text
    assert WORDS("follow.kept_for.30_days") in text
    assert "Case 12" in text
    assert FIRST_USE[:10] not in drawn(report())


def test_a_server_that_nobody_uses_deletes_what_is_past_its_time(
    file_place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="assistant.web.upkeep")  # whatever level other tests left behind
    kept = file_place.open("30 days")
    kept.add(report())

    class Bench:
        """The one part of a coach that the upkeep knows; it fails at first."""

        failing = True

        @property
        def kept(self) -> Store:
            if self.failing:
                self.failing = False
                raise StoreError("Another program is using the database.")
            return kept

    file_place.pass_days(100)
    upkeep = Upkeep(Bench(), every=0.02)
    upkeep.start()
    for _ in range(500):
        with kept.database.reading() as db:
            if not db.execute(database.agreements.select()).all():
                break
        time.sleep(0.02)
    else:
        pytest.fail("nothing was deleted")
    upkeep.stop()
    assert "Another program" in caplog.text


# --- in a browser ---------------------------------------------------------------------------------------


@pytest.fixture
def coach(request: pytest.FixtureRequest) -> Iterator[Coach]:
    opened = coach_with()  # the library lies in the shared home, what is kept in a new one
    request.getfixturevalue("file_place")
    yield opened
    opened.store.close()


def field(page, name: str):
    return page.locator(f"#follow-{name} textarea, #follow-{name} input").first


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
@pytest.mark.parametrize(("size", "width", "height"), [("desk", 1280, 900), ("phone", 375, 812)])
def test_an_agreement_is_made_followed_up_and_deleted_on_the_page(  # noqa: PLR0915 - one walk through the page
    coach: Coach, size: str, width: int, height: int
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    expect = sync_api.expect
    SHOTS.mkdir(exist_ok=True)
    with served(coach, max_draft=2000) as url, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": height})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        expect(page.locator("#draft textarea")).to_be_visible()
        assert not (Path(os.environ["BENCHCOACH_HOME"]) / "benchcoach.db").exists()
        page.get_by_role("tab", name=WORDS("tabs.follow")).click()
        expect(page.locator("#follow-list")).to_contain_text(FIRST_USE)

        # Who does what by when; the date is said back before it is kept.
        page.click("#follow-add")
        expect(page.locator("#follow-trouble")).to_contain_text(WORDS("follow.lacks_day"))
        field(page, "who").fill("Ben")
        field(page, "what").fill("Call back <b>both</b> customers")
        field(page, "by-when").fill("tomorrow")
        expect(page.locator("#follow-by-said")).to_contain_text(say_date(date.today() + timedelta(days=1)))
        field(page, "by-when").press("Enter")
        expect(page.locator("#follow-list")).to_contain_text("Call back <b>both</b> customers")
        expect(field(page, "who")).to_have_value("")

        # What became of it, with a note that the linter reads first.
        page.get_by_role("button", name=WORDS("follow.update")).click()
        expect(page.locator("#follow-chosen")).to_contain_text("Ben")
        page.click("#follow-save")
        expect(page.locator("#follow-trouble")).to_contain_text(WORDS("follow.lacks_state"))
        page.get_by_label(WORDS("follow.states.slipped")).check()
        field(page, "note").fill("He is lazy. They called at 16:00.")
        expect(page.locator("#follow-note-read")).to_contain_text("He is lazy")
        page.screenshot(path=str(SHOTS / f"follow-{size}-update.png"), full_page=True)
        page.click("#follow-save")
        expect(page.locator("#follow-update")).not_to_be_visible()
        expect(page.locator("#follow-list")).to_contain_text("Slipped")
        assert coach.store.agreements()[0].history[-1].note == "He is lazy. They called at 16:00."

        # What slipped twice leads to a prepared conversation, context filled in.
        coach.store.delete([coach.store.agreements()[0].id])
        coach.store.add(slipped_twice())
        page.get_by_role("tab", name=WORDS("tabs.rewrite")).click()
        page.get_by_role("tab", name=WORDS("tabs.follow")).click()
        expect(page.locator("#follow-list")).to_contain_text(WORDS("follow.pattern"))
        page.screenshot(path=str(SHOTS / f"follow-{size}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name=WORDS("follow.prepare")).click()
        expect(page.locator("#draft textarea")).to_have_value(re.compile("It came at 15:10.*more than once", re.DOTALL))
        page.click("#context > button")
        expect(page.locator("#standard textarea, #standard input").first).to_have_value("All regions")

        # Export without a copy on the server, and deletion that asks once.
        page.get_by_role("tab", name=WORDS("tabs.follow")).click()
        page.click("#follow-export > button")
        page.click("#follow-make")
        with page.expect_download() as saved:
            page.get_by_role("button", name=WORDS("follow.export.json")).click()
        assert saved.value.suggested_filename == "benchcoach.json"
        assert "It came at 15:10." in Path(saved.value.path()).read_text("utf-8")
        page.click("#follow-erase")
        page.click("#follow-erase-sure")
        expect(page.locator("#follow-files")).to_contain_text(WORDS("follow.export.gone"))
        assert coach.store.agreements() == ()
        assert faults == []
        browser.close()
