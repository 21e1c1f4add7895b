"""Puts a run's reports on disk: `runs/<run id>/` and `latest/`, each file as a whole or not at all.

A folder that can't be written or a disk that is full costs the reports, not the run: it ends in a note.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from lamina.records import Note, RunRecord

__all__ = ["KEPT_RUNS", "put", "write_reports"]

KEPT_RUNS = 20
FILES = ("results.json", "junit.xml", "index.html")


def write_reports(run: RunRecord, reports_dir: Path, templates_dir: Path | None = None) -> list[Note]:
    """Writes results.json, junit.xml and index.html of `run`. Returns what went wrong, a note each."""
    from lamina.reports.html import page_html
    from lamina.reports.junit import junit_xml
    from lamina.reports.results import results_json

    notes: list[Note] = []
    contents: dict[str, Iterable[bytes]] = {
        "results.json": results_json(run),
        "junit.xml": _encoded(junit_xml(run)),
        "index.html": _encoded(page_html(run, templates_dir)),
    }
    folder = reports_dir / "runs" / run.run.id
    for name in FILES:
        try:
            put(folder / name, contents[name])
            link(folder / name, reports_dir / "latest" / name)
        except OSError as error:
            notes.append(Note(f"{reports_dir / 'latest' / name} could not be written: {error.strerror or error}"))
        except Exception as error:  # a project's own template may raise anything
            notes.append(Note(f"{name} could not be made: {type(error).__name__}: {error}"))
    forget_old(reports_dir / "runs")
    return notes


def _encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode("utf-8", "replace")


def put(path: Path, pieces: Iterable[bytes]) -> None:
    """Writes a file atomically; raises OSError and leaves no trace when it can't."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def link(source: Path, target: Path) -> None:
    """Makes `target` the same file as `source`, atomically: a hard link, or a copy where there are none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        temporary.unlink()
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    os.replace(temporary, target)


def forget_old(runs: Path) -> None:
    """Keeps the newest runs; their names begin with the time they began."""
    with suppress(OSError):
        for name in sorted(os.listdir(runs))[:-KEPT_RUNS]:
            shutil.rmtree(runs / name, ignore_errors=True)
