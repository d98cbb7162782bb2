"""What a manager gets after practice: criteria with their own words as proof, and a line to try instead.

Transcript -> moves per sentence -> criteria -> verdicts with quotes -> what worked, what it cost, where to
go back to. Everything is computed here; no model is asked, so the same transcript always gets the same
debrief. It speaks of lines, never of what somebody is or felt.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.domain import Citation
from assistant.library.knowledge import Library
from assistant.practising import repeat, temper
from assistant.practising.criteria import Criterion, Talk
from assistant.practising.moves import MoveReader, Sighting
from assistant.practising.own import INVENTED
from assistant.reading.orders import Orders
from assistant.scene import (
    Debrief,
    Difficulty,
    Mood,
    Move,
    Quote,
    Scenario,
    Scene,
    Speaker,
    State,
    Tendency,
    Turn,
    TurningPoint,
    Verdict,
)

SHOWN_POINTS: Final = 3
LEAST_MOVED: Final = 0.04
"""A turn that moved the state by less than this, all parts together, is no turning point."""
LEAN: Final[Mapping[Move, float]] = {
    Move.TOOK_OVER: 1.0,
    Move.LECTURED: 0.5,
    Move.ADVICE_FIRST: 0.5,
    Move.STACKED_QUESTIONS: 0.25,
    Move.GAVE_IN: -1.0,
    Move.VAGUE: -0.5,
}
"""How far a move leans towards taking the work back (1) or vanishing (-1)."""


NEXT_STEPS: Final = (
    "fact_named",
    "open_question",
    "heard_back",
    "standard_stated",
    "asked_their_solution",
    "agreement_with_owner_and_date",
    "check_date",
)
"""The criteria that a hint looks at, in the order in which a conversation mostly meets them."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What is still missing from a conversation, a line that would do, and where the library says why."""

    asks: str
    line: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class _Said:
    """One manager turn: its place in the transcript, its moves, and the sentence that made each of them."""

    at: int
    text: str
    moves: frozenset[Move]
    quotes: Mapping[Move, Quote]


