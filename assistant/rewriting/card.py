"""The card beside a rewrite, "They answer back": how to begin, the fact, the question, and what to say to what comes.

Knows a finished rewrite and the authored replies in ``knowledge/answers_back.yaml``. Asks no model, knows no screen
and keeps nothing. A reply is offered only where all that it names is known from the rewrite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from assistant import settings, shelf
from assistant.domain import Rewrite, RouteTo
from assistant.errors import LibraryError
from assistant.rewriting.facts import dates

REPLIES: Final = 3
"""How many replies a card offers to each answer: more cannot be looked at while somebody waits."""
_FILE: Final = "answers_back.yaml"
_PLACE: Final = re.compile(r"\{(fact|standard|question)\}")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z])")
_SENTENCE_ENDS: Final = re.compile(r"[.!?…][\"'”’)]*\s*$")
_BEFORE: Final = re.compile(
    r"\b(?:agreed|told|said|promised|signed|confirmed|discussed|went through|wrote|in writing|settled)\b", re.IGNORECASE
)
"""Words of an expectation that was said to them before. A wish for the future has none of them."""
_NOT_YET: Final = re.compile(r"\b(?:never|not|nobody|no one)\b|n['’]t\b", re.IGNORECASE)
_INTRODUCED: Final = re.compile(
    r"^(?:what we agreed(?: \([^)]*\))?:|we (?:have |had )?agreed\b[^.:]*?\bthat)\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Reply:
    """An authored reply, and the situation it is for."""

    agreed: bool
    dated: bool
    says: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way to answer back, with the replies to it."""

    id: str
    title: str
    hears: tuple[str, ...]
    cite: str
    replies: tuple[_Reply, ...]


@dataclass(frozen=True, slots=True)
class _Authored:
    """What the file holds. ``openings`` is keyed by whether the expectation was said before."""

    openings: Mapping[bool, str]
    question: str
    kinds: tuple[_Kind, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What they may say or do, and what to say then. ``cite`` is the passage to read about it."""

    id: str
    title: str
    hears: tuple[str, ...]
    replies: tuple[str, ...]
    cite: str


@dataclass(frozen=True, slots=True)
class Card:
    """One conversation on one small page. ``fact`` is empty where the draft held none that can be said."""

    opening: str
    fact: str
    standard: str
    question: str
    answers: tuple[Answer, ...]


def card_of(rewrite: Rewrite) -> Card | None:
    """Return the card of a rewrite, or None where the conversation has to wait for somebody else first."""
    if _waits(rewrite) or not rewrite.say.strip():
        return None
    authored, parts = _authored(), rewrite.parts
    # A situation may be a date alone, which what happened names again.
    told = [part for part in (parts.situation, parts.behavior) if _sayable(part) and _SENTENCE_ENDS.search(part)]
    dated = next((one for part in told for one in _SENTENCE.split(part.strip()) if dates(one)), "")
    expectation = parts.expectation.strip() if _sayable(parts.expectation) else ""
    agreed = _was_said(expectation)
    values = {
        "fact": dated,
        "standard": _plain(expectation),
        "question": parts.question.strip() if _sayable(parts.question) else authored.question,
    }
    return Card(
        opening=authored.openings[agreed],
        fact=" ".join(dict.fromkeys(part.strip() for part in told)),
        standard=values["standard"],
        question=values["question"],
        answers=tuple(_answers(authored, values, agreed=agreed, dated=bool(dated))),
    )


def _waits(rewrite: Rewrite) -> bool:
    route = rewrite.route
    return route is not None and (route.entangled or route.to is RouteTo.EMERGENCY)


def _sayable(part: str) -> bool:
    """Whether a part holds words to say: nothing missing, and no [blank] to fill in."""
    return bool(part.strip()) and "[" not in part


def _was_said(expectation: str) -> bool:
    return _BEFORE.search(expectation) is not None and _NOT_YET.search(expectation.partition("that")[0]) is None


def _plain(expectation: str) -> str:
    """Return what is expected as a sentence of its own, without "We agreed that"."""
    said = _INTRODUCED.sub("", expectation)
    return said[:1].upper() + said[1:]


def _answers(authored: _Authored, values: Mapping[str, str], *, agreed: bool, dated: bool) -> Iterator[Answer]:
    for kind in authored.kinds:
        fitting = (reply.says for reply in kind.replies if (reply.agreed, reply.dated) == (agreed, dated))
        filled = [_PLACE.sub(lambda place: values[place[1]], says) for says in fitting if _known(says, values)]
        yield Answer(kind.id, kind.title, kind.hears, tuple(filled[:REPLIES]), kind.cite)


def _known(says: str, values: Mapping[str, str]) -> bool:
    return all(values[name] for name in _PLACE.findall(says))


@cache
def _authored() -> _Authored:
    own = settings.home() / "knowledge" / _FILE
    return read(own if own.is_file() else shelf.knowledge_folder() / _FILE)


def read(path: Path) -> _Authored:
    """Read a file of replies. Raises LibraryError that says what is wrong with it."""
    try:
        given = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        kinds = tuple(
            _Kind(
                str(kind["id"]),
                str(kind["title"]),
                tuple(map(str, kind["hears"])),
                str(kind["cite"]),
                tuple(_Reply(r["standard"] == "agreed", bool(r["dated"]), str(r["says"])) for r in kind["replies"]),
            )
            for kind in given["kinds"]
        )
        openings = {True: str(given["openings"]["agreed"]), False: str(given["openings"]["not_agreed"])}
        return _Authored(openings, str(given["question"]), kinds)
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise LibraryError(f"The knowledge file {path.name} is broken.", detail=str(error)) from error
