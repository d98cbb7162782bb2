"""A standard of good execution from what a manager says: the parts that are there, and a question for each other.

Knows the parts of such a standard and the two ways of missing it: taking the work back, and looking away. What
the text holds stands verbatim; what it lacks is asked, with examples that fit the words; nothing is filled in.
No model.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assistant.domain import Citation, Finding, Origin, PatternName, Reading, Route
from assistant.errors import InputError
from assistant.preparing import assignment
from assistant.preparing.assignment import Assignment, Decision, Piece
from assistant.preparing.plans import Ask, Given, Kind, Part, Plan, Plans
from assistant.rewriting.wording import finish

_DECISIONS_ASKED = 3


class Maturity(StrEnum):
    """How often the person has done this very task. About the task, not about the person."""

    NEW = "new"
    HAS_DONE_IT = "has_done_it"
    COULD_TEACH_IT = "could_teach_it"


@dataclass(frozen=True, slots=True)
class Decides:
    """One decision within the work: what it is about, in whose words, and how far it is handed over."""

    about: str
    origin: Origin
    level: Part


@dataclass(frozen=True, slots=True)
class Leaning:
    """Which default behaviour the manager's words show: their words, what is missing, and what is in between."""

    name: PatternName
    evidence: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    says: str = ""
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between taking over and looking away, for one experience with the task. ``say`` has blanks to fill."""

    id: Maturity
    title: str
    do: str
    say: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class WorkStandard:
    """A standard on one page. ``also`` is what else the text says; ``steps`` are those that it dictates.

    ``between`` holds one way for each answer to ``experience``, or the chosen one alone.
    """

    input: str
    work: str
    task: Part
    owner: Part
    outcome: Part
    measure: Part
    by_when: Part
    decides: tuple[Decides, ...]
    levels: tuple[str, ...]
    visibility: Part
    raise_hand: Part
    good: Part
    not_good: Part
    steps: tuple[str, ...]
    also: tuple[str, ...]
    leaning: Leaning
    experience: Part
    between: tuple[Between, ...]
    findings: tuple[Finding, ...]
    route: Route | None
    citations: tuple[Citation, ...]


def standard(plans: Plans, text: str, reading: Reading, maturity: Maturity | None = None) -> WorkStandard:
    """Return the standard that a text holds, with a question for each part that it lacks."""
    plan = plans.standard
    said = assignment.read(text)
    kind = plans.kind_of(text, said.work)
    asks = Questions(plans, said, kind)
    experience = plan.part("maturity")
    return WorkStandard(
        input=text,
        work=said.work,
        task=given(said.task, asks.cite("outcome")) or Ask(asks.question("outcome", "ask")),
        owner=asks.part("owner", said.owner),
        outcome=asks.part("outcome", said.outcome),
        measure=asks.part("measure", said.measure),
        by_when=asks.part("by_when", said.by_when),
        decides=asks.decides(),
        levels=levels(plan),
        visibility=asks.part("visibility", said.visibility),
        raise_hand=asks.part("raise_hand", said.raise_hand),
        good=asks.part("good", said.good),
        not_good=asks.part("not_good", said.not_good),
        steps=tuple(step.text for step in said.steps),
        also=tuple(piece.text for piece in said.rest),
        leaning=leaning(plans, said, reading),
        experience=Ask(experience.text("ask")) if maturity is None else _chosen(plans, experience, maturity),
        between=between(plans, said, maturity),
        findings=reading.findings,
        route=reading.route,
        citations=asks.citations(),
    )


def given(piece: Piece | None, citation: Citation | None = None) -> Given | None:
    """Return a piece of the text as a part, or None."""
    return Given(piece.text, Origin.DRAFT, citation) if piece else None


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions of a standard, in the words of one assignment."""

    plans: Plans
    said: Assignment
    kind: Kind

    @property
    def plan(self) -> Plan:
        """The file of questions."""
        return self.plans.standard

    def cite(self, name: str) -> Citation:
        """Return what the library says about a part."""
        return self.plan.part(f"parts.{name}").cite(self.plans)

    def part(self, name: str, piece: Piece | None) -> Part:
        """Return what the text holds, or the question that fits what it says instead."""
        if piece is not None:
            return Given(piece.text, Origin.DRAFT, self.cite(name))
        said = self.said
        if name == "outcome" and said.steps:
            return Ask(self.question(name, "steps"))
        if name == "outcome" and said.vague_outcome:
            return Ask(self.question(name, "instead", said.vague_outcome))
        if name == "by_when" and said.vague_when:
            return Ask(self.question(name, "instead", said.vague_when))
        if name == "by_when" and said.named_when:
            return Ask(self.question(name, "named", said.named_when))
        return Ask(self.question(name, "ask"))

    def question(self, name: str, which: str, words: str = "") -> str:
        """Return one question with the work, the manager's words and fitting examples in it."""
        listed = {"visibility": "visible", "raise_hand": "stuck"}.get(name, name)
        examples = self.kind.examples(listed) if self.kind.plan.has(listed) else ""
        return self.plan.text(f"parts.{name}.{which}", work=self.said.work, words=words, examples=examples)

    def decides(self) -> tuple[Decides, ...]:
        """Return who decides what: the decisions that the text names, else those that such work brings."""
        named = tuple(self._named(decision) for decision in self.said.decisions)
        if named:
            return named
        return tuple(
            Decides(about, Origin.FALLBACK, Ask(self._level_question(about)))
            for about in self.kind.first("decisions", _DECISIONS_ASKED)
        )

    def citations(self) -> tuple[Citation, ...]:
        """Return what the page rests on, each passage once."""
        found = [self.cite(name) for name in self.plan.names("parts")]
        found.append(self.plan.cite(self.plans, "levels"))
        return tuple({citation.id: citation for citation in found}.values())

    def _named(self, decision: Decision) -> Decides:
        by_id = {level.text("id"): level for level in self.plan.parts("levels")}
        known = [by_id[id_] for id_ in decision.levels if id_ in by_id]
        words = decision.piece.text
        if len(known) == 1:
            cited = self.plan.cite(self.plans, "levels")
            return Decides(words, Origin.DRAFT, Given(known[0].text("title"), Origin.FALLBACK, cited))
        meant = ", or ".join(level.text("do") for level in known)
        return Decides(words, Origin.DRAFT, Ask(self.plan.text("parts.decides.between", words=words, levels=meant)))

    def _level_question(self, about: str) -> str:
        return self.plan.text("parts.decides.ask", decision=about, levels=level_titles(self.plan))


