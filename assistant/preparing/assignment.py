"""Reads an assignment as a manager says it: what is handed over, the outcome, the measure, the date, who decides.

Knows how such sentences are put; every part it finds is a verbatim piece of the text with its place. Finds
nothing by guessing: a part that the words do not hold is None. No model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.preparing.assignment_dates import BY_WHEN, NAMED_WHEN, VAGUE_WHEN
from assistant.preparing.assignment_words import (
    ACTIVITY,
    ADJECTIVES,
    AFTER_OWNER,
    APPROVES,
    ASIDE,
    BARE_DATE,
    CHANGES,
    DETERMINERS,
    DUE,
    EMPTY_WORK,
    ENDS_IN_CONDITION,
    GETS_DONE,
    GOOD,
    HELLO,
    JOINT_AFTER,
    JOINT_BEFORE,
    LATER,
    LEADS_CONDITION,
    LEVELS,
    LONGEST_WORK,
    MEASURES,
    NEWS_LEADS,
    NO_DATE,
    NO_WORK,
    NOT_GOOD,
    NOT_PEOPLE,
    OPENS_WITH_NAME,
    OWNER,
    PARTICLES,
    RAISE,
    REQUEST,
    RESULT,
    RHYTHMS,
    SHORT,
    SHORT_SAYING,
    SPLIT,
    STATE,
    STEP_JOINT,
    STEP_LEAD,
    STEP_WORD,
    STOPS,
    TITLE,
    VAGUE_RESULT,
    VERBS,
    VISIBLE,
    WHEN_DONE,
    WITH_NEWS,
)
from assistant.rewriting.clauses import cut, visible
from assistant.rewriting.facts import names


@dataclass(frozen=True, slots=True)
class Piece:
    """A verbatim piece of a text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a text says about who decides: its words, and the levels of handing over that they may mean."""

    piece: Piece
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a text says of a piece of work. ``work`` names it in a question; it falls back to "this"."""

    text: str
    work: str = "this"
    owner: Piece | None = None
    task: Piece | None = None
    outcome: Piece | None = None
    measure: Piece | None = None
    by_when: Piece | None = None
    visibility: Piece | None = None
    raise_hand: Piece | None = None
    good: Piece | None = None
    not_good: Piece | None = None
    decisions: tuple[Decision, ...] = ()
    steps: tuple[Piece, ...] = ()
    vague_outcome: str = ""
    vague_when: str = ""
    named_when: str = ""
    """A day, month or quarter in the text that is no date of it ("the Q3 launch")."""
    rest: tuple[Piece, ...] = field(default_factory=tuple)


_ENDS = " \t\r\n,;:.!?-–—"
_JOINTS = frozenset(("of", "for", "and"))
_STEPS = 3
_WHEN_DONE = "when_done"


def read(text: str) -> Assignment:
    """Return what a text says of a piece of work."""
    roles: dict[str, Piece] = {}
    decisions: list[Decision] = []
    main: list[Piece] = []
    rest: list[Piece] = []
    for piece in _pieces(text):
        role, levels = _role(piece.text)
        if levels:
            decisions.append(Decision(piece, levels))
        elif not role:
            main.append(piece)
        elif role in roles or role == _WHEN_DONE:
            rest.append(piece)
        else:
            roles[role] = piece
    steps = _steps(text, main)
    owner = _owner(text)
    tasks = [task for task in (_task(piece, owner) for piece in main) if task.text]
    outcome, vague = _outcome(tasks, steps)
    measure = _measure(tasks, roles)
    good = [roles["good"]] if "good" in roles else []
    told = [decision.piece for decision in decisions]
    by_when = _by_when([*main, *good, *told])
    vague_when = "" if by_when else _words(VAGUE_WHEN, text)
    found = (outcome, measure, by_when, *steps)
    return Assignment(
        text=text,
        work=_work(tasks[:1], text),
        owner=owner,
        task=tasks[0] if tasks else None,
        outcome=outcome,
        measure=measure,
        by_when=by_when,
        visibility=roles.get("visibility") or _first(WITH_NEWS, tasks),
        raise_hand=roles.get("raise_hand"),
        good=_phrase(GOOD, roles.get("good")),
        not_good=_phrase(NOT_GOOD, roles.get("not_good")) or _first(NOT_GOOD, [*main, *good]),
        decisions=tuple(decisions),
        steps=steps,
        vague_outcome=vague,
        vague_when=vague_when,
        named_when="" if by_when or vague_when else _words(NAMED_WHEN, text),
        rest=(*(task for task in tasks[1:] if not _covers(task, found)), *rest),
    )


