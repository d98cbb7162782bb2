"""Answers a question from the library, with citations, or says that the library does not cover it.

Knows how an answer is put together and what every sentence of it must show: the number of a passage it
was given, and support in that passage. A sentence of the model that fails is left out; where too little
is left, the answer is made of the library's own sentences, word for word. Knows nothing of how passages
are found (knowledge), of screens, or of what a question may lead to.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.domain import Citation, Origin, Passage, Usage
from assistant.errors import InputError, ModelError
from assistant.library.knowledge import Library, sentences
from assistant.library.lexical import stems
from assistant.models import prompts
from assistant.models.model import Model, Request
from assistant.models.tokens import fit
from assistant.reading.orders import Orders
from assistant.settings import Settings

NOT_COVERED: Final = "The library does not cover this."
NO_MODEL: Final = "rules"

_READ: Final = 3
"""Passages that an answer is made from."""
_LOOKED_AT: Final = 5
"""Passages among which schools that disagree are looked for."""
_MOST_WORDS: Final = 120
_QUOTED: Final = (50, 25)
"""Most words quoted of the best passage and of the next, where no model writes."""
_SHORT_QUOTE: Final = 20
_FEWEST_WORDS: Final = 15
_REPLY_TOKENS: Final = 160
_FIXED_TOKENS: Final = 600
"""What the rules, the worked example, the fences and the chat template take; measured, with room to spare."""
_TRIES: Final = 2
_SHARED: Final = 0.5
_ALIKE: Final = 0.5
"""Share of a sentence's words that its passage has, and likeness to the passage's closest sentence."""

_TO_THE_POINT: Final = 0.3
"""Likeness to the question that a sentence has to have to speak for its school, or second to another."""

_MARK = re.compile(r"[\[(](?:passages? )?(\d+(?:\s*(?:,|and|&)\s*\d+)*)[\])]", re.IGNORECASE)
_MARKS = re.compile(r"(?:\s*[\[(](?:passages? )?\d+(?:\s*(?:,|and|&)\s*\d+)*[\])])+\s*[.!?]?", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_REPEATED: Final = 0.8
_NOT = re.compile(r"\b(?:not|never|no|nobody|nothing|neither|nor|without|cannot|avoid|stop)\b|n['’]t\b", re.IGNORECASE)

_ASK: Final = "ask"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its sources, or the plain statement that there is none."""

    question: str
    answer: str
    supported: bool
    citations: tuple[Citation, ...] = ()
    origin: Origin = Origin.FALLBACK
    """``model`` or ``repaired`` where a model wrote it, ``fallback`` where it is quoted or refused by code."""
    left_out: int = 0
    """Sentences of the model that no passage bore out."""
    notice: str = ""
    """Why the model's words were not had, where it failed."""
    model: str = NO_MODEL
    prompts: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Said:
    """One sentence of an answer and the places of the passages that bear it out."""

    text: str
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """What a model's try came to."""

    said: tuple[_Said, ...] = ()
    left_out: int = 0
    problem: str = ""
    usage: Usage = field(default_factory=Usage)
    notice: str = ""


