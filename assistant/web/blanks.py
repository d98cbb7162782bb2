"""What a text still lacks: [blanks] that are marked in it, and fields that fill them as one types.

Knows text alone. The browser does the filling (``page.js``): one field fills every blank of its name, in what is
said, what is sent, what is copied and what is downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from assistant.web.words import Words

_BLANK = re.compile(r"\[([^\[\]\n]{1,80})\]")


def blanks_in(text: str) -> tuple[str, ...]:
    """Return the names of a text's blanks, in order, each once."""
    return tuple(dict.fromkeys(blank[1] for blank in _BLANK.finditer(text)))


def text_html(text: str) -> str:
    """Return a text escaped, with its [blanks] marked and named for the field that fills them."""
    marked: list[str] = []
    at = 0
    for blank in _BLANK.finditer(text):
        name = escape(blank[1])
        marked += [
            escape(text[at : blank.start()]),
            f'<mark class="bc-blank" data-gap-of="{name}">[{name}]</mark>',
        ]
        at = blank.end()
    return "".join(marked) + escape(text[at:])


def blanks_html(texts: Iterable[str], words: Words) -> str:
    """Return a field for each blank of several texts; nothing where nothing is missing."""
    names = dict.fromkeys(name for text in texts for name in blanks_in(text))
    if not names:
        return ""
    fields = "".join(
        f'<label><span>{escape(name)}</span><input type="text" data-gap="{escape(name)}" autocomplete="off"></label>'
        for name in names
    )
    return f'<fieldset class="bc-gaps"><legend>{escape(words("blanks.title"))}</legend>{fields}</fieldset>'
