"""``benchcoach preview``: what of a draft would go to a model elsewhere, before anything does. Sends nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant import settings
from assistant.formats import intake, render

NOTE = (
    "This is a preview: nothing was sent. A request carries one part of this text at a time, with fixed instructions "
    "and examples of our own. Names outside your roster may be missed: read it before you send it anywhere."
)


def preview(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A text file, or `-` for standard input.")] = intake.STDIN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Show a text as a model elsewhere would get it, and whom each stand-in stands for. Sends nothing."""
    from assistant.privacy.pseudonyms import Nobody, Pseudonyms

    config = settings.read()
    text = intake.read_draft(file, config.max_draft)
    people = Pseudonyms.load(config.roster, config.phone_region) if config.pseudonyms == "on" else Nobody()
    hidden = people.hide([text])
    if as_json:
        print(render.dumps({"text": hidden.texts[0], "stands_for": hidden.known}, indent=2))
        return 0
    print(render.printable(hidden.texts[0]))
    print()
    for word, name in sorted(hidden.known.items()):
        print(f"{word}\t{render.printable(name)}")
    print(f"\n{NOTE}")
    return 0
