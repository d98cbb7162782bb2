"""Claims about the weights: whole and official, or not there at all."""

from __future__ import annotations

import hashlib
import http.server
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.errors import WeightsError
from assistant.models import weights
from assistant.models.weights import Official
from assistant.settings import Settings

CONTENT = b"GGUF" + bytes(range(256)) * 4096
FILE = Official("model.gguf", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
PARTS = tuple((f"fake_weights_{number}", "data/part.bin") for number in range(3))
TIMEOUT = 60

Respond = Callable[[http.server.BaseHTTPRequestHandler], None]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packages with the parts of ``FILE``. Importing one fails: they are found, never run."""
    folder = tmp_path / "site"
    third = len(CONTENT) // 3
    pieces = [CONTENT[:third], CONTENT[third : 2 * third], CONTENT[2 * third :]]
    for (package, inside), piece in zip(PARTS, pieces, strict=True):
        target = folder / package / inside
        target.parent.mkdir(parents=True)
        (folder / package / "__init__.py").write_text("raise RuntimeError('imported')\n")
        target.write_bytes(piece)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(progress: weights.Progress | None = None, address: str = "") -> Path:
    return weights.install(FILE, PARTS, address, progress)


def left(home: Path) -> set[str]:
    """Names of what lies in the models folder, besides the lock and the record."""
    return {path.name for path in (home / "models").iterdir()} - {".lock", "verified.json"}


def in_another_process(home: Path, site: Path, body: str) -> subprocess.Popen[str]:
    """Run ``body`` with ``install`` at hand, over the same home and packages."""
    code = (
        f"import os, signal, time, resource\nfrom assistant.models import weights\n"
        f"FILE = weights.Official({FILE.name!r}, {FILE.size}, {FILE.sha256!r})\n"
        f"weights.CHUNK = 65536\n"
        f"def install(progress=None): return weights.install(FILE, {PARTS!r}, '', progress)\n{body}"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "BENCHCOACH_HOME": str(home), "PYTHONPATH": str(site)},
        cwd=Path(__file__).resolve().parent.parent,
    )


def test_the_parts_in_order_are_the_official_file(home: Path, site: Path) -> None:
    path = install()
    assert path.read_bytes() == CONTENT
    assert left(home) == {FILE.name}


def test_the_official_sizes_add_up() -> None:
    assert len(weights.PARTS) == 22
    assert weights.MODEL.size == 21 * 52_428_800 + 16_315_968


def test_progress_ends_at_the_whole_size(home: Path, site: Path) -> None:
    seen: list[tuple[int, int]] = []
    install(lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (FILE.size, FILE.size)


def test_an_untouched_file_is_not_hashed_again(home: Path, site: Path) -> None:
    install()
    seen: list[int] = []
    install(lambda done, _: seen.append(done))
    assert seen == []


def test_a_file_without_a_record_is_hashed_before_it_is_used(home: Path, site: Path) -> None:
    install()
    (home / "models" / "verified.json").unlink()
    seen: list[int] = []
    install(lambda done, _: seen.append(done))
    assert seen[-1] == FILE.size


@pytest.mark.parametrize("record", ["", "[]", "{", '{"x": 1}'])
def test_a_broken_record_is_no_verification(home: Path, site: Path, record: str) -> None:
    path = install()
    (home / "models" / "verified.json").write_text(record)
    path.write_bytes(b"?" * FILE.size)
    assert install().read_bytes() == CONTENT


def test_an_altered_file_is_put_right_from_the_parts(home: Path, site: Path) -> None:
    path = install()
    path.write_bytes(CONTENT[:-1] + b"?")
    assert install().read_bytes() == CONTENT


def test_an_altered_file_is_never_used(home: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = install()
    path.write_bytes(CONTENT[:-1] + b"?")
    (site / PARTS[0][0] / PARTS[0][1]).unlink()
    with pytest.raises(WeightsError, match="not on this machine"):
        install()


@pytest.mark.parametrize("piece", [b"", b"GGUF", b"x" * (len(CONTENT) // 3), b"x" * len(CONTENT)])
def test_parts_that_are_not_the_official_ones_leave_nothing(home: Path, site: Path, piece: bytes) -> None:
    (site / PARTS[1][0] / PARTS[1][1]).write_bytes(piece)
    with pytest.raises(WeightsError, match="SHA-256 does not match"):
        install()
    assert left(home) == set()


def test_a_missing_part_says_how_to_get_it(home: Path, site: Path) -> None:
    (site / PARTS[2][0] / PARTS[2][1]).unlink()
    with pytest.raises(WeightsError, match=r"benchcoach\[embedded\]"):
        install()


def test_a_kill_half_way_leaves_no_file_and_the_next_start_cleans_up(home: Path, site: Path) -> None:
    body = "install(lambda done, total: done > total / 2 and os.kill(os.getpid(), signal.SIGKILL))"
    process = in_another_process(home, site, body)
    assert process.wait(TIMEOUT) == -signal.SIGKILL
    assert FILE.name not in left(home)
    assert len(left(home)) == 1, "the killed process leaves its temporary file"
    install()
    assert left(home) == {FILE.name}


def test_of_two_processes_at_once_one_writes_and_both_get_the_file(home: Path, site: Path) -> None:
    body = (
        "steps = []\n"
        "path = install(lambda done, total: (steps.append(done), time.sleep(0.05)))\n"
        "print(len(steps), path.read_bytes()[:4].decode())"
    )
    processes = [in_another_process(home, site, body) for _ in range(2)]
    answers = [process.communicate(timeout=TIMEOUT)[0].split() for process in processes]
    assert [magic for _, magic in answers] == ["GGUF", "GGUF"]
    assert sorted(int(steps) > 0 for steps, _ in answers) == [False, True]
    assert left(home) == {FILE.name}


def test_a_full_disk_half_way_is_told_and_leaves_nothing(home: Path, site: Path) -> None:
    body = (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try: install()\n"
        "except weights.WeightsError as error: print(error.message)"
    )
    process = in_another_process(home, site, body)
    assert "not enough room" in process.communicate(timeout=TIMEOUT)[0]
    assert left(home) == set()


def test_too_little_room_is_told_before_anything_is_written(home: Path, site: Path) -> None:
    huge = Official("huge.gguf", 10**18, FILE.sha256)
    steps: list[int] = []
    with pytest.raises(WeightsError, match="not enough room"):
        weights.install(huge, PARTS, "", lambda done, _: steps.append(done))
    assert steps == []
    assert left(home) == set()


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BENCHCOACH_HOME", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot be put into"):
        install()


# From an address.


@pytest.fixture
def serve() -> Iterator[Callable[[Respond], str]]:
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(respond: Respond) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                respond(self)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/model.gguf"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def body(content: bytes, length: int | None = None) -> Respond:
    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        try:
            handler.wfile.write(content)
        except ConnectionError:
            return

    return respond


def test_the_official_file_can_come_from_an_address(home: Path, serve: Callable[[Respond], str]) -> None:
    assert install(address=serve(body(CONTENT))).read_bytes() == CONTENT
    assert left(home) == {FILE.name}


@pytest.mark.parametrize(
    ("respond", "says"),
    [
        (body(CONTENT[:-1] + b"?"), "SHA-256 does not match"),
        (body(CONTENT * 3), "SHA-256 does not match"),
        (body(CONTENT[:1000], len(CONTENT)), "could not be fetched"),
        (lambda handler: handler.send_error(404), "it answered 404"),
    ],
    ids=["another file", "too long", "broken off", "not there"],
)
def test_anything_else_from_an_address_leaves_nothing(
    home: Path, serve: Callable[[Respond], str], respond: Respond, says: str
) -> None:
    with pytest.raises(WeightsError, match=says):
        install(address=serve(respond))
    assert left(home) == set()


def test_an_address_without_encryption_is_refused(home: Path) -> None:
    with pytest.raises(WeightsError, match="https"):
        install(address="http://weights.example/model.gguf")


# A file that a person names.


def test_the_official_file_is_used_where_it_lies(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MODEL", FILE)
    path = tmp_path / "mine.gguf"
    path.write_bytes(CONTENT)
    assert weights.ensure(Settings(weights=str(path))) == path
    path.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(WeightsError, match="not the official"):
        weights.ensure(Settings(weights=str(path)))


def test_a_path_with_no_file_is_told(home: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no file of weights"):
        weights.ensure(Settings(weights=str(tmp_path / "nowhere.gguf")))


def test_another_gguf_is_taken_as_it_is(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(b"GGUF and so on")
    assert weights.ensure(Settings(gguf=str(path))) == path


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read"), (b"PK\x03\x04", "not a GGUF")])
def test_what_is_no_gguf_is_told(home: Path, tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "other.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=says):
        weights.ensure(Settings(gguf=str(path)))


# The sentence embedder.


@pytest.fixture
def embedder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "packages" / "fake_embedder" / "model"
    folder.mkdir(parents=True)
    files = []
    for name in ("model.safetensors", "tokenizer.json"):
        content = name.encode() * 100
        (folder / name).write_bytes(content)
        files.append(Official(name, len(content), hashlib.sha256(content).hexdigest()))
    (folder.parent / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(str(folder.parent.parent))
    monkeypatch.setattr(weights, "EMBEDDER", tuple(files))
    monkeypatch.setattr(weights, "EMBEDDER_PACKAGE", ("fake_embedder", "model"))
    return folder


def test_the_embedder_is_used_where_its_package_lies(home: Path, embedder: Path) -> None:
    assert weights.ensure_embedder() == embedder


def test_without_its_package_there_is_no_embedder(home: Path, embedder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "EMBEDDER_PACKAGE", ("no_such_package", "model"))
    assert weights.ensure_embedder() is None


def test_an_embedder_that_is_not_the_official_one_is_told(home: Path, embedder: Path) -> None:
    weights.ensure_embedder()
    (embedder / "model.safetensors").write_bytes(b"?" * 1700)
    with pytest.raises(WeightsError, match="not the official"):
        weights.ensure_embedder()
