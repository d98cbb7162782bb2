"""An organisation's own documents: looked at before they count, added, listed, removed, and taken back.

Knows the folder ``knowledge/`` in the home folder. A change is first written down whole, then carried out; one
that a crash cut short is carried out by the next command, so a change happens completely or not at all. Knows
nothing of vectors: an index is named by what it was made from, so a reader never meets half of a change.
"""

from __future__ import annotations

import getpass
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from assistant.errors import InputError, LibraryError
from assistant.library import corpus, documents, own_documents
from assistant.library.documents import LeftOut
from assistant.library.documents.blocks import tidy, visible
from assistant.library.likeness import Likeness, Twin
from assistant.library.own_documents import OwnDocument
from assistant.private_file import written_whole
from assistant.reading.language import Language
from assistant.reading.orders import Orders

_HISTORY: Final = ".history"
_KEPT_CHANGES: Final = 20
_LOCK_SECONDS: Final = 30
_JUNK: Final = frozenset({"thumbs.db", "desktop.ini"})
_MOST_FILES: Final = 2_000
DOING, DONE, UNDOING = "doing", "done", "undoing"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that somebody hands in: the name it is known by, and where it lies."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that cannot be taken in, and why."""

    file: str
    error: InputError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file and the document it would be: new, in place of an older version, or there already."""

    file: str
    document: OwnDocument
    verdict: str
    same_as: str = ""
    twins: tuple[Twin, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether adding it would change anything."""
        return self.verdict != "already there"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would count, before it does."""

    by: str
    candidates: tuple[Candidate, ...] = ()
    refused: tuple[Refused, ...] = ()

    @property
    def wanted(self) -> tuple[Candidate, ...]:
        """The documents that adding would take in."""
        return tuple(candidate for candidate in self.candidates if candidate.counts)


@dataclass(frozen=True, slots=True)
class Looking:
    """A file that is being read, and how many were before it."""

    file: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what was done, by whom, when, and to which documents."""

    action: str
    by: str
    when: str
    documents: tuple[str, ...]


