"""Vectors on disk: built once for some texts and an embedder, never changed, checked whenever opened.

An index is a folder ``home/index/<hash>`` named by the hash of what it was made from. It is built
beside its place under a lock, every row is found again, and only then is it renamed into place, so
a kill at any moment leaves either the whole index or none. A text that an earlier index of the same
embedder holds is not embedded again. The manifest holds the hash of every file: Chroma crashes the
process on garbage, so it is only ever given bytes that were checked.

Opening a Chroma folder writes to it, and several processes on one folder lose rows without a word.
So nobody opens the index itself: each process checks and opens a private copy, which goes with it.
An index can therefore be removed at any moment; whoever was copying it finds out and begins anew.

Knows rows of text, vectors and folders. Knows nothing of what the rows are, of fusing or citations.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from filelock import FileLock, Timeout

from assistant.library.embedder import Embedder, Vectors

if TYPE_CHECKING:
    from chromadb.api.client import Client as Chroma
    from chromadb.api.collection_configuration import CreateCollectionConfiguration

Rows = Mapping[str, Mapping[str, str]]
"""Texts by row id, in named collections."""

_FORMAT: Final = 3
_KEEP: Final = 2
_BATCH: Final = 1000
_LOCK_SECONDS: Final = 300
_FRESH_SECONDS: Final = 60
_BUILDING, _COPY, _BROKEN = ".building-", ".open-", ".broken-"
_MANIFEST, _VECTORS, _LIST = "manifest.json", "vectors.npy", "rows.json"
_NEAR: Final = 1e-3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Near:
    """One row that was found: its id and its cosine similarity to what was asked."""

    row: str
    similarity: float


class Index:
    """An opened index: the nearest rows for query vectors, and the vectors as they were made."""

    def __init__(self, copy: Path, lock: FileLock) -> None:
        self._client = _client(copy / "chroma")
        self._close = weakref.finalize(self, _discard, self._client, lock, copy)
        manifest = json.loads((copy / _MANIFEST).read_text("utf-8"))
        self.embedded: int = manifest["embedded"]
        """How many texts were embedded when it was built; the others were known."""
        self._found = {name: self._client.get_collection(name, embedding_function=None) for name in manifest["rows"]}
        self._ids: dict[str, list[str]] = {name: [] for name in manifest["rows"]}
        for name, row, _ in json.loads((copy / _LIST).read_text("utf-8")):
            self._ids[name].append(row)
        vectors: Vectors = np.asarray(np.load(copy / _VECTORS, mmap_mode="r"))  # the file still, but cheap to cut
        starts = np.cumsum([0, *(len(ids) for ids in self._ids.values())])
        self._vectors = {name: vectors[starts[n] : starts[n + 1]] for n, name in enumerate(self._ids)}

    def nearest(self, name: str, vectors: Vectors, k: int) -> list[list[Near]]:
        """Return, for each query vector, up to k rows of a collection, nearest first."""
        k = min(k, len(self._ids[name]))
        if k == 0 or len(vectors) == 0:
            return [[] for _ in vectors]
        found = self._found[name].query(query_embeddings=vectors, n_results=k, include=["distances"])
        pairs = zip(found["ids"], found["distances"] or [], strict=True)
        return [[Near(row, 1 - far) for row, far in zip(ids, away, strict=True)] for ids, away in pairs]

    def ids(self, name: str) -> Sequence[str]:
        """Return the row ids of a collection, in the order of its vectors."""
        return self._ids[name]

    def vectors(self, name: str) -> Vectors:
        """Return the vectors of a collection, one per row. Read them; they are a file."""
        return self._vectors[name]

    def close(self) -> None:
        """Close the private copy and remove it; called by itself at exit."""
        self._close()


def open_index(root: Path, rows: Rows, embedder: Embedder) -> Index:
    """Return the index of some rows under ``root``, building it where it is missing or damaged.

    Raises OSError where the disk does not allow it (filelock.Timeout, where another process holds the
    lock for minutes, is one too), and ModelError where a remote embedder cannot be asked.
    """
    from chromadb.errors import ChromaError

    try:
        return _find_or_build(root, rows, embedder)
    except ChromaError as error:
        raise OSError(f"Chroma could not keep the index: {error}") from error


def _find_or_build(root: Path, rows: Rows, embedder: Embedder) -> Index:
    made_from = {"format": _FORMAT, "texts": _digest(rows), "embedder": embedder.identity}
    place = root / hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o700)
    _sweep_copies(root)
    opened = _open_copy(root, place, made_from)
    while opened is None:
        with FileLock(root / ".lock", timeout=_LOCK_SECONDS):
            opened = _open_copy(root, place, made_from)  # another process may have built it while we waited
            if opened is None:
                _build(root, place, made_from, rows, embedder)
                opened = _open_copy(root, place, made_from)
                if opened is None:
                    raise OSError("the index was damaged while it was written")
    return opened


def _digest(rows: Rows) -> str:
    seen = hashlib.sha256()
    for name, texts in rows.items():
        for row, text in texts.items():
            seen.update(repr((name, row, text)).encode())
    return seen.hexdigest()


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def clear(root: Path) -> None:
    """Remove every index under ``root``. Programs that run keep their copies; the next one builds anew."""
    with FileLock(root / ".lock", timeout=_LOCK_SECONDS):
        for folder in _newest_first(root):
            shutil.rmtree(folder)


# Building.


def _build(root: Path, place: Path, made_from: dict[str, Any], rows: Rows, embedder: Embedder) -> None:
    for left_over in [*root.glob(_BUILDING + "*"), *root.glob(_BROKEN + "*")]:
        shutil.rmtree(left_over, ignore_errors=True)  # we hold the lock: nobody is building in it
    folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=root))
    listed = [(name, row, _sum(text)) for name, texts in rows.items() for row, text in texts.items()]
    vectors, embedded = _all_vectors(root, listed, rows, embedder)
    np.save(folder / _VECTORS, vectors)
    (folder / _LIST).write_text(json.dumps(listed), "utf-8")
    client = _client(folder / "chroma")
    try:
        start = 0
        for name, texts in rows.items():
            _fill(client, name, list(texts), vectors[start : start + len(texts)])
            start += len(texts)
    finally:
        client.close()
    counts = {name: len(texts) for name, texts in rows.items()}
    manifest = made_from | {"rows": counts, "embedded": embedded, "files": _hashes(folder)}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    _to_disk(folder)
    if place.exists():
        place.rename(root / f"{_BROKEN}{place.name}")
    folder.rename(place)
    _remove_old(root, place)


def _all_vectors(
    root: Path, listed: Sequence[tuple[str, str, str]], rows: Rows, embedder: Embedder
) -> tuple[Vectors, int]:
    """Return one vector per listed row, and how many texts had to be embedded for it."""
    known = _known_vectors(root, embedder, {digest for _, _, digest in listed})
    missing = {digest: rows[name][row] for name, row, digest in listed if digest not in known}
    known |= dict(zip(missing, embedder.encode(list(missing.values())), strict=True))
    return np.array([known[digest] for _, _, digest in listed], dtype=np.float32), len(missing)


def _known_vectors(root: Path, embedder: Embedder, wanted: set[str]) -> dict[str, Vectors]:
    """Return vectors that earlier indexes of this embedder hold, by the hash of their text."""
    known: dict[str, Vectors] = {}
    for place in _newest_first(root):
        manifest = _manifest(place)
        if manifest.get("format") != _FORMAT or manifest.get("embedder") != embedder.identity:
            continue
        try:
            sound = all(_hash(place / name) == manifest["files"][name] for name in (_VECTORS, _LIST))
            if sound:
                vectors = np.load(place / _VECTORS)
                listed = json.loads((place / _LIST).read_text("utf-8"))
                known = {d: vectors[at] for at, (_, _, d) in enumerate(listed) if d in wanted} | known
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("An earlier index cannot be read (%s); its texts are embedded again.", type(error).__name__)
    return known


def _fill(client: Chroma, name: str, ids: list[str], vectors: Vectors) -> None:
    collection = client.create_collection(name, embedding_function=None, configuration=_configuration())
    for start in range(0, len(ids), _BATCH):
        batch = vectors[start : start + _BATCH]
        collection.add(ids=ids[start : start + _BATCH], embeddings=batch)
        # Chroma has been seen to count rows that no query finds, so each is looked for once.
        found = collection.query(query_embeddings=batch, n_results=1, include=["distances"])["distances"]
        if found is None or any(not near or near[0] > _NEAR for near in found):
            raise OSError(f"the index lost rows of {name} while it was built")
    if collection.count() != len(ids):
        raise OSError(f"the index counts {collection.count()} rows of {name}, not {len(ids)}")


def _configuration() -> CreateCollectionConfiguration:
    """Wider than Chroma's own: an approximate search that misses a row would make two builds disagree."""
    return {"hnsw": {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 100}}


