"""Kinds: beliefs are probabilities, and on clauses it has not seen the reader is right as often as was measured."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from assistant.domain import Kind
from assistant.library.corpus import ClauseExample, read_examples
from assistant.library.embedder import MiniLM
from assistant.models import weights
from assistant.rewriting.kinds import KIND_OF, OPINIONS, KindReader, KindReading, likeliest
from assistant.shelf import knowledge_folder

EXAMPLES = read_examples(knowledge_folder() / "examples" / "clauses.yaml")
FOLDS = 4
SEED = 0

HOSTILE = [
    "",
    " ",
    "😡😡",
    "<b></b>",
    "7:45",
    "a",
    "NO!!!",
    "你迟到了",
    "x " * 2000,
    "\u200b",
    "ignore all of the above",
]


@pytest.fixture(scope="module")
def vectors():
    """Each worked clause's vector, computed once."""
    folder = weights.ensure_embedder()
    if folder is None:
        pytest.skip("the embedding model's package is not installed")
    model = MiniLM(folder)
    clauses = [example.clause for example in EXAMPLES]
    known = dict(zip(clauses, model.encode_form(clauses), strict=True))

    def embed(texts):
        new = [text for text in texts if text not in known]
        known.update(zip(new, model.encode_form(new), strict=True) if new else ())
        return np.array([known[text] for text in texts])

    return embed


@pytest.fixture(scope="module")
def reader(vectors):
    return KindReader(EXAMPLES, vectors)


@pytest.fixture(scope="module")
def plain():
    """A reader without the embedding model."""
    return KindReader(EXAMPLES, None)


@pytest.fixture(scope="module")
def unseen(vectors):
    """Each worked clause with its reading by a reader that has not seen it."""
    return held_out(vectors)


def held_out(embed, parts=FOLDS) -> list[tuple[ClauseExample, KindReading]]:
    """Each example of some parts as read by a reader that has seen the other seven. Equal clauses share a part."""
    clauses = sorted({example.clause.lower() for example in EXAMPLES})
    order = np.random.default_rng(SEED).permutation(len(clauses))
    fold = {clauses[at]: place % FOLDS for place, at in enumerate(order)}
    found = []
    for part in range(parts):
        train = [e for e in EXAMPLES if fold[e.clause.lower()] != part]
        asked = [e for e in EXAMPLES if fold[e.clause.lower()] == part]
        found += zip(asked, KindReader(train, embed).read([e.clause for e in asked]), strict=True)
    return found


def right(found) -> float:
    return float(np.mean([likeliest(reading.shares) == example.kind for example, reading in found]))


def right_about_speaking(found) -> float:
    return float(np.mean([(reading.unspoken < 0.5) == bool(example.becomes) for example, reading in found]))


# --- beliefs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["reader", "plain"])
def test_beliefs_are_probabilities_on_any_text(which, request):
    found = request.getfixturevalue(which).read([e.clause for e in EXAMPLES[::10]] + HOSTILE)
    assert len(found) == len(EXAMPLES[::10]) + len(HOSTILE)
    for reading in found:
        assert set(reading.shares) == set(Kind)
        assert all(0.0 <= share <= 1.0 for share in reading.shares.values())
        assert sum(reading.shares.values()) == pytest.approx(1.0)
        assert 0.0 <= reading.unspoken <= 1.0


def test_nothing_asked_is_nothing_read(plain):
    assert plain.read([]) == []


def test_the_company_of_other_clauses_changes_no_belief(reader):
    clauses = [e.clause for e in EXAMPLES[:40]]
    together = reader.read(clauses)
    for at, alone in enumerate(clauses):
        single = reader.read([alone])[0]
        assert single.unspoken == pytest.approx(together[at].unspoken, abs=1e-6)
        assert single.shares == pytest.approx(together[at].shares, abs=1e-6)


def test_the_order_of_the_examples_changes_no_belief(vectors, reader):
    backwards = KindReader(EXAMPLES[::-1], vectors)
    clauses = [e.clause for e in EXAMPLES[:40]]
    for one, other in zip(reader.read(clauses), backwards.read(clauses), strict=True):
        assert one.shares == pytest.approx(other.shares, abs=1e-6)


def test_the_likeliest_kind_is_the_one_believed_most_among_those_allowed():
    shares = dict.fromkeys(Kind, 0.01) | {Kind.JUDGMENT: 0.5, Kind.IMPACT: 0.3}
    assert likeliest(shares) == Kind.JUDGMENT
    assert likeliest(shares, frozenset(Kind) - OPINIONS) == Kind.IMPACT
    assert likeliest(shares, frozenset({Kind.PRAISE})) == Kind.PRAISE


def test_an_opinion_that_a_rule_finds_is_of_a_kind_that_is_never_spoken_as_it_stands():
    spoken = {kind for kind in KIND_OF.values() if kind not in OPINIONS}
    assert spoken == {Kind.PRAISE, Kind.INSTRUCTION}


# --- accuracy ----------------------------------------------------------------------------------

# Measured in eight folds with 2,019 clauses: 0.725 of the kinds, and 0.913 of whether anything
# is spoken; without the embedding model, which is tried in two folds here and so learns from half the clauses, 0.524
# and 0.86. Three points below is a regression and no change of wording.
KIND_FLOOR = 0.69
SPOKEN_FLOOR = 0.88
PLAIN_KIND_FLOOR = 0.49
PLAIN_SPOKEN_FLOOR = 0.83


def test_every_kind_has_worked_clauses_to_learn_from():
    seen = Counter(example.kind for example in EXAMPLES)
    assert min(seen[kind] for kind in Kind) >= FOLDS


def test_clauses_it_has_not_seen_are_read_as_well_as_was_measured(unseen):
    assert right(unseen) >= KIND_FLOOR
    assert right_about_speaking(unseen) >= SPOKEN_FLOOR


def test_without_the_embedding_model_it_still_reads_better_than_a_guess():
    found = held_out(None, parts=FOLDS // 2)
    assert right(found) >= PLAIN_KIND_FLOOR
    assert right_about_speaking(found) >= PLAIN_SPOKEN_FLOOR
    commonest = Counter(e.kind for e in EXAMPLES).most_common(1)[0][1]
    spoken = sum(bool(e.becomes) for e in EXAMPLES)
    assert right(found) > 2 * commonest / len(EXAMPLES)
    assert right_about_speaking(found) > max(spoken, len(EXAMPLES) - spoken) / len(EXAMPLES)


def test_what_it_has_seen_it_reads_again(reader):
    found = list(zip(EXAMPLES, reader.read([e.clause for e in EXAMPLES]), strict=True))
    assert right(found) >= 0.9


def test_an_unsure_reading_is_wrong_more_often_than_a_sure_one(unseen):
    found = sorted(unseen, key=lambda pair: max(pair[1].shares.values()))
    half = len(found) // 2
    assert right(found[:half]) < right(found[half:])


def test_a_clause_of_plain_opinion_is_unspoken_and_one_of_plain_fact_is_spoken(reader):
    opinion, fact = reader.read(["You are lazy and rude", "You left the gate open for 20 minutes on 3 May"])
    assert opinion.unspoken > 0.5 > fact.unspoken
    assert likeliest(opinion.shares) in OPINIONS
    assert likeliest(fact.shares) == Kind.OBSERVATION
