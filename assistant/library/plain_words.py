"""Says a question a second time in plain words: trades as "employee", figures of speech as what they mean.

Knows one file of a knowledge folder, ``plain_words.yaml``. A sentence embedding takes "keep mum" for a matter
of mothers and a baker's question for one about bread; this says what was meant. Knows nothing of searching.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from assistant.errors import LibraryError

FILE: Final = "plain_words.yaml"
_EMPLOYEE: Final = "employee"
_MEANS: Final = "means"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ARTICLE: Final = re.compile(r"\ba(?= employee\b)", re.IGNORECASE)


class PlainWords:
    """Replaces whole words and phrases, the longest first."""

    def __init__(self, means: Mapping[str, str] | None = None) -> None:
        self._means = {_key(said): meant for said, meant in (means or {}).items()}
        longest_first = sorted(self._means, key=len, reverse=True)
        words = "|".join(re.escape(said).replace(r"\ ", "[ -]") for said in longest_first)
        self._known = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE) if words else None

    def __call__(self, question: str) -> str:
        """Return the question in plain words; as it is where none of them needs it."""
        if self._known is None:
            return question
        plain = self._known.sub(lambda match: self._means[_key(match[0])], question.replace("’", "'"))
        return _ARTICLE.sub("an", plain)


def load(folders: Sequence[Path]) -> PlainWords:
    """Read the file of several knowledge folders; what a later one says of a word counts.

    Raises LibraryError that names the file and what is wrong with it.
    """
    means: dict[str, str] = {}
    for folder in folders:
        given = _read(folder / FILE)
        for trade in str(given.get(_EMPLOYEE, "")).split():
            means |= {form: _EMPLOYEE + "s" * (form != trade) for form in _forms(trade)}
        means |= _mapping(given.get(_MEANS, {}))
    return PlainWords(means)


def _forms(trade: str) -> tuple[str, ...]:
    """Return a trade and its plural: barman and barmen, nurse and nurses."""
    plural = trade.removesuffix("man") + "men" if trade.endswith("man") else trade + "s"
    return (trade, plural)


def _mapping(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(v, str) and v.strip() for v in given.values()):
        raise _broken(f"{_MEANS} has to name, for each phrase, what it means")
    return {str(said): str(meant) for said, meant in given.items()}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        given = yaml.load(path.read_text("utf-8-sig"), Loader=_Loader)  # noqa: S506 - a safe loader
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _broken("it cannot be read as YAML", detail=str(error)) from error
    if not isinstance(given, Mapping) or set(given) - {_EMPLOYEE, _MEANS}:
        raise _broken(f"it may hold {_EMPLOYEE} and {_MEANS} and nothing else")
    return given


def _key(said: str) -> str:
    return said.lower().replace("-", " ")


def _broken(what: str, *, detail: str = "") -> LibraryError:
    return LibraryError(
        f"The knowledge file {FILE} is broken: {what}.", hint="docs/knowledge.md shows the form.", detail=detail
    )
