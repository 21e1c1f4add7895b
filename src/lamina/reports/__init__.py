"""Shows a run: results.json, junit.xml, a page, the terminal. Reads records and events, decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lamina.records import Note, RunRecord

__all__ = ["prepare", "templates_of", "write_reports"]


def write_reports(run: RunRecord, reports_dir: Path, templates_dir: Path | None = None) -> list[Note]:
    """Writes the three files of a run; see `lamina.reports.writing`, which is imported only when something is written."""
    from lamina.reports.writing import write_reports as write

    return write(run, reports_dir, templates_dir)


def templates_of(reports_dir: Path) -> Path | None:
    """The project's own templates, if it has any."""
    folder = reports_dir / "templates"
    return folder if folder.is_dir() else None


def prepare(reports_dir: Path) -> None:
    """Loads what the reports of a run will need: a fifth of a second's work, to be done while a processor is idle. What can't be
    loaded is told when it is needed."""
    from contextlib import suppress

    with suppress(Exception):
        from lamina.reports import storing

        storing.prepare(templates_of(reports_dir))
