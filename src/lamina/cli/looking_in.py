"""A look into a run that goes on: what SIGUSR1, or the key t, prints."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lamina.cli.stream import wants_color

if TYPE_CHECKING:
    from lamina.cli.current_run import CurrentRun

__all__ = ["show"]


def show(run: CurrentRun) -> None:
    """Prints how far the run is, above whatever moves. Not from a signal handler, which may have interrupted just that."""
    from lamina.reports.progress_text import block

    facts = run.progress_facts()
    if not facts:
        run.say(["nothing runs yet"])
        return
    memory, processes = _memory()
    run.say(block({**facts, "memory": memory, "processes": processes}, wants_color(run.stream)))


def _memory() -> tuple[int, int]:
    """Bytes that the sessions, their workers and what those have started hold together, and how many they are. What forked
    workers share counts once, where the system tells."""
    import psutil

    total = number = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, OSError):
            total += _share(process.pid) or process.memory_info().rss
            number += 1
    return total, number


def _share(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration, ValueError):
        return 0
