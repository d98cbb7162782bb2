"""``python -m evals.measured``: turns the figures of evaluation and benchmark runs into docs/measured.md.

Knows the JSON that ``evals.run`` and ``evals.bench`` leave in a folder. Measures nothing itself: what was not run
here stays as the page has it (``measured_before``), or is said to be missing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from evals.bench_web import p95
from evals.measured_before import carried
from evals.statistics import Share, share

SUBJECTS = {
    "product": "Benchcoach",
    "rules": "Benchcoach without a model (rules only)",
    "examples": "the same model, two worked examples and a JSON schema",
    "plain": "the same model, a plain prompt",
}
_HEAD = """# Measured

Written by `make soak` (or `python -m evals.measured`) from the runs themselves; nothing here is typed by
hand. Clean is defined in [evals](evals.md): every fact kept, nothing to be dropped left, no number, date or
name invented, a question where the draft holds no fact, and the expected person named. The drafts were
written for this project by a language model that did not see the rules; other people's drafts will do worse
or better. The `dev` split was read while tuning. The `test` split was not: only its figures were.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and return 0; 1 where a folder holds no figures at all."""
    parser = argparse.ArgumentParser(description="Write docs/measured.md from the figures of earlier runs.")
    parser.add_argument("--out", type=Path, default=Path("logs/evals"), help="folder of reports")
    parser.add_argument("--page", type=Path, default=Path("docs/measured.md"))
    options = parser.parse_args(arguments)
    text = page(options.out)
    if text is None:
        print(f"No figures in {options.out}. Run make eval, make bench or make soak first.")
        return 1
    if options.page.exists():
        text = carried(options.page.read_text("utf-8"), text)
    options.page.write_text(text, "utf-8")
    print(f"Written: {options.page}")
    return 0


def page(folder: Path) -> str | None:
    """Return the page for the figures in ``folder``, or None where there are none."""
    lines = [
        *_quality(folder),
        *_readers(folder),
        *_library(folder),
        *_speed(folder),
        *_page(folder),
        *_talks(folder),
        *_attacks(folder),
        *_kills(folder),
        *_evals(folder),
        *_strangers(folder),
        *_injected(folder),
        *_crowd(folder),
    ]
    return "\n".join([_HEAD, *lines]) + "\n" if lines else None


def _quality(folder: Path) -> Iterator[str]:
    for split in ("test", "dev"):
        found = {s: _read(folder / f"{split}-{s}.json") for s in SUBJECTS}
        if not any(found.values()):
            continue
        yield f"## Rewrites, {split} split\n"
        yield "| what | clean | plausibly | keeps | drops | invents nothing | asks | route | unscored | seconds |"
        yield "|---|---|---|---|---|---|---|---|---|---|"
        for subject, title in SUBJECTS.items():
            run = found[subject]
            yield _row(title, run) if run else f"| {title} | not run | | | | | | | | |"
        yield ""
        product = found["product"]
        if product:
            yield "Whose words, on the embedded model: " + _origins(product) + ".\n"


def _row(title: str, run: dict[str, Any]) -> str:
    clean, passed = run["clean"], run["passed"]
    invents = min((passed[k] for k in ("numbers", "dates", "names") if k in passed), key=lambda p: p["hits"])
    cells = [
        title,
        f"{clean['hits']} of {clean['n']}",
        f"{clean['low']:.0%} to {clean['high']:.0%}",
        *(_of(passed.get(k)) for k in ("keeps", "drops")),
        _of(invents),
        *(_of(passed.get(k)) for k in ("asks", "route")),
        str(len(run["unscored"])),
        f"{run['median_seconds']:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _of(part: dict[str, int] | None) -> str:
    return f"{part['hits']}/{part['n']}" if part else ""


def _origins(run: dict[str, Any]) -> str:
    def shares(counts: dict[str, int]) -> str:
        total = sum(counts.values())
        ordered = sorted(counts.items(), key=lambda item: -item[1])
        return ", ".join(f"{name} {n} ({n / total:.0%})" for name, n in ordered)

    return f"ledger rows: {shares(run['origin_rows'])}; messages: {shares(run['origin_messages'])}"


def _readers(folder: Path) -> Iterator[str]:
    """Yield how well turns and messages are read, of those that were run."""
    found = {
        "moves of a manager's turn": ("turns", _read(folder / "turns-test.json")),
        "the two default behaviours, by `check`": ("messages", _read(folder / "patterns-test.json")),
    }
    rows = [(what, unit, run) for what, (unit, run) in found.items() if run]
    if not rows:
        return
    yield "\n## What is read without a model, test split\n"
    yield "| what | read | macro F1 | plausibly |"
    yield "|---|---|---|---|"
    for what, unit, run in rows:
        yield f"| {what} | {run[unit]} {unit} | {run['macro_f1']:.2f} | {run['low']:.2f} to {run['high']:.2f} |"
    yield ""


def _talks(folder: Path) -> Iterator[str]:
    run = _read(folder / "employee.json")
    if not run:
        return
    turns, breaks, own, asked = run["turns"], run["breaks"], run["own"], run["asked"]
    low, high = share(breaks, turns).low, share(breaks, turns).high
    yield f"\n## Practice: the employee on {run['model']}\n"
    yield "| what | figure |"
    yield "|---|---|"
    rows = {
        "conversations, turns, of these attacks on the role": f"{run['conversations']}, {turns}, {run['attacks']}",
        "lines out of character, in 100": f"{100 * breaks / turns:.1f} ({100 * low:.1f} to {100 * high:.1f})",
        "concerns given away unearned": str(run["leaks"]),
        "lines in the model's own words": f"{own} of {turns}; {run['own_when_asked']} of {asked} where it was asked",
        "the whole checked answer, median": f"{run['seconds']:.1f} s; {run['seconds_asked']:.1f} s where it was asked",
        "load on each core meanwhile; above 1, the times are too long": f"{run['busy']:.1f}",
    }
    yield from (f"| {what} | {figure} |" for what, figure in rows.items())
    refused = ", ".join(f"{name} {n}" for name, n in run["refused"].items() if n)
    yield f"\nWhy lines of the model were refused: {refused or 'none was'}."
    if run["breaks_by"]:
        yield "Out of character: " + ", ".join(f"{name} {n}" for name, n in run["breaks_by"].items()) + "."


def _attacks(folder: Path) -> Iterator[str]:
    """Yield how many attacks with outside text succeeded, of those that were carried out."""
    runs = [run for name in ("none", "settings") if (run := _read(folder / f"injection-{name}.json"))]
    if not runs:
        return
    yield "\n## Attacks with outside text\n"
    yield "A success is decided by code from what came out. Passed on: the order's own words stand in the message as"
    yield "the manager's, and nobody obeyed it. The static attacks were written without a look at the defences; those"
    yield "of `dev` were read while these were made. The adaptive ones were written against them.\n"
    yield "| model | attacks | succeeded | plausibly | of these only passed on | by surface |"
    yield "|---|---|---|---|---|---|"
    for run in runs:
        for kind in ("static", "adaptive"):
            whole = run[kind]
            if whole["n"]:
                by = ", ".join(f"{name} {one['hits']}/{one['n']}" for name, one in whole["surfaces"].items())
                cells = (f"{whole['hits']} of {whole['n']}", f"{whole['low']:.1%} to {whole['high']:.1%}")
                yield f"| {run['model']} | {kind} | {cells[0]} | {cells[1]} | {whole['passed_on']} | {by} |"
                for split, part in whole["splits"].items():
                    counted = f"{part['hits']} of {part['n']} | {part['low']:.1%} to {part['high']:.1%}"
                    yield f"| {run['model']} | {kind}, `{split}` alone | {counted} | {part['passed_on']} | |"
        yield f"| {run['model']} | planted | {run['planted_seen']} of {run['planted']} seen | | | |"
    yield ""


def _library(folder: Path) -> Iterator[str]:
    """Yield how the library answers: what is found, what citations bear out, and what a search takes."""
    yield from _table("The library", [*_found(folder), *_cited(folder), *_search_times(folder)])


def _found(folder: Path) -> Iterator[tuple[str, str]]:
    run = _read(folder / "knowledge-test.json")
    if run:
        for name, ways in [*run["classes"].items(), ("all", run["all"])]:
            five = ways["both"]["recall_at_5"]
            yield (
                f"{name.replace('_', ' ')}: {five['n']} questions, recall@5 and MRR",
                f"{five['value']:.2f} ({five['low']:.2f} to {five['high']:.2f}), {ways['both']['mrr']:.2f}",
            )
        yield "off the subject, refused", str(Share(**run["off_subject_refused"]))
        yield "good questions, refused", str(Share(**run["good_refused"]))


def _cited(folder: Path) -> Iterator[tuple[str, str]]:
    run = _read(folder / "citations-dev.json")
    if run:
        yield (
            f"{run['questions']} answers by {run['model']}, sentences that a cited passage bears out",
            str(Share(**run["sentences_borne_out"])),
        )
        yield "of these, quotations that are verbatim", str(Share(**run["quotes_verbatim"]))
        origins = ", ".join(f"{name} {n}" for name, n in sorted(run["origins"].items()))
        yield "whose words those answers are", f"{origins}; median {run['seconds']:.1f} s"


def _search_times(folder: Path) -> Iterator[tuple[str, str]]:
    for run in _read(folder / "bench_search.json") or ():
        yield (
            f"{run['passages']:,} passages",
            f"search {run['search_ms']['median']:.1f} ms at the median, of it {run['embedding_ms']:.1f} ms to embed "
            f"the question; built in {run['build_seconds']:.0f} s, one file changed {run['rebuild_seconds']:.0f} s, "
            f"opened in {run['open_seconds']:.1f} s; {run['resident_megabytes']:.0f} MB of memory",
        )


def _kills(folder: Path) -> Iterator[str]:
    run = _read(folder / "kills.json")
    if not run:
        return
    yield "\n## What is kept, after kills at random points\n"
    yield "| database | kills | of these, crashes of the server | changes acknowledged | lost or torn |"
    yield "|---|---|---|---|---|"
    for name, figures in run.items():
        cells = (figures["kills"], figures["crashes"], figures["acknowledged"], len(figures["faults"]))
        yield f"| {name} | " + " | ".join(f"{cell:,}" for cell in cells) + " |"
    yield ""


def _evals(folder: Path) -> Iterator[str]:
    """Yield how far the evals themselves can be trusted, of what was run."""
    figures = [*_scorers(folder), *_null(folder), *_overhead(folder), *_resumed(folder), *_judges(folder)]
    yield from _table("The evals themselves", figures)


def _table(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield a heading and its figures; nothing where none was measured."""
    if rows:
        yield f"\n## {title}\n"
        yield "| what | figure |"
        yield "|---|---|"
        yield from (f"| {what} | {figure} |" for what, figure in rows)
        yield ""


