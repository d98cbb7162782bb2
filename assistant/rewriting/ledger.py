"""One clause at a time: what it is, what becomes of it, and whose words that is.

Knows rules' findings, the kind reader's shares and the facts of a clause. It asks no model itself:
``settle`` is given what a model proposed, holds it against the clause, and takes the best
candidate that has no fault. A row is never better than what ``faults`` can see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.domain import Category, Fate, Finding, Kind, LedgerRow, Origin
from assistant.reading.language import Language
from assistant.rewriting import address, asides, facts, fidelity, wording
from assistant.rewriting.clauses import visible
from assistant.rewriting.employee import YOU
from assistant.rewriting.kinds import KIND_OF, OPINIONS, KindReader, likeliest
from assistant.rewriting.pieces import IN_PASSING, ROUTED, Piece, fact_kind, has_fact

_COULD_BE_THE_REASON = frozenset({Category.PROTECTED, Category.HEALTH, Category.RETALIATION, Category.DISMISSAL})
_HAPPENED = frozenset({Kind.OBSERVATION, Kind.IMPACT, Kind.REPORT})
_TOLD = _HAPPENED | {Kind.STANDARD, Kind.CONSEQUENCE}
_APART = re.compile(
    r"\W*(?:and |but )?(?:separately|unrelated|on (?:a|an)other (?:note|matter)|a different matter)\b", re.I
)
_MAY_STAY = frozenset(
    {Category.GENERALIZATION, Category.HEDGING, Category.PROFANITY, Category.VAGUE_BLAME, Category.VAGUE_PRAISE}
)
"""Findings that can stand beside something that happened without having coloured all of it."""

_ASKED = {
    Kind.GENERALIZATION: "Which time do you have in mind? Give one, with its date.",
    Kind.HEARSAY: "Who saw this? May you name them?",
    Kind.PRAISE: "What exactly did they do well, and when?",
}
_WHY_BLANK = "What is quoted here speaks to the software; write the words in if the person should hear them."
_WHY_DROPPED = {
    Kind.JUDGMENT: "An opinion about the person, not something that happened.",
    Kind.MIND_READING: "Nobody can see a motive. Ask instead.",
    Kind.COMPARISON: "A comparison with a colleague starts a quarrel about the colleague.",
    Kind.THREAT: "A threat ends the conversation. A dated, agreed consequence does not.",
    Kind.GENERALIZATION: "Always and never can be answered with one exception.",
    Kind.HEARSAY: "A rumour cannot be answered by the person it is about.",
    Kind.INSTRUCTION: "Addressed to me or to the software, so it is treated as text and left out.",
    Kind.BACKGROUND: "About you, or by the way; not for them.",
    Kind.PRAISE: "Praise without a fact tells nobody what to repeat.",
}


# Shares of belief that nothing of a clause is spoken, held against the worked clauses without a finding, each
# read by a reader that had not seen it. Of 404 without a fact above .5 312 of 342 were unspoken; of 529 with one
# above .6 46 of 47; of 69 demands above .6 18 of 19. Between doubtful and sure the model is asked as well. Of those
# with a fact that read as an event 10 were above .55, 3 of them spoken: more is asked there.
_SURE = 0.5
_DOUBTFUL = 0.35
_SURE_IF_TOLD = 0.6
_SURE_DESPITE_FACTS = 0.6
_SURE_DESPITE_EVENT = 0.75
_SURE_DESPITE_DEMAND = 0.6
_SURE_DESPITE_QUESTION = 0.75
_SIDE_BY_SIDE = re.compile(
    r"\W*(?:and |but )?(?:unlike|like|compared (?:to|with))\s+(?:the others\b|(?-i:[A-Z]))", re.I
)
_LOOSE = re.compile(r"\W*(?:on|in|with|at|from|for|by|without|of|like)\b", re.IGNORECASE)
_SINCE = re.compile(r"\W*(?:ever )?since\b", re.IGNORECASE)
_IS = re.compile(r"\b(?:is|are|was|were)\b|['’](?:s|re)\b", re.IGNORECASE)
_MINE = re.compile(r"\b(?:i|i['’]\w+|me|my|myself)\b", re.IGNORECASE)


class Ledger:
    """Decides clauses. Holds the linter and the kind reader, no state of a draft."""

    def __init__(self, language: Language, kinds: KindReader) -> None:
        self._language = language
        self._kinds = kinds

    def entangled(self, pieces: Sequence[Piece]) -> bool:
        """Tell whether something protected stands beside facts about the same person.

        In doubt it does: cleaning up the words must not launder a reason. Only a word that sets
        the matters apart ("separately") speaks against it.
        """
        protected = any(f.category in _COULD_BE_THE_REASON for p in pieces for f in p.findings)
        apart = any(_APART.match(p.said) for p in pieces)
        rest = [p for p in pieces if not {f.category for f in p.findings} & ROUTED and not p.aside]
        return protected and not apart and any(p.hard or fact_kind(p) in _HAPPENED for p in rest)

    def decided(self, piece: Piece) -> LedgerRow | None:
        """Return the row of a clause that needs no rewording, or None where words must be found."""
        categories = {f.category for f in piece.findings}
        if categories & ROUTED or piece.beside in ROUTED:
            return _row(piece, likeliest(piece.read.shares), Fate.ROUTED, "", "A person has to see this first.")
        if Category.INJECTION in categories or piece.beside is Category.INJECTION:
            return _dropped(piece, Kind.INSTRUCTION)
        if piece.aside:
            return _row(piece, Kind.BACKGROUND, Fate.DROPPED, "", piece.aside)
        if piece.wording_findings:
            return None if self._worth_keeping(piece) else self.left_out(piece)
        if self._opinion(piece):
            return self.left_out(piece)
        if piece.bare and not self.faults(piece, piece.plain):
            becomes = wording.sentence(piece.plain, inside=bool(piece.lead))
            return _row(piece, fact_kind(piece), Fate.REWORDED, becomes, _WHY_DROPPED[Kind.JUDGMENT])
        if self._fit_as_said(piece) and not self._doubtful(piece):
            becomes = wording.sentence(piece.turned, inside=bool(piece.lead))
            return _row(piece, fact_kind(piece), Fate.KEPT, becomes, "", Origin.DRAFT)
        return None

    def settle(self, piece: Piece, proposals: Iterable[tuple[str, Origin]], *, declined: bool = False) -> LedgerRow:
        """Return the row made of the first faultless candidate: a proposal, then rule-made wording.

        ``declined``: the model found nothing that happened. Where no fact speaks against it, the
        clause is left out. Words of the manager's that can stand are never replaced.
        """
        if declined and not piece.hard and not asides.demand(piece.said):
            return self.left_out(piece)
        if self._fit_as_said(piece) and not piece.wording_findings:
            proposals = ()
        for text, origin in proposals:
            if text.strip() and not self.faults(piece, text):
                return _row(
                    piece, fact_kind(piece), Fate.REWORDED, wording.sentence(text, inside=bool(piece.lead)), "", origin
                )
        for text in self._by_rule(piece):
            if not self.faults(piece, text) and not self._opinion_left(piece, text):
                same = wording.words(text) == wording.words(wording.sentence(piece.said, inside=bool(piece.lead)))
                origin, fate = (Origin.DRAFT, Fate.KEPT) if same else (Origin.FALLBACK, Fate.REWORDED)
                return _row(piece, fact_kind(piece), fate, wording.sentence(text, inside=bool(piece.lead)), "", origin)
        return self._rescued(piece)

    def _rescued(self, piece: Piece) -> LedgerRow:
        """Return the row of a clause that no candidate words without a fault.

        Facts outweigh a fault in the wording: they stay, in the wording with the fewest faults, and
        the checks show what is left of it. Without facts the clause is left out.
        """
        if not piece.hard:
            return self.left_out(piece)
        candidates = self._by_rule(piece)
        kept = [
            c for c in candidates if not facts.lost(self._base_without_findings(piece), c, but=piece.employee.names)
        ]
        if not kept:
            return self.left_out(piece)
        best = min(kept, key=lambda text: len(self.faults(piece, text)))
        return _row(piece, fact_kind(piece), Fate.REWORDED, wording.sentence(best, inside=bool(piece.lead)), "")

    def hangs(self, piece: Piece, before: LedgerRow) -> bool:
        """Tell whether a clause only hangs on an opinion that was left out before it in its sentence."""
        if before.becomes or before.kind not in OPINIONS or not piece.lead.strip():
            return False
        found = facts.facts(piece.said)
        if found.numbers or found.dates or found.quotes:
            return False
        loose = _LOOSE.match(piece.said) and not asides.has_verb(piece.said)
        return bool(loose or (_SINCE.match(piece.said) and not YOU.search(piece.turned)))

    def has_rule_wording(self, piece: Piece) -> bool:
        """Tell whether rules alone can word a clause without a fault, so that a second try is waste."""
        return any(not self.faults(piece, text) for text in self._by_rule(piece))

    def faults(self, piece: Piece, text: str) -> list[str]:
        """Return what is wrong with ``text`` as the wording of a clause, in words a model can act on."""
        found: list[str] = []
        base = f"{piece.lead} {piece.said}"
        kept = self._base_without_findings(piece)
        lost = facts.lost(kept, text, but=piece.employee.names)
        if lost:
            found.append("Keep: " + ", ".join(lost))
        added = [a for a in facts.added(base, text) if a not in piece.employee.names]
        if added:
            found.append("Not in the clause: " + ", ".join(added))
        remaining = [f for f in self._language.read(text).findings if f.category not in IN_PASSING]
        if remaining:
            found.append("Leave out: " + ", ".join(f.text for f in remaining))
        if address.speaks_of_employee(text, piece.employee) and not address.speaks_of_employee(
            piece.plain, piece.employee
        ):
            found.append('Speak to the employee as "you"')
        if facts.facts(text).negated not in (facts.facts(kept).negated, facts.facts(piece.said).negated):
            found.append("Keep the same yes or no")
        rough = asides.untidy(piece.said) or piece.said[:1].islower() or ":" in piece.said[:8]
        found += fidelity.strays(kept, base, text, piece.plain, rough=rough, order=asides.demand(text))
        stayed = [part for part in piece.opinions if _holds(text, part)]
        if stayed:
            found.append("Leave out: " + ", ".join(stayed))
        return found

    def _base_without_findings(self, piece: Piece) -> str:
        """Return the clause without the words of its findings, which need not survive."""
        text = piece.bare or piece.said
        for finding in piece.wording_findings:
            quoted = visible(finding.text)
            if quoted:
                text = text.replace(quoted, " ")
        return text

    def _worth_keeping(self, piece: Piece) -> bool:
        """Tell whether something that happened is left once the findings are taken out."""
        if any(f.category is Category.HEARSAY for f in piece.wording_findings):
            return False  # what is in a rumour is no fact yet
        rest = self._base_without_findings(piece)
        compared = any(f.category is Category.COMPARISON for f in piece.wording_findings)
        if compared and (piece.said.rstrip().endswith("?") or not address.mentions_employee(rest, piece.employee)):
            return False  # what is left is about the colleague, or asks why they are not like them
        labels = [f.text for f in piece.wording_findings if f.category is Category.LABEL]
        if any(_IS.search(label) for label in labels) and not asides.has_verb(rest):
            return False  # "useless after four": the hour of an opinion is no fact
        if has_fact(rest, frozenset(facts.names(rest)) - piece.employee.names):
            return True
        if any(f.category not in _MAY_STAY for f in piece.wording_findings) or asides.in_mid_air(rest):
            return False
        if any(f.category is Category.GENERALIZATION for f in piece.wording_findings):
            return (
                asides.once(piece.said) != piece.said
                and self._kinds.read([asides.once(piece.said)])[0].unspoken < _SURE_IF_TOLD
            )
        return len(fidelity.content(rest)) >= 3 and self._kinds.read([rest])[0].unspoken < _DOUBTFUL

    def _opinion(self, piece: Piece) -> bool:
        """Tell whether a clause without a finding is an opinion all the same; requests hardly ever are."""
        if piece.bare:
            piece = replace(piece, said=piece.bare, bare="", read=self._kinds.read([piece.bare])[0])
        if _SIDE_BY_SIDE.match(piece.said):
            return True
        if asides.asks(piece.said):
            return piece.read.unspoken > _SURE_DESPITE_QUESTION
        if asides.demand(piece.said):
            return piece.read.unspoken > _SURE_DESPITE_DEMAND
        # Where the likeliest kind is something that happened or was agreed, more is needed.
        likely = likeliest(piece.read.shares)
        if piece.hard:
            return piece.read.unspoken > (_SURE_DESPITE_EVENT if likely in _TOLD else _SURE_DESPITE_FACTS)
        told = likely in _TOLD or (likely is Kind.BACKGROUND and not _MINE.search(piece.said))
        return piece.read.unspoken > (_SURE_IF_TOLD if told else _SURE)

    def _doubtful(self, piece: Piece) -> bool:
        """Tell whether a clause without a fact may be an opinion that no rule knows."""
        told = likeliest(piece.read.shares) in _TOLD
        return piece.read.unspoken > _DOUBTFUL and not (told or piece.hard or asides.demand(piece.said))

    def _fit_as_said(self, piece: Piece) -> bool:
        """Tell whether the manager's own words can stand: addressed, tidy, without a fault."""
        if piece.bare or (not piece.employee.direct and piece.turned != piece.said):
            return False
        loose = not piece.lead and piece.said[:1].islower() and len(piece.said.split()) >= 8
        return not (loose or asides.untidy(piece.said)) and not self.faults(piece, piece.turned)

    def _opinion_left(self, piece: Piece, text: str) -> bool:
        """Tell whether what rules left of a clause is an opinion itself; a checkable fact speaks against it."""
        if not piece.wording_findings or piece.hard:
            return False
        return self._kinds.read([text])[0].unspoken > _SURE_IF_TOLD

    def left_out(self, piece: Piece) -> LedgerRow:
        """Return the row of a clause that is not said, with the reason that covers most of it."""
        clause = piece.clause

        def covered(finding: Finding) -> int:
            return min(finding.end, clause.end) - max(finding.start, clause.start)

        named = [f for f in piece.wording_findings if f.category in KIND_OF]
        if named:
            return _dropped(piece, KIND_OF[max(named, key=covered).category])
        habit = next((f for f in piece.findings if f.category in IN_PASSING), None)
        if habit:
            return _row(piece, Kind.BACKGROUND, Fate.DROPPED, "", habit.why)
        return _dropped(piece, likeliest(piece.read.shares, OPINIONS | {Kind.INSTRUCTION, Kind.BACKGROUND}))

    def _by_rule(self, piece: Piece) -> list[str]:
        """Return rule-made wordings, the fullest first."""
        turned = wording.sentence(asides.once(piece.plain), inside=bool(piece.lead))
        spans = [(f.start, f.end) for f in self._language.read(turned).findings if f.category not in IN_PASSING]
        return [turned, *asides.without_spans(turned, spans)] if spans else [turned]


def _holds(text: str, part: str) -> bool:
    """Tell whether most of what a part says stands in ``text``."""
    content = fidelity.content(part)
    said = set(fidelity.content(text))
    return sum(word in said for word in content) > len(content) // 2


def _dropped(piece: Piece, kind: Kind) -> LedgerRow:
    asked = _ASKED.get(kind)
    fate = Fate.ASKED if asked else Fate.DROPPED
    why = " ".join(part for part in (_WHY_DROPPED.get(kind, "Left out."), asked) if part)
    return _row(piece, kind, fate, "", why)


def _row(piece: Piece, kind: Kind, fate: Fate, becomes: str, why: str, origin: Origin = Origin.FALLBACK) -> LedgerRow:
    if not becomes:
        origin = Origin.DRAFT
    clause = piece.clause
    if not why and facts.THE_WORDS in becomes and facts.THE_WORDS not in clause.text:
        why = _WHY_BLANK
    reasons = {f.why for f in piece.wording_findings} if fate is not Fate.KEPT else set()
    return LedgerRow(
        clause.text, clause.start, clause.end, kind, fate, becomes, why or " ".join(sorted(reasons)), origin
    )
