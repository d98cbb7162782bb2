"""``benchcoach ask``: a question to the library on the command line. Knows typer and how an answer reads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import settings
from assistant.commands import terminal
from assistant.domain import Origin
from assistant.formats import intake, render

if TYPE_CHECKING:
    from assistant.library.ask import Answer

_HERE = "this machine"


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In your own words; `-` reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    model: Annotated[
        str | None, typer.Option(help="embedded, none, or a model's name at the address in the settings.")
    ] = None,
) -> int:
    """Answer a question from the library, with numbered citations, or say that it does not cover it."""
    from assistant.coach import Coach

    config = settings.load(model=model)
    limit = config.max_draft
    asked = intake.read_draft(question, limit) if question == intake.STDIN else intake.usable(question, limit)
    coach = Coach.open(config)
    try:
        if coach.place != _HERE:
            print(f"The question goes to {coach.place} (model {coach.model_name}).", file=sys.stderr)
        with terminal.steps("Looking it up"):
            answer = coach.ask(asked)
    finally:
        coach.close()
    print(render.dumps(answer, indent=2) if as_json else answer_text(answer))
    return 0


def answer_text(answer: Answer) -> str:
    """Return an answer with its sources for a terminal."""
    lines = [answer.answer]
    if answer.supported:
        lines += ["", _whose_words(answer), ""]
        for number, citation in enumerate(answer.citations, 1):
            lines.append(f"[{number}] {citation.title} ({citation.source})")
            lines.append(f"    “{citation.quote}”")
            lines.append(f"    benchcoach kb show {citation.id}")
    return render.printable("\n".join(lines))


def _whose_words(answer: Answer) -> str:
    if answer.origin is Origin.FALLBACK:
        return f"{answer.notice} Quoted from the library, word for word; no model wrote this.".strip()
    left_out = f" {answer.left_out} of its sentences had no support and were left out." if answer.left_out else ""
    return f"Written by {answer.model} from the passages below; each sentence was checked against its own.{left_out}"