def levels(plan: Plan) -> tuple[str, ...]:
    """Return the levels of handing over, from least to most."""
    return tuple(level.text("title") for level in plan.parts("levels"))


def level_titles(plan: Plan) -> str:
    """Return the levels of handing over in one line, from least to most."""
    return " / ".join(levels(plan))


def leaning(plans: Plans, said: Assignment, reading: Reading) -> Leaning:
    """Return the default behaviour that an assignment's wording shows. What the linter saw comes first."""
    words = plans.standard.part("leaning")
    name, evidence = reading.pattern.name, reading.pattern.evidence
    missing = _missing(words, said)
    if name is PatternName.NONE and said.steps and not (said.outcome or said.measure):
        name, evidence = PatternName.MICROMANAGEMENT, tuple(step.text for step in said.steps)
    elif name is PatternName.NONE and len(missing) == len(_CONTACT) and said.task:
        name, evidence = PatternName.ABDICATION, (said.vague_outcome,) if said.vague_outcome else ()
    if name is PatternName.NONE:
        return Leaning(name)
    part = words.part(str(name))
    signs = missing if name is PatternName.ABDICATION else (part.text("steps"),) if said.steps else ()
    return Leaning(name, evidence, signs, part.text("says"), part.cite(plans))


_CONTACT = ("no_measure", "no_date", "no_contact")


def _missing(words: Plan, said: Assignment) -> tuple[str, ...]:
    """Return what would keep the manager in touch and is not there."""
    there = (said.measure, said.by_when, said.visibility or said.raise_hand or said.decisions or None)
    return tuple(words.text(f"abdication.{sign}") for sign, found in zip(_CONTACT, there, strict=True) if found is None)


def between(plans: Plans, said: Assignment, chosen: Maturity | None) -> tuple[Between, ...]:
    """Return what lies in between, one for each experience with the task or for the chosen one."""
    piece = said.outcome or said.task
    task = finish(piece.text) if piece else ""
    return tuple(
        Between(
            Maturity(choice.text("id")),
            choice.text("title"),
            choice.text("do"),
            choice.text("say", task=task).strip(),
            choice.cite(plans),
        )
        for choice in plans.standard.parts("maturity.choices")
        if chosen in (None, choice.text("id"))
    )


def _chosen(plans: Plans, plan: Plan, maturity: Maturity) -> Given:
    choice = next(one for one in plan.parts("choices") if one.text("id") == maturity)
    return Given(choice.text("title"), Origin.DRAFT, plan.cite(plans))


def maturity_of(given: str) -> Maturity | None:
    """Return the experience that an option names. Raises InputError for another word."""
    if not given:
        return None
    try:
        return Maturity(given.replace("-", "_"))
    except ValueError:
        raise InputError(
            "There is no such experience.", hint="Choose " + ", ".join(one.replace("_", "-") for one in Maturity) + "."
        ) from None
