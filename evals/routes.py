"""Makes the weights of the second reader of routes, and measures it on sentences it has not seen.

    python -m evals.routes            what five-fold cross-validation shows
    python -m evals.routes --write    the same, and the two files beside knowledge/examples/routes.yaml

Learns from the library: the routes' own examples and near misses, worked clauses, turns and rewrites, the examples of
the rules; and from drafts of ``rewrite_v2`` that are ``split: train`` and route to nobody. Needs the embedding model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant.domain import Fate, Kind
from assistant.library.corpus import read_examples
from assistant.library.embedder import MiniLM
from assistant.models import weights
from assistant.reading.language import SEES, Language
from assistant.reading.routing import BLEND, FORM_WEIGHT, GAMMA, VECTORS_FILE, WORDS_FILE, form, terms
from assistant.shelf import knowledge_folder

Array = NDArray[Any]
ROUTES = knowledge_folder() / "examples" / "routes.yaml"
DRAFTS = Path(__file__).parent / "datasets" / "rewrite_v2.jsonl"
FOLDS = 5
SEED = 0
FALSE_ALARMS = 0.008
"""Share of sentences to leave alone that may be taken for routes, near misses included, when unseen."""
_MOST_TERMS = 14_000
_PENALTY = 1.0
_RIDGE = 0.2
_HARDEST = 2_400
_SENTENCES = re.compile(r"(?<=[.!?;])[\"')]*\s+|\n+")


@dataclass(frozen=True, slots=True)
class Material:
    """Sentences with their topic's number, or -1 where nobody need see them."""

    topics: list[dict[str, str]]
    sentences: list[str]
    topic: Array

    @property
    def routed(self) -> Array:
        """1 where a person has to see the sentence."""
        return (self.topic >= 0).astype(np.float64)


def material() -> Material:
    """Read what the reader learns from; each sentence once, the routes' own file first."""
    held = yaml.safe_load(ROUTES.read_text("utf-8"))
    language = Language.load([knowledge_folder() / "language"])
    rows = _routed(held["topics"], language)
    own = _lines(held["elsewhere"])
    for text in (*own, *_apart(language)):
        if text not in rows and (text in own or language.read(text).route is None):
            rows[text] = -1
    shown = ("id", "category", "route", "why", "suggestion")
    topics = [{key: str(topic[key]) for key in shown} for topic in held["topics"]]
    return Material(topics, list(rows), np.array(list(rows.values())))


def _routed(topics: list[dict[str, Any]], language: Language) -> dict[str, int]:
    rows: dict[str, int] = {}
    for number, topic in enumerate(topics):
        rows |= {line: number for line in _lines(topic["examples"]) if line not in rows}
    number_of = {rule: n for n, topic in enumerate(topics) for rule in str(topic.get("rules", "")).split()}
    for rule in language.rules:
        if rule.id in number_of:
            rows |= {text: number_of[rule.id] for text in rule.examples if text not in rows}
    return rows


def _apart(language: Language) -> Iterator[str]:
    """Yield sentences of the library and the training drafts that route to nobody."""
    examples = knowledge_folder() / "examples"
    for rule in language.rules:
        yield from (*rule.counter_examples, *(() if rule.category in SEES else rule.examples))
    for example in read_examples(examples / "clauses.yaml"):
        # A rumour of theft or drink is hearsay to the one and a route to the other: it teaches neither.
        if example.fate is not Fate.ROUTED and example.kind not in (Kind.HEARSAY, Kind.MIND_READING, Kind.THREAT):
            yield example.clause
    for rewrite in yaml.load((examples / "rewrites.yaml").read_text("utf-8"), yaml.CSafeLoader):
        if not rewrite.get("route"):
            yield from (part["clause"] for part in rewrite["ledger"] if part["fate"] != Fate.ROUTED)
    for turn in yaml.safe_load((examples / "turns.yaml").read_text("utf-8")):
        if turn["split"] == "train":
            yield turn["turn"]
    for row in map(json.loads, DRAFTS.read_text("utf-8").splitlines()):
        if row["split"] == "train" and row["route"] is None:
            yield from (s.strip() for s in _SENTENCES.split(row["draft"]) if s and s.strip())


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.splitlines() if line.strip()]


