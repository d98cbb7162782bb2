"""Reads a manager's turn as moves, by rules and a learned reader together. Needs no model that writes.

Each sentence is looked at in four ways: patterns that show a move (``signs``), the form of its questions
(``questions``), how near it is in wording and meaning to worked turns, and how much of it the employee had just
said. A regression weighs them; where it is right about the worked turns without having seen them decides how sure
it has to be. What any sentence holds, the turn holds. Does not know what a move does to anybody (``temper``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant import settings
from assistant.domain import Kind
from assistant.library import ridge
from assistant.library.corpus import ClauseExample
from assistant.library.kept_vectors import Source, kept, solved
from assistant.library.ridge import Matrix, NearRidge, Solution, Words
from assistant.practising import questions
from assistant.practising.questions import Form, Sentence, asks_from_the_start, forms, sentences
from assistant.practising.signs import Sign, WorkedTurn, read_signs, read_turns
from assistant.scene import Move

if TYPE_CHECKING:
    from assistant.library.knowledge import Library

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

MOVES: Final = tuple(Move)
_CODE: Final = tuple(Path(file) for file in (__file__, ridge.__file__, questions.__file__))
"""What is learned depends on how a turn is looked at."""
QUESTIONS: Final = frozenset({Move.OPEN_QUESTION, Move.CLOSED_QUESTION, Move.ASKED_STANDARD, Move.ASKED_FOR_SOLUTION})
NOT_ASKED: Final = frozenset(
    {
        Move.BLAMED,
        Move.GENERALIZED,
        Move.MIND_READ,
        Move.COMPARED,
        Move.THREATENED,
        Move.LECTURED,
        Move.ADVICE_FIRST,
        Move.AGREED_ACTION,
        Move.SET_CHECK_DATE,
        Move.SMALL_TALK,
    }
)
"""A question that does one of these is not among those that may be too many at once."""

STATED: Final = frozenset(
    {
        Move.OBSERVED_BEHAVIOR,
        Move.STATED_IMPACT,
        Move.STATED_STANDARD,
        Move.STATED_CONSEQUENCE,
        Move.REFLECTED,
        Move.ACKNOWLEDGED,
        Move.VAGUE,
    }
)
"""What a sentence that is a question from its first word on does not state, unless a sign shows it."""

RIVALS: Final = (
    (
        Move.REFLECTED,
        frozenset({Move.OBSERVED_BEHAVIOR, Move.STATED_IMPACT, Move.BLAMED, Move.MIND_READ, Move.AGREED_ACTION}),
    ),
    (Move.TOOK_OVER, frozenset({Move.STATED_STANDARD})),
    (Move.LECTURED, frozenset({Move.OBSERVED_BEHAVIOR, Move.STATED_IMPACT, Move.STATED_STANDARD})),
    (Move.GENERALIZED, frozenset({Move.OBSERVED_BEHAVIOR})),
    (Move.AGREED_ACTION, frozenset({Move.OBSERVED_BEHAVIOR, Move.STATED_STANDARD})),
)
"""Moves of one sentence that look alike: where one is clearly the likelier, the other goes."""

SPOKEN_KIND: Final = {
    Kind.OBSERVATION: Move.OBSERVED_BEHAVIOR,
    Kind.IMPACT: Move.STATED_IMPACT,
    Kind.STANDARD: Move.STATED_STANDARD,
    Kind.CONSEQUENCE: Move.STATED_CONSEQUENCE,
}
OPINION_KIND: Final = {
    Kind.JUDGMENT: Move.BLAMED,
    Kind.GENERALIZATION: Move.GENERALIZED,
    Kind.MIND_READING: Move.MIND_READ,
    Kind.COMPARISON: Move.COMPARED,
    Kind.THREAT: Move.THREATENED,
}
"""What a worked clause of a draft is when it is said: facts as they became, opinions as they stood."""

# Weights of the views and of the kernel, by leave-one-out over the worked turns.
_SIGN_WEIGHT: Final = 0.7
_FORM_WEIGHT: Final = 0.4
_ECHO_WEIGHT: Final = 0.7
_REACH: Final = 4.0
_WIDTH: Final = 1.0
_SURE: Final = tuple(float(x) for x in np.arange(0.15, 0.65, 0.025))
_USUALLY_SURE: Final = 0.3
"""Each move's threshold is the mean of this and of what leaving one out finds best. It is low on purpose: words of
people who wrote none of the worked turns score lower than those do."""

_PART: Final = 0.15
"""How much surer a part of a sentence has to be than a whole one; worked turns are wholes."""
_PART_WORDS: Final = 3
_BREAK = re.compile(
    r"(?:,|;|:|\s-)\s+(?:(?:and|but|so|yet|then)\s+)?|"
    r"\s+(?:and|but|so)\s+(?=(?:i|you|u|we|he|she|it|they|that|this|there|let|don't|just|the|your|my)\b)",
    re.IGNORECASE,
)
IN_PARTS: Final = (NOT_ASKED | STATED) - {
    Move.AGREED_ACTION, Move.SET_CHECK_DATE, Move.SMALL_TALK, Move.REFLECTED, Move.ACKNOWLEDGED, Move.VAGUE
}  # fmt: skip
"""Moves that are often made beside another in one sentence: a fact or a verdict, and what is added to it."""
_CLEARLY: Final = 0.05
_YOU = re.compile(r"\b(?:you|your|u|ur)\b", re.IGNORECASE)
_FORMS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\?\W*$",
        r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twice|half)\b",
        r"^\W*(?:you|u|you've|you're|you'd)\b",
        r"^\W*your\b",
        r"^\W*(?:i|i'll|i've|i'm|i'd|my)\b",
        r"^\W*(?:we|we'll|we've|let's|lets|our)\b",
        r"^\W*(?:he|she|they|people|nobody|finance|sales|the (?:client|customer|guest|patient|team|others|family|"
        r"driver|"
        r"parent|rest|kitchen)\w*)\b",
        r"^\W*(?:the|a|an|both|two|three|four|of the|order|ticket|in|on|at)\b",
        r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:yesterday|last week|this morning)\b",
        r"\b(?:tomorrow|next|by|until|from now)\b",
        r"\b(?:was|were|had|did|didn't|wasn't|weren't|came|went|left|took|said|told|sent|gave|stood|sat|\w{3,}ed)\b",
        r"\b(?:will|going to|shall)\b|'ll\b",
        r"\b(?:should|ought|could|might)\b",
        r"^\W*(?:so|and so|okay so|right so)\b",
        r"^\W*(?:if|should|unless|without)\b",
        r"^\W*(?:good|right|okay|ok|then|deal|clear|great|fine|done|agreed)\b[:,]",
        r"\b(?:because|so that|that's why|which)\b",
        r"\b(?:has|have) (?:no|not)\b|\b(?:missing|late|empty|without|instead)\b",
        r"!\W*$",
        r"^\W*(?:thank|thanks|sorry)\b",
        r"\b(?:felt|feel|feels|wanted|want|worried|tired|alone)\b",
        r"\b(?:always|never|every|constantly|nobody|everyone)\b",
        _YOU.pattern,
        r"\b(?:i|me|my)\b",
    )
)
_ASKS, _COUNTS, _YOU_FIRST, _, _I_FIRST, _, _OTHERS_FIRST, _THING_FIRST = range(8)
_PAST, _FUTURE = 10, 11
_COMMON: Final = frozenset(
    "a an the i me my you your we it it's is was were to of and or in on at for from that this be have had do did not "
    "no so what how just with they them he she but".split()
)


class Sighting(NamedTuple):
    """A move and the sentence of the turn that holds it: ``turn[start:end]``."""

    move: Move
    start: int
    end: int


class MoveReader:
    """Reads turns. Make one with ``MoveReader.load``; making one takes seconds, reading a turn some milliseconds.

    ``encode`` maps n texts to n vectors of how they are put; without it rules, form and words decide. ``memory``
    does the same for the worked texts, for those who keep them; ``file`` keeps what was learned from them.
    """

    def __init__(
        self,
        signs: dict[Move, Sign],
        turns: Sequence[WorkedTurn],
        clauses: Sequence[ClauseExample] = (),
        encode: Encode | None = None,
        memory: Encode | None = None,
        file: Path | None = None,
    ) -> None:
        self._signs = signs
        self._encode = encode
        lessons = [*turns, *_said_clauses(clauses)]
        texts = [lesson.turn for lesson in lessons]
        self._words = Words(texts)
        self._centre: Matrix = np.zeros(0)
        vectors = self._vectors(texts, memory or encode)
        if encode is not None:
            self._centre = vectors[: len(turns)].mean(axis=0)
            vectors = _unit(vectors - self._centre)
        targets = np.array([[float(move in lesson.moves) for move in MOVES] for lesson in lessons])
        befores = [lesson.before for lesson in lessons]

        def solve() -> Solution:
            return NearRidge.solve(self._rows(texts, befores), vectors, targets, reach=_REACH, width=_WIDTH)

        shown = [p.pattern for sign in signs.values() for p in (*sign.shows, *sign.unless)]
        made_from: list[Source] = [*_CODE, *texts, *befores, *shown, targets, vectors]
        solution = solved(file, made_from, solve) if file else solve()
        self._ridge = NearRidge(solution, vectors, reach=_REACH, width=_WIDTH)
        self._sure = _thresholds(self._ridge.unseen[: len(turns)], targets[: len(turns)] > 0.5)

    @classmethod
    def load(cls, library: Library) -> MoveReader:
        """Open a reader on the library's vectors and worked examples. Raises LibraryError where a file is broken."""
        encode = library.encode_form
        folder = settings.home() / "vectors"
        memory = kept(folder / "turns.npz", encode, library.embedder_identity) if encode is not None else None
        file = folder / "moves.npz"
        return cls(read_signs(), read_turns(), library.all_examples, encode, memory, file)

    def read(self, text: str, before: str = "", so_far: Sequence[Iterable[Move]] = ()) -> tuple[Move, ...]:
        """Return the moves of a manager's turn, in the order of the list.

        ``before`` is what the employee said last, ``so_far`` the moves of the manager's earlier turns.
        """
        found = {sighting.move for sighting in self.sightings(text, before, so_far)}
        return tuple(move for move in MOVES if move in found)

    def sightings(self, text: str, before: str = "", so_far: Sequence[Iterable[Move]] = ()) -> tuple[Sighting, ...]:
        """Return each move with the sentence that holds it, in the order of the turn."""
        said = sentences(text)
        if not said:
            return ()
        units = [sentence.text for sentence in said]
        parts = [_parts(unit) for unit in units]
        scores = self._scores([*units, *(part for cut in parts for part in cut)], before)
        in_parts = iter(scores[len(units) :])
        nothing = np.full(len(MOVES), -np.inf)
        raised = [np.max([nothing, *(next(in_parts) for _ in cut)], axis=0) - _PART for cut in parts]
        shown = [frozenset(move for move, sign in self._signs.items() if sign.seen_in(unit)) for unit in units]
        held = [
            _held(sentence, whole, part, self._sure, signs)
            for sentence, whole, part, signs in zip(said, scores[: len(units)], raised, shown, strict=True)
        ]
        if _listened(so_far):
            held = [moves - {Move.ADVICE_FIRST} for moves in held]
        found = [Sighting(m, s.start, s.end) for s, moves in zip(said, held, strict=True) for m in MOVES if m in moves]
        return (*found, *_stacked(said, held))

    def _scores(self, units: Sequence[str], before: str) -> Matrix:
        vectors = self._vectors(units, self._encode)
        if self._encode is not None:
            vectors = _unit(vectors - self._centre)
        return self._ridge.scores(self._rows(units, [before] * len(units)), vectors)

    def _rows(self, units: Sequence[str], befores: Sequence[str]) -> Matrix:
        shown = [[_SIGN_WEIGHT * (m in self._signs and self._signs[m].seen_in(unit)) for m in MOVES] for unit in units]
        form = [[_FORM_WEIGHT * value for value in _form(unit)] for unit in units]
        echo = [[_ECHO_WEIGHT * _echo(unit, before)] for unit, before in zip(units, befores, strict=True)]
        return np.hstack([np.array(shown, dtype=np.float64), np.array(form), np.array(echo), self._words.rows(units)])

    def _vectors(self, units: Sequence[str], encode: Encode | None) -> Matrix:
        if encode is None:
            return np.zeros((len(units), 0))
        return np.asarray(encode(list(units)), dtype=np.float64)


