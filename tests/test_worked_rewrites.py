"""Claims about the worked rewrites in ``knowledge/examples/rewrites.yaml``.

Knows the file, the closed vocabularies, the library's passage ids, and what a spoken text may hold. Knows nothing of
retrieval or of models. Of the product it uses the linter alone, to look at the texts that were written by hand.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from assistant.domain import Category, Fate, Kind, PatternName, RouteTo
from assistant.reading.language import Language

ROOT = Path(__file__).resolve().parent.parent
DATASETS = ROOT / "evals" / "datasets"
Row = dict[str, Any]
ROWS: list[Row] = yaml.load(
    (ROOT / "knowledge" / "examples" / "rewrites.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
)

TEXT = {"type": "string", "minLength": 1}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("id", "job", "situation", "fault", "draft", "ledger", "message", "say", "after_they_answer"),
        *("questions", "cite", "split"),
    ],
    "properties": {
        "id": {"pattern": r"^w\d{3}$"},
        "job": {"pattern": r"^[a-z_]+$"},
        "situation": {"pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$"},
        "fault": TEXT,
        "draft": TEXT,
        "ledger": {
            "type": "array",
            "minItems": 2,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["clause", "kind", "fate", "becomes"],
                "properties": {
                    "clause": TEXT,
                    "kind": {"enum": [str(kind) for kind in Kind]},
                    "fate": {"enum": [str(fate) for fate in Fate]},
                    "becomes": {"type": "string"},
                },
            },
        },
        "message": TEXT,
        "say": {"type": "string"},
        "after_they_answer": {"type": "string"},
        "questions": {"type": "array", "items": {"type": "string", "pattern": r"\?$"}},
        "pattern": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "evidence", "instead"],
            "properties": {
                "name": {"enum": [str(name) for name in PatternName if name is not PatternName.NONE]},
                "evidence": {"type": "array", "minItems": 1, "items": TEXT},
                "instead": TEXT,
            },
        },
        "route": {
            "type": "object",
            "additionalProperties": False,
            "required": ["to", "entangled", "because"],
            "properties": {
                "to": {"enum": [str(to) for to in RouteTo]},
                "entangled": {"type": "boolean"},
                "because": {"type": "array", "minItems": 1, "items": TEXT},
            },
        },
        "cite": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True},
        "split": {"const": "train"},
    },
}

SPOKEN = {"kept", "reworded", "parked"}
NEVER_SPOKEN = {"judgment", "generalization", "mind_reading", "hearsay", "threat", "instruction"}
NO_FACT_KINDS = {"observation", "impact", "report"}
UNWELCOME = {
    Category.LABEL,
    Category.GENERALIZATION,
    Category.MIND_READING,
    Category.HEARSAY,
    Category.THREAT,
    Category.COMPARISON,
}
WEEK = "monday tuesday wednesday thursday friday saturday sunday"
MONTHS = "january february march april may june july august september october november december"
WORDS = {"mar", "may", "sat", "sun", "wed"}
"""Openings of days and months that are words of their own."""
ABBREVIATED = {name[:3]: name for name in f"{WEEK} {MONTHS}".split() if name[:3] not in WORDS} | {
    "tues": "tuesday",
    "weds": "wednesday",
    "thurs": "thursday",
}
COUNTED = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand half twice dozen second third"
)
NUMBER_WORDS = frozenset(COUNTED.split())
CORPORATE = re.compile(
    r"\b(?:going forward|moving forward|touch base|opportunit\w*|please ensure|it is important that|circle back|"
    r"reach out|leverage|synerg\w*|learnings?|best practices?|area for improvement|take ownership|challenges?|"
    r"kindly|utili[sz]e|align(?:ed|ment)?|stakeholders?|proactive\w*)\b",
    re.IGNORECASE,
)
OPEN_QUESTION = re.compile(
    r"\b(?:what|how|where|why|which)\b|\b(?:tell|talk|walk|take) me\b|\bexplain to me\b", re.IGNORECASE
)
HELD_BACK = "before you say or send this"
GLUE = (
    "please thank thanks that's this with that were there your yours you're have about when same also then don't "
    "didn't it's said says took made went came gave sent found they"
)
"""Small words that joining and addressing bring in, and past forms that mended English does."""


def name_of(row: Row) -> str:
    return f"{row['id']}-{row['situation']}"


def plain(text: str) -> str:
    return text.replace("’", "'").replace("“", '"').replace("”", '"')


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", plain(text).casefold())


def numbers(text: str) -> set[str]:
    digits = {found.rstrip(".,:") for found in re.findall(r"\d[\d.,:/]*", text)}
    return digits | (NUMBER_WORDS & set(words(text)))


def dates(text: str) -> set[str]:
    """Names of days and months; "may" counts only with a capital, since it is a verb as well."""
    known = {*WEEK.split(), *MONTHS.split()} - {"may"}
    found = {ABBREVIATED.get(word, word) for word in (word.removesuffix("'s") for word in words(text))}
    return (found & known) | ({"may"} if re.search(r"\b(?:May|MAY)\b", text) else set())


def names(text: str) -> set[str]:
    """Capitalised words that do not open a sentence, a line or a quotation; blanks are left out."""
    text = re.sub(r"\[[^\]]*\]", " ", plain(text))
    found = re.finditer(r"[A-Z][\w'-]*", text)
    opening = re.compile(r"(?:^|[.!?:\n\"(][\"')]*\s*|\n- )$")
    kept = {m[0].casefold().removesuffix("'s") for m in found if not opening.search(text[: m.start()])}
    return {name for name in kept if not re.fullmatch(r"i(?:'\w+)?", name)} - dates(text)


def quotations(text: str) -> set[str]:
    return set(re.findall(r'"[^"]+"', plain(text)))


def sentences(text: str) -> list[str]:
    kept = re.sub(r'"[^"]*"', lambda m: re.sub(r"[.?!]", " ", m[0]), text)
    kept = re.sub(r"\b(Mr|Mrs|Ms|Dr|St)\.", r"\1", kept)
    return [s for s in re.split(r"(?<=[.?!])\s+|\n+", kept) if words(s)]


def spoken(row: Row) -> list[Row]:
    return [clause for clause in row["ledger"] if clause["fate"] in SPOKEN]


def is_held_back(row: Row) -> bool:
    """Whether nothing may be said before a person has seen it."""
    route = row.get("route", {})
    return bool(route.get("entangled") or route.get("to") == "emergency")


def has_fact(row: Row) -> bool:
    return any(clause["becomes"] for clause in row["ledger"])


def is_praise(row: Row) -> bool:
    kinds = Counter(clause["kind"] for clause in row["ledger"])
    blame = {"judgment", "threat", "generalization", "mind_reading", "comparison", "hearsay", "standard", "observation"}
    return kinds["praise"] > sum(kinds[kind] for kind in blame)


def stem(word: str) -> str:
    """The opening of a word, so that "send" and "sending" are one; "11th" is "11"."""
    return re.sub(r"(?<=\d)(?:st|nd|rd|th)$|'", "", word)[:4]


def five_grams(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return set(zip(*(found[start:] for start in range(5)), strict=False))


def shared(first: str, second: str) -> float:
    """The share of the shorter text's five-word runs that the other has too, as in test_datasets.py."""
    one, two = five_grams(first), five_grams(second)
    return len(one & two) / max(1, min(len(one), len(two)))


