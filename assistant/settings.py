"""Every setting, and the only reader of the environment.

Values come, in this order, from ``BENCHCOACH_<NAME>`` in the environment, from
``settings.toml`` in the home folder, and from the defaults below. No other variable
is read: an ``OPENAI_API_KEY`` that happens to be set sends nothing anywhere.

Importing this module is cheap, and so is reading: the linter does both.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields
from math import inf
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError

PREFIX = "BENCHCOACH_"
_SALT = 32
LOGINS = ("none", "accounts", "oidc")


def _setting(default: Any, says: str, *, secret: bool = False) -> Any:  # noqa: ANN401 - a field of any type
    return field(default=default, metadata={"says": says}, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting with its default; ``docs/settings.md`` is generated from this class."""

    model: str = _setting(
        "embedded",
        "`embedded` (on this machine), `none` (rules only), or a model's name at `base_url`.",
    )
    base_url: str = _setting("", "Address of an OpenAI-compatible endpoint. Only with a `model` named on purpose.")
    api_key: str = _setting("", "Key for `base_url`.", secret=True)
    pseudonyms: str = _setting(
        "on", "`on` puts stand-ins for people into what goes to a model elsewhere; `off` sends names as they are."
    )
    roster: str = _setting("", "Path of a text file with the names to stand in for, one to a line.")
    phone_region: str = _setting("US", "The country whose phone numbers are written without a prefix, such as `GB`.")
    budget: float = _setting(
        0.0, "What a model elsewhere may cost in a month, in the currency of its prices; 0 sets no limit."
    )
    price_in: float = _setting(0.0, "Price of a million tokens sent; needed with a `budget`.")
    price_out: float = _setting(0.0, "Price of a million tokens received; needed with a `budget`.")
    cache_salt: str = _setting(
        "",
        "With a model elsewhere: sent with each request as `cache_salt`, so that a vLLM which others use too shares no "
        "cache of prompts between them and you; 32 random characters or more.",
        secret=True,
    )
    embedding_model: str = _setting(
        "embedded",
        "`embedded` (on this machine), or the name of an embedding model at `embedding_url`, which then gets every "
        "passage of the library and every question to it; clauses of drafts stay here.",
    )
    embedding_url: str = _setting(
        "", "Address of an OpenAI-compatible endpoint for embeddings. Only with an `embedding_model` named on purpose."
    )
    embedding_key: str = _setting("", "Key for `embedding_url`.", secret=True)
    gguf: str = _setting("", "Path of another GGUF file for the embedded engine. You vouch for it.")
    weights: str = _setting("", "Path or https address of the official weights, where the packages cannot be had.")
    threads: int = _setting(0, "Threads of the embedded engine; 0 takes every core.")
    slots: int = _setting(2, "Requests the embedded engine works on at once.")
    context: int = _setting(8192, "Tokens of context, shared by the slots.")
    timeout: float = _setting(120.0, "Seconds to wait for one answer of the model.")
    temperature: float = _setting(0.0, "Sampling temperature.")
    seed: int = _setting(7, "Sampling seed; 0 draws another one for each answer.")
    max_draft: int = _setting(20_000, "Longest draft, in characters.")
    max_document: int = _setting(20, "Largest document for the library, in megabytes.")
    disabled_rules: str = _setting("", "Ids of language rules to leave out, separated by commas.")
    database: str = _setting(
        "",
        "Address of a PostgreSQL database (`postgresql://user:password@host/name`); empty keeps all in a file in "
        "the home folder.",
        secret=True,
    )
    retention: str = _setting(
        "1 year",
        "How long agreements and saved work are kept after their last change and last date: `nothing`, `30 days`, "
        "`1 year` or `until deleted`.",
    )
    login: str = _setting(
        "none",
        "`none` (one person, this machine alone), `accounts` (`benchcoach users`) or `oidc` (your identity provider).",
    )
    public_url: str = _setting(
        "", "With a login: the address that people type, such as `https://coach.example.com`; nothing else is answered."
    )
    proxies: str = _setting(
        "", "With a login: addresses of proxies in front, separated by commas, whose X-Forwarded-For is believed."
    )
    session_hours: float = _setting(10.0, "With a login: hours after which a person signs in again.")
    session_secret: str = _setting(
        "",
        "With a login: the key that signs sessions, 32 characters or more and the same for every replica; empty makes "
        "one in the home folder.",
        secret=True,
    )
    tokens_per_day: int = _setting(
        0, "Tokens of a model, sent and received, that one person may use in a day (UTC); 0 sets no limit."
    )
    requests_per_minute: int = _setting(60, "With a login: requests of one person to the API within a minute.")
    oidc_issuer: str = _setting("", "With `login = oidc`: the provider's address, as in its discovery document.")
    oidc_client_id: str = _setting("", "With `login = oidc`: what the provider calls this installation.")
    oidc_client_secret: str = _setting("", "With `login = oidc`: the secret for that.", secret=True)
    contact_hr: str = _setting("your HR partner", "Whom a manager should see about HR matters.")
    contact_legal: str = _setting("your legal team", "Whom to see about legal matters.")
    contact_emergency: str = _setting(
        "your local emergency number, then your employee assistance line",
        "Whom to call when somebody may be in danger.",
    )
    contact_security: str = _setting("your security team", "Whom to see about theft or threats.")


