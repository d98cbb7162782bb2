"""A coach for tests of the page alone: canned values, no model. Real rules where the linter is asked.

It keeps the coach's interface and its manners: rows come one by one, a cancel is obeyed,
an error is one of ours.
"""

import threading
import time
from dataclasses import dataclass, field, replace

from assistant.domain import (
    Category,
    Check,
    Citation,
    Fate,
    Finding,
    Kind,
    LedgerRow,
    Origin,
    Parts,
    Pattern,
    PatternName,
    Reading,
    Rewrite,
    Usage,
)
from assistant.errors import Cancelled

DRAFT = (
    "Sam, you're always late. On 3 May you joined the 9:00 stand-up at 9:20, and Priya had to run it "
    "without your update. We agreed on 3 March that everyone is there at 9. You clearly don't care."
)
SAY = (
    "Sam, on 3 May you joined the 9:00 stand-up at 9:20. Priya ran it without your update. On 3 March "
    "we agreed that everyone is there at 9. What got in the way?"
)


@dataclass(frozen=True)
class CannedProgress:
    stage: str
    done: int
    total: int
    row: LedgerRow | None = None


@dataclass
class CannedCoach:
    """Cuts at sentence ends, keeps what holds a digit, and leaves the rest out."""

    place: str = "this machine"
    model_name: str = "canned"
    frameworks: list[tuple[str, str]] = field(
        default_factory=lambda: [("sbi", "Situation, Behaviour, Impact"), ("coin", "Context, Observation, Impact, Next")]
    )
    pause: float = 0.0
    fails_with: Exception | None = None
    changes: dict[str, object] = field(default_factory=dict)
    warm_gate: threading.Event | None = None
    warm_error: Exception | None = None
    asked: list[tuple[str, str, object]] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def warm(self) -> None:
        if self.warm_gate:
            self.warm_gate.wait(30)
        if self.warm_error:
            raise self.warm_error

    def close(self) -> None:
        pass

    def check(self, text: str) -> Reading:
        wanted = {
            "always late": (Category.GENERALIZATION, "\"Always\" invites a search for the one exception."),
            "don't care": (Category.MIND_READING, "Nobody can see what another person cares about."),
            "lazy": (Category.LABEL, "A label is about the person; what was done is not said."),
        }
        found = [
            Finding(at, at + len(words), words, category, f"{category}-1", why, "Say what you saw, and when.")
            for words, (category, why) in wanted.items()
            if (at := text.find(words)) >= 0
        ]
        return Reading(findings=tuple(found))

    def rewriting(self, draft, *, framework="sbi", tone="plain", cancel=None):
        self.asked.append((framework, tone, draft.context))
        rows = list(self._rows(draft.text))
        for number, row in enumerate(rows, 1):
            waited = time.monotonic() + self.pause
            while time.monotonic() < waited or (cancel and cancel.is_set()):
                if cancel and cancel.is_set():
                    self.cancelled.set()
                    raise Cancelled("Stopped.")
                time.sleep(0.01)
            if self.fails_with and number == 2:
                raise self.fails_with
            yield CannedProgress("clauses", number, len(rows), row)
        yield replace(self._rewrite(draft, rows, tone), **self.changes)

    def _rows(self, text: str):
        start = 0
        for piece in text.split(". "):
            end = min(start + len(piece) + 1, len(text))
            fact = any(c.isdigit() for c in piece)
            words = text[start:end]
            yield LedgerRow(
                words,
                start,
                end,
                Kind.OBSERVATION if fact else Kind.JUDGMENT,
                Fate.KEPT if fact else Fate.DROPPED,
                words.strip() if fact else "",
                "This can be seen and dated." if fact else "An opinion about the person.",
                Origin.DRAFT if fact else Origin.MODEL,
            )
            start = end + 1

    def _rewrite(self, draft, rows, tone) -> Rewrite:
        facts = " ".join(row.becomes for row in rows if row.becomes)
        own = draft.text == DRAFT
        said = SAY if own else facts
        return Rewrite(
            id="r1",
            draft=draft.text,
            message=f"Hi Sam,\n\n{said}\n\nCan we talk about it on [day]?" if own else facts,
            say={"softer": "Have you a minute? " + said, "firmer": said + " I need you there at 9."}.get(tone, said),
            after_they_answer="From Monday on, can you be there at 9:00? Let's look at it again on [date].",
            topics=("stand-up",),
            parts=Parts(),
            ledger=tuple(rows),
            questions=("What was the effect on the team?",),
            findings=self.check(draft.text).findings,
            pattern=Pattern(PatternName.ABDICATION, ("You clearly don't care",), "Say the standard, then ask."),
            route=None,
            notices=("Mostly not your own words: read it aloud, make it yours.",),
            citations=(
                Citation(
                    "sbi#behaviour",
                    "Situation, Behaviour, Impact: behaviour",
                    "Benchcoach house notes",
                    "Name what a camera would have seen.",
                ),
            ),
            checks=(
                Check("Every fact is kept", True, "3 May, 9:00, 9:20, 3 March"),
                Check("Nothing is invented", True),
                Check("Addressed to the person", True),
            ),
            edit_share=0.41,
            origin=Origin.MODEL,
            model="canned",
            prompts=("rewrite@1+00000000",),
            usage=Usage(4, 900, 800, 120),
            seconds=4.2,
        )