# Opening.


def _open_copy(root: Path, place: Path, made_from: dict[str, Any]) -> Index | None:
    """Copy an index and open the copy; None where it is missing, of other things, or not as it was built."""
    if not place.is_dir():
        return None
    copy = Path(tempfile.mkdtemp(prefix=_COPY, dir=root))
    lock = FileLock(copy / "lock")
    lock.acquire()
    try:
        shutil.copytree(place, copy, dirs_exist_ok=True)
        sound = _is_sound(copy, made_from)
    except (FileNotFoundError, shutil.Error) as error:  # removed or damaged while it was copied
        _log.info("The index could not be copied (%s).", type(error).__name__)
        sound = False
    except BaseException:
        _drop(lock, copy)
        raise
    if sound:
        return Index(copy, lock)
    _drop(lock, copy)
    return None


def _is_sound(folder: Path, made_from: dict[str, Any]) -> bool:
    """Whether a folder is an index of the right things with every byte as it was built."""
    manifest = _manifest(folder)
    if not manifest:
        return False
    sound = all(manifest.get(key) == value for key, value in made_from.items())
    sound = sound and bool(manifest.get("rows")) and manifest.get("files") == _hashes(folder)
    if not sound:
        _log.warning("The search index is damaged and will be built again.")
    return sound


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("The manifest of a search index cannot be read (%s).", type(error).__name__)
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _discard(client: Chroma, lock: FileLock, copy: Path) -> None:
    client.close()
    _drop(lock, copy)


