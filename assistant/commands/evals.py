"""Evals on the command line: run a suite, compare two runs, write a report, hold a run against a baseline.

Knows typer and exit codes. The evals are a package of their own and need the extra ``evals``: they are imported
when a command is called, and their absence is told.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from assistant.errors import SettingsError

app = typer.Typer(help="Measure the product: tone, framework adherence, facts, safety, fairness.", no_args_is_help=True)

OUT = Path("logs/evals")
NOT_RUN = 1

_Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; the default is beside the run.")]
_Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, or its run.json.")]


@app.command()
def run(  # noqa: PLR0913, PLR0917 - each option is one word on the command line
    suite: Annotated[
        str,
        typer.Argument(metavar="SUITE", help="rewrite, check, practice, debrief, knowledge, safety, fairness or all."),
    ] = "all",
    subject: Annotated[
        str, typer.Option(help="product; rules (the product without a model); plain or examples (a bare prompt).")
    ] = "product",
    model: Annotated[str | None, typer.Option(help="embedded, none, or a model's name at your address.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Ten minutes: shows breakage, never claims better.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many cases of each suite.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=20, help="Answer every case so many times.")] = 1,
    split: Annotated[str, typer.Option(help="dev, or test: figures only, to be reported and not tuned on.")] = "dev",
    framework: Annotated[str, typer.Option(help="The framework that a rewrite is held against.")] = "sbi",
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your own drafts (.csv, .jsonl or .yaml), for rewrite, check or safety."),
    ] = None,
    baseline: Annotated[Path | None, typer.Option(metavar="RUN", help="Show what changed since this run.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the report, the figures and the logs. Default: in logs/evals."),
    ] = None,
    read: Annotated[bool, typer.Option("--read", help="Show the texts of the test split; it is spent then.")] = False,
) -> int:
    """Run a suite and write its report. The same command again goes on where a stopped one was."""
    suites, kind, runner = _evals("suites"), _evals("suite"), _evals("runner")
    results, page, summary = _evals("results"), _evals("page"), _evals("summary")
    _check(split)
    plan = kind.Plan(
        subject=subject, model=model, quick=quick, limit=limit, repeat=repeat, split=split, framework=framework,
        data=data,
    )  # fmt: skip
    chosen = suites.chosen(suite, subject)
    known = results.read(baseline) if baseline else None
    for one in chosen:
        runner.to_terminal(summary.power(one, plan))
    folder = out or OUT / "-".join(
        [suite, subject, *(["quick"] if quick else []), *([split] if split != "dev" else [])]
    )
    done = runner.run(chosen, plan, folder, runner.to_terminal)
    if split == "test" and not read:
        done = results.without_texts(done)
    results.write(done, folder)
    report_file = page.write(done, folder, known, read_closed=read, people=_evals("labels").read(folder))
    print(summary.text(done))
    print(f"report: {report_file}")
    return NOT_RUN if any(item.status is results.Status.ERROR for item in done.items) else 0


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="A B ...", help="Runs; each is held against the first.")],
    out: _Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Compare runs of the same cases: better, worse or undecided, and which items changed.

    With --out a page shows all of them beside each other, case by case.
    """
    if len(runs) < 2:
        raise SettingsError("A comparison needs two runs.", hint="benchcoach eval compare A B")
    results, comparing = _evals("results"), _evals("compare")
    first, *others = [results.read(place) for place in runs]
    found = [comparing.compare(first, other) for other in others]
    if as_json:
        from dataclasses import asdict

        given = [asdict(one) for one in found]
        print(json.dumps(given[0] if len(given) == 1 else given, ensure_ascii=False, indent=2))
    else:
        for place, one in zip(runs[1:], found, strict=True):
            print(*([f"== {runs[0]} -> {place}"] if len(found) > 1 else []), comparing.text(one), sep="\n")
    if out is not None:
        print(f"page: {_evals('side_by_side').write([first, *others], out)}", file=sys.stderr)
    return 0


