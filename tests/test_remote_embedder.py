"""Claims about embeddings from another address: chosen on purpose, checked, and never needed to go on."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from assistant import settings
from assistant.errors import ModelUnavailable, SettingsError, UnreadableReply
from assistant.library.knowledge import Library
from assistant.library.remote_embedder import RemoteEmbedder
from assistant.models import weights
from assistant.settings import Settings
from assistant.shelf import knowledge_folder

WIDTH = 64


class Server(ThreadingHTTPServer):
    """A stand-in for an embedding service: words hashed into a vector. Keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, object]] = []
        self.shape = "right"
        self.address = f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({**body, "key": self.headers["Authorization"], "path": self.path})
        rows = [{"object": "embedding", "index": n, "embedding": hashed(t)} for n, t in enumerate(body["input"])]
        if self.server.shape == "too few":
            rows = rows[:-1]
        if self.server.shape == "backwards":
            rows.reverse()
        answer = json.dumps({"object": "list", "data": rows, "model": body["model"]}).encode()
        self.send_response(500 if self.server.shape == "broken" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def hashed(text: str) -> list[float]:
    vector = [0.01] * WIDTH
    for word in re.findall(r"\w+", text.lower()):
        vector[hashlib.sha256(word.encode()).digest()[0] % WIDTH] += 3.0
    return vector


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server()
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield serving
    serving.shutdown()
    serving.server_close()


@pytest.fixture
def chosen(server: Server) -> Settings:
    return Settings(embedding_model="hashes", embedding_url=server.address, embedding_key="k", timeout=10)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "built-in"
    (folder / "frameworks").mkdir(parents=True)
    source = (knowledge_folder() / "frameworks" / "sbi.md").read_text("utf-8")
    text = re.sub(r"^disagrees_with: .*\n", "", source, flags=re.MULTILINE)
    (folder / "frameworks" / "sbi.md").write_text(text, "utf-8")
    return folder


def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(server: Server, chosen: Settings) -> None:
    server.shape = "backwards"
    texts = [f"text number {n}" for n in range(100)]
    vectors = RemoteEmbedder(chosen).encode(texts)
    wanted = np.array([hashed(text) for text in texts])
    assert vectors == pytest.approx(wanted / np.linalg.norm(wanted, axis=1, keepdims=True), abs=1e-6)
    assert [len(asked["input"]) for asked in server.asked] == [64, 36]
    assert {(asked["model"], asked["key"]) for asked in server.asked} == {("hashes", "Bearer k")}


def test_an_answer_with_too_few_vectors_is_refused(server: Server, chosen: Settings) -> None:
    server.shape = "too few"
    with pytest.raises(UnreadableReply, match="one embedding for each"):
        RemoteEmbedder(chosen).encode(["one", "two"])


def test_a_failure_names_the_settings_of_embeddings(server: Server, chosen: Settings) -> None:
    server.shape = "broken"
    with pytest.raises(ModelUnavailable) as caught:
        RemoteEmbedder(chosen).encode(["a secret question"])
    assert "BENCHCOACH_EMBEDDING_URL" in caught.value.hint
    assert "secret" not in str(caught.value) + caught.value.detail


def test_the_library_is_searched_with_the_chosen_model_and_says_where_questions_go(
    server: Server, chosen: Settings, small: Path, tmp_path: Path
) -> None:
    library = Library.load(tmp_path / "home", built_in=small, chosen=chosen)
    try:
        assert (library.note, library.place) == ("", "this machine")
        sent = len(server.asked)
        assert library.search("silence after the facts and the effect", 1)[0].id == "sbi#left-out"
        assert server.asked[sent]["input"] == ["silence after the facts and the effect"]
        library.examples("You were late on Tuesday", 1)
        assert library.cite("sbi#behaviour", "careless").quote
        assert len(server.asked) == sent + 1, "what is compared with drafts stays here"
    finally:
        library.close()


def test_another_embedding_model_gets_an_index_of_its_own(
    server: Server, chosen: Settings, small: Path, tmp_path: Path
) -> None:
    if weights.ensure_embedder() is None:
        pytest.skip("the embedding model's package is not installed")
    for settings_ in (Settings(), chosen):
        Library.load(tmp_path / "home", built_in=small, chosen=settings_).close()
    sent = len(server.asked)
    Library.load(tmp_path / "home", built_in=small, chosen=chosen).close()
    assert len(server.asked) == sent, "an index that is there is not built again"


def test_where_the_address_does_not_answer_search_works_on_words_and_says_so(
    server: Server, chosen: Settings, small: Path, tmp_path: Path
) -> None:
    server.shape = "broken"
    library = Library.load(tmp_path / "home", built_in=small, chosen=chosen)
    assert "words only" in library.note
    assert library.search("a recording would bear out", 1)[0].id == "sbi#behaviour"
    library.close()


def test_an_address_that_fails_later_leaves_search_on_words(
    server: Server, chosen: Settings, small: Path, tmp_path: Path
) -> None:
    library = Library.load(tmp_path / "home", built_in=small, chosen=chosen)
    server.shape = "broken"
    assert library.search("a recording would bear out", 1)[0].id == "sbi#behaviour"
    library.close()


@pytest.mark.parametrize(
    ("given", "says"),
    [({"embedding_model": "x"}, "needs an address"), ({"embedding_url": "http://x/v1"}, "no embedding model")],
)
def test_an_address_and_a_model_are_named_together_or_not_at_all(
    given: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=says):
        settings.load(**given)