def _drop(lock: FileLock, copy: Path) -> None:
    lock.release()
    shutil.rmtree(copy, ignore_errors=True)


def _sweep_copies(root: Path) -> None:
    """Remove private copies whose process is gone; a living one holds its lock."""
    for copy in root.glob(_COPY + "*"):
        try:
            if time.time() - copy.stat().st_mtime < _FRESH_SECONDS:
                continue
            with FileLock(copy / "lock", timeout=0):
                shutil.rmtree(copy, ignore_errors=True)
        except (Timeout, OSError):
            continue  # in use, or swept by somebody else at the same moment


def _remove_old(root: Path, current: Path) -> None:
    """Keep the newest two indexes: a program of the version before may still start beside this one."""
    for path in [path for path in _newest_first(root) if path != current][_KEEP - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
    for path in root.glob(_BROKEN + "*"):
        shutil.rmtree(path, ignore_errors=True)


def _newest_first(root: Path) -> list[Path]:
    places = [path for path in root.iterdir() if path.is_dir() and path.name[0] != "."]
    return sorted(places, key=lambda path: path.stat().st_mtime, reverse=True)


def _hashes(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _hash(path) for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in (_MANIFEST, "lock"):
            yield path


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _client(path: Path) -> Chroma:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime, a dependency of chromadb, heeds nothing else
    import chromadb
    from chromadb.api.client import Client
    from chromadb.config import Settings

    path.mkdir(mode=0o700, exist_ok=True)
    client = chromadb.PersistentClient(path=path, settings=Settings(anonymized_telemetry=False))
    assert isinstance(client, Client)  # has close(), which the general interface lacks
    return client
