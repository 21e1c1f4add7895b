"""Files of the project that a test or a shared fixture made and left there: who reads one depends on what its maker used.

Only within a process: what tests of two workers leave for each other is left to chance by the suite itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# By value: a test may replace it.
from os.path import lexists

from lamina.tracing.inputs import Inputs
from lamina.tracing.recorder import Collector

__all__ = ["LeftFiles"]


class LeftFiles:
    """By the path from the root: what was used by those who made it."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._left: dict[str, Collector] = {}

    def note(self, maker: Collector, paths: Iterable[str]) -> None:
        """Somebody has made, changed or removed these (absolute paths), who used what its collector has now."""
        known: Collector | None = None
        for path in paths:
            relative = self._inputs.relevant(path)
            if relative is None:
                continue
            if not lexists(path):  # as before the tests, mostly
                self._left.pop(relative, None)
                continue
            if known is None:
                known = Collector()
                known.take_in(maker)
                known.hits = list(set(known.hits))
            self._left[relative] = known

    def pass_on(self, reader: Collector) -> None:
        """Adds what was used for files that were left and that somebody has read, looked for or listed."""
        if not self._left:
            return
        for maker in {id(maker): maker for key in reader.inputs for maker in self._makers(key)}.values():
            reader.take_in(maker)

    def _makers(self, key: str) -> Iterator[Collector]:
        kind, _, relative = key.partition(":")
        if kind == "list":
            yield from (maker for path, maker in self._left.items() if path.rpartition("/")[0] == relative)
        if kind in ("file", "exists", "list"):
            while relative:  # in a folder that was left
                if relative in self._left:
                    yield self._left[relative]
                relative = relative.rpartition("/")[0]