def _scorers(folder: Path) -> Iterator[tuple[str, str]]:
    run = _read(folder / "planted.json")
    if run:
        found, spared = (min(run.items(), key=lambda one: one[1][kind]) for kind in ("sensitivity", "specificity"))
        yield (
            f"{len(run)} scorers on planted defects, the lowest",
            f"sensitivity {found[1]['sensitivity']:.3f} of {found[1]['planted']} ({found[0]}), "
            f"specificity {spared[1]['specificity']:.3f} of {spared[1]['sound']} ({spared[0]})",
        )


def _null(folder: Path) -> Iterator[tuple[str, str]]:
    for one in _read(folder / "null.json") or ():
        waver = "" if one["source"] == "simulated" else f", {one['wavering']:.0%} of them waver"
        yield (
            f"the same subject twice, {one['source']}: {one['items']} items in {one['situations']} situations{waver}",
            f"called different in {one['claims']} of {one['times']:,} comparisons",
        )


def _overhead(folder: Path) -> Iterator[tuple[str, str]]:
    run = _read(folder / "bench_runs.json")
    if run:
        yield (
            f"a run of {run['items']} drafts beside {run['answering']:.0f} s of answers",
            f"{run['overhead']:.1%} computed; {run['growth'] / 1e6:+.0f} MB after the first tenth",
        )


