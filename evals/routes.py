"""How many matters for a person the linter's rules find, topic by topic, in sentences that mostly say them sideways.

    python -m evals.routes

The sentences (``datasets/routes_v1.jsonl``) are training material: rules may be written from them, so the figures tell
where rules are missing, not how well the product does on other people's drafts. A reader learned from them over
sentence embeddings was tried and left out: on unseen drafts it raised as many false alarms as it found matters.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from assistant.reading.language import Language
from assistant.shelf import knowledge_folder

DATASET = Path(__file__).parent / "datasets" / "routes_v1.jsonl"


def main() -> int:
    """Print the share found of each topic, and of the sentences that only sound like one."""
    language = Language.load([knowledge_folder() / "language"])
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in map(json.loads, DATASET.read_text("utf-8").splitlines()):
        total[row["situation"]] += 1
        found[row["situation"]] += language.read(row["text"]).route is not None
    for topic, number in total.items():
        print(f"{topic:13} {found[topic]:4} of {number:4} ({found[topic] / number:.0%})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
