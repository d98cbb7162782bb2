"""Puts rows of a ledger into words: the message, what to say aloud, parts, questions, topics.

Composes from rows alone; the few sentences of its own stand in ``FRAME`` and hold no fact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.domain import Draft, Element, Fate, Kind, LedgerRow, Parts, Route, RouteTo
from assistant.rewriting import facts, wording
from assistant.rewriting.asides import PAST
from assistant.rewriting.clauses import visible
from assistant.rewriting.employee import YOU, without_quotes
from assistant.rewriting.spoken import SENTENCE_WORDS, shorter

FRAME = {
    "ask": {
        "plain": "What got in the way?",
        "softer": "What got in the way, and what would help?",
        "firmer": "What will you change, and by when?",
    },
    "ask them": {
        "plain": "What happened on your side?",
        "softer": "What happened on your side, and what would help?",
        "firmer": "What will you change, and by when?",
    },
    "open": {"plain": "", "softer": "There's something I'd like us to look at together.", "firmer": ""},
    "close": {"plain": "", "softer": "", "firmer": "I need this to change."},
}
"""Sentences that the product adds itself, by tone. "ask them": where nothing before has said "you"."""

OUTLINE = "On [date], [what you saw or heard]. The effect was [what it led to]."
PRAISE_OUTLINE = "On [date], you [what they did]. It helped because [what it led to]."
SAY_WORDS = 80
_MERGED_WORDS = 24
_REPEATED = 4
_PART_OF = {
    Kind.OBSERVATION: "behavior", Kind.REPORT: "behavior", Kind.PRAISE: "behavior", Kind.IMPACT: "impact",
    Kind.STANDARD: "expectation", Kind.REQUEST: "next_step", Kind.CONSEQUENCE: "next_step",
    Kind.BACKGROUND: "situation",
}  # fmt: skip
_NARRATIVE = ("situation", "behavior", "impact")
_NEW_TOPIC = re.compile(
    r"^\W*(?:and |then |so )*(?:also|another thing|(?:second|third|fourth|last|next)(?:ly| thing| point)?\b|"
    r"separately|"
    r"then there(?:'s| is| are)|on top of that|besides|plus|finally|thirdly|secondly|apart from that|"
    r"the other (?:thing|point))\b",
    re.IGNORECASE,
)
_ASKS_INDIRECTLY = re.compile(
    r"\b(?:tell me|understand|hear|know from you|explain|curious|talk me through)\b.{0,40}?"
    r"\b(?:what|how|why|from your side|your side|it)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:many |so many )?(?:thanks|thank you)\b(?! for)|i am (?:so |very )?(?:happy|glad)", re.IGNORECASE
)
# Praise holds a fact where it has a number or says what somebody did.
_DID = re.compile(rf"\d|\b(?:{PAST})\b", re.IGNORECASE)
_WHEN = re.compile(
    r"\b(?:(?:on|since|at|in|during|last|this|from|between)\s+)(?:the\s+)?[^.,;!?]{0,40}?"
    r"(?:\d{1,2}[:.]\d\d|\d{1,2}(?:st|nd|rd|th)?\b|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"week|month|quarter|january|february|march|april|may|june|july|august|september|october|november|december)"
    r"(?:\s+(?:january|february|march|april|may|june|july|august|september|october|november|december))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything that is said, made of rows."""

    rows: tuple[LedgerRow, ...]
    message: str
    say: str
    after_they_answer: str
    parts: Parts
    topics: tuple[str, ...]
    questions: tuple[str, ...]


