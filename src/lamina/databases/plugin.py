"""The pytest plugin with the fixture `lamina_database`; registered wherever lamina is installed, and light until used.

Works in lamina's sessions and under plain pytest. With PYTEST_DISABLE_PLUGIN_AUTOLOAD: `-p lamina.databases.plugin`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from lamina.databases.declared import DECLARED, declared_in

if TYPE_CHECKING:
    from lamina.databases.worker import Databases

__all__ = ["LaminaDatabase"]


class LaminaDatabase:
    """What the fixture `lamina_database` gives: call it with a database's name."""

    def __init__(self, holder: _Holder) -> None:
        self._holder = holder

    def __call__(self, name: str, clean: str | None = None) -> Any:
        """A connection to the database of this name, clean for this test.

        `clean` is "rollback" or "clone"; without it, as the configuration says for the database.
        """
        return _or_fail(lambda: self._holder.here().connection(name, clean))

    def url(self, name: str) -> str:
        """The URL of this test's own clone of the database, for code that opens its own connections."""
        return str(_or_fail(lambda: self._holder.here().url(name)))


class _Holder:
    """A worker's databases; a process that was forked from it makes its own."""

    def __init__(self, request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> None:
        self._config = request.config
        self._factory = factory
        self._process = 0
        # Closing what another process has open would end it for that one as well.
        self._inherited: list[Databases] = []
        self._databases: Databases | None = None

    def here(self) -> Databases:
        """Those of this process."""
        if self._process != os.getpid():
            if self._databases is not None:
                self._inherited.append(self._databases)
            self._databases = None
            self._process = os.getpid()
        if self._databases is None:
            self._databases = self._make()
        return self._databases

    def after_test(self) -> None:
        """A test that may have used them is through."""
        if self._databases is not None and self._process == os.getpid():
            self._databases.after_test()

    def close(self) -> None:
        """Gives everything back that this process has."""
        if self._databases is not None and self._process == os.getpid():
            self._databases.close()

    def _make(self) -> Databases:
        from lamina.databases.noting import Noting
        from lamina.databases.worker import Databases

        config = self._config
        noting = Noting(config)
        with noting.unnoted():
            declared = config.stash.get(DECLARED, None) or declared_in(config.rootpath)
        return Databases(declared, config.rootpath, lambda: self._factory.mktemp("lamina-databases"), noting)


@pytest.fixture(scope="session")
def _lamina_databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Holder]:
    holder = _Holder(request, tmp_path_factory)
    yield holder
    holder.close()


@pytest.fixture
def lamina_database(_lamina_databases: _Holder) -> Iterator[LaminaDatabase]:
    """Databases declared in layers/test_layers.yaml: lamina_database("main") is a connection, clean for each test."""
    yield LaminaDatabase(_lamina_databases)
    _lamina_databases.after_test()


def _or_fail(give: Any) -> Any:
    """What the user got wrong fails the test in one message, without lamina's own lines."""
    from lamina.errors import UsageError

    problem = ""
    try:
        return give()
    except UsageError as error:
        problem = str(error)
    return pytest.fail(problem, pytrace=False)
