"""How well a manager's two default behaviours are told from short messages, by ``check`` alone; and its weights.

    python -m evals.patterns --split dev     macro F1 over micromanagement, abdication and none, with an interval
    python -m evals.patterns --cross         the same on its own material, five-fold, by readers that had not seen it
    python -m evals.patterns --write         make the weights beside knowledge/examples/patterns.yaml

Learns from that file, from the examples of the rules, and from ``split: train`` of the data sets. Dev is for tuning;
the test split is for reporting, and its messages are never shown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant.domain import Category, PatternName
from assistant.reading import habits
from assistant.reading.habits import FILE, LENGTH, ORDER, PatternReader, terms
from assistant.reading.language import Language
from assistant.shelf import knowledge_folder

Array = NDArray[Any]
EXAMPLES = knowledge_folder() / "examples" / "patterns.yaml"
DATA = Path(__file__).parent / "datasets"
FOLDS = 5
SEED = 0
RESAMPLES = 1000
MARGIN = 0.0
"""How much more a message has to read like a behaviour than like none; set on cross-validation and dev."""
_PENALTY = 1.0
_MOST_TERMS = 12_000


def material() -> dict[str, int]:
    """Return what the reader learns from: each message with the place of its pattern in ``ORDER``."""
    rows: dict[str, int] = {}
    for entry in yaml.safe_load(EXAMPLES.read_text("utf-8"))["patterns"]:
        rows |= {line: ORDER.index(PatternName(entry["id"])) for line in entry["examples"].splitlines() if line}
    for text, which in (*_of_rules(), *_of_sets()):
        rows.setdefault(text, which)
    return rows


_SHOWN = {Category.TAKEOVER: PatternName.MICROMANAGEMENT, Category.VANISHING: PatternName.ABDICATION}
"""What the examples of a rule show; a label, a rumour or vague praise is neither."""


def _of_rules() -> Iterator[tuple[str, int]]:
    for rule in Language.load([knowledge_folder() / "language"]).rules:
        which = _SHOWN.get(rule.category, PatternName.NONE)
        yield from ((text, ORDER.index(which)) for text in rule.examples)
        if which is not PatternName.NONE:
            yield from ((text, 2) for text in rule.counter_examples)


def _of_sets() -> Iterator[tuple[str, int]]:
    for row in rows_of("train"):
        yield row["message"], ORDER.index(PatternName(row["pattern"]))
    for row in map(json.loads, (DATA / "rewrite_v2.jsonl").read_text("utf-8").splitlines()):
        if row["split"] == "train" and row["pattern"] == PatternName.NONE:
            yield row["draft"], 2


def rows_of(split: str, path: Path = DATA / "pattern_v2.jsonl") -> list[dict[str, Any]]:
    """Return the labelled messages of a split."""
    return [row for row in map(json.loads, path.read_text("utf-8").splitlines()) if row["split"] == split]


# --- learning -----------------------------------------------------------------------------------------------------


def learned(texts: Sequence[str], labels: Array, margin: float = MARGIN) -> dict[str, Any]:
    """Return the weights of a ridge regression, as ``PatternReader.load`` reads them."""
    kept = _heaviest(texts, labels, _rarities(texts))
    slopes, bias = _ridge(_rows(texts, kept), labels)
    rarity_step, weight_step = max(kept.values()) / 255, float(np.abs(slopes).max()) / 127
    return {
        "margin": margin,
        "bias": [round(float(value), 5) for value in bias],
        "rarity_step": rarity_step,
        "weight_step": weight_step,
        "rarity": b64encode(np.round(np.array(list(kept.values())) / rarity_step).astype(np.uint8).tobytes()).decode(),
        "weights": b64encode((np.round(slopes / weight_step) + 128).astype(np.uint8).tobytes()).decode(),
        "terms": list(kept),
    }


def _rarities(texts: Sequence[str]) -> dict[str, float]:
    found = Counter(term for text in texts for group in terms(text) for term in group)
    return {t: 1 + math.log(len(texts) / n) for t, n in sorted(found.items()) if n >= 2 + t.startswith("~")}


def _heaviest(texts: Sequence[str], labels: Array, rarity: dict[str, float]) -> dict[str, float]:
    if len(rarity) <= _MOST_TERMS:
        return rarity
    rough, _ = _ridge(_rows(texts, rarity), labels)
    weight = np.abs(rough).max(axis=1) * np.array(list(rarity.values()))
    names = list(rarity)
    return {names[at]: rarity[names[at]] for at in sorted(np.argsort(-weight)[:_MOST_TERMS])}


def _rows(texts: Sequence[str], rarity: dict[str, float]) -> Array:
    place = {term: at for at, term in enumerate(rarity)}
    rows = np.zeros((len(texts), len(rarity)), dtype=np.float32)
    for at, text in enumerate(texts):
        for group in terms(text):
            here = {place[t]: rarity[t] for t in group if t in place}
            length = math.sqrt(sum(v * v for v in here.values())) or 1.0
            rows[at, list(here)] = [LENGTH * v / length for v in here.values()]
    return rows


def _ridge(rows: Array, labels: Array) -> tuple[Array, Array]:
    targets = np.eye(len(ORDER))[labels] * 2 - 1
    mean = targets.mean(axis=0)
    gram = rows @ rows.T + _PENALTY * np.eye(len(rows), dtype=np.float32)
    return rows.T @ np.linalg.solve(gram, (targets - mean).astype(np.float32)), mean


def write() -> None:
    """Make the weights from all material."""
    rows = material()
    held = learned(list(rows), np.array(list(rows.values())))
    suggestions = {e["id"]: e["suggestion"] for e in yaml.safe_load(EXAMPLES.read_text("utf-8"))["patterns"]}
    held |= {"suggestions": suggestions, "learned_from": hashlib.sha256(EXAMPLES.read_bytes()).hexdigest()}
    text = json.dumps(held, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n"
    (EXAMPLES.parent / FILE).write_text(text, "utf-8")


# --- measuring ----------------------------------------------------------------------------------------------------


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the mean F1 of the three answers from pairs of what is so and what was read."""
    return sum(f1(pairs, name) for name in ORDER) / len(ORDER)