def _pieces(text: str) -> Iterator[Piece]:
    """Cut a text into clauses, and those where another thing begins ("…, and tell me on Wednesday")."""
    for start, end in _clauses(text):
        starts = [start]
        for m in SPLIT.finditer(text, start, end):
            said = text[starts[-1] : m.start()]
            if len(said.split()) > 1 and not LEADS_CONDITION.match(said):
                starts.append(m.end())
        for first, last in zip(starts, [*starts[1:], end], strict=True):
            piece = _stripped(text, first, last)
            if piece.text:
                yield piece


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a text by place; a condition stays with what follows from it."""
    start: int | None = None
    for clause in cut(text):
        begin = clause.start if start is None else start
        if ENDS_IN_CONDITION.search(text[begin : clause.end]):
            start = begin
        else:
            yield begin, clause.end
            start = None
    if start is not None:
        yield start, len(text)


def _stripped(text: str, start: int, end: int) -> Piece:
    """Return a piece without the joints, signs and white space at its ends."""
    if lead := JOINT_BEFORE.match(text, start, end):
        start = lead.end()
    found = JOINT_AFTER.sub("", text[start:end])
    return Piece(found, start, start + len(found))


def _role(clause: str) -> tuple[str, tuple[str, ...]]:
    """Return what a clause says beside the work itself, or the levels of a decision that it speaks of."""
    if WHEN_DONE.search(clause) and len(clause.split()) <= SHORT_SAYING:
        return _WHEN_DONE, ()
    if RAISE.search(clause) and not APPROVES.search(clause):
        return "raise_hand", ()
    for pattern, levels in LEVELS:
        if pattern.search(clause):
            return "", levels
    if GOOD.match(clause):
        return "good", ()
    if NOT_GOOD.match(clause):
        return "not_good", ()
    return ("visibility" if _is_news(clause) else ""), ()


def _is_news(clause: str) -> bool:
    """Whether a clause speaks of news of progress; "write the weekly report" is the work itself."""
    if not VISIBLE.search(clause):
        return False
    asked = REQUEST.sub("", HELLO.sub("", clause))
    return any(NEWS_LEADS.match(said) or VISIBLE.match(said) for said in (clause, asked))


def _steps(text: str, main: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the steps that a text dictates: a row of orders in their sequence."""
    found: list[Piece] = []
    for piece in main:
        at = piece.start
        for part in STEP_JOINT.split(piece.text):
            stripped = _stripped(text, at, at + len(part))
            at += len(part)
            words = STEP_LEAD.sub("", stripped.text).split()
            marked_so = STEP_WORD.match(stripped.text) is not None and words[:1] != []
            if len(words) > 1 and (words[0].lower() in VERBS or marked_so):
                found.append(stripped)
    marked = len(STEP_WORD.findall(text))
    return tuple(found) if len(found) >= _STEPS or (len(found) > 1 and marked > 1) else ()


def _task(piece: Piece, owner: Piece | None) -> Piece:
    """Return what is to be done, without greeting, name and the words of asking."""
    text, at = piece.text, 0
    named = re.compile(rf"{re.escape(owner.text)}{AFTER_OWNER}", re.IGNORECASE) if owner else None
    for lead in (named, HELLO, named, REQUEST, named):
        if lead and (m := lead.match(text[at:])):
            at += m.end()
    return Piece(text[at:], piece.start + at, piece.end)


