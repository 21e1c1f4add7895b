"""Puts a run's reports on disk: `runs/<run id>/` and `latest/`, each file as a whole or not at all.

A folder that can't be written, a disk that is full, or a project's template that raises costs the reports, not the run: it
ends in a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from lamina.records import Note, RunRecord
from lamina.reports.placing import FILES, alone, forget_old, link, put

__all__ = ["encoded", "write_reports"]

# Pieces encoded at once.
_AT_ONCE = 1000


def write_reports(run: RunRecord, reports_dir: Path, templates_dir: Path | None = None) -> list[Note]:
    """Writes results.json, junit.xml and index.html of `run`. Returns what went wrong, a note each."""
    folder, latest = reports_dir / "runs" / run.run.id, reports_dir / "latest"
    unwritten: dict[str, list[str]] = {}
    notes = []
    written = []
    for name in FILES:
        try:
            put(folder / name, _contents(name, run, templates_dir))
            written.append(name)
        except OSError as error:
            unwritten.setdefault(error.strerror or str(error), []).append(name)
        except _UnmadeError as error:
            made_by = f" (templates in {templates_dir})" if name == "index.html" and templates_dir else ""
            notes.append(Note(f"{name} could not be made: {error}{made_by}"))
    with alone(reports_dir):
        for name in written:
            try:
                link(folder / name, latest / name)
            except OSError as error:
                unwritten.setdefault(error.strerror or str(error), []).append(name)
    for problem, names in unwritten.items():
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        notes.append(
            Note(f"no report: {listed} could not be written to {latest}: {problem}. What lies there is older.")
        )
    with suppress(OSError):
        folder.rmdir()  # only if it is empty
    forget_old(reports_dir / "runs")
    return notes


class _UnmadeError(Exception):
    """A file's content could not be made. Of its own kind, since Jinja's for a missing template is an OSError."""


def _contents(name: str, run: RunRecord, templates_dir: Path | None) -> Iterator[bytes]:
    from lamina.reports.html import page_html
    from lamina.reports.junit import junit_xml
    from lamina.reports.results import results_json

    makers: dict[str, Callable[[], Iterable[bytes]]] = {
        "results.json": lambda: results_json(run),
        "junit.xml": lambda: encoded(junit_xml(run)),
        "index.html": lambda: encoded(page_html(run, templates_dir)),
    }
    try:
        yield from makers[name]()
    except Exception as error:
        raise _UnmadeError(f"{type(error).__name__}: {error}") from error


def encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    """UTF-8, a thousand pieces at a time: a page of 10,000 tests has 90,000. What UTF-8 can't hold (lone surrogates)
    becomes an escape."""
    rest = iter(pieces)
    while some := list(islice(rest, _AT_ONCE)):
        yield "".join(some).encode("utf-8", "backslashreplace")
