"""How a pattern of the shared language is matched: regular expressions with word lists and macros in braces.

Knows one pattern and one text at a time. Does not know rules or files (``rulebook``).

Compiling regular expressions is what costs time, so none is compiled whole. A pattern is parsed into a small
tree, and for each text the tree is cut down to the alternatives, words and names that occur in it. Most
patterns have nothing left and are never compiled; the rest are short. What can match is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from assistant.errors import LibraryError

NAMES = "names"  # the one word list that each text brings along: its own proper names
_TOKEN = re.compile(
    r"""(?: ([a-zA-Z0-9 ,]+)(?![?*+]|\{\d*,?\d*\})   # a literal; a character that is counted stands alone
          | (\((?:\?(?:P<\w+>|<?[=!]|[a-z-]*:))?)    # an opening bracket
          | (\))
          | (\|)
          | \{([a-z_]+)\}                           # a word list or a macro
          | (\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)    # a class, an escape, anything else
        )((?:[?*+]|\{\d*,?\d*\})?\??)              # how often""",
    re.VERBOSE | re.DOTALL,
)
_NONE_ALLOWED = ("?", "*", "{0", "{,")


class Text(Protocol):
    """What a pattern needs to know of a text: see ``language.Page``."""

    @property
    def low(self) -> str:
        """The text to match, in lower case."""
        ...

    @property
    def macros(self) -> dict[str, str | None]:
        """What is left of each macro for this text, as far as it was asked for."""
        ...

    def has(self, literal: str) -> bool:
        """Whether the text contains a literal."""
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

    def holds(self, token: str) -> bool:
        """Whether a lower-case word is an entry of this list or a form of one."""
        return any(lemma in self.single for lemma in _lemmas(token, self.forms))


class Piece(NamedTuple):
    """A part of a pattern: a literal, a name in braces, a group of branches, or anything else."""

    kind: str
    text: str
    times: str = ""
    branches: tuple[tuple[Piece, ...], ...] = ()


Sequel = tuple[Piece, ...]


@dataclass(slots=True)
class Lexicon:
    """The word lists and macros that patterns may name in braces."""

    lists: dict[str, WordList] = field(default_factory=dict)
    macros: dict[str, str] = field(default_factory=dict)
    _parsed: dict[str, tuple[Sequel, ...]] = field(default_factory=dict)

    def macro(self, name: str) -> tuple[Sequel, ...]:
        """Return a macro as the branches of a group."""
        if name not in self._parsed:
            self._parsed[name] = parse(self.macros[name])
        return self._parsed[name]

    def check(self, branches: Iterable[Sequel], where: str, within: frozenset[str] = frozenset()) -> None:
        """Raise LibraryError where a pattern names nothing, or a macro names itself."""
        for piece in (piece for branch in branches for piece in branch):
            if piece.kind == "group":
                self.check(piece.branches, where, within)
            elif piece.kind == "name" and piece.text in within:
                raise LibraryError(f"{where}: the macro {piece.text} names itself.")
            elif piece.kind == "name" and piece.text in self.macros:
                self.check(self.macro(piece.text), where, within | {piece.text})
            elif piece.kind == "name" and piece.text not in self.lists:
                raise LibraryError(
                    f"{where}: {{{piece.text}}} is neither a word list nor a macro.",
                    hint="Define it under words: or macros: in a file of the same folder.",
                )


@dataclass(slots=True)
class Phrase:
    """One pattern of a rule. ``bounded``: it starts and ends at word boundaries."""

    raw: str
    where: str
    lexicon: Lexicon
    bounded: bool = True
    _tree: tuple[Sequel, ...] = ()
    _last: tuple[str, re.Pattern[str]] | None = None  # somebody who types has nearly the same text checked again

    @property
    def tree(self) -> tuple[Sequel, ...]:
        """The branches of the pattern."""
        self._tree = self._tree or parse(self.raw)
        return self._tree

    def find(self, text: Text) -> Iterator[tuple[int, int]]:
        """Yield the places of this pattern in a text, as offsets into ``text.low``."""
        pattern = self._fit(text)
        if pattern is not None:
            for match in pattern.finditer(text.low):
                if match.end() > match.start():
                    yield match.span()

    def search(self, text: Text, start: int, end: int) -> bool:
        """Whether the pattern occurs between two offsets."""
        pattern = self._fit(text)
        return pattern is not None and pattern.search(text.low, start, end) is not None

    def ends_at(self, text: Text, end: int) -> bool:
        """Whether a match of the pattern ends at an offset (a space or a mark may stand between)."""
        pattern = self._fit(text)
        if pattern is None:
            return False
        window = text.low[max(0, end - 80) : end].rstrip(" \"'(*-")
        return any(m.end() == len(window) for m in pattern.finditer(window))

    def starts_at(self, text: Text, start: int) -> bool:
        """Whether a match of the pattern starts at an offset (a space or a mark may stand between)."""
        pattern = self._fit(text)
        rest = text.low[start : start + 80].lstrip(" \"')*-")
        return pattern is not None and pattern.match(rest) is not None

    def verify(self) -> None:
        """Compile the whole pattern; raise LibraryError where it is broken."""
        self.lexicon.check(self.tree, self.where)
        self._fit(_Everything())

    def _fit(self, text: Text) -> re.Pattern[str] | None:
        source = _render_branches(self.tree, text, self.lexicon)
        if source is None:
            return None
        last = self._last
        if last is None or last[0] != source:
            last = self._last = (source, self._compiled(source))
        return last[1]

    def _compiled(self, source: str) -> re.Pattern[str]:
        try:
            if self.bounded:
                return re.compile(rf"(?<!\w)(?:{source})(?!\w)")
            return re.compile(source, re.IGNORECASE)
        except re.error as error:
            raise LibraryError(
                f"{self.where}: the pattern {self.raw!r} is not a regular expression: {error}.",
                hint="docs/language.md describes what a pattern may hold.",
            ) from error


