"""The library's passages as its files hold them, read by the evals themselves, to hold quotations against.

Knows front matter, headings and their ids; nothing of how the product reads, cuts or finds passages.
"""

from __future__ import annotations

import re
from functools import cache

from assistant.shelf import knowledge_folder
from evals.text import folded

_HEADING = re.compile(r"^##+\s.*\{#([\w-]+)\}\s*$", re.MULTILINE)


@cache
def passages() -> dict[str, str]:
    """Return the text of every passage of the built-in library by its id, white space folded."""
    found = {}
    for path in sorted((knowledge_folder() / "frameworks").glob("*.md")):
        parts = _HEADING.split(path.read_text("utf-8"))
        for anchor, text in zip(parts[1::2], parts[2::2], strict=True):
            found[f"{path.stem}#{anchor}"] = flat(text)
    return found


def flat(text: str) -> str:
    """Return ``text`` on one line, without the marks of emphasis."""
    return " ".join(folded(text).replace("*", "").split())


def is_real(id: str, quote: str) -> bool:
    """Whether there is such a passage and it holds the quotation word for word."""
    return bool(quote.strip()) and flat(quote) in passages().get(id, "")
