"""Where the library and the prompts lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import LibraryError

_PACKAGE = Path(__file__).resolve().parent


def knowledge_folder() -> Path:
    """Return the folder of the built-in knowledge library."""
    return _find("knowledge")


def prompts_folder() -> Path:
    """Return the folder of the prompt files."""
    return _find("prompts")


def _find(name: str) -> Path:
    for place in (_PACKAGE / "_share" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise LibraryError(f"The folder {name}/ is missing from this installation.", hint="Install benchcoach again.")
