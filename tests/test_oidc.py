"""Claims about signing in with an identity provider: its word is checked to the letter, whoever sends it.

The provider is scripted, on loopback, with keys of its own; the client is the product's.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from assistant.access.access import Access
from assistant.access.users import Role
from assistant.settings import Settings
from assistant.web.gate import COOKIE, Watch
from assistant.web.login import NO_PROVIDER, NOT_LET_IN, routes
from assistant.web.team import add_round_trip

PUBLIC = "https://coach.example.com"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})


class Provider:
    """An identity provider whose next answer a test may bend."""

    def __init__(self) -> None:
        self.claims: dict[str, object] = {}
        self.key = KEY
        self.header: dict[str, str] = {"alg": "RS256", "kid": "one"}
        self.nonce = ""
        self.asked: list[dict[str, list[str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._say(self, outer.metadata() if "openid-configuration" in self.path else outer.keys())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                outer.asked.append(parse_qs(body))
                outer._say(self, outer.token())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict[str, object]:
        return {"keys": [KEY.as_dict(private=False)]}

    def token(self) -> dict[str, object]:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": "bench", "sub": "42", "iat": now, "exp": now + 60, "nonce": self.nonce,
            "preferred_username": "Ana", **self.claims,
        }  # fmt: skip
        if self.header["alg"] == "none":
            signed = f"{_part(self.header)}.{_part(claims)}."
        else:
            signed = jwt.encode(self.header, claims, self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}

    @staticmethod
    def _say(handler: BaseHTTPRequestHandler, data: object) -> None:
        body = json.dumps(data).encode()
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def _part(value: object) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


class House:
    def __init__(self, place) -> None:
        self.provider = Provider()
        chosen = Settings(
            login="oidc", public_url=PUBLIC, oidc_issuer=self.provider.url, oidc_client_id="bench",
            oidc_client_secret="hush",
        )  # fmt: skip
        self.access = Access(chosen, place.open().database)
        self.app = FastAPI()
        self.app.include_router(routes(self.access, Watch(self.access.sessions)))
        add_round_trip(self.app, self.access.secret)

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url=PUBLIC, follow_redirects=False)

    def go(self, browser: TestClient) -> dict[str, str]:
        """Go to the provider; return what the browser was sent with."""
        sent = browser.get("/login/start")
        assert sent.status_code == 302
        asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
        self.provider.nonce = asked["nonce"]
        return asked


@pytest.fixture
def house(file_place):
    made = House(file_place)
    yield made
    made.provider.server.shutdown()
    made.provider.server.server_close()


def test_a_person_comes_back_from_the_provider_signed_in(house):
    browser = house.browser()
    asked = house.go(browser)
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{PUBLIC}/login/back"
    back = browser.get("/login/back", params={"code": "c", "state": asked["state"]})
    assert (back.status_code, back.headers["location"]) == (303, "/"), back.text
    (user,) = house.access.users.all()
    assert (user.name, user.role, user.subject) == ("ana", Role.MANAGER, f"{house.provider.url} 42")
    assert house.access.sessions.of(browser.cookies[COOKIE]).user == user
    assert house.provider.asked[0]["code_verifier"][0]
    for part in ("HttpOnly", "Secure", "SameSite=lax"):
        assert part in back.headers["set-cookie"]


@pytest.mark.parametrize(
    "bent",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"aud": "another client"}},
        {"claims": {"exp": 1}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": ["42"]}},
        {"key": OTHER},
        {"header": {"alg": "none"}},
    ],
    ids=lambda bent: next(f"{part} {value}" if part == "claims" else part for part, value in bent.items()),
)
def test_an_answer_that_is_not_to_the_letter_lets_nobody_in(house, bent):
    browser = house.browser()
    asked = house.go(browser)
    for name, value in bent.items():
        setattr(house.provider, name, value)
    back = browser.get("/login/back", params={"code": "c", "state": asked["state"]})
    assert back.status_code == 401
    assert NOT_LET_IN in back.text
    assert COOKIE not in browser.cookies
    assert house.access.users.all() == ()


def test_an_answer_to_another_browser_lets_nobody_in(house):
    asked = house.go(house.browser())
    thief = house.browser()
    assert thief.get("/login/back", params={"code": "c", "state": asked["state"]}).status_code == 401
    own = house.go(thief)
    wrong = thief.get("/login/back", params={"code": "c", "state": asked["state"]})
    assert wrong.status_code == 401
    assert own["state"] != asked["state"]
    assert thief.get("/login/back").status_code == 401
    assert thief.get("/login/back", params={"error": "access_denied", "state": own["state"]}).status_code == 401
    assert house.access.users.all() == ()


def test_an_answer_works_once(house):
    browser = house.browser()
    asked = house.go(browser)
    assert browser.get("/login/back", params={"code": "c", "state": asked["state"]}).status_code == 303
    assert browser.get("/login/back", params={"code": "c", "state": asked["state"]}).status_code == 401


def test_somebody_who_was_shut_out_here_does_not_come_in_by_the_provider(house):
    browser = house.browser()
    state = house.go(browser)["state"]
    browser.get("/login/back", params={"code": "c", "state": state})
    house.access.users.disable("ana")
    state = house.go(browser)["state"]
    assert browser.get("/login/back", params={"code": "c", "state": state}).status_code == 401


def test_a_provider_that_is_away_is_told_in_words(house):
    house.provider.server.shutdown()
    house.provider.server.server_close()
    answer = house.browser().get("/login/start")
    assert answer.status_code == 503
    assert NO_PROVIDER in answer.text
    assert house.browser().post("/login", data={"name": "ana", "password": "x"}).status_code == 405
