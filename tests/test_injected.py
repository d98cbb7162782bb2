"""Claims about texts that try to be more than text: in a real browser they stay text, wherever the page shows them."""

from __future__ import annotations

import inspect
import pkgutil
import re
from importlib import import_module

import pytest
from injected import BATCH, OUTSIDE, Stock, opened, texts
from served import coach_with, own_home
from visits import CHROMIUM

import assistant.web

EVALS = "assistant.web.evals_view"
DRAWN_ELSEWHERE = {
    "drop_html",  # our own words alone
    "day_html",  # a date that was understood
}  # fmt: skip


def test_the_texts_are_all_different_and_of_every_kind():
    every = texts(1000)
    assert len(set(every)) == 1000
    assert every[:40] == texts(40), "the sample is the beginning of the whole"
    for part in ("<script", "<svg", "onerror", "javascript:", "data:", "](", "{{", "${", "=HYPERLINK", "url(", OUTSIDE):
        assert sum(part.lower() in text.lower() for text in every) >= 5, part


def test_every_view_of_the_page_is_drawn(tmp_path):
    # What the page of evaluations shows of a run is held by tests/test_eval_desk.py.
    made = {
        name
        for module in pkgutil.iter_modules(assistant.web.__path__)
        for name, value in vars(import_module(f"assistant.web.{module.name}")).items()
        if re.fullmatch(r"[a-z]\w*_html", name) and inspect.isfunction(value) and value.__module__ != EVALS
    }
    with own_home(tmp_path):
        drawn = set(Stock(coach_with()).views("x"))
    assert made - DRAWN_ELSEWHERE == drawn, "tests/injected.py draws what shows somebody's words"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_no_text_runs_loads_or_becomes_an_element(browser, tmp_path):
    some = texts(40)
    with opened(tmp_path) as gallery:
        gallery.learn(browser)
        for at in range(0, len(some), BATCH):
            gallery.show(browser, some[at : at + BATCH])
        seen = gallery.seen
    assert seen.shown == 40
    assert seen.drawn > 40 * 200
    assert (seen.outside, seen.ran, seen.active, seen.changed) == ([], [], [], [])