class Debriefer:
    """Turns conversations into debriefs. The criteria are those of the moment it was opened: frozen for a session."""

    def __init__(
        self, criteria: Sequence[Criterion], moves: MoveReader, library: Library, orders: Orders | None = None
    ) -> None:
        self._criteria = tuple(criteria)
        self._orders = orders
        self._moves = moves
        self._library = library
        self._citations: dict[tuple[str, str], Citation] = {}

    def of_scene(self, scene: Scene) -> Debrief:
        """Return the debrief of a practice conversation."""
        return self._debrief(scene.turns, repeat.as_it_stands(scene), scene.difficulty)

    def of_turns(self, turns: Sequence[Turn]) -> Debrief:
        """Return the debrief of any conversation, without a scenario: what needs one abstains.

        Only its words count, and that somebody walked out. What a transcript says of a manager's words is read anew,
        and an order to the software is no move.
        """
        said = [Turn(turn.speaker, turn.text, mood=turn.mood) for turn in turns]
        return self._debrief(said, None, Difficulty.REALISTIC)

    def hint(self, scene: Scene) -> Hint | None:
        """Return what the conversation has not had yet, with a line that would do; None where nothing is missing."""
        said = self._read(scene.turns)
        talk = Talk(tuple(s.moves for s in said), None, scene.scenario.rung, scene.scenario.standard.agreed)
        known = {criterion.id: criterion for criterion in self._criteria}
        for id in NEXT_STEPS:
            criterion = known.get(id)
            if criterion is not None and criterion.cases and not criterion.cases[0].met(talk):
                cited = self._cited(criterion, scene.scenario)
                return Hint(criterion.asks, _better(criterion, scene.scenario, ()), cited)
        return None

    def _debrief(self, turns: Sequence[Turn], card: Scenario | None, difficulty: Difficulty) -> Debrief:
        said = self._read(turns)
        told = next((at for at, turn in enumerate(turns) if turn.told), None)
        talk = Talk(
            tuple(s.moves for s in said),
            next((n for n, s in enumerate(said) if told is not None and s.at > told), None),
            card.rung if card else None,
            card.standard.agreed if card else None,
            any(turn.mood is Mood.LEAVING for turn in turns),
        )
        verdicts = tuple(self._verdict(criterion, talk, said, card) for criterion in self._criteria)
        points = _turning_points(said, card, difficulty)
        worked, cost = _line_that(verdicts, points, worked=True), _line_that(verdicts, points, worked=False)
        failed = [(c, v) for c, v in zip(self._criteria, verdicts, strict=True) if v.met is False]
        first = max(failed, key=lambda pair: pair[0].weight)[1] if failed else None
        return Debrief(
            worked=worked.text if worked else "",
            cost=cost.text if cost else "",
            again_from=cost.turn if cost else None,
            criteria=_weightiest_first(self._criteria, verdicts),
            moves=tuple(tuple(move for move in Move if move in s.moves) for s in said),
            turning_points=points,
            lean=tuple(_lean(s.moves) for s in said),
            concern=_concern(card, told is not None),
            next_time=first.better if first else "",
            conversation=card.conversation if card else None,
            rung=card.rung if card else None,
            score=_score(self._criteria, verdicts),
            citations=tuple({v.citation.id: v.citation for v in verdicts if v.citation and v.met is False}.values()),
        )

    def _read(self, turns: Sequence[Turn]) -> list[_Said]:
        """Return the manager's turns with their moves, each with the sentence that made it."""
        found: list[_Said] = []
        before = ""
        so_far: list[tuple[Move, ...]] = []
        for at, turn in enumerate(turns):
            if turn.speaker is Speaker.EMPLOYEE:
                before = turn.text
                continue
            seen = self._seen(turn.text, before, so_far)
            made = turn.moves or tuple(sighting.move for sighting in seen)
            so_far.append(tuple(made))
            whole = _quote(at, turn.text, turn.text.strip())
            places = {s.move: Quote(at, s.start, s.end, turn.text[s.start : s.end]) for s in reversed(seen)}
            quotes = {move: places.get(move, whole) for move in made}
            found.append(_Said(at, turn.text, frozenset(made), quotes))
        return found

    def _seen(self, text: str, before: str, so_far: Sequence[tuple[Move, ...]]) -> Sequence[Sighting]:
        """Return the moves of a turn and where they stand; what speaks to the software is none."""
        orders = self._orders.spans(text) if self._orders else ()
        seen = self._moves.sightings(text, before=before, so_far=so_far)
        return [one for one in seen if not any(start < one.end and end > one.start for start, end in orders)]

    def _verdict(self, criterion: Criterion, talk: Talk, said: Sequence[_Said], card: Scenario | None) -> Verdict:
        met = criterion.decide(talk)
        wanted = frozenset[Move]() if met is None else criterion.quote_met if met else criterion.quote_failed
        looked_at = said
        if criterion.better_at == "told":
            looked_at = [] if talk.after_told is None else said[talk.after_told : talk.after_told + 1]
        quotes = tuple([s.quotes[move] for s in looked_at for move in Move if move in s.moves & wanted][:1])
        better = "" if met is not False else _better(criterion, card, quotes)
        return Verdict(
            criterion.id,
            criterion.asks,
            met,
            quotes,
            _why(criterion, met, quotes),
            better,
            self._cited(criterion, card),
        )

    def _cited(self, criterion: Criterion, card: Scenario | None) -> Citation | None:
        passage = criterion.passage(card.rung if card else None)
        if not passage:
            return None
        about = passage, criterion.asks
        if about not in self._citations:  # finding the closest sentence is most of what a debrief costs
            self._citations[about] = self._library.cite(*about)
        return self._citations[about]


def _quote(at: int, text: str, part: str) -> Quote:
    start = text.index(part)
    return Quote(at, start, start + len(part), part)


def _why(criterion: Criterion, met: bool | None, quotes: Sequence[Quote]) -> str:
    """Return what is said of a verdict. The manager's own words are put in last, so that braces in them stay words."""
    says = criterion.says
    if met is None:
        return says.get("undecided", "")
    template = says.get("met" if met else "failed", "")
    if not quotes and ("{quote}" in template or not template):
        return says.get("missing", "") if not met else ""
    if not quotes:
        return template
    return _filled(template, {"turn": str(quotes[0].turn), "quote": quotes[0].text}) or ""


