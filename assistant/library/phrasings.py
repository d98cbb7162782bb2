"""How people ask: further ways to put the question that a passage answers, and lines on other subjects.

Knows two files of a knowledge folder. ``phrasings.yaml`` holds, for each passage id, questions and
complaints in other people's words, searched like the passage's own ``Use when`` lines. ``outside.yaml``
holds lines on what the library does not cover, so that it can tell. Knows nothing of searching.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from assistant.errors import LibraryError

ASKED: Final = "phrasings.yaml"
OUTSIDE: Final = "outside.yaml"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Phrasings:
    """Ways to ask for passages, by passage id, and lines on subjects that no passage is about."""

    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outside: tuple[str, ...] = ()


def load(folders: Sequence[Path]) -> Phrasings:
    """Read both files of several knowledge folders; what a later one says is added.

    Raises LibraryError that names the file and what is wrong with it.
    """
    asked: dict[str, tuple[str, ...]] = {}
    outside: tuple[str, ...] = ()
    for folder in folders:
        for id_, lines in _mapping(folder / ASKED).items():
            asked[id_] = (*asked.get(id_, ()), *lines)
        outside += _lines(folder / OUTSIDE, _read(folder / OUTSIDE) or [])
    return Phrasings(asked, tuple(dict.fromkeys(outside)))


def _mapping(path: Path) -> dict[str, tuple[str, ...]]:
    given = _read(path) or {}
    if not isinstance(given, dict):
        raise _broken(path, "it has to name passages, each with its lines")
    return {str(id_): _lines(path, lines) for id_, lines in given.items()}


def _lines(path: Path, given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(line, str) and line.strip() for line in given):
        raise _broken(path, "it has to hold lists of lines of text")
    return tuple(line.strip() for line in given)


def _read(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return yaml.load(path.read_text("utf-8-sig"), Loader=_Loader)  # noqa: S506 - a safe loader
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _broken(path, "it cannot be read as YAML", detail=str(error)) from error


def _broken(path: Path, what: str, *, detail: str = "") -> LibraryError:
    return LibraryError(
        f"The knowledge file {path.name} is broken: {what}.", hint="docs/knowledge.md shows the form.", detail=detail
    )
