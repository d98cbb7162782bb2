"""Claims about the verdicts: each finds its planted defect, and leaves every sound rewrite alone.

Every case of ``planted_rewrites.yaml`` is one row of the data set's shape with rewrites that are sound
by hand. Each defect is a hand-written change of such a rewrite. Sensitivity and specificity are printed
(``pytest -s``) and held at 1.0.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.statements import stated
from evals.statistics import share
from evals.text import holds, names_beyond, sentences
from evals.verdicts import (
    BESIDE,
    CLEAN,
    UnreadableResultError,
    failures,
    invented_share,
    is_clean,
    judge,
    origins,
    read_result,
)

EVALS = Path(__file__).resolve().parents[1] / "evals"
TRAIN = EVALS / "datasets" / "rewrite_v1.jsonl"


def row(draft: str, **more: Any) -> dict[str, Any]:
    nothing = {"must_keep": [], "must_drop": [], "no_fact": False, "pattern": "none", "route": None}
    return {"id": "x", "draft": draft} | nothing | more


def rewrite(message: str, route: str | None = None, **more: Any) -> dict[str, Any]:
    to = {"to": route, "reasons": []} if route else None
    return {"message": message, "route": to, "pattern": {"name": "none"}} | more


CASES = yaml.safe_load((Path(__file__).parent / "planted_rewrites.yaml").read_text("utf-8"))
SOUND = [
    (row(**case["row"]), rewrite(message, case["row"].get("route"))) for case in CASES for message in case["sound"]
]
DEFECTS = [
    (row(**case["row"]), rewrite(bad["message"], bad.get("route", case["row"].get("route"))), bad["verdict"])
    for case in CASES
    for bad in case["defects"]
]


def test_every_planted_defect_is_found_and_no_sound_rewrite_is_faulted() -> None:
    assert len(SOUND) + len(DEFECTS) >= 40
    seen: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for data, result, name in DEFECTS:
        verdict = judge(data, read_result(result))[name]
        planted[name] += 1
        seen[name] += verdict.passed is False and bool(verdict.reasons)
    passed: Counter[str] = Counter()
    for data, result in SOUND:
        passed.update(name for name in CLEAN if judge(data, read_result(result))[name].passed is not False)
    claims = [judge(data, read_result(result))["claims"] for data, result in SOUND]
    assert all(verdict.passed for verdict in claims), "a sound rewrite claims nothing new"
    for name in CLEAN:
        print(f"{name:<8} sensitivity {seen[name]}/{planted[name]}  specificity {passed[name]}/{len(SOUND)}")
    assert set(planted) == set(CLEAN)
    assert seen == planted, "sensitivity"
    assert all(passed[name] == len(SOUND) for name in CLEAN), "specificity"


@pytest.mark.parametrize("index", range(len(SOUND)))
def test_a_sound_rewrite_is_clean(index: int) -> None:
    data, result = SOUND[index]
    verdicts = judge(data, read_result(result))
    assert is_clean(verdicts), failures(verdicts)


@pytest.mark.parametrize("index", range(len(DEFECTS)))
def test_a_planted_defect_is_not_clean_and_is_named(index: int) -> None:
    data, result, name = DEFECTS[index]
    verdicts = judge(data, read_result(result))
    assert not is_clean(verdicts)
    assert verdicts[name].passed is False, failures(verdicts)


@pytest.mark.parametrize(
    "given",
    [
        None,
        "a text",
        [],
        {},
        {"message": ""},
        {"message": " \n"},
        {"message": 3},
        {"message": "Hi.", "route": "hr"},
    ],
)
def test_a_reply_that_cannot_be_read_is_refused_and_not_judged(given: object) -> None:
    with pytest.raises(UnreadableResultError):
        read_result(given)


def test_the_verdicts_share_no_code_with_the_product() -> None:
    seen, todo = set(), ["verdicts"]
    while todo:
        name = todo.pop()
        seen.add(name)
        tree = ast.parse((EVALS / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [module for module in names if module.split(".")[0] == "assistant"], name
            inside = [module.removeprefix("evals.") for module in names if module.startswith("evals.")]
            todo += [module for module in inside if module not in seen]
    assert {"verdicts", "text", "statements", "numerals", "words"} <= seen


def test_a_draft_invents_nothing_against_itself() -> None:
    rows = [json.loads(line) for line in TRAIN.read_text("utf-8").splitlines()]
    for data in (data for data in rows if data["split"] == "train"):
        verdicts = judge(data, rewrite(data["draft"], data["route"]))
        assert not failures(verdicts, ("keeps", "numbers", "dates", "names", "claims", "quotes")), data["id"]
        assert len(failures(verdicts, ("drops",)).get("drops", ())) == len(data["must_drop"]), data["id"]


# -- the verdicts beside clean ----------------------------------------------------------------

PLAIN = row("You were 10 minutes late on Monday. The team waited.", pattern="micromanagement")

LATE = "You were 10 minutes late on Monday and the team waited for you. Please tell me if that happens."
BESIDE_CASES = [
    # verdict, sound, faulty
    ("pattern", {"pattern": {"name": "micromanagement"}}, {"pattern": {"name": "none"}}),
    ("pattern", {"pattern": "micromanagement"}, {}),
    ("say", {"say": "You were 10 minutes late. What happened?"}, {"say": "You " + "were late " * 45}),
    ("say", {"say": "You were late. " * 20}, {"say": "You were late. " * 28}),
    ("say", {"say": "Your start was late. What happened?"}, {"say": "The start was late. What happened?"}),
    ("addressed", {"message": "You were late."}, {"message": "She was late."}),
    ("addressed", {"message": "Your guest said “he is late”."}, {"message": "He is late, as you know."}),
    ("claims", {"message": LATE}, {"message": "Monday: customers cancelled contracts, revenue collapsed."}),
    (
        "claims",
        {"message": "Did traffic or sickness stop you?"},
        {"message": "Traffic and sickness stopped you."},
    ),
    ("quotes", {"message": "“10 minutes late”, I noted."}, {"message": "You said “I overslept again”."}),
    ("corporate", {"message": "Please be here early."}, {"message": "Going forward, let us touch base."}),
    (
        "spoken",
        {"say": "You were late. The team had to wait. What happened?"},
        {"say": "Punctuality considerations necessitate organisational accountability."},
    ),
]


def test_the_verdicts_beside_clean_find_their_fault_and_only_theirs() -> None:
    right: Counter[str] = Counter()
    for name, sound, faulty in BESIDE_CASES:
        good, bad = ({"message": "You were late.", "route": None} | given for given in (sound, faulty))
        right[name] += judge(PLAIN, read_result(good))[name].passed is True
        right[name] += judge(PLAIN, read_result(bad))[name].passed is False
    planted = Counter(name for name, _, _ in BESIDE_CASES)
    for name in BESIDE:
        print(f"{name:<10} {right[name]}/{2 * planted[name]}")
    assert set(planted) == set(BESIDE)
    assert right == Counter({name: 2 * count for name, count in planted.items()})


def test_they_never_make_a_rewrite_unclean() -> None:
    message = "She was 10 minutes late on Monday. Going forward, accountability improves stakeholder satisfaction."
    verdicts = judge(PLAIN, read_result({"message": message}))
    assert {"addressed", "claims", "corporate", "pattern"} <= set(failures(verdicts, BESIDE))
    assert is_clean(verdicts)


def test_the_share_of_new_words_tells_a_faithful_message_from_an_invented_one() -> None:
    faithful = invented_share(PLAIN, rewrite("You were 10 minutes late on Monday. The team was waiting."))
    invented = invented_share(PLAIN, rewrite("Customers complained and revenue collapsed."))
    assert faithful == 0.0
    assert invented == 1.0


def test_origins_are_counted_per_row_and_message() -> None:
    ledger = [{"origin": origin} for origin in ("draft", "model", "model", "repaired", "fallback")]
    whose = origins(rewrite("Hi.", ledger=ledger, origin="repaired"))
    assert whose.rows == {"draft": 1, "model": 2, "repaired": 1, "fallback": 1}
    assert (whose.own, whose.message) == (3, "repaired")


# -- the reading underneath -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "phrase", "there"),
    [
        ("bay 19", "9", False), ("at 9:15", "9", False), ("9.", "9", True), ("£45", "45", True),
        ("It’s  so", "it's so", True), ("unlocked", "locked", False), ("a\nteam player", "team player", True),
        ("costs £45.50", "£45", False), ("1,200", "200", False),
    ],
)  # fmt: skip
def test_a_phrase_is_found_as_whole_words(text: str, phrase: str, there: bool) -> None:
    assert holds(text, phrase) is there


def test_numbers_are_the_same_in_digits_and_in_words() -> None:
    assert stated("three, twenty-five, two dozen, a hundred, twice").numbers == {3, 25, 24, 100, 2}
    assert stated("3, 25, 24, 100 and 2").numbers == {3, 25, 24, 100, 2}


def test_words_that_only_look_like_facts_are_none() -> None:
    told = stated("One thing: first, this may be the one.\n1. I saw it\n2. You may march on in our one-on-one.")
    assert told == stated("")


@pytest.mark.parametrize("said", ["3 May", "May 3", "May 3rd", "3rd of May", "2026-05-03", "the 3rd May", "3/5"])
def test_a_date_is_the_same_however_it_is_spelled(said: str) -> None:
    assert (3, 5) in stated(f"It was late on {said} again.").dates


def test_ordinary_capitals_are_no_names() -> None:
    message = "Hi,\nThanks for coming. I'd like to talk on Monday in May. HR knows. “Late” is it. [Name, Place]"
    assert names_beyond(message + "\nNext Step: Team talk", "") == []


def test_a_title_does_not_end_a_sentence() -> None:
    assert sentences("Mrs. Hill rang. You left!\n- One more") == [
        "Mrs. Hill rang.",
        "You left!",
        "- One more",
    ]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (57, 60, 0.8630, 0.9829)]
)
def test_the_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    found = share(hits, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_share_of_nothing_is_no_number() -> None:
    assert str(share(0, 0)) == "0 of 0"
    assert share(0, 0).value != share(0, 0).value
    with pytest.raises(ValueError, match="not a share"):
        share(3, 2)
