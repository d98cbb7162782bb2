"""``benchcoach standard | one-on-one | playbook | hand-back | first-days`` on the command line. Decides nothing.

Knows typer's options. A text is given as words, or on standard input with ``-``. No model is started unless the
playbook is told to word its sentence with one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import settings
from assistant.dates import read_date
from assistant.domain import Draft
from assistant.errors import InputError
from assistant.formats import intake, render

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.formats.prepare_text import Prepared

_Text = Annotated[str, typer.Argument(metavar="[TEXT|-]", help="The words themselves, or `-` for standard input.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown.")]


def standard(
    text: _Text = intake.STDIN,
    experience: Annotated[str, typer.Option(help="With this very task: new, has-done-it or could-teach-it.")] = "",
    as_json: _Json = False,
    as_markdown: _Markdown = False,
) -> int:
    """A standard of good execution from a sentence; what it lacks is asked."""
    from assistant.preparing.standard import maturity_of

    chosen = maturity_of(experience)
    with _coach() as coach:
        return _show(coach.prepare.standard(_words(text), chosen), as_json=as_json, as_markdown=as_markdown)


def one_on_one(  # noqa: PLR0913, PLR0917 - each option is one word on the command line
    text: _Text = "",
    who: Annotated[str, typer.Option(help="With whom; agreements with them that are still open come first.")] = "",
    minutes: Annotated[int, typer.Option(help="25, 30, 45 or 60.")] = 0,
    form: Annotated[str, typer.Option("--format", help="regular, first or catch_up.")] = "",
    record: Annotated[
        bool, typer.Option("--record", help="Afterwards: who does what by when, from your notes.")
    ] = False,
    ics: Annotated[str, typer.Option(metavar="TIME", help="A calendar file for this time, as 2026-05-12 10:00.")] = "",
    as_json: _Json = False,
    as_markdown: _Markdown = False,
) -> int:
    """An agenda from your notes and the agreements that are still open."""
    from assistant.formats import prepare_text
    from assistant.formats.calendar_file import calendar_text

    with _coach() as coach:
        words = _words(text) if text else ""
        if record:
            return _show(coach.prepare.record(words), as_json=as_json, as_markdown=as_markdown)
        kept = coach.store.agreements(who) if who else ()
        made = coach.prepare.one_on_one(words, minutes=minutes, who=who, form=form, agreements=kept)
        if ics:
            name = prepare_text.said(made.who) if who or not hasattr(made.who, "ask") else ""
            sys.stdout.write(calendar_text([prepare_text.meeting(made, _time(ics), name)], datetime.now(UTC)))
            return 0
        return _show(made, as_json=as_json, as_markdown=as_markdown)


def playbook(
    text: _Text = intake.STDIN,
    model: Annotated[str | None, typer.Option(help="Let this model word the sentence; without it, rules do.")] = None,
    as_json: _Json = False,
    as_markdown: _Markdown = False,
) -> int:
    """When things go wrong: cause to ask about, rung, conversation, words, agreement, check, and when to stop."""
    with _coach(model) as coach:
        words = _words(text)
        done = coach.rewrite(Draft(words)) if model and model != "none" else None
        return _show(coach.prepare.playbook(words, rewrite=done), as_json=as_json, as_markdown=as_markdown)


def hand_back(
    text: _Text = intake.STDIN,
    stay_in: Annotated[bool, typer.Option("--stay-in", help="Instead: come back to work that you left alone.")] = False,
    as_json: _Json = False,
    as_markdown: _Markdown = False,
) -> int:
    """Give back work that you took, one piece a line: owner, standard, day to look, level, what may go wrong."""
    with _coach() as coach:
        words = _words(text)
        made = coach.prepare.stay_in(words) if stay_in else coach.prepare.hand_back(words)
        return _show(made, as_json=as_json, as_markdown=as_markdown)


def first_days(
    starts: Annotated[str, typer.Option(help="The first day: 2026-05-12, Monday …")] = "",
    missing: Annotated[list[str] | None, typer.Option(metavar="ID", help="A point that you were not given.")] = None,
    given: Annotated[list[str] | None, typer.Option(metavar="ID", help="A point that you were given.")] = None,
    ics: Annotated[bool, typer.Option("--ics", help="The weeks as a calendar file; needs --starts.")] = False,
    as_json: _Json = False,
    as_markdown: _Markdown = False,
) -> int:
    """The first ninety days of a new manager, and a request for what you were not given."""
    from assistant.formats import prepare_text
    from assistant.formats.calendar_file import calendar_text
    from assistant.preparing.first_days import Answer

    day = read_date(starts, date.today()) if starts else None
    answers = {**dict.fromkeys(given or [], Answer.GIVEN), **dict.fromkeys(missing or [], Answer.MISSING)}
    with _coach() as coach:
        made = coach.prepare.first_days(day, answers)
        known = [point.id for point in made.points]
        if unknown := [id_ for id_ in answers if id_ not in known]:
            raise InputError(f"There is no point called {unknown[0]}.", hint="There are: " + ", ".join(known) + ".")
        if ics:
            if day is None:
                raise InputError("A calendar file needs the first day.", hint="Add --starts.")
            sys.stdout.write(calendar_text(prepare_text.weeks(made), datetime.now(UTC)))
            return 0
        return _show(made, as_json=as_json, as_markdown=as_markdown)


@contextmanager
def _coach(model: str | None = None) -> Iterator[Coach]:
    from assistant.coach import Coach

    coach = Coach.open(settings.load(model=model or "none"))
    try:
        yield coach
    finally:
        coach.close()


def _words(text: str) -> str:
    """Return the words that were given, or those on standard input for ``-``."""
    limit = settings.read().max_draft
    return intake.read_draft(intake.STDIN, limit) if text == intake.STDIN else intake.usable(text, limit)


def _time(text: str) -> datetime:
    """Return a day with its time, as on the wall."""
    day, _, clock = text.strip().rpartition(" ")
    try:
        hour, minute = (int(part) for part in clock.split(":"))
        return datetime.combine(read_date(day, date.today()), datetime.min.time()).replace(hour=hour, minute=minute)
    except ValueError:
        raise InputError("That is no time of a meeting.", hint="Write it as 2026-05-12 10:00.") from None


def _show(made: Prepared, *, as_json: bool, as_markdown: bool) -> int:
    from assistant.formats import prepare_text

    if as_json:
        print(render.dumps(prepare_text.as_plain(made), indent=2))
    elif as_markdown:
        print(prepare_text.markdown(prepare_text.sheet(made)), end="")
    else:
        print(render.printable(prepare_text.plain_text(prepare_text.sheet(made))))
    return 0
