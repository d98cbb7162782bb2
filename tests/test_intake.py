"""Claims about reading: every unusable text gets a clear error, and none of its words stand in it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from assistant.domain import Context
from assistant.errors import InputError
from assistant.formats import intake

LIMIT = 1000


def written(folder: Path, data: bytes | str, name: str = "draft.txt") -> str:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)


def lines(folder: Path, *rows: object) -> str:
    return written(folder, "\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), "rows.jsonl")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "empty"),
        (b" \r\n\t \xc2\xa0", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"Secret\x00word", "NUL"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "NUL"),
        (b"Secret \xff", "byte 8 cannot"),
        (b"\xef\xbb\xbfSecret \xe9t", "byte 11 cannot"),
        (b"caf\xc3", "byte 4 cannot"),
        (b"\xff\xfeS\x00e", "UTF-16"),
        (b"Secret" * LIMIT, "longer than 1,000"),
    ],
)
def test_an_unusable_text_is_refused_and_not_repeated(tmp_path: Path, data: bytes, fault: str) -> None:
    with pytest.raises(InputError, match=fault) as told:
        intake.read_draft(written(tmp_path, data), LIMIT)
    assert told.value.hint
    assert "Secret" not in f"{told.value}{told.value.detail}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_how_to_read(tmp_path: Path, encoding: str) -> None:
    text = "Zoë came at 9:10.\r\nTwice 👍"
    assert intake.read_draft(written(tmp_path, text.encode(encoding)), LIMIT) == text


def test_a_text_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    assert len(intake.read_draft(written(tmp_path, "😀" * LIMIT), LIMIT)) == LIMIT
    with pytest.raises(InputError, match="longer"):
        intake.read_draft(written(tmp_path, "x" * (LIMIT + 1)), LIMIT)


def test_a_huge_text_is_refused_without_reading_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO(b"x" * 1_000_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    with pytest.raises(InputError, match="longer"):
        intake.read_draft("-", LIMIT)
    assert stream.tell() < 20_000


def test_a_file_that_cannot_be_opened_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        intake.read_draft(str(tmp_path / "none.txt"), LIMIT)
    with pytest.raises(InputError, match="is a folder"):
        intake.read_draft(str(tmp_path), LIMIT)
    with pytest.raises(InputError, match="cannot be read"):
        intake.read_draft("x" * 5000, LIMIT)
    with pytest.raises(InputError, match="cannot be read"):
        intake.read_draft("nul\x00name", LIMIT)


def test_a_draft_typed_in_place_of_a_file_name_is_not_repeated() -> None:
    with pytest.raises(InputError) as told:
        intake.read_draft("You are always late", LIMIT)
    assert "late" not in str(told.value)


def test_no_standard_input_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="no input"):
        intake.read_draft("-", LIMIT)


def test_a_bad_line_does_not_stop_the_others(tmp_path: Path) -> None:
    source = lines(
        tmp_path,
        {"id": "a", "draft": "one", "split": "train", "context": {"standard": "by nine"}},
        "{not json",
        "",
        '["a list"]',
        {"id": "d", "draft": "  "},
        {"draft": "no id"},
        {"id": "f", "draft": 7},
        '{"id": "g", "draft": "half \\ud800"}',
        {"id": "h", "draft": "x", "context": "by nine"},
        {"id": 9, "draft": "last"},
    )
    rows = list(intake.read_rows(source, LIMIT))
    assert [(row.line, row.id, row.draft is not None) for row in rows] == [
        (1, "a", True), (2, None, False), (4, None, False), (5, "d", False), (6, None, False),
        (7, "f", False), (8, "g", False), (9, "h", False), (10, "9", True),
    ]  # fmt: skip
    assert rows[0].draft
    assert rows[0].draft.context == Context(standard="by nine")
    for row in rows:
        assert row.error is None or row.error.message.startswith(f"Line {row.line}: ")


def test_a_line_without_end_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    source = lines(tmp_path, {"id": "a", "draft": "x" * 200_000}, {"id": "b", "draft": "short"})
    first, second = intake.read_rows(source, LIMIT)
    assert first.error
    assert "longer" in first.error.message
    assert (second.id, second.line) == ("b", 2)


def test_json_nested_without_end_is_one_bad_line(tmp_path: Path) -> None:
    bad, good = intake.read_rows(lines(tmp_path, "[" * 70_000, {"id": "b", "draft": "x"}), 100_000)
    assert bad.error
    assert good.draft


def test_lines_are_read_as_they_come() -> None:
    assert intake.is_lines("drafts.jsonl")
    assert intake.is_lines("DRAFTS.JSONL")
    assert not intake.is_lines("-")