def _said_clauses(clauses: Sequence[ClauseExample]) -> list[WorkedTurn]:
    """Return worked clauses of drafts as things said to the employee."""
    found = []
    for clause in clauses:
        if clause.kind in SPOKEN_KIND and clause.becomes:
            found.append(WorkedTurn(clause.id, clause.becomes, frozenset({SPOKEN_KIND[clause.kind]})))
        elif clause.kind is Kind.BACKGROUND:
            found.append(WorkedTurn(clause.id, clause.becomes or clause.clause, frozenset()))
        elif clause.kind in OPINION_KIND and _YOU.search(clause.clause):
            said = clause.clause.rstrip(".") + "."
            found.append(WorkedTurn(clause.id, said, frozenset({OPINION_KIND[clause.kind]})))
    return found


def _parts(sentence: str) -> list[str]:
    """Return what a sentence says one after another; nothing where it says one thing."""
    parts = [part.strip() for part in _BREAK.split(sentence)]
    parts = [part for part in parts if len(part.split()) >= _PART_WORDS]
    return parts if len(parts) > 1 else []


def _held(
    sentence: Sentence, scores: Matrix, in_parts: Matrix, sure: Matrix, shown: frozenset[Move]
) -> frozenset[Move]:
    """Return what one sentence holds. Courtesy holds nothing else; a question is what its form says it is."""
    belief = dict(zip(MOVES, scores, strict=True))
    held = {move for move, least in zip(MOVES, sure, strict=True) if belief[move] > least}
    held |= {m for m, part, least in zip(MOVES, in_parts, sure, strict=True) if m in IN_PARTS and part > least}
    held.discard(Move.STACKED_QUESTIONS)
    if Move.SMALL_TALK in held and max(belief, key=lambda move: belief[move]) is Move.SMALL_TALK:
        return frozenset({Move.SMALL_TALK})
    asked = forms(sentence.text)
    several = len(asked) > 1 and not held & NOT_ASKED
    for move, form in ((Move.OPEN_QUESTION, Form.OPEN), (Move.CLOSED_QUESTION, Form.CLOSED)):
        if form not in asked:
            held.discard(move)
        elif several:
            held.add(move)
    if not asked:
        held.discard(Move.ASKED_STANDARD)
    if asks_from_the_start(sentence.text):
        held -= STATED - shown
    for one, others in RIVALS:
        for other in others & held if one in held else ():
            if abs(belief[one] - belief[other]) > _CLEARLY:
                held.discard(min(one, other, key=lambda move: belief[move]))
    return frozenset(held)


