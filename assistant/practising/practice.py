"""A practice turn: the manager's line in, the employee's reply out, from a state that code keeps.

Line -> moves -> next state -> mood -> authored lines and the model's, side by side -> checks -> the best
one. The model only speaks; what the employee feels, gives away or promises is decided before it is asked.
Knows nothing of screens or storage. A Scene is a value: every call gives a new one.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import yaml

from assistant import settings, shelf
from assistant.domain import Origin, Usage
from assistant.errors import InputError, LibraryError, UnreadableReply
from assistant.models import prompts
from assistant.models.llm import Model, Reply, Request
from assistant.practising import character, temper
from assistant.practising.character import MoodReader
from assistant.practising.moves import MoveReader
from assistant.reading.orders import Orders
from assistant.scene import Cue, Difficulty, Line, Mood, Scenario, Scene, Speaker, Turn

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

LONGEST_LINE: Final = 2_000
"""Characters of a manager's line; a spoken turn is far shorter."""
CANDIDATES: Final = 2
"""How many lines the model may offer before an authored one is said."""

_WARMTHS: Final = (0.7, 1.0)
_ROOM: Final = 60  # tokens of one line
_SHOWN: Final = 2  # authored lines that the prompt shows


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the employee's part a model is given.

    ``fits_from`` is how well a line of its own has to fit the mood (see MoodReader.fit); ``always`` says whether it is
    asked even where an authored line was written for this very moment.
    """

    fits_from: float
    always: bool


LARGE: Final = Share(fits_from=-0.2, always=True)
"""Three in four authored lines reach this fit, read by a reader that has not seen their scenario."""
SMALL: Final = Share(fits_from=0.6, always=False)
"""For the embedded model. Of 69 lines of its own in 30 conversations that passed every check and fitted the mood, about
one in three made sense when they were read; the authored line was the better one nearly each time, and at once."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line the model offered, what is wrong with it, and how well it fits the mood."""

    text: str
    faults: tuple[str, ...]
    fit: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The scene after a turn, and how the reply came about."""

    scene: Scene
    candidates: tuple[Candidate, ...] = ()
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    prompt: str = ""


class Practice:
    """Conversations with employees whose state lives in code. Safe between threads.

    ``model`` opens the model when it is first needed; without one the authored lines make the conversation.
    ``share`` is how much it is given to say.
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        moves: MoveReader,
        moods: MoodReader,
        model: Callable[[], Model | None],
        share: Share = LARGE,
        orders: Orders | None = None,
    ) -> None:
        self.scenarios = {scenario.id: scenario for scenario in scenarios}
        self._moves = moves
        self._moods = moods
        self._model = model
        self._orders = orders
        self.share = share
        self._prompt = prompts.load("employee")

    def scenario(self, id: str) -> Scenario:
        """Return a scenario. Raises InputError naming those there are."""
        try:
            return self.scenarios[id]
        except KeyError:
            raise InputError("There is no such scenario.", hint=f"There are: {', '.join(self.scenarios)}.") from None

    def open(self, scenario: Scenario, difficulty: Difficulty = Difficulty.REALISTIC, seed: int = 0) -> Scene:
        """Return the scene in which the employee has just said the opening line."""
        mood = temper.mood_of(scenario.start)
        opening = Turn(Speaker.EMPLOYEE, scenario.opening, state=scenario.start, mood=mood, origin=Origin.FALLBACK)
        return Scene(scenario, difficulty, (opening,), seed)

    def reply(self, scene: Scene, said: str, cancel: threading.Event | None = None) -> Answer:
        """Return the scene with the manager's line and the employee's reply added.

        Raises InputError for an empty or too long line or a conversation that is over, Cancelled, and
        ModelError where the model fails; the scene that was given stands in every case.
        """
        began = time.perf_counter()
        said = _accepted(scene, said)
        odd = temper.odd(said) or (self._orders is not None and self._orders.stand_in(said))
        moves = self._moves.read(said, before=scene.turns[-1].text, so_far=temper.earlier(scene))
        if odd:  # who talks to the machine wins nobody over; an attack stays one
            moves = tuple(move for move in moves if move in temper.ATTACKS)
        state, steps = temper.after_turn(scene, moves)
        mood = temper.mood_of(state, (*temper.earlier(scene), moves))
        tells = temper.earned(scene, state, moves)
        cue = Cue.ODD if odd else temper.cue_of(moves, said)
        asked = replace(scene, turns=(*scene.turns, Turn(Speaker.MANAGER, said, moves=moves, steps=steps)))
        spoken, candidates, usage = self._spoken(asked, said, mood, cue, tells, cancel)
        turn = replace(spoken, state=state, mood=mood, told=tells)
        done = replace(asked, turns=(*asked.turns, turn))
        return Answer(done, candidates, usage, time.perf_counter() - began, self._prompt.label)

    def prepare(self, scene: Scene, cancel: threading.Event | None = None) -> None:
        """Let the model read the card and the conversation so far, while the manager is still thinking.

        Not where it is seldom asked: reading takes both cores for seconds, for a line that was written already.
        """
        model = self._model() if self.share.always else None
        if model is not None:
            awaiting = replace(scene, turns=(*scene.turns, Turn(Speaker.MANAGER, "")))
            messages = self._messages(awaiting, "", Mood.OPEN, ())
            model.complete(Request(messages, self._prompt.label, 1), cancel=cancel)

    def warm(self) -> None:
        """Let the model read the part of the prompt that is the same for everybody."""
        model = self._model()
        if model is not None:
            messages = self._prompt.render(scene="", name="", manner="", lines=[], said="")
            model.warm(messages[:-1], label=self._prompt.label)

    def _spoken(
        self, scene: Scene, said: str, mood: Mood, cue: Cue, tells: bool, cancel: threading.Event | None
    ) -> tuple[Turn, tuple[Candidate, ...], Usage]:
        authored = _authored(scene, mood, cue, tells)
        offered: list[Candidate] = []
        usage = Usage()
        given = self.share.always or not _written_for(scene, authored[0], cue)
        model = self._model() if given and not _authored_only(authored[0], mood, cue, tells) else None
        if model is not None:
            messages = self._messages(scene, said, mood, authored)
            for number in range(CANDIDATES):  # one after the other: the second finds the prompt read already
                reply = self._asked(model, messages, scene, number, cancel)
                usage += reply.usage
                offered.append(self._judged(reply.text, scene, said, mood))
                if not offered[-1].faults and offered[-1].fit >= self.share.fits_from:
                    return Turn(Speaker.EMPLOYEE, offered[-1].text, origin=Origin.MODEL), tuple(offered), usage
        return Turn(Speaker.EMPLOYEE, authored[0], origin=Origin.FALLBACK), tuple(offered), usage

    def _messages(self, scene: Scene, said: str, mood: Mood, authored: Sequence[str]) -> list[BaseMessage]:
        return self._prompt.render(
            scene=_told(scene),
            name=scene.scenario.persona.name,
            manner=_manner(mood, scene.scenario) if said else "",
            lines=list(authored[:_SHOWN]),
            said=_flat(said),
        )

    def _asked(
        self, model: Model, messages: Sequence[BaseMessage], scene: Scene, number: int, cancel: threading.Event | None
    ) -> Reply:
        seed = scene.seed + 101 * len(scene.turns) + number
        label, warmth = self._prompt.label, _WARMTHS[number]
        request = Request(messages, label, _ROOM, stop=("\n",), temperature=warmth, seed=seed)
        try:
            return model.complete(request, cancel=cancel)
        except UnreadableReply:
            return Reply("", Usage(calls=1), model.name)

    def _judged(self, text: str, scene: Scene, said: str, mood: Mood) -> Candidate:
        line = _cleaned(text)
        before = replace(scene, turns=scene.turns[:-1])
        faults = character.faults(line, before, mood, said, may_tell=scene.concern_told)
        if mood in character.RESISTING and self._moods.yields([line])[0] > character.YIELDS_FROM:
            faults = (*faults, "comes round too soon")
        return Candidate(line, faults, self._moods.fit([line], mood)[0])