def _better(criterion: Criterion, card: Scenario | None, quotes: Sequence[Quote]) -> str:
    """Return the first better line whose placeholders can all be filled in this very situation."""
    values = {"quote": quotes[0].text} if quotes else {}
    if card is not None:
        values |= {
            "name": card.persona.name,
            "fact": card.facts[0],
            "day": _in_a_week(),
        }
        if card.standard.text:
            values["standard"] = card.standard.text
    return next((line for line in (_filled(text, values) for text in criterion.better) if line is not None), "")


def _filled(template: str, values: Mapping[str, str]) -> str | None:
    """Return a template of ours with values in it, or None where one is missing. Values are never templates."""
    parts: list[str] = []
    rest = template
    while "{" in rest:
        text, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        if name not in values:
            return None
        parts += [text, values[name]]
    return "".join([*parts, rest])


def _in_a_week() -> str:
    day = datetime.date.today() + datetime.timedelta(days=7)
    return f"{day:%A}"


def _turning_points(said: Sequence[_Said], card: Scenario | None, difficulty: Difficulty) -> tuple[TurningPoint, ...]:
    """Return the turns that moved the employee most, by the state function alone."""
    state = card.start if card else State()
    start = state
    so_far: list[tuple[Move, ...]] = []
    found = []
    for s in said:
        made = tuple(move for move in Move if move in s.moves)
        tendency = card.tendency if card else Tendency.DEFLECTS
        after, _ = temper.after(state, made, difficulty, tendency=tendency, so_far=so_far, start=start)
        change = {part: getattr(after, part) - getattr(state, part) for part in temper.PARTS}
        found.append(TurningPoint(s.at, _loudest(s, change), change, _effect(change)))
        state = after
        so_far.append(made)
    moved = [point for point in found if sum(map(abs, point.change.values())) >= LEAST_MOVED]
    most = sorted(moved, key=lambda point: -sum(map(abs, point.change.values())))[:SHOWN_POINTS]
    return tuple(sorted(most, key=lambda point: point.turn))


def _good(change: Mapping[str, float]) -> float:
    """Return how far a change is for the better, all parts together."""
    return sum(-value if part == "defensiveness" else value for part, value in change.items())


def _loudest(said: _Said, change: Mapping[str, float]) -> Quote:
    """Return the words of a turn whose move did most in the direction in which the turn went."""
    sign = 1 if _good(change) >= 0 else -1

    def push(move: Move) -> float:
        effect = temper.EFFECTS[move]
        return sign * (effect.trust + effect.openness - effect.defensiveness + effect.commitment)

    best = max(said.quotes, key=push, default=None)
    return said.quotes[best] if best else _quote(said.at, said.text, said.text.strip())


def _effect(change: Mapping[str, float]) -> str:
    return "Here the conversation opened." if _good(change) > 0 else "Here the conversation closed."


def _line_that(verdicts: Sequence[Verdict], points: Sequence[TurningPoint], *, worked: bool) -> Quote | None:
    """Return the one line that worked, or that cost: where the state moved most, else what a criterion quotes."""
    sign = 1 if worked else -1
    moved = [point for point in points if sign * _good(point.change) > 0]
    if moved:
        return max(moved, key=lambda point: sign * _good(point.change)).quote
    return next((v.quotes[0] for v in verdicts if v.met is worked and v.quotes), None)


def _lean(moves: Iterable[Move]) -> float:
    return max(-1.0, min(1.0, sum(LEAN.get(move, 0.0) for move in moves)))


def _concern(card: Scenario | None, told: bool) -> str:
    if card is None:
        return ""
    invented = f" {INVENTED}" if card.own else ""
    if told:
        return f"What was behind it came out: {card.concern.text}{invented}"
    return f"What was behind it did not come out. What would have earned it: {card.concern.earned_by}{invented}"


def _weightiest_first(criteria: Sequence[Criterion], verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    pairs = sorted(zip(criteria, verdicts, strict=True), key=lambda pair: -pair[0].weight)
    return tuple(verdict for _, verdict in pairs)


def _score(criteria: Sequence[Criterion], verdicts: Sequence[Verdict]) -> int:
    """Return the weighted share of criteria met among those decided, 0 to 100; 0 where none is."""
    decided = [(c.weight, v.met) for c, v in zip(criteria, verdicts, strict=True) if v.met is not None]
    whole = sum(weight for weight, _ in decided)
    return round(100 * sum(weight for weight, met in decided if met) / whole) if whole else 0
