"""Shared language: findings in a text, from rules that an organisation can edit. Needs no model.

Knows how a text is read: what is quoted, negated or near a fact, which findings stand, which default
behaviour the words show, and whom to see first. Does not know what happens to a finding afterwards, and
never judges an employee: every rule looks at the manager's words. The rules are files (``rulebook``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from assistant.domain import Category, Finding, Pattern, PatternName, Reading, Route, RouteReason, RouteTo
from assistant.phrases import NAMES, WordList
from assistant.rulebook import Rule, Rulebook, load_rulebook, verify
from assistant.settings import home
from assistant.shelf import knowledge_folder

WORDING = frozenset(
    {
        Category.LABEL,
        Category.GENERALIZATION,
        Category.MIND_READING,
        Category.HEARSAY,
        Category.COMPARISON,
        Category.THREAT,
        Category.PROFANITY,
        Category.SARCASM,
        Category.STEREOTYPE,
        Category.VAGUE_PRAISE,
        Category.VAGUE_BLAME,
        Category.HEDGING,
        Category.SANDWICH,
        Category.TAKEOVER,
        Category.VANISHING,
        Category.INJECTION,
    }
)
# Whom a category goes to where its rule names nobody.
SEES: dict[Category, RouteTo] = {
    Category.PROTECTED: RouteTo.HR,
    Category.HEALTH: RouteTo.HR,
    Category.RETALIATION: RouteTo.HR,
    Category.DISMISSAL: RouteTo.HR,
    Category.RECORD_TAMPERING: RouteTo.LEGAL,
    Category.HARASSMENT: RouteTo.HR,
    Category.VIOLENCE: RouteTo.SECURITY,
    Category.SELF_HARM: RouteTo.EMERGENCY,
    Category.SAFETY: RouteTo.HR,
    Category.PRIVATE_LIFE: RouteTo.HR,
}
_URGENCY = (RouteTo.EMERGENCY, RouteTo.SECURITY, RouteTo.LEGAL, RouteTo.HR)
# Findings that blame somebody: beside a routed matter they may be its disguise.
REPROACHFUL = frozenset(
    {
        Category.LABEL,
        Category.GENERALIZATION,
        Category.MIND_READING,
        Category.COMPARISON,
        Category.THREAT,
        Category.SARCASM,
        Category.STEREOTYPE,
        Category.VAGUE_BLAME,
    }
)
# In doubt, these could be the reason for a reproach in the same draft.
DOUBTFUL = frozenset(
    {Category.PROTECTED, Category.HEALTH, Category.RETALIATION, Category.DISMISSAL, Category.PRIVATE_LIFE}
)
_PATTERN_OF = {
    Category.TAKEOVER: PatternName.MICROMANAGEMENT,
    Category.VANISHING: PatternName.ABDICATION,
}

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0f\ufeff\U000e0000-\U000e007f"
_ODD = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<tag>(?:</?[a-zA-Z][^<>]{0,300}>\s*)+)"
    r"|(?P<entity>&(?:nbsp|amp|quot|apos|lt|gt|#39|#x27|rsquo|lsquo|ldquo|rdquo);)"
    rf"|(?P<hidden>[{_INVISIBLE}]+)"
    r"|(?P<space>[ \t\r\n\f\v\u00a0\u2009\u202f]*[\t\r\n\f\v\u00a0\u2009\u202f][\s\u00a0]*|  +)"
    r"|(?P<run>([a-zA-Z])\7{2,})"
    r"|(?P<opens>(?<![\w*])(?:\*{1,3}|_{1,2})(?=\w))|(?P<closes>(?<=[\w.!?])(?:\*{1,3}|_{1,2})(?![\w*]))"
    r"|(?P<wide>[^\x00-\x7f])",
    re.DOTALL,
)
_ENTITIES = {
    "&nbsp;": " ",
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&ldquo;": '"',
    "&rdquo;": '"',
}
_STRAIGHT = dict(zip("’‘ʼ`´“”„«»–—‑\u2028", "'''''\"\"\"\"\"---\n", strict=True)) | {"…": "..."}
_NEW_PARAGRAPH = re.compile(r"\n[ \t]*\r?\n|\n\s*(?:[-*•>]|\d+[.)])\s")
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|ul|ol|h\d|tr|td|blockquote)\b", re.IGNORECASE)
_QUOTED = re.compile(
    r'"[^"\n]{1,600}"'
    r"|(?:(?<=[\s(,:;])|^)'(?=\w)(?:[^'\n]|(?<=\w)'(?=\w)){1,400}'(?!\w)"
    r"|(?:^|\n)> ?[^\n]+"
)
_SCARE = re.compile(r"(?:\b(?:your|his|her|their|my|our|so-called|a|an|the|such)\s+(?:\w+\s)?)$", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?:\b(?:said|says?|told|wrote|called|words?|quote|shouted|answered|replied|asked)\b)", re.IGNORECASE
)
_NEGATED = re.compile(
    r"(?:\b(?:not|never|no|nor|without|nobody|none|hardly|cannot|neither|far from)\b|n'?t\b)"
    r"(?: (?:a|an|the|being|at all|so|that|very|really|exactly|any|been|be|ever|seem|seeming|think|say|"
    r"saying|believe|mean|meaning|call|calling|you|he|she|they|are|is|was|were|you're|he's|she's|they're|"
    r"in any way|necessarily|because)){0,5} ?$",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"\b[A-Z][a-z]+\b")
_NOT_NAME_ENDINGS = ("ing", "tion", "ment", "ness", "ity", "ly", "ed", "ance", "ence")
_OPENERS = ("", ".", "!", "?", "\n", ":", ";", "-", "*")
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_SENTENCE = re.compile(r"[.!?;](?=[\s\"')]|$)[\s\"')]*|\n|$")


class Page:
    """A text made plain for matching: markup, hidden characters and odd spaces gone, offsets remembered."""

    def __init__(self, raw: str, not_names: WordList | None = None, *, as_is: bool = False) -> None:
        self.raw = raw
        self._not_names = not_names
        self._starts, self._origins = [0], [0]
        self.text = raw if as_is else self._plain(raw)
        self._low = _lower(self.text)
        self.low = self.text if as_is else self._low
        self._seen: dict[str, bool] = {}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._spaced = self._low.replace("-", " ")
        self._tokens: frozenset[str] = frozenset()
        self._ends: list[int] = []

    def has(self, literal: str) -> bool:
        """Whether the lower-cased text contains a literal."""
        known = self._seen.get(literal)
        if known is None:
            known = self._seen[literal] = literal.lower() in self._low
        return known

    def words(self, words: WordList) -> Sequence[str]:
        """The entries and inflected forms of a list that occur in the text."""
        known = self._lists.get(words.name)
        if known is None:
            found = self._names() if words.name == NAMES else self._entries(words)
            known = self._lists[words.name] = tuple(dict.fromkeys(found))
        return known

    def _entries(self, words: WordList) -> Iterator[str]:
        if not self._tokens:
            self._tokens = frozenset(_WORD.findall(self._low)) | frozenset(_WORD.findall(self._spaced))
        yield from (token for token in self._tokens if words.holds(token))
        for phrase in words.phrases:
            if phrase in self._spaced:
                yield phrase
                if words.forms == "noun":
                    yield phrase + "s"

    def _names(self) -> Iterator[str]:
        for match in _CAPITAL.finditer(self.text):
            name = match[0].lower()
            opens = self.text[: match.start()].rstrip(" \"'(")[-1:] in _OPENERS
            if (opens and name.endswith(_NOT_NAME_ENDINGS)) or (self._not_names and self._not_names.holds(name)):
                continue
            yield name

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Turn offsets of the plain text into offsets of the text as given."""
        first, last = self._origin(start), self._origin(end)
        while last > first and self.raw[last - 1].isspace():
            last -= 1
        while first < last and self.raw[first].isspace():
            first += 1
        return first, last

    def sentence(self, start: int, end: int, around: int = 0) -> tuple[int, int]:
        """Return the bounds of the sentence of a place, with so many neighbours on each side."""
        ends = self._sentence_ends()
        first = bisect_right(ends, start) - around
        last = bisect_right(ends, max(start, end - 1)) + around
        return (ends[first - 1] if first > 0 else 0), ends[min(last, len(ends) - 1)]

    def sentences(self) -> list[tuple[int, int]]:
        """Return the bounds of every sentence, in order."""
        return [(a, b) for a, b in pairwise((0, *self._sentence_ends())) if a < b]

    def _sentence_ends(self) -> list[int]:
        self._ends = self._ends or [m.end() for m in _SENTENCE.finditer(self.text)]
        return self._ends

    def _origin(self, at: int) -> int:
        index = bisect_right(self._starts, at) - 1
        origin = self._origins[index] + at - self._starts[index]
        limit = self._origins[index + 1] if index + 1 < len(self._origins) else len(self.raw)
        return min(origin, limit)

    def _plain(self, raw: str) -> str:
        pieces: list[str] = []
        length = position = 0
        emphasis = 0
        for odd in _ODD.finditer(raw):
            if odd.lastgroup == "closes" and not emphasis:
                continue  # a masked swear word, not the end of bold type
            emphasis += (odd.lastgroup == "opens") - (odd.lastgroup == "closes")
            instead = _replacement(odd)
            if instead == odd[0]:
                continue
            before = raw[position : odd.start()]
            if instead == " " and (before or "".join(pieces[-1:])).endswith((" ", "\n")):
                instead = ""
            pieces += (before, instead)
            length += len(before)
            self._mark(length, odd.start())
            length += len(instead)
            self._mark(length, odd.end())
            position = odd.end()
        pieces.append(raw[position:])
        plain = "".join(pieces)
        return plain.lower() if _shouts(raw) and len(plain.lower()) == len(plain) else plain

    def _mark(self, at: int, origin: int) -> None:
        if self._starts[-1] == at:
            self._origins[-1] = origin
        else:
            self._starts.append(at)
            self._origins.append(origin)


