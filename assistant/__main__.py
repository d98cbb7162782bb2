"""The command ``benchcoach``: starts the right path and tells what went wrong, in one place.

``check`` takes a fast path without typer. Nothing that a person handed in ever stands in an error text:
an error that nobody foresaw is told by its class and place alone (``python -X dev`` shows all of it).
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Sequence

from assistant.errors import BenchcoachError
from assistant.formats import render

STOPPED = 130
PIPE_CLOSED = 141
UNFORESEEN = 70


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; as the program itself, leave with it."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Whatever the terminal's character set: a sign it lacks is no reason to lose a result.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    code = _run(given)
    if arguments is None:
        _leave(code)
    return code


def _run(given: list[str]) -> int:
    try:
        code = _dispatch(given)
        sys.stdout.flush()
    except BenchcoachError as error:
        _tell(error, as_json="--json" in given)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # The reader is gone; the interpreter would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        print(_unforeseen(error), file=sys.stderr)
        return UNFORESEEN
    return code


def _leave(code: int) -> None:
    """End at once where a background thread is still at work, after everything registered for the end.

    A thread that is loading a model in C++ code cannot be stopped, and an interpreter that shuts down
    around it aborts.
    """
    threading = sys.modules.get("threading")
    if threading and any(thread.daemon for thread in threading.enumerate()):
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)


def _dispatch(given: list[str]) -> int:
    if given[:1] == ["check"] and not {"--help", "-h"} & set(given):
        from assistant.commands import check

        gc.disable()  # a process that lives for a moment has nothing worth collecting
        try:
            return check.main(given[1:])
        finally:
            gc.enable()
    from assistant.commands import cli

    return cli.main(given)


def _tell(error: BenchcoachError, *, as_json: bool) -> None:
    if as_json:
        print(render.dumps({"error": render.error_json(error)}), file=sys.stderr)
        return
    print(f"Error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)


def _unforeseen(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    missing = f" of {error.name}" if isinstance(error, ImportError) else ""
    kind = f"{type(error).__name__}{missing}"
    return f"Error: something went wrong that should not ({kind}{place}). Please report it."


if __name__ == "__main__":
    sys.exit(main())
