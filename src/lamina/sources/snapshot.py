"""The face of this package: `take` looks at the project once; the snapshot answers for the rest of the run.

A run in which nothing changed costs one stat for each file, the reading of the index, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import Any

from lamina.sources import index as index_file
from lamina.sources import surroundings
from lamina.sources.assignment import Assignment, assign, categories_of, is_narrowed, unmatched_inputs
from lamina.sources.index import Index
from lamina.sources.manifests import (
    SHARED,
    Difference,
    compare,
    compose,
    fingerprints_of,
    listed_tests,
    state_of_configuration,
)
from lamina.sources.pytest_settings import read, rule_for_test_files
from lamina.sources.service_states import state_of_service
from lamina.sources.stored_files import read_text, set_aside, write_text
from lamina.sources.tree import Table
from lamina.sources.updating import bring_up_to_date

__all__ = ["Snapshot", "take"]

_ALWAYS_SHARED = frozenset({"conftest.py", "__init__.py"})


def take(root: str, cache_dir: str, configuration: dict[str, Any]) -> Snapshot:
    """Looks at the project below `root` for a plain `configuration` (as `layers.compiled.load` gives it)."""
    notes: list[str] = []
    index = index_file.load(cache_dir, notes)
    try:
        return Snapshot(root, cache_dir, configuration, index, notes)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        if not index.table:
            raise
        # It has the right format on its face but not the right shape: somebody else wrote it.
        notes.append(set_aside(os.path.join(cache_dir, "index.json")))
        return Snapshot(root, cache_dir, configuration, Index(), notes)


class Snapshot:
    """The project's files at one moment, seen category by category. `notes` holds what the user should know, a line
    each."""

    def __init__(
        self, root: str, cache_dir: str, configuration: dict[str, Any], index: Index, notes: list[str]
    ) -> None:
        self.notes = notes
        self._root = root
        self._cache_dir = cache_dir
        self._folder = os.path.join(cache_dir, "inputs")
        self._configuration = configuration
        self._index = index
        self._texts: dict[str, str] = {}
        self._facts = surroundings.facts(root)
        dirty, differs = bring_up_to_date(root, cache_dir, index)
        basis = self._basis()
        if differs or basis != index.basis or not self._has_manifests():
            index.basis = basis
            self._derive()
            dirty = True
        if dirty:
            index_file.save(cache_dir, index, notes)

    # -- what others ask ------------------------------------------------------------------------------------------

    @property
    def unclaimed(self) -> list[str]:
        """Test files that no category takes."""
        return self._index.unclaimed

    @property
    def unmatched_inputs(self) -> list[tuple[str, str]]:
        """(category, pattern) of each pattern in a category's `inputs` that matches no project file."""
        if not any(category["inputs"] for category in categories_of(self._configuration)):
            return []
        paths = [f"{folder}/{name}" if folder else name for folder, (files, _) in self.table.items() for name in files]
        return unmatched_inputs(self._configuration, paths)

    def count(self, category: str) -> int:
        """The number of test files that the category may claim tests of."""
        return self._index.counts.get(category, 0)

    def is_empty(self, category: str) -> bool:
        """Whether there is certainly no test for the category. Doctests may be anywhere, and are `rest`'s."""
        return not self._index.counts.get(category, 0)

    def files_of(self, category: str) -> list[str]:
        """The test files that the category may claim tests of, relative to the root."""
        return listed_tests(self._text(category))

    def digest(self, category: str) -> str:
        """A fingerprint of all that the category depends on."""
        names = self._names(category)
        return "".join(self._index.digests[name] for name in names)

    def manifests(self, category: str) -> list[str]:
        """Paths of the files that list what the category depends on, from the root where they are below it."""
        return [self._shown(name) for name in self._names(category)]

    def digests(self) -> dict[str, str]:
        """The fingerprint of each manifest by its path, as it was when the snapshot was taken: another run may since
        have written another text there."""
        return {self._shown(name): digest for name, digest in self._index.digests.items()}

    def difference(self, category: str) -> Difference | None:
        """What changed since the category last passed; None when it never did, or nobody knows."""
        before = read_text(self.done_path(category))
        return None if before is None else compare(before, self._whole(category))

    def changed(self, category: str) -> list[str]:
        """The files that changed since the category last passed."""
        difference = self.difference(category)
        return difference.files if difference else []

    def mark_done(self, category: str) -> None:
        """Keeps what the category depended on when it passed, so that the next run can say what changed."""
        try:
            os.makedirs(self._folder, exist_ok=True)
            write_text(self.done_path(category), self._whole(category))
        except OSError as error:
            self.notes.append(f"{self.done_path(category)} could not be written: {error.strerror}")

    def forget(self, category: str) -> None:
        """Forgets that the category ever passed."""
        with suppress(OSError):
            os.unlink(self.done_path(category))

    def done_path(self, category: str) -> str:
        """The file that says with what the category last passed; there may be none."""
        return os.path.join(self._folder, f"{category}.done")

    @property
    def table(self) -> Table:
        """All project files with what is known of them."""
        return self._index.table

    def anywhere(self, category: str) -> bool:
        """Whether the category may have tests in other files than test files: doctests are `rest`'s."""
        filters = next(one["filters"] for one in categories_of(self._configuration) if one["name"] == category)
        return bool(filters["rest"] and self._index.pytest.get("doctests"))

    def configuration_state(self, category: str) -> str:
        """A fingerprint of what the configuration says of the category, as far as its tests see it."""
        return state_of_configuration(self._configuration, category, fingerprints_of(self._index.table))

    def service_state(self, service: dict[str, Any]) -> str:
        """A fingerprint of a service's declaration and of the files that it is made from."""
        state = state_of_service(service, fingerprints_of(self._index.table))
        return hashlib.blake2b(json.dumps(state, sort_keys=True).encode(), digest_size=16).hexdigest()

    def fingerprint(self, path: str) -> str | None:
        """The fingerprint of one project file (relative to the root); None when it is not one."""
        folder, _, name = path.rpartition("/")
        entry = self._index.table[folder][0].get(name) if folder in self._index.table else None
        return entry[4] if entry else None

    # -- what is derived from it ----------------------------------------------------------------------------------

    def _basis(self) -> str:
        """All besides the files' contents that the manifests are made from."""
        configuration = self._configuration
        sections = [configuration.get(name) for name in ("layers", "databases", "services", "settings")]
        parts = [*sections, self._facts]
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()

    def _derive(self) -> None:
        """Makes the manifests anew and writes those that differ."""
        index = self._index
        assignment = self._assignment()
        self._texts = compose(self._configuration, self._facts, assignment, index.table)
        from lamina.sources.hashing import hash_text

        digests = {name: hash_text(text) for name, text in self._texts.items()}
        try:
            os.makedirs(self._folder, exist_ok=True)
            for name, text in self._texts.items():
                if digests[name] != index.digests.get(name) or not os.path.exists(self._path(name)):
                    write_text(self._path(name), text)
        except OSError as error:
            self.notes.append(f"{self._folder} could not be written: {error.strerror}")
        index.digests = digests
        index.counts = {name: len(files) for name, files in assignment.tests.items()}
        if index.pytest["doctests"]:
            for category in categories_of(self._configuration):
                if category["filters"]["rest"]:
                    index.counts[category["name"]] += 1
        index.unclaimed = assignment.unclaimed

    def _assignment(self) -> Assignment:
        index = self._index
        if not index.pytest:
            index.pytest = read(self._root)
        is_test_file = rule_for_test_files(index.pytest)
        tests: list[str] = []
        others: list[str] = []
        imported: set[str] = set()
        for folder, (files, _) in index.table.items():
            prefix = f"{folder}/" if folder else ""
            for name, entry in files.items():
                path = prefix + name
                is_test = name not in _ALWAYS_SHARED and is_test_file(path)
                (tests if is_test else others).append(path)
                imported.update(module for module in entry[5] if f"{module}.py" != name)
        return assign(self._configuration, sorted(tests), others, imported)

    def _has_manifests(self) -> bool:
        try:
            present = set(os.listdir(self._folder))
        except OSError:
            return False
        return all(f"{name}.txt" in present for name in self._index.digests)

    # -- their texts ----------------------------------------------------------------------------------------------

    def _names(self, category: str) -> list[str]:
        for known in categories_of(self._configuration):
            if known["name"] == category:
                return [category] if is_narrowed(self._configuration, known) else [SHARED, category]
        raise KeyError(category)

    def _text(self, name: str) -> str:
        """A manifest's text; made again when the file is not the one that was written for this tree."""
        if name not in self._texts:
            from lamina.sources.hashing import hash_text

            text = read_text(self._path(name))
            if text is None or hash_text(text) != self._index.digests[name]:
                self._texts = compose(self._configuration, self._facts, self._assignment(), self._index.table)
            else:
                self._texts[name] = text
        return self._texts[name]

    def _whole(self, category: str) -> str:
        return "".join(self._text(name) for name in self._names(category))

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, f"{name}.txt")

    def _shown(self, name: str) -> str:
        return self._path(name).removeprefix(f"{self._root}/")