@cache
def measured() -> tuple[tuple[str, frozenset[tuple[str, ...]]], ...]:
    """The five-word runs of every text of every data set that measures, of any split, with the row's id."""
    measuring = [
        path for path in DATASETS.glob("*.jsonl") if path.stem != "routes_v1"
    ]  # train alone: for writing rules
    rows = [json.loads(line) for path in measuring for line in path.read_text("utf-8").splitlines()]
    texts = ((row["id"], text) for row in rows for text in row.values() if isinstance(text, str))
    return tuple((id_, grams) for id_, text in texts if (grams := frozenset(five_grams(text))))


@cache
def passage_ids() -> frozenset[str]:
    files = (ROOT / "knowledge" / "frameworks").glob("*.md")
    return frozenset(
        f"{path.stem}#{found}" for path in files for found in re.findall(r"\{#([a-z0-9-]+)\}", path.read_text("utf-8"))
    )


@pytest.fixture(scope="module")
def language() -> Language:
    return Language.load([ROOT / "knowledge" / "language"])


each = pytest.mark.parametrize("row", ROWS, ids=name_of)


@each
def test_a_worked_rewrite_fits_its_schema(row: Row) -> None:
    jsonschema.validate(row, SCHEMA)


def test_ids_count_up_and_no_situation_comes_twice() -> None:
    assert [row["id"] for row in ROWS] == [f"w{number:03d}" for number in range(1, len(ROWS) + 1)]
    assert len({row["situation"] for row in ROWS}) == len(ROWS)


@each
def test_the_clauses_cover_every_word_of_the_draft_in_order(row: Row) -> None:
    assert " ".join(clause["clause"] for clause in row["ledger"]).split() == row["draft"].split()


@each
def test_a_draft_is_as_long_as_what_people_paste(row: Row) -> None:
    assert 30 <= len(row["draft"].split()) <= 120


