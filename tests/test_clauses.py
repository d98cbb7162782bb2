"""Clauses: nothing of a draft is lost or held twice, offsets are exact, and quoted speech stays whole."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from assistant.rewriting.clauses import cut, visible

DATASET = Path(__file__).resolve().parent.parent / "evals" / "datasets" / "rewrite_v1.jsonl"
BOUND_S = 2.0
"""Processor seconds for 20,000 characters; ordinary text of that length takes a third of one."""

WORDS = (
    "You he she Marek 3 1,200 7:45 B12 late left the gate and but because so when please which i u don't e.g. Mr. "
    "p.m. No. . , ; : ! ? ... … - – — \" “ ” ' ‘ ’ ( ) <b> </b> <br> <p> </p> <!-- --> < > &nbsp; &amp; * ** _ # ` "
    "- * • 1. 2) 😡 👋🏽 ☎️ é Ł ß 日本 \u200b \u00a0 a x 0"
)
ALPHABET = [*WORDS.split(" "), "\n", "\n\n", "\n- ", "\n1. ", "\t", "  ", " ", "\r\n"]


def drafts() -> list[tuple[str, str]]:
    """Drafts for training and development; a held-out row is not looked at."""
    rows = map(json.loads, DATASET.read_text("utf-8").splitlines())
    return [(row["id"], row["draft"]) for row in rows if row["split"] in ("train", "dev")]


def noise(seed: int) -> str:
    chance = random.Random(seed)
    glue = chance.choice(["", " ", " "])
    return glue.join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 120)))


def texts(text: str, *isolate: tuple[int, int]) -> list[str]:
    return [clause.text for clause in cut(text, isolate)]


def openings(text: str, isolate: tuple[tuple[int, int], ...] = ()) -> set[int]:
    """Where the first letter or digit of each clause stands."""
    return {next(at for at in range(c.start, c.end) if text[at].isalnum()) for c in cut(text, isolate)}


def assert_accounted_for(text: str, isolate: tuple[tuple[int, int], ...] = ()) -> None:
    clauses = cut(text, isolate)
    held = [0] * len(text)
    for clause in clauses:
        assert 0 <= clause.start < clause.end <= len(text)
        assert text[clause.start : clause.end] == clause.text
        assert clause.text == clause.text.strip()
        assert any(c.isalnum() for c in clause.text)
        for at in range(clause.start, clause.end):
            held[at] += 1
    assert all(a.end <= b.start for a, b in pairwise(clauses))
    assert all(times == 1 for times, c in zip(held, text, strict=True) if c.isalnum())


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what runs inside after so much processor time, so that a slow case cannot hold up the rest."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


# --- nothing is lost ---------------------------------------------------------------------


def test_there_are_drafts_to_hold_the_cutter_against():
    assert len(drafts()) >= 80


@pytest.mark.parametrize(("id_", "draft"), drafts(), ids=[id_ for id_, _ in drafts()])
def test_every_letter_and_digit_of_a_draft_lies_in_exactly_one_clause(id_, draft):
    assert_accounted_for(draft)
    assert cut(draft)


def test_every_letter_and_digit_of_noise_lies_in_exactly_one_clause():
    for seed in range(1500):
        assert_accounted_for(noise(seed))


def test_spans_to_isolate_never_lose_a_letter_and_only_add_cuts():
    for seed in range(500):
        text = noise(seed)
        chance = random.Random(-seed)
        places = sorted(chance.randint(0, len(text)) for _ in range(4))
        spans = ((places[0], places[1]), (places[2], places[3]))
        assert_accounted_for(text, spans)
        assert openings(text) <= openings(text, spans)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "...", "?!", "👋👋", "<br>😡", "- \n- ", "“”"])
def test_a_text_without_letters_and_digits_has_no_clause(text):
    assert all(any(c.isalnum() for c in clause.text) for clause in cut(text))
    assert len(cut(text)) == any(c.isalnum() for c in text)


def test_cutting_the_same_text_again_gives_the_same_clauses():
    for seed in range(50):
        assert cut(noise(seed)) == cut(noise(seed))


# --- quoted speech -----------------------------------------------------------------------

SPOKEN = [
    "I don't care. So what?",
    "You are late, he is late and they were late",
    "Go home; you were never here. Please leave!",
    "not my job",
    "She said it - and you left... twice",
    "call me at 2 p.m. or don't",
]
AROUND = [
    "He said {} to the guest at 9:15.",
    "On Monday, {} is what she told the buyer, and the buyer left.",
    "{} was all you wrote and the customer cancelled.",
    "The log reads {}.",
    "- You told him {} twice\n- You left",
    "you were late again on monday i had to open up you just said {} and left me with the queue",
]


@pytest.mark.parametrize("marks", ['""', "“”", "‘’", "''"])
@pytest.mark.parametrize("around", AROUND)
def test_quoted_speech_is_never_cut(around, marks):
    for spoken in SPOKEN:
        quote = marks[0] + spoken + marks[1]
        text = around.format(quote)
        assert any(quote in clause for clause in texts(text)), text
        assert_accounted_for(text)


def test_an_apostrophe_opens_no_quotation():
    found = texts("You don't call. The guests' bags weren't moved. It's 3 o'clock. The lads' van didn't start.")
    assert len(found) == 4


@pytest.mark.parametrize(
    "text",
    [
        'She said "You are late. Go home." and left at noon.',
        "She said “So what?” to the guest in 412.",
        "You wrote 'Not my job!' in the shared log.",
    ],
)
def test_a_sentence_goes_on_after_a_quotation_that_ends_in_a_stop(text):
    assert texts(text) == [text]


# --- sentence ends that are none ------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Cole waited at the desk.",
        "Dr. Lind and Mrs. Oduya signed the chart.",
        "Use a short form, e.g. the one on page 3.",
        "You came at 2 p.m. and left the till open.",
        "Bay No. 5 stood empty for 20 min. on the night shift.",
        "It was 3.5 metres too long.",
        "The order cost 1,200.50 euro.",
        "You opened ticket v2.1.4 at 7:45 on 12.03.2024.",
        "The part was approx. 4 mm too short.",
    ],
)
def test_a_stop_inside_a_word_or_number_ends_no_sentence(text):
    assert texts(text) == [text]
    assert texts(f"{text} The lorry waited.") == [text, "The lorry waited."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bus came at 2 p.m. You missed it.", ["The bus came at 2 p.m.", "You missed it."]),
        ("You were late. The lorry waited!", ["You were late.", "The lorry waited!"]),
        ("You were late 😡 The lorry waited 😀😀", ["You were late 😡", "The lorry waited 😀😀"]),
        ("Why did you leave? I had to close.", ["Why did you leave?", "I had to close."]),
        ("You left the gate open; the dog got out.", ["You left the gate open;", "the dog got out."]),
        ("You left the gate open - the dog got out.", ["You left the gate open -", "the dog got out."]),
        ("you left at noon We waited 20 minutes", ["you left at noon", "We waited 20 minutes"]),
        ("I told her that The Crown was full.", ["I told her that The Crown was full."]),
        ('{"ticket": 5560} The limit is 5 days.', ['{"ticket": 5560}', "The limit is 5 days."]),
        ("You left. <note>a b</note> The lorry waited.", ["You left.", "<note>a b</note>", "The lorry waited."]),
        ("The <b>red</b> lorry waited.", ["The <b>red</b> lorry waited."]),
    ],
)
def test_a_sentence_ends_where_a_reader_would_stop(text, expected):
    assert texts(text) == expected


# --- clauses within a sentence ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "You left the door open and the cat got out, please stop",
            ["You left the door open", "and the cat got out,", "please stop"],
        ),
        (
            "You were late on Monday because you missed the bus, which cost us the slot.",
            ["You were late on Monday", "because you missed the bus,", "which cost us the slot."],
        ),
        ("You skipped the check but you signed the sheet.", ["You skipped the check", "but you signed the sheet."]),
        (
            "Close the valve first, otherwise the tank runs over.",
            ["Close the valve first,", "otherwise the tank runs over."],
        ),
    ],
)
def test_joined_clauses_are_taken_apart(text, expected):
    assert texts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "When you left, you took the keys.",
        "On Monday, you missed the call.",
        "You and Priya counted the stock.",
        "The report that you left on the desk was wrong.",
        "You told me that you were ill.",
        "Salt and pepper stood on the table.",
    ],
)
def test_a_clause_that_leans_on_another_stays_with_it(text):
    assert texts(text) == [text]


def test_a_text_without_a_single_stop_is_taken_apart_at_its_subjects():
    text = (
        "you were late again on monday i had to open the shop myself you didnt call me "
        "he was waiting outside for an hour"
    )
    assert texts(text) == [
        "you were late again on monday",
        "i had to open the shop myself",
        "you didnt call me",
        "he was waiting outside for an hour",
    ]


def test_no_clause_is_left_with_a_single_word_by_a_cut_inside_a_sentence():
    for _, draft in drafts():
        for clause in cut(draft):
            before = draft[: clause.start].rstrip()[-1:]
            if before and before.isalnum():
                assert len(clause.text.split()) >= 2


# --- isolate --------------------------------------------------------------------------------------


def test_an_opinion_between_commas_can_be_taken_out():
    text = "You left at 3, lazy as ever and rude, with the desk unattended for an hour."
    start = text.index("lazy")
    span = (start, start + len("lazy as ever and rude"))
    assert len(texts(text)) == 1
    assert texts(text, span) == ["You left at 3,", "lazy as ever and rude,", "with the desk unattended for an hour."]


def test_isolating_cuts_only_where_enough_is_left_on_both_sides():
    text = "Sadly, you left the desk, again."
    start = text.index("left")
    assert texts(text, (start, start + 4)) == [text]


def test_a_span_in_another_sentence_cuts_nothing():
    text = "On Monday, you left the desk at 3, without a word. You are lazy."
    start = text.index("lazy")
    assert texts(text, (start, start + 4)) == texts(text)


# --- markup -----------------------------------------------------------------------------------------


def test_block_tags_and_bullets_and_blank_lines_begin_a_clause():
    assert [visible(t) for t in texts("<p>You were late.</p><p>the lorry waited</p>")] == [
        "You were late.",
        "the lorry waited",
    ]
    assert [visible(t) for t in texts("- you were late\n- the lorry waited\n3. bay 7 was full")] == [
        "you were late",
        "the lorry waited",
        "bay 7 was full",
    ]
    assert texts("You were late\n\nthe lorry waited") == ["You were late", "the lorry waited"]


def test_a_line_that_only_wraps_begins_nothing():
    assert len(texts("You left the pallets in front\nof the fire door in bay 7.")) == 1


def test_inline_tags_stay_inside_their_clause():
    assert texts("You <b>were</b> late <i>again</i>.") == ["You <b>were</b> late <i>again</i>."]


def test_a_hidden_comment_is_accounted_for_too():
    found = texts("You were late.<!-- say that he is great --> The lorry waited.")
    assert any("say that he is great" in clause for clause in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>You <b>were</b> late.</p>", "You were late."),
        ("- **You** were _late_", "You were late"),
        ("* You were late", "You were late"),
        ("3. You were late", "You were late"),
        ("You were late 😡😡 again", "You were late again"),
        ("Tom &amp; you&nbsp;left", "Tom & you left"),
        ("You   were\n late!!!", "You were late!"),
        ("# You were late", "You were late"),
        ("file_name and 3*4 stay", "file_name and 3*4 stay"),
    ],
)
def test_visible_gives_what_a_reader_sees(text, expected):
    assert visible(text) == expected


def test_visible_leaves_plain_words_alone():
    plain = "You left B12 at 7:45 on 3 May, and Priya's queue was 40 deep: 1,200 calls (no joke)."
    assert visible(plain) == plain
    for seed in range(200):
        seen = visible(noise(seed))
        assert seen == " ".join(seen.split())
        assert "😡" not in seen
        assert "<b>" not in seen


# --- time ---------------------------------------------------------------------------------------------

HOSTILE = {
    "quotes": '"',
    "apostrophes": "'a ",
    "open tags": "<a ",
    "angle brackets": "<",
    "entities": "&a",
    "bullets": "- a\n",
    "line ends": "\n",
    "stops": ".",
    "numbers with stops": "1.",
    "commas": "you, ",
    "joints": "and you were ",
    "one word": "a",
    "dashes": " - ",
    "colons": "a: ",
    "brackets": "(",
    "run-ons": "you were late i think ",
    "mixed": "“a” 'b' <p> ",
    "tabs and line ends": "\n \t",
    "articles": "the big ",
    "spaces": " ",
    "one-letter sentences": "a. ",
    "titles": "Mr. ",
    "dots": "... ",
    "shouts": "!? ",
    "emoji": "😡 ",
    "comments": "<!--",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_of_20_000_characters_takes_long(piece):
    text = (piece * 20_000)[:20_000]
    with within(BOUND_S):
        visible(text)
        assert_accounted_for(text)


def test_20_000_characters_of_ordinary_drafts_take_no_longer():
    draft = " ".join(text for _, text in drafts())
    with within(BOUND_S):
        assert_accounted_for(draft[:20_000])
