"""A lint for the library: what is wrong with its files, built in or an organisation's own, line by line.

Knows what a trainer may rely on in every file: a grade of evidence and a source, passages of a length to cite,
references that lead somewhere, ids that are there once, rules that do what their examples say. Changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from assistant.domain import Passage
from assistant.errors import LibraryError
from assistant.library import corpus, own_documents, phrasings, plain_words
from assistant.library.corpus import Framework
from assistant.library.documents.cutting import LONGEST
from assistant.library.organisation import aims_at_software
from assistant.reading.language import Language
from assistant.reading.rulebook import Rule

BUILT_IN, OWN = "built-in", "own"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PASSAGE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*#[a-z0-9]+(?:-[a-z0-9]+)*")
_LINK = re.compile(r"\[[^\]\n]{0,300}\]\(\s*<?([^)\s>]{1,500})")
_TICKED = re.compile(rf"`({_PASSAGE.pattern})`")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NAMED: Final = frozenset({"framework", "frameworks", "disagrees_with"})
"""Names in YAML whose values are ids of frameworks; an id of a passage is known by its sign, wherever it stands."""
_FOLDERS: Final = ("frameworks", "documents", "language", "examples", "scenarios", "criteria", "plans")
_WITH_IDS: Final = ("scenarios", "criteria")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong: in which library and file, on which line, what, and what to do."""

    place: str
    file: str
    line: int
    rule: str
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the lint found, and how much it looked at."""

    findings: tuple[Flaw, ...]
    frameworks: int
    documents: int
    passages: int


Reader = Callable[[Path], object]
"""What reads one file of a kind and raises LibraryError where it is broken."""


def check(built_in: Path, own: Path, readers: Mapping[str, Reader] | None = None) -> Report:
    """Look at the built-in library and an organisation's folder, and tell everything that is wrong.

    ``readers`` read the files of a folder (``scenarios``) as the product does; every YAML file is looked at anyway.
    """
    return _Lint(built_in, own, readers or {}).report()


class _Lint:
    def __init__(self, built_in: Path, own: Path, readers: Mapping[str, Reader]) -> None:
        self._readers = readers
        self._places = {BUILT_IN: built_in, OWN: own}
        self._flaws: list[Flaw] = []
        self._frameworks: dict[str, tuple[str, Path, Framework]] = {}
        self._documents: dict[str, own_documents.OwnDocument] = {}

    def report(self) -> Report:
        for place, folder in self._places.items():
            for path in sorted((folder / "frameworks").glob("*.md")):
                self._read_framework(place, path)
        for path in corpus.document_files(self._places[OWN]):
            self._read_document(path)
        known = self._known()
        for place, path, framework in self._frameworks.values():
            self._look_at_framework(place, path, framework, known)
        for place, folder in self._places.items():
            for path in sorted([*folder.glob("*.yaml"), *folder.glob("*/*.yaml")]):
                self._look_at_yaml(place, path, known)
            self._look_for_twice(place)
        self._look_at_rules()
        self._look_for_strangers()
        order = {place: number for number, place in enumerate(self._places)}
        found = sorted(set(self._flaws), key=lambda f: (order[f.place], f.file, f.line, f.rule, f.what))
        passages = sum(len(f.passages) for _, _, f in self._frameworks.values())
        passages += sum(len(d.passages) for d in self._documents.values())
        return Report(tuple(found), len(self._frameworks), len(self._documents), passages)

    def _add(self, place: str, path: Path, line: int, rule: str, what: str, hint: str) -> None:
        file = path.relative_to(self._places[place]).as_posix()
        self._flaws.append(Flaw(place, file, line, rule, what.rstrip(".") + ".", hint))

    def _read(self, place: str, path: Path) -> None:
        """Read a file as the product does."""
        read = self._readers.get(path.parent.name)
        if path.name in (phrasings.ASKED, phrasings.OUTSIDE):
            read = _read_phrasings
        elif path.name == plain_words.FILE:
            read = _read_plain_words
        elif (path.parent.name, path.name) == ("examples", "clauses.yaml"):
            read = corpus.read_examples
        elif (path.parent.name, path.name) == ("examples", "rewrites.yaml"):
            read = corpus.read_worked
        try:
            if read:
                read(path)
        except LibraryError as error:
            self._add(place, path, _line_in(f"{error.message} {error.detail}"), "format", error.message, error.hint)

    # --- Markdown -------------------------------------------------------------------------------------------

    def _read_framework(self, place: str, path: Path) -> None:
        try:
            framework, faults = corpus.examine(path, own=place == OWN)
        except LibraryError as error:
            self._add(place, path, _line_in(error.message), "format", error.message, error.hint)
            return
        for fault in faults:
            self._add(place, path, fault.line, "format", fault.what, fault.hint)
        if framework is not None:
            self._frameworks[framework.id] = (place, path, framework)

    def _read_document(self, path: Path) -> None:
        try:
            own = own_documents.read(path)
        except LibraryError as error:
            self._add(OWN, path, 1, "document", error.message, error.hint)
            return
        if own.id in self._frameworks or own.id in self._documents:
            what = f"something else in the library is called {own.id}, so this does not count"
            self._add(OWN, path, 1, "duplicate", what, "Rename the file.")
            return
        self._documents[own.id] = own
        text = path.read_text("utf-8", "replace")
        for passage in own.passages:
            self._look_at_length(OWN, path, text, passage)

    def _known(self) -> frozenset[str]:
        sources = [framework for _, _, framework in self._frameworks.values()]
        passages = [passage.id for framework in sources for passage in framework.passages]
        passages += [passage.id for own in self._documents.values() for passage in own.passages]
        return frozenset([*passages, *self._frameworks, *self._documents])

    def _look_at_framework(self, place: str, path: Path, framework: Framework, known: frozenset[str]) -> None:
        text = path.read_text("utf-8-sig")
        for passage in framework.passages:
            self._look_at_length(place, path, text, passage)
        for other in framework.disagrees_with:
            if other not in self._frameworks or other == framework.id:
                line = _line_of(text, "disagrees_with")
                what = f"its disagrees_with names {other}, which is not another framework of the library"
                self._add(place, path, line, "reference", what, "Correct the name, or leave it out.")
        for found in [*_LINK.finditer(text), *_TICKED.finditer(text)]:
            if not _leads_somewhere(found[1], path, framework.id, known):
                line = text.count("\n", 0, found.start()) + 1
                what = f"{found[1]} leads nowhere"
                self._add(place, path, line, "reference", what, "Name a passage, such as sbi#behaviour, or a file.")

    def _look_at_length(self, place: str, path: Path, text: str, passage: Passage) -> None:
        count = len(passage.text.split())
        if count > LONGEST:
            at = text.find(passage.text.split("\n", 1)[0])
            what = f"the passage {passage.id} has {count} words; nobody quotes more than {LONGEST}"
            self._add(place, path, text.count("\n", 0, max(at, 0)) + 1, "length", what, "Split it under two headings.")

    # --- YAML -----------------------------------------------------------------------------------------------

    def _look_at_yaml(self, place: str, path: Path, known: frozenset[str]) -> None:
        try:
            root = yaml.compose(path.read_text("utf-8-sig"), Loader=_Loader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            self._add(place, path, line, "format", "it cannot be read as YAML", "Look at its quotes and indents.")
            return
        self._read(place, path)
        for name, value, line in _scalars(root):
            wanted = value in known if _PASSAGE.fullmatch(value) else name not in _NAMED or value in self._frameworks
            if not wanted:
                what = f"{value} is not in the library"
                self._add(place, path, line, "reference", what, "Correct the id, or leave it out.")
        for id_, line in _repeated(root):
            self._add(place, path, line, "duplicate", f"the id {id_} is there twice", "Rename one of them.")
        if path.parent.name in _WITH_IDS and not _ids(root):
            self._add(place, path, 1, "format", "it has no id", "Open it with a line id: …")

    def _look_for_twice(self, place: str) -> None:
        for folder in _WITH_IDS:
            seen: dict[str, str] = {}
            for path in sorted((self._places[place] / folder).glob("*.yaml")):
                for id_, line in _ids(_composed(path)):
                    if id_ in seen and seen[id_] != path.name:
                        what = f"the id {id_} is in {seen[id_]} too"
                        self._add(place, path, line, "duplicate", what, "Rename one of them.")
                    seen.setdefault(id_, path.name)

    # --- rules ----------------------------------------------------------------------------------------------

    def _look_at_rules(self) -> None:
        folders = {place: folder / "language" for place, folder in self._places.items()}
        try:
            language = Language.load(list(folders.values()))
            language.verify()
        except LibraryError as error:
            self._add_rule_fault(folders, error)
            return
        own = {path.name: path for path in folders[OWN].glob("*.yaml")}
        for rule in language.rules:
            if path := own.get(rule.where.split(",")[0]):
                self._look_at_examples(path, rule, language)
        self._look_for_instructions(language)

    def _add_rule_fault(self, folders: dict[str, Path], error: LibraryError) -> None:
        for place in (OWN, BUILT_IN):
            for path in sorted(folders[place].glob("*.yaml")):
                if path.name in error.message:
                    rule = re.search(r"rule ([\w-]+)", error.message)
                    line = _line_of(path.read_text("utf-8", "replace"), rf"\s*-?\s*id:\s*{rule[1]}\b") if rule else 1
                    hint = error.hint or "docs/language.md lists what a rule needs."
                    self._add(place, path, line, "rule", error.message, hint)
                    return

    def _look_at_examples(self, path: Path, rule: Rule, language: Language) -> None:
        text = path.read_text("utf-8", "replace")
        for wanted, lines in ((True, rule.examples), (False, rule.counter_examples)):
            for line in lines:
                if any(finding.rule == rule.id for finding in language.read(line).findings) is not wanted:
                    at = text.count("\n", 0, max(text.find(line), 0)) + 1
                    what = f"the rule {rule.id} {'misses its example' if wanted else 'fires on its counter-example'}"
                    self._add(OWN, path, at, "rule", what, "Change the pattern or the line.")

    def _look_for_instructions(self, language: Language) -> None:
        for own in self._documents.values():
            for passage in own.passages:
                if aims_at_software(language, passage.text):
                    path = next(
                        p for p in corpus.document_files(self._places[OWN]) if own_documents.id_of(p.name) == own.id
                    )
                    what = f"the passage {passage.id} speaks to software; it is quoted and never followed"
                    self._add(OWN, path, 1, "instruction", what, "Take it out of the document if it is not meant.")

    def _look_for_strangers(self) -> None:
        read = {*_FOLDERS, *(path.name for path in self._places[BUILT_IN].glob("*"))}
        for path in sorted(self._places[OWN].glob("[!.]*")):
            if path.name not in read:
                hint = f"What counts lies in {', '.join(_FOLDERS)}."
                self._add(OWN, path, 1, "place", "nothing reads this", hint)


def _read_phrasings(path: Path) -> object:
    return phrasings.load([path.parent])


def _read_plain_words(path: Path) -> object:
    return plain_words.load([path.parent])


def _leads_somewhere(target: str, path: Path, framework: str, known: frozenset[str]) -> bool:
    if _ELSEWHERE.match(target):
        return True
    if target.startswith("#"):
        return f"{framework}{target}" in known
    file, _, passage = target.partition("#")
    name = file.removesuffix(".md")
    return target in known or (f"{name}#{passage}" if passage else name) in known or (path.parent / target).exists()


def _composed(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text("utf-8-sig"), Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None  # told where the file itself is looked at


def _scalars(root: yaml.Node | None) -> Iterator[tuple[str, str, int]]:
    """Yield each text of a YAML tree with the name it stands under and its line; names themselves too."""
    waiting = [("", root)] if root is not None else []
    while waiting:
        name, node = waiting.pop()
        if isinstance(node, yaml.ScalarNode):
            yield name, str(node.value), node.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(name, item) for item in node.value]
        elif isinstance(node, yaml.MappingNode):
            waiting += [pair for key, value in node.value for pair in (("", key), (str(key.value), value))]


def _ids(root: yaml.Node | None) -> list[tuple[str, int]]:
    """Return the ids of a YAML file: its own, or those of the rows that it lists."""
    rows = root.value if isinstance(root, yaml.SequenceNode) else [root]
    pairs = [pair for row in rows if isinstance(row, yaml.MappingNode) for pair in row.value]
    if isinstance(root, yaml.MappingNode):  # `criteria:` and the like, with a list under it
        pairs += [
            pair
            for _, value in root.value
            if isinstance(value, yaml.SequenceNode)
            for row in value.value
            if isinstance(row, yaml.MappingNode)
            for pair in row.value
        ]
    return [(str(value.value), value.start_mark.line + 1) for key, value in pairs if key.value == "id"]


def _repeated(root: yaml.Node | None) -> Iterator[tuple[str, int]]:
    waiting = [root] if root is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            seen: set[str] = set()
            for id_, line in _ids(node):
                if id_ in seen:
                    yield id_, line
                seen.add(id_)
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]


def _line_of(text: str, start: str) -> int:
    found = re.search(rf"^{start}", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _line_in(message: str) -> int:
    """Return the line that an error's words name, or 1."""
    found = re.search(r"\bline (\d+)", message)
    return int(found[1]) if found else 1