def compose(
    rows: Sequence[LedgerRow], draft: Draft, elements: Sequence[Element], tone: str, route: Route | None
) -> Composition:
    """Return the message and its parts. ``elements`` are what the chosen framework asks for."""
    numbered = _with_topics(rows, draft.text)
    spoken = [r for r in numbered if r.becomes and r.fate is not Fate.ROUTED]
    topics = tuple(_title(spoken, n) for n in sorted({r.topic for r in spoken}))
    praise = is_praise(numbered)
    parts = _parts(spoken, draft, "" if praise else _open_question(spoken, tone))
    questions = _questions(numbered, parts, elements)
    if route and route.entangled:
        return _held_back(numbered, spoken, parts, questions, topics, route)
    verbatim = bool(spoken) and len(spoken) == len(rows) and all(r.fate is Fate.KEPT for r in rows)
    message = _message(spoken, parts, draft, tone, elements, verbatim=verbatim, praise=praise)
    first = [r for r in spoken if r.topic == min((r.topic for r in spoken), default=0)]
    parked = tuple(
        replace(r, fate=Fate.PARKED) if r.becomes and r.topic != (first[0].topic if first else 0) else r
        for r in numbered
    )
    say = _say(first, draft, tone, praise=praise)
    after = _after(first, praise=praise)
    return Composition(parked, message, say, after, parts, topics, questions)


def is_praise(rows: Sequence[LedgerRow]) -> bool:
    """Tell whether a draft is praise: it praises more than it judges, and demands nothing."""
    kinds = [r.kind for r in rows]
    blame = {Kind.JUDGMENT, Kind.THREAT, Kind.GENERALIZATION, Kind.MIND_READING, Kind.COMPARISON, Kind.HEARSAY}
    judged = sum(r.kind in blame and not _THANKS.search(r.text) for r in rows)
    praised = sum(r.kind is Kind.PRAISE or bool(_THANKS.search(r.text)) for r in rows)
    demands = {Kind.CONSEQUENCE, Kind.STANDARD} if Kind.PRAISE in kinds else _DEMANDS
    return praised > judged and not demands & set(kinds)


_DEMANDS = {Kind.CONSEQUENCE, Kind.STANDARD, Kind.REQUEST}


