"""One clause at a time: what it is, what becomes of it, and whose words that is.

Knows rules' findings, the kind reader's shares and the facts of a clause. It asks no model itself:
``settle`` is given what a model proposed, holds it against the clause, and takes the best
candidate that has no fault. A row is never better than what ``faults`` can see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.domain import Category, Clause, Draft, Fate, Finding, Kind, LedgerRow, Origin, Reading
from assistant.reading.language import Language
from assistant.rewriting import address, asides, facts, fidelity, parts, wording
from assistant.rewriting.address import Employee
from assistant.rewriting.clauses import visible
from assistant.rewriting.kinds import KIND_OF, OPINIONS, KindReader, KindReading, likeliest

ROUTED = frozenset(
    {
        Category.PROTECTED, Category.HEALTH, Category.RETALIATION, Category.DISMISSAL, Category.RECORD_TAMPERING,
        Category.HARASSMENT, Category.VIOLENCE, Category.SELF_HARM, Category.SAFETY, Category.PRIVATE_LIFE,
    }
)  # fmt: skip
"""Categories that only a person may judge; such a clause never reaches the message."""

_COULD_BE_THE_REASON = frozenset({Category.PROTECTED, Category.HEALTH, Category.RETALIATION, Category.DISMISSAL})
_HAPPENED = frozenset({Kind.OBSERVATION, Kind.IMPACT, Kind.REPORT})
_TOLD = _HAPPENED | {Kind.STANDARD, Kind.CONSEQUENCE}
_APART = re.compile(
    r"\W*(?:and |but )?(?:separately|unrelated|on (?:a|an)other (?:note|matter)|a different matter)\b", re.I
)
_IN_PASSING = frozenset({Category.TAKEOVER, Category.VANISHING, Category.SANDWICH})
"""Findings about how the manager works; they tell the pattern and leave the clause as it is."""

_MAY_STAY = frozenset(
    {Category.GENERALIZATION, Category.HEDGING, Category.PROFANITY, Category.VAGUE_BLAME, Category.VAGUE_PRAISE}
)
"""Findings that can stand beside something that happened without having coloured all of it."""

FACTUAL = frozenset(
    {Kind.OBSERVATION, Kind.IMPACT, Kind.STANDARD, Kind.REQUEST, Kind.CONSEQUENCE, Kind.REPORT, Kind.PRAISE,
     Kind.BACKGROUND}
)  # fmt: skip
_ASKED = {
    Kind.GENERALIZATION: "Which time do you have in mind? Give one, with its date.",
    Kind.HEARSAY: "Who saw this? May you name them?",
    Kind.PRAISE: "What exactly did they do well, and when?",
}
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
# above .6 46 of 47; of 69 demands above .6 18 of 19. Between doubtful and sure the model is asked as well.
_SURE = 0.5
_DOUBTFUL = 0.35
_SURE_IF_TOLD = 0.6
_SURE_DESPITE_FACTS = 0.6
_SURE_DESPITE_DEMAND = 0.6
_SURE_DESPITE_QUESTION = 0.75
# Of the parts of worked clauses that were left out 81% are above this, of those that were said 3%.
_SURE_OF_A_PART = 0.6
_SURER_OF_A_PART = 0.75  # of the first, which mostly holds the subject, of a single word, of what is asked for

_SIDE_BY_SIDE = re.compile(
    r"\W*(?:and |but )?(?:unlike|like|compared (?:to|with))\s+(?:the others\b|(?-i:[A-Z]))", re.I
)
_IS = re.compile(r"\b(?:is|are|was|were)\b|['’](?:s|re)\b", re.IGNORECASE)
_MINE = re.compile(r"\b(?:i|i['’]\w+|me|my|myself)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause with everything known about it before anything is decided.

    ``said`` is what a reader sees; ``turned`` the same, spoken to the employee by rule alone; ``lead`` what
    stands before it in its sentence; ``opinions`` the parts of it that are opinions, ``bare`` what is left;
    ``beside`` what a finding elsewhere in its sentence makes of it: a matter for a person, or an order to the software.
    """

    clause: Clause
    said: str
    turned: str
    lead: str
    findings: tuple[Finding, ...]
    read: KindReading
    hard: bool
    employee: Employee
    aside: str
    opinions: tuple[str, ...] = ()
    bare: str = ""
    beside: Category | None = None

    @property
    def plain(self) -> str:
        """What is left of the clause to be said, spoken to the employee by rule alone."""
        return address.to_you(self.bare, self.employee, self.lead) if self.bare else self.turned

    @property
    def wording_findings(self) -> tuple[Finding, ...]:
        """The findings that the words of the message must not carry on."""
        return tuple(f for f in self.findings if f.category not in _IN_PASSING | ROUTED)


