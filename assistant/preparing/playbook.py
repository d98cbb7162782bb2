"""When things go wrong: cause to ask about, rung, conversation, words, agreement, check, what comes next, when to stop.

Knows the ladder and the causes as data (``knowledge/ladder.yaml``, ``causes.yaml``) and reads from a text what was
said and written before. What the text does not say is asked, and the rung stays open between the lowest and the
highest that fit. A matter for HR ends it at once. Signs put questions in order and prove nothing; nothing here
decides about anybody's job. No model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.domain import Citation, Fate, Finding, Kind, Origin, Rewrite, Route
from assistant.preparing.plans import Ask, Given, Part, Plan, Plans, WordSet
from assistant.rewriting.clauses import cut
from assistant.scene import Cause, Conversation, Rung

_STOOD = (Fate.KEPT, Fate.REWORDED, Fate.PARKED, Fate.ASKED)
_SEEN = (Kind.OBSERVATION, Kind.REPORT)
_FACTS = (Kind.OBSERVATION, Kind.REPORT, Kind.IMPACT, Kind.BACKGROUND)
_COUNTS = {
    "first": 1, "once": 1, "second": 2, "twice": 2, "two": 2, "third": 3, "three": 3, "fourth": 4, "four": 4,
    "fifth": 5, "five": 5, "sixth": 6, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER = r"two|three|four|five|six|seven|eight|nine|ten|\d{1,2}"
_PER = r"(?! (?:a|an|per|every|each)\b)"
_EXACT = re.compile(
    r"\b(?:(?P<nth>first|second|third|fourth|fifth|sixth|\d{1,2}(?:st|nd|rd|th)) (?:time|occasion|incident|"
    rf"complaint|instance|reminder)\b|(?P<word>(?<!at )once(?= *[.,;!?]|$| (?:before|already|last|this|in|so far)\b)|"
    rf"twice)\b{_PER}|(?P<n>{_NUMBER}) (?:times|occasions|incidents|complaints)\b{_PER}|"
    rf"(?:missed|broke|ignored|skipped) (?P<missed>{_NUMBER}) \w+)",
    re.IGNORECASE,
)
_AT_LEAST_TWICE = re.compile(
    r"\b(?:again|still|keeps? (?:on )?\w+ing|kept \w+ing|(?:has|have|had) not (?:stopped|changed)|repeatedly|"
    r"continues? to|"
    r"back to the same|yet another|yet again|once more|"
    r"on (?:several|some|various) occasions|several times|a number of times|more than once)\b",
    re.IGNORECASE,
)
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:january|february|march|"
    r"april|may|june|"
    r"july|august|september|october|november|december)|(?:january|february|march|april|may|june|july|august|september|"
    r"october|november|december) \d{1,2}|the \d{1,2}(?:st|nd|rd|th))"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_NTH = r"(?:the )?\d{1,2}(?:st|nd|rd|th)?"
_AND = r"(?:, and|,| and| &|, then) (?:on )?(?:then )?"
_LISTED_DAYS = re.compile(
    rf"\b(?:(?:{_NTH}{_AND})+{_NTH}(?: of)? {_MONTH}|{_MONTH} {_NTH}(?:{_AND}{_NTH})+(?! {_MONTH})|"
    rf"\d{{1,2}}[/.]\d{{1,2}}\.?(?:{_AND}\d{{1,2}}[/.]\d{{1,2}}\.?)+|{_DAY}(?:{_AND}{_DAY})+)\b",
    re.IGNORECASE,
)
_ONE_DAY = re.compile(rf"{_DAY}|\d{{1,2}}[/.]\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?", re.IGNORECASE)
_SAID: Mapping[str, tuple[tuple[bool, re.Pattern[str]], ...]] = {
    "standard_stated": (
        (False, re.compile(
            r"\b(?:(?:never|not|nobody|no one|hadn['’]t|haven['’]t|didn['’]t|wasn['’]t|had not|have not|did "
            r"not) (?:\w+ ){0,3}?(?:told|tell|said|say|explained|explain|"
            r"stated|agreed|mentioned|discussed|brought it up|spoken)|(?:first|never) (?:time i (?:mention|say|"
            r"raise))|unspoken|should (?:just )?know|common sense|"
            r"(?:haven['’]t|have not|never) (?:yet )?(?:talked|spoken) (?:to|with))\b", re.IGNORECASE)),
        (True, re.compile(
            r"\b(?:we (?:had |have |['’]d )?(?:agreed|settled|spoke|talked|discussed|went through|set)|as "
            r"agreed|(?:as )?i (?:had |have |['’]ve |['’]d )?(?:told|explained|said|asked|"
            r"reminded|showed|spoke|talked|raised|warned|mentioned)\b|(?:was|were|has been|have been|had been) "
            r"(?:told|reminded|shown|trained|instructed|informed|briefed)|"
            r"(?:he|she|they) (?:had )?(?:promised|agreed|signed|confirmed)|it(?:['’]s| is| was) in (?:the|his|"
            r"her|their) (?:contract|handbook|procedure|job description))\b",
            re.IGNORECASE)),
    ),
    "agreed_in_writing": (
        (False, re.compile(r"\b(?:nothing (?:is |was )?(?:in writing|written)|(?:not|never|isn['’]t|wasn['’]t) "
            r"(?:\w+ )?(?:in writing|written down|written)|only (?:verbal|spoken|oral)(?:ly)?|verbally)\b",
            re.IGNORECASE)),
        (True, re.compile(
            r"\b(?:in writing|written (?:agreement|note|summary|plan|warning)|wrote (?:it|this|that) down|(?:we|"
            r"i|he|she|they) (?:both )?(?:wrote|signed)|signed (?:the|an?|our) (?:agreement|plan|note)|"
            r"(?:e-?mailed|confirmed by e-?mail|sent (?:an? )?(?:e-?mail|summary)).{0,60}(?:agreed|agreement|"
            r"confirm)|agreed by e-?mail|improvement plan|formal (?:warning|plan|letter)|pip)\b", re.IGNORECASE)),
    ),
    "hr_involved": (
        (False, re.compile(r"\b(?:(?:without|not yet|haven['’]t|have not|didn['’]t|no) (?:\w+ ){0,3}(?:hr|human "
            r"resources)|(?:hr|human resources) (?:doesn['’]t|does not|isn['’]t|is not) )", re.IGNORECASE)),
        (True, re.compile(r"\b(?:(?:hr|human resources) (?:has |have )?(?:sat|joined|wrote|started|opened|"
            r"issued|gave|signed)|formal (?:warning|plan|step|letter|procedure)|(?:performance )?improvement "
            r"plan|pip|(?:first|final|last|written|verbal) warning)\b", re.IGNORECASE)),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CauseAsked:
    """One of the four causes with its questions. ``signs`` are words of the text that put it further up, no proof."""

    cause: Cause
    title: str
    asks: str
    questions: tuple[str, ...]
    signs: tuple[str, ...]
    you_do: tuple[str, ...]
    not_this: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class RungFact:
    """One of the facts that decide the rung: what the text says of it, or the question."""

    id: str
    question: str
    answer: Part
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopFirst:
    """Whom to see before anything else, and why. Then there is no playbook."""

    to: str
    contact: str
    reasons: tuple[str, ...]
    says: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Playbook:
    """The steps. With ``stop`` everything else is empty: first a person has to see it."""

    input: str
    stop: StopFirst | None
    facts: tuple[Part, ...]
    standard: Part | None
    opening: Part | None
    causes: tuple[CauseAsked, ...]
    rung: Part | None
    rung_id: Rung | None
    rung_facts: tuple[RungFact, ...]
    conversation: Part | None
    conversation_id: Conversation | None
    words: Part | None
    agree: tuple[Part, ...]
    check_on: Part | None
    next: Part | None
    go_to_hr: tuple[Part, ...]
    stop_questions: tuple[str, ...]
    findings: tuple[Finding, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What a text says of one fact: a truth value or at least so many times, in its words."""

    words: str
    truth: bool | None = None
    at_least: int = 0
    exact: bool = False


