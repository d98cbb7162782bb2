"""The words of the page. Knows one file of words; knows nothing of what they are shown for.

A word is looked up by its dotted path. A path that is missing, or a value for a
``{name}`` that is missing, is a defect of ours and raises at once. Only our own words
are templates; a person's text is only ever a value that is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("words.yaml")


@dataclass(frozen=True, slots=True)
class Example:
    """A draft that is one click away."""

    name: str
    text: str


class Words:
    """The page's words by path: ``words("action.go")``."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._flat = dict(_flatten(tree))
        self.examples = tuple(Example(str(e["name"]), str(e["text"])) for e in tree["examples"])

    @classmethod
    def load(cls, path: Path = _FILE) -> Words:
        """Read the words from a file."""
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    def __call__(self, path: str, **values: object) -> str:
        """Return the words at ``path`` with ``values`` filled in. Raises KeyError for either lack."""
        return self._flat[path].format(**values) if values else self._flat[path]

    def count(self, path: str, n: int) -> str:
        """Return the words at ``path`` for a number of things."""
        return self(f"{path}.{'one' if n == 1 else 'many'}", n=n)

    def paths(self) -> frozenset[str]:
        """Return every path, so that a test can hold them against the code."""
        return frozenset(self._flat)


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat += _flatten(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            flat.append((prefix + str(name), str(value)))
    return flat
