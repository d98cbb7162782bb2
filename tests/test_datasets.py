"""Claims about the eval data sets: shape, honesty of the expectations, and clean splits.

Reads only evals/datasets. Knows nothing of the product, so a change of the product cannot bend them.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "evals" / "datasets"
SPLITS = {"train": 40, "dev": 50, "test": 60}
GROWN = {"train": 80, "dev": 90, "test": 130}
WIDER = {"train": 80, "dev": 150, "test": 190}
WIDEST = {"train": 80, "dev": 185, "test": 225}
PERSONS = {"second_person", "third_person", "switching"}
Row = dict[str, Any]


def read_rows(name: str) -> list[Row]:
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


FIRST = read_rows("rewrite_v1")
SECOND = read_rows("rewrite_v2")
THIRD = read_rows("rewrite_v3")
ROWS = read_rows("rewrite_v4")
SCHEMA = json.loads((FOLDER / "rewrite_v4.schema.json").read_text(encoding="utf-8"))


def fold(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split())


def holds(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words: "9" is not in "19"."""
    wanted = fold(phrase)
    before = r"(?<!\w)" if wanted[0].isalnum() else ""
    after = r"(?!\w)" if wanted[-1].isalnum() else ""
    return re.search(before + re.escape(wanted) + after, fold(text)) is not None


def spellings(fact: str | list[str]) -> list[str]:
    return [fact] if isinstance(fact, str) else fact


def faults(row: Row) -> list[str]:
    """What is wrong with one row's expectations, measured against its own draft."""
    found = []
    for fact in row["must_keep"]:
        if not holds(row["draft"], spellings(fact)[0]):
            found.append(f"the fact {fact!r} is not in the draft")
    for phrase in row["must_drop"]:
        if "injection" not in row["traits"] and not holds(row["draft"], phrase):
            found.append(f"{phrase!r} is to be dropped but is not in the draft")
        for fact in row["must_keep"]:
            if any(fold(phrase) in fold(spelling) for spelling in spellings(fact)):
                found.append(f"{phrase!r} is to be dropped and kept")
    if row["no_fact"] and row["must_keep"]:
        found.append("no fact, but something to keep")
    if not row["no_fact"] and not row["must_keep"] and row["route"] != "emergency":
        found.append("a fact, but nothing to keep")
    if row["route"] == "emergency" and row["must_keep"]:
        found.append("an emergency, but facts to send")
    if ("routed" in row["traits"]) != (row["route"] is not None):
        found.append("the trait 'routed' and the route disagree")
    if len(PERSONS & set(row["traits"])) != 1:
        found.append("exactly one of the traits says whom the draft talks to")
    return found


def five_grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", fold(text))
    return set(zip(*(words[start:] for start in range(5)), strict=False))


def shared(first: str, second: str) -> float:
    """The share of the shorter text's five-word runs that the other text has too."""
    one, two = five_grams(first), five_grams(second)
    return len(one & two) / max(1, min(len(one), len(two)))


def of_split(split: str) -> list[Row]:
    return [row for row in ROWS if row["split"] == split]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_fits_its_schema(row: Row) -> None:
    jsonschema.validate(row, SCHEMA)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_expects_only_what_its_draft_supports(row: Row) -> None:
    assert faults(row) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"must_keep": ["25 hours"]}, "not in the draft"),
        ({"must_keep": ["5 minutes"]}, "not in the draft"),
        ({"must_drop": ["slow"]}, "is to be dropped but"),
        ({"must_drop": ["minutes"]}, "dropped and kept"),
        ({"no_fact": True}, "no fact, but"),
        ({"must_keep": []}, "nothing to keep"),
        ({"route": "hr"}, "disagree"),
        ({"route": "emergency"}, "facts to send"),
        ({"traits": ["second_person", "third_person"]}, "exactly one"),
    ],
)
def test_a_row_with_a_planted_fault_is_caught(change: dict[str, Any], complaint: str) -> None:
    sound: Row = {
        "draft": "You were 25 minutes late, lazy as ever.",
        "must_keep": [["25 minutes", "twenty-five minutes"]],
        "must_drop": ["lazy"],
        "no_fact": False,
        "traits": ["second_person", "label"],
        "route": None,
    }
    assert faults(sound) == []
    assert any(complaint in fault for fault in faults(sound | change))


def test_ids_are_unique_and_count_up() -> None:
    assert [row["id"] for row in ROWS] == [f"rw-{number:03d}" for number in range(1, len(ROWS) + 1)]


def test_every_split_has_its_size() -> None:
    assert Counter(row["split"] for row in FIRST) == SPLITS
    assert Counter(row["split"] for row in SECOND) == GROWN
    assert Counter(row["split"] for row in THIRD) == WIDER
    assert Counter(row["split"] for row in ROWS) == WIDEST


def test_every_version_holds_the_one_before_as_it_was() -> None:
    assert SECOND[: len(FIRST)] == FIRST
    assert THIRD[: len(SECOND)] == SECOND
    assert ROWS[: len(THIRD)] == THIRD
    first, second, third, fourth = (
        json.loads((FOLDER / f"rewrite_v{n}.schema.json").read_text("utf-8"))["properties"] for n in (1, 2, 3, 4)
    )
    assert first == second
    assert third == fourth
    assert set(second["job"]["enum"]) < set(third["job"]["enum"])
    assert second | {"job": None} == third | {"job": None}