def has_fact(rows: Sequence[LedgerRow]) -> bool:
    """Tell whether anything that happened is left to be said."""
    happened = (Kind.OBSERVATION, Kind.REPORT, Kind.IMPACT, Kind.PRAISE)
    told = [r for r in rows if r.kind in happened and len(wording.words(r.becomes)) >= 4 and not _THANKS.match(r.text)]
    dated = any(_checkable(r) and len(wording.words(r.becomes)) >= _MERGED_WORDS // 3 for r in rows)
    return dated or any(r.kind is not Kind.PRAISE or _DID.search(r.becomes) for r in told)


def _checkable(row: LedgerRow) -> bool:
    """Tell whether what is read as background is a dated or counted fact all the same."""
    return row.kind is Kind.BACKGROUND and bool(facts.numbers(row.becomes))


def prose(rows: Sequence[LedgerRow], limit: int = _MERGED_WORDS) -> list[str]:
    """Return rows as sentences; clauses of one sentence are joined again by their own joint."""
    sentences: list[str] = []
    previous: LedgerRow | None = None
    for row in rows:
        if row.becomes:
            joined = _joined(sentences[-1], previous, row, limit) if sentences and previous else ""
            if joined:
                sentences[-1] = joined
            elif not _said_already(row.becomes, sentences):
                sentences.append(row.becomes)
            previous = row
    return sentences


def _said_already(text: str, sentences: Sequence[str]) -> bool:
    """Tell whether a short sentence only repeats the one before it ("For two days. TWO DAYS.")."""
    said = set(wording.words(text))
    return bool(sentences) and len(said) <= _REPEATED and said <= set(wording.words(sentences[-1]))


def _joined(sentence: str, previous: LedgerRow, row: LedgerRow, limit: int) -> str:
    joint = wording.joint_of(visible(row.text))
    same = 0 <= row.start - previous.end <= 2 and not re.search(r"[.!?…:]\W*$", previous.text)
    if not same or not sentence.endswith(".") or joint in ("which", "since", "plus", "yet"):
        return ""
    if not joint and not previous.text.rstrip().endswith(","):
        return ""
    if len(wording.words(sentence)) + len(wording.words(row.becomes)) > limit or row.becomes.endswith("?"):
        return ""
    comma = "," if joint in ("", "but", "so", "though", "although", "whereas", "while") else ""
    return f"{sentence[:-1]}{comma} {joint} {wording.lower_first(row.becomes, row.text)}".replace("  ", " ")


def _with_topics(rows: Sequence[LedgerRow], text: str) -> list[LedgerRow]:
    """Number the topics: a new block with something that happened, or a marker, opens one."""
    topic, opened, result = 0, False, []
    previous: LedgerRow | None = None
    for row in rows:
        happened = bool(row.becomes) and row.kind in (Kind.OBSERVATION, Kind.REPORT)
        gap = text[previous.end : row.start] if previous else ""
        block = gap.count("\n") >= 2 or re.search(r"<(?:div|li|p|br)\b", gap + row.text[:12]) or _bulleted(row.text)
        if previous and opened and happened and (block or _NEW_TOPIC.match(visible(row.text))):
            topic += 1
        opened = opened or happened
        result.append(replace(row, topic=topic))
        previous = row
    return result


def _bulleted(text: str) -> bool:
    return re.match(r"\s*(?:[-*•–]|\(?\d{1,2}[.)])\s", text) is not None


def _title(rows: Sequence[LedgerRow], topic: int) -> str:
    own = [r for r in rows if r.topic == topic]
    head = next((r for r in own if r.kind in (Kind.OBSERVATION, Kind.REPORT)), own[0])
    found = wording.words(head.becomes)
    return head.becomes if len(found) <= 10 else " ".join(head.becomes.split()[:9]).rstrip(",;:") + " …"


def _parts(spoken: Sequence[LedgerRow], draft: Draft, ask: str) -> Parts:
    by_part: dict[str, list[str]] = {}
    for row in spoken:
        name = "question" if row.becomes.endswith("?") else _PART_OF.get(row.kind, "behavior")
        by_part.setdefault(name, []).append(row.becomes)
    text = {name: " ".join(lines) for name, lines in by_part.items()}
    when = _WHEN.search(" ".join(r.becomes for r in spoken if r.kind is not Kind.REQUEST))
    situation = text.get("situation", "") or (wording.capital(when.group()) if when else "")
    expectation = " ".join(part for part in (text.get("expectation", ""), _standard_given(draft)) if part)
    question = text.get("question", "") or ask
    return Parts(
        situation=situation,
        behavior=text.get("behavior", ""),
        impact=text.get("impact", ""),
        expectation=expectation,
        next_step=text.get("next_step", ""),
        question=question,
    )


def _open_question(rows: Sequence[LedgerRow], tone: str) -> str:
    """Return the question that closes a message; it is spoken to the person where nothing else is."""
    spoken_to = any(YOU.search(without_quotes(row.becomes)) for row in rows)
    return FRAME["ask" if spoken_to or not has_fact(rows) else "ask them"][tone]


def _standard_given(draft: Draft) -> str:
    """Return the standard that the manager added beside the draft, as a sentence."""
    standard = draft.context.standard.strip().rstrip(".")
    if not standard:
        return ""
    when = draft.context.stated_when.strip().rstrip(".")
    return f"What we agreed ({when}): {standard}." if when else f"What I expect: {standard}."


_SAYS_SOMETHING = 3  # words


def _repeats(row: LedgerRow, given: str) -> bool:
    """Tell whether the standard that was added beside the draft says all that a row of it says."""
    said = wording.words(row.becomes)
    return len(said) >= _SAYS_SOMETHING and set(said) <= set(wording.words(given))


def _message(
    spoken: Sequence[LedgerRow],
    parts: Parts,
    draft: Draft,
    tone: str,
    elements: Sequence[Element],
    *,
    verbatim: bool,
    praise: bool,
) -> str:
    given = _standard_given(draft)
    own_question = any(r.becomes.endswith("?") or _ASKS_INDIRECTLY.search(r.becomes) for r in spoken)
    lines: list[str] = []
    if verbatim and tone == "plain" and not given:
        lines = prose(spoken)
    else:
        if FRAME["open"][tone] and not praise:
            lines.append(FRAME["open"][tone])
        if not has_fact(spoken):
            lines.append(PRAISE_OUTLINE if praise else OUTLINE)
        for topic in sorted({r.topic for r in spoken}):
            told = [r for r in spoken if r.topic == topic and not _repeats(r, given)]
            lines += prose(_ordered(told, elements))
        if given:
            at = len(lines) - 1 if lines and lines[-1].endswith("?") else len(lines)
            lines.insert(at, given)
        if FRAME["close"][tone] and not praise:
            lines.append(FRAME["close"][tone])
    if not praise and not own_question and parts.question:
        lines.append(parts.question)
    return _paragraphs(lines, spoken)


def _paragraphs(lines: Sequence[str], spoken: Sequence[LedgerRow]) -> str:
    """Return short messages as one paragraph, long ones with a break before each topic."""
    if len({r.topic for r in spoken}) < 2:
        return " ".join(lines)
    heads = set()
    for before, row in pairwise(sorted(spoken, key=lambda r: r.topic)):
        if row.topic != before.topic:
            heads.add(row.becomes[:25])
    text = ""
    for line in lines:
        new = any(line.startswith(head[:25]) for head in heads)
        text += ("\n\n" if new else " ") + line if text else line
    return text


def _ordered(rows: Sequence[LedgerRow], elements: Sequence[Element]) -> list[LedgerRow]:
    """Return what happened in the draft's order, then the other parts in the framework's order."""
    wanted = [e.part for e in elements if e.part not in _NARRATIVE]
    order = [*wanted, *(p for p in ("expectation", "next_step", "question") if p not in wanted)]

    def rank(row: LedgerRow) -> int:
        if row.becomes.endswith("?"):
            return len(order) + 1
        part = _PART_OF.get(row.kind, "behavior")
        return 0 if part in _NARRATIVE else order.index(part) + 1

    ranks: list[int] = []
    for at, row in enumerate(rows):
        own = rank(row)
        if at and not own and ranks[-1] and _goes_on(rows[at - 1], row):
            own = ranks[-1]  # "a day's notice is the rule, and you find cover"
        ranks.append(own)
    return [rows[at] for at in sorted(range(len(rows)), key=ranks.__getitem__)]


def _goes_on(before: LedgerRow, row: LedgerRow) -> bool:
    """Tell whether a clause goes on with the one before in one sentence, by "and"."""
    same = 0 <= row.start - before.end <= 2 and not re.search(r"[.!?…:;]\W*$", before.text)
    return same and wording.joint_of(visible(row.text)) == "and" and not before.becomes.endswith("?")


def _say(rows: Sequence[LedgerRow], draft: Draft, tone: str, *, praise: bool) -> str:
    """Return at most 80 words: what happened, the effect, what was agreed, one question."""
    spoken = [r for r in rows if r.kind not in (Kind.REQUEST, Kind.CONSEQUENCE) and not r.becomes.endswith("?")]
    ask = "" if praise else next((r.becomes for r in rows if r.becomes.endswith("?")), _open_question(spoken, tone))
    if not has_fact(rows):
        lines = [PRAISE_OUTLINE if praise else OUTLINE]
    else:
        happened = [r for r in spoken if r.kind not in (Kind.STANDARD, Kind.BACKGROUND) or _checkable(r)]
        given = _standard_given(draft)
        agreed = [r for r in spoken if r.kind is Kind.STANDARD and not _repeats(r, given)]
        lines = _within(prose(happened, SENTENCE_WORDS), prose(agreed, SENTENCE_WORDS), ask, given)
    if FRAME["open"][tone] and not praise:
        lines.insert(0, FRAME["open"][tone])
    return " ".join(line for line in [*lines, ask] if line)


def _within(happened: list[str], agreed: list[str], ask: str, given: str) -> list[str]:
    """Take sentences while they fit: one agreement has its place before a later event."""
    short = [s for line in happened for s in shorter(line)]
    tail = [s for line in (agreed[:2] or ([given] if given else [])) for s in shorter(line)]
    room = SAY_WORDS - len(wording.words(ask)) - sum(len(wording.words(t)) for t in tail)
    taken: list[str] = []
    for line in short:
        length = len(wording.words(line))
        if length <= room or not taken:
            taken.append(line)
            room -= length
    return [*taken, *(tail if room >= 0 else tail[:1])]


def _after(rows: Sequence[LedgerRow], *, praise: bool) -> str:
    steps = [r for r in rows if r.kind in (Kind.REQUEST, Kind.CONSEQUENCE) and not r.becomes.endswith("?")]
    lines = prose(steps)
    if any(r.kind is Kind.CONSEQUENCE for r in steps):
        lines.append("(Confirm with HR before you say it.)")
    if lines:
        return " ".join(lines)
    if praise:
        return "Ask them to show somebody else how they did it: [whom, by when]."
    return "Agree on one step: [who does what], by [date]. We look at it together on [check date]."


def _questions(rows: Sequence[LedgerRow], parts: Parts, elements: Sequence[Element]) -> tuple[str, ...]:
    found: list[str] = []
    for row in rows:
        if row.fate is Fate.ASKED:
            quoted = " ".join(visible(row.text).split()[:8])
            ask = row.why.split(". ", 1)[-1]
            found.append(f"“{quoted}”: {ask}")
    if not has_fact(rows):
        found.append("What did they do or say, when and where? One event is enough.")
    elif not facts.dates(parts.behavior + " " + parts.situation) and not parts.situation:
        found.append("When and where was that?")
    asked = {"question", "behavior", "situation"}
    for element in elements:
        if element.part not in asked and not getattr(parts, element.part):
            asked.add(element.part)
            found.append(element.asks if element.asks.endswith("?") else f"{element.asks.rstrip('.')}?")
    return tuple(dict.fromkeys(found))


def _held_back(
    rows: Sequence[LedgerRow], spoken: Sequence[LedgerRow], parts: Parts, questions: tuple[str, ...],
    topics: tuple[str, ...], route: Route,
) -> Composition:  # fmt: skip
    """Show dated and counted facts only, where the routed part could be the reason for the rest."""
    happened = (Kind.OBSERVATION, Kind.IMPACT, Kind.REPORT, Kind.STANDARD, Kind.BACKGROUND)
    told = [r for r in spoken if r.kind in happened and not r.becomes.endswith("?")]
    lines = prose([r for r, before in zip(told, (None, *told), strict=False) if _dated(r) or _listed(r, before)])
    first = "Call" if route.to is RouteTo.EMERGENCY else "Talk to"
    notice = f"{first} {route.contact} before you say or send this. Removing the words does not remove the reason."
    message = "\n".join([notice, *(f"- {line}" for line in lines)])
    empty = replace(parts, question="", next_step="")
    return Composition(tuple(rows), message, "", "", empty, topics, questions)


def _dated(row: LedgerRow) -> bool:
    return bool(facts.dates(row.becomes) or facts.numbers(row.becomes))


def _listed(row: LedgerRow, before: LedgerRow | None) -> bool:
    """Tell whether a row goes on with a dated one: by a colon, or in the same sentence."""
    goes_on = before is not None and 0 <= row.start - before.end <= 2
    return goes_on and before is not None and _dated(before) and not re.search(r"[.!?…]\W*$", before.text)
