"""Which request runs in which slot of the embedded engine, and what each slot has read.

A slot that has read the beginning of a prompt need not read it again. Left alone, the server gives a request to the
slot that shares most with it, or to the one that was idle longest: whoever turns from a rewrite to a talk and back
pays for both fixed prompts each time. Here a request takes the free slot that shares most, and learns how much.
Knows texts by their beginnings only. Does not talk to the server (``engine``).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import Cancelled

_LOOK_SECONDS = 0.1  # how soon a cancelled request stops waiting for a slot


@dataclass(slots=True)
class _Slot:
    read: str = ""
    busy: bool = False
    used: int = 0


class Slots:
    """The slots of one start of the engine. Every method may be called from any thread."""

    def __init__(self, count: int) -> None:
        self._slots = [_Slot() for _ in range(count)]
        self._free = threading.Condition()
        self._clock = 0

    @contextlib.contextmanager
    def taken(self, prompt: str, cancel: threading.Event | None = None) -> Iterator[tuple[int, int]]:
        """Hold a slot for a prompt: its number, and how many characters of the prompt it has read already.

        Waits while all are busy. Raises Cancelled where ``cancel`` is set meanwhile.
        """
        number, shared = self._take(prompt, cancel)
        try:
            yield number, shared
        finally:
            with self._free:
                self._slots[number].busy = False
                self._free.notify()

    def has_read(self, number: int, text: str) -> None:
        """Note what a slot has read last."""
        self._slots[number].read = text

    def _take(self, prompt: str, cancel: threading.Event | None) -> tuple[int, int]:
        with self._free:
            while True:
                if cancel is not None and cancel.is_set():
                    raise Cancelled("Stopped.", hint="Nothing was lost.")
                free = [number for number, slot in enumerate(self._slots) if not slot.busy]
                if free:
                    break
                self._free.wait(_LOOK_SECONDS)
            shares = {number: common(self._slots[number].read, prompt) for number in free}
            chosen = max(free, key=lambda number: (shares[number], -self._slots[number].used))
            self._clock += 1
            slot = self._slots[chosen]
            slot.busy, slot.used, slot.read = True, self._clock, prompt
            return chosen, shares[chosen]


def common(one: str, other: str) -> int:
    """Return how many characters two texts share from the start."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def text_of(messages: Sequence[tuple[str, str]]) -> str:
    """Return messages as one text, so that equal beginnings are equal text."""
    return "\n".join(f"{role}: {content}" for role, content in messages)