def _lower(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)


def _shouts(raw: str) -> bool:
    letters = [c for c in raw if c.isalpha()]
    return len(letters) > 12 and sum(c.isupper() for c in letters) > 0.6 * len(letters)


def _replacement(odd: re.Match[str]) -> str:
    """Return what an odd piece of text becomes before matching."""
    kind, piece = odd.lastgroup, odd[0]
    if odd["run"]:
        return piece[0]
    if kind in ("hidden", "opens", "closes"):
        return ""
    if kind in ("comment", "tag"):
        return "\n" if _BLOCK_TAG.search(piece) else " " if kind == "comment" or piece[-1].isspace() else ""
    if kind == "entity":
        return _ENTITIES.get(piece, "'")
    if kind == "space":
        ahead = odd.string[odd.end() : odd.end() + 4]
        return "\n" if _NEW_PARAGRAPH.match(piece + ahead, piece.find("\n")) else " "
    return _STRAIGHT.get(piece) or _plain_letter(piece)


def _plain_letter(letter: str) -> str:
    """Return a letter without its accent or its fancy shape, where ASCII has it."""
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return plain if plain.isascii() and plain else letter


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: Rule
    finding: Finding
    at: int  # in the plain text
    end: int


@dataclass(frozen=True, slots=True)
class Language:
    """A set of rules, ready to read texts. Make one with ``Language.load``."""

    book: Rulebook
    rules: tuple[Rule, ...]
    disabled: frozenset[str] = frozenset()

    @classmethod
    def load(cls, folders: Sequence[Path] | None = None, disabled: frozenset[str] = frozenset()) -> Language:
        """Read the rules: the built-in ones, then an organisation's, which may replace or add.

        ``folders`` replaces both places. Raises LibraryError naming the file and the rule that is broken.
        """
        built_in = knowledge_folder() / "language"
        if folders is None:
            folders = (built_in, home() / "knowledge" / "language")
        book = load_rulebook(folders)
        rules = tuple(rule for rule in book.rules.values() if rule.id not in disabled)
        own = {path.name for folder in folders if folder != built_in for path in folder.glob("*.yaml")}
        verify((rule for rule in rules if rule.where.split(",")[0] in own), book)
        return cls(book, rules, disabled)

    def verify(self) -> None:
        """Compile every pattern; raise LibraryError at the first that is broken. Slow: for tests."""
        verify(self.book.rules.values(), self.book)

    def read(self, text: str) -> Reading:
        """Return findings with exact offsets, the manager's default behaviour, and whom to see first."""
        page, as_is = Page(text, self.book.lexicon.lists.get("not_name")), Page(text, as_is=True)
        quotes = _quotations(page.text)
        hits = [
            hit for rule in self.rules if not rule.when for hit in self._hits(rule, as_is if rule.raw else page, quotes)
        ]
        signals = _Signals(page, self.book, hits)
        hits += [
            hit
            for rule in self.rules
            if rule.when and any(signals.present(name) for name in rule.when)
            for hit in self._hits(rule, page, quotes)
        ]
        hits = _without_overlaps(hits)
        return Reading(findings=tuple(hit.finding for hit in hits), pattern=_pattern(hits), route=_route(hits, signals))

    def _hits(self, rule: Rule, page: Page, quotes: Sequence[tuple[int, int]]) -> Iterator[_Hit]:
        exempt = rule.category in WORDING and not rule.quoted
        for phrase in rule.phrases:
            for start, end in phrase.find(page):
                if exempt and any(first <= start and end <= last for first, last in quotes):
                    continue
                if _stands(rule, page, start, end, self.book):
                    yield _hit(rule, page, start, end)


