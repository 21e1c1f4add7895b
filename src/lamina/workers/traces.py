"""What a test used, from the worker's side: one collector for each test, others for what tests share (`shared_fixtures`)."""

from __future__ import annotations

import sys
from array import array
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import CodeType
from typing import Any, NamedTuple

import pytest

from lamina.tracing.inputs import Readers
from lamina.tracing.made_up import MENTION
from lamina.tracing.recorder import HIT_BITS, Collector, File
from lamina.tracing.start import Tracing
from lamina.workers.left_files import LeftFiles
from lamina.workers.shared_fixtures import Shared, SharedFixtures

__all__ = ["Trace", "Traces"]


class Trace(NamedTuple):
    """As it travels: `files` are those whose numbers the session has not heard of (number, path, content), `hits` file and body
    numbers, `inputs` keys, `modules` paths, `names` names of modules that were asked for. `lasting` are hits that belong to
    objects which outlive the test: those of shared fixtures. `imported` are modules that were imported meanwhile: path, and
    what was used by that (hits, inputs, modules, names), or what counts as used by it. `uses` are the numbers of shared
    fixtures that the test had and that are still to be torn down; `torn` says of others, by number, whether that failed in the
    name of a test that did not have them, and what they used. `read_by` are inputs that only these bodies (as hits) have read,
    or what they called."""

    files: list[tuple[int, str, str]]
    hits: array[int]
    inputs: list[str]
    modules: list[str]
    names: list[str]
    lasting: array[int]
    imported: list[tuple[str, array[int], list[str], list[str], list[str]]]
    uses: tuple[int, ...] = ()
    torn: tuple[tuple[int, bool, Trace], ...] = ()
    read_by: tuple[tuple[str, tuple[int, ...]], ...] = ()


_NOTHING = Trace([], array("Q"), [], [], [], array("Q"), [])


