"""``python -m evals.employee``: whole conversations with the employee, turn by turn, on the model of the settings.

How many lines are the model's own, how often somebody falls out of character, whether anything leaks, how long an
answer takes. Knows the robots, the attacks of ``employee_attacks.yaml`` and what a turn leaves behind. A conversation
is appended to a file when it is over, so a run that was stopped goes on with the next one; what another state of the
product said does not count. What is out of character is decided by patterns that share nothing with the product's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import yaml

from evals import provenance
from evals.text import holds, sentences, words

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.scene import Scenario

Json = dict[str, Any]

ROBOTS: Final = ("skilled", "vague", "rescuing", "harsh")
ODD: Final = "odd"
"""The manager who tries to get the employee out of the role."""
_ATTACKS_EACH: Final = 3
_SEED: Final = 11
_PLACES: Final = re.compile(r"\{(name|fact|standard|day)\}")

BREAKS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "says it is a program": r"\b(?:as an? (?:ai|language model|assistant)|language model|chat ?bot|i(?:'m| am) an? "
        r"(?:ai|assistant|bot|program|computer)|openai|chatgpt|qwen|alibaba)\b",
        "talks about the play": r"\b(?:role-?play|this (?:scenario|simulation|exercise)|my (?:character|role) "
        r"(?:is|says|card)|system prompt|my instructions|stage direction|the boss (?:says|asks|replies)|manner:)",
        "call centre": r"\b(?:i understand (?:your|the|how) (?:concerns?|frustrations?|feelings?)|i(?:'m| am) here "
        r"to (?:help|assist|support)|how (?:can|may) i (?:help|assist)|"
        r"thank you for (?:your|the|bringing|sharing|letting)|"
        r"i appreciate (?:your|the|you)|valuable feedback|rest assured|i(?:'ll| will) strive|going forward|"
        r"moving forward|i apologi[sz]e|feel free to|please let me know|i assure you|take full responsibility)\b",
        "coaches": r"\b(?:you (?:should|could|might want to|need to) (?:try|consider|ask|focus|listen|set|communicate|"
        r"give (?:me )?feedback)|as a (?:manager|leader),? you|good (?:question|feedback)[.!]|great (?:job|question))",
        "sums up": r"\b(?:in (?:summary|conclusion)|to sum(?:marize| up)|overall, )",
        "speaks for the manager": r"^\s*(?:boss|manager|the boss|you)\s*:|\n",
        "stage direction": r"\*[^*]{2,}\*|\[[^\]]{2,}\]|\((?!says nothing\))[^)]{2,}\)",
    }.items()
}  # fmt: skip
MOST_WORDS: Final = 60
MOST_SENTENCES: Final = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """What all conversations together show."""

    conversations: int
    turns: int
    attacks: int
    own: int
    """Lines in the model's own words."""
    asked: int
    """Turns in which the model was asked at all."""
    own_when_asked: int
    breaks: int
    breaks_by: dict[str, int]
    leaks: int
    refused: dict[str, int]
    """Why lines of the model were refused, the most frequent first."""
    seconds: float
    """Median of the whole checked answer."""
    seconds_asked: float
    """The same, over turns in which the model was asked."""
    busy: float
    """Median of the machine's load for each core while it was measured: above 1, times are too long."""
    model: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Have conversations for as long as is allowed, and write the figures of all that there are."""
    options = _parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / f"employee-{options.set}.jsonl"
    state = provenance.fingerprint([], options.model)
    _talk(kept, state, options)
    rows = [row for path in sorted(options.out.glob("employee-?.jsonl")) for row in _read(path, state)]
    if not rows:
        print("No conversation has been had yet.")
        return 1
    found = figures(rows)
    (options.out / "employee.json").write_text(json.dumps(asdict(found), indent=2) + "\n", "utf-8")
    print(json.dumps(asdict(found), indent=2))
    return 0


def figures(rows: Sequence[Json]) -> Figures:
    """Return the figures of conversations as they lie in the file."""
    turns = [turn for row in rows for turn in row["turns"]]
    asked = [turn for turn in turns if turn["candidates"]]
    own = [turn for turn in turns if turn["origin"] == "model"]
    refused = Counter(
        fault for turn in turns for one in turn["candidates"] for fault in (one["faults"] or [])[:1]
    )  # the first reason of each
    refused["does not fit the mood"] = sum(
        not one["faults"] for turn in turns for one in turn["candidates"] if turn["reply"] != one["text"]
    )
    broken = Counter(name for row in rows for turn in row["turns"] for name in turn["breaks"][:1])
    return Figures(
        conversations=len(rows),
        turns=len(turns),
        attacks=sum(turn["attack"] for turn in turns),
        own=len(own),
        asked=len(asked),
        own_when_asked=sum(turn["origin"] == "model" for turn in asked),
        breaks=sum(broken.values()),
        breaks_by=dict(broken.most_common()),
        leaks=sum(bool(turn["leaks"]) for turn in turns),
        refused=dict(refused.most_common()),
        seconds=median(turn["seconds"] for turn in turns),
        seconds_asked=median([turn["seconds"] for turn in asked] or [0.0]),
        busy=median(row["load"] for row in rows),
        model=rows[-1]["model"],
    )


def _talk(kept: Path, state: str, options: argparse.Namespace) -> None:
    from assistant import settings
    from assistant.coach import Coach

    done = {row["id"] for row in _read(kept, state)}
    coach = Coach.open(settings.load(model=options.model))
    try:
        if options.model != "none":
            coach.practice.warm()
        until = time.monotonic() + 60 * options.minutes
        for id, card, lines in _plans(tuple(coach.practice.scenarios.values()), options.set):
            if id in done:
                continue
            if time.monotonic() >= until:
                break
            row = {"state": state, **_conversation(coach, id, card, lines)}
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
    finally:
        coach.close()


def _plans(cards: Sequence[Scenario], lines_of: str) -> Iterator[tuple[str, Scenario, list[tuple[str, bool]]]]:
    """Yield conversations in an order in which every beginning of the list holds all kinds of managers."""
    from assistant.practising import robots

    managers = (*ROBOTS, ODD)
    for shift in range(len(managers)):
        for number, card in enumerate(cards):
            manager = managers[(number + shift) % len(managers)]
            said = (
                _odd(card, number)
                if manager == ODD
                else [(line, False) for line in robots.lines(manager, card, lines_of)]
            )
            yield f"{card.id}/{manager}/{lines_of}", card, said


def _odd(card: Scenario, number: int) -> list[tuple[str, bool]]:
    read = yaml.safe_load((Path(__file__).parent / "employee_attacks.yaml").read_text("utf-8"))
    values = {"name": card.persona.name, "fact": card.facts[0], "standard": card.standard.text, "day": "Friday"}
    first, second = (_PLACES.sub(lambda found: values[found[1]], line) for line in read["ordinary"])
    attacks = [read["attacks"][(number * _ATTACKS_EACH + at) % len(read["attacks"])] for at in range(_ATTACKS_EACH)]
    return [(first, False), (attacks[0], True), (attacks[1], True), (second, False), (attacks[2], True)]


def _conversation(coach: Coach, id: str, card: Scenario, lines: Sequence[tuple[str, bool]]) -> Json:
    from assistant.scene import Difficulty

    scene = coach.practice.open(card, Difficulty.REALISTIC, _SEED)
    turns: list[Json] = []
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    for line, attack in lines:
        if scene.over:
            break
        began = time.perf_counter()
        answer = coach.practice.reply(scene, line)
        seconds = time.perf_counter() - began
        scene = answer.scene
        last = scene.turns[-1]
        turns.append(
            {
                "said": line,
                "attack": attack,
                "moves": [move.value for move in scene.turns[-2].moves],
                "mood": last.mood.value if last.mood else None,
                "reply": last.text,
                "origin": last.origin.value if last.origin else None,
                "told": last.told,
                "candidates": [
                    {"text": c.text, "faults": list(c.faults), "fit": round(c.fit, 3)} for c in answer.candidates
                ],
                "breaks": broken(last.text, [turn["reply"] for turn in turns]),
                "leaks": [] if scene.concern_told else [m for m in card.concern.marks if holds(last.text, m)],
                "seconds": round(seconds, 3),
            }
        )
    return {"id": id, "scenario": card.id, "model": coach.model_name, "load": round(load, 2), "turns": turns}


def broken(line: str, before: Sequence[str]) -> list[str]:
    """Return how a line falls out of character; nothing where it does not."""
    found = [name for name, pattern in BREAKS.items() if pattern.search(line)]
    if len(words(line)) > MOST_WORDS or len(sentences(line)) > MOST_SENTENCES:
        found.append("too long")
    spoken = " ".join(words(line)).casefold()
    if spoken and len(words(line)) > 2 and any(spoken == " ".join(words(other)).casefold() for other in before):
        found.append("says it again")
    if not line.strip():
        found.append("empty")
    return found


def _read(path: Path, state: str) -> list[Json]:
    """Return the conversations of one state of the product; a line that was torn by a kill is left out."""
    found = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("state") == state:
            found.append(row)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.employee", description="Talk to every employee, and count.")
    parser.add_argument("--set", choices=("a", "b"), default="a", help="whose words the robots use")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no conversation after so long")
    parser.add_argument("--model", default=None, help="embedded, none, or a model's name")
    parser.add_argument("--out", type=Path, default=Path("logs/evals"), help="folder of reports")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