def _hit(rule: Rule, page: Page, start: int, end: int) -> _Hit:
    first, last = page.place(start, end)
    finding = Finding(first, last, page.raw[first:last], rule.category, rule.id, rule.why, rule.suggestion)
    return _Hit(rule, finding, start, end)


def _stands(rule: Rule, page: Page, start: int, end: int, book: Rulebook) -> bool:
    """Whether nothing around a match takes it back: negation, what stands beside it, a fact near it."""
    if not rule.negated and _NEGATED.search(page.text, max(0, start - 60), start):
        return False
    if any(phrase.ends_at(page, start) for phrase in rule.unless_before):
        return False
    if any(phrase.starts_at(page, end) for phrase in rule.unless_after):
        return False
    if rule.unless:
        first, last = page.sentence(start, end)
        if any(phrase.search(page, first, last) for phrase in rule.unless):
            return False
    if rule.unless_near:
        first, last = page.sentence(start, end, around=1)
        near = (phrase for name in rule.unless_near for phrase in book.signals[name])
        return not any(phrase.search(page, first, last) for phrase in near)
    return True


def _quotations(text: str) -> list[tuple[int, int]]:
    """Return what stands in quotation marks, but for scare quotes and for a draft that is one quotation."""
    found = []
    for match in _QUOTED.finditer(text):
        start, end = match.span()
        if end - start > 0.9 * len(text):
            continue
        lead = text[max(0, start - 40) : start]
        if len(match[0].split()) < 3 and _SCARE.search(lead) and not _SPOKEN.search(lead):
            continue
        found.append((start, end))
    return found