class Traces:
    """Registered with pytest in the session, so that workers have it after the fork."""

    # By which pytest's plugin manager knows it.
    __name__ = "lamina-traces"

    def __init__(self, tracing: Tracing) -> None:
        tracing.importing.install_in_pytest()
        self.recorder = tracing.recorder
        self.importing = tracing.importing
        self.environment = tracing.environment
        # Variables that plugins have set before that.
        self.given_variables: set[str] = set()
        # Modules of the project that the session had before it collected: plugins, conftests of its arguments.
        self.everywhere: list[str] = []
        self._last: Trace | None = None
        self._torn: list[tuple[int, bool, Trace]] = []
        self._used: list[Shared] = []
        self._had: list[Shared] = []
        self._announced: set[int] = set()
        self._left = LeftFiles(self.recorder.inputs)
        self._fixtures = SharedFixtures(
            self.recorder, self._torn_down, lambda shared: self._had.append(shared), self._left
        )
        self._watch_configuring()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """All of the test's own."""
        self._last = None
        self._used = []
        collector = Collector()
        collector.take_in(self.recorder.everybodys)
        self.recorder.enter(collector)
        self.recorder.began()
        self._fixtures.made.clear()
        try:
            return (yield)
        finally:
            self.recorder.ended(collector)
            self.recorder.leave(collector)
            uses = tuple(dict.fromkeys(shared.number for shared in self._used if shared.number))
            self._left.pass_on(collector)
            self._last = self._trace(collector, self._used)._replace(uses=uses)
            self._left.note(collector, self.recorder.inputs.created - self._fixtures.made)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        """Parameters and ids of tests are made after their module was imported. A collector of the project's own, or of a plugin,
        may read what it likes."""
        path = self.importing.project_path(str(collector.path))
        if path is None or isinstance(collector, (pytest.Session, pytest.Directory)):
            return (yield)
        found = Collector(hears=not isinstance(collector, (pytest.Module, pytest.Class)))
        self.recorder.enter(found)
        try:
            return (yield)
        finally:
            self.recorder.leave(found)
            self.recorder.collected(path, found)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_generate_tests(self) -> Generator[None, Any, Any]:
        """While the project's own hooks may read files, to make tests of or otherwise."""
        with self._hearing():
            return (yield)

    pytest_collection_modifyitems = pytest_generate_tests
    pytest_ignore_collect = pytest_generate_tests
    pytest_collect_file = pytest_generate_tests
    pytest_sessionstart = pytest_generate_tests

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        """While hooks of the project may do what counts for all tests, amid pytest's own doings."""
        heard = Collector(picky=True)
        self.recorder.enter(heard)
        try:
            yield
        finally:
            self.recorder.ended(heard)
            self.recorder.leave(heard)
            self.recorder.top.take_in(heard)

    def _watch_configuring(self) -> None:
        """Hooks that have no wrappers: `pytest_addoption` and `pytest_configure` run when a conftest or a plugin is registered, and
        once for all."""
        register, configure = pytest.PytestPluginManager.register, pytest.Config._do_configure

        def register_heard(manager: pytest.PytestPluginManager, plugin: object, name: str | None = None) -> str | None:
            with self._hearing():
                return register(manager, plugin, name)

        def configure_heard(config: pytest.Config) -> None:
            with self._hearing():
                configure(config)

        pytest.PytestPluginManager.register = register_heard  # type: ignore[method-assign, assignment]
        pytest.Config._do_configure = configure_heard  # type: ignore[method-assign, assignment]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """While the test still knows its fixtures."""
        self._used = self._fixtures.used_by(item) + self._had
        self._had = []
        return (yield)

    def tests_begin(self) -> None:
        """In this process, from now on."""
        self.recorder.asks_who_reads = True

    def arm(self) -> None:
        """Once before tests are forked, instead of in each of them."""
        self.recorder.arm()

    def heard(self) -> None:
        """A child of this process has told the session of all modules that were imported here before it was forked."""
        self.recorder.recent.clear()

    def take(self, is_test: bool = True) -> Trace | None:
        """What the test used that ran last; once. Otherwise: what was torn down since, if anything was."""
        last, self._last = self._last if is_test else None, None
        if self._torn and (last is not None or not is_test):
            torn, self._torn = tuple(self._torn), []
            return (last or _NOTHING)._replace(torn=torn)
        return last

    def forget(self) -> None:
        """What the test used that ran last is nobody's."""
        if self._last is not None:
            self._announced.difference_update(number for number, *_ in self._last.files)
        self._last = None

    @property
    def has_torn(self) -> bool:
        """Whether shared fixtures were torn down that nobody was told of."""
        return bool(self._torn)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        """Before the first test file is imported. Which test files there are is no dependency of every test."""
        base, inputs = self.recorder.base, self.recorder.inputs
        self.everywhere = sorted(base.modules)
        self.given_variables, inputs.given = inputs.given or set(), None
        names = base.names - {"conftest"}
        try:
            return (yield)
        finally:
            base.names = names

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """The set-up of a fixture that tests share."""
        if fixturedef.scope == "function":
            return (yield)
        with self._fixtures.set_up(fixturedef):
            return (yield)

    def _torn_down(self, shared: Shared, collector: Collector, has_failed: bool) -> None:
        # The error will be shown for the test that runs, or that ran last.
        is_others = has_failed and shared not in self._used
        if is_others or collector.hits or collector.inputs or collector.modules or collector.names:
            self._torn.append((shared.number, is_others, self._trace(collector, [shared])))

    def sharing(self) -> AbstractContextManager[object]:
        """While something is made that several tests are going to have, as a shared fixture is; gives what `use` takes."""
        return self._fixtures.making()

    def use(self, shared: object) -> None:
        """The test that runs has what was made meanwhile."""
        if isinstance(shared, Shared):
            self.recorder.top.take_in(shared.collector)
            self._had.append(shared)

    def _trace(self, collector: Collector, used: list[Shared]) -> Trace:
        lasting = Collector()
        for shared in used:
            lasting.take_in(shared.collector)
        collector.take_in(lasting)
        self._resolve(collector)
        hits = set(collector.hits)
        imported = [(path, self.recorder.imports[path]) for path in dict.fromkeys(self.recorder.recent)]
        self.recorder.recent.clear()
        for path, seen in imported:
            self._resolve(seen)
            hits.update(seen.hits)  # announced below
            if path in self.recorder.by_path:
                hits.add(self.recorder.by_path[path].number << HIT_BITS)
        files = self._announce(hits)
        hits = set(collector.hits)
        return Trace(
            files, array("Q", sorted(hits)), sorted(collector.inputs), sorted(collector.modules),
            sorted(collector.names), array("Q", sorted(set(lasting.hits))),
            [
                (path, array("Q", sorted(set(seen.hits))), sorted(seen.inputs), sorted(seen.modules), sorted(seen.names))
                for path, seen in imported
            ] + [(path, array("Q"), keys, [], []) for path, keys in self._read_by_lambdas(collector.readers).items()],
            read_by=tuple(self._read_by(collector.readers, hits)),
        )  # fmt: skip

    def _read_by(self, readers: Readers, hits: set[int]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """By input: the bodies, of those that have run, on whose behalf it was read. What others may have read is not among it,
        nor is a name that anything else but these bodies has made up."""
        for key, codes in readers.items():
            by_code = [hits.intersection(self._hits_of(code)) for code in codes.values() if code is not None]
            found = set[int]().union(*by_code)
            if found and None not in codes.values() and (all(by_code) or not key.startswith(f"{MENTION}:")):
                yield key, tuple(found)

    def _read_by_lambdas(self, readers: Readers) -> dict[str, list[str]]:
        """By module: what its lambdas have read that a cache may be around. A later test will not read it, and has run no body
        that could be found to have done so."""
        found: dict[str, list[str]] = defaultdict(list)
        for key, codes in readers.items():
            for code in codes.values():
                if code is not None and code.co_name == "<lambda>" and "<locals>" not in code.co_qualname:
                    file = self._file_of(code)
                    if file is not None and file.caches_lambdas:
                        found[file.path].append(key)
        return found

    def _hits_of(self, code: CodeType) -> list[int]:
        file = self._file_of(code)
        return file.hits_of(code) if file is not None else []

    def _file_of(self, code: CodeType) -> File | None:
        return self.recorder.by_path.get(self.importing.project_path(code.co_filename) or "")

    def _resolve(self, collector: Collector) -> None:
        """Modules that were asked for by name and are there."""
        for name in list(collector.names):
            with suppress(Exception):
                file = getattr(sys.modules.get(name), "__file__", None)
                path = self.importing.project_path(file) if file else None
                if path is not None:
                    collector.modules.add(path)

    def _announce(self, hits: set[int]) -> list[tuple[int, str, str]]:
        numbers = {hit >> HIT_BITS for hit in hits} - self._announced
        self._announced |= numbers
        files = self.recorder.files
        return [(number, files[number].path, files[number].content) for number in sorted(numbers)]