def playbook(plans: Plans, text: str, rewrite: Rewrite, answers: Mapping[str, Known] | None = None) -> Playbook:
    """Return the steps for what a text describes. ``rewrite`` is the text rewritten; ``answers`` win over the text."""
    if rewrite.route is not None:
        return _stopped(plans, text, rewrite, rewrite.route)
    known = {**known_facts(text), **(answers or {})}
    low, high = between(plans.ladder, known)
    words = plans.playbook
    settled = low if low.text("id") == high.text("id") else None
    rung = _rung_part(plans, low, high)
    talk = low.text("conversation")
    shown = (row.text for row in rewrite.ledger if row.kind in _FACTS and row.fate in _STOOD)
    cited = words.part("steps.facts").cite(plans)
    facts = tuple(Given(text.rstrip(" ,;:"), Origin.DRAFT, cited) for text in shown)
    seen = any(row.kind in _SEEN and row.fate in _STOOD for row in rewrite.ledger)
    told = next((row.text for row in rewrite.ledger if row.kind is Kind.STANDARD), "")
    step = words.part("steps")
    return Playbook(
        input=text,
        stop=None,
        facts=facts or (Ask(step.text("facts.ask")),),
        standard=_held(told, Origin.DRAFT, plans, "standard"),
        opening=Given(step.text("cause.opening"), Origin.FALLBACK, step.part("cause").cite(plans)),
        causes=causes(plans, text),
        rung=rung,
        rung_id=Rung(settled.text("id")) if settled else None,
        rung_facts=_rung_facts(plans, known),
        conversation=Given(step.text(f"conversation.{talk}"), Origin.FALLBACK, plans.cite(f"cpr#{talk}", "")),
        conversation_id=Conversation(talk),
        words=_held(rewrite.say if seen else "", rewrite.origin, plans, "words"),
        agree=tuple(Given(line, Origin.FALLBACK, _cite(plans, low)) for line in low.texts("agree")),
        check_on=Ask(step.text("check.ask", within=words.text(f"within.{low.number('check_within_days')}"))),
        next=_next(plans, low),
        go_to_hr=tuple(Given(line, Origin.FALLBACK, _cite(plans, low, -1)) for line in low.texts("stop_and_go_to_hr")),
        stop_questions=tuple(card.text("ask") for card in plans.ladder.parts("stop_first")),
        findings=rewrite.findings,
        citations=_citations(plans, low, high),
    )  # fmt: skip


