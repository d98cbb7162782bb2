"""``benchcoach check``: the linter on the command line, from start to end in a fraction of a second.

A path of its own because typer, rich and pydantic together take longer to import than a page takes to
read; it may import none of them. Errors are told by the caller (``assistant.__main__``).
"""

from __future__ import annotations

import sys
from dataclasses import replace

from assistant import settings
from assistant.domain import PatternName, Reading, as_json
from assistant.errors import InputError
from assistant.formats import intake, render
from assistant.reading import habits
from assistant.reading.language import Language

CLEAN, FOUND, UNUSABLE = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Run the command with its arguments and return the exit code."""
    files = [word for word in arguments if word == intake.STDIN or not word.startswith("-")]
    options = [word for word in arguments if word not in files]
    if len(files) > 1 or set(options) - {"--json"}:
        raise InputError("check takes one file, or - for standard input, and --json.")
    return run(files[0] if files else intake.STDIN, json=bool(options))


def run(source: str, *, json: bool) -> int:
    """Check a file, standard input (``-``), or each line of a ``.jsonl`` file; return the exit code."""
    chosen = settings.read()
    language = Language.load(disabled=settings.disabled_rules())
    if intake.is_lines(source):
        return _lines(source, chosen, language)
    text = intake.read_draft(source, chosen.max_draft)
    reading = read(text, chosen, language)
    print(render.dumps(reading, indent=2) if json else render.reading_text(text, reading))
    return FOUND if found(reading) else CLEAN


def _lines(source: str, chosen: settings.Settings, language: Language) -> int:
    code = CLEAN
    for row in intake.read_rows(source, chosen.max_draft):
        if row.draft is None:
            error = row.error and render.error_json(row.error)
            print(render.dumps({"id": row.id, "line": row.line, "error": error}), flush=True)
            code = UNUSABLE
            continue
        reading = read(row.draft.text, chosen, language)
        print(render.dumps({"id": row.id, **as_json(reading)}), flush=True)
        if found(reading):
            code = max(code, FOUND)
    sys.stdout.flush()
    return code


def read(text: str, chosen: settings.Settings, language: Language | None = None) -> Reading:
    """Return what the linter sees in a text, whom to see first included."""
    language = language or Language.load(disabled=settings.disabled_rules())
    reading = habits.read(language, text)
    if reading.route is None:
        return reading
    contact = getattr(chosen, f"contact_{reading.route.to}")
    return replace(reading, route=replace(reading.route, contact=contact))


def found(reading: Reading) -> bool:
    """Tell whether the linter has anything to say about a text."""
    return bool(reading.findings or reading.route or reading.pattern.name is not PatternName.NONE)
