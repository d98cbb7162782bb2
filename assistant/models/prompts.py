"""Prompt files: loaded, checked, rendered into messages, and labelled.

Knows the file format and how outside text is kept outside. Does not know what any prompt is
for, nor any model.

A file ``prompts/NAME.md`` is strict front matter and then one section per message::

    ---
    purpose: Say what one clause of a draft is.
    version: 3
    inputs: [examples, clause]
    ---
    ---system---
    You label one clause of a draft.
    {% for example in examples %}
    ---user---
    {{ example.text | fence("clause") }}
    ---assistant---
    {{ example.kind }}
    {% endfor %}
    ---user---
    {{ clause | fence("clause") }}

Sections may stand in loops and conditions. Their lines are recognised in the file only, never
in a value, so no outside text can open a message of its own.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.errors import LibraryError
from assistant.shelf import prompts_folder

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

FENCES = ("draft", "clause", "text", "example", "passage", "standard", "line", "reply", "conversation")
"""The names a fence may have. Outside text can open or close none of them."""

_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_SECTION = re.compile(r"^---(system|user|assistant)---[ \t]*\n", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_KEYS = ("purpose", "version", "inputs")
# Unknown to everybody outside this process, so a rendered value cannot imitate a section line.
_TURN = f"<turn {secrets.token_hex(16)} "


def _spelled(name: str) -> str:
    """Return a pattern for ``name`` in plain or full-width letters."""
    return "".join(f"[{c}{c.upper()}{chr(ord(c) + 0xFEE0)}{chr(ord(c.upper()) + 0xFEE0)}]" for c in name)


_TAG = re.compile(r"[<＜‹〈⟨﹤˂ᐸ❮](?=[\s/／⁄∕⧸\\]*(?:" + "|".join(_spelled(name) for name in FENCES) + r")(?![\w-]))")
_CHAT_TOKEN = re.compile(r"<(?=\|)|(?<=\|)>")
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters and marks that show nothing
_BREAK = re.compile("\r\n|[\r\u2028\u2029\x85\x0b\x0c]")


def fence(text: str, name: str = "text") -> str:
    """Return outside ``text`` between ``<name>`` and ``</name>``, unable to open or close any fence."""
    if name not in FENCES:
        raise LibraryError(f"A prompt uses a fence that does not exist: {name}.")
    return _Fenced(f"<{name}>\n{_outside(text)}\n</{name}>")


def plain(text: str) -> str:
    """Return ``text`` without invisible characters, and with a chat template's own tokens broken.

    A server that reads ``<|im_start|>`` in a message as a token would let a draft speak as the system.
    """
    seen = _BREAK.sub("\n", text)
    if not seen.isascii() or not seen.isprintable():
        seen = "".join(char for at, char in enumerate(seen) if _visible(seen, at))
    return _CHAT_TOKEN.sub(lambda match: "< " if match[0] == "<" else " >", seen)


def _visible(text: str, at: int) -> bool:
    char, before = text[at], text[at - 1] if at else " "
    if char in "\n\t":
        return True
    if char in "\u200c\u200d\ufe0e\ufe0f":  # inside an emoji, or a Persian or Indic word
        return 0x0590 <= ord(before) < 0xFE00 or ord(before) > 0xFFFF or before == "\ufe0f"
    if char in _BLANKS or 0xE0000 <= ord(char) <= 0xE0FFF:
        return False
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs")


class _Fenced(str):
    """Text that stands in a fence already; the fence's own lines must survive printing."""

    __slots__ = ()


def _outside(text: str) -> str:
    return _TAG.sub("(", plain(text))


def _printed(value: object) -> object:
    """Clean every value a template prints, also one that nobody thought to fence."""
    return _outside(value) if isinstance(value, str) and not isinstance(value, _Fenced) else value


def _environment() -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # a prompt is not HTML; `fence` and `_printed` guard the values
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printed,
    )
    env.filters["fence"] = fence
    return env


