"""What a run showed, in plain text: the count with its interval, and drafts beside messages to read.

Knows rows, rewrites and verdicts; nothing of inspect_ai, models or files. Verdicts are worked out
anew from the stored rewrites, so a changed scorer needs no new model call. Everything that came
from a draft or a model is fenced and shown as text, never as markup.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from evals.statistics import share
from evals.verdicts import (
    BESIDE,
    CLEAN,
    Result,
    Row,
    UnreadableResultError,
    Verdict,
    failures,
    invented_share,
    is_clean,
    judge,
    origins,
    read_result,
)

_COLUMN = 62


@dataclass(frozen=True, slots=True)
class Item:
    """One row with what came of it. ``problem`` says why there is no verdict."""

    row: Row
    result: Result | None = None
    problem: str = ""
    failed: bool = False
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The row's id."""
        return str(self.row["id"])

    @property
    def clean(self) -> bool:
        """Whether the rewrite is clean; False where there is none."""
        return self.result is not None and is_clean(self.verdicts)


def item(row: Row, given: object, *, unreadable: str = "", error: str = "") -> Item:
    """Return ``row`` judged. ``error`` is a failure of the run, ``unreadable`` one of the subject."""
    if error:
        return Item(row, problem=error, failed=True)
    if unreadable:
        return Item(row, problem=unreadable)
    try:
        result = read_result(given)
    except UnreadableResultError as why:
        return Item(row, problem=str(why))
    return Item(row, result, verdicts=judge(row, result))


def summary(items: Sequence[Item]) -> dict[str, Any]:
    """Return the figures of a run as plain JSON."""
    scored = [i for i in items if i.result is not None]
    counts: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    for one in scored:
        whose = origins(one.result or {})
        counts.update(whose.rows)
        messages[whose.message] += 1
    total = share(sum(i.clean for i in scored), len(scored))
    return {
        "items": len(items),
        "scored": len(scored),
        "unscored": [i.id for i in items if i.problem and not i.failed],
        "errors": [i.id for i in items if i.failed],
        "clean": {
            "hits": total.hits,
            "n": total.n,
            "share": total.value,
            "low": total.low,
            "high": total.high,
        },
        "passed": {name: _passed(scored, name) for name in (*CLEAN, *BESIDE)},
        "new_words": _median([invented_share(i.row, i.result or {}) for i in scored]),
        "origin_rows": dict(counts),
        "origin_messages": dict(messages),
        "models": sorted({str((i.result or {}).get("model", "")) for i in scored}),
        "prompts": sorted({p for i in scored for p in (i.result or {}).get("prompts") or ()}),
        "median_seconds": _median([(i.result or {}).get("seconds") for i in scored]),
        "median_tokens": {kind: _median([_tokens(i, kind) for i in scored]) for kind in _KINDS},
    }


_KINDS = ("uncached", "cached", "completion")


def _tokens(one: Item, kind: str) -> float | None:
    usage = (one.result or {}).get("usage")
    if not usage:
        return None
    return float(usage["prompt"] - usage["cached"] if kind == "uncached" else usage[kind])


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _passed(scored: Sequence[Item], name: str) -> dict[str, int]:
    known = [i.verdicts[name].passed for i in scored if i.verdicts[name].passed is not None]
    return {"hits": sum(bool(passed) for passed in known), "n": len(known)}


def text(items: Sequence[Item], title: str) -> str:
    """Return the figures as lines for a terminal."""
    facts = summary(items)
    clean = share(facts["clean"]["hits"], facts["clean"]["n"])
    lines = [f"{title}: clean {clean}"]
    if facts["unscored"]:
        lines.append(f"unscored (could not be read): {len(facts['unscored'])}: {', '.join(facts['unscored'])}")
    if facts["errors"]:
        lines.append(f"not run (the same command tries again): {len(facts['errors'])}:")
        lines += [f"  {i.id}  {i.problem}" for i in items if i.failed]
    for heading, names in (("clean needs", CLEAN), ("reported beside it", BESIDE)):
        lines.append(f"{heading}:")
        lines += [f"  {name:<10} {share(**facts['passed'][name])}" for name in names]
    lines += [
        f"whose words, ledger rows: {_counted(facts['origin_rows'])}",
        f"whose words, messages:    {_counted(facts['origin_messages'])}",
        f"new content words, median: {_figure(facts['new_words'], '.0%')}",
        f"seconds, median: {_figure(facts['median_seconds'], '.1f')}",
        "tokens, median: " + ", ".join(f"{kind} {_figure(facts['median_tokens'][kind], '.0f')}" for kind in _KINDS),
        f"model: {', '.join(facts['models']) or '-'}; prompts: {', '.join(facts['prompts']) or '-'}",
    ]
    return "\n".join(lines)


def _counted(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    parts = [f"{name} {n} ({n / total:.0%})" for name, n in sorted(counts.items())]
    return ", ".join(parts) or "none"


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def markdown(items: Sequence[Item], title: str) -> str:
    """Return the report to read: figures, failures by kind, then every draft beside its message."""
    parts = [f"# {title}", "", _fenced(text(items, title)), "", "## Failures by kind", ""]
    for name in (*CLEAN, *BESIDE):
        failed = [(i, i.verdicts[name].reasons) for i in items if i.result and i.verdicts[name].passed is False]
        if failed:
            beside = "" if name in CLEAN else " (does not make it unclean)"
            parts += [f"### {name}: {len(failed)}{beside}", ""]
            parts += [_fenced("\n".join(f"{i.id}  {'; '.join(why)}" for i, why in failed)), ""]
    parts += ["## Not clean", ""]
    parts += [_pair(i) for i in items if not i.clean]
    parts += ["## Clean, to be read all the same", ""]
    parts += [_pair(i) for i in items if i.clean]
    return "\n".join(parts) + "\n"


def closed(items: Sequence[Item], title: str) -> str:
    """Return the figures alone, for a split whose drafts nobody looks at while tuning."""
    told = "The drafts of this split stay unread while rules and prompts are tuned. `--read` shows them."
    return f"# {title}\n\n{_fenced(text(items, title))}\n\n{told}\n"


def _pair(one: Item) -> str:
    lines = [f"### {one.id}", ""]
    if one.result is None:
        return "\n".join([*lines, _fenced(f"{one.problem}\n\n{one.row['draft']}"), ""])
    failed = failures(one.verdicts, (*CLEAN, *BESIDE))
    told = "\n".join(f"! {name}: {'; '.join(why)}" for name, why in failed.items())
    say = str(one.result.get("say") or "")
    body = [_columns("DRAFT", str(one.row["draft"]), "MESSAGE", str(one.result["message"]))]
    if say:
        body.append("SAY\n" + _wrapped(say, 2 * _COLUMN))
    if told:
        body.append(told)
    return "\n".join([*lines, _fenced("\n\n".join(body)), ""])


def _columns(left_title: str, left: str, right_title: str, right: str) -> str:
    columns = [[title, *_wrapped(body, _COLUMN).splitlines()] for title, body in
               ((left_title, left), (right_title, right))]  # fmt: skip
    height = max(len(column) for column in columns)
    first, second = ([*column, *[""] * (height - len(column))] for column in columns)
    return "\n".join(f"{a:<{_COLUMN}} | {b}".rstrip() for a, b in zip(first, second, strict=True))


def _wrapped(body: str, width: int) -> str:
    return "\n".join(textwrap.fill(line, width) for line in body.splitlines())


def _fenced(body: str) -> str:
    """Return ``body`` in a code fence longer than any it holds."""
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{body}\n{fence}"
