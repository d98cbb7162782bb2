"""Scenario files: the ones that ship can be played, and a broken one is named together with its field."""

from __future__ import annotations

import re

import pytest
import yaml

from assistant.errors import LibraryError
from assistant.practising import scenarios
from assistant.scene import Cue, Mood
from assistant.shelf import knowledge_folder

FOLDER = knowledge_folder() / "scenarios"
SAMPLE = "late-report"


def card():
    return yaml.safe_load((FOLDER / f"{SAMPLE}.yaml").read_text("utf-8"))


def kept(tmp_path, content, name=SAMPLE):
    path = tmp_path / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path


def without(content, *path):
    part = content
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return content


def put(content, value, *path):
    part = content
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    return content


def test_every_scenario_that_ships_can_be_played():
    found = scenarios.load([FOLDER])
    assert len(found) >= 16
    assert scenarios.ids([FOLDER]) == tuple(s.id for s in found)
    assert not [fault for s in found for fault in scenarios.faults(s)]


def test_what_is_written_again_reads_the_same(tmp_path):
    assert scenarios.read(kept(tmp_path, card())) == scenarios.read(FOLDER / f"{SAMPLE}.yaml")


def test_an_organisations_scenario_replaces_one_of_the_same_id_and_others_stay(tmp_path):
    kept(tmp_path, put(card(), "Ours", "title"))
    found = {s.id: s for s in scenarios.load([FOLDER, tmp_path])}
    assert found[SAMPLE].title == "Ours"
    assert len(found) == len(scenarios.ids([FOLDER]))


def guarded_without(content, cue):
    for line in content["lines"]:
        if line["mood"] == Mood.GUARDED:
            line["cues"] = [c for c in line.get("cues") or () if c != cue]
    return content


def none_in(content, mood):
    content["lines"] = [line for line in content["lines"] if line["mood"] != mood]
    return content


BROKEN = {
    "id: is": lambda c: put(c, "another", "id"),
    "title: is missing": lambda c: without(c, "title"),
    "rung: is one of": lambda c: put(c, "ladder", "rung"),
    "persona.style: is missing": lambda c: without(c, "persona", "style"),
    "persona: has to hold fields": lambda c: put(c, "Dana", "persona"),
    "facts: at least 2": lambda c: put(c, ["It was late on 2 May."], "facts"),
    "facts: fact 2 names neither": lambda c: put(c, "It is known to be late.", "facts", 1),
    "standard.agreed: has to be true or false": lambda c: put(c, "yes", "standard", "agreed"),
    "standard.when: a standard that was agreed": lambda c: put(c, "", "standard", "when"),
    "concern.hints: at least 2": lambda c: put(c, ["Hm."], "concern", "hints"),
    "concern.told: line 1 holds none of the marks": lambda c: put(c, "Well, that is all.", "concern", "told", 0),
    "start.trust: has to be a number": lambda c: put(c, "high", "start", "trust"),
    "start: trust has to be between 0 and 1": lambda c: put(c, 1.4, "start", "trust"),
    "mood: is one of": lambda c: put(c, "cheerful", "lines", 3, "mood"),
    "cues: is one of": lambda c: put(c, ["praised"], "lines", 3, "cues"),
    "number 4.saying: is not a field here": lambda c: put(c, "x", "lines", 3, "saying"),
    "a stage direction": lambda c: put(c, "*sighs* Fine.", "lines", 3, "says"),
    "more than 4 sentences": lambda c: put(c, "No. No. No. No. No.", "lines", 3, "says"),
    "says the same as": lambda c: put(c, c["lines"][4]["says"], "lines", 3, "says"),
    "only an employee who goes_silent": lambda c: put(c, "(says nothing)", "lines", 3, "says"),
    "lines: none is guarded and answers odd": lambda c: guarded_without(c, Cue.ODD),
    "lines: 0 are committed": lambda c: none_in(c, Mood.COMMITTED),
}


@pytest.mark.parametrize("named", BROKEN)
def test_a_broken_scenario_is_named_with_its_field(tmp_path, named):
    with pytest.raises(LibraryError, match=re.escape(named)) as raised:
        scenarios.read(kept(tmp_path, BROKEN[named](card())))
    assert f"{SAMPLE}.yaml" in str(raised.value)


@pytest.mark.parametrize("where", ["opening", "brief", "title"])
def test_a_mark_of_the_concern_outside_the_lines_that_tell_it_is_found(tmp_path, where):
    content = card()
    content[where] = f"About {content['concern']['marks'][0]}, then."
    with pytest.raises(LibraryError, match=f"{where}: holds"):
        scenarios.read(kept(tmp_path, content))


def test_a_scenario_that_a_manager_made_up_needs_fewer_lines():
    content = card() | {"own": True}
    content["lines"] = content["lines"][:6]
    assert scenarios.parse(content, "own.yaml").own


@pytest.mark.parametrize("text", ["", "[]", "a: [", "- 1", "just words"])
def test_a_file_that_is_no_card_is_named(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(LibraryError, match=r"x\.yaml is broken"):
        scenarios.read(path)