class OwnKnowledge:
    """The organisation's documents in one home folder. Safe between processes."""

    def __init__(self, home: Path, built_in: Path, *, max_megabytes: int = 20) -> None:
        self.folder = home / "knowledge"
        self._documents = self.folder / "documents"
        self._history = self.folder / _HISTORY
        self._built_in = built_in
        self._max_megabytes = max_megabytes

    @property
    def max_bytes(self) -> int:
        """The largest file that is looked at."""
        return self._max_megabytes * 1_000_000

    def preview(self, files: Iterable[Incoming | Refused], by: str = "") -> Preview:
        """Read files and tell what of them would count. One that cannot be read does not stop the others."""
        for item in self.previewing(files, by):
            if isinstance(item, Preview):
                return item
        raise AssertionError("previewing ends with a preview")

    def previewing(self, files: Iterable[Incoming | Refused], by: str = "") -> Iterator[Looking | Preview]:
        """Yield each file before it is read, and last the preview of them all."""
        files, by = list(files), by or user_name()
        library = corpus.load([self._built_in, self.folder])
        held = {own.id: own for own in library.documents}
        taken = {framework.id for framework in library.frameworks} | set(held)
        likeness = Likeness(library.passages)
        candidates: list[Candidate] = []
        refused: list[Refused] = []
        for number, file in enumerate(files):
            if isinstance(file, Refused):
                refused.append(file)
                continue
            yield Looking(shown_name(file.name), number, len(files))
            try:
                candidate = self._candidate(file, held, taken, likeness, by)
            except InputError as error:
                refused.append(Refused(shown_name(file.name), error))
                continue
            if candidate.counts:
                held[candidate.document.id] = candidate.document
                taken.add(candidate.document.id)
                likeness.add(candidate.document.passages)
            candidates.append(candidate)
        yield Preview(by, tuple(candidates), tuple(refused))

    def add(self, preview: Preview) -> Change | None:
        """Take the documents of a preview in, all of them or none; return the change, or None for nothing to do."""
        wanted = {c.document.id: c.document for c in preview.wanted}
        if not wanted:
            return None
        with self._locked():
            held = self._held()
            for id_, own in wanted.items():
                if id_ in held and held[id_][1].file != own.file:
                    raise InputError(
                        f"Somebody else added a document called {id_} in the meantime.", hint="Add yours again."
                    )
            after = {f"{id_}.md": own_documents.written(own) for id_, own in wanted.items()}
            # A new version of a file that was dropped as plain text takes that file's place.
            after |= {held[i][0].name: "" for i in wanted if i in held and held[i][0].name not in after}
            return self._change("add", preview.by, after, tuple(own.file for own in wanted.values()))

    def remove(self, names: Sequence[str], by: str = "", *, for_good: bool = False) -> Change:
        """Remove documents by id or file name; ``for_good`` also forgets what undo would need."""
        with self._locked():
            held = self._held()
            found = {path.name: own for path, own in held.values() for name in names if name in (own.id, own.file)}
            known = {name for own in found.values() for name in (own.id, own.file)}
            if missing := [name for name in names if name not in known]:
                raise InputError(
                    f"There is no document called {shown_name(missing[0])}.",
                    hint="`benchcoach kb list` shows them all.",
                )
            change = self._change("remove", by, dict.fromkeys(found, ""), tuple(o.file for o in found.values()))
            if for_good:
                shutil.rmtree(self._history, ignore_errors=True)
            return change

    def undo(self) -> Change:
        """Take the last change back. Raises InputError where there is none, or a file was edited since."""
        with self._locked():
            if not (folders := self._changes()):
                raise InputError("There is nothing to take back.")
            folder, record = folders[-1], _record(folders[-1])
            for name in record["files"]:
                now, then = self._documents / name, folder / "after" / name
                if _content(now) != _content(then):
                    raise InputError(
                        f"{name} was changed by hand since; taking the change back would lose that.",
                        hint="Keep a copy of it elsewhere, and remove the document instead.",
                    )
            _mark(folder, UNDOING)
            self._carry_out(folder)
            return _change_of(record)

    def documents(self) -> tuple[OwnDocument, ...]:
        """Return the organisation's documents, after finishing what a crash may have cut short."""
        if self._unfinished():
            with self._locked():
                pass
        return tuple(own for _, own in self._held().values())

    def troubles(self) -> tuple[LibraryError, ...]:
        """Return why documents in the folder do not count."""
        return corpus.read_documents([self._built_in, self.folder])[1]

    def _candidate(
        self, file: Incoming, held: dict[str, OwnDocument], taken: set[str], likeness: Likeness, by: str
    ) -> Candidate:
        name = shown_name(file.name)
        data = _bytes(file.path, self.max_bytes)
        digest = own_documents.digest(data)
        if same := next((own for own in held.values() if own.sha256 == digest), None):
            return Candidate(name, same, "already there", same.id)
        document = documents.read(name, data, max_megabytes=self._max_megabytes)
        older = next((own for own in held.values() if own.file == name), None)
        id_ = older.id if older else _free_id(name, taken)
        own = own_documents.made(id_, name, digest, document, by=by, when=_now())
        twins = likeness.twins(own.passages, apart_from=older.id if older else "")
        of = {twin.of.partition("#")[0] for twin in twins if twin.share == 1.0}
        if not older and len(of) == 1 and sum(twin.share == 1.0 for twin in twins) == len(own.passages):
            return Candidate(name, own, "already there", of.pop(), twins, document.left_out, document.notes)
        verdict = "replaces" if older else "new"
        notes = (*document.notes, *self._notes(own))
        return Candidate(name, own, verdict, older.id if older else "", twins, document.left_out, notes)

    def _notes(self, own: OwnDocument) -> Iterator[str]:
        language = _rules(self._built_in / "language")
        aimed = [passage.id for passage in own.passages if aims_at_software(language, passage.text)]
        if aimed:
            yield f"Speaks to software in {', '.join(aimed)}. That is quoted like the rest, and never followed."

    def _held(self) -> dict[str, tuple[Path, OwnDocument]]:
        found: dict[str, tuple[Path, OwnDocument]] = {}
        for path in corpus.document_files(self.folder):
            try:
                own = own_documents.read(path)
            except LibraryError:
                continue  # told by the library and by `kb check`
            found.setdefault(own.id, (path, own))
        return found

    # --- changes --------------------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._documents.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            with FileLock(self.folder / ".lock", timeout=_LOCK_SECONDS):
                self._recover()
                yield
        except Timeout as error:
            raise InputError("Another program is changing the library.", hint="Try again in a minute.") from error
        except OSError as error:
            raise InputError(
                "The library folder cannot be written.", hint="Look at the disk and its permissions.", detail=str(error)
            ) from error

    def _change(self, action: str, by: str, after: dict[str, str], told: tuple[str, ...]) -> Change:
        """Write down what will be and what was, for each file; then carry it out. Empty text means no file."""
        self._history.mkdir(exist_ok=True)
        record = {"action": action, "by": by or user_name(), "when": _now(), "documents": told, "files": list(after)}
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=self._history))
        for part in ("before", "after"):
            (folder / part).mkdir()
        for name, text in after.items():
            if (self._documents / name).is_file():
                shutil.copyfile(self._documents / name, folder / "before" / name)
            if text:
                _write(folder / "after" / name, text)
        _write(folder / "change.json", json.dumps(record, ensure_ascii=False, indent=1))
        _mark(folder, DOING)
        number = max((int(path.name) for path in self._changes()), default=0) + 1
        place = self._history / f"{number:06}"
        folder.rename(place)  # from here on the change happens, whatever comes between
        self._carry_out(place)
        for old in self._changes()[:-_KEPT_CHANGES]:
            self._forget(old)
        return _change_of(record)

    def _carry_out(self, folder: Path) -> None:
        state = (folder / "state").read_text("utf-8")
        source = folder / ("before" if state == UNDOING else "after")
        for name in _record(folder)["files"]:
            if (source / name).is_file():
                _write(self._documents / name, (source / name).read_text("utf-8"))
            else:
                (self._documents / name).unlink(missing_ok=True)
        if state == UNDOING:
            self._forget(folder)
        else:
            _mark(folder, DONE)

    def _recover(self) -> None:
        """Finish a change that a crash cut short, and sweep one that had not begun."""
        for left_over in self._history.glob(".new-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        for half_written in self._documents.glob(".*.md.*"):
            half_written.unlink(missing_ok=True)
        if self._unfinished():
            self._carry_out(self._changes()[-1])

    def _unfinished(self) -> bool:
        return any((folder / "state").read_text("utf-8") != DONE for folder in self._changes()[-1:])

    def _forget(self, folder: Path) -> None:
        # Out of the row first: half a change must never be carried out.
        shutil.rmtree(folder.rename(self._history / f".new-{folder.name}"), ignore_errors=True)

    def _changes(self) -> list[Path]:
        return sorted(path for path in self._history.glob("[0-9]*") if path.is_dir())


def gather(paths: Sequence[Path]) -> list[Incoming | Refused]:
    """Return the files that paths name, folders opened. A link inside a folder is not followed."""
    found: list[Incoming | Refused] = []
    for path in paths:
        if path.is_dir():
            found += _in_folder(path)
        else:
            found.append(Incoming(path.name, path))
    if len(found) > _MOST_FILES:
        raise InputError(f"Those are {len(found):,} files; {_MOST_FILES:,} is the limit.", hint="Name fewer folders.")
    return found


def shown_name(name: str) -> str:
    """Return a file's name on one line, without anything that could steer a terminal. A name is only ever data."""
    return tidy(visible(name.replace("\\", "/"))[0]).replace("\n", " ").encode("utf-8", "replace").decode()[:200]


@cache
def _rules(folder: Path) -> Language:
    return Language.load([folder])


def aims_at_software(language: Language, text: str) -> bool:
    """Tell whether a text speaks to the software that reads it."""
    return Orders(language).stand_in(text)


def user_name() -> str:
    """Return who is at work, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def _in_folder(folder: Path) -> Iterator[Incoming | Refused]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if any(part.startswith(".") or part.startswith("~$") for part in inside.parts) or path.name.lower() in _JUNK:
            continue
        if any((folder / parent).is_symlink() for parent in [inside, *inside.parents][:-1]):
            link = InputError("It is a link, and links in a folder are not followed.", hint="Name the file itself.")
            yield Refused(shown_name(inside.as_posix()), link)
        elif path.is_file():
            yield Incoming(inside.as_posix(), path)


def _bytes(path: Path, most: int) -> bytes:
    try:
        if not path.exists():
            raise InputError("There is no such file.")
        if not path.is_file():
            raise InputError("It is no file.", hint="Name a file or a folder.")
        with path.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise InputError("It cannot be read.", hint="Look at its permissions.", detail=type(error).__name__) from error


def _free_id(name: str, taken: set[str]) -> str:
    plain = own_documents.id_of(name)
    folder = Path(name).parent.name
    if plain in taken and folder:
        plain = own_documents.id_of(f"{folder} {Path(name).stem}")
    number, id_ = 1, plain
    while id_ in taken:
        number += 1
        id_ = f"{plain}-{number}"
    return id_


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(path: Path, text: str) -> None:
    with written_whole(path) as stream:
        stream.write(text)


def _mark(folder: Path, state: str) -> None:
    _write(folder / "state", state)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _record(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "change.json").read_text("utf-8"))
    return record


def _change_of(record: dict[str, Any]) -> Change:
    return Change(record["action"], record["by"], record["when"], tuple(record["documents"]))
