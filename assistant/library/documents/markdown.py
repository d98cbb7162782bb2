"""Markdown and plain text as blocks: headings, paragraphs, lists; what a browser would not show is left out.

Knows the part of Markdown that tells where a passage begins. Everything else stays as it was written.
Runs in one pass over the lines, whatever they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import yaml

from assistant.library.documents.blocks import Block, LeftOut, tidy

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*")
_PIN = re.compile(r"(.+?) +\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}")
_UNDERLINE = re.compile(r" {0,3}(=+|-{3,})[ \t]*")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*")
_HIDING: Final = (("<!--", "-->", "a comment"), ("<script", "</script>", "a script"), ("<style", "</style>", "a style"))
_OPENS = re.compile("<!--|<script|<style", re.IGNORECASE)


def parse(text: str) -> tuple[str, list[Block], list[LeftOut]]:
    """Return the title (empty where the text names none), the blocks in order, and what was left out."""
    title, text, left_out = _front_matter(text)
    text, hidden = _shown(text)
    blocks = list(_blocks(text.split("\n")))
    return title or next((b.text for b in blocks if b.level == 1), ""), blocks, left_out + hidden


def _front_matter(text: str) -> tuple[str, str, list[LeftOut]]:
    if not text.startswith("---\n"):
        return "", text, []
    end = text.find("\n---\n", 3)
    if end < 0:
        return "", text, []
    front = text[4 : end + 1]
    try:
        meta = yaml.load(front, Loader=_Loader)  # noqa: S506 - a safe loader, in C
    except (yaml.YAMLError, ValueError, RecursionError):
        return "", text, []  # two rules with words between them
    if not isinstance(meta, dict):
        return "", text, []
    named = meta.get("title")
    return (tidy(named) if isinstance(named, str) else ""), text[end + 5 :], [LeftOut("front matter", front.strip())]


def _shown(text: str) -> tuple[str, list[LeftOut]]:
    """Take out comments, scripts and styles. One that is never closed reaches to the end, as in a browser."""
    pieces, left_out, at = [], [], 0
    low = text.lower()
    while opened := _OPENS.search(text, at):
        _, close, why = next(row for row in _HIDING if row[0] == opened[0].lower())
        end = low.find(close, opened.end())
        end = len(text) if end < 0 else end + len(close)
        pieces.append(text[at : opened.start()])
        left_out.append(LeftOut(why, text[opened.start() : end]))
        at = end
    return "".join([*pieces, text[at:]]), left_out


def _blocks(lines: list[str]) -> Iterator[Block]:
    held: list[str] = []
    fence = ""
    for line in lines:
        if fence:
            held.append(line)
            if line.strip().startswith(fence):
                fence = ""
            continue
        if opened := _FENCE.match(line):
            fence = opened[1]
            held.append(line)
        elif heading := _HEADING.fullmatch(line):
            yield from _paragraph(held)
            held = []
            yield _heading(heading[2], len(heading[1]))
        elif len(held) == 1 and held[0].strip() and _UNDERLINE.fullmatch(line):
            yield _heading(held[0], 1 if "=" in line else 2)
            held = []
        elif not line.strip() or _RULE.fullmatch(line):
            yield from _paragraph(held)
            held = []
        else:
            held.append(line)
    yield from _paragraph(held)


def _heading(text: str, level: int) -> Block:
    pinned = _PIN.fullmatch(text.strip())
    return Block(tidy(pinned[1]), level, pin=pinned[2]) if pinned else Block(tidy(text), level)


def _paragraph(lines: list[str]) -> Iterator[Block]:
    if text := tidy("\n".join(lines)):
        yield Block(text)