def _accepted(scene: Scene, said: str) -> str:
    said = said.strip()
    if scene.over:
        raise InputError("The conversation is over.", hint="Go back to an earlier turn, or open the debrief.")
    if not any(c.isalnum() for c in said):
        raise InputError("There is nothing to answer yet.", hint="Say something to the employee.")
    if len(said) > LONGEST_LINE:
        raise InputError(
            f"That is {len(said):,} characters; nobody says more than {LONGEST_LINE:,} at once.",
            hint="Say one thing, and let the other person answer.",
        )
    return said


def _authored_only(line: str, mood: Mood, cue: Cue, tells: bool) -> bool:
    """Whether the authored line is said as it stands: a model has nothing to add here, and much to spoil."""
    silent = not any(c.isalnum() for c in line)
    return tells or silent or mood is Mood.LEAVING or cue is Cue.ODD


def _written_for(scene: Scene, line: str, cue: Cue) -> bool:
    """Whether an authored line that was not said yet answers what the manager just did."""
    fresh = line not in {turn.text for turn in scene.turns}
    return fresh and any(one.says == line and _distance(one, cue) == 0 for one in scene.scenario.lines)


def _authored(scene: Scene, mood: Mood, cue: Cue, tells: bool) -> list[str]:
    """Return authored lines for this moment, the best first; never one that was said already, while there is another.

    A line for this cue comes before one for any cue, and that before one for another cue of the same mood.
    """
    card = scene.scenario
    used = {turn.text for turn in scene.turns}
    chance = random.Random(f"{scene.seed}/{len(scene.turns)}/{card.id}")  # noqa: S311 - variety, not secrecy
    if tells:
        lines = list(card.concern.told)
    else:
        fitting = sorted(
            (line for line in card.lines if line.mood is mood),
            key=lambda line: (_distance(line, cue), chance.random()),
        )
        lines = [line.says for line in fitting]
        if mood is Mood.WAVERING and cue in (Cue.ASKED, Cue.HEARD):
            lines[:1] = [*lines[:1], *card.concern.hints]
    fresh = [line for line in lines if line not in used]
    return fresh or lines or ["..."]


