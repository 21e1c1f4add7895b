"""Items of the cache for what tests used: files, variables, names of modules, bodies of functions. Each is numbered once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from pyroaring import BitMap

from lamina.cache.differences import module_keys
from lamina.cache.present import MADE, Present, inputs_key
from lamina.cache.recording import Recording, body_key
from lamina.tracing.analysis import Analysis
from lamina.tracing.inputs import EVERYTHING, UNSEEN

__all__ = ["Items", "is_text"]

_PATHS = ("file:", "exists:", "list:")


class Items:
    """Numbers of items, with the states that they have in the tree that `present` looks at. `patterns` say what a child process
    may read that nobody watched (none: everything). `paths` are those of files and folders by their keys."""

    def __init__(self, recording: Recording, present: Present, patterns: list[str]) -> None:
        self._recording = recording
        self._present = present
        self._unseen = inputs_key(patterns) if patterns else EVERYTHING
        self._inputs: dict[str, int] = {}
        self._bodies: dict[tuple[str, str], list[int]] = {}
        self._modules: dict[tuple[str, str], list[int]] = {}
        self._made: dict[str, bool] = {}
        self._began = time.time()
        self.paths: dict[str, int] = {}
        self._path_numbers = BitMap()

    def inputs(self, keys: Iterable[str]) -> set[int]:
        """Of what is looked at under these keys."""
        found = {self.input(self._unseen if key == UNSEEN else key) for key in keys}
        if UNSEEN in keys:
            found.add(self.input("env:*"))  # such a child has all variables as well
        return found

    def input(self, key: str) -> int:
        """Of what is looked at under the key."""
        known = self._inputs.get(key)
        if known is None:
            known = self._inputs[key] = self._new_input(key)
            if key.startswith(_PATHS):
                self.paths[key] = known
                self._path_numbers.add(known)
        return known

    def looked_at(self, own: Iterable[int], inherited: BitMap) -> BitMap:
        """Those of them that are of files and folders."""
        return (BitMap(own) | inherited) & self._path_numbers

    def _new_input(self, key: str) -> int:
        if not is_text(key):
            key = EVERYTHING
        return self._recording.item(key, self._present.state(key))

    def content(self, path: str, content: str) -> str:
        """How the content of a Python file is recorded: one that was not there when tests began was `MADE` by them."""
        made = self._made.get(path)
        if made is None:
            made = self._made[path] = not self._present.is_listed(path) and self._is_new(path)
        return MADE + content if made else content

    def _is_new(self, path: str) -> bool:
        try:
            return os.stat(f"{self._present.root}/{path}").st_mtime >= self._began
        except OSError:
            return True  # and gone already

    def bodies(self, path: str, content: str, analysis: Analysis) -> list[int]:
        """Of all bodies of a file with this content, in their order."""
        known = self._bodies.get((path, content))
        if known is None:
            if not is_text(path):
                return [self.input(EVERYTHING)] * len(analysis.bodies)
            version = self._recording.version(path, self.content(path, content), analysis)
            known = self._bodies[path, content] = [
                self._recording.item(body_key(path, body.name), body.fingerprint, version) for body in analysis.bodies
            ]
        return known

    def modules(self, names: Iterable[str], importer: str = "") -> set[int]:
        """Where modules of these names could come from. Of a module outside of the project only the first part counts."""
        found: set[int] = set()
        for name in names:
            # Thousands of tests may ask for the same ones: a plugin's fixture that looks for its parts does.
            known = self._modules.get((name, importer))
            if known is None:
                known = self._modules[name, importer] = self._of_module(name, importer)
            found.update(known)
        return found

    def _of_module(self, name: str, importer: str) -> list[int]:
        keys = module_keys(name, importer)
        if not keys[0].startswith("/") and not self._present.module_files(keys[0]):
            keys = keys[:1]
        return [self.input(f"import:{key}") for key in keys]


def is_text(name: str) -> bool:
    """Whether the cache can hold the name; file names may be any bytes."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)
