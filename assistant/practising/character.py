"""Holds a line of the employee against who they are, what they know and how they stand now.

Knows the scenario, the mood and what was said before. Asks no model and writes no line. Every check has a
name; a line with any fault is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import yaml

from assistant import settings, shelf
from assistant.errors import LibraryError
from assistant.library.kept_vectors import kept
from assistant.library.ridge import Embed, TextRidge
from assistant.rewriting import facts
from assistant.scene import Mood, Scenario, Scene, Speaker, Tendency

if TYPE_CHECKING:
    from assistant.library.knowledge import Library

LONGEST_WORDS: Final = 60
MOST_SENTENCES: Final = 4
ALIKE: Final = 0.6
"""The share of words that two lines may have in common before the second counts as a repeat."""
YIELDS_FROM: Final = 0.5
"""How much a guarded line may sound like one of somebody who has come round (0 to 1)."""

RESISTING: Final = frozenset({Mood.LEAVING, Mood.SHUT, Mood.GUARDED})
_YIELDING: Final = frozenset({Mood.OPEN, Mood.COMMITTED})

_DAY: Final = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"[.!?]+(?=\s|$)")
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def faults(line: str, scene: Scene, mood: Mood, said: str, *, may_tell: bool) -> tuple[str, ...]:
    """Return the names of what is wrong with a line that answers ``said`` in this mood; none if it may be shown.

    ``may_tell`` says whether the concern has been earned, now or before.
    """
    scenario = scene.scenario
    known = _known(scene, said)
    ways = ways_of_speaking()
    wrong = {
        "empty": not _WORD.search(line) and "..." not in line and "…" not in line,
        "too long": len(_WORD.findall(line)) > LONGEST_WORDS or len(_SENTENCE.findall(line)) > MOST_SENTENCES,
        "speaks like an assistant": bool(ways["service"].search(line)),
        "advises": bool(ways["advice"].search(line)),
        "stage direction": bool(ways["stage"].search(line)),
        "talks about the fiction": bool(ways["fiction"].search(line)),
        "speaks of themselves by name": _by_own_name(line, scenario),
        "sorry too soon": mood in RESISTING and bool(ways["sorry"].search(line)),
        "gives in too soon": mood in RESISTING and not _empty_yes(scenario) and bool(ways["gives_in"].search(line)),
        "tells the concern": not may_tell and gives_away(line, scenario),
        "makes up a fact": _made_up(line, known, mood),
        "asks twice": line.count("?") > 1,
        "repeats": _repeats(line, scene, said),
        "says it twice": _says_twice(line),
    }  # fmt: skip
    return tuple(name for name, found in wrong.items() if found)


def gives_away(line: str, scenario: Scenario) -> bool:
    """Whether a line holds words that give the concern away."""
    folded = _folded(line)
    return any(f" {_folded(mark).strip()}" in folded for mark in scenario.concern.marks)


@cache
def ways_of_speaking() -> Mapping[str, re.Pattern[str]]:
    """Return the patterns of ``knowledge/practice/out_of_character.yaml``, or of an organisation's own, by name.

    Raises LibraryError where a pattern is broken or a name is missing.
    """
    name = "practice/out_of_character.yaml"
    own = settings.home() / "knowledge" / name
    path = own if own.is_file() else shelf.knowledge_folder() / name
    try:
        read = yaml.safe_load(path.read_text("utf-8"))
        found = {key: re.compile("|".join(patterns), re.IGNORECASE) for key, patterns in read.items()}
    except (OSError, yaml.YAMLError, AttributeError, TypeError, re.error) as error:
        raise LibraryError(f"The knowledge file {name} is broken.", detail=str(error)) from error
    if missing := {"service", "advice", "sorry", "gives_in", "fiction", "stage"} - found.keys():
        raise LibraryError(f"The knowledge file {name} lacks {', '.join(sorted(missing))}.")
    return found


class MoodReader:
    """How much a line sounds like somebody who has come round, by the authored lines of all scenarios."""

    def __init__(self, scenarios: Sequence[Scenario], embed: Embed | None, memory: Embed | None = None) -> None:
        """``memory`` embeds the authored lines, for those who keep their vectors."""
        lines = [line for scenario in scenarios for line in scenario.lines]
        moods = tuple(Mood)
        targets = np.zeros((len(lines), len(moods)))
        for at, line in enumerate(lines):
            targets[at, moods.index(line.mood)] = 1.0
        self._moods = moods
        says = [line.says for line in lines]
        known = memory or embed
        self._ridge = TextRidge(says, targets, embed, vectors=known(says) if known else None)

    @classmethod
    def load(cls, scenarios: Sequence[Scenario], library: Library) -> MoodReader:
        """Open a reader on the library's vectors; those of the authored lines are kept on disk."""
        embed = library.embed
        memory = embed and kept(settings.home() / "vectors" / "lines.npz", embed, library.embedder_identity)
        return cls(scenarios, embed, memory)

    def fit(self, lines: Sequence[str], mood: Mood) -> list[float]:
        """Return for each line how well it fits a mood: the belief in it over that in the strongest other."""
        scores = self._ridge.scores(lines)
        own = scores[:, self._moods.index(mood)]
        rest = np.delete(scores, self._moods.index(mood), axis=1).max(axis=1)
        return [float(value) for value in own - rest]

    def yields(self, lines: Sequence[str]) -> list[float]:
        """Return for each line the share of belief, 0 to 1, in a mood of somebody who has come round."""
        scores = np.clip(self._ridge.scores(lines), 1e-6, None)
        shares = scores / scores.sum(axis=1, keepdims=True)
        return [float(row[[self._moods.index(m) for m in _YIELDING]].sum()) for row in shares]