_ENV = _environment()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file, checked. ``label`` names it with version and hash in every report."""

    name: str
    purpose: str
    version: int
    inputs: tuple[str, ...]
    label: str
    _template: Template = field(repr=False, compare=False)

    def render(self, **inputs: Any) -> list[BaseMessage]:  # noqa: ANN401 - any value a template can print
        """Return the messages for ``inputs``; exactly the declared ones must be given."""
        missing = sorted(set(self.inputs) - set(inputs))
        unknown = sorted(set(inputs) - set(self.inputs))
        if missing or unknown:
            told = f"is missing {', '.join(missing)}" if missing else f"does not take {', '.join(unknown)}"
            raise LibraryError(f"The prompt {self.name} {told}.", hint="Its front matter lists its inputs.")
        try:
            text = self._template.render(inputs)
        except TemplateError as error:
            raise LibraryError(
                f"The prompt {self.name} asks for something its inputs do not have.", detail=str(error)
            ) from error
        return _messages(self.name, text)


def load(name: str, folder: Path | None = None) -> Prompt:
    """Return the prompt ``name``, read once. Raises LibraryError naming the file and the fault."""
    return _load(name, folder or prompts_folder())


def names(folder: Path | None = None) -> list[str]:
    """Return the names of all prompt files."""
    return sorted(path.stem for path in (folder or prompts_folder()).glob("*.md"))


@lru_cache(maxsize=128)
def _load(name: str, folder: Path) -> Prompt:
    if not _NAME.fullmatch(name):
        raise LibraryError(f"A prompt cannot have the name {name!r}.")
    path = folder / f"{name}.md"
    try:
        source = path.read_text("utf-8")  # universal newlines: a checkout's line ends do not change the hash
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"The prompt {path.name} cannot be read.", detail=str(error)) from error
    front = _FRONT.match(source)
    if not front:
        raise _broken(path, "does not begin with front matter between --- lines")
    purpose, version, inputs = _front_matter(path, front[1])
    body = source[front.end() :]
    _check_body(path, body, inputs)
    marked = _SECTION.sub(lambda match: f"{_TURN}{match[1]}>", body)
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    return Prompt(name, purpose, version, inputs, f"{name}@{version}+{digest}", _ENV.from_string(marked))


def _front_matter(path: Path, text: str) -> tuple[str, int, tuple[str, ...]]:
    try:
        front = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _broken(path, "has front matter that is not YAML", str(error)) from error
    if not isinstance(front, dict) or set(front) != set(_KEYS):
        raise _broken(path, f"needs exactly these lines in its front matter: {', '.join(_KEYS)}")
    purpose, version, inputs = (front[key] for key in _KEYS)
    if not isinstance(purpose, str) or not purpose.strip():
        raise _broken(path, "has no purpose")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _broken(path, "needs a whole number from 1 as its version")
    if not isinstance(inputs, list) or not all(isinstance(item, str) for item in inputs):
        raise _broken(path, "needs a list of names as its inputs")
    if len(set(inputs)) != len(inputs):
        raise _broken(path, "names an input twice")
    return purpose.strip(), version, tuple(inputs)


def _check_body(path: Path, body: str, inputs: tuple[str, ...]) -> None:
    try:
        used = meta.find_undeclared_variables(_ENV.parse(body))
    except TemplateError as error:
        raise _broken(path, f"is not a template: {error}") from error
    if used != set(inputs):
        odd = ", ".join(sorted(used ^ set(inputs)))
        raise _broken(path, f"does not use exactly the inputs it declares: {odd}")
    first = _SECTION.search(body)
    if not first or body[: first.start()].strip():
        raise _broken(path, "must open with a ---system--- or ---user--- line")


def _broken(path: Path, fault: str, detail: str = "") -> LibraryError:
    return LibraryError(f"The prompt {path.name} {fault}.", detail=detail)


def _messages(name: str, text: str) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    messages: list[BaseMessage] = []
    roles: list[str] = []
    for section in text.split(_TURN)[1:]:
        role, _, content = section.partition(">")
        messages.append(kinds[role](content=content.strip("\n")))
        roles.append(role)
    turns = roles[1:] if roles[:1] == ["system"] else roles
    if not turns or turns != [("user", "assistant")[i % 2] for i in range(len(turns))] or len(turns) % 2 == 0:
        raise LibraryError(f"The prompt {name} does not alternate between user and assistant and end with the user.")
    return messages
