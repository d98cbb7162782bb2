"""The way in as one value: users, sessions, attempts and the identity provider of one installation.

Knows settings and the database; knows nothing of requests. Whoever holds it can let somebody in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant import settings
from assistant.access.attempts import Attempts
from assistant.access.limits import Allowance
from assistant.access.sessions import Sessions, secret_of
from assistant.access.users import User, Users
from assistant.keeping.database import Database
from assistant.settings import Settings

TOO_OFTEN = "Too many attempts. Wait a quarter of an hour, or ask your administrator."


class Access:
    """Users, sessions and attempts. Safe between threads."""

    def __init__(self, chosen: Settings, database: Database) -> None:
        self.secret = secret_of(settings.home(), chosen.session_secret)
        self.users = Users(database)
        self.sessions = Sessions(database, self.secret, chosen.session_hours)
        self.attempts = Attempts(database, self.secret)
        self.public_url = chosen.public_url.rstrip("/")
        self.provider = _provider(chosen) if chosen.login == "oidc" else None
        self.allowance = Allowance(chosen.requests_per_minute)
        self._issuer = chosen.oidc_issuer

    def sign_in(self, name: str, password: str, address: str) -> User | str | None:
        """Return the user whom name and password belong to, None for nobody, or why it was not even looked at."""
        ticket = self.attempts.begin(name, address)
        if ticket is None:
            return TOO_OFTEN
        user = self.users.proven(name, password)
        if user is not None:
            self.attempts.succeed(ticket, name, address)
        return user

    def of_provider(self, told: Mapping[str, Any]) -> User | None:
        """Return the user whom the identity provider's checked answer is about; None where they are shut out."""
        subject = told.get("sub")
        if not isinstance(subject, str) or not subject or len(subject) > 255:
            return None
        names = (told.get(claim) for claim in ("preferred_username", "email", "name"))
        name = next((one for one in names if isinstance(one, str) and one.strip()), "user")
        return self.users.of_provider(f"{self._issuer} {subject}"[:500], name)


def _provider(chosen: Settings) -> Any:  # noqa: ANN401 - Authlib has no types
    from authlib.integrations.starlette_client import OAuth

    registry = OAuth()
    registry.register(
        "provider",
        client_id=chosen.oidc_client_id,
        client_secret=chosen.oidc_client_secret,
        server_metadata_url=f"{chosen.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "timeout": 10},
    )
    return registry.provider
