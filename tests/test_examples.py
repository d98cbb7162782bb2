"""Claims about the worked clauses in ``knowledge/examples/clauses.yaml``.

Knows the file, the closed vocabularies and what a spoken sentence may hold. Knows nothing of
retrieval or of models, and shares no code with the product's own checks.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from assistant.domain import Fate, Kind

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES: list[dict[str, str]] = yaml.safe_load((ROOT / "knowledge" / "examples" / "clauses.yaml").read_text("utf-8"))
HELD_OUT = ROOT / "evals" / "datasets" / "rewrite_v4.jsonl"

SILENT = {"dropped", "asked", "routed"}
SPOKEN = {"kept", "reworded"}
# Kinds that never reach the employee in any wording.
NEVER_SPOKEN = {"judgment", "generalization", "mind_reading", "hearsay", "threat", "instruction"}
NUMBER_WORDS = frozenset(
    re.findall(
        r"\w+",
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty "
        "forty fifty sixty hundred thousand half twice",
    )
)
DAYS = frozenset(
    re.findall(
        r"\w+",
        "monday tuesday wednesday thursday friday saturday sunday january february march april june july "
        "august september october november december",
    )
)
NEGATION = re.compile(
    r"\b(?:not?|nobody|none|nothing|without|never|neither|nor|cannot|wasnt|didnt|dont|havent|isnt|"
    r"fail\w*|refus\w*|forg[eo]t\w*|miss\w*|un(?:locked|answered|signed)|couldn't be bothered)\b|n['’]t\b",
    re.IGNORECASE,
)
CORPORATE = re.compile(
    r"\b(?:going forward|moving forward|touch base|opportunit\w*|please ensure|it is important that|"
    r"circle back|reach out|leverage|synerg\w*|learnings?|best practices?|area for improvement|"
    r"take ownership|high[- ]quality|challenges?)\b",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"\b(?:lazy(?![- ]load)|lazily|careless(?:ly)?|sloppy|slob|useless|unprofessional(?:ly)?|"
    r"rude(?:ly)?|stupid(?:ly)?|dumb|"
    r"idiot\w*|moron\w*|incompeten\w+|arrogan\w+|selfish(?:ly)?|bossy|emotional|dramatic|drama queen|toxic|"
    r"clueless|childish|immature|pathetic|hopeless|terrible|awful|ridiculous|disgraceful|disgusting|lousy|"
    r"clown|joker|princess|diva|amateur\w*|genius|irresponsible|negligent|disrespectful|aggressive|moody|"
    r"hysterical|difficult person|typical|attitude|damn|bloody|crap|shit\w*|fuck\w*|hell|arse)\b",
    re.IGNORECASE,
)
ABSOLUTE = re.compile(r"\b(?:you|your)\b[^.?]*\b(?:always|never|constantly|every single time|forever)\b", re.IGNORECASE)
MIND = re.compile(
    r"\b(?:you (?:do not|don't|didn't|couldn't) care|on purpose|deliberately|because you (?:hate|want|think)|"
    r"obviously|clearly|couldn't be bothered|you (?:just )?(?:think|thought|felt|wanted))\b",
    re.IGNORECASE,
)


def _outside_quotes(text: str) -> str:
    return re.sub(r'"[^"]*"', " ", text)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.lower())


def _numbers(text: str) -> Counter[str]:
    digits = re.findall(r"\d+(?:[.,:/]\d+)*", text)
    return Counter(digits + [word for word in _words(text) if word in NUMBER_WORDS])


def _quotes(text: str) -> set[str]:
    return set(re.findall(r'"[^"]+"', text))


def _failing(fault: Callable[[dict[str, str]], object]) -> list[str]:
    """Return the ids of the examples for which ``fault(example)`` is true."""
    return [row["id"] for row in EXAMPLES if fault(row)]


def _ngrams(words: list[str], n: int = 5) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def test_every_example_has_exactly_the_agreed_fields_as_text() -> None:
    fields = {"id", "job", "clause", "kind", "fate", "becomes", "split"}
    assert not _failing(lambda row: set(row) - {"question"} != fields)
    assert not _failing(lambda row: not all(isinstance(value, str) for value in row.values()))


def test_kinds_and_fates_are_of_the_closed_vocabularies_and_all_is_training_material() -> None:
    assert not _failing(lambda row: row["kind"] not in set(Kind))
    assert not _failing(lambda row: row["fate"] not in set(Fate))
    assert not _failing(lambda row: row["split"] != "train")
    assert not _failing(lambda row: re.fullmatch(r"[a-z_]+", row["job"]) is None)


def test_ids_are_unique_and_of_one_form() -> None:
    ids = [row["id"] for row in EXAMPLES]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"c\d{3,4}", one) for one in ids)


def test_there_are_enough_examples_of_every_kind_and_job() -> None:
    kinds = Counter(row["kind"] for row in EXAMPLES)
    jobs = Counter(row["job"] for row in EXAMPLES)
    assert len(EXAMPLES) >= 960
    assert min(kinds[kind] for kind in Kind) >= 10
    assert kinds[Kind.OBSERVATION] >= 150
    assert len(jobs) >= 20
    assert min(jobs.values()) >= 30


def test_spoken_and_silent_clauses_are_both_common_so_neither_is_the_safe_guess() -> None:
    """A reader trained on mostly spoken clauses lets opinions through."""
    silent = sum(row["fate"] in SILENT for row in EXAMPLES) / len(EXAMPLES)
    assert 0.4 <= silent <= 0.6


def test_background_is_taught_both_ways_the_events_said_and_the_managers_mood_not() -> None:
    fates = Counter(row["fate"] in SPOKEN for row in EXAMPLES if row["kind"] == Kind.BACKGROUND)
    assert min(fates[True], fates[False]) >= 30


def test_most_plain_facts_can_be_told_without_a_number_or_a_quotation() -> None:
    """Otherwise a digit would be what tells a fact from an opinion."""
    facts = [row["clause"] for row in EXAMPLES if row["kind"] in {Kind.OBSERVATION, Kind.IMPACT}]
    assert sum(re.search(r"[\d\"]", fact) is None for fact in facts) >= 100


def test_clauses_are_as_long_as_real_clauses() -> None:
    assert not _failing(lambda row: not 2 <= len(_words(row["clause"])) <= 36)


def test_a_kept_clause_is_verbatim_but_for_its_first_letter_and_its_full_stop() -> None:
    def changed(row: dict[str, str]) -> bool:
        was, now = row["clause"].rstrip(" .,;"), row["becomes"].rstrip(" .")
        return row["fate"] == "kept" and was[1:] != now[1:]

    assert not _failing(changed)


def test_a_reworded_clause_is_not_the_clause_itself() -> None:
    assert not _failing(
        lambda row: row["fate"] == "reworded" and row["clause"].rstrip(" .") == row["becomes"].rstrip(" .")
    )


def test_what_is_dropped_asked_or_routed_says_nothing_to_the_employee() -> None:
    assert not _failing(lambda row: row["fate"] in SILENT and row["becomes"] != "")
    assert not _failing(lambda row: row["fate"] in SPOKEN and row["becomes"] == "")


def test_kinds_that_hold_no_fact_are_never_spoken() -> None:
    assert not _failing(lambda row: row["kind"] in NEVER_SPOKEN and row["fate"] in SPOKEN)


def test_only_an_asked_clause_carries_a_question_and_it_is_one() -> None:
    assert not _failing(lambda row: (row["fate"] == "asked") != ("question" in row))
    assert not _failing(lambda row: not row.get("question", "?").endswith("?"))


def test_every_number_of_a_spoken_clause_stays_and_none_is_added() -> None:
    """A comparison may lose the colleague's numbers, and only those."""

    def drifted(row: dict[str, str]) -> bool:
        was, now = _numbers(row["clause"]), _numbers(row["becomes"])
        return not now <= was or (row["kind"] != Kind.COMPARISON and now != was)

    assert not _failing(lambda row: row["fate"] in SPOKEN and drifted(row))