class Ledger:
    """Decides clauses. Holds the linter and the kind reader, no state of a draft."""

    def __init__(self, language: Language, kinds: KindReader) -> None:
        self._language = language
        self._kinds = kinds

    def pieces(self, draft: Draft, clauses: Sequence[Clause], reading: Reading) -> list[Piece]:
        """Return a piece for each clause, with findings, kind shares and the turned wording."""
        employee = address.identify(draft)
        seen = [visible(c.text) for c in clauses]
        read = self._kinds.read(seen)
        names = frozenset(facts.names(visible(draft.text))) - employee.names
        pieces: list[Piece] = []
        for at, clause in enumerate(clauses):
            lead = _lead(draft.text, clauses, at)
            said = asides.without_intent(seen[at])
            hard = _hard(said, names)
            aside = asides.reason(said, direct=employee.direct)
            if not aside and lead and not hard and pieces and pieces[-1].aside and asides.trails(said):
                aside = pieces[-1].aside
            pieces.append(
                Piece(
                    clause=clause,
                    said=said,
                    turned=address.to_you(said, employee, lead),
                    lead=lead,
                    findings=tuple(f for f in reading.findings if f.start < clause.end and f.end > clause.start),
                    read=read[at],
                    hard=hard,
                    employee=employee,
                    aside=aside,
                )
            )
        return self._without_opinions(_with_company(pieces), names)

    def _without_opinions(self, pieces: Sequence[Piece], names: frozenset[str]) -> list[Piece]:
        """Return the pieces with the parts that are opinions set aside, where something is left to say."""
        cut = [parts.spans(piece.said) for piece in pieces]
        told = [not piece.aside and not piece.said.rstrip().endswith("?") for piece in pieces]
        several = [at for at, spans in enumerate(cut) if len(spans) > 1 and told[at]]
        read = iter(self._kinds.read([parts.words_of(pieces[at].said, span) for at in several for span in cut[at]]))
        result = list(pieces)
        for at in several:
            said = pieces[at].said
            shares = [next(read).unspoken for _ in cut[at]]
            asked = _fact_kind(pieces[at]) is Kind.REQUEST
            loose = [
                span
                for span, share in zip(cut[at], shares, strict=True)
                if share > (_SURER_OF_A_PART if asked or not span[0] or _one_word(said, span) else _SURE_OF_A_PART)
                and not _hard(parts.words_of(said, span), names)
            ]
            bare = asides.without_parts(said, loose) if loose and len(loose) < len(cut[at]) else ""
            if len(bare.split()) >= 3 and asides.tells(bare) and not asides.in_mid_air(bare):
                result[at] = replace(
                    pieces[at], opinions=tuple(parts.words_of(said, span) for span in loose), bare=bare
                )
        return result

    def entangled(self, pieces: Sequence[Piece]) -> bool:
        """Tell whether something protected stands beside facts about the same person.

        In doubt it does: cleaning up the words must not launder a reason. Only a word that sets
        the matters apart ("separately") speaks against it.
        """
        protected = any(f.category in _COULD_BE_THE_REASON for p in pieces for f in p.findings)
        apart = any(_APART.match(p.said) for p in pieces)
        rest = [p for p in pieces if not {f.category for f in p.findings} & ROUTED and not p.aside]
        return protected and not apart and any(p.hard or _fact_kind(p) in _HAPPENED for p in rest)

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
            return None if self._worth_keeping(piece) else self._left_out(piece)
        if self._opinion(piece):
            return self._left_out(piece)
        if piece.bare and not self.faults(piece, piece.plain):
            becomes = wording.sentence(piece.plain, inside=bool(piece.lead))
            return _row(piece, _fact_kind(piece), Fate.REWORDED, becomes, _WHY_DROPPED[Kind.JUDGMENT])
        if self._fit_as_said(piece) and not self._doubtful(piece):
            becomes = wording.sentence(piece.turned, inside=bool(piece.lead))
            return _row(piece, _fact_kind(piece), Fate.KEPT, becomes, "", Origin.DRAFT)
        return None

    def settle(self, piece: Piece, proposals: Iterable[tuple[str, Origin]], *, declined: bool = False) -> LedgerRow:
        """Return the row made of the first faultless candidate: a proposal, then rule-made wording.

        ``declined``: the model found nothing that happened. Where no fact speaks against it, the
        clause is left out. Words of the manager's that can stand are never replaced.
        """
        if declined and not piece.hard and not asides.demand(piece.said):
            return self._left_out(piece)
        if self._fit_as_said(piece) and not piece.wording_findings:
            proposals = ()
        for text, origin in proposals:
            if text.strip() and not self.faults(piece, text):
                return _row(
                    piece, _fact_kind(piece), Fate.REWORDED, wording.sentence(text, inside=bool(piece.lead)), "", origin
                )
        for text in self._by_rule(piece):
            if not self.faults(piece, text) and not self._opinion_left(piece, text):
                same = wording.words(text) == wording.words(wording.sentence(piece.said, inside=bool(piece.lead)))
                origin, fate = (Origin.DRAFT, Fate.KEPT) if same else (Origin.FALLBACK, Fate.REWORDED)
                return _row(piece, _fact_kind(piece), fate, wording.sentence(text, inside=bool(piece.lead)), "", origin)
        return self._rescued(piece)

    def _rescued(self, piece: Piece) -> LedgerRow:
        """Return the row of a clause that no candidate words without a fault.

        Facts outweigh a fault in the wording: they stay, in the wording with the fewest faults, and
        the checks show what is left of it. Without facts the clause is left out.
        """
        if not piece.hard:
            return self._left_out(piece)
        candidates = self._by_rule(piece)
        kept = [
            c for c in candidates if not facts.lost(self._base_without_findings(piece), c, but=piece.employee.names)
        ]
        if not kept:
            return self._left_out(piece)
        best = min(kept, key=lambda text: len(self.faults(piece, text)))
        return _row(piece, _fact_kind(piece), Fate.REWORDED, wording.sentence(best, inside=bool(piece.lead)), "")

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
        remaining = [f for f in self._language.read(text).findings if f.category not in _IN_PASSING]
        if remaining:
            found.append("Leave out: " + ", ".join(f.text for f in remaining))
        if address.speaks_of_employee(text, piece.employee) and not address.speaks_of_employee(
            piece.plain, piece.employee
        ):
            found.append('Speak to the employee as "you"')
        if facts.facts(text).negated not in (facts.facts(kept).negated, facts.facts(piece.said).negated):
            found.append("Keep the same yes or no")
        rough = asides.untidy(piece.said) or piece.said[:1].islower() or ":" in piece.said[:8]
        found += fidelity.strays(kept, base, text, piece.plain, rough=rough)
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
        if compared and not address.mentions_employee(rest, piece.employee):
            return False  # what is left is about the colleague
        labels = [f.text for f in piece.wording_findings if f.category is Category.LABEL]
        if any(_IS.search(label) for label in labels) and not asides.has_verb(rest):
            return False  # "useless after four": the hour of an opinion is no fact
        if _hard(rest, frozenset(facts.names(rest)) - piece.employee.names):
            return True
        if any(f.category not in _MAY_STAY for f in piece.wording_findings):
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
        if piece.hard:
            return piece.read.unspoken > _SURE_DESPITE_FACTS
        # Where the likeliest kind is something that happened or was agreed, more is needed.
        likely = likeliest(piece.read.shares)
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

    def _left_out(self, piece: Piece) -> LedgerRow:
        """Return the row of a clause that is not said, with the reason that covers most of it."""
        clause = piece.clause

        def covered(finding: Finding) -> int:
            return min(finding.end, clause.end) - max(finding.start, clause.start)

        named = [f for f in piece.wording_findings if f.category in KIND_OF]
        if named:
            return _dropped(piece, KIND_OF[max(named, key=covered).category])
        habit = next((f for f in piece.findings if f.category in _IN_PASSING), None)
        if habit:
            return _row(piece, Kind.BACKGROUND, Fate.DROPPED, "", habit.why)
        return _dropped(piece, likeliest(piece.read.shares, OPINIONS | {Kind.INSTRUCTION, Kind.BACKGROUND}))

    def _by_rule(self, piece: Piece) -> list[str]:
        """Return rule-made wordings, the fullest first."""
        turned = wording.sentence(asides.once(piece.plain), inside=bool(piece.lead))
        spans = [(f.start, f.end) for f in self._language.read(turned).findings if f.category not in _IN_PASSING]
        return [turned, *asides.without_spans(turned, spans)] if spans else [turned]


