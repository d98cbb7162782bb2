"""Claims about the index: what changed is embedded and nothing else, and no kill or race leaves a wrong one.

``BENCHCOACH_SOAK=50`` repeats the kill that often, at random moments of the build; the suite does a few.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.library.embedder import Vectors
from assistant.library.index import Index, open_index

KILLS = int(os.environ.get("BENCHCOACH_SOAK", "3"))
SEED = 7
ROWS = 400


class Counting:
    """Words hashed into vectors, as a stand-in for a slow embedder; keeps what it was asked to embed."""

    def __init__(self, identity: str = "counting") -> None:
        self.identity = identity
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.zeros((len(texts), 32), dtype=np.float32)
        for at, text in enumerate(texts):
            chance = np.random.default_rng(abs(hash_of(text)))
            rows[at] = chance.normal(size=32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True) if len(texts) else rows
        return unit


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[-6:].rjust(8, b"\0"), "big")


def rows(count: int = 40, changed: int | None = None) -> dict[str, dict[str, str]]:
    texts = {f"p{n}": f"text number {n:05}" for n in range(count)}
    if changed is not None:
        texts[f"p{changed}"] = f"another text {changed:05}x"
    return {"passages": texts, "outside": {"0": "something else 00000"}}


def nearest(index: Index, embedder: Counting, count: int = 40) -> list[list[str]]:
    asked = embedder.encode([f"text number {n:05}" for n in range(0, count, 7)])
    return [[near.row for near in found] for found in index.nearest("passages", asked, 5)]


def folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.name[0] != "."]


def test_only_a_changed_text_is_embedded_again(tmp_path: Path) -> None:
    embedder = Counting()
    open_index(tmp_path, rows(), embedder).close()
    assert len(embedder.asked) == 41
    embedder.asked.clear()
    index = open_index(tmp_path, rows(changed=3), embedder)
    assert embedder.asked == ["another text 00003x"]
    assert index.embedded == 1
    clean = open_index(tmp_path / "clean", rows(changed=3), Counting())
    assert nearest(index, embedder) == nearest(clean, embedder)
    assert (index.vectors("passages") == clean.vectors("passages")).all()
    index.close()
    clean.close()


def test_a_text_that_moved_or_stands_twice_is_embedded_once(tmp_path: Path) -> None:
    embedder = Counting()
    open_index(tmp_path, {"first": {"1": "same text 1", "2": "same text 1", "3": "other 2"}}, embedder).close()
    assert sorted(embedder.asked) == ["other 2", "same text 1"]
    embedder.asked.clear()
    index = open_index(tmp_path, {"second": {"9": "other 2"}, "first": {"1": "same text 1"}}, embedder)
    assert embedder.asked == []
    assert (list(index.ids("second")), list(index.ids("first"))) == (["9"], ["1"])
    index.close()


def test_another_embedder_s_vectors_are_never_used(tmp_path: Path) -> None:
    open_index(tmp_path, rows(), Counting("one")).close()
    other = Counting("two")
    open_index(tmp_path, rows(), other).close()
    assert len(other.asked) == 41


def test_vectors_of_a_damaged_index_are_never_used(tmp_path: Path) -> None:
    open_index(tmp_path, rows(), Counting()).close()
    (place,) = folders(tmp_path)
    damaged = np.load(place / "vectors.npy")
    np.save(place / "vectors.npy", damaged[::-1])
    embedder = Counting()
    open_index(tmp_path, rows(changed=3), embedder).close()
    assert len(embedder.asked) == 41


def test_a_collection_may_be_empty(tmp_path: Path) -> None:
    embedder = Counting()
    index = open_index(tmp_path, {"passages": {"a": "one"}, "outside": {}}, embedder)
    assert index.nearest("outside", embedder.encode(["one"]), 3) == [[]]
    assert len(index.vectors("outside")) == 0
    assert [near.row for near in index.nearest("passages", embedder.encode(["one"]), 3)[0]] == ["a"]
    index.close()


def test_similarities_are_cosines(tmp_path: Path) -> None:
    embedder = Counting()
    index = open_index(tmp_path, rows(), embedder)
    asked = embedder.encode(["text number 00011", "a question 1"])
    for vector, found in zip(asked, index.nearest("passages", asked, 40), strict=True):
        true = dict(zip(index.ids("passages"), index.vectors("passages") @ vector, strict=True))
        assert {near.row for near in found} == set(true)
        assert all(abs(near.similarity - true[near.row]) < 1e-4 for near in found)
    index.close()


def test_an_index_that_is_removed_while_it_is_copied_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = Counting()
    open_index(tmp_path, rows(), embedder).close()
    copytree, times = shutil.copytree, []

    def robbed(source: Path, *args: object, **more: object) -> Path:
        times.append(1)
        if len(times) == 1:  # another process clears old indexes at this moment
            shutil.rmtree(source)
        return copytree(source, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(shutil, "copytree", robbed)
    index = open_index(tmp_path, rows(), embedder)
    assert nearest(index, embedder)
    index.close()


def test_a_reader_goes_on_after_its_index_was_removed(tmp_path: Path) -> None:
    embedder = Counting()
    reader = open_index(tmp_path, rows(), embedder)
    before = nearest(reader, embedder)
    for changed in range(3):  # only the last two are kept
        open_index(tmp_path, rows(changed=changed), embedder).close()
    assert len(folders(tmp_path)) == 2
    assert nearest(reader, embedder) == before
    reader.close()


BUILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
from test_index import Counting, ROWS, rows
from assistant.library.index import open_index

class Slow(Counting):
    def encode(self, texts):
        time.sleep(0.2)
        return super().encode(texts)

open_index(Path(sys.argv[1]), rows(ROWS, changed=5), Slow()).close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed")
def test_wherever_a_build_is_killed_the_next_start_finds_what_a_clean_build_finds(tmp_path: Path) -> None:
    clean = open_index(tmp_path / "clean", rows(ROWS, changed=5), Counting())
    wanted = nearest(clean, Counting(), ROWS)
    clean.close()
    chance = random.Random(SEED)
    stages: dict[str, int] = {}
    for kill in range(KILLS):
        root = tmp_path / f"killed-{kill}"
        open_index(root, rows(ROWS), Counting()).close()  # an older index, whose vectors are used
        code = BUILD.format(here=str(Path(__file__).parent))
        process = subprocess.Popen([sys.executable, "-c", code, str(root)], stderr=subprocess.PIPE, text=True)
        wait_for(process, lambda root=root: any(root.glob(".building-*")))
        time.sleep(chance.uniform(0, 0.8))
        process.send_signal(signal.SIGKILL)
        _, told = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), told
        stage = "building" if any(root.glob(".building-*")) else "done or opening"
        stages[stage] = stages.get(stage, 0) + 1
        index = open_index(root, rows(ROWS, changed=5), Counting())
        assert nearest(index, Counting(), ROWS) == wanted
        index.close()
        assert not list(root.glob(".building-*"))
        shutil.rmtree(root)
    print("killed while", stages)


def wait_for(process: subprocess.Popen[str], happened: object, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not happened():  # type: ignore[operator]
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.002)


def test_the_name_of_an_index_says_what_it_was_made_from(tmp_path: Path) -> None:
    for made in (rows(), rows(changed=1)):
        open_index(tmp_path, made, Counting()).close()
    assert len(folders(tmp_path)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{16}", path.name) for path in folders(tmp_path))