def _empty_yes(scenario: Scenario) -> bool:
    return scenario.tendency is Tendency.AGREES_EMPTILY


def _known(scene: Scene, said: str) -> str:
    """Return everything that this employee has heard or knows: the card and the conversation."""
    card = scene.scenario
    story = (
        card.persona.history,
        card.persona.role,
        card.brief,
        card.standard.text,
        card.standard.when,
        card.concern.text,
    )
    lines = (line.says for line in card.lines)
    told = (turn.text for turn in scene.turns)
    return "\n".join((*card.facts, *story, *card.concern.told, *lines, *told, *scene.agreed, said))


def _made_up(line: str, known: str, mood: Mood) -> bool:
    """Whether a line has a number, a date or, before somebody commits to a day, a weekday that nobody has named."""
    if facts.numbers(line) - facts.numbers(known) or facts.dates(line) - facts.dates(known):
        return True
    days = {day.lower().rstrip("s") for day in _DAY.findall(line)}
    named = {day.lower().rstrip("s") for day in _DAY.findall(known)}
    return mood not in _YIELDING and bool(days - named)


def _by_own_name(line: str, scenario: Scenario) -> bool:
    return bool(re.search(rf"\b{re.escape(scenario.persona.name)}\b", line))


def _repeats(line: str, scene: Scene, said: str) -> bool:
    words = set(_WORD.findall(line.lower()))
    if len(words) < 3:
        return False
    before = [turn.text for turn in scene.turns if turn.speaker is Speaker.EMPLOYEE]
    return any(_overlap(words, set(_WORD.findall(text.lower()))) > ALIKE for text in (*before, said))


def _says_twice(line: str) -> bool:
    """Whether two sentences of a line are nearly one: a small model that has nothing to say goes round in a circle."""
    said = [set(_WORD.findall(part)) for part in _SENTENCE.split(line.lower())]
    long = [words for words in said if len(words) > 3]
    return any(len(one & other) > ALIKE * len(one | other) for at, one in enumerate(long) for other in long[:at])


def _overlap(first: set[str], second: set[str]) -> float:
    return len(first & second) / max(1, min(len(first), len(second)))


def _folded(text: str) -> str:
    return " " + " ".join(_WORD.findall(text.lower()))
