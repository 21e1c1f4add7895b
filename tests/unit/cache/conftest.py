"""A project in a temporary folder, results of it on record, and what is decided about them in its present state."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from lamina.cache.database import CacheDatabase
from lamina.cache.deciding import Decision, decide
from lamina.cache.present import Present
from lamina.cache.recording import Recording, Result, body_key
from lamina.sources.index import Index
from lamina.sources.updating import bring_up_to_date
from lamina.tracing.blocks import analyse

PASSED = Result("passed", (0.0, 0.1, 0.0), "test_a.py", 1, 0, "", 0.0, "run")


_ENDINGS = re.compile("_(py|txt)$")


class Kept:
    """The project and its cache."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = str(root / ".lamina" / "cache.sqlite3")
        self.environment: dict[str, str] = {}
        self.categories = {"unit": "as it is"}

    def write(self, **files: str | None) -> None:
        """Files by name ("__" is a slash, "_py" at the end ".py"); None takes one away."""
        for name, text in files.items():
            path = self.root.joinpath(*(_ENDINGS.sub(r".\1", part) for part in name.split("__")))
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(textwrap.dedent(text))

    def present(self) -> Present:
        """The tree as it is now."""
        index = Index()
        bring_up_to_date(str(self.root), str(self.root / ".lamina"), index)
        return Present(str(self.root), index.table, self.environment, categories=self.categories)

    def record(
        self, name: str, bodies: Iterable[str] = (), modules: Iterable[str] = (), inputs: Iterable[str] = (),
        record: object = PASSED, kind: str = "test", category: str = "unit",
    ) -> None:  # fmt: skip
        """Keeps a result of a test that ran `bodies` ("app.py:area") and has `modules` in reach."""
        present = self.present()
        recording = Recording(self.path, category)

        def version(path: str) -> int:
            return recording.version(path, str(present.content(path)), analyse((self.root / path).read_bytes()))

        shared = set()
        for path in modules:
            analysis = analyse((self.root / path).read_bytes())
            shared.add(recording.item(f"module:{path}", str(present.content(path)), version(path)))
            shared.add(recording.item(f"effects:{path}", analysis.effects, version(path)))
        own = {recording.item(key, present.state(key)) for key in inputs}
        for place in bodies:
            path, _, body = place.partition(":")
            prints = {one.name: one.fingerprint for one in analyse((self.root / path).read_bytes()).bodies}
            own.add(recording.item(body_key(path, body), prints[body], version(path)))
        recording.keep(kind, name, recording.shared(frozenset(shared)), frozenset(own), record)
        recording.close()
        assert recording.notes == []

    def decide(self, category: str = "unit") -> Decision:
        """What may be served now."""
        with CacheDatabase(self.path).reading() as connection:
            assert connection is not None
            return decide(connection, self.present(), category)

    def served(self) -> set[str]:
        """The tests whose result may be served."""
        return set(self.decide().served)

    def set(self, variables: Mapping[str, str]) -> None:
        """The variables from now on."""
        self.environment = dict(variables)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    root = tmp_path / "project"
    root.mkdir()
    os.makedirs(root / ".lamina")
    return Kept(root)