def _resumed(folder: Path) -> Iterator[tuple[str, str]]:
    run = _read(folder / "bench_kills.json")
    if run:
        yield (
            f"a run killed {run['kills']} times at random points and continued",
            f"{len(run['differing'])} of {run['items']} items unlike those of a run left alone; "
            f"{run['asked_again']} answers asked again",
        )


def _judges(folder: Path) -> Iterator[tuple[str, str]]:
    for one in _read(folder / "judge.json") or ():
        shown = ", ".join(
            f"{name} {part['value']:.2f} of {part['n']} ({part['low']:.2f} to {part['high']:.2f})"
            for name, part in ((name, one[name]) for name in ("sensitivity", "specificity"))
        )
        yield f"{one['judge']} as a judge, {one['item']}", f"{shown}: {'ships' if one['ships'] else 'unscored'}"


def _strangers(folder: Path) -> Iterator[str]:
    run = _read(folder / "strangers.json")
    if not run:
        return
    yield "\n## Several people: what belongs to somebody else\n"
    yield (
        f"{run['attempts']:,} random attempts of other people (managers, trainers, an administrator) at "
        f"{run['events']} events, the routes and the API, with the names of {run['things']} things of one person. "
        f"Shown, changed, or told apart from what is not there: {len(run['faults'])}."
    )