def _outcome(tasks: Sequence[Piece], steps: Sequence[Piece]) -> tuple[Piece | None, str]:
    """Return what is true afterwards, or the words that say no more than what somebody does."""
    for piece in tasks:
        if (m := RESULT.search(piece.text)) and _says_something(m["what"]):
            whole = m.group().lower().startswith("have")
            return _cut_piece(piece, m.start() if whole else m.start("what"), m.end()), ""
        if STATE.search(piece.text) and not VAGUE_RESULT.search(piece.text):
            return piece, ""
    if steps or not tasks:
        return None, ""
    for piece in tasks:
        if _is_result(piece.text):
            return piece, ""
    says = tasks[0].text
    vague = len(says.split()) <= SHORT_SAYING and _head(says) not in DETERMINERS
    return None, says if vague else ""


def _is_result(text: str) -> bool:
    """Whether what is to be done leaves something that both can see: "write the report", not "own the launch"."""
    measured = _measured(text)
    if any(pattern.match(text) for pattern in MEASURES[1:3]):
        return False
    if len(text.split()) < 2 or not _speaks_of_work(text) or (VAGUE_RESULT.search(text) and not measured):
        return False
    head = _head(text)
    if head in DETERMINERS:
        return measured
    stem = head.removesuffix("ing")
    acts = bool({head, stem, f"{stem}e"} & ACTIVITY)
    return not acts or GETS_DONE.match(text) is not None or any(pattern.search(text) for pattern in CHANGES)


def _says_something(result: str) -> bool:
    """Whether words for a result can be checked at all: "works better" cannot, "works better than 95 %" can."""
    return not VAGUE_RESULT.search(result) or _measured(result)


def _measured(text: str) -> bool:
    return any(pattern.search(text) for pattern in MEASURES)


def _speaks_of_work(text: str) -> bool:
    """Whether a clause is about a piece of work: no aside about trust, time or the manager."""
    return not ASIDE.match(text)


def _head(text: str) -> str:
    return text.partition(" ")[0].lower().strip(_ENDS)


def _measure(tasks: Sequence[Piece], roles: Mapping[str, Piece]) -> Piece | None:
    """Return how both will know. A clause of its own is taken whole."""
    places = [task for task in tasks if _speaks_of_work(task.text)]
    places += [roles[name] for name in ("good", "visibility") if name in roles]
    for pattern in MEASURES:
        for piece in places:
            for m in pattern.finditer(piece.text):
                if BARE_DATE.fullmatch(m.group()):
                    continue
                whole = piece is not tasks[0] if tasks else True
                return piece if whole and len(piece.text.split()) <= SHORT else _cut_piece(piece, m.start(), m.end())
    return None


def _by_when(pieces: Sequence[Piece]) -> Piece | None:
    """Return when it is done; a start or a span gives way to a plain "by …" that comes later."""
    found = _first(BY_WHEN, pieces, _dated)
    if found is None or not LATER.match(found.text) or pieces[0].text.startswith(found.text):
        return found
    return _first(BY_WHEN, pieces, lambda words: DUE.match(words) is not None and _dated(words)) or found


def _first(
    pattern: re.Pattern[str], pieces: Sequence[Piece], fits: Callable[[str], bool] = lambda found: True
) -> Piece | None:
    for piece in pieces:
        for m in pattern.finditer(piece.text):
            if fits(m.group()):
                return _cut_piece(piece, m.start(), m.end())
    return None


def _dated(found: str) -> bool:
    """Whether what looks like a date is one: "for may" is none, "in 24 hours" is a measure."""
    return not NO_DATE.match(found.strip())


def _owner(text: str) -> Piece | None:
    """Return the person who is addressed or named as the one who does it."""
    people = _people(text)
    if not people:
        return None
    known = rf"(?P<n>{TITLE}(?:" + "|".join(re.escape(name) for name in people) + "))"
    for pattern in OWNER:
        if m := re.search(pattern.replace("NAME", known), text):
            return Piece(m["n"], m.start("n"), m.end("n"))
    return None