def _distance(line: Line, cue: Cue) -> int:
    if cue in line.cues:
        return 0
    return 1 if not line.cues else 2


def _told(scene: Scene) -> str:
    """Return the card and the conversation so far, before the manager's last line."""
    card, who = scene.scenario, scene.scenario.persona
    since = f", since {card.standard.when}" if card.standard.when else ""
    before = f" Agreed the time before: {_flat(' '.join(scene.agreed))}" if scene.agreed else ""
    known = card.standard.text if card.standard.agreed else "nobody ever said what was expected"
    facts = " ".join(card.facts)
    turns = [f"{who.name if t.speaker is Speaker.EMPLOYEE else 'THE BOSS'}: {_flat(t.text)}" for t in scene.turns[:-1]]
    concern = f" By now {who.name} has said it: {card.concern.text}" if scene.concern_told else ""
    return (
        f"{who.name}, {who.role}. {who.history} Speaks like this: {who.style}\n"
        f"Both know: {facts}\nExpected{since}: {known}{before}{concern}\n" + "\n".join(turns)
    )


def _flat(text: str) -> str:
    return " ".join(text.split())


def _cleaned(text: str) -> str:
    """Return a line without what a model likes to put around one."""
    line = _flat(text)
    for first, last in (('"', '"'), ("“", "”"), ("'", "'"), ("- ", "")):
        if line.startswith(first) and line.endswith(last):
            line = line[len(first) : len(line) - len(last)].strip()
    return line


def _manner(mood: Mood, scenario: Scenario) -> str:
    manners = _manners()
    manner = manners[mood.value] if mood.value in manners else manners["shut"]
    told = manner if isinstance(manner, str) else manner[scenario.tendency.value]
    return told.replace("{name}", scenario.persona.name)


@cache
def _manners() -> Mapping[str, str | Mapping[str, str]]:
    name = "practice/manner.yaml"
    own = settings.home() / "knowledge" / name
    try:
        read = yaml.safe_load((own if own.is_file() else shelf.knowledge_folder() / name).read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise LibraryError(f"The knowledge file {name} is broken.", detail=str(error)) from error
    found: Mapping[str, str | Mapping[str, str]] = read
    return found
