"""Which modules of the project are in reach of a test: what its file imports, and what that imports in turn.

Sets of modules are numbers whose bits stand for modules, since many tests have the same ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from lamina.cache.differences import module_keys
from lamina.cache.present import Present
from lamina.tracing.analysis import EMPTY, Analysis
from lamina.tracing.blocks import analyse
from lamina.tracing.recorder import Recorder

__all__ = ["Reach"]


class Reach:
    """`project_path` turns a file's path into one relative to the root (None: not the project's)."""

    def __init__(self, recorder: Recorder, present: Present, project_path: Callable[[str], str | None]) -> None:
        self._recorder = recorder
        self._present = present
        self._project_path = project_path
        self._numbers: dict[str, int] = {}
        self._paths: list[str] = []
        self._edges: dict[str, list[str]] = {}
        self._closures: dict[str, int] = {}
        self._resolved: dict[tuple[str, str], list[str]] = {}
        self._analyses: dict[str, Analysis] = {}

    def of(self, paths: Iterable[str]) -> int:
        """The modules in reach of these, themselves included."""
        mask = 0
        for path in paths:
            closure = self._closures.get(path)
            mask |= self._close(path) if closure is None else closure
        return mask

    def forget(self, path: str) -> None:
        """What the module imports is no longer what was known."""
        self._edges.pop(path, None)
        self._closures.clear()

    def paths(self, mask: int) -> list[str]:
        """The modules of a set."""
        found = []
        while mask:
            lowest = mask & -mask
            found.append(self._paths[lowest.bit_length() - 1])
            mask ^= lowest
        return found

    def resolve(self, name: str, importer: str) -> list[str]:
        """The project files that an import names, packages around them included."""
        found = self._resolved.get((name, importer))
        if found is None:
            found = self._resolved[name, importer] = [
                path for key in module_keys(name, importer) for path in self._files(key)
            ]
        return found

    def analysis(self, path: str) -> Analysis:
        """The blocks of a module, also of one without probes."""
        file = self._recorder.by_path.get(path)
        if file is not None:
            return file.analysis
        if path not in self._analyses:
            self._analyses[path] = self._analyse(path)
        return self._analyses[path]

    def _files(self, key: str) -> list[str]:
        file = getattr(sys.modules.get(key), "__file__", None)
        path = self._project_path(file) if file else None
        if path is not None:
            return [path]
        return [] if key in sys.modules else self._present.module_files(key)

    def _close(self, path: str) -> int:
        """All that can be reached from `path`."""
        mask, waiting, seen = 0, [path], {path}
        while waiting:
            current = waiting.pop()
            known = self._closures.get(current)
            if known is not None:
                mask |= known
                continue
            mask |= 1 << self._number(current)
            for target in self._targets(current):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        self._closures[path] = mask
        return mask

    def _targets(self, path: str) -> list[str]:
        found = self._edges.get(path)
        if found is None:
            targets = {target for name in self.analysis(path).imports for target in self.resolve(name, path)}
            seen = self._recorder.imports.get(path)
            if seen is not None:
                targets |= seen.modules
                targets.update(self._recorder.files[hit >> 16].path for hit in seen.hits)
            found = self._edges[path] = sorted(targets)
        return found

    def _number(self, path: str) -> int:
        number = self._numbers.get(path)
        if number is None:
            number = self._numbers[path] = len(self._paths)
            self._paths.append(path)
        return number

    def _analyse(self, path: str) -> Analysis:
        if not path.endswith(".py"):
            return EMPTY
        try:
            with open(f"{self._present.root}/{path}", "rb") as stream:
                return analyse(stream.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            return EMPTY
