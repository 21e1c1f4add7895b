"""Watches memory and load while a run goes on, and lets it have as many workers as the machine bears.

A thread of the engine's process, never of a session's, which forks. Each step reads what is free and what workers hold, and then

- tells the ledger what all workers together may come to: what they have now and what is free, less a reserve;
- when less than the reserve is free: lets nothing further begin beside what runs, and after a second in which that did
  not help, asks the worker with the most memory that runs no test to end; another second, another worker;
- when memory is free again: lets tests begin, and grants one slot more every second, up to all.

Load of others lowers the number of workers only where nobody gave one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from lamina.engine.slots import Slots
from lamina.machine import Memory, load, memory, usable_cores
from lamina.workers.ledger import Entry, Ledger

__all__ = ["Monitor", "reserve_of"]

_STEP_SECONDS = 0.25
_PATIENCE_SECONDS = 1.0
_RESERVED_SHARE = 0.05
_MOST_RESERVED = 1 << 30
_PAGE = os.sysconf("SC_PAGE_SIZE")


def reserve_of(total: int) -> int:
    """Bytes that stay free for everything else: a twentieth of the memory, at most a gigabyte."""
    return min(_MOST_RESERVED, int(total * _RESERVED_SHARE))


class Monitor:
    """`note` gets what the user should know. `follows_load`: whether load of others counts. `worker` is what a worker is
    expected to hold (bytes, 0: unknown)."""

    def __init__(
        self, ledger: Ledger, slots: Slots, note: Callable[[str], None], *, follows_load: bool = False, worker: int = 0
    ) -> None:
        self._ledger = ledger
        self._slots = slots
        self._note = note
        self._follows_load = follows_load
        self._worker = worker
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        # The most workers that memory bears, as far as it was ever short.
        self._borne = slots.total
        self._changed = 0.0
        self._cores = usable_cores()

    def start(self) -> None:
        """Begins to watch; once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="lamina-monitor", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._end.is_set():
            # What can't be read is not watched: no reason to fail a run.
            with suppress(OSError):
                self.step(memory(), load() if self._follows_load else 0.0, time.monotonic())
            self._end.wait(_STEP_SECONDS)

    def step(self, now_free: Memory, running: float, now: float) -> None:
        """Acts on what was read at `now` (seconds): memory, and how many processes want to run (0: unknown)."""
        entries = self._ledger.entries()
        reserve = reserve_of(now_free.total)
        self._ledger.limit(max(1, sum(map(_held_now, entries)) + now_free.available - reserve))
        if now_free.available < reserve:
            self._be_short(entries, now_free, reserve, now)
        elif self._ledger.is_held:
            self._ledger.hold(False)
            self._note(f"memory: {_mb(now_free.available)} are free again, tests begin as before")
            self._changed = now
        elif self._borne < self._slots.total and now - self._changed > _PATIENCE_SECONDS:
            self._borne += 1
            self._changed = now
        self._slots.allow(
            min(self._borne, self._by_load(running), self._by_size(entries, now_free.available - reserve))
        )

    def _be_short(self, entries: list[Entry], now_free: Memory, reserve: int, now: float) -> None:
        if not self._ledger.is_held:
            self._ledger.hold(True)
            self._changed = now
            self._borne = max(1, self._slots.in_use)
            self._note(
                f"memory: only {_mb(now_free.available)} are free of which {_mb(reserve)} are kept in reserve; nothing "
                "further begins beside what runs"
            )
        elif now - self._changed > _PATIENCE_SECONDS:
            idle = [entry for entry in entries if not entry.runs]
            if idle and len(entries) > 1:
                self._ledger.retire(max(idle, key=lambda entry: entry.own).slot)
                self._borne = max(1, self._slots.in_use - 1)
                self._changed = now

    def _by_load(self, running: float) -> int:
        """A fair share of the cores, with those of others that want to run beyond what this run itself does."""
        others = running - self._slots.in_use - 2
        total = self._slots.total
        return total if others < self._cores / 2 else round(total * self._cores / (self._cores + others))

    def _by_size(self, entries: list[Entry], room: int) -> int:
        """How many workers of the expected size there is memory for."""
        if not self._worker:
            return self._slots.total
        held = sum(max(0, self._worker - entry.own) for entry in entries)
        return len(entries) + max(0, room - held) // self._worker


def _held_now(entry: Entry) -> int:
    """What a worker holds in the middle of its test."""
    try:
        with open(f"/proc/{entry.pid}/statm", encoding="ascii") as file:
            return max(entry.own, int(file.read().split()[1]) * _PAGE - entry.shared)
    except (OSError, ValueError, IndexError):
        return entry.own


def _mb(size: int) -> str:
    return f"{size >> 20} MB"
