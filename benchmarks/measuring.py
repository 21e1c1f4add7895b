"""Runs commands in turn and takes the median of each: A B C A B C ..., so that a machine that slows down slows all alike."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# The part of `.lamina` that holds code with probes in it, by the hash of its source.
CODE = "code"
_PLUGINS = ("randomly", "asyncio", "django", "cov", "pytest_cov", "pytest_mock", "timeout", "hypothesispytest")


@dataclass
class Command:
    """A command to time. `before` prepares the folder for each run, untimed; `statuses` are the right exit statuses.

    `variables` are added to its environment.
    """

    name: str
    arguments: Sequence[str]
    folder: Path
    before: Callable[[], None] = lambda: None
    statuses: tuple[int, ...] = (0,)
    variables: Mapping[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0

    @property
    def median(self) -> float:
        """Median of wall seconds."""
        return statistics.median(self.seconds)

    def run(self) -> None:
        """Runs it once and keeps its wall and processor time, and the most memory that its process (not its children) took."""
        self.before()
        began = time.perf_counter()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                self.arguments,
                cwd=self.folder,
                env=environment() | dict(self.variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            _, status, used = os.wait4(process.pid, 0)
            self.seconds.append(time.perf_counter() - began)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu.append(used.ru_utime + used.ru_stime)
            self.peak = max(self.peak, used.ru_maxrss / 1024)
            if process.returncode not in self.statuses:
                output.seek(0)
                sys.exit(f"{self.name}: exit status {process.returncode}\n{output.read().decode()[-3000:]}")


@dataclass(frozen=True)
class Row:
    """A line of the table: what was measured, what it came to, what it was to reach, and whether it did."""

    work: str
    figure: str
    target: str
    reached: bool


def ratio(work: str, measured: float, target: float) -> Row:
    """A line for a quotient that is to be small."""
    return Row(work, f"{measured:.2f}", f"≤ {target:.2f}", measured <= target)


def in_turn(commands: Sequence[Command], repeats: int, warm_up: Command | None = None) -> None:
    """Runs the commands `repeats` times in turn.

    Before that, without being counted, `warm_up` (or each command once) fills the caches of bytecode and of the file system.
    """
    for command in [warm_up] if warm_up else commands:
        command.run()
        command.seconds.clear()
        command.cpu.clear()
    for _ in range(repeats):
        for command in commands:
            command.run()
    for command in commands:
        spread = f"{min(command.seconds):.2f}-{max(command.seconds):.2f}"
        cpu = statistics.median(command.cpu)
        print(f"    {command.name:<34} {command.median:8.2f} s  ({spread}; processor {cpu:.1f} s)", flush=True)


def environment() -> dict[str, str]:
    """This environment without what would make a run unlike a user's, and without chance: nothing is audited."""
    dropped = ("PYTEST_", "LAMINA_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"LAMINA_AUDIT": "0"}


def python(*arguments: str) -> list[str]:
    """A command of this interpreter."""
    return [sys.executable, *arguments]


def pytest(*arguments: str) -> list[str]:
    """pytest as a peer: quiet, and without plugins that only the tests of lamina need."""
    return python("-m", "pytest", "-q", *without_plugins("pytest-testmon"), *arguments)


def testmon(*arguments: str) -> list[str]:
    """pytest-testmon as a peer."""
    return python("-m", "pytest", "-q", *without_plugins("xdist"), "--testmon", *arguments)


def without_plugins(*more: str, but: Sequence[str] = ()) -> list[str]:
    """Words that leave out the plugins of lamina's own development environment that no measured project uses, `but` those that this
    one does, and `more`."""
    return [word for plugin in (*_PLUGINS, *more) if plugin not in but for word in ("-p", f"no:{plugin}")]


def lamina(*arguments: str) -> list[str]:
    """lamina without a dodo.py."""
    return python("-m", "lamina", *arguments)


def forget(folder: Path, *kept: str) -> Callable[[], None]:
    """Makes the next run of lamina in `folder` a cold one, but for what is `kept` below `.lamina`."""

    def clear() -> None:
        shutil.rmtree(folder / "reports", ignore_errors=True)
        for entry in (folder / ".lamina").glob("*"):
            if entry.name in kept:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    return clear
