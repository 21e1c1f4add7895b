"""Where results come from: the run that executed them, its checkout, commit and machine."""

from __future__ import annotations

import os
import sqlite3
from typing import NamedTuple

__all__ = ["Origin", "keep_origin", "origin_text", "origins"]

# Digits of a commit that are shown.
_DIGITS = 10


class Origin(NamedTuple):
    """`root` is the project's folder, `commit` what was checked out there ("" outside of git); there may have been changes
    beside it."""

    run: str
    root: str = ""
    machine: str = ""
    commit: str = ""


def origins(connection: sqlite3.Connection) -> dict[str, Origin]:
    """All that are on record, by run."""
    rows = connection.execute("select name, root, machine, revision from runs")
    return {row[0]: Origin(*row) for row in rows}


def keep_origin(connection: sqlite3.Connection, origin: Origin) -> int:
    """The number of a run; it is written down if it was not."""
    connection.execute(
        "insert or ignore into runs (name, root, machine, revision) values (?, ?, ?, ?)",
        tuple(part.encode("utf-8", "replace").decode() for part in origin),
    )
    (number,) = connection.execute("select id from runs where name = ?", (origin.run,)).fetchone()
    return int(number)


def origin_text(origin: Origin, root: str, whole: bool = False) -> str:
    """In words: the run, and where it was, unless it was in the checkout at `root` on this machine; `whole`: in any case."""
    parts = [f"run {origin.run}"]
    is_elsewhere = origin.root not in ("", root) or origin.machine not in ("", os.uname().nodename)
    if origin.commit:
        parts.append(f"at {origin.commit[:_DIGITS]}")
    if origin.root and (is_elsewhere or whole):
        parts.append(f"in {origin.root}")
    if origin.machine and (is_elsewhere or whole):
        parts.append(f"on {origin.machine}")
    return " ".join(parts)
