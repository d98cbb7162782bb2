"""What is prepared with: questions, examples and weeks, read from ``knowledge/plans``, and the parts of a plan.

A part of a plan is either given, with whose words it is, or it is asked for. Nothing here fills in what a text
does not say. Knows the files' format; knows nothing of any one page. An organisation's file of the same name
replaces the built-in one; its kinds of work come before the built-in ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from assistant import settings, shelf
from assistant.domain import Citation, Origin
from assistant.errors import LibraryError
from assistant.library.knowledge import Library

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALIKE: Final = 0.34
"""Similarity from which on a text counts as about a kind of work, where none of its words is there."""
EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Given:
    """A part that is there: its words, whose they are, and what in the library it rests on."""

    text: str
    origin: Origin
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A part that the input lacks, as a question. Examples in it belong to the question alone."""

    ask: str


Part: TypeAlias = Given | Ask


def text_of(part: Part) -> str:
    """Return a part's words, or nothing where it is asked for."""
    return part.text if isinstance(part, Given) else ""


class Plan:
    """A part of a plan file, looked up by name. What is missing or of the wrong shape is told with file and place."""

    def __init__(self, content: object, file: str, place: str = "") -> None:
        self._content = content
        self._file = file
        self._place = place

    def text(self, name: str, **values: str) -> str:
        """Return the text at a dotted name with ``values`` filled in. Only the file's words are a template."""
        found = self._at(name)
        if not isinstance(found, str):
            raise self._wrong(name, "a text is needed")
        try:
            return found.strip().format_map(values) if values else found.strip()
        except (KeyError, ValueError, IndexError) as error:
            raise self._wrong(name, "only {" + "}, {".join(values) + "} can be filled in") from error

    def has(self, name: str) -> bool:
        """Whether something stands at a dotted name."""
        content = self._content
        for key in name.split("."):
            if not isinstance(content, Mapping) or key not in content:
                return False
            content = content[key]
        return True

    def filled(self, name: str) -> bool:
        """Whether something other than null stands at a dotted name."""
        return self.has(name) and self._at(name) is not None

    def number(self, name: str) -> int:
        """Return the whole number at a dotted name."""
        found = self._at(name)
        if not isinstance(found, int) or isinstance(found, bool):
            raise self._wrong(name, "a whole number is needed")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the list of texts at a dotted name."""
        found = self._at(name)
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self._wrong(name, "a list of texts is needed")
        return tuple(found)

    def some_texts(self, name: str) -> tuple[str, ...]:
        """Return the list of texts at a dotted name, which has at least one."""
        found = self.texts(name)
        if not found:
            raise self._wrong(name, "at least one text is needed")
        return found

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the list of whole numbers at a dotted name."""
        found = self._at(name)
        if not isinstance(found, list) or not all(isinstance(item, int) for item in found):
            raise self._wrong(name, "a list of whole numbers is needed")
        return tuple(found)

    def part(self, name: str) -> Plan:
        """Return what stands at a dotted name."""
        return Plan(self._at(name), self._file, self._below(name))

    def parts(self, name: str) -> tuple[Plan, ...]:
        """Return the entries of the list at a dotted name."""
        found = self._at(name)
        if not isinstance(found, list):
            raise self._wrong(name, "a list is needed")
        return tuple(Plan(item, self._file, f"{self._below(name)}[{at}]") for at, item in enumerate(found, 1))

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names under a dotted name, in their order."""
        found = self._at(name)
        if not isinstance(found, Mapping):
            raise self._wrong(name, "names with values are needed")
        return tuple(str(key) for key in found)

    def cite(self, plans: Plans, name: str = "") -> Citation:
        """Return the citation that a part names with ``cite``; ``about`` picks the sentence."""
        lead = f"{name}_" if name else ""
        about = self.text(f"{lead}about") if self.has(f"{lead}about") else ""
        return plans.cite(self.text(f"{lead}cite"), about)

    def _at(self, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
        content = self._content
        for key in name.split("."):
            if isinstance(content, Mapping) and key not in content and key.isdecimal():
                content = {str(known): value for known, value in content.items()}
            if not isinstance(content, Mapping) or key not in content:
                raise self._wrong(name, "it is missing")
            content = content[key]
        return content

    def _below(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def _wrong(self, name: str, what: str) -> LibraryError:
        return LibraryError(
            f"plans/{self._file} is broken: {self._below(name)}: {what}.",
            hint="Correct the file; the built-in one of the same name shows the format.",
        )


class WordSet:
    """Words that are looked for in a text; a star stands for any ending."""

    def __init__(self, words: Sequence[str]) -> None:
        parts = [re.escape(word.replace("’", "'")).replace(r"\*", r"\w*") for word in words]
        self._pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w])", re.IGNORECASE) if parts else None

    def find(self, text: str) -> tuple[str, ...]:
        """Return the places of ``text`` that hold one of the words, verbatim, each once."""
        if self._pattern is None:
            return ()
        plain = text.replace("’", "'")  # one sign for one sign: places stay
        return tuple(dict.fromkeys(text[m.start() : m.end()] for m in self._pattern.finditer(plain)))


@dataclass(frozen=True)
class Kind:
    """A kind of work with its examples."""

    plan: Plan
    words: WordSet
    like: str

    def examples(self, name: str) -> str:
        """Return examples for a question, in one line."""
        *early, last = self.plan.some_texts(name)[:EXAMPLES]
        return f"{', '.join(early)}, or {last}" if early else last

    def first(self, name: str, count: int = EXAMPLES) -> tuple[str, ...]:
        """Return the first examples of a list."""
        return self.plan.texts(name)[:count]


class Plans:
    """Every plan file, read when it is first needed."""

    def __init__(self, library: Library, folders: Sequence[Path] | None = None) -> None:
        self._library = library
        self._folders = folders or (shelf.knowledge_folder() / "plans", settings.home() / "knowledge" / "plans")
        self._ladder = shelf.knowledge_folder()
        self._cited: dict[tuple[str, str], Citation] = {}

    def cite(self, id: str, about: str) -> Citation:
        """Return a citation of a passage with the sentence, verbatim, that comes closest to ``about``."""
        key = id, about
        if key not in self._cited:
            self._cited[key] = self._library.cite(id, about)
        return self._cited[key]

    @cached_property
    def standard(self) -> Plan:
        """The standard, handing back and staying in it."""
        return self._last("standard.yaml")

    @cached_property
    def one_on_one(self) -> Plan:
        """The stops of a one-on-one."""
        return self._last("one_on_one.yaml")

    @cached_property
    def first_days(self) -> Plan:
        """The first ninety days, and what was given."""
        return self._last("first_days.yaml")

    @cached_property
    def playbook(self) -> Plan:
        """The steps when things go wrong."""
        return self._last("playbook.yaml")

    @cached_property
    def ladder(self) -> Plan:
        """The rungs, and what comes before any of them."""
        return _read(self._ladder / "ladder.yaml")

    @cached_property
    def causes(self) -> Plan:
        """The four causes with their questions."""
        return _read(self._ladder / "causes.yaml")

    def kind_of(self, text: str, named: str = "") -> Kind:
        """Return the kind of work that a text is about: by its words, else by meaning, else the general one.

        ``named`` is what the text calls the piece of work; its words tell more than those around it.
        """
        for words in (named, text):
            counted = [(len(kind.words.find(words)), -at, kind) for at, kind in enumerate(self._kinds)]
            most, _, best = max(counted, key=lambda one: one[:2])
            if most:
                return best
        embed = self._library.embed
        if embed is not None and text.strip():
            vectors = embed([text, *(kind.like for kind in self._kinds)])
            alike = vectors[1:] @ vectors[0]
            if alike.max() >= _ALIKE:
                return self._kinds[int(alike.argmax())]
        return self._general

    @cached_property
    def _kinds(self) -> tuple[Kind, ...]:
        own_first = list(self._files("work.yaml"))[::-1]
        return tuple(
            Kind(card, WordSet(card.texts("words")), card.text("like"))
            for path in own_first
            for card in _read(path).parts("kinds")
        )

    @cached_property
    def _general(self) -> Kind:
        return Kind(_read(next(self._files("work.yaml"))).part("general"), WordSet(()), "")

    def _files(self, name: str) -> Iterator[Path]:
        return (folder / name for folder in self._folders if (folder / name).is_file())

    def _last(self, name: str) -> Plan:
        found = list(self._files(name))
        if not found:
            raise LibraryError(f"plans/{name} is missing from this installation.", hint="Install benchcoach again.")
        return _read(found[-1])


def _read(path: Path) -> Plan:
    try:
        content = yaml.load(path.read_text("utf-8-sig"), _Loader)  # noqa: S506 - a safe loader, in C
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" near line {mark.line + 1}" if mark else ""
        raise LibraryError(
            f"plans/{path.name} cannot be read{place}.", hint="Save it as UTF-8 text, in YAML.", detail=str(error)
        ) from error
    return Plan(content, path.name)
