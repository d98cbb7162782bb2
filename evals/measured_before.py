"""What docs/measured.md says already and was not measured again: it stays beside the new figures.

Knows headings and tables of the page, nothing of what they tell. A row is the same row where its first cells are,
numbers aside: "3 repeats of 24 items" makes room for "4 repeats of 60 items".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

_NOT_RUN = "not run"


def carried(before: str, after: str) -> str:
    """Return the page ``after`` with the sections and rows of ``before`` that it has no newer figures for."""
    old, new = _sections(before), _sections(after)
    order = list(old)
    for previous, title in pairwise(new):
        if title not in old:
            order.insert(order.index(previous) + 1, title)
    parts = [_joined(old.get(title, []), new[title]) if title in new else old[title] for title in order]
    return "\n".join("\n".join(lines).strip("\n") + "\n" for lines in parts)


def _sections(page: str) -> dict[str, list[str]]:
    """Return the lines of each section by its heading; what stands before the first has none."""
    sections: dict[str, list[str]] = {"": []}
    title = ""
    for line in page.splitlines():
        if line.startswith("## "):
            title = line
        sections.setdefault(title, []).append(line)
    return sections


def _joined(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the newer lines of a section; rows of a table that only the older ones have follow its last row.

    Sentences stay where the newer lines have none.
    """
    earlier = {_name(line): line for line in old if _is_row(line)}
    lines: list[str] = []
    for line in new:
        same = _same(_name(line), earlier) if _is_row(line) else None
        row = earlier.pop(same) if same else line
        lines.append(row if _NOT_RUN in line else line)
    last = max((at for at, line in enumerate(lines) if line.startswith("|")), default=None)
    if last is None:
        return lines
    told = [] if any(map(_is_prose, new)) else [line for line in old if _is_prose(line)]
    return [*lines[: last + 1], *earlier.values(), *lines[last + 1 :], *(["", *told] if told else [])]


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("|", "#"))


def _is_row(line: str) -> bool:
    return line.startswith("| ") and not line.startswith(("| what |", "| model |", "| database |"))


def _same(name: str, earlier: Iterable[str]) -> str | None:
    """Return the earlier row of the same name, or the only one that differs in numbers alone."""
    if name in earlier:
        return name
    alike = [other for other in earlier if _NUMBER.sub("#", other) == _NUMBER.sub("#", name)]
    return alike[0] if len(alike) == 1 else None


_NUMBER = re.compile(r"\d[\d,.]*")


def _name(row: str) -> str:
    """Return what a row is about: its first cell, and its second where that is no figure."""
    first, second = (cell.strip() for cell in row.split("|")[1:3])
    told = second and second != _NOT_RUN and not _NUMBER.search(second)
    return f"{first}, {second}" if told else first