def test_days_and_months_stay_and_none_is_added() -> None:
    def moved(row: dict[str, str]) -> bool:
        was, now = (DAYS & set(_words(row[name])) for name in ("clause", "becomes"))
        return not now <= was or (row["kind"] != Kind.COMPARISON and now != was)

    assert not _failing(lambda row: row["fate"] in SPOKEN and moved(row))


def test_quoted_speech_is_verbatim() -> None:
    assert not _failing(lambda row: row["fate"] in SPOKEN and _quotes(row["clause"]) != _quotes(row["becomes"]))


def test_a_negation_is_neither_lost_nor_added() -> None:
    def flipped(row: dict[str, str]) -> bool:
        return bool(NEGATION.search(row["clause"])) != bool(NEGATION.search(row["becomes"]))

    assert not _failing(lambda row: row["fate"] in SPOKEN and flipped(row))


def test_names_and_capitalised_words_are_never_invented() -> None:
    def invented(row: dict[str, str]) -> set[str]:
        inner = re.findall(r"(?<![.?!] )(?<!^)(?<!\")\b[A-Z][\w'-]+", row["becomes"])
        return {word.lower() for word in inner} - set(re.findall(r"[\w'-]+", row["clause"].lower()))

    assert not _failing(lambda row: bool(invented(row)))


