"""What the tests in a real browser share: a visit that remembers what it asked for, and what axe says of a page.

``BENCHCOACH_SHOT=1`` makes the pictures of the documentation anew; the others land in ``test-artifacts/``.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).resolve().parent.parent
SHOTS = ROOT / "test-artifacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 375, "height": 812}}
RULES = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Visit:
    """A page that remembers what it asked for and what it complained about."""

    def __init__(self, browser: Any, size: str = "desk", **context: Any) -> None:
        self.context = browser.new_context(viewport=SIZES[size], **context)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.context.on("request", lambda r: self.asked.append(r.url))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)

    def open(self, url: str) -> Any:
        self.page.goto(url)
        self.page.wait_for_selector("#draft textarea")
        self.page.wait_for_selector(".bc-examples")
        return self.page

    @property
    def outside(self) -> list[str]:
        return [url for url in self.asked if not re.match(r"(http://127\.0\.0\.1:|data:|blob:)", url)]


def say_it(page: Any) -> None:
    page.click("#go")
    page.wait_for_selector("#bc-say", timeout=90_000)
    page.wait_for_selector(".bc-progress", state="detached")


def turn_to(page: Any, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    page.wait_for_selector(f"[role=tab][aria-selected=true]:has-text('{tab}')")


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def violations(page: Any) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA, each with the first element that it is about."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in found]


def picture(page: Any, name: str, *, docs: bool = False, whole: bool = True, part: str = "") -> None:
    """Keep a picture of a page; with ``docs`` it is one of the documentation's, if those are to be made anew.

    The documentation shows the ``part`` that a selector names, where there is one.
    """
    SHOTS.mkdir(exist_ok=True)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(250)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)
    if docs and os.environ.get("BENCHCOACH_SHOT"):
        path = ROOT / "docs" / "images" / f"{name}.png"
        page.screenshot(path=path, full_page=whole, clip=_around(page, part) if part else None)


def _around(page: Any, part: str, margin: int = 16) -> dict[str, float]:
    box = page.locator(part).bounding_box()
    wider = {"x": box["x"] - margin, "y": box["y"] - margin}
    return wider | {"width": box["width"] + 2 * margin, "height": box["height"] + 2 * margin}
