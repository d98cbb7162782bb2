"""Claims about preparing: what a text lacks is asked, nothing is invented, and a matter for HR ends the playbook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assistant.agreements import AgreementState, agree, follow_up
from assistant.coach import Coach
from assistant.domain import Draft, Origin, PatternName
from assistant.errors import InputError, LibraryError
from assistant.formats import prepare_text
from assistant.formats.calendar_file import calendar_text
from assistant.preparing import assignment
from assistant.preparing.first_days import Answer
from assistant.preparing.one_on_one import due_on, shared
from assistant.preparing.plans import Ask, Given, Plans, text_of
from assistant.preparing.playbook import answer, known_facts
from assistant.preparing.standard import Maturity, WorkStandard
from assistant.preparing.standard_first import Told
from assistant.rewriting import facts
from assistant.scene import Rung
from assistant.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
ROWS = [json.loads(line) for line in (ROOT / "evals/datasets/standards_v2.jsonl").read_text("utf-8").splitlines()]
OURS = [row for row in ROWS if row["id"] <= "st-030"]
OTHERS = [row for row in ROWS if row["id"] > "st-030"]
"""Written by somebody who had not seen the reader; half of them were never looked at one by one."""
SCHEMA = json.loads((ROOT / "evals/datasets/standards_v2.schema.json").read_text("utf-8"))
PARTS = ("owner", "outcome", "measure", "by_when", "visibility", "raise_hand", "good", "not_good")
MONDAY = date(2026, 5, 4)
HANDOVER = (
    "Ravi missed the handover on Monday, Wednesday and Thursday. We agreed on 3 March that the sheet is filled in "
    "by 18:00. He said he was waiting for the scanner."
)


@pytest.fixture(scope="module")
def coach() -> Iterator[Coach]:
    opened = Coach.open(Settings(model="none"))
    yield opened
    opened.close()


def parts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every part in a JSON output: what is given and what is asked."""
    if isinstance(value, dict):
        if set(value) == {"ask"} or set(value) == {"text", "origin", "citation"}:
            yield value
        for name, inner in value.items():
            if name not in ("citation", "citations", "findings"):
                yield from parts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts_of(inner)


