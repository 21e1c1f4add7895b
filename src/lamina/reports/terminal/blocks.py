"""A test's output in one piece, for somebody who watches tests as they end."""

from __future__ import annotations

from lamina.records import TestRecord
from lamina.reports.characters import visible
from lamina.reports.closing_lines import paint
from lamina.reports.wording import one_line, seconds_text

__all__ = ["block"]


def block(test: TestRecord, heading: str, color: bool) -> str:
    """The lines of a test: `heading`, or else what it came to, and all that was captured of it."""
    first = heading or f"{test.outcome}  {one_line(test.id)}"
    lines = [f"{first}  {paint(f'{seconds_text(test.duration)}, {test.worker}', 'dim', color)}"]
    for section in test.sections:
        lines.append(paint(f"  {one_line(section.heading)}", "dim", color))
        lines += [f"    {visible(line)}" for line in section.text.rstrip("\n").split("\n")]
    return "\n".join(lines)
