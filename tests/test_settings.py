"""Claims about settings: where they come from, what is refused, and that no draft leaves by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import settings
from assistant.errors import SettingsError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home, with no setting in the environment."""
    for field in settings.Settings.__dataclass_fields__:
        monkeypatch.delenv(f"BENCHCOACH_{field.upper()}", raising=False)
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    return tmp_path


def test_without_any_setting_everything_stays_on_this_machine(home: Path) -> None:
    found = settings.load()
    assert found == settings.Settings()
    assert (found.model, found.base_url, found.api_key) == ("embedded", "", "")


def test_a_key_for_another_program_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stray")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.example.com/v1")
    assert settings.load() == settings.Settings()


def test_the_environment_wins_over_the_file_and_an_option_over_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "settings.toml").write_text("seed = 1\nslots = 3\nthreads = 2\n")
    monkeypatch.setenv("BENCHCOACH_SLOTS", "4")
    monkeypatch.setenv("BENCHCOACH_THREADS", "5")
    found = settings.load(threads=6, context=None)
    assert (found.seed, found.slots, found.threads, found.context) == (1, 4, 6, 8192)


def test_a_remote_model_needs_a_name_and_an_address(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="needs an address"):
        settings.load(model="some-model")
    monkeypatch.setenv("BENCHCOACH_BASE_URL", "https://api.example.com/v1")
    for local in ("embedded", "none"):
        with pytest.raises(SettingsError, match="no model is named"):
            settings.load(model=local)
    assert settings.load(model="some-model").base_url == "https://api.example.com/v1"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('colour = "red"', "colour"),
        ('slots = "many"', "slots"),
        ("slots = ", "cannot be read"),
        (b"\xff\xfe\xff", "cannot be read"),
        ("slots = 1.5", "slots"),
        ("slots = true", "slots"),
        ("slots = -1", "slots"),
        ("timeout = inf", "timeout"),
        ("timeout = nan", "timeout"),
        ("model = 7", "model"),
    ],
)
def test_a_wrong_file_is_refused_by_name(home: Path, text: str | bytes, fault: str) -> None:
    (home / "settings.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError, match=fault) as told:
        settings.load()
    assert told.value.hint


def test_a_cache_salt_that_could_be_guessed_is_refused(home: Path) -> None:
    remote = {"model": "m", "base_url": "https://api.example.com/v1"}
    with pytest.raises(SettingsError, match="32 characters"):
        settings.load(**remote, cache_salt="short")
    assert "s" * 32 not in repr(settings.load(**remote, cache_salt="s" * 32))


def test_a_wrong_value_in_the_environment_names_the_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHCOACH_TIMEOUT", "soon")
    with pytest.raises(SettingsError, match="timeout") as told:
        settings.load()
    assert "BENCHCOACH_TIMEOUT" in told.value.hint


def test_the_linter_reads_settings_whatever_the_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHCOACH_BASE_URL", "https://api.example.com/v1")
    monkeypatch.setenv("BENCHCOACH_MAX_DRAFT", "500")
    assert settings.read().max_draft == 500


def test_rules_are_switched_off_by_environment_or_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.disabled_rules() == frozenset()
    (home / "settings.toml").write_text('disabled_rules = "one, two,"')
    assert settings.disabled_rules() == {"one", "two"}
    monkeypatch.setenv("BENCHCOACH_DISABLED_RULES", "three")
    assert settings.disabled_rules() == {"three"}


def test_the_home_folder_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCHCOACH_HOME", raising=False)
    assert settings.home().name == "benchcoach"
    monkeypatch.setenv("BENCHCOACH_HOME", "~/elsewhere")
    assert settings.home() == Path.home() / "elsewhere"
