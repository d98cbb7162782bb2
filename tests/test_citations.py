"""Claims about the check of citations: it passes what the passage says and finds planted lies about it."""

from __future__ import annotations

import json
import random
import re

import pytest

from evals import citations
from evals.library_text import passages
from evals.text import sentences, words

TEXTS = passages()
DRAWN = random.Random(3).sample(sorted(TEXTS), 120)


def spoken(id_: str) -> list[str]:
    """The sentences of a passage that say enough to be judged."""
    return [
        s
        for s in sentences(TEXTS[id_])
        if len(words(s)) >= 7 and s[-1] == "." and not s.startswith("Use when") and not set('“"') & set(s)
    ]


SAID = [(id_, sentence) for id_ in DRAWN for sentence in spoken(id_)]


def test_what_a_passage_says_is_borne_out_by_it() -> None:
    missed = [said for id_, said in SAID if not citations.borne_out(said, TEXTS[id_])]
    assert len(missed) <= 0.02 * len(SAID), missed


def test_what_another_passage_says_is_not() -> None:
    ids = sorted(TEXTS)
    believed = [
        said
        for id_, said in SAID
        for other in [
            random.Random(said).choice([one for one in ids if one.partition("#")[0] != id_.partition("#")[0]])
        ]
        if citations.borne_out(said, TEXTS[other])
    ]
    assert len(believed) <= 0.02 * len(SAID), believed


def test_a_number_that_was_changed_is_found() -> None:
    counted = re.compile(r"\b(?:two|three|four|five|six|ten|\d{1,2})\b(?! of)")
    lies = [(id_, lie) for id_, s in SAID if (lie := counted.sub("seventeen", s, count=1)) != s]
    believed = [lie for id_, lie in lies if citations.borne_out(lie, TEXTS[id_])]
    assert len(lies) >= 20
    assert len(believed) <= 0.1 * len(lies), believed


def test_a_statement_that_was_turned_round_is_found() -> None:
    turned = [
        (id_, new) for id_, s in SAID if (new := re.sub(r"\b(is|are|was|can)\b(?! not)", r"\1 not", s, count=1)) != s
    ]
    believed = [said for id_, said in turned if citations.borne_out(said, TEXTS[id_])]
    assert len(turned) >= 50
    assert len(believed) <= 0.1 * len(turned), believed


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        ("Say what you saw. Then stop. [1][2]", [("Say what you saw.", (1, 2)), ("Then stop.", (1, 2))]),
        ("“One. Two.” [1] “Three.” [2]", [("“One. Two.”", (1,)), ("“Three.”", (2,))]),
        ("Say what you saw.", [("Say what you saw.", ())]),
    ],
)
def test_an_answer_is_cut_into_sentences_with_their_numbers(
    answer: str, parts: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert citations.cited(answer) == parts


def test_a_quotation_has_to_stand_in_the_passage_and_what_is_said_beside_it_too() -> None:
    id_, said = SAID[0]
    assert citations.borne_out(f"“{said}”", TEXTS[id_])
    assert citations.borne_out(f"Schools differ here. The one: “{said}”", TEXTS[id_])
    assert not citations.borne_out(f"“{said} Always.”", TEXTS[id_])
    assert not citations.borne_out(f"“{said}” Penguins sing louder before breakfast.", TEXTS[id_])


def test_the_figures_count_sentences_without_a_passage_as_not_borne_out() -> None:
    id_, said = SAID[0]
    row = {"supported": True, "origin": "model", "seconds": 2.0, "citations": [{"id": id_, "quote": said}]}
    row["sentences"] = citations.judged({"answer": f"{said} [1] Penguins sing.", "citations": row["citations"]})
    facts = json.loads(json.dumps(citations.figures([row])))
    assert facts["sentences_borne_out"]["hits"] == 1
    assert facts["sentences_borne_out"]["n"] == 2
    assert facts["quotes_verbatim"]["value"] == 1.0
    assert "whose words: model 1" in citations.text(facts)