# --- words ------------------------------------------------------------------------------------------------


def rarities(sentences: Sequence[str]) -> dict[str, float]:
    """Return how rare each term is: words and pairs that stand in two sentences, pieces of words in three."""
    found = Counter(term for s in sentences for group in terms(s) for term in group)
    return {t: 1 + math.log(len(sentences) / n) for t, n in sorted(found.items()) if n >= 2 + t.startswith("~")}


def word_rows(sentences: Sequence[str], rarity: dict[str, float]) -> Array:
    """Return tf-idf rows, as ``WordReader.values`` has them."""
    place = {term: at for at, term in enumerate(rarity)}
    rows = np.zeros((len(sentences), len(rarity)), dtype=np.float32)
    for at, sentence in enumerate(sentences):
        for group in terms(sentence):
            here = {place[t]: rarity[t] for t in group if t in place}
            length = math.sqrt(sum(v * v for v in here.values())) or 1.0
            rows[at, list(here)] = [0.7 * v / length for v in here.values()]
    return rows


def ridge(rows: Array, targets: Array, penalty: float) -> tuple[Array, Array]:
    """Return weights and bias of a ridge regression in its dual form: fewer sentences than terms."""
    mean = targets.mean(axis=0)
    gram = rows @ rows.T + penalty * np.eye(len(rows), dtype=np.float32)
    return rows.T @ np.linalg.solve(gram, (targets - mean).astype(np.float32)), mean


# --- meaning ----------------------------------------------------------------------------------------------


def meaning_rows(vectors: Array, sentences: Sequence[str]) -> tuple[Array, Array, Array, Array]:
    """Return unit vectors about the mean, how the sentences are put, the mean and the spread."""
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    unit = (vectors - mean) / spread
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit, np.array([form(s) for s in sentences], dtype=np.float32), mean, spread


def kernel(left: Array, right: Array) -> Array:
    """Return the Gaussian kernel of ``MeaningReader``."""
    distance = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
    likeness: Array = np.exp(-GAMMA * np.maximum(distance, 0.0))
    return likeness


def solve(rows: Array, routed: Array) -> tuple[Array, float]:
    """Return the coefficients of a kernel ridge regression, and what an unlike sentence gets."""
    base = 0.0
    gram = kernel(rows, rows) + _RIDGE * np.eye(len(rows), dtype=np.float32)
    return np.linalg.solve(gram, (routed - base).astype(np.float32)), base


# --- measuring and writing --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unseen:
    """Scores of sentences by readers that had not seen them."""

    words: Array
    meaning: Array

    @property
    def both(self) -> Array:
        """As ``RouteReader`` adds them up."""
        total: Array = self.meaning + BLEND * self.words
        return total


def cross_validated(given: Material, rows: Array) -> Unseen:
    """Return every sentence's scores by readers trained without it and its part of the sentences."""
    part = np.random.default_rng(SEED).permutation(len(given.sentences)) % FOLDS
    words, meaning = np.zeros(len(part)), np.zeros(len(part))
    for fold in range(FOLDS):
        train, test = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
        rarity = rarities([given.sentences[i] for i in train])
        slopes, bias = ridge(word_rows([given.sentences[i] for i in train], rarity), _signed(given, train), _PENALTY)
        words[test] = word_rows([given.sentences[i] for i in test], rarity) @ slopes + bias
        alphas, base = solve(rows[train], given.routed[train])
        meaning[test] = kernel(rows[test], rows[train]) @ alphas + base
    return Unseen(words, meaning)


def _signed(given: Material, which: Array) -> Array:
    return 2 * given.routed[which] - 1


def threshold(scores: Array, routed: Array) -> float:
    """Return the score that only ``FALSE_ALARMS`` of the sentences to leave alone exceed."""
    return float(np.quantile(scores[routed == 0], 1 - FALSE_ALARMS))


