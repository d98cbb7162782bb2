"""A conversation as the page holds it: the scene, the way not taken, its id in the store; as text, and back again.

The text lies in the page and in the tab's own storage, so it may be old or bent: what cannot be read is told, and
what the store has of a kept conversation counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.errors import BenchcoachError, InputError
from assistant.keeping.store import Store
from assistant.practising import saved, transcript
from assistant.scene import Scenario, Scene
from assistant.web.running import log
from assistant.web.words import Words


@dataclass(frozen=True, slots=True)
class HeldTalk:
    """What the page holds of a conversation; ``saved`` is its id in the store, ``hints`` whether it may have any."""

    scene: Scene
    other: Scene | None = None
    saved: str = ""
    hints: bool = True

    def text(self) -> str:
        """Return it as the text that the page keeps."""
        kept = {
            "scene": transcript.scene_json(self.scene),
            "other": transcript.scene_json(self.other) if self.other else None,
            "saved": self.saved,
            "hints": self.hints,
        }
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def read(cls, text: str, scenarios: Mapping[str, Scenario], words: Words) -> HeldTalk:
        """Return what ``text`` wrote. Raises InputError where the conversation cannot be read."""
        try:
            given = json.loads(text)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise InputError(words("practise.lost"), hint=words("practise.lost_hint"))
        other = transcript.scene_from(given["other"], scenarios) if given.get("other") else None
        scene = transcript.scene_from(given.get("scene"), scenarios)
        return cls(scene, other, str(given.get("saved") or ""), given.get("hints") is not False)


def newest(held: HeldTalk, store: Store, scenarios: Mapping[str, Scenario]) -> tuple[HeldTalk, str]:
    """Return a kept conversation as the store has it, and the line that waited for its answer."""
    try:
        scene, waiting = saved.talk(store, held.saved, scenarios)
    except BenchcoachError as error:  # deleted meanwhile, or out of reach: the tab still has it
        log.warning("A kept conversation could not be read: %s %s", type(error).__name__, error.detail)
        return replace(held, saved=""), ""
    return replace(held, scene=scene), waiting
