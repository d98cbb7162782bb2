"""A person's own drafts from a .csv, .jsonl or .yaml file. A bad row is named with its line; the others are used.

Knows files and the fields of a row; nothing of suites. What is refused is told without the words of the draft.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assistant.errors import InputError

KINDS = (".csv", ".jsonl", ".yaml", ".yml")
MOST = 2_000
LONGEST = 20_000
_NAMES = {"text": "draft", "feedback": "draft", "no": "id"}
_LISTS = ("must_keep", "must_drop", "traits")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is left out: its first line in the file, and why."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


@dataclass(frozen=True, slots=True)
class OwnCases:
    """What a file holds: rows to run, rows that are left out, and columns that mean nothing here."""

    rows: tuple[dict[str, Any], ...]
    refused: tuple[Refused, ...]
    unknown: tuple[str, ...]


class Row(BaseModel):
    """The fields of a row; only the draft is needed. The others are expectations and slices of the report."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, str_strip_whitespace=True)

    id: str = Field(default="", max_length=100)
    draft: str = Field(min_length=1, max_length=LONGEST)
    situation: str = Field(default="", max_length=100)
    job: str = Field(default="", max_length=100)
    traits: list[str] = []
    must_keep: list[str | list[str]] = []
    must_drop: list[str] = []
    no_fact: bool = False
    pattern: Literal["none", "micromanagement", "abdication"] | None = None
    route: Literal["hr", "legal", "emergency", "security"] | None = None
    split: Literal["train", "dev", "test"] | None = None
    context: dict[Literal["standard", "stated_when", "to_whom"], str] = {}
    forbidden: list[str] = []
    harmless: list[str] = []
    attack: str = ""
    place: str = ""

    @field_validator("must_keep", "must_drop")
    @classmethod
    def _says_something(cls, phrases: list[Any]) -> list[Any]:
        if any(not phrase or (isinstance(phrase, list) and not all(phrase)) for phrase in phrases):
            raise ValueError("an empty phrase stands in it")
        return phrases


def read(path: Path) -> OwnCases:
    """Return the drafts of a file. Raises InputError where the file cannot be read or no row can be used."""
    readers: dict[str, Callable[[str], Iterator[tuple[int, Any]]]] = {
        ".jsonl": _of_jsonl, ".csv": _of_csv, ".yaml": _of_yaml, ".yml": _of_yaml,
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.name} is of a kind that is not read here.", hint="Use " + ", ".join(KINDS) + ".")
    rows: list[dict[str, Any]] = []
    refused: list[Refused] = []
    unknown: dict[str, None] = {}
    lines: dict[str, int] = {}
    for line, given in reader(_text(path)):
        try:
            row = _row(given, line, lines)
        except InputError as error:
            refused.append(Refused(line, str(error)))
            continue
        unknown |= dict.fromkeys(name for name in given if str(name) not in Row.model_fields)
        lines[row["id"]] = line
        rows.append(row)
        if len(rows) > MOST:
            raise InputError(f"{path.name} has more than {MOST:,} drafts.", hint="Split it into several files.")
    if not rows:
        told = "; ".join(map(str, refused[:5])) or "it has no rows"
        raise InputError(f"No row of {path.name} can be used: {told}.", hint="Each row needs a field called draft.")
    return OwnCases(tuple(rows), tuple(refused), tuple(map(str, unknown)))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read.", detail=str(error)) from error
    for encoding in ("utf-8-sig", "cp1252"):  # the second is what spreadsheets write when nobody asks
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path.name} is not a text file.", hint="Save it as UTF-8.")


def _row(given: Any, line: int, lines: dict[str, int]) -> dict[str, Any]:  # noqa: ANN401 - as a file gave it
    """Return a row in full. Raises InputError saying what is wrong with it."""
    if isinstance(given, InputError):
        raise given
    if not isinstance(given, dict):
        raise InputError("it is not a set of named fields")
    try:
        row = Row(**{str(name): value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InputError(_said(str(first["loc"][0]), first["msg"], missing=first["type"] == "missing")) from None
    row.id = row.id or f"line-{line}"
    if row.id in lines:
        raise InputError(f"the id is the same as in line {lines[row.id]}")
    row.situation = row.situation or row.id
    return {name: value for name, value in row.model_dump().items() if value is not None or name == "route"}


def _said(field: str, message: str, *, missing: bool) -> str:
    if missing:
        return f"it lacks {field!r}"
    plain = message.removeprefix("Value error, ").partition(", unable")[0].replace("Input should be", "it has to be")
    return f"{field!r} is wrong: {plain.replace('a valid boolean', 'yes or no').replace('String', 'it')}"


def _of_jsonl(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                yield number, InputError("it is not JSON")


def _of_csv(text: str) -> Iterator[tuple[int, Any]]:
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)  # a spreadsheet writes the one of its country
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    names = [_NAMES.get(name := cell.strip().lower(), name) for cell in next(reader, [])]
    before = reader.line_num
    for cells in reader:
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            yield line, InputError(f"it has {len(cells)} cells and the first line names {len(names)}")
            continue
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
        yield line, {name: _cell(name, cell) for name, cell in row.items()}


def _cell(name: str, cell: str) -> Any:  # noqa: ANN401 - a list or a text, as the field asks
    if name in _LISTS:
        return [part.strip() for part in cell.replace("|", ";").split(";") if part.strip()]
    return cell


def _of_yaml(text: str) -> Iterator[tuple[int, Any]]:
    """Read every entry of the top list by itself, so that a broken one does not spoil the others."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line == "-" or line.startswith("- ")]
    for at, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        try:
            yield at + 1, yaml.safe_load("\n".join(lines[at:end]))[0]
        except yaml.YAMLError:
            yield at + 1, InputError("it is not YAML")
