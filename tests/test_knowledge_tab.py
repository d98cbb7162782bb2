"""Claims about the Knowledge page: files come in once, nothing counts unseen, and no word becomes markup."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import papers
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served import coach_with, served

from assistant import settings
from assistant.coach import Coach
from assistant.domain import Passage
from assistant.errors import InputError
from assistant.library.corpus import Corpus
from assistant.library.organisation import Incoming, OwnKnowledge, Refused
from assistant.shelf import knowledge_folder
from assistant.web import knowledge_view as view
from assistant.web.guard import Guard
from assistant.web.uploads import MOST, PATH, Uploads, offer
from assistant.web.words import Words

WORDS = Words.load()
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = Path(__file__).resolve().parent.parent / "test-artifacts"
HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script> </blockquote> & "q" \' onmouseover=alert(4)'
HANDBOOK = "# Cage rules\n\n## Zebra hour\n\nAt zebra hour the second shift counts the torches in the blue cage.\n"


# --- Files on their way in


def test_a_file_is_held_under_a_word_and_given_once() -> None:
    uploads = Uploads()
    token = uploads.put("a/../b.md", b"text")
    given = [{"name": "b.md", "token": token}]
    (file,) = uploads.take(given)
    assert isinstance(file, Incoming)
    assert file.path.read_bytes() == b"text"
    uploads.done(given)
    assert not file.path.exists()
    assert isinstance(uploads.take(given)[0], Refused)
    uploads.close()


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "x" * 500])
def test_a_word_that_was_never_given_fetches_nothing(token: str) -> None:
    (file,) = Uploads().take([{"name": "x.md", "token": token}])
    assert isinstance(file, Refused)
    assert "did not arrive" in file.error.message


def test_only_so_many_files_wait_and_none_is_left_at_the_end() -> None:
    uploads = Uploads()
    tokens = [uploads.put("x.md", b"x") for _ in range(MOST + 5)]
    found = uploads.take([{"name": "x.md", "token": token} for token in tokens[-MOST:]])
    assert all(isinstance(file, Incoming) for file in found)
    assert isinstance(uploads.take([{"name": "x.md", "token": tokens[0]}])[0], Refused)
    folder = found[0].path.parent
    uploads.close()
    assert not folder.exists()


def test_only_this_machine_may_hand_in_files_and_only_so_large() -> None:
    app, uploads = FastAPI(), Uploads()
    app.add_middleware(Guard, larger={PATH: 2_000_000})
    offer(app, uploads)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        assert client.post(f"{PATH}?name=a.md", content=b"x" * 1_500_000).status_code == 200
        assert client.post(f"{PATH}?name=a.md", content=b"x" * 2_000_001).status_code == 413
        assert client.post("/elsewhere", content=b"x" * 1_500_000).status_code == 413
        assert client.get(PATH).status_code == 405
        elsewhere = {"origin": "https://elsewhere.example"}
        assert client.post(f"{PATH}?name=a.md", content=b"text", headers=elsewhere).status_code == 403
        assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404
    uploads.close()


# --- What the page shows


def preview_of(tmp_path: Path, text: str):
    path = tmp_path / "x.md"
    path.write_text(text, "utf-8")
    own = OwnKnowledge(tmp_path / "home", knowledge_folder())
    missing = Refused(HOSTILE, InputError("It is broken.", hint="Save it."))
    preview = own.preview([Incoming(f"{HOSTILE}.md", path), missing], HOSTILE)
    own.add(preview)
    return preview, own


def test_nothing_from_a_document_becomes_markup(tmp_path: Path) -> None:
    preview, own = preview_of(tmp_path, f"# Title {HOSTILE}\n\n## H {HOSTILE}\n\n{HOSTILE}\n\n<!-- {HOSTILE} -->\n")
    assert preview.wanted
    passages = own.documents()[0].passages
    pages = [
        view.preview_html(preview, WORDS),
        view.documents_html(own.documents(), [HOSTILE], WORDS),
        view.found_html(passages, False, WORDS),
        view.frameworks_html(Corpus((), ()).frameworks, WORDS),
        view.drop_html(WORDS),
    ]
    for page in pages:
        assert not re.search(r"<(?:img|script)", page)
        assert not re.search(r"<[a-z]+[^<>]* on[a-z]+=", page)
    assert "&lt;img" in pages[0]


def test_a_search_shows_the_passage_word_for_word_with_its_source() -> None:
    passage = Passage("own#one", "Own: One", "Word  for\n\nword.", "Own document x.pdf, page 2")
    html = view.found_html([passage], True, WORDS)
    for shown in (passage.title, passage.text, passage.source, passage.id):
        assert shown in html
    assert WORDS("knowledge.far") not in html
    assert WORDS("knowledge.far") in view.found_html([passage], False, WORDS)
    assert WORDS("knowledge.nothing") in view.found_html([], False, WORDS)


def test_a_document_is_listed_with_who_when_and_the_hash_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "cage.md"
    path.write_text(HANDBOOK, "utf-8")
    own = OwnKnowledge(tmp_path / "home", knowledge_folder())
    own.add(own.preview([Incoming("cage.md", path)], "Dana"))
    html = view.documents_html(own.documents(), [], WORDS)
    assert "by Dana" in html
    assert "cage.md" in html
    assert own.documents()[0].sha256 in html


# --- In a browser


@pytest.fixture(scope="module")
def coach(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coach]:
    """A coach in a home of its own, with the index that is there already: only what is new has to be embedded."""
    index, place = settings.home() / "index", tmp_path_factory.mktemp("home")
    if index.is_dir():
        shutil.copytree(index, place / "index", ignore=shutil.ignore_patterns(".*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHCOACH_HOME", str(place))
        opened = coach_with(max_document=1)
        yield opened
        opened.close()


def arrive(page, url: str) -> None:
    """Open the page and its tab, which a narrow screen keeps behind the button for more."""
    page.goto(url)
    page.get_by_role("tab", name=WORDS("tabs.rewrite")).wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    tab = page.get_by_role("tab", name=WORDS("tabs.knowledge"))
    if not tab.count():
        page.get_by_label("More tabs").click()
        tab = page.locator("#bc-tabs button").filter(has_text=WORDS("tabs.knowledge")).last
    tab.click()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
@pytest.mark.parametrize(("size", "width", "height"), [("phone", 375, 812), ("desk", 1280, 900)])
def test_documents_are_looked_at_added_found_removed_and_brought_back(
    coach: Coach, tmp_path: Path, size: str, width: int, height: int
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    expect = sync_api.expect
    SHOTS.mkdir(exist_ok=True)
    scan = papers.pdf([[("Torch count", 14), ("The second shift counts all the torches at dusk.", 10)]])
    paths = []
    for name, content in {"cage.md": HANDBOOK.encode(), "empty.txt": b"", "scan.pdf": scan}.items():
        (tmp_path / name).write_bytes(content)
        paths.append(str(tmp_path / name))
    with served(coach) as url, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": height})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        arrive(page, url)
        listed, preview = page.locator("#knowledge-documents"), page.locator("#knowledge-preview")
        expect(listed).to_contain_text(WORDS("knowledge.none"), timeout=30_000)
        page.locator(".bc-drop input").set_input_files(paths)
        expect(preview).to_contain_text("Zebra hour", timeout=60_000)
        expect(preview).to_contain_text("It is empty.")
        expect(listed).to_contain_text(WORDS("knowledge.none"))
        page.screenshot(path=SHOTS / f"knowledge-preview-{size}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if size == "desk":  # each change reads the whole library anew, so it is made at one size
            page.locator("#knowledge-add").click()
            expect(listed).to_contain_text("cage.md, added on", timeout=120_000)
            expect(listed).to_contain_text("scan.pdf")
            expect(preview).to_be_empty()
            page.locator("#knowledge-question textarea, #knowledge-question input").first.fill("zebra hour torches")
            page.locator("#knowledge-search").click()
            found = page.locator("#knowledge-found details").first
            expect(found).to_contain_text("the second shift counts the torches", timeout=30_000)
            page.screenshot(path=SHOTS / f"knowledge-{size}.png", full_page=True)
            listed.get_by_role("button", name=WORDS("knowledge.remove")).first.click()
            expect(listed).not_to_contain_text("cage.md", timeout=120_000)
            page.locator("#knowledge-undo").click()
            expect(listed).to_contain_text("cage.md", timeout=120_000)
        assert faults == []
        browser.close()
