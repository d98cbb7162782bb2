"""A debrief as Markdown: for the terminal, a download or a printer. Knows the values, decides nothing.

No number greets the manager: the score stands in the JSON alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.formats.render import printable
from assistant.practising.change import Change
from assistant.scene import Conversation, Debrief, Rung, Speaker, Turn, Verdict

_LEANS = ((-1.01, -0.6, "vanishing"), (-0.6, -0.2, "towards vanishing"), (0.2, 0.6, "towards taking over"))
CONVERSATIONS: Final = {
    Conversation.CONTENT: "About this one event: what happened, and what is expected.",
    Conversation.PATTERN: "About the pattern: not the event again, but that it keeps coming back.",
    Conversation.RELATIONSHIP: "About working together: what its return does to the trust between you.",
}
RUNGS: Final = {
    Rung.NOTICE: "On the ladder: notice it, early and small.",
    Rung.PATTERN: "On the ladder: name the pattern.",
    Rung.AGREEMENT: "On the ladder: make an agreement with an owner, a day and a check.",
    Rung.FORMAL_EXPECTATION: "On the ladder: state the expectation formally, in writing.",
    Rung.CONSEQUENCE: "On the ladder: the consequence that was announced.",
}


def markdown(debrief: Debrief, turns: Sequence[Turn], title: str = "Debrief") -> str:
    """Return the whole debrief as Markdown."""
    blocks = [f"# {title}", *_opening(debrief)]
    blocks += _verdicts("What to change", debrief.failed)
    blocks += _verdicts("What worked", debrief.said_well)
    blocks += _verdicts("What you kept out of it", debrief.kept_out)
    if debrief.turning_points:
        points = [f"- Turn {p.turn}: “{p.quote.text}” {p.says}" for p in debrief.turning_points]
        blocks += ["## Where it turned", "\n".join(points)]
    if leans := _leans(debrief, turns):
        blocks += ["## Taking over, or vanishing", "\n".join(leans)]
    if debrief.concern:
        blocks += ["## What was behind it", debrief.concern]
    if debrief.next_time:
        blocks += ["## One thing to try next", debrief.next_time]
    if debrief.conversation and debrief.rung:
        blocks += [
            "## Which conversation it should have been",
            CONVERSATIONS[debrief.conversation],
            RUNGS[debrief.rung],
        ]
    if undecided := [v for v in debrief.criteria if v.met is None]:
        blocks += ["## Not decided by this conversation", "\n".join(f"- {v.asks}" for v in undecided)]
    if debrief.citations:
        sources = [f"- {c.title} ({c.source}): “{c.quote}” [{c.id}]" for c in debrief.citations]
        blocks += ["## Sources", "\n".join(sources)]
    return printable("\n\n".join(blocks)) + "\n"


def changed(change: Change) -> str:
    """Return two conversations side by side, as Markdown: in how many lines each observable move was made."""
    blocks = ["## What changed in your lines since the earlier conversation"]
    for sought, heading in ((True, "What opens a conversation"), (False, "What closes one")):
        rows = [
            f"| {row.move.value.replace('_', ' ')} | {row.before} of {change.lines_before} | "
            f"{row.after} of {change.lines_after} |"
            for row in change.moves
            if row.sought is sought
        ]
        if rows:
            blocks.append("\n".join([f"| {heading} | before | now |", "|---|---|---|", *rows]))
    return printable("\n\n".join(blocks)) + "\n"


def conversation(turns: Sequence[Turn], name: str = "Employee") -> str:
    """Return a conversation as Markdown, each turn with its number."""
    who = {Speaker.MANAGER: "You", Speaker.EMPLOYEE: name}
    return printable("\n\n".join(f"**{at} {who[turn.speaker]}:** {turn.text}" for at, turn in enumerate(turns))) + "\n"


def _opening(debrief: Debrief) -> list[str]:
    blocks = []
    if debrief.worked:
        blocks.append(f"This line worked: “{debrief.worked}”")
    if debrief.cost:
        blocks.append(f"This line cost you: “{debrief.cost}”")
    if debrief.again_from is not None:
        blocks.append(f"Try again from turn {debrief.again_from}.")
    return blocks


def _verdicts(heading: str, verdicts: Sequence[Verdict]) -> list[str]:
    if not verdicts:
        return []
    lines = []
    for verdict in verdicts:
        line = f"- {verdict.asks} {verdict.why}".rstrip()
        if verdict.better:
            line += f"\n  Try: “{verdict.better}”"
        lines.append(line)
    return [f"## {heading}", "\n".join(lines)]


def _leans(debrief: Debrief, turns: Sequence[Turn]) -> list[str]:
    own = [at for at, turn in enumerate(turns) if turn.speaker is Speaker.MANAGER]
    return [
        f"- Turn {at}: {_lean(lean)}" for at, lean in zip(own, debrief.lean, strict=False) if _lean(lean) != "neither"
    ]


def _lean(lean: float) -> str:
    if lean >= 0.6:
        return "taking over"
    return next((words for low, high, words in _LEANS if low <= lean <= high), "neither")
