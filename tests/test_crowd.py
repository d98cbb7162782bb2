"""Claims about a full house: everybody is told something while they wait, and gets their own answer, whole."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import crowd
import gradio as gr
import pytest

from assistant.web.blocks import Blocks


@pytest.mark.alone
def test_a_hundred_people_stream_at_once_and_nobody_s_answer_is_lost_or_somebody_else_s() -> None:
    found = crowd.run(people=100, seconds=0, slots=8, clauses=1)
    assert found["examples"] == []
    assert (found["lost"], found["mixed"], found["errors"]) == (0, 0, 0)
    assert found["rewrites"] == 100


def judged(done: str, numbers: set[str]) -> crowd.Found:
    found = crowd.Found()
    server = SimpleNamespace(url="", sessions=[""])
    crowd.Person(0, server, 0, found, 1)._judge(done, numbers, 0)
    return found


def test_an_answer_that_is_lost_torn_or_somebody_else_s_is_seen() -> None:
    whole = 'data: {"success": true, "output": "10000000 10000001"}'
    assert (judged(whole, {"10000000", "10000001"}).lost, judged(whole, {"10000000", "10000001"}).mixed) == ([], [])
    assert judged("", {"10000000"}).lost
    assert judged(whole, {"10000000", "10000001", "10000002"}).lost
    assert judged(whole.replace("true", "false"), {"10000000", "10000001"}).lost
    assert judged(whole, {"10000000"}).mixed


@pytest.fixture
def page():
    with Blocks() as made:
        parts = [gr.HTML("before"), gr.Button("Go"), gr.Textbox("text"), gr.State(1)]
        parts[1].click(lambda: None, None, parts)
    return made, parts


async def told(page: Blocks, answer: object) -> list[object]:
    (fn,) = page.fns.values()
    return await page.postprocess_data(fn, answer, None)


@pytest.mark.parametrize("changed", [(0,), (1,), (2, 0), (0, 1, 2, 3), (3, 1)])
def test_an_event_says_the_same_as_gradio_and_leaves_alone_what_it_does_not_change(page, monkeypatch, changed) -> None:
    import asyncio

    made, parts = page
    values = {0: "after", 1: gr.update(interactive=False), 2: "words", 3: 2}
    answer = {parts[at]: values[at] for at in changed}
    ours = asyncio.run(told(made, dict(answer)))
    monkeypatch.delattr(Blocks, "postprocess_data")
    theirs = asyncio.run(told(made, dict(answer)))
    for at in range(len(parts)):
        if at in changed:
            assert ours[at] == theirs[at]
        else:
            assert ours[at] == gr.skip()


def test_a_part_that_an_event_does_not_change_is_not_built_anew(page, monkeypatch) -> None:
    import asyncio

    made, parts = page
    built = []
    monkeypatch.setattr(gr.Textbox, "__init__", lambda self, *_, **__: built.append(self))
    asyncio.run(told(made, {parts[0]: "after"}))
    assert built == []


def test_gradio_looks_for_nothing_at_each_event_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    with Blocks() as page:
        assert page._queue.ANALYTICS_MAX_EVENTS > 1
        assert page._queue.ANAYLTICS_CACHE_FREQUENCY == 1  # Gradio's own spelling: a newer one may know better
    page.spare_the_loop()
    assert sys.modules["matplotlib"] is None
    with pytest.raises(ImportError):
        importlib.import_module("matplotlib")
    page._queue.event_analytics = {"a": {"function": "f", "status": "success", "process_time": 1.0}}
    page._queue.events_recorded = 100
    monkeypatch.setattr(page._queue, "_get_df", None)
    assert page._queue.compute_analytics_summary(list(page._queue.event_analytics.values())) == {"functions": {}}