def causes(plans: Plans, text: str) -> tuple[CauseAsked, ...]:
    """Return the four causes as questions: those first to which words of the text point, else in the usual order."""
    found = []
    for at, card in enumerate(plans.causes.parts("causes")):
        id_ = card.text("id")
        signs = WordSet(plans.playbook.texts(f"signs.{id_}")).find(text)
        cited = plans.cite(card.texts("cite")[0], card.text("asks"))
        cause = CauseAsked(
            Cause(id_), card.text("title"), card.text("asks"), card.texts("questions"), signs,
            card.texts("manager_does"), card.text("not_this"), cited,
        )  # fmt: skip
        found.append((-len(signs), at, cause))
    return tuple(cause for _, _, cause in sorted(found, key=lambda one: one[:2]))


def known_facts(text: str) -> dict[str, Known]:
    """Return what a text says of the facts that decide the rung, each in its own words."""
    found: dict[str, Known] = {}
    for clause in cut(text):
        if "times" not in found and (m := _EXACT.search(clause.text)):
            said = (m["nth"] or m["word"] or m["n"] or m["missed"]).lower()
            count = _COUNTS.get(said) or int(re.sub(r"\D", "", said) or 1)
            found["times"] = Known(clause.text, at_least=count, exact=True)
        for name, readings in _SAID.items():
            if name not in found:
                truth = next((value for value, pattern in readings if pattern.search(clause.text)), None)
                if truth is not None:
                    found[name] = Known(clause.text, truth)
    if "times" not in found:
        if m := _LISTED_DAYS.search(text):
            found["times"] = Known(m.group(), at_least=len(_ONE_DAY.findall(m.group())))
        elif m := _AT_LEAST_TWICE.search(text):
            found["times"] = Known(_clause_of(text, m.start()), at_least=2)
    return found


def answer(name: str, given: str) -> Known | None:
    """Return a person's answer to one of the questions about the rung, or None where it says neither yes nor no."""
    said = given.strip()
    if name == "times":
        m = re.search(r"\d{1,2}|" + "|".join(_COUNTS), said.lower())
        return Known(said, at_least=_COUNTS.get(m.group()) or int(m.group()), exact=True) if m else None
    if re.match(r"(?:yes|y|true|we did|i did)\b", said, re.IGNORECASE):
        return Known(said, True)
    return Known(said, False) if re.match(r"(?:no|n|not|never|false)\b", said, re.IGNORECASE) else None


