"""Slots of the engine: a request takes the free one that shares most with it, and what was read once is put back."""

from __future__ import annotations

import threading
import time

import pytest

from assistant.errors import Cancelled
from assistant.models.engine import Engine
from assistant.models.slots import Slots, text_of
from assistant.settings import Settings

REWRITE = [("system", "Reword one clause of a manager's draft."), ("human", "He was late.")]
TALK = [("system", "Write the next line of a play."), ("human", "The boss: hello")]


def test_a_request_takes_the_slot_that_shares_most_with_it():
    slots = Slots(2)
    with slots.taken("rewrite: one") as (first, shared):
        assert shared == 0
        with slots.taken("talk: hello") as (second, _):
            assert second != first
    with slots.taken("talk: hello again") as (again, shared):
        assert (again, shared) == (second, len("talk: hello"))
    with slots.taken("rewrite: two") as (again, shared):
        assert (again, shared) == (first, len("rewrite: "))


def test_of_slots_that_share_as_much_the_one_is_taken_that_was_idle_longest():
    slots = Slots(2)
    taken = []
    for prompt in ("a", "b", "c", "d"):
        with slots.taken(prompt) as (number, _):
            taken.append(number)
    assert taken == [0, 1, 0, 1]


def test_whoever_finds_all_busy_waits_and_gets_the_first_that_is_free():
    slots, got = Slots(1), []

    def wait() -> None:
        with slots.taken("second") as (number, _):
            got.append(number)

    with slots.taken("first"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.2)
        assert got == []
    waiting.join(5)
    assert got == [0]


def test_a_request_that_is_cancelled_waits_no_longer():
    slots, cancel = Slots(1), threading.Event()
    with slots.taken("first"):
        threading.Timer(0.2, cancel.set).start()
        with pytest.raises(Cancelled), slots.taken("second", cancel):
            pytest.fail("there is no slot")
    with slots.taken("third") as (number, _):
        assert number == 0


def test_a_request_that_fails_gives_its_slot_back():
    slots = Slots(1)
    with pytest.raises(ValueError, match="broken"), slots.taken("first"):
        raise ValueError("broken")
    with slots.taken("second") as (number, _):
        assert number == 0


def test_the_fixed_beginning_is_put_back_only_where_the_slot_has_read_less_of_it(monkeypatch):
    engine, done = Engine(Settings()), []
    monkeypatch.setattr(engine, "_slot", lambda slot, action, name: done.append((slot, action, name)) or True)
    engine._shared = {text_of(REWRITE): "rewrite.state", text_of(TALK): "talk.state"}
    asked = text_of([REWRITE[0], ("human", "She left at four.")])
    engine.put_back(1, asked, shared=3)
    assert done == [(1, "restore", "rewrite.state")]
    engine.put_back(1, asked, shared=len(text_of(REWRITE[:1])) + 9)
    assert len(done) == 1, "the slot knows it already"
    engine.put_back(0, "assistant: something that was never shared", shared=0)
    assert len(done) == 1


@pytest.mark.model
def test_turning_from_one_task_to_another_reads_no_fixed_prompt_twice(embedded_model):
    from langchain_core.messages import HumanMessage, SystemMessage

    from assistant.models.llm import Request

    tasks = [
        [SystemMessage(f"{name} " + "A rule that holds. " * 60), HumanMessage(f"First for {name}.")]
        for name in ("Rewriting.", "Playing.", "Answering.")
    ]
    for task in tasks:
        embedded_model.warm(task, label="test")
    for _ in range(2):
        for task in tasks:
            reply = embedded_model.complete(Request([task[0], HumanMessage("Say yes.")], "test", 2))
            assert reply.usage.prompt - reply.usage.cached < 40, "only what is new is read"
