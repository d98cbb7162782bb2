"""``python -m evals.knowledge``: how well the library is searched, and what its answers cite. Needs no model.

Each question of ``knowledge_v1.jsonl`` and those after it names every passage that answers it; an off-subject one names
none and has to be refused. The same run measures search by words alone, by meaning alone, and both fused by their
ranks, so that none has to be taken on trust. Also an inspect_ai task:
``inspect eval evals/knowledge.py --model none``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.scorer import mean as average
from inspect_ai.solver import Generate, Solver, TaskState, solver

from assistant.errors import InputError
from evals.statistics import Share, share

if TYPE_CHECKING:
    from assistant.library.knowledge import Library

DATASETS = tuple(Path(__file__).parent / "datasets" / f"knowledge_v{n}.jsonl" for n in (1, 2, 3))
CLASSES = ("natural", "paraphrase", "typo", "no_shared_word")
OFF = "off_subject"
DEEP = 50
K = 5

Row = Mapping[str, Any]
Search = Callable[[str], list[str]]


def read_rows(split: str, paths: Sequence[Path] = DATASETS) -> list[dict[str, Any]]:
    """Return the questions of one split, in the files' order."""
    chosen: list[dict[str, Any]] = []
    for path in paths:
        try:
            rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
            chosen += [row for row in rows if row["split"] == split and row["question"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path.name} is no data set of questions.", detail=str(error)) from error
    if not chosen:
        raise InputError(f"{' and '.join(path.name for path in paths)} has no rows of the split {split}.")
    return chosen


def rank(ids: Sequence[str], right: Sequence[str]) -> int:
    """Return the place of the first right id, counted from 1; 0 where there is none."""
    return next((place for place, id_ in enumerate(ids, 1) if id_ in right), 0)


def by_ranks(*found: Sequence[str]) -> list[str]:
    """Return ids in the order of their reciprocal ranks in several lists, summed (Cormack, Clarke, Büttcher, 2009)."""
    total: dict[str, float] = {}
    for ids in found:
        for place, id_ in enumerate(ids, 1):
            total[id_] = total.get(id_, 0.0) + 1 / (60 + place)
    return sorted(total, key=lambda id_: -total[id_])


# The task for inspect_ai.


@task
def knowledge(split: str = "dev", data: str = "") -> Task:
    """Search the library for every question of ``split``."""
    from assistant.library.knowledge import Library

    return build(read_rows(split, [Path(data)] if data else DATASETS), Library.load())


def build(rows: Sequence[Row], library: Library) -> Task:
    """Return the task of finding passages for ``rows`` in ``library``."""
    samples = [
        Sample(id=row["id"], input=row["question"], target=row["answered_by"] or [OFF], metadata=dict(row))
        for row in rows
    ]
    return Task(
        dataset=MemoryDataset(samples),
        solver=look_up(library),
        scorer=[recall_at_5(), reciprocal_rank(), rightly_refused()],
        name="knowledge",
    )


@solver
def look_up(library: Library) -> Solver:
    """Put the ids found, and whether the library says that it covers the question, into the store."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        found = library.find(state.input_text, DEEP)
        state.store.set("ids", [passage.id for passage in found.passages])
        state.store.set("supported", found.supported)
        return state

    return solve


@scorer(metrics=[accuracy()])
def recall_at_5() -> Scorer:
    """Whether a right passage is among the first five; off-subject questions have none and count as found."""

    async def score(state: TaskState, target: Target) -> Score:
        place = rank(state.store.get("ids"), list(target))
        return Score(value=bool(0 < place <= K) or list(target) == [OFF])

    return score


@scorer(metrics=[average()])
def reciprocal_rank() -> Scorer:
    """One over the place of the first right passage; 1 for an off-subject question."""

    async def score(state: TaskState, target: Target) -> Score:
        place = rank(state.store.get("ids"), list(target))
        return Score(value=1.0 if list(target) == [OFF] else (1 / place if place else 0.0))

    return score


@scorer(metrics=[accuracy()])
def rightly_refused() -> Scorer:
    """Whether off-subject questions are refused and the others are not."""

    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=state.store.get("supported") == (list(target) != [OFF]))

    return score


# The report.


def measure(library: Library, rows: Sequence[Row], answers: int | None = None) -> dict[str, Any]:
    """Return every figure for ``rows``: by class, beside words alone and meaning alone, with intervals.

    ``answers``: how many questions are answered to look at the quotes; all of them by default.
    """
    good = [row for row in rows if row["answered_by"]]
    ways: dict[str, Search] = {
        "both": lambda question: [passage.id for passage in library.search(question, DEEP)],
        "words": lambda question: library.by_words(question, DEEP),
        "meaning": lambda question: library.by_meaning(question, DEEP),
        "ranks": lambda question: by_ranks(library.by_words(question, DEEP), library.by_meaning(question, DEEP)),
    }
    began = [time.perf_counter()]
    for row in rows:
        library.search(row["question"], K)
        began.append(time.perf_counter())
    refused = {row["id"]: not library.fits(row["question"]) for row in rows}
    return {
        "questions": len(rows),
        "passages": sum(len(framework.passages) for framework in library.frameworks),
        "classes": {
            name: {way: _found([r for r in good if r["class"] == name], search) for way, search in ways.items()}
            for name in CLASSES
        },
        "all": {way: _found(good, search) for way, search in ways.items()},
        "off_subject_refused": asdict(_share([refused[r["id"]] for r in rows if not r["answered_by"]])),
        "good_refused": asdict(_share([refused[r["id"]] for r in good])),
        "search_ms": median(1000 * (after - before) for before, after in pairwise(began)),
        "tokens": _tokens(library, good),
        "citations": _citations(library, good[:answers]),
    }


def _found(rows: Sequence[Row], search: Search) -> dict[str, Any]:
    places = [rank(search(row["question"]), row["answered_by"]) for row in rows]
    return {
        "first": asdict(_share([place == 1 for place in places])),
        "recall_at_5": asdict(_share([0 < place <= K for place in places])),
        "mrr": mean(1 / place if place else 0.0 for place in places) if places else 0.0,
        "missed": [row["id"] for row, place in zip(rows, places, strict=True) if not 0 < place <= K],
    }


def _share(hits: Sequence[bool]) -> Share:
    return share(sum(hits), len(hits))


def _tokens(library: Library, rows: Sequence[Row]) -> dict[str, float]:
    """Return what a model has to read: the five passages found, or the whole library."""
    from assistant.models.tokens import count_tokens

    whole = sum(count_tokens("embedded", p.text) for f in library.frameworks for p in f.passages)
    found = [
        sum(count_tokens("embedded", passage.text) for passage in library.search(row["question"], K)) for row in rows
    ]
    return {"whole_library": whole, "five_passages": median(found) if found else 0}


def _citations(library: Library, rows: Sequence[Row]) -> dict[str, Any]:
    """Return how many quotes of the answers without a model are verbatim, and of a passage that answers."""
    from assistant.library.ask import Asker
    from assistant.settings import Settings

    asker = Asker(library, lambda: None, Settings(model="none"))
    verbatim, right = [], []
    for row in rows:
        for citation in asker.ask(row["question"]).citations:
            verbatim.append(citation.quote in library.passage(citation.id).text)
            right.append(citation.id in row["answered_by"])
    return {"verbatim": asdict(_share(verbatim)), "of_a_right_passage": asdict(_share(right))}


def text(facts: Mapping[str, Any], title: str) -> str:
    """Return the figures as a table for a terminal."""
    lines = [f"{title}: {facts['questions']} questions, {facts['passages']} passages"]
    lines.append(f"{'':<16}{'way':<10}{'first':>8}{'recall@5':>10}{'plausibly':>14}{'MRR':>7}{'n':>5}")
    for name, found in [*facts["classes"].items(), ("all", facts["all"])]:
        for way, figures in found.items():
            five = figures["recall_at_5"]
            span = f"{five['low']:.2f} to {five['high']:.2f}"
            first = figures["first"]["value"]
            lines.append(f"{name:<16}{way:<10}{first:>8.2f}{five['value']:>10.3f}{span:>14}"
                         f"{figures['mrr']:>7.3f}{five['n']:>5}")  # fmt: skip
    for key, words in (("off_subject_refused", "off the subject, refused"), ("good_refused", "good ones refused")):
        lines.append(f"{words}: {Share(**facts[key])}")
    quotes = facts["citations"]
    lines.append(f"quotes that are verbatim: {Share(**quotes['verbatim'])}")
    lines.append(f"quotes of a passage that answers: {Share(**quotes['of_a_right_passage'])}")
    lines.append(f"search, median: {facts['search_ms']:.1f} ms")
    lines.append(f"tokens: {facts['tokens']['five_passages']:.0f} for five passages, "
                 f"{facts['tokens']['whole_library']:,} for the whole library")  # fmt: skip
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one split, print the table and write the figures."""
    from assistant.library.knowledge import Library

    parser = argparse.ArgumentParser(prog="python -m evals.knowledge", description="Measure search and citations.")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    parser.add_argument("--data", type=Path, nargs="+", default=DATASETS, help="other files of questions")
    parser.add_argument("--out", type=Path, default=Path("logs/evals"), help="folder for the figures")
    options = parser.parse_args(arguments)
    library = Library.load()
    try:
        facts = measure(library, read_rows(options.split, options.data))
    finally:
        library.close()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.split == "test":  # which ones were missed is not for tuning
        for found in [*facts["classes"].values(), facts["all"]]:
            for figures in found.values():
                figures.pop("missed")
    (options.out / f"knowledge-{options.split}.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    print(text(facts, f"search, {options.split}"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
