"""Commands: words in, words out. Knows typer and the exit codes; every decision is made below it."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

import assistant
from assistant import settings
from assistant.commands import agreements, ask, check, evals, kb, practice, prepare, preview, store, terminal, users
from assistant.domain import Context, Draft, Rewrite
from assistant.errors import BenchcoachError, Cancelled, InputError
from assistant.formats import intake, render

if TYPE_CHECKING:
    from assistant.coach import Coach

HERE = "this machine"
INTERRUPTED = 130
"""What typer returns after Ctrl-C."""

app = typer.Typer(
    name="benchcoach",
    help="Say it, practise it, follow it up: a coach for hard conversations, on your machine.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(kb.app, name="kb")
app.command()(ask.ask)
app.add_typer(agreements.app, name="agreements")
app.add_typer(store.app, name="store")
app.add_typer(users.app, name="users")
app.command()(preview.preview)
app.command()(practice.practice)
app.command()(practice.debrief)
app.add_typer(evals.app, name="eval")
app.command()(prepare.standard)
app.command()(prepare.one_on_one)
app.command()(prepare.playbook)
app.command()(prepare.hand_back)
app.command()(prepare.first_days)

_File = Annotated[str, typer.Argument(metavar="FILE", help="A text file, `-` for standard input, or a .jsonl.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code. Raises BenchcoachError for the caller to tell."""
    try:
        code = app(arguments or ["--help"], prog_name="benchcoach", standalone_mode=False)
    except TyperException as error:
        raise InputError(_usage(error.format_message()), hint="benchcoach --help says more.") from None
    except SystemExit:  # how typer leaves when the reader of a pipe is gone
        raise BrokenPipeError from None
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _usage(told: str) -> str:
    # Words typed where a file name belongs may be a draft: they are not repeated.
    return "Only one file can be given." if "extra argument" in told else told


@app.command()
def rewrite(  # noqa: PLR0913, PLR0917 - each option is one word on the command line
    file: _File = intake.STDIN,
    as_json: _Json = False,
    framework: Annotated[str, typer.Option(help="The structure: sbi, coin, desc …")] = "sbi",
    tone: Annotated[str, typer.Option(help="plain, softer or firmer; the facts stay.")] = "plain",
    standard: Annotated[str, typer.Option(help="What was expected.")] = "",
    stated_when: Annotated[str, typer.Option(help="When that was said.")] = "",
    to_whom: Annotated[str, typer.Option(help="To whom it was said.")] = "",
    model: Annotated[
        str | None, typer.Option(help="embedded, none, or a model's name at the address in the settings.")
    ] = None,
) -> int:
    """Rewrite a draft: the facts stay, the judgments go, and every part is accounted for."""
    if tone not in ("plain", "softer", "firmer"):
        raise InputError("There is no such tone.", hint="Choose plain, softer or firmer.")
    config = settings.load(model=model)
    how = {"framework": framework, "tone": tone}
    context = Context(standard, stated_when, to_whom)
    if intake.is_lines(file):
        with _coach(config, framework) as coach:
            return rewrite_lines(coach, intake.read_rows(file, config.max_draft), context, how)
    draft = Draft(intake.read_draft(file, config.max_draft), context=context)
    with _coach(config, framework) as coach:
        done = rewritten(coach, draft, how)
    print(render.dumps(done, indent=2)) if as_json else terminal.show(done)
    return 0


@app.command(name="check")
def check_drafts(file: _File = intake.STDIN, as_json: _Json = False) -> int:
    """Show words that judge, guess or generalise. No model. Exit code 1 where something is found."""
    return check.run(file, json=as_json)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; one that others reach needs a login.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 7860,
) -> int:
    """Open the web app."""
    gc.disable()  # nearly all that a start makes stays; looking for rubbish meanwhile is a sixth of it
    from assistant.web.app import serve as serve_web

    config = settings.load()
    _set_up(config)
    serve_web(config, host=host, port=port)
    return 0


@app.command()
def setup() -> int:
    """Put the embedded model's weights in place, check them and index the library. Quick when that is done already."""
    from assistant.library.knowledge import Library

    config = settings.load()
    print(_set_up(config))
    with terminal.steps("Indexing the library"):
        library = Library.load(chosen=config)
    library.close()
    print(library.note or "The library is ready.")
    return 0


@app.command()
def version() -> None:
    """Print the version."""
    print(f"benchcoach {assistant.__version__}")


# --- rewriting ------------------------------------------------------------------------------------------


@contextmanager
def _coach(config: settings.Settings, framework: str) -> Iterator[Coach]:
    from assistant.coach import Coach

    coach = Coach.open(config)
    try:
        ids = [known for known, _ in coach.frameworks]
        if framework not in ids:
            raise InputError("There is no such framework.", hint=f"Choose one of {', '.join(ids)}.")
        _set_up(config)
        if coach.place != HERE:
            print(f"The draft goes to {coach.place} (model {coach.model_name}).", file=sys.stderr)
        yield coach
    finally:
        coach.close()


def rewritten(coach: Coach, draft: Draft, how: dict[str, str]) -> Rewrite:
    """Return the rewrite of one draft, showing its steps. However this is left, the work stops."""
    cancel = threading.Event()
    try:
        with terminal.steps("Reading") as step:
            for item in coach.rewriting(draft, **how, cancel=cancel):
                if isinstance(item, Rewrite):
                    return item
                step(render.title(item.stage), item.done, item.total)
    finally:
        cancel.set()
    raise Cancelled("The rewrite was stopped.")


def rewrite_lines(coach: Coach, rows: Iterator[intake.Row], context: Context, how: dict[str, str]) -> int:
    """Print one line of JSON for each row, an error for a row that failed; return the exit code."""
    code = 0
    for row in rows:
        error: BenchcoachError | None = row.error
        if row.draft is not None:
            given = row.draft.context if row.draft.context != Context() else context
            try:
                done = rewritten(coach, Draft(row.draft.text, row.draft.id, given), how)
                print(render.dumps(done), flush=True)
                continue
            except Cancelled:
                raise
            except BenchcoachError as fault:
                error = fault
        if error is not None:
            print(render.error_line(row.id, row.line, error), flush=True)
            code = error.exit_code
    return code


def _set_up(config: settings.Settings) -> str:
    """Put weights in place where the settings need them; return one line about it."""
    if config.model != "embedded":
        return f"The model is {config.model}: no weights are needed."
    from assistant.models import weights

    with terminal.bytes_bar("Preparing the embedded model") as advance:
        path = weights.ensure(config, advance)
    return f"The embedded model is ready: {path}"
