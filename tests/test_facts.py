"""Facts: two spellings of one fact are equal, two facts never are, and what a text loses or gains is told."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from assistant.rewriting import facts as facts_module
from assistant.rewriting.facts import added, dates, facts, lost, names, numbers, quotes

DATASET = Path(__file__).resolve().parent.parent / "evals" / "datasets" / "rewrite_v1.jsonl"


def drafts() -> list[str]:
    """Drafts for training and development; a held-out row is not looked at."""
    rows = map(json.loads, DATASET.read_text("utf-8").splitlines())
    return [row["draft"] for row in rows if row["split"] in ("train", "dev")]


# --- numbers ---------------------------------------------------------------------------

SAME_NUMBER = [
    ["1,200 boxes", "1200 boxes"],
    ["5k euro", "5 k euro", "5K euro", "5000 euro", "5,000 euro"],
    ["1.5k views", "1500 views"],
    ["three boxes", "3 boxes", "THREE boxes"],
    ["twice this week", "2 times this week", "two times this week"],
    ["a dozen eggs", "12 eggs"],
    ["at 2 p.m.", "at 2pm", "at 2 pm", "at 2 PM", "at 2:00 p.m.", "at 2 p.m. sharp"],
    ["at 7 a.m.", "at 7am"],
    ["at 10.30 am", "at 10:30am"],
    ["$500", "500 dollars", "€500"],
    ["25%", "25 %", "25 percent"],
    ["the 3rd of the month", "the third of the month"],
    ["15kg of flour", "15 kg of flour"],
    ["zero calls", "0 calls"],
    ["£1,250.50", "1250.50 pounds"],
    ["It was 20.", "It was 20 then"],
]
DIFFERENT_NUMBERS = ["7.45", "7:45", "745", "7", "45", "12/05", "12.05", "12:05", "2pm", "2am", "2", "1200", "1.2"]


@pytest.mark.parametrize("spellings", SAME_NUMBER, ids=lambda s: s[0])
def test_a_number_is_the_same_in_every_spelling(spellings):
    first, *others = spellings
    assert len(numbers(first)) == 1
    for other in others:
        assert numbers(other) == numbers(first)
        assert not lost(first, other)
        assert not added(first, other)


@pytest.mark.parametrize(("one", "other"), list(combinations(DIFFERENT_NUMBERS, 2)))
def test_different_numbers_never_count_as_one(one, other):
    before, after = f"You wrote {one} in the log.", f"You wrote {other} in the log."
    assert lost(before, after)
    assert added(before, after)


def test_every_number_from_0_to_300_is_found_and_is_itself():
    for n in range(301):
        assert numbers(f"You left {n} boxes.") == {str(n)}
        assert numbers(f"You left {n + 1},{n:03} boxes.") == {f"{n + 1}{n:03}"}


@pytest.mark.parametrize("text", ["You left the box.", "one of them", "no one came", "wait a second, please", ""])
def test_words_that_only_look_like_numbers_are_none(text):
    assert not numbers(text)


def test_a_digit_one_counts_though_the_word_does_not():
    assert numbers("1 box was open") == {"1"}
    assert lost("You missed 1 call and 4 mails.", "You missed 4 mails.") == ("1",)


@pytest.mark.parametrize(
    ("words", "digits"), [("twenty-five", "25"), ("thirty two", "32"), ("one hundred and twenty", "120")]
)
def test_a_number_of_several_words_is_one_number(words, digits):
    assert numbers(f"You left {words} boxes.") == {digits}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("B12", "B13"),
        ("v2.1", "v2.4"),
        ("PO4471", "PO4417"),
        ("7714-B", "7716-B"),
        ("A-17", "A-71"),
        ("#4512", "#4521"),
    ],
)
def test_a_code_that_changed_is_lost_and_added(right, wrong):
    before, after = f"you left {right} in the aisle", f"you left {wrong} in the aisle"
    assert lost(before, after)
    assert added(before, after)


# --- dates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 3 May", {"may"}),
        ("on May 3", {"may"}),
        ("the 3rd of May", {"may"}),
        ("since March", {"march"}),
        ("on Mar 5", {"march"}),
        ("12 sept", {"september"}),
        ("on Mon and Tues", {"monday", "tuesday"}),
        ("on Sun", {"sunday"}),
        ("Monday's shift", {"monday", "shift"}),
        ("On Mondays", {"monday"}),
        ("on tuesday afternoon", {"tuesday", "afternoon"}),
        ("Wed. 5", {"wednesday"}),
        ("last week", {"week"}),
        ("yesterday at noon", {"yesterday", "noon"}),
    ],
)
def test_a_date_is_found_in_full_form(text, expected):
    assert dates(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "you may leave",
        "You may have left.",
        "May I ask why?",
        "we march on regardless",
        "March on, please",
        "he sat on the wall",
        "Sat down",
        "the sun was out",
        "they wed there",
        "a second box",
        "",
    ],
)
def test_words_that_only_look_like_dates_are_none(text):
    assert not dates(text)


@pytest.mark.parametrize("text", ["on 3 may", "late on 12 march", "since mar 5", "on dec 5"])
def test_a_month_beside_a_day_is_a_date_in_small_letters_too(text):
    assert dates(text)


def test_each_month_and_weekday_is_itself():
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
    months = "January February March April May June July August September October November December".split()
    for day in days:
        assert dates(f"on {day}") == dates(f"on {day}s") == dates(f"every {day}") == {day.lower()}
    for month in months:
        assert dates(f"on 4 {month}") == dates(f"on {month} 4") == {month.lower()}
    for one, other in combinations(days + [f"4 {month}" for month in months], 2):
        assert lost(f"Late on {one}.", f"Late on {other}.")


# --- names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He told Marek to wait.", ("Marek",)),
        ("Marek came in late.", ("Marek",)),
        ("Late again. Marek left early.", ("Marek",)),
        ("Marek's van was open.", ("Marek",)),
        ("Marek, please call.", ("Marek",)),
        ("You and Priya counted, then Priya left.", ("Priya",)),
        ("Mr Cole waited for Zoë.", ("Cole", "Zoë")),
        ("Mr. Cole waited.", ("Cole",)),
        ("I asked Ann-Marie and McDonald.", ("Ann-Marie", "McDonald")),
        ("On Monday Ben left in May.", ("Ben",)),
        ("We use Jira and GitHub.", ("Jira", "GitHub")),
        ("I told DeShawn and Siobhán.", ("DeShawn", "Siobhán")),
        ("Ferit signed the sheet.", ("Ferit",)),
    ],
)
def test_names_are_found_in_order(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The lorry waited.",
        "Customers waited for an hour.",
        "Communication is poor.",
        "On Monday in March, and every Friday in May.",
        "I know. You left. We waited. It was late.",
        "MAREK WAS LATE AGAIN AND PRIYA HAD TO COVER",
        "please close the gate",
        "Security approved the pass.",
        "Production ordered 12 pallets.",
        "",
    ],
)
def test_what_is_no_name_is_not_taken_for_one(text):
    assert names(text) == ()


@pytest.mark.parametrize("word", ["Well", "Also", "Honestly", "Finally", "So", "Hello", "Sorry", "Sure", "Please"])
def test_a_filler_before_a_comma_is_no_name(word):
    assert names(f"{word}, you left the gate open.") == ()


@pytest.mark.parametrize("word", ["Right", "Anyway", "Listen", "Oh", "Mate", "Overall", "Btw"])
def test_a_rarer_filler_before_a_comma_is_no_name_either(word):
    assert names(f"{word}, you left the gate open.") == ()


def test_inside_only_leaves_out_a_name_that_opens_a_sentence():
    assert names("Marek left and Priya stayed.", inside_only=True) == ("Priya",)


@pytest.mark.parametrize("text", ["He met Łukasz at the gate.", "I told Élodie twice.", "You gave Øyvind the key."])
def test_a_name_may_begin_with_any_capital_letter(text):
    assert len(names(text)) == 1


def test_a_name_after_a_title_with_a_stop_is_found_anywhere():
    assert names("you asked Mr. Cole about it") == ("Cole",)


# --- quotes ----------------------------------------------------------------------------


@pytest.mark.parametrize("marks", ['""', "“”", "‘’", "''"])
@pytest.mark.parametrize("spoken", ["not my job", "I can't do it", "Go away, please", "3 times is enough"])
def test_what_was_said_is_found_between_any_marks(marks, spoken):
    assert quotes(f"He said {marks[0]}{spoken}{marks[1]} to the guest.") == (spoken,)
    assert quotes(f"He said {marks[0]}{spoken}.{marks[1]}") == (spoken,)


def test_apostrophes_are_no_quotation_marks():
    assert quotes("It's the guests' fault, isn't it? The lads' room wasn't clean.") == ()


def test_the_kind_of_quotation_marks_does_not_matter():
    assert not lost('You said "I don\'t care" to her.', "You said “I don’t care” to her.")


# --- negation --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    "you did not call|you didn't call|you didnt call|you didn’t call|no one came|you never call|you cannot leave|"
    "you can't leave|you won't leave|you failed to call|you refused|you forgot|it left without you|nobody came|"
    "nothing was done|neither of you called|they weren't there|you aren't done|the log is missing".split("|"),
)
def test_a_negation_is_seen(text):
    assert facts(text).negated


@pytest.mark.parametrize("text", ["another note", "the knot", "notice this", "you called", "the canteen", "nobly"])
def test_a_word_that_holds_a_negation_is_none(text):
    assert not facts(text).negated


@pytest.mark.parametrize("text", ["you mustn't prop the door open", "you mightn't have seen it"])
def test_a_modal_verb_can_be_negated_too(text):
    assert facts(text).negated


# --- lost and added ----------------------------------------------------------------------

# {n} number, {d} date, {w} name, {q} quotation. Each is a fact; its stand-in in NEUTRAL is none.
FRAMES = [
    "you left {n} pallets with {w} on {d} and said “{q}” to the driver.",
    "on {d} {w} found {n} open doors after you told the guest “{q}” at the desk.",
    "the log of {d} shows {n} calls, and {w} wrote “{q}” beside them.",
    "you sent {w} the wrong file {n} times since {d}, with “{q}” in the subject.",
    "at the briefing on {d} you said “{q}” to {w}, and {n} people heard it.",
    "you closed {n} tickets on {d} with the note “{q}”, and {w} opened them again.",
    "when {w} asked for the {n} forms on {d}, you answered “{q}” and walked off.",
    "the till was {n} short on {d}, and you told {w} “{q}” about it.",
    "you promised {w} the {n} parts by {d}; the customer wrote “{q}” to us.",
    "we agreed “{q}” with {w} for all {n} rooms, starting on {d}.",
]
VALUES = [
    {"n": ("17", "71", "some"), "d": ("Monday", "Tuesday", "then"), "w": ("Marek", "Ilka", "them"),
     "q": ("not my job", "ask somebody else", "it")},
    {"n": ("1,240", "1,420", "these"), "d": ("3 May", "3 June", "then"), "w": ("Priya", "Zoë", "them"),
     "q": ("I don't care", "do it yourself", "it")},
    {"n": ("7:45", "7:54", "these"), "d": ("Friday", "4 October", "then"), "w": ("Ann-Marie", "McDonald", "them"),
     "q": ("go away, please", "we are closed", "it")},
]  # fmt: skip
SENTENCES = [(frame, values) for frame in FRAMES for values in VALUES]


def filled(frame: str, values: dict[str, tuple[str, str, str]], change: str = "", to: int = 0) -> str:
    made = frame.format(**{slot: kinds[to if slot == change else 0] for slot, kinds in values.items()})
    return made.replace("“it”", "it")


def parts(slot: str, text: str) -> set[str]:
    """The facts that one filled slot stands for, in the form in which they are told: "3 May" is two."""
    if slot in ("w", "q"):
        return {text}
    return numbers(text) | dates(f"on {text}")


def test_the_planted_sentences_are_thirty_and_hold_four_kinds_of_facts():
    assert len({filled(*s) for s in SENTENCES}) == 30
    for frame, values in SENTENCES:
        found = facts(filled(frame, values))
        assert found.numbers
        assert found.dates
        assert found.quotes == (values["q"][0],)
        assert names(filled(frame, values)) == (values["w"][0],)


@pytest.mark.parametrize("slot", ["n", "d", "w", "q"])
def test_a_dropped_fact_is_lost_and_nothing_is_added(slot):
    for frame, values in SENTENCES:
        before, after = filled(frame, values), filled(frame, values, slot, to=2)
        assert set(lost(before, after)) == parts(slot, values[slot][0]) != set()
        assert added(before, after) == ()


@pytest.mark.parametrize("slot", ["n", "d", "w"])
def test_a_planted_fact_is_added_and_nothing_is_lost(slot):
    for frame, values in SENTENCES:
        before, after = filled(frame, values, slot, to=2), filled(frame, values)
        assert set(added(before, after)) == parts(slot, values[slot][0]) != set()
        assert lost(before, after) == ()


@pytest.mark.parametrize("slot", ["n", "d", "w"])
def test_a_changed_fact_is_lost_as_it_was_and_added_as_it_is(slot):
    for frame, values in SENTENCES:
        before, after = filled(frame, values), filled(frame, values, slot, to=1)
        gone, new = lost(before, after), added(before, after)
        assert gone
        assert new
        assert not set(gone) & set(new)
        assert lost(after, before) == new
        assert added(after, before) == gone


@pytest.mark.parametrize("to", [0, 1])
def test_an_invented_quotation_is_added(to):
    for frame, values in SENTENCES:
        assert added(filled(frame, values, "q", to=2), filled(frame, values, "q", to=to))


def test_a_text_loses_and_gains_nothing_against_itself():
    for text in [*drafts(), *(filled(*s) for s in SENTENCES)]:
        assert lost(text, text) == ()
        assert added(text, text) == ()


def test_everything_of_a_draft_is_lost_in_an_empty_text_and_added_to_one():
    for text in drafts():
        found = facts(text)
        assert {*found.numbers, *found.dates, *found.quotes} <= set(lost(text, ""))
        assert {*found.numbers, *found.dates} <= set(added("", text))
        assert lost("", text) == added(text, "") == ()


def test_the_order_of_two_sentences_is_no_fact():
    one, other = (filled(FRAMES[i], VALUES[i]) for i in (0, 1))
    assert lost(f"{one} {other}", f"{other} {one}") == ()
    assert added(f"{one} {other}", f"{other} {one}") == ()


def test_a_name_that_may_go_is_not_lost():
    before, after = "You told Marek and Priya to wait.", "You told them to wait."
    assert lost(before, after) == ("Marek", "Priya")
    assert lost(before, after, but=frozenset({"Marek"})) == ("Priya",)


def test_openers_are_written_in_lower_case_so_that_they_can_match():
    assert all(word == word.lower() for word in facts_module.OPENERS)
