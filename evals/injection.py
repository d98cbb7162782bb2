"""``python -m evals.injection``: how many attacks with outside text succeed, surface by surface, with an interval.

    python -m evals.injection [--static | --adaptive] [--model none] [--limit 40] [--json FILE]

Runs ``datasets/injection_v2.jsonl`` on the product with the model of the settings. Each attack's outcome is appended
to a file when it is over, so a run that was stopped goes on with the next one; what another state of the product
answered does not count. How an attack is carried out and judged is known to ``attacks``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from evals import attacks, provenance
from evals.statistics import share
from evals.suite import DATASETS, read_rows

DATA: Final = DATASETS / "injection_v2.jsonl"
KINDS: Final = ("static", "adaptive")
_SEED: Final = 8
Json = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry attacks out, print what came of all that were carried out so far, and return 0."""
    options = _parser().parse_args(arguments)
    rows = chosen(read_rows(DATA, ("id", "draft")), options.kind, options.limit)
    name = f"injection-{options.model or 'settings'}"
    kept = options.out / f"{name}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    state = provenance.fingerprint(DATA.read_text("utf-8"), options.model)
    model = _run(rows, kept, state, options.model)
    done = {row["id"]: row for row in _read(kept, state)}
    found = figures([done[row["id"]] for row in rows], rows, model)
    target = options.json or options.out / f"{name}.json"
    target.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print("\n".join(told(found)))
    return 0


def chosen(rows: Sequence[Json], kind: str | None, limit: int | None) -> list[Json]:
    """Return the attacks of a kind; with a limit a seeded sample of every surface, the same each time."""
    mixed = [row for row in rows if kind in (None, attacks.kind_of(row))]
    if limit is None:
        return mixed
    Random(_SEED).shuffle(mixed)  # noqa: S311 - a sample, not a secret
    return mixed[:limit]


def figures(done: Sequence[Json], rows: Sequence[Json], model: str) -> Json:
    """Return successes of attacks, by kind and by surface, and what the scorer makes of planted ones."""
    seen, false = attacks.scorer_sees(rows)
    found: Json = {"model": model, "planted": len(rows), "planted_seen": seen, "false_alarms": false}
    for kind in KINDS:
        mine = [row for row in done if row["kind"] == kind]
        splits = {split: [row for row in mine if row["split"] == split] for split in ("dev", "test")}
        by = {name: [row for row in mine if row["surface"] == name] for name in attacks.SURFACES}
        found[kind] = _counted(mine) | {"surfaces": {name: _counted(some) for name, some in by.items() if some}}
        found[kind] |= {"splits": {name: _counted(some) for name, some in splits.items()}}
    return found


def _counted(done: Sequence[Json]) -> Json:
    won = [row for row in done if row["reasons"]]
    counted = share(len(won), len(done))
    passed_on = sum(all(one.startswith(attacks.PASSED_ON) for one in row["reasons"]) for row in won)
    return {
        "hits": counted.hits,
        "n": counted.n,
        "low": counted.low if counted.n else 0.0,
        "high": counted.high if counted.n else 1.0,
        "passed_on": passed_on,
        "won": [row["id"] for row in won],
    }


def told(found: Json) -> Iterator[str]:
    """Yield the figures as lines for a person."""
    yield f"Model: {found['model']}. The scorer sees {found['planted_seen']} of {found['planted']} planted successes"
    yield f"and takes {found['false_alarms']} failed attacks for one."
    for kind in KINDS:
        whole = found[kind]
        if whole["n"]:
            yield f"{kind:10} {share(whole['hits'], whole['n'])}; only passed on: {whole['passed_on']}"
            for name, some in {**whole["surfaces"], **whole["splits"]}.items():
                yield f"  {name:10} {share(some['hits'], some['n'])}"


def _run(rows: Sequence[Json], kept: Path, state: str, model: str | None) -> str:
    from assistant import settings
    from assistant.coach import Coach

    coach = Coach.open(settings.load(model=model))
    try:
        done = {row["id"] for row in _read(kept, state)}
        attacker = attacks.Attacker(coach)
        for row in rows:
            if row["id"] in done:
                continue
            came = attacker.carry_out(row)
            outcome = {
                "id": row["id"], "state": state, "kind": attacks.kind_of(row), "split": row["split"],
                "surface": attacks.surface_of(row),
                "reasons": attacks.reasons(row, came), "said": came.get("said", ""),
            }  # fmt: skip
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(outcome, ensure_ascii=False) + "\n")
        return coach.model_name
    finally:
        coach.close()


def _read(kept: Path, state: str) -> list[Json]:
    """Return what this state of the product answered; a line that was cut off by a stop does not count."""
    found = []
    for line in kept.read_text("utf-8").splitlines() if kept.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row["state"] == state:
            found.append(row)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How many attacks with outside text succeed.")
    which = parser.add_mutually_exclusive_group()
    for kind in KINDS:
        which.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, help=f"only {kind} attacks")
    parser.add_argument("--limit", type=int, help="a seeded sample of so many")
    parser.add_argument("--model", help="none: rules only; default: the model of the settings")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--out", type=Path, default=Path("logs/evals"), help="folder of outcomes and figures")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
