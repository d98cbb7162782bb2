"""Claims about the documentation: what is made from code is up to date, and nothing private stands in it."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest

from assistant.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = generator().pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_generated_page_is_up_to_date(page: Path) -> None:
    assert page.read_text("utf-8") == PAGES[page], "run: make docs"


def test_every_setting_and_every_command_is_documented() -> None:
    settings_page = (ROOT / "docs/settings.md").read_text("utf-8")
    assert all(f"| `{field.name}` |" in settings_page for field in fields(Settings))
    assert all(field.metadata["says"].endswith(".") for field in fields(Settings))
    commands_page = (ROOT / "docs/commands.md").read_text("utf-8")
    for command in ("rewrite", "check", "serve", "setup", "version", "kb search"):
        assert f"## benchcoach {command}\n" in commands_page


def test_links_in_the_documentation_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_glosses_every_file_of_the_package() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    names = [path.name for path in (ROOT / "assistant").glob("*.py") if path.name != "__init__.py"]
    assert not [name for name in names if not re.search(rf"(?<!\w){re.escape(name)} ", readme)]


def test_the_readme_and_ci_run_the_same_test_command() -> None:
    assert "make test" in (ROOT / "README.md").read_text("utf-8")
    assert "exec make test " in (ROOT / ".ci/run").read_text("utf-8")
