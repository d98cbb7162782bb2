"""What an answer depends on, as short hashes and versions: enough to say what changed between two runs.

Reads files and settings; runs nothing. A key for a model's address never gets in.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from assistant import settings
from assistant.shelf import knowledge_folder, prompts_folder

ROOT = Path(__file__).resolve().parents[1]
_NAMED = ("benchcoach", "inspect-ai", "xllamacpp", "numpy", "openai", "chromadb")


def fingerprint(rows: object, model: str | None = None) -> str:
    """Return a short hash of rows and of everything the product makes of them: code, prompts, knowledge, settings."""
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode())
    for part in (code_hash(), _hash([prompts_folder()]), knowledge_hash()):
        digest.update(part.encode())
    chosen = asdict(settings.read(model=model)) | {"api_key": "", "database": ""}
    digest.update(json.dumps(chosen, sort_keys=True).encode())
    return digest.hexdigest()[:8]


def knowledge_hash() -> str:
    """Return the hash of the library, an organisation's own part included."""
    return _hash([knowledge_folder(), settings.home() / "knowledge"])


def code_hash() -> str:
    """Return the hash of the product's code and of what asks it."""
    return _hash([ROOT / "assistant", ROOT / "evals" / "subjects.py", ROOT / "evals" / "suites"])


def facts(model: str | None) -> Mapping[str, Any]:
    """Return what a report says about where its figures come from."""
    chosen = settings.read(model=model)
    return {
        "setting": chosen.model,
        "code": code_hash(),
        "prompts_hash": _hash([prompts_folder()]),
        "knowledge": knowledge_hash(),
        "versions": {name: _version(name) for name in _NAMED} | {"python": platform.python_version()},
        "machine": platform.machine(),
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _hash(places: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for place in places:
        files = [place] if place.is_file() else sorted(place.glob("**/*"))
        for path in files:
            if path.is_file() and not {"_share", "__pycache__"} & set(path.parts):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]
