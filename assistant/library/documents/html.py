"""HTML as blocks: what a reader of the page would see, in its order.

Knows how a page hides words (scripts, hidden elements, styles that make them invisible) and reports those as left out.
Runs in the child process alone. Knows nothing of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from assistant.library.documents.blocks import Block, LeftOut, tidy

_DROPPED: Final = {
    "script": "a script",
    "style": "a style",
    "template": "a template that is never shown",
    "noscript": "what only shows without scripts",
    "iframe": "an embedded page",
    "object": "an embedded object",
    "svg": "a drawing",
    "select": "a form's field",
    "textarea": "a form's field",
    "nav": "a menu",
}
_BLOCKS: Final = frozenset(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu ol p pre section summary table tbody tfoot
    thead tr ul""".split()
)
_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0+)?(?:$|[;!])|font-size:[01]?(?:\.\d+)?(?:px|pt|em|rem|%)?(?:$|[;!])"
    r"|text-indent:-\d{3,}|(?:left|top|right|bottom):-\d{3,}|clip:rect\(0|clip-path:inset\((?:50|100)%|color:transparent"
    r"|(?:max-)?(?:height|width):[01](?:px)?;(?:.*;)?overflow:hidden|overflow:hidden;(?:.*;)?(?:max-)?(?:height|width):[01](?:px)?(?:$|[;!])"
)
_WHITE = re.compile(r"(?:^|;)color:(?:white|#fff(?:fff)?|rgba?\(255,255,255)")
_GROUND = re.compile(r"(?:^|;)background(?:-color|-image)?:")
_RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_TAG = re.compile(r"<[^<>]*>")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BOLD: Final = frozenset({"b", "strong"})
_HEADING_WORDS: Final = 12


def parse(data: bytes | str) -> tuple[str, list[Block], list[LeftOut]]:
    """Return the title of a page, its blocks in order, and what was left out."""
    tree = LexborHTMLParser(data)
    titled = tree.css_first("title")
    title = tidy(titled.text()) if titled else ""
    left_out = list(_take_out(tree))
    walk = _Walk()
    blocks = list(walk.blocks(tree.body)) if tree.body else []
    if not any(block.level for block in blocks):  # headings made by hand
        blocks = [Block(b.text, 2) if i in walk.bold and _short(b.text) else b for i, b in enumerate(blocks)]
    left_out += [LeftOut("a comment", text) for text in walk.comments]
    return title or next((b.text for b in blocks if b.level == 1), ""), blocks, left_out


def _take_out(tree: LexborHTMLParser) -> Iterator[LeftOut]:
    sheets = _CSS_COMMENT.sub("", "\n".join(node.text() for node in tree.css("style")))
    for selector, why in _DROPPED.items():
        yield from _remove(tree.css(selector), why)
    hidden = [
        *tree.css("[hidden]"),
        *(node for node in tree.css("[style]") if _invisible(node, "background" in sheets)),
    ]
    yield from _remove(hidden, "hidden on the page")
    for selector, declared in _RULE.findall(_AT_RULE.sub("", sheets)):
        if _HIDING.search(_squeezed(declared)):
            try:
                found = tree.css(selector.strip())
            except (SelectolaxError, ValueError):
                continue  # a selector that a static page cannot answer, such as :hover
            yield from _remove(found, "hidden on the page")


def _remove(nodes: list[LexborNode], why: str) -> Iterator[LeftOut]:
    for node in nodes:
        if node.tag in ("html", "body") or node.parent is None:
            continue
        if text := tidy(node.text(separator=" ") or _TAG.sub(" ", node.html or "")):
            yield LeftOut(why, text)
        node.decompose()


def _invisible(node: LexborNode, has_grounds: bool) -> bool:
    style = _squeezed(node.attributes.get("style") or "")
    if _HIDING.search(style):
        return True
    if not _WHITE.search(style) or has_grounds:
        return False
    around: LexborNode | None = node
    while around is not None:  # white words show on a ground of their own
        if _GROUND.search(_squeezed(around.attributes.get("style") or "")) or "bgcolor" in around.attributes:
            return False
        around = around.parent
    return True


def _squeezed(style: str) -> str:
    return re.sub(r"\s+", "", _CSS_COMMENT.sub("", style).lower())


class _Walk:
    """One pass over the tree, without recursion: a page may be nested as deeply as it likes."""

    def __init__(self) -> None:
        self.bold: set[int] = set()
        """Which blocks are all in bold type, counted from 0."""
        self.comments: list[str] = []
        self._count = 0
        self._held: list[str] = []
        self._heading = 0
        self._before = ""
        self._pre = 0
        self._depth = 0
        self._all_bold = True

    def blocks(self, root: LexborNode) -> Iterator[Block]:
        """Yield the blocks below a node."""
        last = root.mem_id  # nodes compare by their whole content, which would take a deep page for ever
        node: LexborNode | None = root
        while node is not None:
            yield from self._enter(node)
            if node.child is not None:
                node = node.child
                continue
            yield from self._leave(node)
            while node is not None and node.mem_id != last and node.next is None:
                node = node.parent
                if node is not None:
                    yield from self._leave(node)
            node = node.next if node is not None and node.mem_id != last else None
        yield from self._flush()

    def _enter(self, node: LexborNode) -> Iterator[Block]:
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
        elif tag == "-comment":
            self.comments += [text for text in [tidy(node.comment_content or "")] if text]
        elif tag in _BLOCKS:
            yield from self._flush()
            if tag[0] == "h" and tag[1:].isdigit():
                self._heading = int(tag[1:])
            self._before = "- " if tag == "li" else self._before
            self._pre += tag == "pre"
        elif tag == "br":
            self._held.append("\n")
        elif tag in ("td", "th"):
            self._held.append(" | " if "".join(self._held).strip() else "")
        self._depth += tag in _BOLD

    def _leave(self, node: LexborNode) -> Iterator[Block]:
        tag = node.tag or ""
        self._depth -= tag in _BOLD
        if tag in _BLOCKS:
            yield from self._flush()
            self._heading = 0
            self._before = "" if tag == "li" else self._before
            self._pre -= tag == "pre"

    def _text(self, text: str) -> None:
        if text.strip() and not self._depth:
            self._all_bold = False
        self._held.append(text if self._pre else re.sub(r"\s+", " ", text))

    def _flush(self) -> Iterator[Block]:
        if text := tidy("".join(self._held)):
            if self._all_bold and not self._heading and not self._before:
                self.bold.add(self._count)
            yield Block(text if self._heading else self._before + text, self._heading)
            self._count += 1
            self._before = ""
        self._held, self._all_bold = [], True


def _short(text: str) -> bool:
    return len(text.split()) <= _HEADING_WORDS and "\n" not in text and text[-1] not in ".,;!?"
