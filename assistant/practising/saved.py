"""Practice that a manager keeps: conversations and situations of their own, in the store, under nobody's name.

Knows the store and how a scene becomes plain JSON. A conversation is kept with the line that waits for an answer, so
that nothing said is lost when an engine, a page or the program ends. Nothing here is ever read into an agreement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from assistant.errors import InputError, LibraryError
from assistant.practising import scenarios, transcript
from assistant.scene import Scenario, Scene

if TYPE_CHECKING:  # the database is opened only where something is kept
    from assistant.keeping.store import Saved, Store


@dataclass(frozen=True, slots=True)
class KeptTalk:
    """One kept conversation as a list shows it. ``lines`` counts the manager's."""

    id: str
    title: str
    week: int
    lines: int
    updated: datetime | None


def keep(store: Store, scene: Scene, id: str = "", waiting: str = "") -> str:
    """Keep a conversation, new or in place of its earlier form, and return its id. Raises StoreError or NotKept."""
    from assistant.keeping.store import Saved, SavedKind

    body = {"scene": transcript.scene_json(scene), "waiting": waiting}
    return store.save(Saved(SavedKind.PRACTICE, scene.scenario.id, body, id=id)).id


def talks(store: Store) -> tuple[KeptTalk, ...]:
    """Return the kept conversations, the one kept last first."""
    from assistant.keeping.store import SavedKind

    return tuple(_listed(saved) for saved in store.all_saved(SavedKind.PRACTICE))


def talk(store: Store, id: str, cards: Mapping[str, Scenario]) -> tuple[Scene, str]:
    """Return a kept conversation and the line that waited for an answer. Raises InputError where it cannot be read."""
    from assistant.keeping.store import SavedKind

    found = store.saved(id)
    if found.kind is not SavedKind.PRACTICE:
        raise InputError("What is kept under that id is no conversation.")
    return transcript.scene_from(found.body.get("scene"), cards), str(found.body.get("waiting") or "")


def keep_situation(store: Store, scenario: Scenario) -> None:
    """Keep a situation of the manager's own, new or in place of its earlier form."""
    from assistant.keeping.store import Saved, SavedKind

    store.save(Saved(SavedKind.SITUATION, scenario.title, asdict(scenario), id=scenario.id))


def situations(store: Store) -> dict[str, Scenario]:
    """Return the situations of the manager's own by id, the one kept last first; what cannot be read is left out."""
    from assistant.keeping.store import SavedKind

    found = {}
    for saved in store.all_saved(SavedKind.SITUATION):
        try:
            card = scenarios.parse(saved.body, saved.title)
        except LibraryError:
            continue  # of another version; it is still in every export, and can be deleted
        found[card.id] = card
    return found


def _listed(saved: Saved) -> KeptTalk:
    scene = saved.body.get("scene") or {}
    lines = sum(turn.get("speaker") == "manager" for turn in scene.get("turns", ()))
    return KeptTalk(saved.id, str(scene.get("title", saved.title)), int(scene.get("week", 0)), lines, saved.updated)