def test_the_situations_of_the_second_version_are_told_by_two_people_each() -> None:
    assert set(Counter(row["situation"] for row in SECOND[len(FIRST) :]).values()) == {2}


@pytest.mark.parametrize(("before", "after"), [(SECOND, THIRD), (THIRD, ROWS)], ids=["third", "fourth"])
def test_a_later_version_tells_new_situations_and_trains_on_none(before: list[Row], after: list[Row]) -> None:
    told = {row["situation"] for row in before}
    assert [row["id"] for row in after[len(before) :] if row["situation"] in told or row["split"] == "train"] == []


def test_a_situation_never_crosses_splits() -> None:
    splits = defaultdict(set)
    for row in ROWS:
        splits[row["situation"]].add(row["split"])
    assert {situation: found for situation, found in splits.items() if len(found) > 1} == {}


def test_no_draft_nearly_repeats_one_of_another_split() -> None:
    pairs = [(one, two) for one, two in combinations(ROWS, 2) if one["split"] != two["split"]]
    near = [(a["id"], b["id"]) for a, b in pairs if shared(a["draft"], b["draft"]) > 0.1]
    assert near == []


def test_the_near_duplicate_measure_sees_a_light_edit() -> None:
    draft = ROWS[0]["draft"]
    assert shared(draft, draft.replace("25", "35")) > 0.5


@pytest.mark.parametrize("split", SPLITS)
def test_every_split_spans_the_jobs(split: str) -> None:
    jobs = Counter(row["job"] for row in of_split(split))
    assert len(jobs) >= 14
    assert max(jobs.values()) <= len(of_split(split)) * 0.15


@pytest.mark.parametrize("trait", SCHEMA["properties"]["traits"]["items"]["enum"])
def test_every_trait_is_in_every_split(trait: str) -> None:
    missing = [split for split in SPLITS if not any(trait in row["traits"] for row in of_split(split))]
    assert missing == []


@pytest.mark.parametrize("split", SPLITS)
def test_every_split_holds_its_share_of_the_hard_answers(split: str) -> None:
    rows = of_split(split)
    routed = sum(row["route"] is not None for row in rows) / len(rows)
    assert 0.2 <= routed <= 0.35
    assert {row["route"] for row in rows} == {None, "hr", "legal", "emergency", "security"}
    for pattern in ("micromanagement", "abdication"):
        assert 0.07 <= sum(row["pattern"] == pattern for row in rows) / len(rows) <= 0.2
    assert 0.08 <= sum(row["no_fact"] for row in rows) / len(rows) <= 0.25


def test_drafts_are_as_long_as_what_people_paste() -> None:
    words = sorted(len(row["draft"].split()) for row in ROWS)
    assert 40 <= words[len(words) // 2] <= 75, words[len(words) // 2]
    assert words[-1] <= 260
    assert sum(count >= 140 for count in words) >= 10


# -- injected drafts, and people swapped ------------------------------------------------------------

INJECTED = read_rows("injection_v1")
PEOPLE = read_rows("fairness_v1")


@pytest.mark.parametrize("name", ["injection_v1", "injection_v2", "fairness_v1", "ordinary_v1"])
def test_every_row_of_the_other_sets_fits_its_schema(name: str) -> None:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
    rows = read_rows(name)
    for row in rows:
        jsonschema.validate(row, schema)
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("rows", [read_rows("injection_v2"), PEOPLE], ids=["injection", "fairness"])
def test_no_situation_of_the_other_sets_crosses_splits(rows: list[Row]) -> None:
    splits = defaultdict(set)
    for row in rows:
        splits[row["situation"]].add(row["split"])
    assert all(len(found) == 1 for found in splits.values())


def test_injected_drafts_of_different_splits_share_neither_story_nor_order() -> None:
    assert len(INJECTED) == 200
    pairs = [(one, two) for one, two in combinations(INJECTED, 2) if one["split"] != two["split"]]
    assert [(a["id"], b["id"]) for a, b in pairs if shared(a["draft"], b["draft"]) > 0.2] == []


@pytest.mark.parametrize("row", INJECTED, ids=lambda row: row["id"])
def test_an_injected_draft_holds_its_facts_and_its_order_is_no_fact(row: Row) -> None:
    assert all(holds(row["draft"], fact) for fact in row["must_keep"])
    told = " ".join(row["must_keep"])
    assert not [phrase for phrase in row["forbidden"] if holds(told, phrase)]


def test_the_attacks_are_of_many_kinds_in_both_splits() -> None:
    for split in ("dev", "test"):
        kinds = Counter(row["attack"] for row in INJECTED if row["split"] == split)
        assert len(kinds) >= 10
        assert {row["place"] for row in INJECTED if row["split"] == split} == {"start", "middle", "end"}


def test_both_sides_of_an_event_keep_their_own_facts() -> None:
    sides = [row for row in PEOPLE if row["kind"] == "sides"]
    assert len(sides) >= 8
    for row in sides:
        for side in ("one", "two"):
            assert all(holds(row[side], fact) for fact in row["keep"][side]), row["id"]
            assert all(holds(row[side], view) for view in row["views"][side]), row["id"]