class _Signals:
    """What else stands in a draft: a reproach, a connective, an adverse decision."""

    def __init__(self, page: Page, book: Rulebook, hits: Iterable[_Hit]) -> None:
        self._page, self._book = page, book
        self._blame = [(hit.at, hit.end) for hit in hits if hit.rule.category in REPROACHFUL]
        self._found: dict[str, list[tuple[int, int]]] = {}

    def places(self, name: str) -> list[tuple[int, int]]:
        if name not in self._found:
            spans = [span for phrase in self._book.signals.get(name, ()) for span in phrase.find(self._page)]
            self._found[name] = spans + (self._blame if name == "reproach" else [])
        return self._found[name]

    def present(self, name: str) -> bool:
        return bool(self.places(name))

    def beside(self, name: str, start: int, end: int, around: int = 0) -> bool:
        first, last = self._page.sentence(start, end, around)
        return any(first <= s < last for s, _ in self.places(name))


def _without_overlaps(hits: Iterable[_Hit]) -> list[_Hit]:
    """Keep the longest of overlapping findings of one category that go to one person; order by place."""
    kept: list[_Hit] = []
    taken: dict[tuple[Category, RouteTo | None], list[tuple[int, int]]] = {}
    for hit in sorted(hits, key=lambda h: (h.finding.start - h.finding.end, h.finding.start)):
        start, end = hit.finding.start, hit.finding.end
        spans = taken.setdefault((hit.rule.category, hit.rule.route), [])
        at = bisect_right(spans, (start, end))
        if (at and spans[at - 1][1] > start) or (at < len(spans) and spans[at][0] < end):
            continue
        spans.insert(at, (start, end))
        kept.append(hit)
    return sorted(kept, key=lambda h: (h.finding.start, h.finding.end, h.rule.id))


def _pattern(hits: Sequence[_Hit]) -> Pattern:
    """Weigh the manager's own words; the heavier behaviour wins, a tie goes to more distinct evidence."""
    best = Pattern()
    best_weight = (0, 0, 0)
    for category, name in _PATTERN_OF.items():
        mine = [hit for hit in hits if hit.rule.category is category]
        if not mine:
            continue
        evidence = tuple(dict.fromkeys(hit.finding.text for hit in mine))
        weight = (sum(hit.rule.weight for hit in mine), len(evidence), -mine[0].finding.start)
        if best.name is PatternName.NONE or weight > best_weight:
            heaviest = max(mine, key=lambda hit: hit.rule.weight)
            best, best_weight = Pattern(name, evidence, heaviest.rule.suggestion), weight
    return best


def most_urgent(targets: Collection[RouteTo]) -> RouteTo:
    """Return whom to see first of several."""
    return next(to for to in _URGENCY if to in targets)


def _route(hits: Sequence[_Hit], signals: _Signals) -> Route | None:
    routed = [hit for hit in hits if hit.rule.category in SEES]
    if not routed:
        return None
    targets = {hit.rule.route or SEES[hit.rule.category] for hit in routed}
    reasons = dict.fromkeys(RouteReason(hit.rule.id, hit.finding.text) for hit in routed)
    return Route(
        to=most_urgent(targets),
        reasons=tuple(reasons),
        entangled=any(_entangled(hit, signals) for hit in routed),
    )


def _entangled(hit: _Hit, signals: _Signals) -> bool:
    """Whether the routed words could be the reason for a reproach in the same draft."""
    if not signals.present("reproach"):
        return False
    if hit.rule.category in DOUBTFUL or hit.rule.entangles == "in doubt":
        return True
    return signals.beside("causal", hit.at, hit.end) and signals.beside("reproach", hit.at, hit.end, around=1)
