"""Results and progress on a terminal. Knows rich; results go to standard output, progress to standard error.

Outside text is printed as it is: never as markup, never as a command to the terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from assistant.domain import LedgerRow, Rewrite
from assistant.formats import render


@contextmanager
def steps(first: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show the steps of some work while it lasts; yield a function of step, done and total."""
    with _progress(MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        task = progress.add_task(first, total=None)

        def step(words: str, done: int, total: int) -> None:
            progress.update(task, description=words, completed=done, total=total or None)

        yield step


@contextmanager
def bytes_bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar once there is something to wait for; yield a function of bytes done and in all."""
    with _progress(BarColumn(), DownloadColumn(binary_units=True)) as progress:
        task = progress.add_task(words, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, visible=True)

        yield advance


def show(rewrite: Rewrite, console: Console | None = None) -> None:
    """Print a rewrite for a person: who has to see it first, what to say, and then how it came about."""
    out = console or Console(markup=False, highlight=False, emoji=False)
    failed = [check for check in rewrite.checks if not check.passed]
    if rewrite.route:
        _block(out, "First", "\n".join(render.route_lines(rewrite.route)))
    _block(out, "", render.origin_line(rewrite))
    _block(out, "Say", rewrite.say)
    _block(out, "Message", rewrite.message)
    _block(out, "After they answer", rewrite.after_they_answer)
    _block(out, "Questions for you", "\n".join(f"- {question}" for question in rewrite.questions))
    _block(out, "Notes", "\n".join(f"- {notice}" for notice in rewrite.notices))
    if rewrite.ledger:
        out.print(_ledger(rewrite.ledger))
        out.print()
    _block(out, "Checks that failed", "\n".join(f"- {check.name}: {check.detail}" for check in failed))
    _block(out, "Pattern", "\n".join(render.pattern_lines(rewrite.pattern)))
    _block(out, "Sources", "\n".join(f"- {c.title} ({c.source})" for c in rewrite.citations))
    _block(out, "", f"{render.summary(rewrite)}. {render.NOT_LEGAL}", last=True)


def _block(out: Console, heading: str, body: str, *, last: bool = False) -> None:
    if not body.strip():
        return
    if heading:
        out.print(heading, style="bold")
    out.print(Text(render.printable(body)), soft_wrap=True)
    if not last:
        out.print()


def _ledger(rows: tuple[LedgerRow, ...]) -> Table:
    table = Table("You wrote", "Fate", "Becomes", "Why", title="Where each part went", title_justify="left")
    for row in rows:
        fate = f"{row.fate} ({render.title(row.kind).lower()})"
        cells = (row.text, fate, row.becomes, row.why)
        table.add_row(*(Text(render.printable(cell).strip()) for cell in cells))
    return table


def _progress(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True, markup=False, highlight=False)
    # Where nobody watches, a program reads: then standard error stays free of it.
    words = TextColumn("{task.description}", markup=False)
    return Progress(words, *columns, console=console, transient=True, disable=not console.is_terminal)
