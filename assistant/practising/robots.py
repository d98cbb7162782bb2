"""Robot managers: scripted lines that measure whether good talk wins and bad talk does not.

Knows ``knowledge/robots/*.yaml`` and a scenario's card. A robot says its lines in order, whatever it is
answered; nobody is meant to learn from one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import yaml

from assistant import shelf
from assistant.errors import InputError, LibraryError
from assistant.scene import Scenario

ROBOTS: Final = ("skilled", "vague", "harsh", "rescuing")
SETS: Final = ("a", "b")
"""Each robot's lines in the words of two people; ``b`` is held out from all tuning."""
_PLACE: Final = re.compile(r"\{(name|fact|standard|day)\}")


def lines(robot: str, scenario: Scenario, lines_of: str = "a") -> tuple[str, ...]:
    """Return a robot's lines for a scenario. Raises InputError for a robot or set that does not exist."""
    if robot not in ROBOTS or lines_of not in SETS:
        raise InputError("There is no such robot.", hint=f"There are: {', '.join(ROBOTS)}; sets: {', '.join(SETS)}.")
    values = {
        "name": scenario.persona.name,
        "fact": scenario.facts[0],
        "standard": scenario.standard.text,
        "day": "Friday",
    }
    return tuple(_PLACE.sub(lambda found: values[found[1]], line) for line in _sets(robot)[lines_of])


@cache
def _sets(robot: str) -> Mapping[str, tuple[str, ...]]:
    path = shelf.knowledge_folder() / "robots" / f"{robot}.yaml"
    try:
        read = yaml.safe_load(path.read_text("utf-8"))
        return {name: tuple(map(str, read["sets"][name])) for name in SETS}
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise LibraryError(f"The knowledge file robots/{path.name} is broken.", detail=str(error)) from error
