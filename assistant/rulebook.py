"""The rule files of the shared language: what they may say, and how a pattern is matched.

Knows the format of ``knowledge/language/*.yaml`` (described in ``docs/language.md``) and turns it into rules,
word lists and signals. Does not know what a finding means; ``language`` reads texts with these.

Two facts keep it fast. A pattern names literals without which it cannot match, so most patterns are never
compiled. A word list is cut down to the words that occur in the text before it enters a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import yaml

from assistant.domain import Category, RouteTo
from assistant.errors import LibraryError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_REFERENCE = re.compile(r"\{([a-z_]+)\}")
_TOKEN = re.compile(
    r"""(?P<open>\((?:\?(?:P<\w+>|<?[=!]|[a-z-]*:))?)
      | (?P<close>\))
      | (?P<or>\|)
      | (?P<count>[?*+]\??|\{\d*,?\d*\}\??)
      | \{(?P<list>[a-z_]+)\}
      | (?P<literal>[a-z0-9 ,]+)
      | (?P<other>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)""",
    re.VERBOSE | re.IGNORECASE,
)
_NEVER = "(?!)"
_NEEDED = ("id", "category", "why", "suggestion", "patterns", "examples", "counter_examples")
_OPTIONAL = ("unless", "unless_before", "unless_after", "unless_near", "when", "route", "weight", "quoted")
_FIELDS = frozenset((*_NEEDED, *_OPTIONAL, "raw", "negated", "entangles"))


class Text(Protocol):
    """What a pattern needs to know of a text: see ``language.Page``."""

    text: str

    def has(self, literal: str) -> bool:
        """Whether the lower-cased text contains a literal."""
        ...

    def words(self, words: WordList) -> Sequence[str]:
        """The entries and inflected forms of a list that occur in the text."""
        ...


@dataclass(frozen=True, slots=True)
class WordList:
    """A named list of words; ``forms`` says how its entries inflect (adjective, noun, verb or none)."""

    name: str
    forms: str
    single: frozenset[str]
    phrases: tuple[str, ...]

    def surface(self, token: str) -> bool:
        """Whether a lower-case word is an entry of this list or a form of one."""
        return any(lemma in self.single for lemma in _lemmas(token, self.forms))


@dataclass(slots=True)
class Phrase:
    """One pattern of a rule. Compiled late, and only for texts that can match it."""

    raw: str
    where: str
    book: Rulebook
    needs: tuple[frozenset[str], ...]
    bounded: bool = True  # by word boundaries
    _compiled: re.Pattern[str] | None = None
    _expanded: str = ""

    def find(self, text: Text) -> Iterator[tuple[int, int]]:
        """Yield the places of this pattern in a text, as offsets into ``text.text``."""
        for need in self.needs:
            if not any(self._present(item, text) for item in need):
                return
        for match in self._regex(text).finditer(text.text):
            if match.end() > match.start():
                yield match.span()

    def search(self, text: Text, start: int, end: int) -> bool:
        """Whether the pattern occurs between two offsets."""
        return self._regex(text).search(text.text, start, end) is not None

    def ends_at(self, text: Text, end: int) -> bool:
        """Whether a match of the pattern ends at an offset (a space may stand between)."""
        window = text.text[max(0, end - 80) : end].rstrip(" \"'(*-")
        return any(m.end() == len(window) for m in self._regex(text).finditer(window))

    def starts_at(self, text: Text, start: int) -> bool:
        """Whether a match of the pattern starts at an offset (a space may stand between)."""
        rest = text.text[start : start + 80]
        return self._regex(text).match(rest, len(rest) - len(rest.lstrip(" \"')*-"))) is not None

    def verify(self) -> None:
        """Compile the pattern with whole word lists; raise LibraryError where it is broken."""
        self._compile(_REFERENCE.sub(lambda m: _alternatives(self._list(m[1]).single), self._expand()))

    def _present(self, item: str, text: Text) -> bool:
        if item[0] == "{":
            return bool(text.words(self.book.lists[item[1:-1]]))
        return text.has(item)

    def _expand(self) -> str:
        if not self._expanded:
            self._expanded = self.book.expand(self.raw, self.where)
        return self._expanded

    def _regex(self, text: Text) -> re.Pattern[str]:
        if self._compiled is not None:
            return self._compiled
        pattern = self._expand()
        if _REFERENCE.search(pattern):
            return self._compile(
                _REFERENCE.sub(lambda m: _alternatives(text.words(self._list(m[1]))), pattern)
            )
        self._compiled = self._compile(pattern)
        return self._compiled

    def _list(self, name: str) -> WordList:
        return self.book.lists[name]

    def _compile(self, pattern: str) -> re.Pattern[str]:
        source = pattern.replace("'", "'?")
        try:
            return re.compile(rf"(?<!\w)(?:{source})(?!\w)" if self.bounded else source, re.IGNORECASE)
        except re.error as error:
            raise LibraryError(
                f"{self.where}: the pattern {self.raw!r} is not a regular expression: {error}.",
                hint="docs/language.md describes what a pattern may hold.",
            ) from error


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
    """Everything the rule files say: rules by id, word lists, macros, and signals."""

    rules: dict[str, Rule] = field(default_factory=dict)
    lists: dict[str, WordList] = field(default_factory=dict)
    macros: dict[str, str] = field(default_factory=dict)
    signals: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)

    def expand(self, pattern: str, where: str) -> str:
        """Replace macros in a pattern; what stays in braces is a word list."""
        for _ in range(6):
            names = [n for n in _REFERENCE.findall(pattern) if n not in self.lists]
            if not names:
                return pattern
            for name in names:
                if name not in self.macros:
                    raise LibraryError(
                        f"{where}: {{{name}}} is neither a word list nor a macro.",
                        hint="Define it under words: or macros: in a file of the same folder.",
                    )
            pattern = _REFERENCE.sub(lambda m: self.macros.get(m[1], m[0]), pattern)
        raise LibraryError(f"{where}: its macros name each other in a circle.")


def load_rulebook(folders: Iterable[Path]) -> Rulebook:
    """Read every rule file of these folders, in order; a later rule or list replaces one of the same id."""
    book = Rulebook()
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
        book.lists[name] = _word_list(name, entry, f"{path.name}, word list {name}")
    for name, entry in _mapping(content, "more_words", path).items():
        extra = _word_list(name, entry, f"{path.name}, word list {name}")
        old = book.lists.get(name, extra)
        single, phrases = old.single | extra.single, (*old.phrases, *extra.phrases)
        book.lists[name] = replace(old, single=single, phrases=phrases)
    for name, entry in _mapping(content, "macros", path).items():
        book.macros[name] = f"(?:{entry})"


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
    if forms not in _ENDINGS or not isinstance(words, str):
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
            raise LibraryError(
                f"{where}: {part} is missing.", hint="docs/language.md lists what a rule needs."
            )
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
    return tuple(
        Phrase(line, where, book, needs_of(line, book.lists), bounded) for line in _lines(value, where)
    )


def needs_of(pattern: str, lists: Mapping[str, WordList]) -> tuple[frozenset[str], ...]:
    """Return what a text must contain for a pattern to match: of each set, at least one literal or list."""
    stack: list[tuple[list[list[frozenset[str] | None]], str]] = [([[]], "(")]
    before: str | None = None
    for token in _TOKEN.finditer(pattern):
        kind, piece = token.lastgroup, token[0]
        branches = stack[-1][0]
        if kind == "open":
            stack.append(([[]], piece))
        elif kind == "close" and len(stack) > 1:
            done, opening = stack.pop()
            looks = opening[-1] in "=!"
            stack[-1][0][-1].append(None if looks else _any_of(done))
        elif kind == "or":
            branches.append([])
        elif kind == "count":
            _make_optional(branches[-1], piece, before == "literal")
        elif kind == "list":
            branches[-1].append(frozenset((piece,)) if token["list"] in lists else None)
        elif kind == "literal":
            branches[-1].append(frozenset((piece.lower(),)))
        else:
            branches[-1].append(None)
        before = kind
    branches = stack[0][0]
    if len(branches) == 1:
        return tuple(sorted((s for s in branches[0] if s and _sharp(s)), key=len))
    whole = _any_of(branches)
    return (whole,) if whole else ()


def _make_optional(sequence: list[frozenset[str] | None], count: str, literal: bool) -> None:
    """A count that allows none takes the last character of a literal with it, or a whole group."""
    if not sequence or count[0] == "+" or (count[0] == "{" and count[1] not in "0,"):
        return
    shorter = next(iter(sequence[-1] or ("",)))[:-1] if literal else ""
    sequence[-1] = frozenset((shorter,)) if shorter else None


def _any_of(branches: list[list[frozenset[str] | None]]) -> frozenset[str] | None:
    found: set[str] = set()
    for branch in branches:
        sharp = [s for s in branch if s and _sharp(s)]
        if not sharp:
            return None
        found |= max(sharp, key=lambda s: min(map(len, s)))
    return frozenset(found)


def _sharp(items: frozenset[str]) -> bool:
    return all(len(item.strip()) > 2 for item in items)


def _alternatives(words: Iterable[str]) -> str:
    found = sorted(words, key=lambda w: (-len(w), w))
    if not found:
        return _NEVER
    return "(?:" + "|".join(re.escape(w).replace("\\ ", "[ -]?").replace("\\-", "[ -]?") for w in found) + ")"


_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "none": (),
    "adjective": (("ier", "y"), ("iest", "y"), ("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "noun": (("s", ""), ("es", ""), ("ies", "y")),
    "verb": (
        *((ending, stem) for ending in ("ed", "ing") for stem in ("", "e")),
        *(("s", ""), ("es", ""), ("ies", "y"), ("ied", "y"), ("in", "")),
    ),
}


def _lemmas(token: str, forms: str) -> Iterator[str]:
    """Yield a word, what it may be a form of, and the same with doubled letters undone."""
    yield token
    for ending, stem in _ENDINGS[forms]:
        if token.endswith(ending) and len(token) - len(ending) > 1:
            base = token[: -len(ending)]
            yield base + stem
            if forms != "noun" and len(base) > 2 and base[-1] == base[-2]:
                yield base[:-1]
