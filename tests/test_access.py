"""Claims about who gets in: passwords, sessions, tokens, roles and the limit on guesses, on either database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from argon2 import PasswordHasher

from assistant import settings
from assistant.access.attempts import MOST_FOR_ADDRESS, MOST_FOR_BOTH, WINDOW, Attempts
from assistant.access.sessions import Sessions, secret_of
from assistant.access.users import Role, Users
from assistant.errors import InputError, SettingsError
from assistant.keeping.backup import back_up, restore
from assistant.settings import Settings

SECRET = "s" * 40
GOOD = "four random words stand"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class Clock:
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Door:
    def __init__(self, database) -> None:
        self.clock = Clock()
        self.users = Users(database, QUICK)
        self.sessions = Sessions(database, SECRET, 10, self.clock)
        self.attempts = Attempts(database, SECRET, self.clock)


@pytest.fixture
def door(place):
    return Door(place.open().database)


@pytest.fixture
def file_door(file_place):
    return Door(file_place.open().database)


def test_a_user_comes_in_with_their_own_password_and_no_other(door):
    ana = door.users.add("Ana", Role.MANAGER, GOOD)
    door.users.add("Ben", Role.MANAGER, GOOD + " too")
    assert door.users.proven(" ana ", GOOD) == ana
    for name, word in (("ana", GOOD + " too"), ("ben", GOOD), ("nobody", GOOD), ("ana", ""), ("", "\0"), ("a\0", "x")):
        assert door.users.proven(name, word) is None


def test_a_password_is_kept_as_argon2_and_nowhere_in_the_clear(file_door, file_place):
    file_door.users.add("ana", Role.MANAGER, GOOD)
    raw = (file_place.home / "benchcoach.db").read_bytes()
    assert b"$argon2id$" in raw
    assert GOOD.encode() not in raw
    assert PasswordHasher().memory_cost >= 19_456  # the least that OWASP asks for


@pytest.mark.parametrize("word", ["short", "x" * 201, "aaaaaaaaaaaaaaaa", "my name is ana here"])
def test_a_password_that_is_easy_to_guess_is_refused(file_door, word):
    with pytest.raises(InputError):
        file_door.users.add("ana", Role.MANAGER, word)
    assert file_door.users.all() == ()


def test_two_users_cannot_have_names_that_look_the_same(file_door):
    file_door.users.add("Ana Maria", Role.MANAGER, GOOD)
    with pytest.raises(InputError, match="already"):
        file_door.users.add("ana  maria", Role.ADMIN, GOOD)
    for name in ("", "  ", "a\u202eb", "x" * 201):
        with pytest.raises(InputError):
            file_door.users.add(name, Role.MANAGER, GOOD)


def test_disabling_a_user_ends_every_session_and_token_and_the_way_back_in(door):
    ana, ben = (door.users.add(name, Role.MANAGER, GOOD) for name in ("ana", "ben"))
    shown = [door.sessions.open(ana), door.sessions.open(ana)]
    token, other = door.sessions.make_token(ana, "script", 30), door.sessions.open(ben)
    keys = [door.sessions.of(one).key for one in shown] + [door.sessions.of_token(token).key]
    door.users.disable("ana")
    assert [door.sessions.of(one) for one in shown] == [None, None]
    assert door.sessions.of_token(token) is None
    assert door.sessions.living(keys) == set()
    assert door.users.proven("ana", GOOD) is None
    assert door.sessions.of(other).user == ben
    door.users.enable("ana")
    assert door.sessions.of(shown[0]) is None, "what was ended does not come back"
    assert door.users.proven("ana", GOOD)


def test_a_new_password_ends_what_the_old_one_opened(file_door):
    ana = file_door.users.add("ana", Role.MANAGER, GOOD)
    shown, token = file_door.sessions.open(ana), file_door.sessions.make_token(ana, "script", 30)
    file_door.users.set_password("ana", GOOD + " now")
    assert (file_door.sessions.of(shown), file_door.sessions.of_token(token)) == (None, None)
    assert file_door.users.proven("ana", GOOD) is None


def test_a_role_holds_from_the_next_look(door):
    shown = door.sessions.open(door.users.add("ana", Role.MANAGER, GOOD))
    assert not door.sessions.of(shown).user.changes_the_library
    door.users.set_role("ana", Role.TRAINER)
    assert door.sessions.of(shown).user.changes_the_library


def test_a_session_and_a_token_end_by_the_clock(door):
    ana = door.users.add("ana", Role.MANAGER, GOOD)
    shown, token = door.sessions.open(ana), door.sessions.make_token(ana, "script", 1)
    door.clock.now += timedelta(hours=9.9)
    assert door.sessions.of(shown)
    door.clock.now += timedelta(hours=0.2)
    assert door.sessions.of(shown) is None
    assert door.sessions.of_token(token)
    door.clock.now += timedelta(hours=14)
    assert door.sessions.of_token(token) is None


def test_a_forged_cookie_is_refused_and_a_stolen_database_lets_nobody_in(file_door, file_place):
    ana = file_door.users.add("ana", Role.ADMIN, GOOD)
    shown = file_door.sessions.open(ana)
    word, _, sign = shown.rpartition(".")
    key = file_door.sessions.of(shown).key
    stranger = Sessions(file_door.users._database, "t" * 40, 10, file_door.clock)
    for forged in ("", ".", word, f"{word}.", f"{word}x.{sign}", f"{word}.{sign[:-2]}xx", key, "\0", "é.é", "x" * 9000):
        assert file_door.sessions.of(forged) is None
    assert stranger.of(shown) is None, "another installation's key signs"
    raw = (file_place.home / "benchcoach.db").read_bytes()
    assert word.encode() not in raw
    assert key.encode() in raw


def test_a_name_that_one_session_sealed_means_nothing_to_another(file_door):
    ana = file_door.users.add("ana", Role.MANAGER, GOOD)
    one, two = (file_door.sessions.of(file_door.sessions.open(ana)) for _ in range(2))
    assert file_door.sessions.sealed(one, "page") == file_door.sessions.sealed(one, "page")
    assert file_door.sessions.sealed(one, "page") != file_door.sessions.sealed(two, "page")
    assert file_door.sessions.sealed(one, file_door.sessions.sealed(two, "page")) != file_door.sessions.sealed(
        two, "page"
    )


def test_guesses_are_stopped_and_others_still_come_in(door):
    for _ in range(MOST_FOR_BOTH):
        assert door.attempts.begin("ana", "192.0.2.1")
    assert door.attempts.begin(" ANA ", "192.0.2.1") is None
    assert door.attempts.begin("ana", "192.0.2.2"), "a stranger's failures do not shut the person out"
    assert door.attempts.begin("ben", "192.0.2.1")
    door.clock.now += WINDOW + timedelta(seconds=1)
    assert door.attempts.begin("ana", "192.0.2.1")


def test_one_address_cannot_try_a_password_on_everybody(file_door):
    tried = [file_door.attempts.begin(f"user{number}", "192.0.2.1") for number in range(MOST_FOR_ADDRESS + 3)]
    assert [bool(ticket) for ticket in tried] == [True] * MOST_FOR_ADDRESS + [False] * 3


def test_a_login_that_succeeds_counts_for_nothing(file_door):
    for _ in range(MOST_FOR_ADDRESS + 5):
        ticket = file_door.attempts.begin("ana", "192.0.2.1")
        assert ticket
        file_door.attempts.succeed(ticket, "ana", "192.0.2.1")


def test_guesses_side_by_side_do_not_slip_through(door):
    let_through = []
    threads = [Thread(target=lambda: let_through.append(door.attempts.begin("ana", "192.0.2.1"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([ticket for ticket in let_through if ticket]) == MOST_FOR_BOTH


def test_an_identity_provider_opens_its_own_accounts_and_never_one_with_a_password(file_door):
    boss = file_door.users.add("boss", Role.ADMIN, GOOD)
    first = file_door.users.of_provider("https://id.example 1", "Boss")
    assert (first.name, first.role) == ("boss 2", Role.MANAGER)
    assert first.id != boss.id
    assert file_door.users.of_provider("https://id.example 1", "Another name") == first
    assert file_door.users.of_provider("https://other.example 1", "x").id != first.id
    assert file_door.users.proven("boss 2", "") is None
    file_door.users.disable("boss 2")
    assert file_door.users.of_provider("https://id.example 1", "Boss") is None
    with pytest.raises(InputError, match="identity provider"):
        file_door.users.set_password("boss 2", GOOD)


def test_a_backup_holds_users_and_no_session(place, tmp_path):
    store = place.open()
    door = Door(store.database)
    ana = door.users.add("ana", Role.TRAINER, GOOD)
    shown = door.sessions.open(ana)
    door.attempts.begin("ana", "192.0.2.1")
    back_up(store.database, tmp_path / "b.jsonl")
    assert set(re.findall(r'"table": "(\w+)"', (tmp_path / "b.jsonl").read_text())) == {"users"}
    restore(store.database, tmp_path / "b.jsonl")
    assert door.users.proven("ana", GOOD) == ana
    assert door.sessions.of(shown) is None


def test_the_key_that_signs_is_made_once_and_kept_private(tmp_path):
    made = secret_of(tmp_path / "home", "")
    path = tmp_path / "home" / "session.key"
    assert len(made) >= 32
    assert secret_of(tmp_path / "home", "") == made
    assert path.stat().st_mode & 0o077 == 0
    assert secret_of(tmp_path / "home", SECRET) == SECRET
    with pytest.raises(SettingsError):
        secret_of(tmp_path / "home", "short")


@pytest.mark.parametrize(
    ("chosen", "about"),
    [
        ({"login": "yes"}, "no such login"),
        ({"login": "accounts"}, "https"),
        ({"login": "accounts", "public_url": "http://coach.example.com"}, "https"),
        ({"login": "accounts", "public_url": "https://coach.example.com/path"}, "https"),
        ({"login": "accounts", "public_url": "https://u@coach.example.com"}, "https"),
        ({"login": "oidc", "public_url": "https://coach.example.com"}, "oidc_issuer"),
        (
            {
                "login": "oidc", "public_url": "https://coach.example.com", "oidc_issuer": "http://id.example.com",
                "oidc_client_id": "x", "oidc_client_secret": "y",
            },
            "https",
        ),
    ],
)  # fmt: skip
def test_a_login_that_would_not_be_safe_is_no_setting(monkeypatch, tmp_path, chosen, about):
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=about):
        settings.load(**chosen)


def test_secrets_of_the_login_are_never_shown():
    shown = repr(Settings(session_secret=SECRET, oidc_client_secret="hidden-one"))
    assert SECRET not in shown
    assert "hidden-one" not in shown
