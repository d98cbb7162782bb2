"""The scenarios to practise, read from files: built in, and an organisation's own.

Knows the format of ``knowledge/scenarios/*.yaml`` and what a scenario needs before it can be played: facts with
a date or a number, an authored line for whatever the manager does, and a concern that no other line gives away.
Does not know how a scene goes. A file that breaks the format is named together with the field that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

import yaml

from assistant import settings, shelf
from assistant.errors import LibraryError
from assistant.scene import (
    Cause,
    Concern,
    Conversation,
    Cue,
    Line,
    Mood,
    Persona,
    Rung,
    Scenario,
    Standard,
    State,
    Tendency,
)

NEEDED_LINES: Final[Mapping[Mood, int]] = {
    Mood.SHUT: 5,
    Mood.WAVERING: 8,
    Mood.OPEN: 6,
    Mood.COMMITTED: 6,
    Mood.LEAVING: 2,
}
"""How many authored lines a mood needs; while guarded there is one for every cue instead."""
LEAST_LINES: Final = 45
MOST_SENTENCES: Final = 4

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SENTENCE = re.compile(r"[.!?]+(?=\s|$)")
_STAGE = re.compile(r"\*[^*]+\*|\[[^\]]+\]|\((?!says nothing\))[^)]+\)", re.IGNORECASE)
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = "mon|tues|wednes|thurs|fri|satur|sun"
_COUNT = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|once|twice|half|first|second|third"
_DATED = re.compile(rf"\d|\b(?:{_MONTH})\w*\b|\b(?:{_DAY})day|\b(?:{_COUNT})\b", re.IGNORECASE)
_Word = TypeVar("_Word", bound=StrEnum)


def load(folders: Sequence[Path] | None = None) -> tuple[Scenario, ...]:
    """Read every scenario: the built-in ones, then an organisation's, which may replace one of the same id.

    ``folders`` replaces both places. Raises LibraryError that names the file and the field.
    """
    if folders is None:
        folders = (shelf.knowledge_folder() / "scenarios", settings.home() / "knowledge" / "scenarios")
    files: dict[str, Path] = {}
    for folder in folders:
        files |= {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return tuple(read(files[name]) for name in sorted(files))


def ids(folders: Sequence[Path] | None = None) -> tuple[str, ...]:
    """Return the ids of the scenarios, in order."""
    return tuple(scenario.id for scenario in load(folders))


def read(path: Path) -> Scenario:
    """Read one scenario file; raises LibraryError that names the file and the field."""
    try:
        content = yaml.load(path.read_text("utf-8-sig"), _Loader)  # noqa: S506 - a safe loader, in C
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path.name, "it cannot be read as UTF-8 text", str(error)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" near line {mark.line + 1}" if mark else ""
        raise _broken(path.name, f"its YAML cannot be read{place}", str(error)) from error
    scenario = parse(content, path.name)
    if scenario.id != path.stem:
        raise _broken(path.name, f"id: is {scenario.id!r}, and has to be the name of the file, {path.stem!r}")
    return scenario


def parse(content: object, where: str) -> Scenario:
    """Turn what a file holds into a scenario that can be played; ``where`` names the file in errors.

    A scenario that a manager made up (``own: true``) may have fewer authored lines, one fact without a day, and
    a standard that nobody has put into words yet.
    """
    card = _Card(content, where)
    own = card.flag("own")
    scenario = Scenario(
        id=card.text("id"),
        title=card.text("title"),
        brief=card.text("brief"),
        job=card.text("job"),
        rung=card.word("rung", Rung),
        cause=card.word("cause", Cause),
        conversation=card.word("conversation", Conversation),
        tendency=card.word("tendency", Tendency),
        persona=_persona(card.part("persona")),
        facts=card.texts("facts", 1 if own else 2),
        standard=_standard(card.part("standard"), own=own),
        concern=_concern(card.part("concern")),
        opening=card.text("opening"),
        start=_start(card.part("start")),
        lines=tuple(_line(line) for line in card.parts("lines")),
        own=own,
    )
    card.close()
    for fault in faults(scenario):
        raise card.wrong(fault)
    return scenario


def faults(scenario: Scenario) -> Iterator[str]:
    """Yield what keeps a scenario from being played well, each as ``field: what is wrong``."""
    if not _ID.fullmatch(scenario.id):
        yield "id: lower-case letters, digits and single hyphens"
    for number, fact in enumerate(scenario.facts, 1):
        if not scenario.own and not dated(fact):
            yield f"facts: fact {number} names neither a date nor a number"
    for name, value in _parts(scenario.start):
        if not 0.0 <= value <= 1.0:
            yield f"start: {name} has to be between 0 and 1"
    yield from _odd_speech(scenario)
    yield from _given_away(scenario)
    if not scenario.own:
        yield from _uncovered(scenario.lines)


def dated(fact: str) -> bool:
    """Whether a fact names a date or a number, so that it can be checked."""
    return _DATED.search(fact) is not None


def _parts(state: State) -> Iterator[tuple[str, float]]:
    for name in ("trust", "openness", "defensiveness", "commitment"):
        yield name, getattr(state, name)


def _spoken(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what the employee may say, with the field that says it."""
    yield "opening", scenario.opening
    yield from (("concern.hints", hint) for hint in scenario.concern.hints)
    yield from (("concern.told", told) for told in scenario.concern.told)
    yield from ((f"lines: line {number}", line.says) for number, line in enumerate(scenario.lines, 1))


