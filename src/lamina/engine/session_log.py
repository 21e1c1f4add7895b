"""What a session that went wrong left: the end of what it wrote, what pytest complains of in it, how its process ended."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from lamina.workers.processes import signal_name

__all__ = ["NOT_STARTED", "how_it_ended", "tail", "usage_problem"]

# pytest's exit statuses for an internal error and for wrong usage.
NOT_STARTED = (3, 4)
_TAIL_LINES = 30


def tail(log: Path) -> str:
    """The last lines of a session's output."""
    with suppress(OSError):
        text = log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.strip().splitlines()[-_TAIL_LINES:])
    return ""


def usage_problem(status: int, text: str) -> str:
    """What pytest says on stderr when it does not start: about its options, or a conftest that raises."""
    if status not in NOT_STARTED:
        return ""
    lines = [line for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        if line.startswith("ERROR: "):
            return line.removeprefix("ERROR: ")
        if "error: " in line:
            return line.partition("error: ")[2]
        if line.startswith("E  "):
            return line.removeprefix("E").strip()
    return lines[-1] if lines else f"pytest ended with exit status {status}"


def how_it_ended(status: int) -> str:
    """How a process ended, in words. A guardian says as a shell does that a signal ended its session: 128 and its number."""
    number = -status if status < 0 else max(0, status - 128)
    return f"died of {signal_name(number)}" if number else f"ended with exit status {status}"
