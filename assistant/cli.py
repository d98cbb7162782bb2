"""Commands: words in, words out. Knows typer and the exit codes; every decision is made below it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

import assistant
from assistant import agreements_command, check_command, intake, render, settings, store_command, terminal
from assistant.domain import Context, Draft, Rewrite
from assistant.errors import BenchcoachError, Cancelled, InputError

if TYPE_CHECKING:
    from assistant.coach import Coach
    from assistant.knowledge import Library

HERE = "this machine"
INTERRUPTED = 130
"""What typer returns after Ctrl-C."""

app = typer.Typer(
    name="benchcoach",
    help="A manager's draft feedback becomes objective shared language.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
kb = typer.Typer(help="The framework library.")
app.add_typer(kb, name="kb")
app.add_typer(agreements_command.app, name="agreements")
app.add_typer(store_command.app, name="store")

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


@app.command()
def check(file: _File = intake.STDIN, as_json: _Json = False) -> int:
    """Show words that judge, guess or generalise. No model. Exit code 1 where something is found."""
    return check_command.run(file, json=as_json)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; the default is this machine alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 7860,
) -> int:
    """Open the web app."""
    from assistant.web.app import serve as serve_web

    config = settings.load()
    _set_up(config)
    serve_web(config, host=host, port=port)
    return 0


@app.command()
def setup() -> int:
    """Put the embedded model's weights in place and check them. Quick when that is done already."""
    config = settings.load()
    print(_set_up(config))
    return 0


@app.command()
def version() -> None:
    """Print the version."""
    print(f"benchcoach {assistant.__version__}")


@kb.command()
def search(
    query: Annotated[str | None, typer.Argument(metavar="QUERY", help="What you are looking for.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages.")] = 5,
    as_json: _Json = False,
    queries: Annotated[str | None, typer.Option(metavar="FILE.jsonl", help="Lines of {id, query}.")] = None,
) -> int:
    """Search the framework library."""
    from assistant.knowledge import Library

    if (query is None) == (queries is None):
        raise InputError("Give either a query or --queries FILE.jsonl.")
    config = settings.load()
    if queries is not None:
        return _search_lines(Library.load(settings.home()), queries, config.max_draft, k)
    found = _results(Library.load(settings.home()), intake.usable(query or "", config.max_draft), k)
    if as_json:
        print(render.dumps({"id": None, "results": found}, indent=2))
    else:
        _show_passages(found)
    return 0


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
            print(_error_line(row, error), flush=True)
            code = error.exit_code
    return code


def _error_line(row: intake.Row, error: BenchcoachError) -> str:
    return render.dumps({"id": row.id, "line": row.line, "error": render.error_json(error)})


def _set_up(config: settings.Settings) -> str:
    """Put weights in place where the settings need them; return one line about it."""
    if config.model != "embedded":
        return f"The model is {config.model}: no weights are needed."
    from assistant import weights

    with terminal.bytes_bar("Preparing the embedded model") as advance:
        path = weights.ensure(config, advance)
    return f"The embedded model is ready: {path}"


# --- searching ------------------------------------------------------------------------------------------


def _results(library: Library, query: str, k: int) -> list[dict[str, str]]:
    return [{"id": p.id, "title": p.title, "text": p.text, "source": p.source} for p in library.search(query, k)]


def _search_lines(library: Library, queries: str, limit: int, k: int) -> int:
    code = 0
    for row in intake.read_rows(queries, limit, field="query"):
        if row.draft is not None:
            print(render.dumps({"id": row.id, "results": _results(library, row.draft.text, k)}), flush=True)
        elif row.error is not None:
            print(_error_line(row, row.error), flush=True)
            code = row.error.exit_code
    return code


def _show_passages(found: list[dict[str, str]]) -> None:
    if not found:
        print("Nothing found.")
    for passage in found:
        print(f"{passage['id']}  {passage['title']}\n{passage['text'].strip()}\n  Source: {passage['source']}\n")
