"""Puts probes into the project's modules ahead of their imports, on processors that have nothing to do while a session collects.

The first run of a project analyses and compiles every module, which takes as long as importing them several times, in one
process. Here further processes do the same from the other end: they begin where collection ends, so that the two meet. What they
make is what the session would make itself; it finds the file and is spared the work. See docs/decisions/compiling-ahead.md.
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterable
from contextlib import suppress

import pytest

from lamina.machine import usable_cores
from lamina.sources import index as index_file
from lamina.sources.index import Index
from lamina.sources.pytest_settings import rule_for_test_files
from lamina.tracing.importing import Importing
from lamina.workers.claims import Claims
from lamina.workers.processes import die_with_parent
from lamina.workers.protocol import Request

__all__ = ["Ahead", "Source"]

# Fewer are compiled before another process has begun.
_WORTHWHILE = 40
_MOST_PROCESSES = 4
_NICENESS = 5

# Path relative to the root, fingerprint of its content, whether pytest rewrites its assertions.
Source = tuple[str, str, bool]


class Ahead:
    """Of one session. `begin` before its first import, `end` when it has collected."""

    def __init__(self, request: Request, importing: Importing, claims: Claims) -> None:
        self._request = request
        self._importing = importing
        self._claims = claims
        self._processes: list[int] = []

    def begin(self, config: pytest.Config) -> None:
        """Starts the processes, if there is enough to do for them and a processor that the session does not have."""
        only = self._request["only"]
        if only is not None and len(only) < _WORTHWHILE:
            return  # after an edit, when hardly anything is missing
        number = min(self._request["slots"] - 1, usable_cores() - 1, _MOST_PROCESSES)
        if number <= 0:
            return
        index = index_file.load(self._request["cache_dir"], [])
        missing = [one for one in self._sources(index) if not self._importing.is_ready(*one)]
        if len(missing) < _WORTHWHILE:
            return
        missing.reverse()
        for first in range(number):
            self._processes.append(self._start(missing[first::number], config))

    def end(self) -> None:
        """Ends them; what they have not done by now nobody asks for."""
        for pid in self._processes:
            with suppress(ProcessLookupError, ChildProcessError):  # a conftest may wait for any child
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        self._processes.clear()

    def _start(self, sources: Iterable[Source], config: pytest.Config) -> int:
        session = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                die_with_parent(session)
                os.nice(_NICENESS)
                warnings.simplefilter("ignore")  # the session tells of them
                for path, content, is_rewritten in sources:
                    with suppress(Exception):
                        self._importing.prepare(path, content, config if is_rewritten else None)
            finally:
                os._exit(0)
        return pid

    def _sources(self, index: Index) -> list[Source]:
        """In the order in which a session is likely to import them: packages, then tests. What lies in no package (scripts,
        examples, documentation) is not looked at."""
        if not index.pytest:
            return []  # the index could not be written
        is_test_file = rule_for_test_files(index.pytest)
        packages: list[Source] = []
        tests: list[Source] = []
        for folder in sorted(index.table):
            files = index.table[folder][0]
            for name in sorted(files):
                path = f"{folder}/{name}" if folder else name
                if is_test_file(path):
                    if self._claims.may_own(path):
                        tests.append((path, files[name][4], True))
                elif name.endswith(".py") and "__init__.py" in files:
                    packages.append((path, files[name][4], name == "conftest.py"))
        return packages + tests
