"""Claims about how much one person may ask for."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from coaching import language, rules_only
from langchain_core.messages import HumanMessage
from served import SIX_CLAUSES, spoken_to

from assistant.access.limits import Allowance
from assistant.coach import Coach
from assistant.domain import Draft
from assistant.errors import ModelUnavailable, TooMuch
from assistant.keeping import token_use
from assistant.keeping.token_use import TokenUse
from assistant.models.llm import Request, Scripted
from assistant.models.rationed import Rationed
from assistant.settings import Settings


def test_a_person_has_two_requests_at_once_and_others_have_theirs():
    share = Allowance(100)
    with share.taken("ana"), share.taken("ana"):
        with pytest.raises(TooMuch), share.taken("ana"):
            pass
        with share.taken("ben"):
            pass
    with share.taken("ana"):
        pass


def test_a_person_has_so_many_requests_in_a_minute_and_again_in_the_next():
    now = [0.0]
    share = Allowance(3, now=lambda: now[0])
    for _ in range(3):
        with share.taken("ana"):
            pass
    with pytest.raises(TooMuch), share.taken("ana"):
        pass
    with share.taken("ben"):
        pass
    now[0] = 61
    with share.taken("ana"):
        pass
    assert set(share._asked) == {"ana"}, "who asked long ago is forgotten"


def test_work_that_fails_gives_its_place_back():
    share = Allowance(100, at_once=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), share.taken("ana"):
            _ = 1 / 0


def asked(words: int = 4) -> Request:
    return Request([HumanMessage("one two three")], "a test", words)


def test_a_person_who_has_used_the_days_tokens_is_told_and_nobody_else_is(file_place):
    use = TokenUse(file_place.open().database)
    model = Scripted(lambda _: "four words to say")
    asking = ["ana"]
    rationed = Rationed(model, lambda: use, 14, lambda: asking[0])
    rationed.complete(asked())
    assert use.used("ana") == 7
    rationed.complete(asked())
    with pytest.raises(TooMuch, match="today") as told:
        rationed.complete(asked())
    assert "Nothing you wrote is lost" in told.value.hint
    assert len(model.calls) == 2, "the model was not asked"
    asking[0] = "ben"
    rationed.complete(asked())
    asking[0] = ""
    rationed.complete(asked())
    assert (use.used("ben"), use.used("")) == (7, 0)


def test_an_answer_that_breaks_off_is_counted_by_its_length(file_place):
    use = TokenUse(file_place.open().database)
    rationed = Rationed(Scripted([ModelUnavailable("gone")]), lambda: use, 100, lambda: "ana")
    with pytest.raises(ModelUnavailable):
        rationed.complete(Request([HumanMessage("x" * 300)], "a test", 4))
    assert use.used("ana") == 100


def test_a_new_day_begins_anew_and_the_day_before_is_forgotten(place, monkeypatch):
    database = place.open().database
    use = TokenUse(database)
    monkeypatch.setattr(token_use, "_today", lambda: date(2026, 5, 4))
    use.use("ana", 90)
    use.use("ana", 5)
    assert use.used("ana") == 95
    monkeypatch.setattr(token_use, "_today", lambda: date(2026, 5, 5))
    assert use.used("ana") == 0
    use.use("ben", 1)
    with database.reading() as db:
        kept = db.execute(sa.select(token_use._use.c.owner, token_use._use.c.day)).all()
    assert [tuple(row) for row in kept] == [("ben", date(2026, 5, 5))]


def test_every_way_to_the_model_goes_through_the_limit_and_a_draft_survives_it(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    model = Scripted(spoken_to)
    coach = Coach(Settings(tokens_per_day=1), language(), rules_only().library, model)
    draft = Draft(SIX_CLAUSES.split(". ")[0] + ".")
    first = coach.rewrite(draft)
    assert first.usage.calls > 0, "the limit is looked at before a call; this was the first"
    calls = len(model.calls)
    with pytest.raises(TooMuch, match="today"):
        coach.rewrite(draft)
    assert coach.check("You are always late.").findings, "what needs no model still works"
    with pytest.raises(TooMuch, match="today"):
        coach.ask("He promised it for Friday and it is not there. How do I open the talk?")
    assert len(model.calls) == calls
    coach.kept.close()


def test_without_the_setting_nothing_is_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    coach = Coach(Settings(), language(), rules_only().library, Scripted(spoken_to))
    coach.rewrite(Draft(SIX_CLAUSES.split(". ")[0] + "."))
    assert not coach.may_have_kept
