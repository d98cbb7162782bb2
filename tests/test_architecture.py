"""Claims about the shape of the code: imports only downwards, one door to each foreign thing, short files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "assistant"

# A module may import from its own row and from the rows above it. A new module gets a place here first.
ROWS = [
    {"errors"},
    {"domain"},
    {"scene"},
    {"dates", "agreements"},
    {"shelf", "settings", "private_file"},
    {"database", "migrations"},
    {"retention", "store", "backup"},
    {"weights"},
    {"prefixes", "engine", "engine_process", "tokens"},
    {"model", "wire", "llm"},
    {"prompts"},
    {"phrases", "rulebook", "language", "routing"},
    {"onnx_graph", "embedder", "remote_embedder"},
    {"documents"},
    {"own_documents", "corpus", "phrasings", "lexical", "ranking", "index", "search", "retriever", "knowledge"},
    {"likeness", "organisation", "lint"},
    {"ridge"},
    {
        "clauses",
        "given_names",
        "facts",
        "employee",
        "address",
        "parts",
        "kept_vectors",
        "kinds",
        "wording",
        "asides",
        "fidelity",
        "ledger",
    },
    {"compose"},
    {"checks"},
    {"rewrite", "ask", "card"},
    {"questions", "signs", "moves", "temper", "scenarios", "robots", "character", "criteria"},
    {"repeat", "practice", "debrief", "transcript"},
    {"plans", "assignment_words", "assignment", "promises"},
    {"standard", "standard_first", "hand_back", "one_on_one", "first_days", "playbook"},
    {"prepare"},
    {"coach"},
    {"intake", "render", "kb_text"},
    {"calendar_file", "agreements_text", "debrief_text", "prepare_text"},
    {"check_command", "terminal"},
    {
        "kb_command",
        "ask_command",
        "agreements_command",
        "store_command",
        "practice_command",
        "prepare_command",
        "eval_command",
    },
    {"cli", "web", "__main__"},
]
ROW_OF = {module: number for number, row in enumerate(ROWS) for module in row}

# Foreign packages that only some modules may touch.
DOORS = {
    "openai": {"llm", "wire"},
    "xllamacpp": {"engine_process"},
    "chromadb": {"index"},
    "bm25s": {"lexical"},
    "jinja2": {"prompts"},
    "sqlalchemy": {"database", "migrations", "retention", "store", "backup"},
    "alembic": {"database", "migrations"},
    "icalendar": {"calendar_file"},
    "pypdf": {"documents"},
    "mammoth": {"documents"},
    "selectolax": {"documents"},
    "typer": {
        "cli",
        "kb_command",
        "ask_command",
        "agreements_command",
        "store_command",
        "practice_command",
        "prepare_command",
        "eval_command",
    },
    "rich": {"terminal"},
    "gradio": {"web"},
    "fastapi": {"web"},
    "uvicorn": {"web"},
}
# Imported for a person who waits for a linter: nothing here may cost more than a moment.
FAST = ["errors", "domain", "settings", "shelf", "phrases", "rulebook", "language", "routing", "intake", "render", "check_command"]
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


def room(path: Path) -> str:
    """Return the module's name in the table; everything in a folder belongs to the folder."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


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


@pytest.mark.parametrize("path", FILES, ids=room)
def test_imports_go_only_downwards(path: Path) -> None:
    here = room(path)
    assert here in ROW_OF, f"give {here} a place in the table of this test"
    for parts in imports(parsed(path)):
        if parts[0] == "assistant" and len(parts) > 1 and parts[1] != "__version__":
            assert parts[1] in ROW_OF, f"give {parts[1]} a place in the table of this test"
            assert ROW_OF[parts[1]] <= ROW_OF[here], f"{here} imports {parts[1]}, which stands above it"


@pytest.mark.parametrize("path", FILES, ids=room)
def test_each_foreign_package_has_one_door(path: Path) -> None:
    for parts in imports(parsed(path)):
        assert room(path) in DOORS.get(parts[0], {room(path)}), f"{room(path)} imports {parts[0]}"


@pytest.mark.parametrize("name", FAST)
def test_the_linters_path_imports_nothing_heavy_at_the_top(name: str) -> None:
    own = [node for node in parsed(PACKAGE / f"{name}.py").body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = {parts[0] for node in own for parts in imports(node)}
    assert not found & set(HEAVY)


@pytest.mark.parametrize("path", FILES, ids=room)
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


@pytest.mark.parametrize("path", FILES, ids=room)
def test_no_failure_is_swallowed(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler) and _broad(node):
            assert not _silent(node), f"{path.name} line {node.lineno} swallows every failure"


def test_the_search_for_swallowed_failures_finds_one() -> None:
    for body in ("pass", "return []", "return None", "continue"):
        code = f"def f():\n  for x in y:\n    try:\n      x\n    except Exception:\n      {body}\n"
        handlers = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ExceptHandler)]
        assert [(_broad(h), _silent(h)) for h in handlers] == [(True, True)]
