"""Claims about how much one person may ask for."""

from __future__ import annotations

import pytest

from assistant.access.limits import Allowance
from assistant.errors import TooMuch


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
