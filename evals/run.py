"""``python -m evals.run``: run the rewrite task and print what it showed. Resumes after a kill.

Knows inspect_ai's ``eval_set`` and where its logs lie. One folder of logs belongs to one state of
the product (code, prompts, knowledge, settings and rows): the same command again continues it, and
a changed product starts afresh, so no old answer is mistaken for a new one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from assistant import settings
from assistant.errors import BenchcoachError
from assistant.shelf import knowledge_folder, prompts_folder
from evals import logging_kept, report
from evals.subjects import OPENERS
from evals.verdicts import Row

DATASET = Path(__file__).parent / "datasets" / "rewrite_v4.jsonl"
ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when every sample was run, 1 when some were not, 2 on a wrong setting."""
    options = _parser().parse_args(arguments)
    try:
        items, folder = run(options)
    except BenchcoachError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    title = f"rewrite, {options.split}, {options.subject}"
    stem = f"{options.split}-{options.subject}"
    options.out.mkdir(parents=True, exist_ok=True)
    closed = options.split == "test" and not options.read
    shown = report.closed(items, title) if closed else report.markdown(items, title)
    (options.out / f"{stem}.md").write_text(shown, "utf-8")
    facts = report.summary(items)
    (options.out / f"{stem}.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    print(report.text(items, title))
    print(f"to read: {options.out / f'{stem}.md'}; logs: {folder}")
    return 1 if facts["errors"] else 0


def run(options: argparse.Namespace) -> tuple[list[report.Item], Path]:
    """Run or continue the task and return its items, with the folder of its logs."""
    from inspect_ai import eval_set

    from evals.rewrite import read_rows, rewrite

    split, subject, limit = options.split, options.subject, options.limit
    rows = read_rows(split, options.data)[:limit]
    folder = options.out / "logs" / f"{split}-{subject}-{len(rows)}-{fingerprint(rows)}"
    with logging_kept.kept():
        eval_set(
            rewrite(split=split, subject=subject, limit=limit, data=str(options.data)),
            log_dir=str(folder),
            model=None,
            display="plain",
            max_samples=options.jobs,
            log_buffer=1,  # a killed run loses the sample it was at, no more
            retry_attempts=0,
            retry_immediate=False,
            fail_on_error=True,  # a draft that could not be run leaves the log unfinished, so it is tried again
            continue_on_fail=True,  # after the others
            ctl_server=False,
            acp_server=False,
        )
    return read_items(rows, folder), folder


def read_items(rows: Sequence[Row], folder: Path) -> list[report.Item]:
    """Return ``rows`` judged by what the newest log in ``folder`` holds of each."""
    from inspect_ai.log import EvalSample, list_eval_logs, read_eval_log

    from evals.scorers import RESULT, UNREADABLE

    samples: dict[str, EvalSample] = {}
    for info in reversed(list_eval_logs(str(folder))):  # oldest first: the newest answer wins
        samples |= {str(sample.id): sample for sample in read_eval_log(info).samples or []}
    items = []
    for row in rows:
        sample = samples.get(str(row["id"]))
        if sample is None:
            items.append(report.item(row, None, error="not run"))
            continue
        store = sample.store
        error = sample.error.message if sample.error else ""
        items.append(report.item(row, store.get(RESULT), unreadable=store.get(UNREADABLE, ""), error=error))
    return items


def fingerprint(rows: Sequence[Row]) -> str:
    """Return a short hash of everything an answer depends on; the key of a model is left out."""
    digest = hashlib.sha256(json.dumps(list(rows), sort_keys=True).encode())
    for folder in (ROOT / "assistant", prompts_folder(), knowledge_folder(), ROOT / "evals"):
        pattern = "subjects.py" if folder.name == "evals" else "**/*.*"
        for path in sorted(folder.glob(pattern)):
            if path.suffix in (".py", ".md", ".yaml", ".json"):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    chosen = asdict(settings.load()) | {"api_key": ""}
    digest.update(json.dumps(chosen, sort_keys=True).encode())
    return digest.hexdigest()[:8]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.run", description="Run the rewrite task.")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    parser.add_argument("--subject", choices=sorted(OPENERS), default="product")
    parser.add_argument("--data", type=Path, default=DATASET, help="another file of rows")
    parser.add_argument("--limit", type=int, default=None, help="only the first so many rows")
    parser.add_argument("--jobs", type=int, default=1, help="drafts worked on at once")
    parser.add_argument(
        "--read", action="store_true", help="show drafts of the test split too; it is spent for tuning then"
    )
    parser.add_argument("--out", type=Path, default=Path("logs/evals"), help="folder for report and logs")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
