"""Reading what a person hands in: a file, standard input, or lines of JSON. Raises InputError only.

Knows every way in which a text can be unusable. Does not know what will be done with it.
No error text holds any word of a draft.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assistant.domain import Context, Draft
from assistant.errors import InputError

STDIN = "-"
_BOMS = (  # longest first: the mark of UTF-32 begins with that of UTF-16
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8"),
)
_BYTES_PER_CHARACTER = 4
_BYTES_PER_JSON_CHARACTER = 12
_OTHER_FIELDS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a ``.jsonl`` file: a value, or the reason why there is none."""

    line: int
    id: str | None
    draft: Draft | None = None
    error: InputError | None = None


def is_lines(source: str) -> bool:
    """Tell whether ``source`` names a file with one JSON object per line."""
    return source.lower().endswith(".jsonl")


def read_draft(source: str, limit: int) -> str:
    """Return the text of a file, or of standard input for ``-``, at most ``limit`` characters long."""
    cap = (limit + 1) * _BYTES_PER_CHARACTER
    with _opened(source) as stream:
        data = stream.read(cap + 1)
    if len(data) > cap:
        raise _too_long(limit)
    return usable(decoded(data), limit)


def read_rows(source: str, limit: int, field: str = "draft") -> Iterator[Row]:
    """Yield one Row per line that is not blank. A line that cannot be used does not stop the others."""
    cap = limit * _BYTES_PER_JSON_CHARACTER + _OTHER_FIELDS
    with _opened(source) as stream:
        number = 0
        while line := stream.readline(cap + 1):
            number += 1
            if len(line) > cap:
                _skip_line(stream, line)
                yield Row(number, None, error=_at(number, _too_long(limit)))
            elif line.strip(b" \t\r\n\xef\xbb\xbf"):
                yield _row(number, line, limit, field)


def usable(text: str, limit: int) -> str:
    """Return ``text`` unchanged, or raise InputError where it is empty, binary or too long."""
    if "\x00" in text:
        raise InputError("This is not text: it holds NUL bytes.", hint="Save it as plain text, UTF-8.")
    if len(text) > limit:
        raise _too_long(limit)
    if not text.strip(" \t\r\n\ufeff\u200b\xa0"):
        raise InputError("The draft is empty.", hint="Write what happened; rough notes are fine.")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InputError("The draft holds half of a character.", hint="Save it as plain text, UTF-8.")
    return text


def decoded(data: bytes) -> str:
    """Return bytes as text: UTF-8, or whatever a byte-order mark says. Line ends stay as they are."""
    mark, encoding = next(((m, e) for m, e in _BOMS if data.startswith(m)), (b"", "utf-8"))
    skipped = len(mark) if encoding == "utf-8" else 0
    try:
        return data[skipped:].decode(encoding)
    except UnicodeDecodeError as error:
        if b"\x00" in data and not mark:
            raise InputError("This is not text: it holds NUL bytes.", hint="Save it as plain text, UTF-8.") from None
        raise InputError(
            f"This is not {encoding.upper()} text: byte {skipped + error.start + 1} cannot be read.",
            hint="Save it as plain text, UTF-8.",
        ) from None


@contextmanager
def _opened(source: str) -> Iterator[BinaryIO]:
    if source == STDIN:
        if sys.stdin is None or sys.stdin.closed:
            raise InputError("There is no input.", hint="Name a file, or pipe a text in.")
        if sys.stdin.isatty():
            print("Type or paste the draft, then Enter and Ctrl-D.", file=sys.stderr)
        yield sys.stdin.buffer
        return
    # A draft typed where a file name belongs must not come back in an error text.
    named = source if len(source) < 200 and not any(c.isspace() for c in source) else "that name"
    try:
        with Path(source).open("rb") as stream:
            yield stream
    except FileNotFoundError:
        raise InputError(
            f"There is no file {named}.", hint="To hand in the words themselves, pipe them in: echo '…' | …"
        ) from None
    except IsADirectoryError:
        raise InputError(f"{named} is a folder.", hint="Name a file.") from None
    except PermissionError:
        raise InputError(f"The file {named} may not be read.", hint="Look at its permissions.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"The file {named} cannot be read.", detail=type(error).__name__) from None


def _row(number: int, line: bytes, limit: int, field: str) -> Row:
    row_id: str | None = None
    try:
        fields = _object(decoded(line))
        row_id = _text(fields, "id", str(fields["id"]) if isinstance(fields.get("id"), int) else None)
        text = usable(_text(fields, field), limit)
        return Row(number, row_id, draft=Draft(text, row_id, _context(fields.get("context"))))
    except InputError as error:
        return Row(number, row_id, error=_at(number, error))


def _object(line: str) -> dict[str, object]:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"This is not JSON: {error.msg} at column {error.colno}.") from None
    except (ValueError, RecursionError):
        raise InputError("This is JSON that cannot be read.") from None
    if not isinstance(fields, dict):
        raise InputError("This is not a JSON object.")
    return fields


def _text(fields: dict[str, object], name: str, given: str | None = None) -> str:
    value = given if given is not None else fields.get(name)
    if not isinstance(value, str):
        raise InputError(f"The field {name} is missing or is not text.")
    return value


def _context(value: object) -> Context:
    if value is None:
        return Context()
    names = ("standard", "stated_when", "to_whom")
    if not isinstance(value, dict) or not all(isinstance(value.get(name, ""), str) for name in names):
        raise InputError("The field context is not an object of standard, stated_when and to_whom.")
    return Context(**{name: value.get(name, "") for name in names})


def _at(number: int, error: InputError) -> InputError:
    return InputError(f"Line {number}: {error.message}", hint=error.hint)


def _skip_line(stream: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(_OTHER_FIELDS)


def _too_long(limit: int) -> InputError:
    return InputError(
        f"The draft is longer than {limit:,} characters.",
        hint="Hand in one conversation at a time, or raise the setting max_draft.",
    )
