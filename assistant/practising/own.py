"""A situation of the manager's own: from their words to a card that can be played, with nobody's real name in it.

Description -> rewrite by rules -> ``Sketch`` (what a person looks at and edits) -> ``Scenario``. Everything that the
description does not hold comes from ``knowledge/practice/own.yaml``; what is behind it is one of the concerns there,
and invented. Asks no model, knows no screen and keeps nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import Any, Final
from uuid import uuid4

import yaml

from assistant import settings, shelf
from assistant.domain import Draft, Fate, Kind, Rewrite, Route
from assistant.errors import InputError, LibraryError
from assistant.practising import scenarios
from assistant.rewriting import employee, facts
from assistant.rewriting.given_names import GIVEN_NAMES
from assistant.scene import Scenario, Tendency

INVENTED: Final = "Invented for practice. Ask; don't assume."
"""What stands beside every concern of a situation of one's own."""
MOST_FACTS: Final = 8
LONGEST: Final = {"title": 80, "facts": 400, "standard": 400, "when": 40, "role": 120}
_LEAST_WORDS: Final = 4
"""What is shorter is what was left of a sentence, and no fact."""
_FILE: Final = "practice/own.yaml"
_FACTS: Final = frozenset({Kind.OBSERVATION, Kind.IMPACT, Kind.REPORT, Kind.PRAISE})
_SAID: Final = frozenset({Fate.KEPT, Fate.REWORDED})
_TITLED: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s+([A-Z][\w'’-]+)")
_ACTS: Final = re.compile(
    r"\b([A-Z][a-zà-ÿ'’-]*[a-rt-zà-ÿ])(?=\s+(?:said|says|told|tells|wrote|asked|asks|complained|rang|thinks|feels|saw|"
    r"heard|covered|helped|waited|called|replied|answered|noticed|reported|promised|offered|shouted|cried|stayed|"
    r"apologi[sz]ed|agreed)\b)"
)
"""A capitalised word that says something or does what people do: most likely a person."""
_OWNS: Final = re.compile(r"\b([A-Z][\w-]+)(?=['’]s\b)")
_SPOKE: Final = re.compile(r"\b(?:agreed|told|said|promised|signed|went through|settled)\b", re.IGNORECASE)
_NEVER: Final = re.compile(r"\b(?:never|not|nobody)\b|n['’]t\b", re.IGNORECASE)
_DAY: Final = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b",
)
_AGREED: Final = re.compile(
    r"^\W*(?:we|you and I|I)\s+(?:have |had )?(?:agreed|settled)\b[^.:]*?(?:\bthat\s+|:\s*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a person looks at, edits and saves. ``concern`` is the id of an invented one."""

    title: str = ""
    facts: tuple[str, ...] = ()
    standard: str = ""
    when: str = ""
    role: str = ""
    tendency: str = Tendency.DEFLECTS.value
    concern: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """A description as a sketch, and what a person should know about it before they use it.

    ``replaced`` holds names and what stands for them now, ``left`` capitalised words that still stand in it, ``lacks``
    what a conversation needs and the description does not hold.
    """

    sketch: Sketch
    replaced: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    route: Route | None = None


def described(rewrite: Rewrite, draft: Draft) -> Described:
    """Return a description, rewritten by rules, as a sketch without anybody's name."""
    whole = " ".join((draft.text, draft.context.standard))
    stand_ins = _stand_ins(draft, whole)
    told = [row.becomes for row in rewrite.ledger if row.kind in _FACTS and row.fate in _SAID]
    told = [fact.strip() for fact in dict.fromkeys(told) if len(fact.split()) >= _LEAST_WORDS]
    told.sort(key=lambda fact: not scenarios.dated(fact))  # the first is the one that a talk begins with
    standard = draft.context.standard or rewrite.parts.expectation or _first(rewrite, Kind.STANDARD)
    sketch = Sketch(
        facts=tuple(_nameless(fact, stand_ins) for fact in told[:MOST_FACTS]),
        standard=_nameless(_expectation(standard), stand_ins),
        when=draft.context.stated_when or _said_on(standard),
        role=_ways()["role"],
        concern=_fitting(draft.text),
    )
    sketch = replace(sketch, title=_title(sketch))
    left = tuple(n for n in facts.names(" ".join((*sketch.facts, sketch.standard))) if n not in _ways()["names"])
    return Described(sketch, tuple(stand_ins.items()), left, tuple(_lacking(sketch)), rewrite.route)


def made(sketch: Sketch, id: str = "") -> Scenario:
    """Return the situation of a sketch, ready to be played. Raises InputError that says what it lacks."""
    _accept(sketch)
    ways = _ways()
    name, manner = ways["names"][0], ways["manners"][sketch.tendency]
    concern = next((c for c in ways["concerns"] if c["id"] == sketch.concern), ways["concerns"][0])
    title = sketch.title or _title(sketch)
    card = {
        "id": id or f"own-{uuid4().hex[:8]}",
        "title": title,
        "brief": _brief(sketch, name),
        "job": "your own",
        "rung": "agreement" if sketch.when else "notice",
        "cause": concern["cause"],
        "conversation": "content",
        "tendency": sketch.tendency,
        "persona": {
            "name": name, "pronoun": "they", "role": sketch.role or ways["role"], "history": ways["history"],
            "style": manner["style"], "wants": manner["wants"],
        },
        "facts": list(sketch.facts),
        "standard": {"text": sketch.standard, "agreed": bool(sketch.standard and sketch.when), "when": sketch.when},
        "concern": {key: concern[key] for key in ("text", "hints", "told", "earned_by", "marks")},
        "opening": manner["opening"],
        "start": {"trust": 0.4, "openness": 0.3, "defensiveness": 0.5, "commitment": 0.1},
        "lines": [*ways["lines"][sketch.tendency], *ways["lines"]["shared"]],
        "own": True,
    }  # fmt: skip
    try:
        return scenarios.parse(card, title)
    except LibraryError as error:
        raise InputError("This situation cannot be played yet.", hint=error.message) from None


def concerns() -> tuple[tuple[str, str], ...]:
    """Return the ids and titles of the concerns that a situation of one's own may have behind it."""
    return tuple((concern["id"], concern["title"]) for concern in _ways()["concerns"])


def sketch_of(scenario: Scenario) -> Sketch:
    """Return the sketch of a situation of one's own, to edit it again."""
    known = (c["id"] for c in _ways()["concerns"] if " ".join(c["text"].split()) == scenario.concern.text)
    return Sketch(
        scenario.title,
        scenario.facts,
        scenario.standard.text,
        scenario.standard.when,
        scenario.persona.role,
        scenario.tendency.value,
        next(known, ""),
    )


def as_yaml(sketch: Sketch) -> str:
    """Return a sketch as YAML, to be edited and read again."""
    listed = {**asdict(sketch), "facts": list(sketch.facts)}
    known = ", ".join(tendency.value for tendency in Tendency)
    behind = ", ".join(id for id, _ in concerns())
    head = f"# Tendencies: {known}.\n# Concerns ({INVENTED}): {behind}.\n"
    return head + yaml.safe_dump(listed, sort_keys=False, allow_unicode=True, width=110)


def from_yaml(text: str, where: str) -> Sketch:
    """Return the sketch that ``as_yaml`` wrote and a person edited. Raises InputError naming the field."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{where} is no YAML.", hint=str(error).partition("\n")[0]) from None
    names = {field.name for field in fields(Sketch)}
    if not isinstance(read, dict) or not {"facts"} <= read.keys() <= names:
        raise InputError(
            f"{where} is no situation.", hint="`benchcoach practice --describe FILE` makes one out of your own words."
        )
    told = read.pop("facts")
    if not isinstance(told, list) or not all(isinstance(fact, str) for fact in told):
        raise InputError(f"{where}: facts has to be a list of sentences.")
    return Sketch(facts=tuple(told), **{key: "" if value is None else str(value) for key, value in read.items()})


def _accept(sketch: Sketch) -> None:
    if not any(fact.strip() for fact in sketch.facts):
        raise InputError(
            "This situation has no fact yet.", hint="Say one thing that happened, best with its day or a number."
        )
    if len(sketch.facts) > MOST_FACTS:
        raise InputError(f"More than {MOST_FACTS} facts are too many for one talk.", hint="Keep those that count.")
    for name, most in LONGEST.items():
        value = getattr(sketch, name)
        for text in (value,) if isinstance(value, str) else value:
            if len(text) > most:
                raise InputError(f"The {name} is longer than {most} characters.", hint="One sentence will do.")
    if sketch.tendency not in _ways()["manners"]:
        raise InputError("There is no such way to resist.", hint=f"There are: {', '.join(_ways()['manners'])}.")


def _stand_ins(draft: Draft, whole: str) -> dict[str, str]:
    """Return every person's name in a description with the name that stands for it; one name always gives one."""
    about = employee.identify(draft).names
    titled = set(_TITLED.findall(whole))
    people = about | titled | {name for name in _ACTS.findall(whole) if name.lower() not in facts.OPENERS}
    owners = set(_OWNS.findall(whole))
    found = [n for n in facts.names(whole) if n.lower() in GIVEN_NAMES or n in people or n in owners]
    found += [name for name in sorted(people) if name not in found]
    free = [name for name in _ways()["names"] if name not in whole]
    first, others = free[:1] or ["Robin"], free[1:] or ["somebody"]
    ordered = sorted(found, key=lambda name: (name not in about, whole.find(name)))
    stand: dict[str, str] = {}
    for name in ordered:
        stand[name] = first[0] if name in about else others[sum(n not in about for n in stand) % len(others)]
    return stand


def _nameless(text: str, stand_ins: Mapping[str, str]) -> str:
    if not stand_ins:
        return text
    names = "|".join(re.escape(name) for name in sorted(stand_ins, key=len, reverse=True))
    return re.sub(rf"\b(?:{names})\b", lambda found: stand_ins[found[0]], text)


def _first(rewrite: Rewrite, kind: Kind) -> str:
    return next((row.becomes for row in rewrite.ledger if row.kind is kind and row.becomes.strip()), "")


def _expectation(text: str) -> str:
    """Return what is expected as a sentence of its own, without "We agreed on 3 March that"."""
    said = _AGREED.sub("", text.strip())
    return said[:1].upper() + said[1:]


def _said_on(text: str) -> str:
    """Return the day on which an expectation was said; nothing where it was not."""
    lead = text.partition(" that ")[0]
    if not _SPOKE.search(lead) or _NEVER.search(lead):
        return ""
    day = _DAY.search(text)
    return day[0] if day else ""


def _fitting(text: str) -> str:
    """Return the concern for a description: always the same for the same words, and none that stands in them."""
    known = _ways()["concerns"]
    folded = text.casefold()
    free = [c["id"] for c in known if not any(mark in folded for mark in c["marks"])] or [known[0]["id"]]
    chosen: str = free[sum(map(ord, folded)) % len(free)]
    return chosen


def _title(sketch: Sketch) -> str:
    fact = sketch.facts[0] if sketch.facts else ""
    if len(fact) <= LONGEST["title"]:
        return fact.rstrip(".")
    return fact[: LONGEST["title"] - 2].rpartition(" ")[0] + " …"


def _brief(sketch: Sketch, name: str) -> str:
    return f"A situation of your own. You are about to talk with {name}. {' '.join(sketch.facts)}"


def _lacking(sketch: Sketch) -> Iterator[str]:
    if not sketch.facts:
        yield "fact"
    elif not any(scenarios.dated(fact) for fact in sketch.facts):
        yield "day"
    if not sketch.standard:
        yield "standard"


@cache
def _ways() -> Mapping[str, Any]:
    own = settings.home() / "knowledge" / _FILE
    try:
        path = own if own.is_file() else shelf.knowledge_folder() / _FILE
        read: Mapping[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        missing = [name for name in ("names", "role", "history", "manners", "lines", "concerns") if not read.get(name)]
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise LibraryError(f"The knowledge file {_FILE} is broken.", detail=str(error)) from error
    if missing := missing or [t.value for t in Tendency if t not in read["manners"] or t not in read["lines"]]:
        raise LibraryError(f"The knowledge file {_FILE} lacks {missing[0]}.")
    return read