def f1(pairs: Sequence[tuple[str, str]], name: str) -> float:
    """Return the F1 of one answer; 0 where it is neither there nor given."""
    right = sum(true == name == read for true, read in pairs)
    total = sum(true == name for true, _ in pairs) + sum(read == name for _, read in pairs)
    return 2 * right / total if total else 0.0


def interval(pairs: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of macro F1, seeded."""
    chance = random.Random(SEED)  # noqa: S311 - resampling, not a secret
    again = sorted(macro_f1([chance.choice(pairs) for _ in pairs]) for _ in range(RESAMPLES))
    return again[round(0.025 * RESAMPLES)], again[round(0.975 * RESAMPLES) - 1]


def report(pairs: Sequence[tuple[str, str]], title: str) -> str:
    """Return the figures in a few lines."""
    low, high = interval(pairs)
    lines = [f"{title}: {len(pairs)} messages, macro F1 {macro_f1(pairs):.3f}, plausibly {low:.3f} to {high:.3f}"]
    for name in ORDER:
        read = Counter(got for true, got in pairs if true == name)
        told = ", ".join(f"{other} {read[other]}" for other in ORDER)
        lines.append(f"  {name:16} F1 {f1(pairs, name):.3f}; read as {told}")
    return "\n".join(lines)


def by_check() -> Callable[[str], str]:
    """Return what ``benchcoach check`` answers, without a model."""
    language = Language.load([knowledge_folder() / "language"])
    return lambda text: str(habits.read(language, text).pattern.name)


def crossed(tmp: Path) -> list[tuple[str, str]]:
    """Return pairs for all material, each message read by a reader that had not seen it (rules left out)."""
    rows = material()
    texts, labels = list(rows), np.array(list(rows.values()))
    part = np.random.default_rng(SEED).permutation(len(texts)) % FOLDS
    pairs = []
    for fold in range(FOLDS):
        seen = np.flatnonzero(part != fold)
        held = learned([texts[i] for i in seen], labels[seen]) | {"suggestions": {}}
        tmp.write_text(json.dumps(held), "utf-8")
        reader = PatternReader.load(tmp)
        pairs += [(str(ORDER[labels[i]]), str(reader.read(texts[i]))) for i in np.flatnonzero(part == fold)]
    return pairs


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or write the weights."""
    parser = argparse.ArgumentParser(prog="python -m evals.patterns", description="Tell the two patterns, counted.")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    parser.add_argument("--data", type=Path, default=DATA / "pattern_v2.jsonl", help="another file of such rows")
    parser.add_argument("--show", action="store_true", help="list what was misread; never of the test split")
    parser.add_argument("--cross", action="store_true", help="cross-validate on the material itself")
    parser.add_argument("--write", action="store_true", help="make the weights")
    parser.add_argument("--json", type=Path, default=None, help="write the figures to a file")
    asked = parser.parse_args(arguments)
    if asked.write:
        write()
        return 0
    if asked.cross:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            print(report(crossed(Path(folder) / "weights.json"), f"{FOLDS}-fold"))
        return 0
    rows, read = rows_of(asked.split, asked.data), by_check()
    begun = time.process_time()
    pairs = [(row["pattern"], read(row["message"])) for row in rows]
    each = (time.process_time() - begun) / max(1, len(rows))
    print(report(pairs, asked.split), f"  {each:.3f} s of CPU a message", sep="\n")
    if asked.show and asked.split != "test":
        for row, (true, got) in zip(rows, pairs, strict=True):
            if true != got:
                print(f"- {row['id']} {true}, read as {got}: {row['message']}")
    if asked.json:
        low, high = interval(pairs)
        facts = {"split": asked.split, "messages": len(pairs), "macro_f1": macro_f1(pairs), "low": low, "high": high}
        asked.json.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
