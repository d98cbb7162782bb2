"""Claims about what is shipped: pinned with hashes, free of addresses, and whole when installed elsewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the built wheel into a new environment that borrows the packages of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "env", with_pip=False)
    site = next((folder / "env/lib").glob("python3*")) / "site-packages"
    (wheel,) = (folder / "dist").glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder


def outside(installed: Path, *arguments: str, stdin: str = "", patience: int = 120) -> subprocess.CompletedProcess[str]:
    """Run the installed command in an empty folder, far from the checkout."""
    here = installed / "elsewhere"
    here.mkdir(exist_ok=True)
    python = installed / "env/bin/python"
    env = {**os.environ, "BENCHCOACH_HOME": str(installed / "home")}
    return subprocess.run(
        [python, "-P", "-m", "assistant", *arguments],
        cwd=here, env=env, input=stdin, capture_output=True, text=True, timeout=patience, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert not re.search(r"://|index-url|find-links|file:|\bgit\+", text)
    pins = re.findall(r"^([A-Za-z0-9._-]+)==\S+.*\\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.MULTILINE)
    names = re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)
    assert len(pins) == len(names) > 0


def test_every_dependency_is_in_the_lock() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for e in project["optional-dependencies"].values() for d in e)]
    locked = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements/lock.txt").read_text("utf-8"), re.MULTILINE)
    names = {re.split(r"[<>=!~; \[]", item)[0].lower().replace("_", "-") for item in wanted}
    assert names <= {name.lower().replace("_", "-") for name in locked}, "run: make lock"


def test_the_wheel_runs_from_its_own_files(installed: Path) -> None:
    python = installed / "env/bin/python"
    code = "from assistant import shelf; print(shelf.__file__, shelf.knowledge_folder(), shelf.prompts_folder())"
    told = subprocess.run([python, "-P", "-c", code], cwd=installed, capture_output=True, text=True, check=True)
    assert all(Path(place).is_relative_to(installed) for place in told.stdout.split())


def test_the_wheel_holds_the_whole_library_and_every_prompt(installed: Path) -> None:
    share = next((installed / "env/lib").glob("python3*")) / "site-packages/assistant/_share"
    for folder in ("knowledge", "prompts"):
        inside = {path.relative_to(share / folder) for path in (share / folder).rglob("*") if path.is_file()}
        assert inside == {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()}


def test_the_wheel_holds_every_file_of_the_package(installed: Path) -> None:
    package = next((installed / "env/lib").glob("python3*")) / "site-packages/assistant"

    def files(folder: Path) -> set[Path]:
        return {
            path.relative_to(folder)
            for path in folder.rglob("*")
            if path.is_file() and not {"__pycache__", "_share"} & set(path.parts)
        }

    assert files(package) == files(ROOT / "assistant")


def test_the_wheel_holds_the_evals_with_their_data_and_templates(installed: Path) -> None:
    site = next((installed / "env/lib").glob("python3*")) / "site-packages/evals"
    left_out = {"__pycache__", "baseline", "example"}
    here = {p.relative_to(ROOT / "evals") for p in (ROOT / "evals").rglob("*") if p.is_file()}
    assert {p.relative_to(site) for p in site.rglob("*") if p.is_file() and "__pycache__" not in p.parts} == {
        path for path in here if not left_out & set(path.parts)
    }


def test_the_installed_linter_finds_what_the_checkout_finds(installed: Path) -> None:
    draft = "You are lazy. You always come late."
    away = outside(installed, "check", "--json", stdin=draft)
    here = subprocess.run(
        [sys.executable, "-m", "assistant", "check", "--json"],
        cwd=ROOT, input=draft, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert away.returncode == 1, away.stderr
    assert json.loads(away.stdout) == json.loads(here.stdout)


def test_the_installed_library_can_be_searched(installed: Path) -> None:
    # The library is indexed in a home of its own: some fifteen thousand lines, beside other tests.
    told = outside(installed, "kb", "search", "describe behaviour", "--json", "-k", "2", patience=400)
    assert told.returncode == 0, told.stderr
    assert len(json.loads(told.stdout)["results"]) == 2