def _stacked(said: Sequence[Sentence], held: Sequence[frozenset[Move]]) -> Iterable[Sighting]:
    """Yield the place of two or more questions that were asked without waiting for an answer."""
    asking = [
        (sentence, sum(form is not Form.TAG for form in forms(sentence.text)))
        for sentence, moves in zip(said, held, strict=True)
        if not moves & NOT_ASKED and sentence.text.rstrip("\"') ").endswith("?")
    ]
    asking = [(sentence, count) for sentence, count in asking if count]
    if sum(count for _, count in asking) > 1:
        yield Sighting(Move.STACKED_QUESTIONS, asking[0][0].start, asking[-1][0].end)


def _listened(so_far: Sequence[Iterable[Move]]) -> bool:
    """Whether the employee was asked and heard before: then advice does not come first."""
    before = {move for moves in so_far for move in moves}
    return {Move.OPEN_QUESTION, Move.REFLECTED, Move.ASKED_FOR_SOLUTION} <= before


def _form(unit: str) -> list[float]:
    asked = forms(unit)
    seen = [float(bool(pattern.search(unit))) for pattern in _FORMS]
    told = 1.0 - seen[_ASKS]
    past = seen[_PAST] * told * (1.0 - seen[_FUTURE])
    words = len(unit.split())
    return [
        *(float(form in asked) for form in Form),
        float(len(asked) > 1),
        *seen,
        float(words <= 3),
        float(words >= 20),
        past * seen[_COUNTS] * seen[_YOU_FIRST],
        past * seen[_COUNTS] * seen[_THING_FIRST],
        past * seen[_YOU_FIRST],
        past * seen[_OTHERS_FIRST],
        past * seen[_I_FIRST],
        seen[_FUTURE] * seen[_YOU_FIRST] * told,
        seen[_FUTURE] * seen[_I_FIRST],
    ]


def _echo(unit: str, before: str) -> float:
    """Return the share of a sentence's words that the employee had just said."""
    own, others = _content_words(unit), _content_words(before)
    return len(own & others) / len(own) if own else 0.0


def _content_words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9']+", text.lower())) - _COMMON


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Matrix = vectors / np.where(lengths == 0, 1.0, lengths)
    return unit


def _thresholds(unseen: Matrix, truth: NDArray[np.bool_]) -> Matrix:
    """Return for each move how high a score has to be, from worked turns that were left out in turn."""
    best = [max(_SURE, key=lambda at: _f1(unseen[:, column] > at, truth[:, column])) for column in range(len(MOVES))]
    sure: Matrix = (np.array(best) + _USUALLY_SURE) / 2
    return sure


def _f1(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    both = float((found & true).sum())
    return 2 * both / max(1.0, float(found.sum() + true.sum()))
