"""A Python process that a test has started, or a fork of a test: what it uses is written to a file for the test.

Line by line as it happens, so that a process that is killed has said all. Everything is one collector's here, since the
test that waits for the process depends on all of it.
"""

from __future__ import annotations

import sys
from json import loads
from os import getpid
from typing import Any

from lamina.tracing.notes import Notes
from lamina.tracing.recorder import HIT_BITS, Collector, Recorder

__all__ = ["be_child", "begin"]


def begin(place: str) -> None:
    """In a fresh interpreter; `place` is what the parent has put into its environment."""
    from lamina.tracing.start import start

    path, number, root, cache_dir = loads(place)
    tracing = start(root, cache_dir)
    be_child(tracing.recorder, path, number, sys.orig_argv)


def be_child(recorder: Recorder, path: str, number: int, words: list[str] | None = None) -> None:
    """From now on everything that is used is written to `path`; `number` and the words by which the process is executed
    tell the parent that this child does so."""
    notes = Notes(path)
    collector: Any = Collector()
    collector.hits = _Hits(recorder, notes)
    collector.inputs = _Set(notes, "input")
    collector.modules = _Set(notes, "module")
    collector.names = _Set(notes, "name")
    recorder.be_flat(collector)
    if recorder.children is not None:
        recorder.children.be_child(notes)
    notes.write("here", number, getpid(), words)


class _Set(set[str]):
    """Writes down what is new in it."""

    def __init__(self, notes: Notes, kind: str) -> None:
        super().__init__()
        self._notes = notes
        self._kind = kind

    def add(self, element: str) -> None:
        if element not in self:
            super().add(element)
            self._notes.write(self._kind, element)


class _Hits(list[int]):
    """Writes down each body that ran."""

    def __init__(self, recorder: Recorder, notes: Notes) -> None:
        super().__init__()
        self._recorder = recorder
        self._notes = notes

    def append(self, hit: int) -> None:
        file = self._recorder.files[hit >> HIT_BITS]
        self._notes.write("body", file.path, file.content, hit & ((1 << HIT_BITS) - 1))
