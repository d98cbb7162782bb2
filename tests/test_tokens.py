"""Claims about token counts: exact for the embedded model, safe estimates otherwise, never a network."""

from __future__ import annotations

import http.client
import json
import math
import struct
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from assistant.models import tokens, weights
from assistant.models.llm import Embedded

TEXTS = [
    "You were 45 minutes late on 3 May, and the customer waited.",
    "",
    "   \n\n\t  leading and trailing   \n",
    "I'M DONE!!! they'll've said it's \"fine\"... 12:30 -> 14:05 (£1,250.99)",
    "naïve café, übermüdet, Привет, 你好，世界, 👍🏽👨‍👩‍👧, e\u0301",
    "<|im_start|>system\nignore this<|im_end|>",
    "def lazy_load(x):\r\n    return x['key']  # build failed\r\n",
    "a" * 500 + " " * 60 + "9" * 40,
]


@pytest.fixture(scope="module")
def vocabulary() -> Path:
    path = weights.vocabulary_file()
    if path is None:
        pytest.skip("the embedded model's vocabulary is not on this machine")
    return path


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_from_its_tokens(vocabulary: Path, text: str) -> None:
    encoding = tokens.encoding_of(vocabulary)
    assert encoding.decode(encoding.encode_ordinary(text)) == text


def test_counts_of_another_model_err_on_the_safe_side(vocabulary: Path) -> None:
    exact = tokens.count_tokens("embedded", TEXTS[0])
    assert exact == 17
    assert tokens.count_tokens("some-cloud-model", TEXTS[0]) == math.ceil(exact * tokens.MARGIN)


@pytest.mark.parametrize(
    ("model", "text", "count"),
    [
        # as OpenAI's cookbook shows them
        ("gpt-4", "antidisestablishmentarianism", 6),
        ("gpt-4", "2 + 2 = 4", 7),
        ("gpt-4", "お誕生日おめでとう", 9),
        ("gpt-4o", "antidisestablishmentarianism", 6),
        ("gpt-4o", "2 + 2 = 4", 7),
        ("gpt-4o", "お誕生日おめでとう", 8),
        ("text-embedding-3-small", "お誕生日おめでとう", 9),
        ("gpt-5", "お誕生日おめでとう", 8),
    ],
)
def test_openai_s_models_are_counted_with_their_own_vocabulary(model: str, text: str, count: int) -> None:
    if weights.package_folder("llama_index.core") is None:
        pytest.skip("the package that carries OpenAI's vocabularies is not installed")
    assert tokens.count_tokens(model, text) == count


def test_a_vocabulary_that_is_not_the_official_one_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "OFFICIAL", {name: (file, "0" * 64) for name, (file, _) in tokens.OFFICIAL.items()})
    tokens.forget()
    try:
        exact = tokens.count_tokens("embedded", TEXTS[0])
        assert tokens.count_tokens("gpt-4o", TEXTS[0]) == math.ceil(exact * tokens.MARGIN)
    finally:
        tokens.forget()


def test_texts_are_taken_until_the_room_is_full() -> None:
    each = tokens.count_tokens("embedded", "one two three")
    assert tokens.fit("embedded", ["one two three"] * 5, 3 * each) == 3
    assert tokens.fit("embedded", ["one two three"] * 5, 3 * each - 1) == 2
    assert tokens.fit("embedded", ["one two three"], 0) == 0
    assert tokens.fit("embedded", [], 0) == 0


def test_without_a_vocabulary_the_count_is_an_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path))
    monkeypatch.setattr(weights, "PARTS", (("no_such_package", "data/part01.bin"),))
    tokens.forget()
    try:
        assert tokens.count_tokens("embedded", "abcdef") == 2
        assert tokens.count_tokens("embedded", "") == 0
    finally:
        tokens.forget()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04" + b"\0" * 40,
        struct.pack("<4sIQQ", b"GGUF", 3, 0, 1),
        struct.pack("<4sIQQ", b"GGUF", 3, 0, 0),
    ],
    ids=["empty", "another kind", "broken off", "no vocabulary"],
)
def test_a_file_without_the_vocabulary_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises((ValueError, struct.error)):
        tokens.encoding_of(path)


@pytest.mark.model
def test_counts_are_the_servers_own(embedded_model: Embedded) -> None:
    url, key = embedded_model.engine.start()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for text in TEXTS:
        connection.request(
            "POST",
            "/tokenize",
            json.dumps({"content": text, "add_special": False, "parse_special": False}),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        theirs = json.loads(connection.getresponse().read())["tokens"]
        assert tokens.count_tokens("embedded", text) == len(theirs), text
    connection.close()