def between(ladder: Plan, known: Mapping[str, Known]) -> tuple[Plan, Plan]:
    """Return the lowest and the highest rung that fit: open questions answered with no, and with yes."""
    rungs = ladder.parts("rungs")
    low = high = rungs[0]
    for rung in rungs[1:]:
        held = [_holds(test, known) for test in rung.parts("when")]
        if all(one is True for one in held):
            low = rung
        if all(one is not False for one in held):
            high = rung
    return low, high


def _holds(test: Plan, known: Mapping[str, Known]) -> bool | None:
    fact = known.get(test.text("fact"))
    if fact is None:
        return None
    if test.has("at_least"):
        needed = test.number("at_least")
        return True if fact.at_least >= needed else False if fact.exact else None
    return fact.truth


def _rung_part(plans: Plans, low: Plan, high: Plan) -> Part:
    if low.text("id") == high.text("id"):
        last = "" if low.filled("next") else f" {plans.playbook.text('steps.rung.last')}"
        return Given(f"{low.text('title')}. {low.text('aim')}{last}", Origin.FALLBACK, _cite(plans, low))
    return Ask(plans.playbook.text("between", low=low.text("title"), high=high.text("title")))


def _rung_facts(plans: Plans, known: Mapping[str, Known]) -> tuple[RungFact, ...]:
    found = []
    words, cited = plans.playbook, plans.playbook.part("steps.rung").cite(plans)
    for name in words.names("facts"):
        question, fact = words.text(f"facts.{name}"), known.get(name)
        choices = words.texts(f"answers.{name if words.has(f'answers.{name}') else 'others'}")
        said: Part = Given(fact.words, Origin.DRAFT, cited) if fact else Ask(question)
        found.append(RungFact(name, question, said, choices))
    return tuple(found)


def _held(words: str, origin: Origin, plans: Plans, step: str) -> Part:
    """Return words with what the step rests on, or the step's question where there are none."""
    card = plans.playbook.part(f"steps.{step}")
    return Given(words, origin, card.cite(plans)) if words.strip() else Ask(card.text("ask"))


def _next(plans: Plans, rung: Plan) -> Part:
    cited = plans.playbook.part("steps.next").cite(plans)
    after = rung.text("next") if rung.filled("next") else ""
    if not after:
        return Given(plans.playbook.text("steps.next.last"), Origin.FALLBACK, cited)
    follows = next(card for card in plans.ladder.parts("rungs") if card.text("id") == after)
    return Given(f"{follows.text('title')}. {follows.text('aim')}", Origin.FALLBACK, _cite(plans, follows))


def _stopped(plans: Plans, text: str, rewrite: Rewrite, route: Route) -> Playbook:
    """Return a playbook that stops before it begins: a person has to see this first."""
    passages = plans.playbook.part("stop_cites")
    passage = next((passages.text(f.category) for f in rewrite.findings if passages.has(f.category)), "")
    stop = StopFirst(
        route.to,
        route.contact or route.to.upper(),
        tuple(dict.fromkeys(reason.text for reason in route.reasons)),
        plans.playbook.text("steps.stop.first"),
        plans.cite(passage or plans.playbook.text("steps.stop.cite"), ""),
    )
    bring = plans.playbook.part("steps.stop").cite(plans)
    return Playbook(
        text, stop, (), None, None, (), None, None, (), None, None, None, (), None, None, (), (), rewrite.findings,
        (stop.citation, bring),
    )  # fmt: skip


def _cite(plans: Plans, rung: Plan, at: int = 0) -> Citation:
    return plans.cite(rung.texts("cite")[at], rung.text("aim"))


def _citations(plans: Plans, *rungs: Plan) -> tuple[Citation, ...]:
    """Return what each step rests on, each passage once."""
    steps = plans.playbook.part("steps")
    found = [steps.part(name).cite(plans) for name in plans.playbook.names("steps")]
    found += [_cite(plans, rung) for rung in rungs]
    return tuple({citation.id: citation for citation in found}.values())


def _clause_of(text: str, at: int) -> str:
    return next((clause.text for clause in cut(text) if clause.start <= at < clause.end), text)
