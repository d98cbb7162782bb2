"""The rule files of the shared language: what they may say.

Knows the format of ``knowledge/language/*.yaml`` (described in ``docs/language.md``) and turns it into rules,
word lists and signals. Does not know how a pattern matches (``phrases``) or what a finding means
(``language``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from assistant.domain import Category, RouteTo
from assistant.errors import LibraryError
from assistant.reading.phrases import ENDINGS, NAMES, Lexicon, Phrase, WordList

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NEEDED = ("id", "category", "why", "suggestion", "patterns", "examples", "counter_examples")
_OPTIONAL = ("unless", "unless_before", "unless_after", "unless_near", "when", "route", "weight", "quoted")
_FIELDS = frozenset((*_NEEDED, *_OPTIONAL, "raw", "negated", "entangles"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it objects to, why, a better way, and texts that prove it."""

    id: str
    category: Category
    why: str
    suggestion: str
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
    where: str
    phrases: tuple[Phrase, ...] = ()
    unless: tuple[Phrase, ...] = ()
    unless_before: tuple[Phrase, ...] = ()
    unless_after: tuple[Phrase, ...] = ()
    unless_near: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    route: RouteTo | None = None
    weight: int = 1
    quoted: bool = False
    negated: bool = True
    raw: bool = False
    entangles: str = ""


@dataclass(slots=True)
class Rulebook:
    """Everything the rule files say: rules by id, signals, word lists and macros."""

    rules: dict[str, Rule] = field(default_factory=dict)
    signals: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    lexicon: Lexicon = field(default_factory=Lexicon)


def load_rulebook(folders: Iterable[Path]) -> Rulebook:
    """Read every rule file of these folders, in order; a later rule or list replaces one of the same id."""
    book = Rulebook()
    book.lexicon.lists[NAMES] = WordList(NAMES, "none", frozenset(), ())
    files = [(path, _content(path)) for folder in folders for path in sorted(folder.glob("*.yaml"))]
    for path, content in files:
        _add_words(path, content, book)
    for path, content in files:
        _add_rules(path, content, book)
    return book


def verify(rules: Iterable[Rule], book: Rulebook) -> None:
    """Compile every pattern of these rules and check what they name; raise LibraryError."""
    for rule in rules:
        for phrase in (*rule.phrases, *rule.unless, *rule.unless_before, *rule.unless_after):
            phrase.verify()
        for name in (*rule.when, *rule.unless_near):
            if name not in book.signals:
                raise LibraryError(f"{rule.where}: the signal {name} does not exist.")


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - a safe loader, in C
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LibraryError(
            f"The rule file {path.name} cannot be read.", hint=f"See {path}.", detail=str(error)
        ) from error
    content = {} if content is None else content
    if not isinstance(content, dict):
        raise LibraryError(f"The rule file {path.name} must hold words:, macros:, signals: or rules:.")
    unknown = set(content) - {"words", "more_words", "macros", "signals", "rules"}
    if unknown:
        raise LibraryError(f"The rule file {path.name} has an unknown part: {sorted(map(str, unknown))[0]}.")
    return content


def _add_words(path: Path, content: Mapping[str, Any], book: Rulebook) -> None:
    for name, entry in _mapping(content, "words", path).items():
        book.lexicon.lists[name] = _word_list(name, entry, f"{path.name}, word list {name}")
    for name, entry in _mapping(content, "more_words", path).items():
        extra = _word_list(name, entry, f"{path.name}, word list {name}")
        old = book.lexicon.lists.get(name, extra)
        single, phrases = old.single | extra.single, (*old.phrases, *extra.phrases)
        book.lexicon.lists[name] = replace(old, single=single, phrases=phrases)
    for name, entry in _mapping(content, "macros", path).items():
        book.lexicon.macros[name] = str(entry)


def _add_rules(path: Path, content: Mapping[str, Any], book: Rulebook) -> None:
    for name, entry in _mapping(content, "signals", path).items():
        book.signals[name] = _phrases(entry, f"{path.name}, signal {name}", book)
    for number, entry in enumerate(content.get("rules") or (), 1):
        rule = _rule(entry, path, number, book)
        book.rules[rule.id] = rule


def _mapping(content: Mapping[str, Any], part: str, path: Path) -> Mapping[str, Any]:
    value = content.get(part) or {}
    if not isinstance(value, dict):
        raise LibraryError(f"In the rule file {path.name}, {part}: must be a mapping of names.")
    return value


def _word_list(name: str, entry: object, where: str) -> WordList:
    forms, words = "none", entry
    if isinstance(entry, dict):
        forms, words = str(entry.get("forms", "none")), entry.get("words", "")
    if forms not in ENDINGS or not isinstance(words, str):
        raise LibraryError(f"{where}: needs words: and forms: adjective, noun, verb or none.")
    entries = [" ".join(word.split()).lower() for word in words.split(",")]
    single = frozenset(w for w in entries if w and " " not in w and "-" not in w)
    return WordList(name, forms, single, tuple(w.replace("-", " ") for w in entries if w not in single and w))


def _rule(entry: object, path: Path, number: int, book: Rulebook) -> Rule:
    if not isinstance(entry, dict) or not entry.get("id"):
        raise LibraryError(f"In the rule file {path.name}, rule {number} has no id.")
    where = f"{path.name}, rule {entry['id']}"
    for part in _NEEDED:
        if not entry.get(part):
            raise LibraryError(f"{where}: {part} is missing.", hint="docs/language.md lists what a rule needs.")
    unknown = set(entry) - _FIELDS
    if unknown:
        raise LibraryError(f"{where}: {sorted(map(str, unknown))[0]} is not a part of a rule.")
    try:
        category = Category(entry["category"])
        route = RouteTo(entry["route"]) if entry.get("route") else None
        weight = int(entry.get("weight", 1))
    except (ValueError, TypeError) as error:
        raise LibraryError(f"{where}: {error}.") from error
    return Rule(
        id=str(entry["id"]),
        category=category,
        why=" ".join(str(entry["why"]).split()),
        suggestion=" ".join(str(entry["suggestion"]).split()),
        examples=_lines(entry["examples"], where),
        counter_examples=_lines(entry["counter_examples"], where),
        where=where,
        phrases=_phrases(entry["patterns"], where, book, not entry.get("raw")),
        unless=_phrases(entry.get("unless"), where, book),
        unless_before=_phrases(entry.get("unless_before"), where, book),
        unless_after=_phrases(entry.get("unless_after"), where, book),
        unless_near=tuple(str(entry.get("unless_near") or "").split()),
        when=tuple(str(entry.get("when") or "").split()),
        route=route,
        weight=weight,
        quoted=bool(entry.get("quoted", False)),
        negated=bool(entry.get("negated", category is not Category.LABEL)),
        raw=bool(entry.get("raw", False)),
        entangles=str(entry.get("entangles", "")),
    )


def _lines(value: object, where: str) -> tuple[str, ...]:
    """Take a block of lines, or a list; a line that starts with # is a comment."""
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    if not isinstance(value, str):
        raise LibraryError(f"{where}: a block of lines or a list is needed.")
    lines = (line.strip() for line in value.splitlines())
    return tuple(line for line in lines if line and line[0] != "#")


def _phrases(value: object, where: str, book: Rulebook, bounded: bool = True) -> tuple[Phrase, ...]:
    return tuple(Phrase(line, where, book.lexicon, bounded) for line in _lines(value, where))
