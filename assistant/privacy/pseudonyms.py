"""Stand-ins for people before a text leaves the machine, and the way back.

Knows a roster of names, the names that a text writes with a capital, e-mail addresses, phone numbers and long
numbers. A name outside the roster that looks like any other word is missed: nothing here makes a text anonymous.
The same name has the same stand-in as long as the program runs; which name that was never leaves the machine.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import phonenumbers

from assistant.errors import SettingsError
from assistant.rewriting.facts import dates, names
from assistant.rewriting.given_names import GIVEN_NAMES

_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_ID = re.compile(r"(?<![\w.,:/-])(?=[A-Z0-9/-]*\d)(?:[A-Z]{1,5}[-/]?)?\d(?:[-/]?\d){4,}(?![\w-])")
_CAPITAL = re.compile(r"\b[^\W\d_][\w’'-]*[^\W\d_]\b|\b[^\W\d_]\b")
_STAND_IN = re.compile(r"\b(?:Person|Mail|Phone|Number)[1-9]\d{2}\b")
_LONGEST_STAND_IN = 9
_KEY = secrets.token_bytes(32)
MOST_NAMES = 20_000


@dataclass(slots=True)
class Hidden:
    """Texts with stand-ins, and what each stand-in stands for."""

    texts: tuple[str, ...]
    known: dict[str, str] = field(default_factory=dict)

    def shown(self, text: str) -> str:
        """Return a text with every stand-in replaced by what it stands for."""
        return _STAND_IN.sub(lambda match: self.known.get(match.group(), match.group()), text)


class Pseudonyms:
    """Finds people in texts and puts stand-ins in their places. Safe between threads."""

    def __init__(self, roster: Iterable[str] = (), region: str = "US", key: bytes = _KEY) -> None:
        self._region = region
        self._key = key
        people = {" ".join(name.split()) for name in roster if name.strip()}
        parts = {part for name in people for part in name.split() if len(part) > 1}
        self._roster = _any_of(people, re.IGNORECASE)
        self._parts = _any_of(parts, 0)

    @classmethod
    def load(cls, roster: str, region: str) -> Pseudonyms:
        """Return them with the names of a file, one to a line. Raises SettingsError where it cannot be read."""
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise SettingsError("The setting phone_region is no country.", hint="Write it as GB, DE or US.")
        if not roster:
            return cls((), region)
        try:
            lines = Path(roster).expanduser().read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                "The roster of names cannot be read.",
                hint="The setting roster names a text file with one name to a line.",
                detail=type(error).__name__,
            ) from None
        if len(lines) > MOST_NAMES:
            raise SettingsError(f"The roster has more than {MOST_NAMES:,} names.")
        return cls(lines, region)

    def hide(self, texts: Sequence[str], own: str | None = None) -> Hidden:
        """Return texts with stand-ins. Capitalised names are looked for in ``own``, the last text if not given."""
        hidden = Hidden((), {})
        given = _Given(self._key, texts, hidden.known)
        capital = self._named(texts[-1] if own is None and texts else own or "")
        hidden.texts = tuple(self._hide(text, capital, given) for text in texts)
        return hidden

    def _hide(self, text: str, capital: re.Pattern[str] | None, given: _Given) -> str:
        text = _MAIL.sub(lambda match: given("Mail", match.group()), text)
        for found in reversed(list(phonenumbers.PhoneNumberMatcher(text, self._region))):
            text = text[: found.start] + given("Phone", found.raw_string) + text[found.end :]
        for pattern in (self._roster, self._parts, capital):
            if pattern is not None:
                text = pattern.sub(lambda match: given("Person", match.group()), text)
        return _ID.sub(lambda match: given("Number", match.group()), text)

    @staticmethod
    def _named(text: str) -> re.Pattern[str] | None:
        known = {word for word in _CAPITAL.findall(text) if word[:1].isupper() and word.lower() in GIVEN_NAMES}
        known = {word for word in known if not dates(f"1 {word}")}  # June is a month more often than a person
        found = {name for name in (*names(text), *known) if not _STAND_IN.fullmatch(name) and not _MAIL.search(name)}
        return _any_of(found, 0)


class Nobody(Pseudonyms):
    """Puts no stand-ins anywhere: an organisation's own choice."""

    def hide(self, texts: Sequence[str], own: str | None = None) -> Hidden:
        """Return texts as they are."""
        return Hidden(tuple(texts))


class _Given:
    """The stand-ins of one request: none that its texts hold already, and none for two names."""

    def __init__(self, key: bytes, texts: Sequence[str], known: dict[str, str]) -> None:
        self._key = key
        self._taken = {word for text in texts for word in _STAND_IN.findall(text)}
        self._known = known
        self._by_name: dict[tuple[str, str], str] = {}

    def __call__(self, kind: str, name: str) -> str:
        """Return the stand-in of a name."""
        if (kind, name) not in self._by_name:
            digest = hmac.new(self._key, f"{kind} {name}".encode(), hashlib.sha256).digest()
            number = int.from_bytes(digest[:4], "big")
            while (word := f"{kind}{100 + number % 900}") in self._taken:
                number += 1
            self._taken.add(word)
            self._known[word] = name
            self._by_name[kind, name] = word
        return self._by_name[kind, name]


class Shown:
    """A stream of words in which stand-ins, whole or cut in two, turn back into names."""

    def __init__(self, hidden: Hidden) -> None:
        self._hidden = hidden
        self._held = ""

    def add(self, words: str) -> str:
        """Take in some words and return what can be shown by now."""
        text = self._held + words
        tail = re.search(rf"\b[PMN]\w{{0,{_LONGEST_STAND_IN}}}$", text)
        cut = tail.start() if tail else len(text)
        self._held = text[cut:]
        return self._hidden.shown(text[:cut])

    def rest(self) -> str:
        """Return what is left at the end."""
        left, self._held = self._held, ""
        return self._hidden.shown(left)


def _any_of(words: Iterable[str], flags: int) -> re.Pattern[str] | None:
    found = sorted(set(words), key=len, reverse=True)
    if not found:
        return None
    spaced = (r"\s+".join(re.escape(part) for part in word.split()) for word in found)
    return re.compile(rf"(?<![\w@])(?:{'|'.join(spaced)})(?![\w@])", flags)