@each
def test_a_kept_clause_is_verbatim_but_for_its_first_letter_its_bullet_and_its_end(row: Row) -> None:
    def bare(text: str) -> str:
        return re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", text).rstrip(" .,;:!-")[1:]

    kept = [clause for clause in row["ledger"] if clause["fate"] == "kept"]
    assert [c["clause"] for c in kept if bare(c["clause"]) != bare(c["becomes"])] == []


@each
def test_a_reworded_clause_differs_from_the_draft_and_a_silent_one_says_nothing(row: Row) -> None:
    same = [
        c["clause"]
        for c in row["ledger"]
        if c["fate"] == "reworded" and c["clause"].rstrip(" .,;:") == c["becomes"].rstrip(" .")
    ]
    assert same == []
    assert [c["clause"] for c in row["ledger"] if (c["fate"] in SPOKEN) != bool(c["becomes"])] == []


@each
def test_what_holds_no_fact_is_never_spoken(row: Row) -> None:
    assert [c["clause"] for c in spoken(row) if c["kind"] in NEVER_SPOKEN] == []


@each
def test_a_clause_keeps_its_numbers_days_and_quotations_and_so_does_the_message(row: Row) -> None:
    """A comparison may lose the colleague's numbers, and only those."""
    for c in spoken(row):
        if c["kind"] != "comparison":
            assert numbers(c["becomes"]) == numbers(re.sub(r"^\d+[.)]\s", "", c["clause"])), c["clause"]
            assert dates(c["becomes"]) == dates(c["clause"]), c["clause"]
        assert quotations(c["becomes"]) == quotations(c["clause"]), c["clause"]
        assert numbers(c["becomes"]) <= numbers(row["message"]), c["clause"]
        assert dates(c["becomes"]) <= dates(row["message"]), c["clause"]
        assert quotations(c["becomes"]) <= quotations(row["message"]), c["clause"]


@each
def test_the_message_holds_what_every_spoken_clause_says(row: Row) -> None:
    """Nearly all of its words: joining sentences may lose a pronoun or a repeated name."""
    heard = {stem(word) for word in words(row["message"])}
    for c in spoken(row):
        needed = [word for word in words(c["becomes"]) if len(word) > 3]
        assert sum(stem(word) in heard for word in needed) >= 0.8 * len(needed), c["becomes"]


@each
@pytest.mark.parametrize("part", ["message", "say", "after_they_answer"])
def test_no_number_day_or_name_is_said_that_the_draft_lacks(row: Row, part: str) -> None:
    said = re.sub(r"\[[^\]]*\]|\(Confirm with HR before you say it\.\)", " ", row[part])
    said = re.sub(rf"^(?:Talk to|Call) your [^.]*? {HELD_BACK}\..*", " ", said)
    assert numbers(said) <= numbers(row["draft"])
    assert dates(said) <= dates(row["draft"])
    assert {name for name in names(said) if name not in plain(row["draft"]).casefold()} == set()


@each
def test_no_sentence_of_the_message_says_what_the_draft_does_not(row: Row) -> None:
    """Questions are the rewrite's own; statements are made of the draft's words, up to their endings."""
    given = {stem(word) for word in [*words(row["draft"]), *dates(row["draft"]), *GLUE.split()]}
    said = row["message"].replace("Removing the words does not remove the reason.", "")
    told = [s for s in sentences(said) if not s.endswith("?") and "[" not in s and HELD_BACK not in s]
    new = {word for s in told for word in words(s) if len(word) > 3 and stem(word) not in given}
    assert new == set()


@each
def test_say_is_short_ordered_and_ends_with_one_open_question(row: Row) -> None:
    if is_held_back(row):
        assert row["say"] == row["after_they_answer"] == ""
        return
    say = sentences(row["say"])
    assert 1 <= len(words(row["say"])) <= 80
    assert [s for s in say if len(words(s)) >= 20] == []
    asked = [s for s in say if s.endswith("?")]
    if is_praise(row):
        assert len(asked) <= 1
    else:
        assert asked == [say[-1]]
        assert OPEN_QUESTION.search(say[-1])
    assert row["after_they_answer"]


@each
def test_what_is_spoken_is_part_of_the_message_in_plain_words(row: Row) -> None:
    blank = r"\[[^\]]*\]"
    heard = {stem(word) for word in words(re.sub(blank, " ", row["message"]))}
    statements = [s for s in sentences(re.sub(blank, " ", row["say"])) if not s.endswith("?")]
    glue = {stem(word) for word in GLUE.split()}
    new = {word for s in statements for word in words(s) if len(word) > 3 and stem(word) not in heard | glue}
    assert new == set()
    assert [CORPORATE.findall(row[part]) for part in ("message", "say", "after_they_answer")] == [[], [], []]