@pytest.mark.parametrize("rule", [CORPORATE, LABEL, ABSOLUTE, MIND], ids=["corporate", "label", "absolute", "mind"])
def test_what_is_spoken_is_free_of_labels_absolutes_mind_reading_and_corporate_phrases(
    rule: re.Pattern[str],
) -> None:
    assert not _failing(lambda row: rule.search(_outside_quotes(row["becomes"])))


def test_what_is_spoken_is_one_or_two_plain_sentences_with_a_capital_and_an_end() -> None:
    def odd(text: str) -> bool:
        ends = re.findall(r"[.?!](?=\s|$)", re.sub(r"\b(?:Mrs?|Ms|Dr|No)\.", "", _outside_quotes(text)))
        return not (text[0].isupper() or text[0].isdigit() or text[0] in '"£$€') or not 1 <= len(ends) <= 2

    assert not _failing(lambda row: row["becomes"] and not row["becomes"].endswith((".", "?")))
    assert not _failing(lambda row: row["becomes"] and odd(row["becomes"]))
    assert not _failing(lambda row: re.search(r"[!\U0001F300-\U0001FAFF]", row["becomes"]))


def test_no_two_examples_are_near_duplicates() -> None:
    bags = [(row["id"], set(_words(row["clause"]))) for row in EXAMPLES]
    close = [(a, b) for (a, left), (b, right) in combinations(bags, 2) if _jaccard(left, right) > 0.8]
    assert not close


def _jaccard(left: set[str], right: set[str]) -> float:
    return len(left & right) / len(left | right)


@pytest.mark.skipif(not HELD_OUT.exists(), reason="the rewrite data set is not in this checkout")
def test_no_example_is_a_near_duplicate_of_a_held_out_draft() -> None:
    rows = [json.loads(line) for line in HELD_OUT.read_text("utf-8").splitlines() if line.strip()]
    drafts = {row["id"]: _ngrams(_words(row["draft"])) for row in rows if row["split"] in ("dev", "test")}
    assert drafts
    close = []
    for row in EXAMPLES:
        grams = _ngrams(_words(row["clause"]))
        close += [(row["id"], one) for one, seen in drafts.items() if len(grams & seen) > 0.5 * len(grams)]
    assert not close