def words_of(value: Any, *, asks: bool) -> Iterator[str]:
    """Yield every text of an output that is ours: neither the input nor a citation, and asks only if wanted."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner, asks=asks)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in ("input", "citation", "citations", "findings", "id") or (name == "ask" and not asks):
                continue
            yield from words_of(inner, asks=asks)


def given(made: WorkStandard, name: str) -> str:
    if name == "decides":
        return " / ".join(one.about for one in made.decides if one.origin is Origin.DRAFT)
    part = getattr(made, name)
    return part.text if isinstance(part, Given) else ""


# --- The standard


def test_there_are_seventy_assignments_in_the_shape_of_their_schema() -> None:
    assert len(ROWS) == 70
    assert len({row["text"] for row in ROWS}) == 70
    for row in ROWS:
        jsonschema.validate(row, SCHEMA)
        assert not set(row["given"]) & set(row["must_ask"])


@pytest.mark.parametrize("row", OURS, ids=lambda row: row["situation"])
def test_each_assignment_keeps_what_it_says_and_asks_for_the_rest(coach: Coach, row: dict[str, Any]) -> None:
    made = coach.prepare.standard(row["text"])
    for name, words in row["given"].items():
        held = given(made, name)
        assert held and words in ("*", held)
    for name in row["must_ask"]:
        assert given(made, name) == "", f"{name} is asked"
    if row["pattern"]:
        assert made.leaning.name == row["pattern"]


def test_most_parts_of_other_peoples_assignments_are_read_right(coach: Coach) -> None:
    right = total = 0
    for row in OTHERS:
        made = coach.prepare.standard(row["text"])
        for name, words in row["given"].items():
            held = given(made, name).lower()
            right += bool(held) and (words == "*" or words.lower() in held or held in words.lower())
        right += sum(given(made, name) == "" for name in row["must_ask"])
        total += len(row["given"]) + len(row["must_ask"])
    assert right / total >= 0.88, f"{right} of {total}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["situation"])
def test_nothing_is_invented_in_a_standard(coach: Coach, row: dict[str, Any]) -> None:
    text = row["text"]
    plain = prepare_text.as_plain(coach.prepare.standard(text))
    for part in parts_of(plain):
        if part.get("origin") == "draft":
            assert part["text"] in text
        if "ask" in part:
            assert part["ask"].rstrip(".").count("?") or "which" in part["ask"].lower()
    for said in words_of(plain, asks=False):
        assert not facts.numbers(said) - facts.numbers(text), said
        assert not facts.dates(said) - facts.dates(text), said
    for said in words_of(plain, asks=True):
        assert not facts.numbers(said) - facts.numbers(text), "an example in a question holds no number"
        assert not {name for name in facts.names(said, inside_only=True) if name not in text}, said


def test_a_limit_is_a_decision_that_is_shared_and_no_taking_over(coach: Coach) -> None:
    made = coach.prepare.standard(
        "Priya, you run the October newsletter: out on the 5th, you choose the topics, budget above 200 needs my ok."
    )
    assert [one.about for one in made.decides] == ["you choose the topics", "budget above 200 needs my ok"]
    assert made.leaning.name is PatternName.NONE
    assert isinstance(made.visibility, Ask)
    assert "samples side by side" in made.visibility.ask, "it is about a newsletter, whatever it may cost"


@pytest.mark.parametrize(
    ("text", "part", "held"),
    [
        ("Sort out the stockroom before inventory.", "by_when", "before inventory"),
        ("Take charge of the waiting times, Halina: nobody should sit longer than 20 minutes.", "owner", "Halina"),
        ("Dr Banerjee, please take over the sample freezers.", "owner", "Dr Banerjee"),
        ("Friday's service is Amara's, she calls the pass.", "owner", "Amara"),
        ("Bring the claims up to date: none older than 30 days.", "measure", "none older than 30 days"),
        (
            "Run the labels; good is a ten-year-old reading one aloud.",
            "good",
            "good is a ten-year-old reading one aloud",
        ),
    ],
)
def test_a_part_is_found_however_it_is_put(coach: Coach, text: str, part: str, held: str) -> None:
    assert held in given(coach.prepare.standard(text), part)


def test_work_that_is_handed_back_carries_no_time_of_when_it_was_taken(coach: Coach) -> None:
    made = coach.prepare.hand_back("I rewrote Tom's report last night")
    assert [item.work.text for item in made.items if isinstance(item.work, Given)] == ["Tom's report"]


def test_the_playbook_has_words_where_the_fact_is_what_somebody_has_done(coach: Coach) -> None:
    made = coach.prepare.playbook("Ravi has missed the handover for the third time on Monday, we agreed it in writing.")
    assert isinstance(made.words, Given)
    assert isinstance(made.facts[0], Given)
    assert not made.facts[0].text.endswith(",")


def test_an_example_in_a_question_fits_the_words_of_the_text(coach: Coach) -> None:
    launch, ward = (
        coach.prepare.standard("own the Q3 launch"),
        coach.prepare.standard("Look after the charts on ward 4."),
    )
    assert isinstance(launch.measure, Ask)
    assert isinstance(ward.measure, Ask)
    assert "defects" in launch.measure.ask
    assert "charts missing" in ward.measure.ask
    assert isinstance(launch.by_when, Ask)
    assert "“Q3”" in launch.by_when.ask


def test_a_kind_of_work_without_its_words_is_found_by_meaning_or_asked_in_general(coach: Coach) -> None:
    made = coach.prepare.standard("Own the thing with the grandparents.")
    assert isinstance(made.measure, Ask)
    assert "For instance" in made.measure.ask


def test_what_lies_between_has_an_answer_for_each_experience_and_the_chosen_one_alone(coach: Coach) -> None:
    every = coach.prepare.standard("own the Q3 launch")
    assert [choice.id for choice in every.between] == list(Maturity)
    assert isinstance(every.experience, Ask)
    chosen = coach.prepare.standard("own the Q3 launch", Maturity.NEW)
    assert [choice.id for choice in chosen.between] == [Maturity.NEW]
    assert all(choice.citation.quote in coach.library.passage(choice.citation.id).text for choice in every.between)


def test_every_word_of_a_text_is_in_the_task_a_part_or_beside_them(coach: Coach) -> None:
    text = "Handle the Henderson account while I'm away. It is a mess. The last invoice is still open."
    plain = prepare_text.as_plain(coach.prepare.standard(text))
    plain.pop("input")
    kept = json.dumps(plain, ensure_ascii=False)
    for words in ("handle the Henderson account", "while I'm away", "It is a mess", "The last invoice is still open"):
        assert words.lower() in kept.lower()


def test_an_empty_or_endless_text_is_refused_in_words(coach: Coach) -> None:
    with pytest.raises(InputError):
        coach.prepare.standard(" … ")
    with pytest.raises(InputError):
        coach.prepare.standard("own it " * 5000)


def test_a_long_line_is_read_in_a_moment(coach: Coach) -> None:
    started = datetime.now(UTC)
    coach.prepare.standard("when you own the launch, tell me and send me every pallet if " * 300)
    assert (datetime.now(UTC) - started).total_seconds() < 20


# --- Standard first


def test_not_clearly_told_gives_the_version_that_states_the_standard_and_asks_for_the_cause(coach: Coach) -> None:
    text = "Sam, on 3 May you joined the 9:00 stand-up at 9:20. Everyone is expected at 9. You clearly don't care."
    rewrite = coach.prepare._outline(Draft(text))
    first = coach.prepare.standard_first(rewrite, Told.NOT_CLEARLY)
    assert isinstance(first.message, Given)
    assert "9:20" in first.message.text
    assert "never" not in first.why or first.why
    assert first.message.text.rstrip().endswith("What got in the way?")
    assert "care" not in first.message.text
    assert not facts.numbers(first.message.text) - facts.numbers(text)
    assert first.citations[0].quote in coach.library.passage(first.citations[0].id).text


def test_told_with_a_day_goes_into_the_rewrite_and_without_one_asks_when(coach: Coach) -> None:
    rewrite = coach.prepare._outline(Draft("On 3 May you joined the 9:00 stand-up at 9:20."))
    asked = coach.prepare.standard_first(rewrite, Told.YES, expected="Everyone is there at 9")
    assert isinstance(asked.stated_when, Ask)
    assert asked.context is None
    told = coach.prepare.standard_first(rewrite, Told.YES, when="3 March", expected="Everyone is there at 9")
    assert told.context is not None
    assert told.context.stated_when == "3 March"


def test_what_a_person_has_to_see_first_gets_no_version(coach: Coach) -> None:
    rewrite = coach.prepare._outline(Draft("She is pregnant and on 3 May she was late."))
    first = coach.prepare.standard_first(rewrite, Told.NOT_CLEARLY)
    assert isinstance(first.message, Ask)


# --- Hand it back, stay in it


def test_work_that_was_taken_is_listed_piece_by_piece_with_what_is_missing_asked(coach: Coach) -> None:
    text = "I keep redoing Ana's slides at night, approving every refund and writing the rota myself."
    made = coach.prepare.hand_back(text)
    assert [item.work.text for item in made.items if isinstance(item.work, Given)] == [
        "Ana's slides",
        "every refund",
        "the rota",
    ]
    assert isinstance(made.items[0].owner, Given)
    assert isinstance(made.items[1].owner, Ask)
    assert all(isinstance(item.let_struggle, Ask) for item in made.items)
    assert "your slides" in made.items[0].say


def test_a_list_is_taken_a_line_each_with_its_day_and_owner(coach: Coach) -> None:
    made = coach.prepare.hand_back("- the quotes for Henderson\n- Friday stocktake: back to Leo, check on 12 June")
    first, second = made.items
    assert isinstance(first.owner, Ask), "Henderson is a customer"
    assert prepare_text.said(second.owner) == "Leo"
    assert prepare_text.said(second.check_on) == "on 12 June"


def test_without_any_work_the_list_is_asked_for(coach: Coach) -> None:
    assert isinstance(coach.prepare.hand_back("").asks, Ask)


def test_coming_back_to_work_left_alone_asks_for_standard_and_first_look(coach: Coach) -> None:
    made = coach.prepare.stay_in("I gave Priya the CRM migration in March and have not looked since.")
    assert made.work == "the CRM migration"
    assert isinstance(made.first_check, Ask)
    assert "I gave you the CRM migration" in made.say


# --- The first ninety days


def test_what_is_missing_becomes_a_request_and_what_is_unanswered_is_asked(coach: Coach) -> None:
    assert isinstance(coach.prepare.first_days().request, Ask)
    made = coach.prepare.first_days(MONDAY, {"money": Answer.MISSING, "hr": Answer.GIVEN})
    assert isinstance(made.request, Given)
    assert "spend without asking" in made.request.text
    assert "whom do I call about HR" not in made.request.text
    assert made.weeks[0].ends == date(2026, 5, 8)


def test_each_scenario_of_the_plan_can_be_practised(coach: Coach) -> None:
    known = {path.stem for path in (ROOT / "knowledge/scenarios").glob("*.yaml")}
    assert {week.scenario for week in coach.prepare.first_days().weeks if week.scenario} <= known


def test_an_organisation_has_a_plan_of_its_own_and_a_broken_one_is_named(coach: Coach, tmp_path: Path) -> None:
    built_in, own = ROOT / "knowledge/plans", tmp_path / "plans"
    own.mkdir()
    text = (built_in / "first_days.yaml").read_text("utf-8")
    (own / "first_days.yaml").write_text(text.replace("title: Standards", "title: Our way", 1), "utf-8")
    plans = Plans(coach.library, (built_in, own))
    assert plans.first_days.parts("weeks")[0].text("title") == "Our way"
    (own / "one_on_one.yaml").write_text("lengths: [30]\n", "utf-8")
    with pytest.raises(LibraryError, match=r"one_on_one\.yaml is broken: stops: it is missing"):
        Plans(coach.library, (built_in, own)).one_on_one.parts("stops")


# --- The one-on-one


@pytest.mark.parametrize("minutes", [25, 30, 45, 60])
@pytest.mark.parametrize("form", ["regular", "first", "catch_up"])
def test_the_minutes_add_up_and_follow_one_another(coach: Coach, minutes: int, form: str) -> None:
    made = coach.prepare.one_on_one("", minutes=minutes, form=form)
    assert sum(stop.minutes for stop in made.stops) == minutes
    at = 0
    for stop in made.stops:
        assert stop.begins == at
        assert stop.minutes > 0
        at += stop.minutes


def test_minutes_are_shared_by_weight_whatever_the_weights() -> None:
    assert shared(5, [1, 1, 1, 1, 1]) == [1] * 5
    assert sum(shared(25, [100, 1, 1])) == 25


def test_open_agreements_come_first_and_those_that_slipped_twice_need_their_own_talk(coach: Coach) -> None:
    kept = agree("Ana", "sends the list", date(2026, 5, 1), on=date(2026, 4, 1))
    slipped = kept
    for day in (date(2026, 5, 2), date(2026, 5, 9)):
        slipped = follow_up(slipped, AgreementState.SLIPPED, on=day)
    made = coach.prepare.one_on_one("waiting for the scanner", who="Ana", agreements=[slipped])
    assert made.stops[0].id == "last"
    assert "sends the list" in prepare_text.said(made.stops[0].items[0])
    assert made.conversations == ("sends the list",)
    assert [prepare_text.said(i) for i in made.stops[2].items] == ["waiting for the scanner"]


def test_each_stop_asks_for_the_employees_sake_too(coach: Coach) -> None:
    made = coach.prepare.one_on_one("")
    assert all(stop.theirs and stop.yours for stop in made.stops)
    assert sum(len(stop.theirs) for stop in made.stops) >= sum(len(stop.yours) for stop in made.stops)


def test_notes_become_who_does_what_by_when_and_the_day_is_read(coach: Coach) -> None:
    made = coach.prepare.record(
        "Ana sends the price list by Friday; I clear the access.\n- rota for August: Tom, 12 June"
    )
    told = [[prepare_text.said(part) for part in (p.who, p.what, p.by_when)] for p in made.promises]
    assert told[0] == ["Ana", "sends the price list", "by Friday"]
    assert told[1][:2] == ["I", "clear the access"]
    assert told[2] == ["Tom", "rota for August", "12 June"]
    assert isinstance(made.promises[1].by_when, Ask)
    assert due_on(made.promises[0], MONDAY) == date(2026, 5, 8)
    assert due_on(made.promises[1], MONDAY) is None


def test_a_one_on_one_is_a_calendar_entry_of_its_length(coach: Coach) -> None:
    made = coach.prepare.one_on_one("", minutes=45)
    entry = prepare_text.meeting(made, datetime(2026, 5, 12, 10, 0), "Ana")
    text = calendar_text([entry], datetime(2026, 5, 1, tzinfo=UTC))
    assert "DTSTART:20260512T100000" in text
    assert "DTEND:20260512T104500" in text


# --- When things go wrong


def test_what_a_person_has_to_see_first_stops_the_playbook(coach: Coach) -> None:
    for text in ("She is pregnant and her work got worse.", "Should I fire him? He was rude on Friday."):
        made = coach.prepare.playbook(text)
        assert made.stop is not None
        assert made.stop.citation.id.startswith("when-to-route#")
        assert (made.rung, made.words, made.causes, made.agree) == (None, None, (), ())


def test_causes_are_questions_in_the_order_of_the_signs_and_never_asserted(coach: Coach) -> None:
    made = coach.prepare.playbook(HANDOVER)
    assert made.causes[0].cause == "context"
    assert made.causes[0].signs == ("waiting for",)
    assert all(question.endswith("?") for cause in made.causes for question in cause.questions)
    plain = coach.prepare.playbook("Dana sent the wrong price list to a customer yesterday.")
    assert [cause.cause for cause in plain.causes] == ["clarity", "context", "skill", "motivation"]


def test_a_rung_is_asked_while_its_facts_are_open_and_told_once_they_are_known(coach: Coach) -> None:
    text = "Tom came in late for the second time. I told him in May."
    asked = coach.prepare.playbook(text)
    assert asked.rung_id is Rung.PATTERN, "twice, and told before: nothing that is open could change it"
    unknown = coach.prepare.playbook("Tom came in late.")
    assert isinstance(unknown.rung, Ask)
    answers = {"times": answer("times", "three times"), "standard_stated": answer("standard_stated", "yes, in May"),
               "agreed_in_writing": answer("agreed_in_writing", "no")}  # fmt: skip
    told = coach.prepare.playbook("Tom came in late.", {name: fact for name, fact in answers.items() if fact})
    assert told.rung_id is Rung.AGREEMENT


def test_what_was_never_said_begins_at_the_bottom_however_often(coach: Coach) -> None:
    made = coach.prepare.playbook("Tom came in late for the fifth time. I never told him that we start at nine.")
    assert made.rung_id is Rung.NOTICE


@pytest.mark.parametrize(
    ("text", "name", "truth"),
    [
        ("We agreed on 3 March that she calls.", "standard_stated", True),
        ("I never told him.", "standard_stated", False),
        ("It is not written down anywhere.", "agreed_in_writing", False),
        ("We both signed the agreement in May.", "agreed_in_writing", True),
        ("HR opened a formal plan.", "hr_involved", True),
        ("HR was informed.", "hr_involved", None),
    ],
)
def test_what_was_said_and_written_before_is_read_from_the_text(text: str, name: str, truth: bool | None) -> None:
    known = known_facts(text).get(name)
    assert (known.truth if known else None) is truth


def test_every_step_of_a_playbook_cites_the_library_verbatim(coach: Coach) -> None:
    plain = prepare_text.as_plain(coach.prepare.playbook(HANDOVER))
    for part in parts_of(plain):
        if "text" in part:
            assert part["citation"], part["text"]
            assert part["citation"]["quote"] in coach.library.passage(part["citation"]["id"]).text


def test_a_playbook_decides_about_nobodys_job(coach: Coach) -> None:
    text = HANDOVER + " It was the fourth time. We wrote it down in April. HR opened a formal plan in May."
    made = coach.prepare.playbook(text)
    said = json.dumps([*words_of(prepare_text.as_plain(made), asks=True)]).lower()
    assert not re.search(
        r"\b(?:you should|you must|we recommend|i recommend) (?:dismiss|fire|terminate|let .* go)", said
    )
    assert made.rung_id is Rung.CONSEQUENCE
    assert "HR" in prepare_text.said(made.rung) if made.rung else False


# --- Every output


@pytest.mark.parametrize("name", ["standard", "one_on_one", "record", "playbook", "hand_back", "stay_in", "first_days"])
def test_each_output_fits_its_schema_and_reads_as_markdown(coach: Coach, name: str) -> None:
    hostile = "I keep redoing <script>alert(1)</script> slides for **Ana** by Friday."
    tools: dict[str, Any] = {
        "first_days": lambda: coach.prepare.first_days(MONDAY, {"money": Answer.MISSING}),
        "one_on_one": lambda: coach.prepare.one_on_one(hostile),
    }
    made = tools.get(name, lambda: getattr(coach.prepare, name)(hostile))()
    schema = json.loads((ROOT / f"assistant/schemas/{name}.schema.json").read_text("utf-8"))
    jsonschema.validate(prepare_text.as_plain(made), schema)
    page = prepare_text.markdown(prepare_text.sheet(made))
    assert page.startswith("# ")
    assert "<script" not in page
    assert prepare_text.plain_text(prepare_text.sheet(made))


@pytest.mark.parametrize(
    ("text", "work", "part", "words"),
    [
        ("Own the Q3 launch and just figure it out", "the Q3 launch", "task", "Own the Q3 launch"),
        ("Write up the incident from Tuesday and have it on my desk by tomorrow noon", "the incident", "by_when",
         "by tomorrow noon"),
        ("Redo the price list, get it approved by finance and send it out by 15 May", "the price list", "measure",
         "approved by finance"),
        ("You're responsible for keeping the stock accurate", "the stock", "task", "keeping the stock accurate"),
        ("Take over the Keller account. He must hear from us within a day, and it is renewed by 30 September.",
         "the Keller account", "measure", "hear from us within a day"),
        ("From Monday Ines opens the shop at 8", "the shop", "owner", "Ines"),
        ("Lead the move. No more than 2 hours downtime, done by the end of June, weekly note on Fridays", "the move",
         "visibility", "weekly note on Fridays"),
    ],
)  # fmt: skip
def test_a_part_ends_where_the_next_thing_begins(text: str, work: str, part: str, words: str) -> None:
    said = assignment.read(text)
    assert (said.work, getattr(said, part).text) == (work, words)


@pytest.mark.parametrize(
    ("text", "at_least", "exact"),
    [
        ("Third time this month that the van came back empty, on 3, 9 and 17 June.", 3, True),
        ("It happened on 03/06, 09/06 and 17/06.", 3, False),
        ("June 3, June 9 and June 17: no handover note.", 3, False),
        ("This is the fourth complaint about the desk.", 4, True),
        ("She has now missed three deadlines.", 3, True),
        ("Once more the fridge was at 9 degrees.", 2, False),
        ("First time that the alarm was forgotten.", 1, True),
    ],
)
def test_how_often_is_read_however_it_is_put(text: str, at_least: int, exact: bool) -> None:
    times = known_facts(text)["times"]
    assert (times.at_least, times.exact) == (at_least, exact)


@pytest.mark.parametrize("text", ["Three times a week he does the till.", "Once the guests had left, he sat down.",
                                  "Do it at once."])  # fmt: skip
def test_what_is_no_count_of_a_fault_counts_nothing(text: str) -> None:
    assert "times" not in known_facts(text)


@pytest.mark.parametrize(
    ("text", "work", "owner"),
    [
        ("Monthly report (Ines)", "Monthly report", "Ines"),
        ("Ordering gloves -> Jo", "gloves", "Jo"),
        ("calls with the landlord", "calls with the landlord", ""),
        ("My deputy should do the duty plan but I rewrite it every Sunday", "the duty plan", ""),
    ],
)
def test_a_piece_that_was_taken_back_is_named_without_the_taking(
    coach: Coach, text: str, work: str, owner: str
) -> None:
    (item,) = coach.prepare.hand_back(text).items
    assert (text_of(item.work), text_of(item.owner)) == (work, owner)


def test_a_row_of_pieces_is_handed_back_one_by_one(coach: Coach) -> None:
    found = [text_of(item.work) for item in coach.prepare.hand_back("the rota, the ordering and the cash-up").items]
    assert found == ["the rota", "the ordering", "the cash-up"]
