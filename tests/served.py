"""What the tests of the page share: the real coach over a scripted model, served on loopback, and one result.

The coach, the rules and the page are the product's own; only the model follows a script.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from assistant.coach import Coach
from assistant.domain import (
    Check,
    Citation,
    Fate,
    Kind,
    LedgerRow,
    Origin,
    Parts,
    Pattern,
    PatternName,
    Rewrite,
    Usage,
)
from assistant.models.llm import Scripted
from assistant.settings import Settings
from assistant.web import app as web

DRAFT = (
    "Sam, you're always late. On 3 May you joined the 9:00 stand-up at 9:20. "
    "We agreed on 3 March that everyone is there at 9. You clearly don't care."
)
# Each sentence here is about a third person, so each needs the model's words to speak to that person.
SIX_CLAUSES = (
    "On 3 May he joined the stand-up at 9:20. On 4 May he joined it at 9:25. On 5 May he left it at 9:05. "
    "On 6 May he joined it at 9:30. On 7 May he was not there. On 8 May he joined it at 9:15."
)


def spoken_to(call: object) -> str:
    """Script: turn the clause that was asked about from "he" into "you"."""
    last = str(call.messages[-1].content)
    clause = next((s for s in SIX_CLAUSES.split(". ") if s.strip(". ") in last), "He was there")
    return clause.strip(". ").replace(" he ", " you ").replace("was not", "were not") + "."


def slowly(seconds: float) -> Callable[[object], str]:
    """Script: the same, with a pause before each answer."""

    def answer(call: object) -> str:
        time.sleep(seconds)
        return spoken_to(call)

    return answer


class SlowToLoad(Scripted):
    """A scripted model that is not warm before the gate opens."""

    def __init__(self) -> None:
        super().__init__(spoken_to)
        self.gate = threading.Event()

    def warm(self, *_: object, **__: object) -> None:
        assert self.gate.wait(60)


def coach_with(script: object = spoken_to, **settings: object) -> Coach:
    """Return the real coach over a scripted model."""
    return Coach.open(Settings(**settings), Scripted(script))


@contextmanager
def own_home(folder: Path) -> Iterator[None]:
    """Keep what tests write away from a person's data folder, unless a home is given already."""
    given = os.environ.get("BENCHCOACH_HOME")
    os.environ["BENCHCOACH_HOME"] = given or str(folder)
    try:
        yield
    finally:
        if not given:
            del os.environ["BENCHCOACH_HOME"]


def set_up(home: Path) -> None:
    """Lend a home what `benchcoach setup` has made in the tests' own, so that a start takes seconds."""
    made = Path(os.environ.get("BENCHCOACH_HOME", "/nowhere"))
    for name in ("index", "vectors", "models"):
        if (made / name).exists():
            (home / name).symlink_to((made / name).resolve(), target_is_directory=True)


@contextmanager
def served(coach: Coach, *, shared: bool = False, stays: bool = False, **options: object) -> Iterator[str]:
    """Serve the page around a coach and yield its address. A shared model outlives the coach; one that stays, all."""
    listener = web.listen("127.0.0.1", 0)
    server = uvicorn.Server(web.server_config(web.build(coach, **options)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)
        listener.close()
        if not stays:
            (coach.library if shared else coach).close()


def _row(text: str, kind: Kind, fate: Fate, becomes: str, why: str) -> LedgerRow:
    at = DRAFT.index(text)
    return LedgerRow(text, at, at + len(text), kind, fate, becomes, why, Origin.DRAFT)


SAY = (
    "Sam, on 3 May you joined the 9:00 stand-up at 9:20. On 3 March we agreed that everyone is there at 9. "
    "What got in the way?"
)
REWRITE = Rewrite(
    id="r1",
    draft=DRAFT,
    message=f"Hi Sam,\n\n{SAY}\n\nCan we talk about it on [day]?",
    say=SAY,
    after_they_answer="Can you be there at 9:00 from Monday on? Let's look at it again on [date].",
    topics=("stand-up",),
    parts=Parts(),
    ledger=(
        _row("Sam, you're always late.", Kind.GENERALIZATION, Fate.DROPPED, "", "One exception answers it."),
        _row(
            "On 3 May you joined the 9:00 stand-up at 9:20.",
            Kind.OBSERVATION,
            Fate.KEPT,
            "On 3 May you joined the 9:00 stand-up at 9:20.",
            "It can be seen and dated.",
        ),
        _row(
            "We agreed on 3 March that everyone is there at 9.",
            Kind.STANDARD,
            Fate.KEPT,
            "On 3 March we agreed that everyone is there at 9.",
            "",
        ),
        _row("You clearly don't care.", Kind.MIND_READING, Fate.DROPPED, "", "Nobody can see a motive."),
    ),
    questions=("What was the effect on the team?",),
    findings=(),
    pattern=Pattern(PatternName.ABDICATION, ("You clearly don't care",), "Say the standard, then ask."),
    route=None,
    notices=("Mostly not your own words: read it aloud, make it yours.",),
    citations=(Citation("sbi#behaviour", "SBI: Behaviour", "House notes", "Name what a camera would have seen."),),
    checks=(Check("All facts kept", True, "3 May, 9:00, 9:20, 3 March"), Check("Nothing invented", True)),
    edit_share=0.41,
    origin=Origin.MODEL,
    model="scripted",
    prompts=("reword@1+00000000",),
    usage=Usage(4, 900, 800, 120),
    seconds=4.2,
)