def _odd_speech(scenario: Scenario) -> Iterator[str]:
    seen: dict[str, str] = {}
    for where, says in _spoken(scenario):
        if _STAGE.search(says):
            yield f"{where}: a stage direction; only what is spoken, or (says nothing)"
        if len(_SENTENCE.findall(says)) > MOST_SENTENCES:
            yield f"{where}: more than {MOST_SENTENCES} sentences"
        if says.casefold() in seen:
            yield f"{where}: says the same as {seen[says.casefold()]}"
        seen[says.casefold()] = where
    for number, line in enumerate(scenario.lines, 1):
        if "(says nothing)" in line.says.lower() and scenario.tendency is not Tendency.GOES_SILENT:
            yield f"lines: line {number}: only an employee who goes_silent says nothing"


def _given_away(scenario: Scenario) -> Iterator[str]:
    """Yield where a mark of the concern stands outside the lines that tell it, or is missing in one that does."""
    marks = [(mark, _as_words(mark)) for mark in scenario.concern.marks]
    known = [("brief", scenario.brief), ("title", scenario.title), ("standard", scenario.standard.text)]
    known += [(f"facts: fact {number}", fact) for number, fact in enumerate(scenario.facts, 1)]
    known += [(where, says) for where, says in _spoken(scenario) if where != "concern.told"]
    for where, text in known:
        for mark, words in marks:
            if words.search(text):
                yield f"{where}: holds {mark!r}, a mark of the concern that only concern.told may hold"
    for number, told in enumerate(scenario.concern.told, 1):
        if not any(words.search(told) for _, words in marks):
            yield f"concern.told: line {number} holds none of the marks, so a leak of it could not be seen"


def _as_words(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(mark)}(?!\w)", re.IGNORECASE)


def _uncovered(lines: Sequence[Line]) -> Iterator[str]:
    if len(lines) < LEAST_LINES:
        yield f"lines: {len(lines)} of them; at least {LEAST_LINES} are needed"
    guarded = {cue for line in lines if line.mood is Mood.GUARDED for cue in line.cues}
    for cue in Cue:
        if cue not in guarded:
            yield f"lines: none is guarded and answers {cue}"
    for mood, least in NEEDED_LINES.items():
        found = sum(line.mood is mood for line in lines)
        if found < least:
            yield f"lines: {found} are {mood}; at least {least} are needed"


def _persona(card: _Card) -> Persona:
    names = ("name", "pronoun", "role", "history", "style", "wants")
    persona = Persona(**{name: card.text(name) for name in names})
    card.close()
    return persona


