"""Claims about what leaves the machine: stand-ins instead of people, the way back, and a budget that holds."""

from __future__ import annotations

import json
import threading

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from assistant.errors import ModelUnavailable, SettingsError, TooMuch
from assistant.keeping.spending import Spending
from assistant.models.llm import Request, Scripted
from assistant.privacy.outgoing import Budget, Outgoing
from assistant.privacy.pseudonyms import Nobody, Pseudonyms, Shown

TEXT = (
    "Lupe was late on 3 May, and Oyelaran-Smith told Lupe's team at 9:20. "
    "Write to lupe.diaz@corp.example.com or call (202) 555-0148. Ticket HR-20931, badge 1182034. "
    "Send 450 parts by 12 June."
)
PRIVATE = ("Lupe", "lupe", "Oyelaran", "corp.example", "555-0148", "20931", "1182034")


def request(text: str, *, schema: dict | None = None) -> Request:
    return Request([SystemMessage("Answer in one sentence."), HumanMessage(text)], "x@1", 200, schema)


def no_budget() -> Budget:
    return Budget(None, 0, 0, 0)


def test_people_are_hidden_and_every_fact_stays():
    hidden = Pseudonyms(["Oyelaran-Smith"]).hide([TEXT])
    (sent,) = hidden.texts
    assert not [word for word in PRIVATE if word in sent], sent
    for fact in ("3 May", "9:20", "450 parts", "12 June", "was late"):
        assert fact in sent
    assert hidden.shown(sent) == TEXT


def test_a_name_has_one_stand_in_and_two_names_have_two():
    people = Pseudonyms(["Ana Maria Lopez"])
    (sent,) = people.hide(["Ana Maria  Lopez met Ana. Then Ana and Ben met; ben@x.example wrote to Ben."]).texts
    hidden = people.hide(["Ana called. Ben called Ana."])
    assert len(set(hidden.known)) == 2
    assert people.hide(["Ana called. Ben called Ana."]).texts == hidden.texts
    assert "Maria" not in sent


def test_a_stand_in_that_the_text_holds_already_is_left_alone():
    people = Pseudonyms(["Ana"], key=b"k")
    ((taken, _),) = people.hide(["Ana was late."]).known.items()
    hidden = people.hide([f"Ana met {taken}."])
    assert taken not in hidden.known
    assert hidden.shown(hidden.texts[0]) == f"Ana met {taken}."


@pytest.mark.parametrize("seed", range(40))
def test_the_way_back_is_exact_for_whatever_is_written(seed):
    from random import Random

    draw = Random(seed)
    words = [
        "Ana",
        "Ben's",
        "ana@x.example",
        "+44 20 7946 0958",
        "HR-12345",
        "was",
        "late",
        "(",
        "\n",
        "Zoë",
        "Person101",
        "IT",
        "9:20",
    ]
    text = " ".join(draw.choice(words) for _ in range(30))
    hidden = Pseudonyms(["Zoë", "Ana"]).hide([text])
    assert hidden.shown(hidden.texts[0]) == text
    shown, back = Shown(hidden), ""
    at = 0
    while at < len(hidden.texts[0]):
        size = draw.randint(1, 7)
        back += shown.add(hidden.texts[0][at : at + size])
        at += size
    assert back + shown.rest() == text, "also where the stream cuts a stand-in in two"


def test_a_model_elsewhere_gets_stand_ins_and_the_answer_has_the_names_back():
    def answer(call: Request) -> str:
        word = str(call.messages[-1].content).split(" ")[0]
        return f"{word}, you were late on 3 May."

    far = Scripted(answer)
    model = Outgoing(far, Pseudonyms(["Oyelaran-Smith"]), no_budget())
    reply = model.complete(request(TEXT))
    assert reply.text == "Lupe, you were late on 3 May."
    assert "".join(model.stream(request(TEXT))) == reply.text
    sent = "".join(str(message.content) for call in far.calls for message in call.messages)
    assert not [word for word in PRIVATE if word in sent]
    assert "Answer in one sentence." in sent


def test_an_answer_in_json_stays_json_with_names_that_need_escaping():
    far = Scripted(lambda call: json.dumps({"to": str(call.messages[-1].content).split(" ")[0]}))
    model = Outgoing(far, Pseudonyms(["O'Hara"]), no_budget())
    assert json.loads(model.complete(request("O'Hara was late.", schema={})).text) == {"to": "O'Hara"}


def test_an_organisation_may_choose_to_send_names():
    far = Scripted(["Fine."])
    Outgoing(far, Nobody(), no_budget()).complete(request(TEXT))
    assert TEXT in str(far.calls[0].messages[-1].content)


def test_a_roster_that_cannot_be_read_stops_instead_of_sending_names(tmp_path):
    with pytest.raises(SettingsError):
        Pseudonyms.load(str(tmp_path / "none.txt"), "US")
    with pytest.raises(SettingsError):
        Pseudonyms.load("", "Atlantis")
    (tmp_path / "names.txt").write_text("\ufeffVance\n\n  Quill \n", "utf-8")
    (sent,) = Pseudonyms.load(str(tmp_path / "names.txt"), "GB").hide(["I saw vance, and quill saw us."]).texts
    assert "vance" not in sent
    assert "quill" not in sent


def test_a_spent_budget_stops_the_next_call_and_other_processes_see_it(place):
    store = place.open()
    budget = Budget(Spending(store.database), 0.01, 100.0, 300.0)
    model = Outgoing(Scripted(lambda _: "one two three"), Nobody(), budget)
    calls = 0
    with pytest.raises(TooMuch, match="budget"):
        while calls < 100:
            model.complete(request("late " * 10))
            calls += 1
    assert 0 < calls < 100
    again = Outgoing(Scripted(["never"]), Nobody(), Budget(Spending(place.open().database), 0.01, 100.0, 300.0))
    with pytest.raises(TooMuch):
        again.complete(request("late"))


def test_calls_side_by_side_are_all_counted(file_place):
    spending = Spending(file_place.open().database)
    threads = [threading.Thread(target=spending.spend, args=("2026-05", 10, 7)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spending.spent("2026-05") == 56
    assert spending.spent("2026-06") == 0


def test_an_answer_that_breaks_off_is_paid_for_as_well(file_place):
    spending = Spending(file_place.open().database)
    model = Outgoing(Scripted([ModelUnavailable("gone")]), Nobody(), Budget(spending, 100, 1.0, 1.0))
    with pytest.raises(ModelUnavailable):
        model.complete(request("late " * 60))
    from assistant.privacy.outgoing import _month

    assert spending.spent(_month()) > 90
