"""Narrows a pytest run to one category's tests, and prepares it for workers: the same in a session and in a spawned worker.

It leaves everything else (options, plugins, order) as the project has it.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from lamina.workers.claims import Claims
from lamina.workers.protocol import Request

__all__ = ["Narrowing", "know_names", "without_distribution"]


def without_distribution(config: pytest.Config) -> None:
    """Turns pytest-xdist off where `-n` is in the project's options."""
    option = config.option
    if hasattr(option, "numprocesses"):
        option.numprocesses, option.dist, option.tx, option.distload = None, "no", [], False


def know_names(config: pytest.Config) -> None:
    """Markers and fixtures of pytest-timeout and pytest-xdist, where these are not installed; lamina's own, where plugins are not
    looked for."""
    if not (config.pluginmanager.hasplugin("lamina") or config.pluginmanager.is_blocked("lamina")):
        from lamina.resources import pytest_plugin

        config.pluginmanager.register(pytest_plugin, "lamina")
    if not config.pluginmanager.hasplugin("timeout"):
        config.addinivalue_line("markers", "timeout(seconds): the test may take this long (lamina).")
    if not config.pluginmanager.hasplugin("xdist"):
        from lamina.workers import xdist_names

        config.addinivalue_line("markers", "xdist_group(name): tests of a group stay with one worker (lamina).")
        config.pluginmanager.register(xdist_names, "lamina-xdist-names")


class Narrowing:
    """Registered with pytest."""

    def __init__(self, request: Request, claims: Claims) -> None:
        self._request = request
        self._claims = claims
        self._only = None if request["only"] is None else frozenset(request["only"])
        self._served = frozenset(request["served"])
        # Each collected file's tests, and which of them come from cache.
        self.tests: dict[str, list[str]] = {}
        self.served: list[str] = []
        self._root = os.path.join(request["root"], "")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> Generator[None, Any, Any]:
        """Before pytest-cov begins to measure: into a file of the category's own, as others may run beside it."""
        if getattr(early_config.known_args_namespace, "cov_source", None):
            file = Path(self._request["coverage_file"])
            file.parent.mkdir(parents=True, exist_ok=True)
            os.environ["COVERAGE_FILE"] = str(file)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """Before any plugin looks at the options."""
        without_distribution(config)
        config.option.usepdb = False  # workers have no terminal
        if self._request["args"]:
            config.args = [os.path.join(self._request["root"], folder) for folder in self._request["args"]]

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """What projects know from pytest-timeout and pytest-xdist works without them."""
        know_names(config)

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leaves files out that are another category's, before they are imported."""
        if collection_path.is_dir():
            return None
        path = self._relative(collection_path)
        if self._only is not None and path not in self._only and collection_path.suffix == ".py":
            # A package's own file is no test, and pytest reads it to make a package of the folder.
            return None if collection_path.name == "__init__.py" else True
        return None if self._claims.may_own(path) else True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, Any, Any]:
        """Drops other categories' tests first, so that the project's own hooks see what they would under `pytest PATHS`."""
        items[:] = [item for item in items if self._claims.owns(item, self._relative(item.path))]
        try:
            return (yield)
        finally:
            self._leave_served_out(items)

    def _leave_served_out(self, items: list[pytest.Item]) -> None:
        """Last, so that the project's hooks see all tests of a file whatever the cache holds."""
        for item in items:
            self.tests.setdefault(self._relative(item.path), []).append(item.nodeid)
        if self._served:
            self.served = [item.nodeid for item in items if item.nodeid in self._served]
            items[:] = [item for item in items if item.nodeid not in self._served]

    def _relative(self, path: Path) -> str:
        """By its text: it is asked for each test and file, and pathlib takes its time."""
        text = str(path)
        return (text[len(self._root) :] if text.startswith(self._root) else text).replace(os.sep, "/")
