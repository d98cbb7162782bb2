"""Claims about the shape of the code: imports only downwards, one door to each foreign thing, short files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "assistant"

# A room may import from itself and from the rooms above it: a module or a package of the top folder. Within a package
# the order is free of circles, which the test after this one holds.
ROOMS = [
    "errors",
    "domain",
    "scene",
    "dates",
    "agreements",
    "shelf",
    "settings",
    "private_file",
    "keeping",
    "access",
    "models",
    "reading",
    "library",
    "rewriting",
    "practising",
    "preparing",
    "privacy",
    "coach",
    "formats",
    "commands",
    "web",
    "__main__",
]
# The command that opens the page and the page that prints like a command are one front end.
SIDE_BY_SIDE = {("commands", "web")}

# Foreign packages that only some modules may touch.
DOORS = {
    "openai": {"models.llm", "models.wire"},
    "xllamacpp": {"models.engine_process"},
    "chromadb": {"library.index"},
    "bm25s": {"library.lexical"},
    "jinja2": {"models.prompts"},
    "sqlalchemy": {"keeping", "access"},
    "argon2": {"access.users"},
    "prometheus_client": {"web.meters"},
    "phonenumbers": {"privacy.pseudonyms"},
    "itsdangerous": {"access.sessions"},
    "authlib": {"access.access", "web.login"},
    "alembic": {"keeping"},
    "icalendar": {"formats.calendar_file"},
    "pypdf": {"library.documents"},
    "mammoth": {"library.documents"},
    "selectolax": {"library.documents"},
    "typer": {"commands"},
    "rich": {"commands.terminal"},
    "gradio": {"web"},
    "fastapi": {"web"},
    "uvicorn": {"web"},
}
# Imported for a person who waits for a linter: nothing here may cost more than a moment.
FAST = [
    "errors",
    "domain",
    "settings",
    "shelf",
    "reading/phrases",
    "reading/rulebook",
    "reading/language",
    "formats/intake",
    "formats/render",
    "commands/check",
]
HEAVY = (
    "pydantic",
    "typer",
    "rich",
    "openai",
    "langchain_core",
    "numpy",
    "jinja2",
    "httpx",
    "httpx2",
    "gradio",
    "sqlalchemy",
    "icalendar",
)

FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def name(path: Path) -> str:
    """Return a module's dotted name inside the package; a package is called by its folder."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def room(path: Path) -> str:
    """Return the module or package of the top folder that a file belongs to."""
    return name(path).partition(".")[0]


def imports(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield the dotted parts of everything that is imported anywhere in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            parts = tuple((node.module or "").split("."))
            yield from ((*parts, alias.name) for alias in node.names)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


class Running(ast.NodeTransformer):
    """Leaves out what is imported for the type checker alone."""

    def visit_If(self, node: ast.If) -> ast.If | None:
        checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if checking else node


def own_imports(path: Path, tree: ast.AST | None = None) -> set[str]:
    """Return the dotted names of the modules of this package that a module imports anywhere."""
    known = {name(file) for file in FILES}
    found = set()
    for parts in imports(tree or parsed(path)):
        if parts[0] == "assistant" and len(parts) > 1 and parts[1] != "__version__":
            dotted = ".".join(parts[1:])
            while dotted not in known:
                dotted = dotted.rpartition(".")[0]
                assert dotted, f"{name(path)} imports {'.'.join(parts)}, which is not there"
            found.add(dotted)
    return found


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_go_only_downwards(path: Path) -> None:
    here = room(path)
    assert here in ROOMS, f"give {here} a place in the table of this test"
    for there in {imported.partition(".")[0] for imported in own_imports(path)}:
        allowed = ROOMS.index(there) <= ROOMS.index(here) or (here, there) in SIDE_BY_SIDE
        assert allowed, f"{name(path)} imports {there}, which stands above it"


def test_modules_import_each_other_in_no_circle() -> None:
    graph = {name(path): own_imports(path, Running().visit(parsed(path))) - {name(path)} for path in FILES}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_each_foreign_package_has_one_door(path: Path) -> None:
    here = name(path)
    for parts in imports(parsed(path)):
        doors = DOORS.get(parts[0], {here})
        assert any(here == door or here.startswith(door + ".") for door in doors), f"{here} imports {parts[0]}"


@pytest.mark.parametrize("module", FAST)
def test_the_linters_path_imports_nothing_heavy_at_the_top(module: str) -> None:
    own = [node for node in parsed(PACKAGE / f"{module}.py").body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = {parts[0] for node in own for parts in imports(node)}
    assert not found & set(HEAVY)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_module_opens_with_what_it_knows_and_stays_short(path: Path) -> None:
    source = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(source)) or path.name == "__init__.py"
    assert source.count("\n") < 450


def test_only_the_settings_read_the_environment() -> None:
    # A child process gets an environment, which is another thing than reading one for settings.
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and node.attr in ("getenv", "environ") and room(path) != "settings":
                assert not _reads(path, node), f"{path.name} line {node.lineno} reads the environment"


def _reads(path: Path, node: ast.Attribute) -> bool:
    line = path.read_text("utf-8").splitlines()[node.lineno - 1]
    return node.attr == "getenv" or "environ.get(" in line or "environ[" in line.partition("=")[2]


def _broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(n is None or (isinstance(n, ast.Name) and n.id in ("Exception", "BaseException")) for n in names)


def _silent(handler: ast.ExceptHandler) -> bool:
    def says_nothing(node: ast.stmt) -> bool:
        empty = isinstance(node, ast.Return) and (
            node.value is None
            or isinstance(node.value, ast.Constant)
            or (isinstance(node.value, ast.List | ast.Tuple) and not node.value.elts)
            or (isinstance(node.value, ast.Dict) and not node.value.keys)
        )
        return empty or isinstance(node, ast.Pass | ast.Continue)

    return all(says_nothing(node) for node in handler.body)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_failure_is_swallowed(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler) and _broad(node):
            assert not _silent(node), f"{path.name} line {node.lineno} swallows every failure"


def test_the_search_for_swallowed_failures_finds_one() -> None:
    for body in ("pass", "return []", "return None", "continue"):
        code = f"def f():\n  for x in y:\n    try:\n      x\n    except Exception:\n      {body}\n"
        handlers = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ExceptHandler)]
        assert [(_broad(h), _silent(h)) for h in handlers] == [(True, True)]