@app.command()
def judge(
    place: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="A run whose rewrites are judged; without one, the judge is.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The judge: embedded, or a model's name at your address.")] = None,
    cases: Annotated[int, typer.Option(min=1, help="Planted and as many sound messages for each item.")] = 40,
    only: Annotated[str | None, typer.Option(metavar="ITEM", help="One item of the checklist.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Measure how good a model is as a judge, on planted defects; or have it judge the rewrites of a run.

    An item is scored only where the same judge found at least nine in ten defects and left nine in ten sound messages
    alone.
    """
    from assistant import settings

    judging, qualify, subjects = _evals("judge"), _evals("qualify"), _evals("subjects")
    checks = [check for check in judging.checklist() if only in (None, check.id)]
    if not checks:
        known = ", ".join(check.id for check in judging.checklist())
        raise SettingsError("There is no such item.", hint=f"Choose {known}.")
    opened = subjects.open_bare(model)
    try:
        asked, home = judging.Judge(opened), settings.home()
        if place is not None:
            return _judge_run(place, asked, qualify.known(asked.name, home))
        for check in checks:
            kept = judging.Kept(asked, home / qualify.SAID)
            qualify.keep(qualify.measure(kept, check, cases, _evals("runner").to_terminal), home)
        found = qualify.known(asked.name, home)
    finally:
        opened.close()
    figures = [found[check.id] for check in checks]
    if as_json:
        print(json.dumps([qualify.as_json(one) for one in figures], indent=2))
    else:
        print(f"judge: {asked.name}", qualify.table(figures), sep="\n")
    return 0


def _judge_run(place: Path, judge: object, qualities: object) -> int:
    results, page, judging = _evals("results"), _evals("page"), _evals("judging")
    folder = place if place.is_dir() else place.parent
    done = judging.judged(results.read(place), judge, qualities, folder, _evals("runner").to_terminal)
    results.write(done, folder)
    for item in done.facts["judge"]["items"]:
        print(
            f"{item['id']}: " + (f"scored, {item['unsure']} unsure" if item["ships"] else f"unscored, {item['short']}")
        )
    print(f"report: {page.write(done, folder, people=_evals('labels').read(folder))}")
    return 0


@app.command()
def label(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 7860,
) -> int:
    """Open the page where trainers label verdicts: an item, a question, their answer, then the scorer's. No model."""
    from assistant import settings
    from assistant.web.app import serve

    _evals("labels")
    serve(settings.load(model="none"), port=port, announce=lambda said: print(f"{said} (the page Evals)"))
    return 0


@app.command()
def report(
    place: _Run,
    out: _Out = None,
    baseline: Annotated[Path | None, typer.Option(metavar="RUN", help="Show what changed since this run.")] = None,
) -> int:
    """Write the HTML report and the table of a run anew."""
    results, page = _evals("results"), _evals("page")
    found = results.read(place)
    beside = place if place.is_dir() else place.parent
    folder = out or beside
    known = results.read(baseline) if baseline else None
    results.write(found, folder)
    print(page.write(found, folder, known, people=_evals("labels").read(beside)))
    return 0


@app.command()
def gate(
    place: _Run,
    baseline: Annotated[Path, typer.Option(metavar="RUN", help="The run to be held against.")],
) -> int:
    """Say whether a run may ship. Exit code 0: yes; 1: something is worse; 3: undecided, or too much unscored."""
    results, gating = _evals("results"), _evals("gate")
    verdict = gating.gate(results.read(place), results.read(baseline))
    print(gating.text(verdict))
    return int(verdict.code)


def _check(split: str) -> None:
    if split not in ("dev", "test"):
        raise SettingsError("There is no such split.", hint="Choose dev or test.")


def _evals(name: str) -> ModuleType:
    """Return a module of the evals. Raises SettingsError where the extra is not installed."""
    try:
        return importlib.import_module(f"evals.{name}")
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing not in ("evals", "inspect_ai", "scipy"):
            raise
        raise SettingsError(
            "The evals are not installed here.",
            hint="Install them with: pip install 'benchcoach[evals]'",
            detail=str(error),
        ) from error