def _people(text: str) -> tuple[str, ...]:
    """Return what may be names of people; one that opens the text before a comma or "should" is one too."""
    found = list(names(text))
    if m := OPENS_WITH_NAME.match(text):
        found.append(m[1])
    return tuple(dict.fromkeys(name for name in found if name.lower() not in NOT_PEOPLE))


def _work(tasks: Sequence[Piece], text: str) -> str:
    """Return how a question may call the piece of work, as the one who hands it over would; else "this"."""
    for source in (*(task.text for task in tasks), text):
        words = STEP_LEAD.sub("", visible(source)).replace(",", " , ").split()
        if not words or words[0].lower() in ("be", "become", "stay", "act"):
            continue
        found = _noun_phrase(words[_verb_length(words) :])
        if len(found) > 2 and found[-1].lower() in ADJECTIVES and _stem(words[0]) in ("keep", "make", "get", "have"):
            found.pop()  # "keep the stock accurate"
        if len(found) > 1 and words[0].lower() in ("get", "have") and found[-1].endswith("ed"):
            found.pop()  # "get the gates fixed"
        if found and found[0].lower() not in NO_WORK and not found[0].isdigit():
            said = " ".join(found)
            if said.lower() not in EMPTY_WORK:
                return _turned(said)
    return "this"


def _verb_length(words: Sequence[str]) -> int:
    """Return how many words a verb has at the start of an order: "take over", "look after"."""
    at = 0 if words[0].lower() in DETERMINERS else 1
    while 0 < at < len(words) and words[at].lower() in PARTICLES:
        at += 1
    return at


def _noun_phrase(words: Sequence[str]) -> list[str]:
    """Return the words of the noun phrase at the start, one "of" or "and" included."""
    found: list[str] = []
    for at, word in enumerate(words[:LONGEST_WORK]):
        low = word.lower().strip(_ENDS)
        joins = low in _JOINTS and 1 < len(found) < LONGEST_WORK - 1
        if low == "and" and (at + 1 == len(words) or _orders(words[at + 1])):
            break
        opens = (not found and low in DETERMINERS) or (low in RHYTHMS and len(found) == 1)
        after = bool(found) and found[-1].lower() in ("of", "for")
        if (
            not low
            or (found and low in DETERMINERS - {"new"} and not after)
            or (low in STOPS and not joins and not opens)
        ):
            break
        found.append(word.strip(_ENDS + '"“”'))
        if word[-1:] in ".;:!?,":
            break
    while found and found[-1].lower() in _JOINTS | DETERMINERS:
        found.pop()
    return found


def _orders(word: str) -> bool:
    """Whether a word after "and" begins another order: "and just …", "and get …"."""
    low = word.lower().strip(_ENDS)
    return low in VERBS or low in ACTIVITY or low in ("just", "then", "please", "make", "do", "let", "work", "write")


def _stem(word: str) -> str:
    low = word.lower().removesuffix("ing")
    return {"mak": "make", "hav": "have", "gett": "get"}.get(low, low)


def _turned(work: str) -> str:
    """Return the words for a piece of work spoken to the manager: "your report" is the employee's."""
    first, _, rest = work.partition(" ")
    turned = {"your": "their", "my": "your", "our": "your"}.get(first.lower())
    if turned:
        return f"{turned} {rest}"
    return f"{first.lower()} {rest}" if first.lower() in DETERMINERS else work


def _words(pattern: re.Pattern[str], text: str) -> str:
    m = pattern.search(text)
    return m.group().removesuffix("'s").removesuffix("’s") if m else ""


def _phrase(pattern: re.Pattern[str], piece: Piece | None) -> Piece | None:
    if piece is None:
        return None
    m = pattern.search(piece.text)
    return _cut_piece(piece, m.start(), m.end()) if m else piece


def _cut_piece(piece: Piece, start: int, end: int) -> Piece:
    found = piece.text[start:end].rstrip(_ENDS)
    return Piece(found, piece.start + start, piece.start + start + len(found))


def _covers(piece: Piece, others: Sequence[Piece | None]) -> bool:
    return any(o is not None and piece.start <= o.start and o.end <= piece.end for o in others)
