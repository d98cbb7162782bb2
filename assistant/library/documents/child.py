"""The child process that opens documents of intricate kinds: what breaks it, or never ends, breaks nothing else.

Bytes come in on standard input, blocks go out as JSON on standard output. It has a limit of memory and of
processor time, may write no file, and is told no path. Run as ``python -m assistant.library.documents.child KIND``.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from typing import Final

from assistant.errors import InputError
from assistant.library.documents.blocks import Block, LeftOut

MEMORY: Final = 2 << 30
CPU_SECONDS: Final = 60


def main() -> None:
    """Read one document and answer once."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _silence()
    _limit()
    try:
        title, blocks, left_out = _read(sys.argv[1], sys.stdin.buffer.read())
        told: dict[str, object] = {
            "title": title,
            "blocks": [[b.text, b.level, b.page] for b in blocks],
            "left_out": [[piece.why, piece.text] for piece in left_out],
        }
    except InputError as error:
        told = {"error": [error.message, error.hint, error.detail]}
    except MemoryError:
        told = {"error": ["It needs more memory than a document may.", "Split it, or save it as plain text.", ""]}
    except Exception as error:  # noqa: BLE001 - a file from outside can break its reader in any way
        told = {"error": ["It is broken.", "Open it and save it again.", type(error).__name__]}
    json.dump(told, answers)
    answers.flush()
    os._exit(0)


def _read(kind: str, data: bytes) -> tuple[str, list[Block], list[LeftOut]]:
    if kind == "pdf":
        from assistant.library.documents import pdf

        return pdf.parse(data)
    from assistant.library.documents import html

    if kind == "html":
        return html.parse(data)
    from assistant.library.documents import docx

    page, left_out = docx.to_html(data)
    title, blocks, more = html.parse(page)
    return title, blocks, left_out + more


def _silence() -> None:
    """Readers complain about broken files at length; what they say may hold the file's words."""
    logging.disable(logging.CRITICAL)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a system that knows no such limit, or a lower one that is set
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
