"""``benchcoach agreements``: who does what by when, on the command line. Knows typer; decides nothing.

A date is said back with its weekday. Notes are read by the linter: what judges or guesses is shown, and
kept all the same, for the record is the manager's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import settings
from assistant.agreements import FIRST_USE, Agreement, AgreementState, agree, correct, follow_up, next_conversation
from assistant.agreements import prepared as prepared_draft
from assistant.commands import check
from assistant.dates import read_date, say_date
from assistant.errors import InputError
from assistant.formats import render

if TYPE_CHECKING:
    from assistant.keeping.store import Store

app = typer.Typer(help="Agreements: who does what by when, and what became of it.", rich_markup_mode=None)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="The id, or its first signs.")]
_Who = Annotated[str, typer.Option(help="Only what was agreed with this employee.")]
_Note = Annotated[str, typer.Option(help="What you saw, in facts.")]
_By = Annotated[str, typer.Option("--by-when", "--by", help="The day: 2026-05-12, 12 May, Friday, in two weeks.")]
_Check = Annotated[str, typer.Option(help="The day on which you look at it; the default is the day it is due.")]
_On = Annotated[str, typer.Option(help="The day on which it happened; the default is today.")]
_Standard = Annotated[str, typer.Option(help="What good looks like.")]


@app.command()
def add(
    who: Annotated[str, typer.Option(help="Who does it.")] = "",
    what: Annotated[str, typer.Option(help="What they do.")] = "",
    by_when: _By = "",
    standard: _Standard = "",
    check_on: _Check = "",
    on: _On = "",
    as_json: _Json = False,
) -> int:
    """Keep an agreement. What is missing is asked for."""
    today = date.today()
    who, what, by_when = _asked("Who", who), _asked("does what", what), _asked("by when", by_when)
    made_on = read_date(on, today, past=True) if on else today
    due = read_date(by_when, today)
    check = read_date(check_on, today) if check_on else None
    made = agree(who, what, due, on=made_on, standard=standard, check_on=check)
    with _store() as store:
        notice = FIRST_USE if store.first_use else ""
        store.add(made)
    return _recorded(made, f"{what}\n{standard}", notice, as_json=as_json)


@app.command("list")
def list_(
    who: _Who = "",
    due: Annotated[bool, typer.Option("--due", help="Only what is due this week, what is overdue included.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what is kept or closed.")] = False,
    as_json: _Json = False,
) -> int:
    """Show agreements by the date of their next check."""
    from assistant.formats import agreements_text

    today = date.today()
    with _store() as store:
        found = agreements_text.listing(store.agreements(who), store.hold, today)
    wanted = tuple(s for s in found.agreements if (s.due if due else everything or s.live))
    found = agreements_text.Listing(wanted, found.hold)
    print(render.dumps(agreements_text.plain(found), indent=2) if as_json else agreements_text.list_text(found))
    return 0


@app.command()
def update(  # noqa: PLR0913, PLR0917 - each option is one word on the command line
    agreement: _Id,
    state: Annotated[
        AgreementState | None, typer.Option(help="What you found on the day. Without it, only mistakes are corrected.")
    ] = None,
    note: _Note = "",
    by_when: _By = "",
    check_on: _Check = "",
    on: _On = "",
    who: Annotated[str, typer.Option(help="Correct the name.")] = "",
    what: Annotated[str, typer.Option(help="Correct what was agreed; with `renegotiated`, what is agreed now.")] = "",
    standard: Annotated[str, typer.Option(help="Correct the standard.")] = "",
    as_json: _Json = False,
) -> int:
    """Say what became of an agreement, or correct a mistake in it."""
    today = date.today()
    happened = read_date(on, today, past=True) if on else today
    due = read_date(by_when, today) if by_when else None
    check = read_date(check_on, today) if check_on else None
    if state is None and (note or due or check or on):
        raise InputError("A note or a date needs a state.", hint="Add --state kept, slipped, renegotiated or closed.")
    if state is None and not (who or what or standard):
        raise InputError("There is nothing to update.", hint="Add --state, or what has to be corrected.")
    if happened > today:
        raise InputError(f"{say_date(happened)} has not come yet.", hint="Say what became of it on the day.")

    def changed(before: Agreement) -> Agreement:
        new = what if state is AgreementState.RENEGOTIATED else ""
        after = correct(before, who=who, what="" if new else what, standard=standard)
        if state is None:
            return after
        return follow_up(after, state, on=happened, note=note, what=new, by_when=due, check_on=check)

    with _store() as store:
        after = store.change(agreement, changed)
    return _recorded(after, "\n".join(filter(None, (note, what, standard))), "", as_json=as_json)


@app.command()
def prepare(agreement: _Id, as_json: _Json = False) -> int:
    """Print a draft for the next conversation about an agreement, to hand to `rewrite`."""
    from assistant.formats import agreements_text

    with _store() as store:
        found = store.agreement(agreement)
    if as_json:
        print(render.dumps(agreements_text.plain(agreements_text.shown(found, date.today())), indent=2))
        return 0
    if next_conversation(found) is None:
        print("Nothing has slipped here; this is what was agreed.", file=sys.stderr)
    print(render.printable(prepared_draft(found).text))
    return 0


@app.command()
def export(
    who: Annotated[str, typer.Option(help="Only what is kept about this employee: for an access request.")] = "",
    out: Annotated[Path | None, typer.Option(help="A file to write, for your eyes only.")] = None,
    ics: Annotated[bool, typer.Option("--ics", help="Check dates as a calendar file.")] = False,
    as_json: _Json = False,
) -> int:
    """Print everything that is kept, as Markdown, JSON or a calendar file."""
    from assistant.formats import agreements_text
    from assistant.formats.calendar_file import calendar_text

    if ics and as_json:
        raise InputError("Choose one of --json and --ics.")
    with _store() as store:
        found = store.export(who)
    if ics:
        text = calendar_text(agreements_text.calendar_entries(found.agreements), datetime.now(UTC))
    elif as_json:
        text = render.dumps(agreements_text.plain(found), indent=2) + "\n"
    else:
        text = agreements_text.export_markdown(found)
    if out is None:
        sys.stdout.write(text)
        return 0
    from assistant.private_file import written_whole

    with written_whole(out) as file:
        file.write(text)
    print("Written. It is yours to keep or delete: later deletions do not reach it.", file=sys.stderr)
    return 0


@app.command()
def delete(
    agreements: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, or their first signs.")
    ] = None,
    who: Annotated[str, typer.Option(help="Everything about this employee, saved plans and records included.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that you keep, saved practice included.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: _Json = False,
) -> int:
    """Delete for good: afterwards nothing of it is in any file of the database."""
    from assistant.formats import agreements_text

    if sum((bool(agreements), bool(who), everything)) != 1:
        raise InputError("Say what to delete: ids, --who NAME or --all.")
    with _store() as store:
        if agreements:
            ids = [store.agreement(given).id for given in agreements]
        else:
            kept = store.export(who)
            ids = [item.id for items in (kept.agreements, kept.saved) for item in items]
        _confirm(yes)
        store.delete(ids)
    if as_json:
        print(render.dumps(agreements_text.plain(agreements_text.Deleted(tuple(ids)))))
    else:
        print("\n".join(f"Deleted: {gone}" for gone in ids) or "There was nothing to delete.")
        print("Files that you exported and backups still hold what they held.", file=sys.stderr)
    return 0


@contextmanager
def _store() -> Iterator[Store]:
    from assistant.keeping.store import Store

    store = Store.open(settings.read())
    try:
        yield store
    finally:
        store.close()


def _asked(words: str, given: str) -> str:
    if given:
        return given
    if not sys.stdin.isatty():
        raise InputError(f"The agreement lacks {words.lower()}.", hint="Who does what by when? See add --help.")
    return str(typer.prompt(words, err=True))


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("Deleting needs your word.", hint="Add --yes.")
    if not typer.confirm("Delete this for good?", err=True):
        raise InputError("Nothing was deleted.")


def _recorded(agreement: Agreement, text: str, notice: str, *, as_json: bool) -> int:
    """Print what is kept now, with what the linter says about its words."""
    from assistant.formats import agreements_text

    reading = check.read(text, settings.read())
    item = agreements_text.shown(agreement, date.today())
    if as_json:
        done = agreements_text.Recorded(item, reading.findings, reading.route, notice)
        print(render.dumps(agreements_text.plain(done), indent=2))
        return 0
    if notice:
        print(f"{notice}\n")
    print("\n".join(["Kept:", *agreements_text.shown_lines(item)]))
    if check.found(reading):
        print(
            f"\nA record reads best in facts. These words are kept as they are:\n\n{render.reading_text(text, reading)}"
        )
    return 0
