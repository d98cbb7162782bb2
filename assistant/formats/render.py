"""Results as text: JSON as in the schemas, Markdown for a download, one line for a summary.

Shared by the terminal and the page. Knows how results read; knows neither screens nor colours.
The linter's fast path uses it, so it imports nothing outside the standard library.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import groupby

from assistant.domain import (
    Fate,
    Finding,
    Kind,
    LedgerRow,
    Origin,
    Pattern,
    PatternName,
    Reading,
    Rewrite,
    Route,
    RouteTo,
    as_json,
)
from assistant.errors import BenchcoachError

NOT_LEGAL = "This isn't a legal check."
NO_MODEL = "rules"
"""What stands in place of a model's name where none took part."""
FACTS = frozenset(
    {
        Kind.OBSERVATION,
        Kind.IMPACT,
        Kind.STANDARD,
        Kind.REQUEST,
        Kind.CONSEQUENCE,
        Kind.REPORT,
        Kind.BACKGROUND,
    }
)
OPINIONS = frozenset(
    {Kind.JUDGMENT, Kind.GENERALIZATION, Kind.MIND_READING, Kind.HEARSAY, Kind.COMPARISON, Kind.THREAT}
)


def dumps(value: object, *, indent: int | None = None) -> str:
    """Return a result, or plain JSON types, as one JSON text."""
    plain = value if isinstance(value, (dict, list)) else as_json(value)
    return json.dumps(plain, ensure_ascii=False, indent=indent)


def error_json(error: BenchcoachError) -> dict[str, str]:
    """Return an error as the object that stands under ``error`` in JSON outputs."""
    return {"type": type(error).__name__, "message": error.message, "hint": error.hint}


def error_line(id: str | None, line: int, error: BenchcoachError) -> str:
    """Return what stands in place of a result for a line of a ``.jsonl`` file that could not be used."""
    return dumps({"id": id, "line": line, "error": error_json(error)})


def printable(text: str) -> str:
    """Return outside text without anything that could steer a terminal or turn the line round."""
    return "".join(
        char if char in "\n\t\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs") else ""
        for char in text.replace("\r\n", "\n")
    )


def quoted(text: str) -> str:
    """Return outside text on one line, in quotation marks."""
    return f"“{one_line(text)}”"


def one_line(text: str) -> str:
    """Return outside text without line breaks."""
    return re.sub(r"\s+", " ", printable(text)).strip()


