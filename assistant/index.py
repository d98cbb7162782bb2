"""Vectors on disk: built once for a corpus and an embedder, never changed, checked whenever opened.

An index is a folder ``home/index/<hash>`` named by the hash of what it was made from. It is built
beside its place under a lock, every row is found again, and only then is it renamed into place, so
a kill at any moment leaves either the whole index or none. The manifest holds the hash of every
file: Chroma crashes the process on garbage, so it is only ever given bytes that were checked.

Opening a Chroma folder writes to it, and several processes on one folder lose rows without a word.
So nobody opens the index itself: each process works on its own private copy, which goes with it.

Knows rows, vectors and folders. Knows nothing of fusing, words or citations.
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
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock, Timeout

from assistant.corpus import Corpus
from assistant.embedder import MiniLM, Vectors

if TYPE_CHECKING:
    from chromadb.api.client import Client as Chroma

_FORMAT: Final = 1
_KEEP: Final = 2
_BATCH: Final = 1000
_LOCK_SECONDS: Final = 300
_FRESH_SECONDS: Final = 60
_BUILDING, _COPY, _BROKEN = ".building-", ".open-", ".broken-"
_MANIFEST: Final = "manifest.json"
_log = logging.getLogger(__name__)


class Index:
    """An opened index: the nearest row ids for query vectors, in two collections."""

    def __init__(self, copy: Path, lock: FileLock) -> None:
        self._client = _client(copy / "chroma")
        self._close = weakref.finalize(self, _discard, self._client, lock, copy)
        self._rows = {
            name: self._client.get_collection(name, embedding_function=None) for name in ("passages", "examples")
        }

    def nearest(self, name: str, vectors: Vectors, k: int) -> list[list[str]]:
        """Return, for each query vector, up to k row ids of a collection, nearest first."""
        rows = self._rows[name]
        k = min(k, rows.count())
        if k == 0 or len(vectors) == 0:
            return [[] for _ in vectors]
        return rows.query(query_embeddings=vectors, n_results=k, include=[])["ids"]

    def close(self) -> None:
        """Close the private copy and remove it; called by itself at exit."""
        self._close()


def open_index(root: Path, corpus: Corpus, embedder: MiniLM) -> Index:
    """Return the index of a corpus under ``root``, building it where it is missing or damaged.

    Raises OSError where the disk does not allow it (filelock.Timeout, where another process holds the
    lock for minutes, is one too).
    """
    from chromadb.errors import ChromaError

    try:
        return _find_or_build(root, corpus, embedder)
    except ChromaError as error:
        raise OSError(f"Chroma could not keep the index: {error}") from error


def _find_or_build(root: Path, corpus: Corpus, embedder: MiniLM) -> Index:
    made_from = {"format": _FORMAT, "corpus": corpus.hash, "embedder": embedder.identity}
    place = root / hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o700)
    _sweep_copies(root)
    if not _is_sound(place, made_from):
        with FileLock(root / ".lock", timeout=_LOCK_SECONDS):
            if not _is_sound(place, made_from):  # another process may have built it while we waited
                _build(root, place, made_from, corpus, embedder)
    return _open_copy(root, place)


def _build(root: Path, place: Path, made_from: dict[str, Any], corpus: Corpus, embedder: MiniLM) -> None:
    for left_over in [*root.glob(_BUILDING + "*"), *root.glob(_BROKEN + "*")]:
        shutil.rmtree(left_over, ignore_errors=True)  # we hold the lock: nobody is building in it
    folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=root))
    client = _client(folder / "chroma")
    try:
        passages = _passage_rows(corpus)
        examples = {example.id: example.clause for example in corpus.examples}
        _fill(client, "passages", passages, embedder)
        _fill(client, "examples", examples, embedder)
    finally:
        client.close()
    rows = {"passages": len(passages), "examples": len(examples)}
    manifest = made_from | {"rows": rows, "files": _hashes(folder)}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    _to_disk(folder)
    if place.exists():
        place.rename(root / f"{_BROKEN}{place.name}-{os.getpid()}")
    folder.rename(place)
    _remove_old(root, place)


def _passage_rows(corpus: Corpus) -> dict[str, str]:
    """Several rows for each passage: its text, and each line that says when a manager needs it.

    The title stays out: measured, the name of the school draws a passage away from what it says.
    """
    rows: dict[str, str] = {}
    for passage in corpus.passages:
        rows[passage.id] = passage.text
        for number, line in enumerate(passage.use_when.splitlines(), 1):
            rows[f"{passage.id}~{number}"] = line
    return rows


def passage_of(row: str) -> str:
    """Return the passage id that a row of the passages collection belongs to."""
    return row.partition("~")[0]


def _fill(client: Chroma, name: str, rows: dict[str, str], embedder: MiniLM) -> None:
    collection = client.create_collection(name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    ids = list(rows)
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        vectors = embedder.encode([rows[row] for row in batch])
        collection.add(ids=batch, embeddings=vectors)
        # Chroma has been seen to count rows that no query finds, so each is looked for once.
        found = collection.query(query_embeddings=vectors, n_results=1, include=["distances"])["distances"]
        if found is None or any(not near or near[0] > 1e-3 for near in found):
            raise OSError(f"the index lost rows of {name} while it was built")
    if collection.count() != len(ids):
        raise OSError(f"the index counts {collection.count()} rows of {name}, not {len(ids)}")


def _is_sound(place: Path, made_from: dict[str, Any]) -> bool:
    """Whether a folder is an index of the right things with every byte as it was built."""
    try:
        manifest = json.loads((place / _MANIFEST).read_text("utf-8"))
        sound = all(manifest.get(key) == value for key, value in made_from.items())
        return sound and bool(manifest["rows"]) and manifest["files"] == _hashes(place)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, AttributeError) as error:
        _log.warning("The search index is damaged and will be built again (%s).", type(error).__name__)
        return False


def _open_copy(root: Path, place: Path) -> Index:
    copy = Path(tempfile.mkdtemp(prefix=_COPY, dir=root))
    lock = FileLock(copy / "lock")
    lock.acquire()
    shutil.copytree(place / "chroma", copy / "chroma")
    return Index(copy, lock)


def _discard(client: Chroma, lock: FileLock, copy: Path) -> None:
    client.close()
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
    """Keep the newest two indexes: a program of the version before may still run beside this one."""
    old = [path for path in root.iterdir() if path.is_dir() and path.name[0] != "." and path != current]
    old.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in old[_KEEP - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
    for path in root.glob(_BROKEN + "*"):
        shutil.rmtree(path, ignore_errors=True)


def _hashes(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != _MANIFEST]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


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


def rows_asked_for(ids: Sequence[str], k: int) -> list[str]:
    """Return the first k distinct passages behind a ranked list of rows."""
    return list(dict.fromkeys(passage_of(row) for row in ids))[:k]
