"""Plain pytest, many times: a process that has imported pytest, and forks for each project that it is asked about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["PlainServer"]


class PlainServer:
    """Asked for outcomes; the process ends with `close`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def outcomes(self, root: Path) -> dict[str, tuple[str, str]]:
        """By test id: the outcome, and the message of a failure. A file that can't be collected has no tests."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{root}\n")
        self._process.stdin.flush()
        return {test: (outcome, message) for test, outcome, message in json.loads(self._process.stdout.readline())}

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)


class _Recorder:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.outcome != "passed":
            crash = getattr(report.longrepr, "reprcrash", None)
            self.rows.append((report.nodeid, report.outcome, getattr(crash, "message", "")))


def _serve() -> None:
    import pytest

    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            os.chdir(line.rstrip("\n"))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            recorder = _Recorder()
            pytest.main(["-q", "-p", "no:cacheprovider"], plugins=[recorder])
            with os.fdopen(writing, "w") as answer:
                answer.write(json.dumps(recorder.rows))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as stream:
            print(stream.read(), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    _serve()