def words_file(given: Material, unseen: Unseen) -> str:
    """Return the file of ``WordReader``: the heaviest terms, their rarity, weights and topics, in whole steps."""
    rarity = rarities(given.sentences)
    rough, _ = ridge(word_rows(given.sentences, rarity), _signed(given, np.arange(len(given.sentences))), _PENALTY)
    heaviest = np.argsort(-np.abs(rough) * np.array(list(rarity.values())))[:_MOST_TERMS]
    names = list(rarity)
    kept = {names[at]: rarity[names[at]] for at in sorted(heaviest)}
    rows = word_rows(given.sentences, kept)
    slopes, bias = ridge(rows, _signed(given, np.arange(len(rows))), _PENALTY)
    routed = np.flatnonzero(given.topic >= 0)
    shares, share_bias = ridge(rows[routed], np.eye(len(given.topics))[given.topic[routed]], _PENALTY)
    rarity_step, share_step = max(kept.values()) / 255, float(np.abs(shares).max()) / 127
    held = {
        "learned_from": hashlib.sha256(ROUTES.read_bytes()).hexdigest(),
        "topics": given.topics,
        "threshold": round(threshold(unseen.words, given.routed), 4),
        "blended_threshold": round(threshold(unseen.both, given.routed), 4),
        "bias": round(float(bias), 5),
        "rarity_step": rarity_step,
        "share_step": share_step,
        "share_bias": [round(float(b), 5) for b in share_bias],
        "rarity": b64encode(np.round(np.array(list(kept.values())) / rarity_step).astype(np.uint8).tobytes()).decode(),
        "shares": b64encode((np.round(shares / share_step) + 128).astype(np.uint8).tobytes()).decode(),
        "weights": [round(float(w), 3) for w in slopes],
        "terms": list(kept),
    }
    return json.dumps(held, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n"


def vectors_file(path: Path, given: Material, vectors: Array, unseen: Unseen) -> None:
    """Write the file of ``MeaningReader``: routes, own near misses, and the hardest of the rest."""
    unit, forms, mean, spread = meaning_rows(vectors, given.sentences)
    hardest = np.argsort(-np.where(given.topic < 0, unseen.meaning, -9))[:_HARDEST]
    kept = np.sort(np.concatenate([np.flatnonzero(given.topic >= 0), hardest]))
    steps = np.round(unit[kept] * 127 / np.abs(unit[kept]).max(axis=1, keepdims=True)).astype(np.int8)
    whole = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    alphas, base = solve(np.hstack([whole, FORM_WEIGHT * forms[kept]]).astype(np.float32), given.routed[kept])
    np.savez(
        path,
        vectors=steps, form=forms[kept].astype(np.int8), alphas=alphas.astype(np.float32),
        topic=given.topic[kept].astype(np.int8), base=np.float32(base),
        mean=mean.astype(np.float32), spread=spread.astype(np.float32),
    )  # fmt: skip


def report(given: Material, unseen: Unseen) -> str:
    """Return what the readers find of sentences that they have not seen, topic by topic."""
    routed = given.routed == 1
    lines = [f"{routed.sum()} sentences that route, {(~routed).sum()} to leave alone; {FOLDS}-fold"]
    for name, scores in (("words", unseen.words), ("meaning", unseen.meaning), ("both", unseen.both)):
        found = scores > threshold(scores, given.routed)
        lines.append(f"{name:8} finds {found[routed].mean():.2f} with {found[~routed].mean():.3f} false alarms")
    found = unseen.both > threshold(unseen.both, given.routed)
    for number, topic in enumerate(given.topics):
        lines.append(f"  {topic['id']:13} {found[given.topic == number].mean():.2f} of {(given.topic == number).sum()}")
    return "\n".join(lines)


def main() -> int:
    """Measure and, if asked, write."""
    parser = argparse.ArgumentParser(prog="python -m evals.routes", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the two files beside routes.yaml")
    asked = parser.parse_args()
    folder = weights.ensure_embedder()
    if folder is None:
        print("The embedding model's package is not installed.")
        return 2
    given = material()
    vectors = MiniLM(folder).encode_form(given.sentences)
    unit, forms, _, _ = meaning_rows(vectors, given.sentences)
    unseen = cross_validated(given, np.hstack([unit, FORM_WEIGHT * forms]).astype(np.float32))
    print(report(given, unseen))
    if asked.write:
        examples = knowledge_folder() / "examples"
        (examples / WORDS_FILE).write_text(words_file(given, unseen), "utf-8")
        vectors_file(examples / VECTORS_FILE, given, vectors, unseen)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
