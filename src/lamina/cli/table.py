"""Plain text for `doit list` and `doit plan`: aligned columns, durations, colours where there is a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.reports.wording import seconds_text

__all__ = ["aligned", "color_for", "duration", "number", "painted"]

_COLORS = {"green": 32, "yellow": 33, "red": 31, "dim": 2, "bold": 1}


def duration(seconds: float) -> str:
    """Seconds in words; nothing for a negative number, which stands for unknown."""
    return seconds_text(seconds) if seconds >= 0 else ""


def number(value: float) -> str:
    """A number without a needless fraction: `2`, `0.5`."""
    return f"{value:g}"


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """The rows as lines, each column as wide as its widest cell; columns in `right` end at the same place."""
    widths = [max((len(row[index]) for row in rows), default=0) for index in range(max(map(len, rows), default=0))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(widths[index]) if index in right else cell.ljust(widths[index]) for index, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def painted(text: str, color: str, wanted: bool) -> str:
    """The text in a colour, if colours are wanted at all."""
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if wanted and color else text


def color_for(state: str) -> str:
    """The colour that a state is shown in."""
    if state == "up to date":
        return "green"
    if state in ("empty", "ignored", "not enabled"):
        return "dim"
    return "red" if state.startswith(("failed", "could not")) else "yellow"