class Asker:
    """Answers questions from a library. ``model`` is called only where an answer is to be written."""

    def __init__(
        self, library: Library, model: Callable[[], Model | None], chosen: Settings, orders: Orders | None = None
    ) -> None:
        self._library = library
        self._orders = orders
        self._model = model
        self._settings = chosen
        self._prompt = prompts.load(_ASK)

    def ask(self, question: str, *, cancel: threading.Event | None = None) -> Answer:
        """Return the answer. Raises InputError for an empty or endless question, EngineError, Cancelled."""
        began = time.perf_counter()
        if not any(char.isalnum() for char in question):
            raise InputError("There is no question.", hint="Ask in your own words.")
        found = self._library.find(question, _LOOKED_AT)
        if not found.supported:
            return Answer(question, NOT_COVERED, supported=False, seconds=time.perf_counter() - began)
        passages = self._without_orders(found.passages)
        if not passages:
            return Answer(question, NOT_COVERED, supported=False, seconds=time.perf_counter() - began)
        model = self._model()
        written = self._written(model, question, passages[:_READ], cancel) if model else _Written()
        said, origin = list(written.said), Origin.MODEL
        if _words(" ".join(one.text for one in said)) < _FEWEST_WORDS:
            said, origin = self._quoted(question, passages[:_READ]), Origin.FALLBACK
        elif written.problem or written.left_out:
            origin = Origin.REPAIRED
        said = _within(said, self._disagreement(question, passages))
        text, order = _numbered(said)
        return Answer(
            question,
            text,
            supported=True,
            citations=tuple(self._cited(passages[at], at, said) for at in order),
            origin=origin,
            left_out=written.left_out,
            notice=written.notice,
            model=model.name if model else NO_MODEL,
            prompts=(self._prompt.label,) if model else (),
            usage=written.usage,
            seconds=time.perf_counter() - began,
        )

    def _without_orders(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return passages without what speaks to the software in an organisation's own; one of nothing else is gone."""
        if self._orders is None:
            return list(passages)
        read = [p if p.framework else replace(p, text=self._orders.left_out(p.text)) for p in passages]
        return [passage for passage in read if any(char.isalnum() for char in passage.text)]

    # A model's sentences.

    def _written(
        self, model: Model, question: str, passages: Sequence[Passage], cancel: threading.Event | None
    ) -> _Written:
        """Have the model answer; ask once more where it cites what it was not given or nothing holds."""
        given = self._that_fit(model, question, passages)
        usage, problem, best = Usage(), "", _Written()
        for _ in range(_TRIES):
            texts = [passage.text for passage in given]
            messages = self._prompt.render(question=question, passages=texts, problem=problem)
            request = Request(messages, label=self._prompt.label, max_tokens=_REPLY_TOKENS)
            try:
                reply = model.complete(request, cancel=cancel)
            except ModelError as error:  # the library's own words are still there
                return _Written(best.said, best.left_out, problem, usage, error.message)
            usage += reply.usage
            tried = self._checked(reply.text, given, cut=reply.cut)
            if len(tried.said) >= len(best.said):
                best = tried
            if not tried.problem:
                break
            problem = tried.problem
        return _Written(best.said, best.left_out, problem, usage)

    def _that_fit(self, model: Model, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """Return the passages that fit into the model's context beside the question; the best come first."""
        name = "embedded" if self._settings.model == "embedded" else model.name
        room = self._settings.context // max(1, self._settings.slots) - _REPLY_TOKENS - _FIXED_TOKENS
        fitting = fit(name, [question, *(passage.text for passage in passages)], room) - 1
        if fitting < 1:
            raise InputError("The question is too long to be answered.", hint="Ask for one thing at a time.")
        return list(passages[:fitting])

    def _checked(self, reply: str, given: Sequence[Passage], *, cut: bool) -> _Written:
        """Return the sentences of a reply that hold, and what was wrong with the rest."""
        said, left_out, problem = [], 0, ""
        parts = _parts(reply)
        if cut and parts:
            parts = parts[:-1]
        for text, numbers in parts:
            if any(not 1 <= number <= len(given) for number in numbers):
                problem = f"You named a passage that you were not given; there are only 1 to {len(given)}."
                left_out += 1
            elif sources := self._bearing_out(text, numbers or range(1, len(given) + 1), given):
                said.append(_Said(text, sources))
            else:
                left_out += 1
        if not said and not problem:
            problem = "Nothing in it stands in the passage that it names. Keep to the passages' own words."
        return _Written(tuple(said), left_out, problem)

    def _bearing_out(self, text: str, numbers: Sequence[int], given: Sequence[Passage]) -> tuple[int, ...]:
        """Return the places of those passages among ``numbers`` that say what a sentence says."""
        return tuple(number - 1 for number in dict.fromkeys(numbers) if self._bears_out(given[number - 1].text, text))

    def _bears_out(self, passage: str, text: str) -> bool:
        mine, theirs = set(stems(text)), set(stems(passage))
        if not mine or len(mine & theirs) < _SHARED * len(mine):
            return False
        if not set(_NUMBER.findall(text)) <= set(_NUMBER.findall(passage)):
            return False
        said = sentences(passage)
        alike = self._alike(text, said)
        closest = int(np.argmax(alike))
        return bool(alike[closest] >= _ALIKE) and not _turned(text, said[closest])

    # The library's own sentences.

    def _quoted(self, question: str, passages: Sequence[Passage]) -> list[_Said]:
        """Return the stretch of each passage that comes closest to a question, verbatim; the best gets most room."""
        picked: list[_Said] = []
        for place, (passage, most) in enumerate(zip(passages, _QUOTED, strict=False)):
            stretches = [one for one in _stretches(passage.text) if _words(one) <= most]
            if not stretches:
                continue
            alike = self._alike(question, stretches)
            if place == 0 or alike.max() >= _TO_THE_POINT:  # a second voice only where it speaks to the question
                picked.append(_Said(f"“{stretches[int(np.argmax(alike))]}”", (place,)))
        if picked and picked[0].sources == (0,):
            return picked
        opening = sentences(passages[0].text)[0]  # longer than an answer's share, and still the best there is
        return [_Said(f"“{opening}”", (0,))]

    def _disagreement(self, question: str, passages: Sequence[Passage]) -> list[_Said]:
        """Return what to say where two schools among the passages disagree: one sentence of each, verbatim.

        A document of an organisation is of no school.
        """
        of_schools = [at for at, passage in enumerate(passages) if passage.framework]
        for number, first in enumerate(of_schools):
            for other in of_schools[number + 1 :]:
                one, two = (self._library.framework(passages[at].framework) for at in (first, other))
                if two.id in one.disagrees_with or one.id in two.disagrees_with:
                    quotes = [self._short_quote(question, passages[at]) for at in (first, other)]
                    if all(quotes):
                        return [
                            _Said(f"Schools differ here. {one.title}: “{quotes[0]}”", (first,)),
                            _Said(f"{two.title}: “{quotes[1]}”", (other,)),
                        ]
        return []

    def _short_quote(self, question: str, passage: Passage) -> str:
        said = [one for one in sentences(passage.text) if _words(one) <= _SHORT_QUOTE]
        if not said:
            return ""
        alike = self._alike(question, said)
        return said[int(np.argmax(alike))] if alike.max() >= _TO_THE_POINT else ""

    def _cited(self, passage: Passage, place: int, said: Sequence[_Said]) -> Citation:
        """Return the citation of a passage with the words, verbatim, that the answer rests on most."""
        about = next(one.text for one in said if place in one.sources)
        quoted = about.partition("“")[2].rpartition("”")[0]
        if quoted and quoted in passage.text:
            return Citation(passage.id, passage.title, passage.source, quoted)
        return self._library.cite(passage.id, about)

    def _alike(self, text: str, said: Sequence[str]) -> NDArray[np.float32]:
        """Return how alike a text is to each of some sentences, 0 to 1."""
        if self._library.embed is not None:
            vectors = self._library.embed([text, *said])
            alike: NDArray[np.float32] = vectors[1:] @ vectors[0]
            return alike
        mine = set(stems(text))
        shared = [len(mine & set(stems(one))) / max(1, min(len(mine), len(set(stems(one))))) for one in said]
        return np.array(shared, dtype=np.float32)


def _parts(reply: str) -> list[tuple[str, tuple[int, ...]]]:
    """Cut a reply into sentences with the numbers that stand behind each."""
    parts: list[tuple[str, tuple[int, ...]]] = []
    for line in reply.splitlines():
        start = 0
        for marks in [*_MARKS.finditer(line), None]:
            said = sentences(line[start : marks.start() if marks else len(line)].strip(" -*•"))
            for text in said:
                if any(char.isalnum() for char in text):
                    parts.append((text if text[-1] in '.!?"”' else f"{text}.", ()))
            if marks and said and parts:
                numbers = tuple(int(n) for mark in _MARK.findall(marks[0]) for n in re.findall(r"\d+", mark))
                parts[-1] = (parts[-1][0], numbers)
            start = marks.end() if marks else len(line)
    return parts


def _stretches(text: str) -> list[str]:
    """Return every run of two or three whole sentences of a text, verbatim, and a text of one as it is."""
    said = sentences(text)
    starts = [text.index(one) for one in said]
    return [
        text[starts[first] : starts[last] + len(said[last])]
        for first in range(len(said))
        for last in range(first + 1, min(first + 3, len(said)))
    ] or said


def _within(said: list[_Said], more: list[_Said]) -> list[_Said]:
    """Return an answer with the disagreement at its end, cut to the words that an answer may have."""
    room = _MOST_WORDS
    kept: list[_Said] = []
    for one in said:
        room -= _words(one.text)
        if room >= 0 or not kept:
            kept.append(one)
    return [*kept, *more] if more and sum(_words(one.text) for one in more) <= room else kept


def _numbered(said: Sequence[_Said]) -> tuple[str, list[int]]:
    """Return the text with citations numbered as they appear, once behind a run of sentences, and their order."""
    order = list(dict.fromkeys(place for one in said for place in one.sources))
    pieces = []
    for sources, run in groupby(said, key=lambda one: one.sources):
        marks = "".join(f"[{order.index(place) + 1}]" for place in sources)
        pieces.append(f"{' '.join(one.text for one in run)} {marks}")
    return " ".join(pieces), order


def _words(text: str) -> int:
    return len(text.split())


def _turned(text: str, source: str) -> bool:
    """Tell whether ``text`` says the opposite: "promise nothing" must not become "promise".

    Who turns a sentence round keeps nearly all its words; there every negation counts, elsewhere whether there is any.
    """
    mine, theirs = set(stems(_NOT.sub(" ", text))), set(stems(_NOT.sub(" ", source)))
    if len(mine & theirs) >= _REPEATED * max(len(mine), len(theirs)):
        return len(_NOT.findall(text)) != len(_NOT.findall(source))
    return bool(_NOT.search(text)) != bool(_NOT.search(source))