@each
def test_another_topic_is_in_the_message_and_not_in_what_is_said_today(row: Row) -> None:
    for c in row["ledger"]:
        if c["fate"] == "parked":
            assert shared(c["becomes"], row["message"]) > 0.5
            assert shared(c["becomes"], row["say"]) == 0


@each
def test_a_draft_without_a_fact_gets_blanks_and_questions_and_a_report_is_told_apart(row: Row) -> None:
    told = [c for c in spoken(row) if c["kind"] in NO_FACT_KINDS | {"praise", "comparison"}]
    if not told and not is_held_back(row):
        assert "[" in row["message"]
        assert len(row["questions"]) >= 2
    asked = sum(c["fate"] == "asked" for c in row["ledger"])
    assert bool(row["questions"]) >= bool(asked)


@each
def test_a_route_holds_back_what_may_be_its_disguise(row: Row) -> None:
    route = row.get("route")
    routed = [c["clause"] for c in row["ledger"] if c["fate"] == "routed"]
    assert bool(route) == bool(routed)
    if not route:
        assert HELD_BACK not in row["message"]
        return
    text = " ".join(row["draft"].split())
    assert [piece for piece in route["because"] if piece not in text] == []
    assert [piece for piece in route["because"] if piece in row["message"]] == []
    assert (HELD_BACK in row["message"]) == is_held_back(row)
    if route["entangled"]:
        assert "Removing the words does not remove the reason." in row["message"]
        assert [c["clause"] for c in spoken(row) if c["kind"] in {"request", "consequence", "praise"}] == []


@each
def test_a_pattern_quotes_the_manager(row: Row) -> None:
    evidence = row.get("pattern", {}).get("evidence", [])
    assert [words_ for words_ in evidence if words_ not in " ".join(row["draft"].split())] == []


@each
def test_a_consequence_is_confirmed_before_it_is_said(row: Row) -> None:
    named = any(c["kind"] == "consequence" and c["becomes"] for c in row["ledger"])
    assert named == ("(Confirm with HR before you say it.)" in row["after_they_answer"])


@each
def test_a_citation_names_a_passage_of_the_library(row: Row) -> None:
    assert set(row["cite"]) <= passage_ids()


@each
def test_the_linter_finds_nothing_to_object_to_in_what_is_said(row: Row, language: Language) -> None:
    for part in ("message", "say", "after_they_answer"):
        found = [f for f in language.read(row[part]).findings if f.category in UNWELCOME]
        assert [(f.category, f.text) for f in found] == []


@each
def test_no_draft_nearly_repeats_a_row_that_is_used_for_measuring(row: Row) -> None:
    own = five_grams(row["draft"])
    assert [id_ for id_, grams in measured() if len(own & grams) > max(1, 0.1 * min(len(own), len(grams)))] == []


def test_the_likeness_sees_a_light_edit() -> None:
    draft = ROWS[0]["draft"]
    assert shared(draft, draft.replace("22", "32")) > 0.5


def test_no_two_worked_rewrites_are_alike() -> None:
    near = [(a["id"], b["id"]) for a, b in combinations(ROWS, 2) if shared(a["draft"], b["draft"]) > 0.1]
    assert near == []


def test_they_span_jobs_faults_and_the_hard_answers() -> None:
    def count(holds: Callable[[Row], object]) -> int:
        return sum(bool(holds(row)) for row in ROWS)

    jobs = Counter(row["job"] for row in ROWS)
    kinds = {c["kind"] for row in ROWS for c in row["ledger"]}
    assert len(ROWS) >= 120
    assert len(jobs) >= 20
    assert max(jobs.values()) <= 8
    assert kinds == {str(kind) for kind in Kind}
    assert 20 <= count(lambda row: row.get("route") or not has_fact(row)) <= 35
    assert {row["route"]["to"] for row in ROWS if "route" in row} == {str(to) for to in RouteTo}
    assert 12 <= count(is_praise) <= 24
    for pattern in ("micromanagement", "abdication"):
        assert sum(row.get("pattern", {}).get("name") == pattern for row in ROWS) >= 7
    assert count(lambda row: any(c["fate"] == "parked" for c in row["ledger"])) >= 6


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("message", ("22 minutes", "23 minutes")),
        ("message", ("Thursday at", "Friday at")),
        ("message", ("Checkout was", "For Marco checkout was")),
    ],
)
def test_a_planted_invention_is_seen(part: str, change: tuple[str, str]) -> None:
    row = ROWS[0]
    planted = row | {part: row[part].replace(*change)}
    assert planted[part] != row[part]
    with pytest.raises(AssertionError):
        test_no_number_day_or_name_is_said_that_the_draft_lacks(planted, part)