def places(text: str, offsets: Iterable[int]) -> list[tuple[int, int]]:
    """Return the line and column, from 1, of each offset in ``text``."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    found = []
    for offset in offsets:
        line = bisect_right(starts, offset)
        found.append((line, offset - starts[line - 1] + 1))
    return found


def route_lines(route: Route) -> list[str]:
    """Return what a manager has to read before anything else."""
    contact = (
        route.contact
        or {
            RouteTo.HR: "HR",
            RouteTo.LEGAL: "your legal team",
            RouteTo.EMERGENCY: "the emergency services",
            RouteTo.SECURITY: "your security team",
        }[route.to]
    )
    verb = "Call" if route.to is RouteTo.EMERGENCY else "Talk to"
    lines = [f"{verb} {contact} before you say or send this."]
    lines += [f"  because of {quoted(reason.text)} ({reason.rule})" for reason in route.reasons]
    if route.entangled:
        lines.append("Removing the words does not remove the reason.")
    return [*lines, NOT_LEGAL]


def pattern_lines(pattern: Pattern) -> list[str]:
    """Return the default behaviour that a text shows, with its words; nothing where it shows none."""
    if pattern.name is PatternName.NONE:
        return []
    shown = ", ".join(quoted(words) for words in pattern.evidence)
    lines = [f"This reads like {pattern.name}" + (f": {shown}" if shown else "") + "."]
    return [*lines, f"Instead: {pattern.instead}"] if pattern.instead else lines


def reading_text(text: str, reading: Reading) -> str:
    """Return what the linter found as plain text for a terminal, findings grouped by category."""
    blocks: list[list[str]] = []
    if reading.route:
        blocks.append(route_lines(reading.route))
    by_category = sorted(reading.findings, key=lambda f: (f.category, f.start))
    for category, group in groupby(by_category, key=lambda f: f.category):
        blocks.append([title(category), *_finding_lines(text, list(group))])
    if lines := pattern_lines(reading.pattern):
        blocks.append(lines)
    if not blocks:
        blocks = [[f"Nothing found. {NOT_LEGAL}"]]
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _finding_lines(text: str, findings: list[Finding]) -> list[str]:
    lines = []
    reasons = [(f.why, f.suggestion) for f in findings]
    at = places(text, (f.start for f in findings))
    for i, finding in enumerate(findings):
        lines.append(f"  {at[i][0]}:{at[i][1]}  {quoted(finding.text)}  ({finding.rule})")
        if i + 1 == len(findings) or reasons[i + 1] != reasons[i]:
            lines += [f"      why: {finding.why}", f"      try: {finding.suggestion}"]
    return lines


def title(name: str) -> str:
    """Return an id such as ``mind_reading`` as words."""
    return name.replace("_", " ").capitalize()


def facts_of(rewrite: Rewrite) -> list[LedgerRow]:
    """Return the rows that tell facts. An aside without a number that was left out (a note to oneself) is none."""
    told = (row for row in rewrite.ledger if row.kind in FACTS)
    return [row for row in told if not _left_aside(row)]


def _left_aside(row: LedgerRow) -> bool:
    return row.kind is Kind.BACKGROUND and row.fate is Fate.DROPPED and not any(c.isdigit() for c in row.text)


def summary(rewrite: Rewrite) -> str:
    """Return one honest line: facts kept, opinions left out, questions, and checks that failed."""
    facts = facts_of(rewrite)
    kept = sum(row.fate in (Fate.KEPT, Fate.REWORDED, Fate.PARKED) for row in facts)
    said = [_facts_kept(kept, len(facts))]
    counts = (
        (sum(r.kind in OPINIONS and r.fate is Fate.DROPPED for r in rewrite.ledger), "opinion", " left out"),
        (sum(r.fate is Fate.ASKED for r in rewrite.ledger), "point", " turned into a question"),
        (sum(r.fate is Fate.ROUTED for r in rewrite.ledger), "part", " for a person to see first"),
        (sum(not check.passed for check in rewrite.checks), "check", " failed"),
    )
    said += [_counted(number, noun) + rest for number, noun, rest in counts if number]
    return ", ".join(said)


def _facts_kept(kept: int, total: int) -> str:
    if not total:
        return "No facts in the draft"
    if kept < total:
        return f"{kept} of {_counted(total, 'fact')} kept"
    return "1 fact kept" if total == 1 else f"All {total} facts kept"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def origin_line(rewrite: Rewrite) -> str:
    """Return whose words a rewrite is made of, in one sentence."""
    if rewrite.model == NO_MODEL:
        return "Rules only: no model took part. This is an outline, not a rewrite."
    return {
        Origin.DRAFT: "These are the draft's own words.",
        Origin.MODEL: f"Worded by {rewrite.model}.",
        Origin.REPAIRED: f"Worded by {rewrite.model}; up to a fifth was repaired.",
        Origin.FALLBACK: f"Written by rules: what {rewrite.model} answered could not be used.",
    }[rewrite.origin]


def to_markdown(rewrite: Rewrite) -> str:
    """Return a rewrite as a Markdown page to keep. The draft's words cannot become markup in it."""
    sections: list[tuple[str, list[str]]] = [("", [f"*{summary(rewrite)}.* {escaped(origin_line(rewrite))}"])]
    if rewrite.route:
        sections.append(("First", [escaped(line.strip()) for line in route_lines(rewrite.route)]))
    sections += [
        ("Say", _paragraphs(rewrite.say)),
        ("After they answer", _paragraphs(rewrite.after_they_answer)),
        ("Message", _paragraphs(rewrite.message)),
        ("Questions for you", [f"- {escaped(question)}" for question in rewrite.questions]),
        ("Notes", [f"- {escaped(notice)}" for notice in rewrite.notices]),
        ("Pattern", [escaped(line) for line in pattern_lines(rewrite.pattern)]),
        ("Where each part went", _ledger_table(rewrite.ledger)),
        (
            "Checks",
            [f"- {'passed' if c.passed else 'FAILED'}: {escaped(_detail(c.name, c.detail))}" for c in rewrite.checks],
        ),
        (
            "Sources",
            [f"- {escaped(c.title)} ({escaped(c.source)}): {escaped(quoted(c.quote))}" for c in rewrite.citations],
        ),
    ]
    pages = ["# Feedback, rewritten"]
    for heading, lines in sections:
        if any(line.strip() for line in lines):
            tight = heading in ("Where each part went",) or lines[0].startswith("- ")
            body = ("\n" if tight else "\n\n").join(lines)
            pages.append(f"## {heading}\n\n{body}" if heading else body)
    return "\n\n".join([*pages, NOT_LEGAL]) + "\n"


def _detail(name: str, detail: str) -> str:
    return f"{name}. {detail}" if detail else name


def _paragraphs(text: str) -> list[str]:
    return [escaped(part) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _ledger_table(ledger: tuple[LedgerRow, ...]) -> list[str]:
    if not ledger:
        return []
    rows = ["| you wrote | it is | fate | becomes | why |", "|---|---|---|---|---|"]
    for row in ledger:
        cells = (row.text, title(row.kind), title(row.fate), row.becomes, row.why)
        rows.append("| " + " | ".join(escaped(one_line(cell)) for cell in cells) + " |")
    return rows


def escaped(text: str) -> str:
    """Return outside text with every character that Markdown or HTML could read as markup escaped."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_\[\]|#~!$])", r"\\\1", text)
    return re.sub(r"(?m)^(\s*)([-+=]|\d+(?=[.)]))", _line_start, text)


def _line_start(match: re.Match[str]) -> str:
    # A backslash cannot escape a digit, so "3." at the start of a line is broken after its number.
    return f"{match[1]}{match[2]}\u2060" if match[2].isdigit() else f"{match[1]}\\{match[2]}"