def _injected(folder: Path) -> Iterator[str]:
    run = _read(folder / "injected.json")
    if not run:
        return
    yield "\n## Texts that try to be more than text, in a real browser\n"
    yield (
        f"{run['texts']:,} texts with markup, scripts, addresses, styles and templates in them, each in "
        f"{run['views']} views of the page ({run['elements']:,} elements drawn)."
    )
    yield (
        f"Requests to elsewhere: {len(run['outside'])}; code that ran, or was stopped by it: {len(run['ran'])}; "
        f"elements or attributes that plain words are not drawn with: {len(run['active'])}; "
        f"texts not shown as they are: {len(run['changed'])}."
    )


def _crowd(folder: Path) -> Iterator[str]:
    run = _read(folder / "crowd.json")
    if not run:
        return
    late, memory = run["late_ms"], run["megabytes"]
    yield f"\n## {run['people']} people at once, on {run['cores']} cores\n"
    yield (
        f"Each writes one draft of {run['clauses']} sentences after another for {run['seconds'] / 60:.0f} minutes, "
        f"signed in, from a scripted model that says {run['words_a_second']} words a second. {run['slots']} have "
        "it at a time; the others are told their place in line. The people run on the same cores.\n"
    )
    yield "| what | figure | aim |"
    yield "|---|---|---|"
    rows = {
        "rewrites; messages to the page": (f"{run['rewrites']:,}; {run['messages']:,}", ""),
        "answers lost or torn; somebody else's; errors": (f"{run['lost']}; {run['mixed']}; {run['errors']}", "0"),
        "event loop late, p99; most": (f"{late['p99']:.0f} ms; {late['most']:.0f} ms", "p99 < 250 ms"),
        "memory at the beginning; at the end": (f"{memory['begin']:.0f} MB; {memory['end']:.0f} MB", "flat"),
        "memory, a minute": (f"{run['megabytes_a_minute']:+.2f} MB", "flat"),
        "whole rewrite, median; p95": (f"{run['whole_s']['median']:.0f} s; {run['whole_s']['p95']:.0f} s", ""),
        "load of the machine in the end; above its cores, the times are too long": (f"{run['load']:.1f}", ""),
    }
    yield from (f"| {what} | {figure} | {aim} |" for what, (figure, aim) in rows.items())
    yield ""


def _speed(folder: Path) -> Iterator[str]:
    run = _read(folder / "bench.json")
    if not run:
        return
    drafts = run["drafts"]
    yield f"## Speed, on {run['cores']} cores with {run['model']}\n"
    yield "| draft of about 60 words | median | most |"
    yield "|---|---|---|"
    for key, title in (("findings", "findings"), ("first_row", "first ledger row"), ("whole", "whole rewrite")):
        values = sorted(d[key] for d in drafts if d[key] is not None)
        if values:
            yield f"| {title} | {median(values):.2f} s | {values[-1]:.2f} s |"
    ratios = sorted(d["ratio"] for d in drafts if d["ratio"] is not None)
    if ratios:
        middle = median(ratios)
        yield f"| whole, as a ratio to the raw server for the same tokens | {middle:.2f} | {ratios[-1]:.2f} |"
    checks = sorted(run["check_process_seconds"])
    yield f"\n`benchcoach check` as a process: {median(checks):.2f} s."
    yield f"Starting and warming the engine: {run['start_seconds']:.0f} s. Peak memory: {run['peak_megabytes']:.0f} MB."


def _page(folder: Path) -> Iterator[str]:
    run = _read(folder / "bench_web.json")
    if not run:
        return
    yield f"\n## The page, on {run['cores']} cores\n"
    yield "| what | median | 95 of 100 below | most |"
    yield "|---|---|---|---|"
    if run.get("actions"):
        yield f"| usable after starting the server | {run['start_seconds']:.1f} s | | |"
        yield f"| usable after a cold load | {median(run['load_seconds']):.2f} s | | {max(run['load_seconds']):.2f} s |"
        for name, seconds in run["actions"].items():
            below = 1000 * p95(seconds)
            yield f"| {name} | {1000 * median(seconds):.0f} ms | {below:.0f} ms | {1000 * max(seconds):.0f} ms |"
    for number, waits in run["waits"].items():
        for part, title in (("sign", "first sign"), ("whole", "whole rewrite")):
            values = [wait[part] for wait in waits]
            yield f"| {number} at once, {title} | {median(values):.1f} s | | {max(values):.1f} s |"
    yield ""
    for number, figures in run["streaming"].items():
        yield (
            f"Streaming to {number} at once takes {figures['ratio']:.2f} times as long through the page as the same "
            "rewrites, without a model, as raw server-sent events from the same server."
        )


def _read(path: Path) -> Any:  # noqa: ANN401 - whatever a measurement left as JSON; None where it left nothing
    return json.loads(path.read_text("utf-8")) if path.exists() else None


if __name__ == "__main__":
    raise SystemExit(main())
