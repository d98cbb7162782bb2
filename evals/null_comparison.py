"""``python -m evals.null_comparison``: how often the same subject, compared with itself, is called better or worse.

Two sources of noise: simulated items, alike within a situation, and a run with repeats (``--run``), whose own answers
are drawn again. Knows runs and statistics; asks no model. 2 to 8 claims in 100 are what an interval of 95 % promises.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import BenchcoachError, InputError
from evals import results
from evals.results import Run, Status, is_clean
from evals.statistics import Claim, paired

TIMES = 1000
SHAPES = ((90, 90), (130, 65))
"""Items and situations of the simulated runs: every item a stranger, and two of each situation."""
SEED = 20


@dataclass(frozen=True, slots=True)
class Null:
    """``claims`` of ``times`` null comparisons. ``wavering``: the share of items that may answer either way."""

    source: str
    items: int
    situations: int
    wavering: float
    times: int
    claims: int

    @property
    def share(self) -> float:
        """The share of comparisons that claim a difference where there is none."""
        return self.claims / self.times


def simulated(items: int, situations: int, times: int = TIMES) -> Null:
    """Return the claims on simulated runs, every item with its own chance of passing."""
    chance, claims = random.Random(SEED), 0  # noqa: S311 - a simulation
    for _ in range(times):
        of_situation = [chance.betavariate(2, 1) for _ in range(situations)]
        clusters = [item % situations for item in range(items)]
        chances = [min(0.98, max(0.02, of_situation[cluster] + chance.gauss(0, 0.1))) for cluster in clusters]
        first, second = ([float(chance.random() < p) for p in chances] for _ in range(2))
        claims += paired(first, second, clusters, binary=True).claim is not Claim.UNDECIDED
    return Null("simulated", items, situations, 1.0, times, claims)


def resampled(run: Run, suite: str = "rewrite", times: int = TIMES) -> Null:
    """Return the claims on a run's own repeats: situations drawn anew, two different answers of each of their items.

    Raises InputError where the run has no repeats.
    """
    answers: dict[str, list[bool]] = defaultdict(list)
    members: dict[str, set[str]] = defaultdict(set)
    for item in run.of(suite):
        if item.status is Status.SCORED:
            answers[item.id].append(is_clean(item, run.cards[suite]))
            members[item.situation].add(item.id)
    ids = {name: sorted(id for id in of if len(answers[id]) > 1) for name, of in sorted(members.items())}
    groups = [of for of in ids.values() if of]
    if not groups:
        raise InputError("This run has no repeats.", hint="benchcoach eval run rewrite --repeat 4")
    chance, claims = random.Random(SEED), 0  # noqa: S311 - a sample, not a secret
    for _ in range(times):
        drawn = [(at, chance.sample(answers[id], 2)) for at in range(len(groups)) for id in chance.choice(groups)]
        first, second = ([float(pair[side]) for _, pair in drawn] for side in (0, 1))
        claims += paired(first, second, [at for at, _ in drawn], binary=True).claim is not Claim.UNDECIDED
    known = [id for of in groups for id in of]
    wavering = sum(len(set(answers[id])) > 1 for id in known) / len(known)
    return Null(f"{run.subject} with {run.facts['repeat']} repeats", len(known), len(groups), wavering, times, claims)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the claims; with ``--json FILE`` keep them."""
    parser = argparse.ArgumentParser(prog="python -m evals.null_comparison", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=None, help="a run with repeats")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args(arguments)
    found = [simulated(*shape) for shape in SHAPES]
    try:
        found += [resampled(results.read(options.run))] if options.run else []
    except BenchcoachError as error:
        print(error)
        return error.exit_code
    for one in found:
        print(f"{one.source}: {one.items} items, {one.situations} situations, {one.wavering:.0%} may waver: "
              f"{one.claims} claims in {one.times:,} ({one.share:.1%})")  # fmt: skip
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
