"""Claims about everything that there is: each route and event has a rule, and another person's things are not there."""

from __future__ import annotations

import json

import pytest
from strangers import (
    BARE,
    BY_TOKEN,
    MARK,
    NAMES,
    OPEN,
    OWN_PAGE,
    OWN_SESSION,
    SAME_FOR_ALL,
    TEXTS,
    Strangers,
    events,
    fire,
    opened,
    templates,
)
from test_team import config

SERVED = OPEN | OWN_PAGE | SAME_FOR_ALL | OWN_SESSION | BY_TOKEN


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("home")) as made:
        yield made


def test_every_route_has_a_rule_or_is_not_there(house):
    paths = set(templates(house.team.app))
    assert len(paths) > 60, "Gradio's routes are among them"
    ana = house.clients["ana"]
    for path in sorted(paths - SERVED):
        for method in ("GET", "POST"):
            at = path.replace("{", "").replace("}", "")
            answer = ana.request(method, at, json={})
            assert answer.status_code in (404, 405), f"{method} {path} answers, and strangers.py has no rule for it"


def test_every_event_has_a_rule(house):
    found = events(config(house.clients["ben"]))
    ruled = NAMES | TEXTS | BARE
    assert {name.partition("#")[0] for name in found} == ruled, "tests/strangers.py says what an event may name"
    for name, event in found.items():
        assert (name.partition("#")[0] in BARE) == (not event["inputs"]) or name.startswith("knowledge-add"), name


@pytest.mark.parametrize(
    ("event", "thing", "data"),
    [
        ("kept-open", "talk", ["{}"]),
        ("follow-choose", "agreement", ["{}"]),
        ("today-choose", "agreement", ["{}"]),
        ("follow-make", "user", ["Sam"]),
    ],
)
def test_the_person_whose_it_is_finds_it(house, event, thing, data):
    """Without this, a house in which nothing is found at all would pass for a safe one."""
    found = events(config(house.clients["ana"]))[event]
    given = [value.replace("{}", house.names[thing]) for value in data]
    assert MARK in fire(house.clients["ana"], found, given), event


def test_a_file_that_waits_is_there_for_who_handed_it_in_and_for_no_other_trainer(house):
    found = events(config(house.clients["tia"]))["knowledge-look"]
    data = [json.dumps([{"name": "x.md", "token": house.names["upload"]}]), ""]
    stranger = fire(house.clients["tia"], found, data)
    assert "It did not arrive." in stranger
    assert MARK not in stranger
    assert MARK in fire(house.clients["zoe"], found, data)


@pytest.mark.parametrize("seed", range(3))
def test_what_belongs_to_somebody_else_answers_as_what_is_not_there(house, seed):
    strangers = Strangers(house, seed)
    strangers.run(50)
    assert strangers.faults == []
