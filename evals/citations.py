"""``python -m evals.citations``: does the passage that an answer cites say what the sentence before the number says?

Puts the library's questions to the model of the settings and reads each answer sentence by sentence. Whether a passage
bears a sentence out is decided here, by code that shares nothing with the product's own check: words that stand in
quotation marks have to be in the passage, and of what is told in other words the passage has to hold the numbers and
most of the content, and may not say the opposite. A sentence that was turned round completely needs a reader.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, Final

from evals.library_text import flat, passages
from evals.statements import stated
from evals.statistics import Share, share
from evals.text import sentences, stem, words
from evals.words import FUNCTION

Json = dict[str, Any]

HELD: Final = 0.6
"""The share of a sentence's content words that a passage which bears it out holds."""
_MARKS: Final = re.compile(r"((?:\s*\[\d+\])+)")
_QUOTED: Final = re.compile(r"“([^”]+)”")
_LED_IN: Final = re.compile(r"^(?:Schools differ here\. )?[^“”.]{0,80}:?\s*(?=“)")
_NOT: Final = re.compile(r"\b(?:not|never|no|nobody|nothing|none|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_SEED: Final = 5


def cited(answer: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return each sentence of an answer with the numbers that stand behind it, or behind the run it belongs to."""
    parts = _MARKS.split(answer)
    found: list[tuple[str, tuple[int, ...]]] = []
    for said, marks in zip(parts[::2], [*parts[1::2], ""], strict=True):
        numbers = tuple(int(n) for n in re.findall(r"\d+", marks))
        whole = [said.strip()] if _QUOTED.search(said) else sentences(said)
        found += [(one, numbers) for one in whole if any(char.isalpha() for char in one)]
    return found


def borne_out(sentence: str, passage: str) -> bool:
    """Whether a passage says what a sentence says."""
    source = flat(passage)
    quotes = _QUOTED.findall(sentence)
    if quotes:
        rest = _QUOTED.sub("", _LED_IN.sub("", sentence))
        return all(flat(quote) in source for quote in quotes) and (not _content(rest) or borne_out(rest, passage))
    content = _content(sentence)
    if not content or len(content & _content(source)) < HELD * len(content):
        return False
    said, known = stated(sentence), stated(source, generous=True)
    if not said.numbers <= known.numbers | {float(n) for n in re.findall(r"\d+", source)}:
        return False
    return not _turned(sentence, source)


def judged(answer: Mapping[str, Any]) -> list[Json]:
    """Return each sentence of an answer and whether one of the passages it cites bears it out."""
    texts = [passages().get(one["id"], "") for one in answer["citations"]]
    return [
        {
            "sentence": said,
            "cites": [answer["citations"][n - 1]["id"] for n in numbers if 0 < n <= len(texts)],
            "borne_out": any(0 < n <= len(texts) and borne_out(said, texts[n - 1]) for n in numbers),
        }
        for said, numbers in cited(answer["answer"])
    ]


def figures(rows: Sequence[Json]) -> Json:
    """Return the figures of a run: shares with their intervals, whose words the answers are, and the time."""
    told = [one for row in rows for one in row["sentences"]]
    quotes = [flat(q["quote"]) in passages().get(q["id"], "") for row in rows for q in row["citations"]]
    return {
        "questions": len(rows),
        "answered": asdict(share(sum(row["supported"] for row in rows), len(rows))),
        "sentences_borne_out": asdict(share(sum(one["borne_out"] for one in told), len(told))),
        "quotes_verbatim": asdict(share(sum(quotes), len(quotes))),
        "origins": dict(Counter(row["origin"] for row in rows)),
        "seconds": median(row["seconds"] for row in rows) if rows else 0.0,
    }


def text(facts: Json) -> str:
    """Return the figures for a terminal."""
    origins = ", ".join(f"{name} {n}" for name, n in sorted(facts["origins"].items()))
    return "\n".join(
        [
            f"{facts['questions']} questions, answered: {Share(**facts['answered'])}",
            f"sentences that a cited passage bears out: {Share(**facts['sentences_borne_out'])}",
            f"quotations that are verbatim: {Share(**facts['quotes_verbatim'])}",
            f"whose words: {origins}; median {facts['seconds']:.1f} s",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, judge, print the figures, and write them beside every answer."""
    from assistant import settings
    from assistant.coach import Coach
    from assistant.formats.render import dumps
    from evals.knowledge import read_rows

    options = _parser().parse_args(arguments)
    asked = [row for row in read_rows(options.split) if row["answered_by"]]
    random.Random(_SEED).shuffle(asked)  # noqa: S311 - a sample, no secret
    coach = Coach.open(settings.load(**({"model": options.model} if options.model else {})))
    rows: list[Json] = []
    try:
        for row in asked[: options.limit]:
            answer = json.loads(dumps(coach.ask(row["question"])))
            rows.append({**answer, "id": row["id"], "sentences": judged(answer)})
            if options.verbose:
                print(f"\n{row['id']} {row['question']}\n{answer['answer']}", flush=True)
    finally:
        coach.close()
    facts = figures(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = {"model": coach.model_name, **facts}
    if options.split != "test":  # what was answered there is not for tuning
        kept["rows"] = rows
    (options.out / f"citations-{options.split}.json").write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    print(text(facts))
    return 0


def _turned(sentence: str, source: str) -> bool:
    """Whether a sentence repeats one of its source with a "not" more or less."""
    mine = _content(_NOT.sub(" ", sentence))
    twins = [
        (len(mine & theirs) / len(mine | theirs), one)
        for one in sentences(source)
        if (theirs := _content(_NOT.sub(" ", one)))
    ]
    nearest, twin = max(twins, default=(0.0, ""))
    return nearest >= HELD and len(_NOT.findall(sentence)) != len(_NOT.findall(twin))


def _content(text: str) -> set[str]:
    return {stem(word) for word in words(text) if word.casefold() not in FUNCTION and not word.isdigit()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.citations", description="Do citations bear answers out?")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    parser.add_argument("--limit", type=int, default=50, help="questions that are asked")
    parser.add_argument("--model", help="another model than that of the settings, or none")
    parser.add_argument("--out", type=Path, default=Path("logs/evals"), help="folder for the figures")
    parser.add_argument("--verbose", action="store_true", help="print every answer")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
