"""Address: whom a draft speaks of, and how a clause about them becomes one spoken to them and to nobody else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.domain import Context, Draft
from assistant.rewriting.address import Employee, Gender, by_pronoun, identify, speaks_of_employee, to_you

DATASET = Path(__file__).resolve().parent.parent / "evals" / "datasets" / "rewrite_v1.jsonl"

MAREK = Employee(frozenset({"Marek"}), Gender.HE, direct=False)
PRIYA = Employee(frozenset({"Priya"}), Gender.SHE, direct=False)
JO = Employee(frozenset({"Jo"}), Gender.THEY, direct=False)
DIRECT = Employee(frozenset({"Marek"}), None, direct=True)


def drafts() -> list[str]:
    """Drafts for training and development; a held-out row is not looked at."""
    rows = map(json.loads, DATASET.read_text("utf-8").splitlines())
    return [row["draft"] for row in rows if row["split"] in ("train", "dev")]


# --- identify --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "You were late on 3 May and the lorry waited.",
        "u came late again",
        "your till was short",
        "Hi Marek,\nyou were late again.",
        "Marek, you were late again.",
        "Dear Priya, your report came in on Friday.",
        "Hi team, you were late.",
        "<p>Hi Marek,</p><p>you were late</p>",
        "Hi Marek,\nI need to talk to you about the stock count.",
        "You were late. The customer said he waited an hour.",
        "You were rude to Mr Cole on Monday. He waited an hour.",
        'you said "he is lazy" to the guest',
        "The order was late.",
        "",
        "The caller is 84 and has no phone, Stacey, so sending her three links was no help. She came in on Friday.",
        "The guest waited for an hour on 3 May, Marta. She wrote to us.",
        "Hi love, you were meant to see Mrs Pym at 9:30. She sat there for 20 minutes. Chantelle was on time.",
    ],
)
def test_a_draft_to_the_employee_is_direct(text):
    who = identify(Draft(text))
    assert who.direct
    assert who.pronoun is None


@pytest.mark.parametrize(
    ("text", "names", "pronoun"),
    [
        ("He was late on 3 May. He left early.", set(), Gender.HE),
        ("She left the door open and her till was short.", set(), Gender.SHE),
        ("HE IS LATE AGAIN AND HE LEFT THE GATE OPEN", set(), Gender.HE),
        ("Marek came in late on Monday. The lorry waited.", {"Marek"}, Gender.THEY),
        ("The blue Skoda left at 17:10. Ferit signed the sheet.", {"Ferit"}, Gender.THEY),
        ("Between Ashford and Brookend on Sunday Delphine made no announcement.", {"Delphine"}, Gender.THEY),
        ("Jo did the count wrong. They also left the cage open.", {"Jo"}, Gender.THEY),
        ("Nadia hung up on 3 callers. Her queue was 40 deep.", {"Nadia"}, Gender.SHE),
        ("Problem with Nadia: she hung up on callers.", {"Nadia"}, Gender.SHE),
        ("How do I tell Ben that he is late", {"Ben"}, Gender.HE),
        ("Ben is late. He is so lazy, you know how he is.", {"Ben"}, Gender.HE),
        ("I need to tell Jonas that he left the van open. You can help me with words?", {"Jonas"}, Gender.HE),
    ],
)
def test_a_draft_about_the_employee_gives_their_name_and_pronoun(text, names, pronoun):
    assert identify(Draft(text)) == Employee(frozenset(names), pronoun, direct=False)


@pytest.mark.parametrize("text", ["The ward clerk, Bethan, told a visitor. She left the phone off the hook.",
                                  "Our new driver, Pavel, was late. He left at 9."])  # fmt: skip
def test_a_name_that_says_who_somebody_is_calls_nobody(text):
    assert not identify(Draft(text)).direct


def test_a_draft_that_begins_about_them_and_turns_to_them_stays_about_them():
    who = identify(Draft("Sam was late on Monday. He left early. Then you shout at me in the yard."))
    assert who == Employee(frozenset({"Sam"}), Gender.HE, direct=False)


@pytest.mark.parametrize("greeting", ["Hi", "Hey", "Hello", "Dear", "Good morning", "OK"])
@pytest.mark.parametrize("mark", [",", ":", " -", "!"])
def test_a_greeting_names_the_employee(greeting, mark):
    assert identify(Draft(f"{greeting} Marek{mark} you left the gate open.")).names == {"Marek"}


@pytest.mark.parametrize("word", ["team", "all", "everyone", "guys", "Monday", "Feedback", "Thanks"])
def test_a_word_that_is_nobody_in_particular_is_no_name(word):
    assert not identify(Draft(f"Hi {word},\nyou left the gate open.")).names


@pytest.mark.parametrize("title", ["Sister", "Nurse", "Dr"])
def test_a_title_is_nobodys_name(title):
    draft = Draft(f"Two boxes were short in {title} Quinn's count on the 21st. She wrote nothing down.")
    assert title not in identify(draft).names


@pytest.mark.parametrize(
    "text",
    [
        "5 of 12 joints on the Brandauer frame failed, and Brandauer want it on Friday.",
        "The tarp was left off at 9 Larch Grove, the ceiling came down.",
        "Hotel Miramar sent back 3 cages of grey sheets.",
        "The tyres on the silver Corolla were left loose.",
        "Client Paula Venn came back on Thursday, the colour was patchy.",
        "The report went out with the wrong filter, and our CFO Greta found it live in the room.",
        "Posted the offer at 40% instead of 20%, said nothing until Kemi spotted it.",
        "Job sheet for Silver Spoon says 12 points checked, 4 were not.",
        "Nora's mum rang: the register was empty on two Fridays.",
    ],
)
def test_a_place_a_firm_a_customer_or_a_witness_is_not_the_employee(text):
    assert not identify(Draft(text)).names


@pytest.mark.parametrize("text", ["Keith route 38 left the depot 4 minutes early.", "Tom late again, 6.20 for 6."])
def test_a_draft_that_opens_with_a_given_name_is_about_them(text):
    assert identify(Draft(text)).names == {text.split()[0]}


def test_the_name_that_the_manager_gave_wins():
    who = identify(Draft("She was late. Marek waited.", context=Context(to_whom="Priya Shah")))
    assert who.names == {"Priya", "Shah"}
    assert not who.direct


@pytest.mark.parametrize(
    ("text", "name", "pronoun"),
    [
        ("Tom left the gate open. Ms Reed saw it and she called me. He said sorry.", "Tom", Gender.HE),
        ("Mr Cole said he waited an hour. Anna left the desk and she told nobody.", "Anna", Gender.SHE),
        ("The customer said she waited an hour. Marek left his post.", "Marek", Gender.HE),
        ("Anna was late. Mr Cole waited. He was angry and he left.", "Anna", Gender.THEY),
    ],
)
def test_a_titled_or_other_person_does_not_lend_the_employee_a_pronoun(text, name, pronoun):
    assert identify(Draft(text)) == Employee(frozenset({name}), pronoun, direct=False)


def test_what_stands_between_quotation_marks_addresses_nobody():
    assert not identify(Draft("Marek shouted “you idiot” at the driver. He left.")).direct
    assert identify(Draft("You shouted “he is an idiot, he, he, he” at the driver.")).direct


def test_a_direct_draft_has_no_pronoun_and_any_other_has_one():
    for text in drafts():
        who = identify(Draft(text))
        assert (who.pronoun is None) == who.direct


# --- agreement -------------------------------------------------------------------------

VERBS = """was:were is:are has:have does:do wasn't:weren't isn't:aren't hasn't:haven't doesn't:don't goes:go
misses:miss pushes:push watches:watch fixes:fix buzzes:buzz carries:carry tries:try says:say leaves:leave
makes:make takes:take comes:come writes:write closes:close loses:lose uses:use passes:pass guesses:guess
lies:lie dies:die sees:see agrees:agree discusses:discuss keeps:keep runs:run stays:stay buys:buy pays:pay
teaches:teach washes:wash finishes:finish mixes:mix relaxes:relax sends:send needs:need works:work
echoes:echo thinks:think calls:call promises:promise judges:judge did:did didn't:didn't can:can can't:can't
will:will won't:won't would:would must:must had:had left:left could:could should:should told:told
waited:waited""".split()  # fmt: skip
TABLE = [tuple(pair.split(":")) for pair in VERBS]


def test_the_table_of_verbs_is_long_enough():
    assert len(dict(TABLE)) >= 60


@pytest.mark.parametrize(("verb", "agreed"), [*TABLE, ("focuses", "focus")])
def test_the_verb_agrees_with_you(verb, agreed):
    assert to_you(f"He {verb} it.", MAREK) == f"You {agreed} it."
    assert to_you(f"and she {verb} it", PRIYA) == f"and you {agreed} it"
    assert to_you(f"Marek {verb} it.", MAREK) == f"You {agreed} it."
    assert to_you(f"Jo {verb} it.", JO) == f"You {agreed} it."


@pytest.mark.parametrize("adverb", ["always", "never", "still", "often", "also", "just", "usually", "clearly"])
def test_an_adverb_does_not_hide_the_verb(adverb):
    assert to_you(f"He {adverb} leaves early", MAREK) == f"You {adverb} leave early"
    assert to_you(f"he {adverb} was late", MAREK) == f"you {adverb} were late"


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("She's late", "You're late"),
        ("She’s not ready", "You're not ready"),
        ("She's missed it", "You've missed it"),
        ("She's been here since 7", "You've been here since 7"),
        ("she'd left", "you'd left"),
        ("she'll see", "you'll see"),
        ("she doesn’t call", "you don't call"),
        ("Priya's late again", "You're late again"),
        ("She's been late twice", "You've been late twice"),
        ("Priya's been late twice", "You've been late twice"),
        ("Priya's down for the 3:30 run", "You're down for the 3:30 run"),
        ("Priya's made a mistake", "You've made a mistake"),
    ],
)
def test_a_shortened_verb_agrees_too(said, turned):
    assert to_you(said, PRIYA) == turned


AGREEMENT = [
    ("he works and sleeps in the van", "you work and sleep in the van"),
    ("he is late and has no excuse", "you are late and have no excuse"),
    ("he neither calls nor writes", "you neither call nor write"),
    ("He, as usual, was late", "You, as usual, were late"),
    ("Was he late?", "Were you late?"),
    ("Is he ready?", "Are you ready?"),
    ("Does he know?", "Do you know?"),
    ("Has he called?", "Have you called?"),
]


@pytest.mark.parametrize(("said", "turned"), AGREEMENT)
def test_a_verb_away_from_its_subject_agrees_too(said, turned):
    assert to_you(said, MAREK) == turned


# --- objects and possessives ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("I told her to wait", "I told you to wait"),
        ("I told her twice", "I told you twice"),
        ("I gave her the list", "I gave you the list"),
        ("I saw her leave", "I saw you leave"),
        ("I asked her why", "I asked you why"),
        ("we gave her 3 warnings", "we gave you 3 warnings"),
        ("did 5 of her 8 offices", "did 5 of your 8 offices"),
        ("three of her five rooms", "three of your five rooms"),
        ("her 12 patients waited", "your 12 patients waited"),
        ("I met her 2 days ago", "I met you 2 days ago"),
        ("the guest thanked her.", "the guest thanked you."),
        ("it was because of her", "it was because of you"),
        ("between her and me", "between you and me"),
        ("I emailed her on Monday", "I emailed you on Monday"),
        ("her till was short", "your till was short"),
        ("Her desk was empty", "Your desk was empty"),
        ("I like her work", "I like your work"),
        ("I made her tea", "I made your tea"),
        ("I want her report by Friday", "I want your report by Friday"),
        ("I asked her manager", "I asked your manager"),
        ("she never told her team", "you never told your team"),
        ("the report is hers", "the report is yours"),
        ("she hurt herself", "you hurt yourself"),
        ("I left her a note", "I left you a note"),
        ("I pay her well", "I pay you well"),
        ("Her after-call notes were missing", "Your after-call notes were missing"),
        ("she was off with her back", "you were off with your back"),
    ],
)
def test_her_becomes_you_or_your(said, turned):
    assert to_you(said, PRIYA) == turned


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("I told him to wait", "I told you to wait"),
        ("his till was short", "your till was short"),
        ("he hurt himself", "you hurt yourself"),
        ("Marek's van stood open", "Your van stood open"),
        ("the driver told him to move his van", "the driver told you to move your van"),
        ("I told Marek twice", "I told you twice"),
        ("Marek and I agreed", "You and I agreed"),
        ("the open till is his.", "the open till is yours."),
    ],
)
def test_him_and_his_become_you_and_your(said, turned):
    assert to_you(said, MAREK) == turned


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("They were late", "You were late"),
        ("I told them to stop", "I told you to stop"),
        ("Jo left their till open", "You left your till open"),
        ("the customers said they waited", "the customers said they waited"),
        ("nobody knew where they had put it", "nobody knew where they had put it"),
    ],
)
def test_they_is_the_employee_unless_several_others_are_about(said, turned):
    assert to_you(said, JO) == turned


def test_no_pronoun_is_read_out_of_another_word():
    said = "The hero of this history, a mother, heard the theme there."
    for who in (MAREK, PRIYA, JO):
        assert to_you(said, who) == said


@pytest.mark.parametrize(
    "said", ["Our new nurse, Priya, left the ward", "Our nurse Priya, left the ward", "Nurse Priya left the ward"]
)
def test_the_role_beside_the_name_goes_with_it(said):
    assert to_you(said, PRIYA) == "You left the ward"


# --- what stays as it is ----------------------------------------------------------------------


@pytest.mark.parametrize("spoken", ["he is lazy", "Marek does his worst", "She left him, Marek"])
@pytest.mark.parametrize("marks", ['""', "“”", "«»", "''", "‘’"])
def test_quoted_speech_is_left_alone(spoken, marks):
    quote = marks[0] + spoken + marks[1]
    assert to_you(f"He wrote {quote} to me", MAREK) == f"You wrote {quote} to me"


@pytest.mark.parametrize(
    ("said", "employee"),
    [
        ("the customer said she waited an hour", PRIYA),
        ("Mrs Reed said she would not come back", PRIYA),
        ("Mr Cole said he waited at the desk", MAREK),
    ],
)
def test_what_another_person_says_of_themselves_is_left_alone(said, employee):
    assert to_you(said, employee) == said


@pytest.mark.parametrize(
    ("lead", "said", "turned"),
    [
        ("The customer stood there", "and he shouted", "and he shouted"),
        ("Mr Cole said", "that he was rude", "that he was rude"),
        ("Marek stood there", "and he shouted", "and you shouted"),
        ("Mrs Reed stood there", "and he shouted", "and you shouted"),
        ("", "and he shouted", "and you shouted"),
    ],
)
def test_a_clause_led_by_somebody_else_of_the_same_pronoun_is_left_alone(lead, said, turned):
    assert to_you(said, MAREK, lead) == turned


def test_a_pronoun_that_is_not_theirs_is_left_alone():
    assert to_you("she told him that her car was there", MAREK) == "she told you that her car was there"
    assert to_you("he told her that his car was there", PRIYA) == "he told you that his car was there"


def test_a_direct_draft_keeps_its_third_persons_and_loses_only_the_vocative():
    assert to_you("the customer said he waited for his car", DIRECT) == "the customer said he waited for his car"
    assert to_you("you left Marek's van open", DIRECT) == "you left Marek's van open"
    for said in ("Marek, you were late", "Hi Marek, you were late", "Hey Marek - you were late"):
        assert to_you(said, DIRECT) == "you were late"
    assert to_you("You were late, Marek.", DIRECT) == "You were late."


def test_a_clause_without_the_employee_is_left_alone():
    for said in ("The lorry waited for 25 minutes on 3 May.", "I had to open the shop myself", "We lost the slot."):
        for who in (MAREK, PRIYA, JO, DIRECT):
            assert to_you(said, who) == said


def test_turning_twice_is_turning_once():
    for text in ("He leaves his van open", "I told her that she was late", "Priya's till was short"):
        for who in (MAREK, PRIYA):
            once = to_you(text, who)
            assert to_you(once, who) == once


# --- by_pronoun and speaks_of_employee ---------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "employee", "turned"),
    [
        ("Marek was late", MAREK, "he was late"),
        ("I saw Marek's van", MAREK, "I saw his van"),
        ("Priya’s till was short", PRIYA, "her till was short"),
        ("Jo's till was short", JO, "their till was short"),
        ("Marek's been late", MAREK, "he's been late"),
        ("Apprentice Marek left it", MAREK, "he left it"),
        ("Marek was late", DIRECT, "Marek was late"),
        ("Marekson was late", MAREK, "Marekson was late"),
        ("I told Priya to wait", PRIYA, "I told her to wait"),
        ("I asked Marek.", MAREK, "I asked him."),
        ("Marek's late", MAREK, "he's late"),
    ],
)
def test_the_name_becomes_a_pronoun(said, employee, turned):
    assert by_pronoun(said, employee) == turned


def test_no_name_of_the_employee_is_left_for_a_model_to_see():
    for text in drafts():
        who = identify(Draft(text))
        if who.direct:
            continue
        shown = by_pronoun(text, who)
        assert not any(re.search(rf"\b{name}\b", shown) for name in who.names)


def test_it_is_told_whether_a_text_still_speaks_of_the_employee():
    assert speaks_of_employee("and he left", MAREK)
    assert speaks_of_employee("Marek left", MAREK)
    assert speaks_of_employee("I took HERS", PRIYA)
    assert not speaks_of_employee("you left", MAREK)
    assert not speaks_of_employee("you said “he left”", MAREK)
    assert not speaks_of_employee("she left", MAREK)
    assert not speaks_of_employee("he left", DIRECT)


@pytest.mark.parametrize("employee", [MAREK, PRIYA])
def test_what_was_turned_no_longer_speaks_of_the_employee(employee):
    he = employee.pronoun.value
    name = next(iter(employee.names))
    for frame in ("{he} was late", "I told {name}", "{name}'s till", "{he}'s late and {he} left", "when {he} calls"):
        assert not speaks_of_employee(to_you(frame.format(he=he, name=name), employee), employee)


@pytest.mark.parametrize(
    "text",
    [
        "Food leaves my pass hot and clean, you know that.",
        "Post orders say a patrol every 2 hours. You were on the phone.",
        "Yoghurt dated the 3rd was behind yoghurt dated the 12th. Do you look at dates?",
        "Reports were due on Friday. Yours arrived on Tuesday.",
        "The pager log for your week: 9 alerts, until Priit took one. You volunteered for the rota.",
    ],
)
def test_a_word_that_opens_a_sentence_is_nobody_and_you_stay_you(text):
    assert identify(Draft(text)).direct


def test_a_titled_person_whom_the_whole_draft_is_about_is_the_employee():
    draft = Draft("Mrs Oduya left 7C alone from 10:05 to 10:20. She took a phone call. Samuel needed the nurse.")
    employee = identify(draft)
    assert employee == Employee(frozenset({"Oduya"}), Gender.SHE, direct=False)
    assert to_you("Mrs Oduya left 7C alone", employee) == "You left 7C alone"


def test_a_customer_with_a_title_who_complained_is_not_the_employee():
    assert "Cole" not in identify(Draft("Mrs Cole wrote to me on 3 May. She says he never rang.")).names


def test_a_file_named_after_somebody_lends_nobody_a_pronoun():
    employee = Employee(frozenset(), Gender.SHE, direct=False)
    said = "The Braithwaite file is still open and she told the client it was done"
    assert "you told the client" in to_you(said, employee)


def test_a_verb_after_by_whom_belongs_to_the_thing() -> None:
    assert to_you("The note by Marek says so.", MAREK) == "The note by you says so."
