"""Shared language: findings in a text, from rules that an organisation can edit. Needs no model.

Knows how a text is read: what is quoted, negated or near a fact, which findings stand, which default
behaviour the words show, and whom to see first. Does not know what happens to a finding afterwards, and
never judges an employee: every rule looks at the manager's words. The rules are files (``rulebook``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.domain import Category, Finding, Pattern, PatternName, Reading, Route, RouteReason, RouteTo
from assistant.reading.page import Page
from assistant.reading.rulebook import Rule, Rulebook, load_rulebook, verify
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
_SEES: dict[Category, RouteTo] = {
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
_REPROACHFUL = frozenset(
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
_DOUBTFUL = frozenset(
    {Category.PROTECTED, Category.HEALTH, Category.RETALIATION, Category.DISMISSAL, Category.PRIVATE_LIFE}
)
_PATTERN_OF = {
    Category.TAKEOVER: PatternName.MICROMANAGEMENT,
    Category.VANISHING: PatternName.ABDICATION,
}

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
        self._blame = [(hit.at, hit.end) for hit in hits if hit.rule.category in _REPROACHFUL]
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


def _route(hits: Sequence[_Hit], signals: _Signals) -> Route | None:
    routed = [hit for hit in hits if hit.rule.category in _SEES]
    if not routed:
        return None
    targets = {hit.rule.route or _SEES[hit.rule.category] for hit in routed}
    reasons = dict.fromkeys(RouteReason(hit.rule.id, hit.finding.text) for hit in routed)
    return Route(
        to=next(to for to in _URGENCY if to in targets),
        reasons=tuple(reasons),
        entangled=any(_entangled(hit, signals) for hit in routed),
    )


def _entangled(hit: _Hit, signals: _Signals) -> bool:
    """Whether the routed words could be the reason for a reproach in the same draft."""
    if not signals.present("reproach"):
        return False
    if hit.rule.category in _DOUBTFUL or hit.rule.entangles == "in doubt":
        return True
    return signals.beside("causal", hit.at, hit.end) and signals.beside("reproach", hit.at, hit.end, around=1)