def home() -> Path:
    """Return the folder that holds everything Benchcoach writes (``BENCHCOACH_HOME``)."""
    given = os.environ.get(PREFIX + "HOME", "").strip()
    if given:
        return Path(given).expanduser()
    from platformdirs import user_data_path

    return user_data_path("benchcoach")


def disabled_rules() -> frozenset[str]:
    """Return the ids of switched-off language rules without loading the other settings."""
    raw = os.environ.get(PREFIX + "DISABLED_RULES")
    if raw is None:
        raw = str(_from_file(home() / "settings.toml").get("disabled_rules", ""))
    return frozenset(part.strip() for part in raw.split(",") if part.strip())


def load(**overrides: object) -> Settings:
    """Return settings that a model can be opened with; ``overrides`` (a command's options) win over all.

    Raises SettingsError naming the setting and where it came from.
    """
    settings = read(**overrides)
    _check_remote(settings)
    _check_outgoing(settings)
    _check_embedding(settings)
    _check_login(settings)
    return settings


def read(**overrides: object) -> Settings:
    """Return settings whose values are of the right kind, without asking whether the model can be had."""
    path = home() / "settings.toml"
    merged = _from_file(path)
    known = {f.name: f for f in fields(Settings)}
    unknown = sorted(set(merged) - set(known))
    if unknown:
        raise SettingsError(
            f"{path.name} has a setting that does not exist: {unknown[0]}.",
            hint="docs/settings.md lists every setting.",
        )
    merged |= {name: os.environ[_variable(name)] for name in known if _variable(name) in os.environ}
    merged |= {name: value for name, value in overrides.items() if value is not None}
    return Settings(**{name: _value(name, value, known[name].default) for name, value in merged.items()})


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _value(name: str, value: object, default: object) -> Any:  # noqa: ANN401 - of the kind its setting has
    """Return a value as the kind its default has; text from the environment is read as a number."""
    if isinstance(default, str):
        if isinstance(value, str):
            return value.strip()
        needed = "text"
    else:
        whole = isinstance(default, int)
        needed = "a whole number, 0 or more" if whole else "a number, 0 or more"
        try:
            number = int(str(value)) if whole else float(str(value))
            if isinstance(value, str | int | float) and not isinstance(value, bool) and 0 <= number < inf:
                return number
        except ValueError:
            pass
    raise SettingsError(
        f"The setting {name} has a value that cannot be used: it needs {needed}.",
        hint=f"It comes from {_variable(name)} or from settings.toml.",
    )


def _check_remote(settings: Settings) -> None:
    local = settings.model in ("embedded", "none")
    if settings.base_url and local:
        raise SettingsError(
            "An address for a remote model is set, but no model is named.",
            hint=f"Name it with {PREFIX}MODEL to send drafts there, or unset {PREFIX}BASE_URL.",
        )
    if not local and not settings.base_url:
        raise SettingsError(
            f"The model {settings.model} needs an address.",
            hint=f"Set {PREFIX}BASE_URL to an OpenAI-compatible endpoint.",
        )


def _check_outgoing(settings: Settings) -> None:
    if settings.pseudonyms not in ("on", "off"):
        raise SettingsError("The setting pseudonyms is on or off.")
    if settings.cache_salt and len(settings.cache_salt) < _SALT:
        raise SettingsError(f"The setting cache_salt needs {_SALT} characters or more.", hint="Make them at random.")
    if settings.budget and not (settings.price_in and settings.price_out):
        raise SettingsError(
            "A budget needs the prices of the model.", hint="Set price_in and price_out, for a million tokens."
        )


def _check_embedding(settings: Settings) -> None:
    local = settings.embedding_model == "embedded"
    if settings.embedding_url and local:
        raise SettingsError(
            "An address for embeddings is set, but no embedding model is named.",
            hint=f"Name it with {PREFIX}EMBEDDING_MODEL to send questions there, or unset {PREFIX}EMBEDDING_URL.",
        )
    if not local and not settings.embedding_url:
        raise SettingsError(
            f"The embedding model {settings.embedding_model} needs an address.",
            hint=f"Set {PREFIX}EMBEDDING_URL to an OpenAI-compatible endpoint.",
        )


def _check_login(settings: Settings) -> None:
    if settings.login not in LOGINS:
        raise SettingsError("There is no such login.", hint=f"The setting login is one of: {', '.join(LOGINS)}.")
    if settings.login == "none":
        return
    from urllib.parse import urlsplit

    parts = urlsplit(settings.public_url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    if not safe or not parts.netloc or parts.path not in ("", "/") or parts.query or parts.username:
        raise SettingsError(
            "A login needs the address that people type, with https.",
            hint=f"Set {PREFIX}PUBLIC_URL to something like https://coach.example.com, without a path.",
        )
    needed = ("oidc_issuer", "oidc_client_id", "oidc_client_secret") if settings.login == "oidc" else ()
    if missing := next((name for name in needed if not getattr(settings, name)), ""):
        raise SettingsError(
            f"The login with your identity provider needs the setting {missing}.",
            hint="docs/company.md says where to find it.",
        )
    if needed and urlsplit(settings.oidc_issuer).scheme != "https" and parts.scheme == "https":
        raise SettingsError("The address of the identity provider begins with https.")


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"{path.name} in the home folder cannot be read.",
            hint="Correct it or move it away; the defaults then apply.",
            detail=str(error),
        ) from error
