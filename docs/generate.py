"""Writes the pages and schemas that are made from code: ``make docs``. A test compares them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer
from pydantic import TypeAdapter

from assistant.commands.cli import app
from assistant.domain import Reading, Rewrite
from assistant.formats import agreements_text, kb_text
from assistant.keeping import store
from assistant.library import lint, organisation
from assistant.library.ask import Answer
from assistant.practising import transcript
from assistant.preparing import first_days, hand_back, one_on_one, playbook
from assistant.preparing.standard import WorkStandard
from assistant.scene import Debrief
from assistant.settings import PREFIX, Settings

Json = Any
ROOT = Path(__file__).resolve().parent.parent
ERROR_LINE = {
    "description": "What stands in place of a result for a line of a .jsonl file that could not be used.",
    "type": "object",
    "properties": {
        "id": {"type": ["string", "null"]},
        "line": {"type": "integer", "minimum": 1},
        "error": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("type", "message", "hint")},
            "required": ["type", "message", "hint"],
        },
    },
    "required": ["id", "line", "error"],
}


def pages() -> dict[Path, str]:
    """Return every generated file with its text."""
    return {
        ROOT / "docs/settings.md": settings_page(),
        ROOT / "docs/commands.md": commands_page(),
        ROOT / "assistant/schemas/check.schema.json": schema("check", Reading),
        ROOT / "assistant/schemas/rewrite.schema.json": schema("rewrite", Rewrite),
        ROOT / "assistant/schemas/ask.schema.json": schema("ask", Answer),
        ROOT / "assistant/schemas/kb_search.schema.json": schema("kb search|show", kb_text.Results),
        ROOT / "assistant/schemas/kb_add.schema.json": schema("kb add", kb_text.Added),
        ROOT / "assistant/schemas/kb_list.schema.json": schema("kb list", kb_text.Holdings),
        ROOT / "assistant/schemas/kb_change.schema.json": schema("kb remove|undo", organisation.Change),
        ROOT / "assistant/schemas/kb_check.schema.json": schema("kb check", lint.Report),
        ROOT / "assistant/schemas/agreements_list.schema.json": schema("agreements list", agreements_text.Listing),
        ROOT / "assistant/schemas/agreement.schema.json": schema("agreements add|update", agreements_text.Recorded),
        ROOT / "assistant/schemas/prepared.schema.json": schema("agreements prepare", agreements_text.Shown),
        ROOT / "assistant/schemas/export.schema.json": schema("agreements export", store.Export),
        ROOT / "assistant/schemas/deleted.schema.json": schema("agreements delete", agreements_text.Deleted),
        ROOT / "assistant/schemas/standard.schema.json": schema("standard", WorkStandard),
        ROOT / "assistant/schemas/one_on_one.schema.json": schema("one-on-one", one_on_one.OneOnOne),
        ROOT / "assistant/schemas/record.schema.json": schema("one-on-one --record", one_on_one.Record),
        ROOT / "assistant/schemas/playbook.schema.json": schema("playbook", playbook.Playbook),
        ROOT / "assistant/schemas/hand_back.schema.json": schema("hand-back", hand_back.HandBack),
        ROOT / "assistant/schemas/stay_in.schema.json": schema("hand-back --stay-in", hand_back.StayIn),
        ROOT / "assistant/schemas/practice.schema.json": schema("practice", transcript.SceneJson),
        ROOT / "assistant/schemas/practice_list.schema.json": listing("practice --list", transcript.ScenarioJson),
        ROOT / "assistant/schemas/debrief.schema.json": schema("debrief", Debrief),
        ROOT / "assistant/schemas/first_days.schema.json": schema("first-days", first_days.FirstDays),
    }


def settings_page() -> str:
    """Return the table of settings."""
    rows = []
    for field in fields(Settings):
        default = f"`{field.default}`" if field.default != "" else ""
        rows.append(f"| `{field.name}` | {default} | {field.metadata['says']} |")
    return "\n".join(
        [
            "<!-- Made from assistant/settings.py by `make docs`. -->",
            "# Settings",
            "",
            f"Each is read from `{PREFIX}<NAME>` in the environment, then from `settings.toml` in the home",
            "folder, and has a default that keeps every draft on your machine. The home folder is",
            f"`{PREFIX}HOME`, or your user's data folder. No other variable is read: an API key that happens",
            "to be set for another program sends nothing anywhere.",
            "",
            "| name | default | what it does |",
            "|---|---|---|",
            *rows,
            "",
            "To use a model elsewhere, name both on purpose:",
            "",
            "```toml",
            "# settings.toml",
            'model = "qwen2.5:7b"',
            'base_url = "http://127.0.0.1:11434/v1"',
            "```",
            "",
        ]
    )


def commands_page() -> str:
    """Return the help of every command."""
    parts = [
        "<!-- Made from assistant/commands/cli.py by `make docs`. -->",
        "# Commands",
        "",
        "Results go to standard output, progress and errors to standard error. Exit codes: 0 done; 1 `check`",
        "or `kb check` found something; 2 the input or a setting cannot be used; 3 a file of the library is",
        "broken; 4 the model failed; 5 the web app cannot start; 6 what is kept cannot be read or written; 7",
        "not allowed; 130 stopped by Ctrl-C. With `--json` an error is one line of JSON on standard error. A",
        "`.jsonl` file of `{id, draft}`, with an optional `context` of `{standard, stated_when, to_whom}`, gives",
        "one line of JSON each; a line that cannot be used gives `{id, line, error}`, the others still run, and the",
        "exit code is not 0. The shapes have schemas in `assistant/schemas/`.",
        "",
    ]
    for path, text in helps():
        parts += [f"## {path}", "", "```", text, "```", ""]
    return "\n".join(parts)


def helps() -> list[tuple[str, str]]:
    """Return path and help text of every command, groups opened."""

    def walk(command: Json, name: str, parent: Json) -> list[tuple[str, str]]:
        context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=100)
        inner = getattr(command, "commands", {})
        text = re.sub(r"[ \t]+$", "", command.get_help(context), flags=re.MULTILINE).strip()
        found = [(context.command_path, text)]
        for child, sub in inner.items():
            found += walk(sub, child, context)
        return found

    return walk(typer.main.get_command(app), "benchcoach", None)


def schema(name: str, kind: type) -> str:
    """Return the JSON schema of one result, with or without a line's ``id``, and of a line that failed."""
    made = strict(TypeAdapter(kind).json_schema(mode="serialization"))
    defs = made.pop("$defs", {})
    made["properties"].setdefault("id", {"type": "string"})
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"benchcoach {name} --json",
        "anyOf": [made, ERROR_LINE],
        "$defs": defs,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def listing(name: str, kind: type) -> str:
    """Return the JSON schema of an output that is a list."""
    item = strict(TypeAdapter(kind).json_schema(mode="serialization"))
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"benchcoach {name} --json",
        "type": "array",
        "items": {key: value for key, value in item.items() if key != "$defs"},
        "$defs": item.get("$defs", {}),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def strict(node: Json) -> Json:
    """Return a schema in which every field is required: an output has them all, whatever the defaults."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: strict(value) for key, value in node.items() if key != "default"}
    if isinstance(kept.get("title"), str):
        del kept["title"]
    if kept.get("type") == "object" and "properties" in kept:
        kept["required"] = list(kept["properties"])
    return kept


if __name__ == "__main__":
    for page, text in pages().items():
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, "utf-8")