def _with_company(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces, each with what its sentence makes of it.

    A sentence that a person has to see is theirs whole, but for the facts in it; what follows an order to the
    software in the same sentence is still the order.
    """
    result: list[Piece] = []
    for sentence in _sentences(pieces):
        found = {f.category for piece in sentence for f in piece.findings}
        routed = next(iter(sorted(found & ROUTED)), None)
        ordered = False
        for piece in sentence:
            beside = Category.INJECTION if ordered else None if piece.hard else routed
            ordered = ordered or any(f.category is Category.INJECTION for f in piece.findings)
            result.append(replace(piece, beside=beside) if beside else piece)
    return result


def _sentences(pieces: Sequence[Piece]) -> list[list[Piece]]:
    sentences: list[list[Piece]] = []
    for piece in pieces:
        if sentences and piece.lead.strip():
            sentences[-1].append(piece)
        else:
            sentences.append([piece])
    return sentences


def _one_word(said: str, span: tuple[int, int]) -> bool:
    return len(said[slice(*span)].split()) == 1


def _holds(text: str, part: str) -> bool:
    """Tell whether most of what a part says stands in ``text``."""
    content = fidelity.content(part)
    said = set(fidelity.content(text))
    return sum(word in said for word in content) > len(content) // 2


def _lead(text: str, clauses: Sequence[Clause], at: int) -> str:
    """Return what stands before a clause in its own sentence."""
    begin = clauses[at].start
    for before in reversed(clauses[:at]):
        if re.search(r"[.!?…:]\s*[\"'”’)]*$|\n", before.text) or "\n" in text[before.end : begin]:
            break
        begin = before.start
    return visible(text[begin : clauses[at].start])


def _hard(said: str, names: frozenset[str]) -> bool:
    """Tell whether a clause holds something that can be checked: a number, a date, a quote, a name."""
    found = facts.facts(said)
    return bool(found.numbers or found.dates or found.quotes or any(n in said for n in names))


def _fact_kind(piece: Piece) -> Kind:
    """Return the likeliest kind that the clause's own words can carry."""
    if _AGREED.search(piece.said) and not piece.said.rstrip().endswith("?"):
        return Kind.STANDARD
    ruled_out = {kind for kind, sign in _NEEDS.items() if not sign.search(piece.said)}
    return likeliest(piece.read.shares, FACTUAL - ruled_out)


_AGREED = re.compile(
    r"\bwe(?:['’]d| had| have|['’]ve| all)?\s+agreed\b|\b(?:the|a|our|house|safety) (?:rule|policy|standard|"
    r"procedure|handbook|target)s?"
    r" (?:is|says|are|was)\b|\brule is\b|\bin the (?:handbook|policy|procedure|contract|checklist)\b|"
    r"\b(?:is|are) (?:due|to be done) (?:by|at|on|before)\b|\bwhat we (?:agreed|said|set)\b|\bstart of shift\b",
    re.IGNORECASE,
)
_NEEDS = {
    Kind.REQUEST: re.compile(
        r"\b(?:please|kindly|needs?|must|should|want|expect|make sure|have to|has to|had better|let['’]?s|"
        r"can you|could you|"
        r"will you|would you|would like|['’]d like|asks?|stop|start|from now on|next time|ought)\b|"
        r"^\W*(?:and |but |then |just )?(?:send|do|get|call|check|bring|put|fill|write|let|keep|tell|use|give|"
        r"show|take|finish|"
        r"update|come|be|read|follow|go|clean|lock|sign|log|say|hand|leave|talk|work|practise|practice|look)\b",
        re.IGNORECASE,
    ),
    Kind.PRAISE: re.compile(
        r"\b(?:good|great|well|thank\w*|excellent|brilliant|amazing|best|love\w*|happy|proud|appreciat\w*|"
        r"exactly|perfect\w*|"
        r"calm\w*|help\w*|saved?|ahead|early|beat|above|over target|impress\w*|enjoy\w*|fantastic|superb|star|"
        r"rock\w*|machine|"
        r"legend|hero|asset|champion|glad|pleased|nice\w*|lovely|smooth\w*|outstanding|hats off|kudos|bravo|cheers|"
        r"remembered|noticed|stayed|offered|without being asked|keep)\b",
        re.IGNORECASE,
    ),
    Kind.CONSEQUENCE: re.compile(
        r"\b(?:warning|formal(?:ly)?|hr|stage|disciplin\w+|probation|dismiss\w*|terminat\w+|suspen\w+|written|"
        r"procedure|hearing|review|improvement plan|pip|consequence|next step|contract|bonus)\b",
        re.IGNORECASE,
    ),
    Kind.REPORT: re.compile(
        r"\b(?:wrote|writes|e-?mail\w*|mailed|told|said|says|rang|called|complain\w*|report\w*|logs?|logged|raised|"
        r"photos?|flagged|noticed|saw|sees|according|letter|message|ticket|review|feedback|records?|form|camera|"
        r"shows?|counted|survey)\b",
        re.IGNORECASE,
    ),
}


def _dropped(piece: Piece, kind: Kind) -> LedgerRow:
    asked = _ASKED.get(kind)
    fate = Fate.ASKED if asked else Fate.DROPPED
    why = " ".join(part for part in (_WHY_DROPPED.get(kind, "Left out."), asked) if part)
    return _row(piece, kind, fate, "", why)


def _row(piece: Piece, kind: Kind, fate: Fate, becomes: str, why: str, origin: Origin = Origin.FALLBACK) -> LedgerRow:
    if not becomes:
        origin = Origin.DRAFT
    clause = piece.clause
    reasons = {f.why for f in piece.wording_findings} if fate is not Fate.KEPT else set()
    return LedgerRow(
        clause.text, clause.start, clause.end, kind, fate, becomes, why or " ".join(sorted(reasons)), origin
    )