def _standard(card: _Card, *, own: bool) -> Standard:
    standard = Standard(
        card.text("text", needed=not own), card.flag("agreed", needed=True), card.text("when", needed=False)
    )
    card.close()
    if standard.agreed and not standard.when:
        raise card.wrong("a standard that was agreed needs the day", "when")
    return standard


def _concern(card: _Card) -> Concern:
    concern = Concern(
        text=card.text("text"),
        hints=card.texts("hints", 2),
        told=card.texts("told", 3),
        earned_by=card.text("earned_by"),
        marks=card.texts("marks", 1),
    )
    card.close()
    return concern


def _start(card: _Card) -> State:
    names = ("trust", "openness", "defensiveness", "commitment")
    state = State(**{name: card.number(name) for name in names})
    card.close()
    return state


def _line(card: _Card) -> Line:
    line = Line(card.text("says"), card.word("mood", Mood), card.words("cues", Cue))
    card.close()
    return line


class _Card:
    """A mapping from a file, taken field by field; whatever is missing, wrong or left over is named."""

    def __init__(self, content: object, file: str, path: str = "") -> None:
        self._file, self._path = file, path
        if not isinstance(content, dict):
            raise self.wrong("it has to hold fields and their values" if not path else "has to hold fields")
        self._left: dict[str, object] = {str(key): value for key, value in content.items()}

    def wrong(self, what: str, name: str = "") -> LibraryError:
        """Return the error that names file and field."""
        field = self._below(name) if name else self._path
        return _broken(self._file, f"{field}: {what}" if field else what)

    def text(self, name: str, *, needed: bool = True) -> str:
        value = self._left.pop(name, None)
        if isinstance(value, bool | dict | list):
            raise self.wrong("has to be text", name)
        said = " ".join(str("" if value is None else value).split())
        if needed and not said:
            raise self.wrong("is missing", name)
        return said

    def flag(self, name: str, *, needed: bool = False) -> bool:
        value = self._left.pop(name, None if needed else False)
        if not isinstance(value, bool):
            raise self.wrong("has to be true or false", name)
        return value

    def number(self, name: str) -> float:
        value = self._left.pop(name, None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong("has to be a number", name)
        return float(value)

    def word(self, name: str, kind: type[_Word]) -> _Word:
        return self._one(name, self._left.pop(name, None), kind)

    def words(self, name: str, kind: type[_Word]) -> tuple[_Word, ...]:
        value = self._left.pop(name, None) or []
        if not isinstance(value, list):
            raise self.wrong("has to be a list", name)
        return tuple(self._one(name, item, kind) for item in value)

    def texts(self, name: str, least: int) -> tuple[str, ...]:
        value = self._left.pop(name, None)
        if not isinstance(value, list) or not all(isinstance(item, str | int | float) for item in value):
            raise self.wrong("has to be a list of lines; put a line that holds a colon in quotation marks", name)
        if len(value) < least:
            raise self.wrong(f"at least {least} are needed", name)
        return tuple(" ".join(str(item).split()) for item in value)

    def part(self, name: str) -> _Card:
        return _Card(self._left.pop(name, None), self._file, self._below(name))

    def parts(self, name: str) -> Iterator[_Card]:
        value = self._left.pop(name, None)
        if not isinstance(value, list):
            raise self.wrong("has to be a list", name)
        for number, item in enumerate(value, 1):
            yield _Card(item, self._file, f"{self._below(name)}, number {number}")

    def close(self) -> None:
        """Raise an error where a field is left that means nothing."""
        for name in self._left:
            raise self.wrong("is not a field here", name)

    def _below(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _one(self, name: str, value: object, kind: type[_Word]) -> _Word:
        try:
            return kind(str(value))
        except ValueError as error:
            known = ", ".join(kind)
            raise self.wrong(f"is one of {known}", name) from error


def _broken(file: str, what: str, detail: str = "") -> LibraryError:
    return LibraryError(
        f"The scenario file {file} is broken: {what}.",
        hint="docs/practice.md shows the form.",
        detail=detail,
    )