class _Everything:
    """A text in which everything occurs: a pattern fitted to it is whole."""

    low = ""

    def __init__(self) -> None:
        self.macros: dict[str, str | None] = {}

    def has(self, literal: str) -> bool:
        return bool(literal)

    def words(self, words: WordList) -> Sequence[str]:
        return (*sorted(words.single), *words.phrases) or ("x",)


def parse(pattern: str) -> tuple[Sequel, ...]:
    """Split a pattern into branches of pieces. Unbalanced brackets are left to the compiler to find."""
    opened: list[tuple[str, list[Sequel], list[Piece]]] = []
    branches: list[Sequel] = []
    branch: list[Piece] = []
    for literal, opening, close, bar, name, other, times in _TOKEN.findall(pattern):
        if literal:
            branch.append(Piece("literal", literal, times))
        elif opening:
            opened.append((opening, branches, branch))
            branches, branch = [], []
        elif bar:
            branches.append(tuple(branch))
            branch = []
        elif close and opened:
            inner = (*branches, tuple(branch))
            bracket, branches, branch = opened.pop()
            branch.append(Piece("group", bracket, times, inner))
        elif name:
            branch.append(Piece("name", name, times))
        else:
            branch.append(Piece("other", other or close, times))
    while opened:  # an opening bracket without its end: keep it, so that compiling fails
        rest = branch
        bracket, branches, branch = opened.pop()
        branch += [Piece("other", bracket), *rest]
    return (*branches, tuple(branch))


def _render_branches(branches: Sequence[Sequel], text: Text, lexicon: Lexicon) -> str | None:
    """Return what is left of some branches for a text, or None where nothing can match."""
    left = [source for branch in branches if (source := _render(branch, text, lexicon)) is not None]
    return "|".join(left) if left else None


def _render(sequel: Sequel, text: Text, lexicon: Lexicon) -> str | None:
    for kind, content, times, _ in sequel:  # the cheap part first: most patterns lack a word of theirs
        if kind == "literal" and not text.has(content) and not times.startswith(_NONE_ALLOWED):
            return None
    parts = []
    for piece in sequel:
        source = _render_piece(piece, text, lexicon)
        if source is not None:
            parts.append(source + piece.times)
        elif not (piece.times.startswith(_NONE_ALLOWED) or piece.text.endswith("!")):
            return None
    return "".join(parts)


def _render_piece(piece: Piece, text: Text, lexicon: Lexicon) -> str | None:
    kind, content = piece.kind, piece.text
    if kind == "literal":
        return content if text.has(content) else None
    if kind == "group":
        inner = _render_branches(piece.branches, text, lexicon)
        if inner is None:
            return None
        return f"{'(?:' if content == '(' else content}{inner})"
    if kind == "name":
        if content in lexicon.lists:
            return _alternatives(text.words(lexicon.lists[content]))
        if content not in lexicon.macros:
            raise LibraryError(f"{{{content}}} is neither a word list nor a macro.")
        if content not in text.macros:
            inner = _render_branches(lexicon.macro(content), text, lexicon)
            text.macros[content] = None if inner is None else f"(?:{inner})"
        return text.macros[content]
    return "'?" if content == "'" else content


def _alternatives(words: Iterable[str]) -> str | None:
    found = sorted(words, key=lambda word: (-len(word), word))
    if not found:
        return None
    return "(?:" + "|".join(re.escape(w).replace("\\ ", "[ -]?").replace("\\-", "[ -]?") for w in found) + ")"


ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "none": (),
    "adjective": (("ier", "y"), ("iest", "y"), ("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "noun": (("s", ""), ("es", ""), ("ies", "y")),
    "verb": (
        *((ending, stem) for ending in ("ed", "ing") for stem in ("", "e")),
        *(("s", ""), ("es", ""), ("ies", "y"), ("ied", "y"), ("in", "")),
    ),
}


def _lemmas(token: str, forms: str) -> Iterator[str]:
    """Yield a word and what it may be a form of."""
    yield token
    for ending, stem in ENDINGS[forms]:
        if token.endswith(ending) and len(token) - len(ending) > 1:
            base = token[: -len(ending)]
            yield base + stem
            if forms != "noun" and len(base) > 2 and base[-1] == base[-2]:
                yield base[:-1]
