"""Shows a run: results.json, junit.xml, a page, the terminal. Reads records and events, decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lamina.records import Note, RunRecord

__all__ = ["write_reports"]


def write_reports(run: RunRecord, reports_dir: Path, templates_dir: Path | None = None) -> list[Note]:
    """Writes the three files of a run; see `lamina.reports.writing`, which is imported only when something is written."""
    from lamina.reports.writing import write_reports as write

    return write(run, reports_dir, templates_dir)
