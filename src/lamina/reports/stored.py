"""Serves the reports of a run in which nothing changed, made beforehand by `storing`.

Such a run only fills its own name and time into the stored files, which takes milliseconds instead of reading and laying out
every test. Imports neither msgspec nor jinja2 nor rich, nor anything that does.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.reports.characters import encodable
from lamina.reports.closing_lines import all_cached_lines
from lamina.reports.placing import FILES, alone, forget_old, link, put
from lamina.reports.wording import grouped, moment_text, one_line, seconds_text

if TYPE_CHECKING:
    from lamina.records import RunRecord

__all__ = ["FORMAT", "form", "keep", "serve", "stamp_of"]

# Changes when stored files and this module would no longer understand each other; older ones are then not used.
FORMAT = 3
# Python's own `html` builds a table of two thousand entities first.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})
# All pages at once: a page fault each costs as much as the copy that is saved.
_POPULATE: int = getattr(mmap, "MAP_POPULATE", 0)


def form(name: str, value: Any) -> str:
    """How a value of the run's header is written: `name` is "json:" or "html:" and the value's name."""
    kind, _, field = name.partition(":")
    if kind == "json":
        return json.dumps(_plain(field, value))
    return one_line(_shown(field, value)).translate(_ESCAPED) or "unknown"


def _plain(field: str, value: Any) -> str | int | float:
    if field == "duration":
        return round(float(value), 6)
    return int(value) if field == "slots" else encodable(str(value))


def _shown(field: str, value: Any) -> str:
    if field == "duration":
        return seconds_text(float(value))
    if field == "slots":
        return grouped(int(value))
    return moment_text(str(value)) if field == "started" else str(value)


def keep(run: RunRecord, cache_dir: Path, key: str, templates_dir: Path | None = None) -> None:
    """Makes the reports for "the same again, all cached" and keeps them under `key`; does nothing where it can't write."""
    from lamina.reports.storing import keep as keep_reports

    keep_reports(run, cache_dir / "stored" / key, templates_dir)


def serve(
    *, cache_dir: Path, key: str, values: Mapping[str, Any], reports_dir: Path, stream: Any, color: bool = False
) -> bool:
    """Writes the stored reports as this run's and its lines to `stream`; False when there are none that can be used.

    `values` are the run header's: id, started, duration, command, commit, slots.
    """
    folder = cache_dir / "stored" / key
    try:
        facts = json.loads((folder / "facts.json").read_bytes())
        if facts["format"] != FORMAT or facts["templates"] != stamp_of(reports_dir / "templates"):
            return False
        contents = {name: _filled(folder / name, facts["files"][name], values) for name in FILES}
        lines = all_cached_lines(facts, float(values["duration"]), reports_dir, color)
        own, latest = reports_dir / "runs" / str(values["id"]), reports_dir / "latest"
        for name, pieces in contents.items():
            put(own / name, pieces)
        with alone(reports_dir):
            for name in contents:
                link(own / name, latest / name)
        forget_old(reports_dir / "runs")
    except Exception:
        # Whatever is wrong with stored files, the run makes its reports the long way.
        return False
    _say(lines, stream)
    return True


def _filled(path: Path, stored: Mapping[str, Any], values: Mapping[str, Any]) -> list[bytes | memoryview]:
    """The file in pieces: what lies between the holes as it was stored, and this run's values in the holes."""
    with open(path, "rb") as file:
        # Mapped, since copying megabytes into fresh memory takes longer than writing them. Nobody changes such a file in
        # place: it is replaced as a whole.
        content = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_SHARED | _POPULATE, prot=mmap.PROT_READ)
    if stored["size"] != len(content):
        raise ValueError("the stored file was cut or changed")
    return list(_pieces(memoryview(content), stored["holes"], values))


def _pieces(content: memoryview, holes: list[list[Any]], values: Mapping[str, Any]) -> Iterator[bytes | memoryview]:
    position = 0
    for begin, end, name in holes:
        yield content[position:begin]
        yield form(name, values[name.partition(":")[2]]).encode("utf-8", "replace")
        position = end
    yield content[position:]


def _say(lines: list[str], stream: Any) -> None:
    """A reader that has gone, or knows fewer characters than we write, is no error."""
    text = "\n".join(lines) + "\n"
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError:
        pass


def stamp_of(templates: Path | None) -> list[list[Any]]:
    """What tells whether a project's own templates are still those that a stored page was made with; empty without any."""
    if templates is None:
        return []
    try:
        with os.scandir(templates) as entries:
            return sorted([entry.name, entry.stat().st_mtime_ns, entry.stat().st_size] for entry in entries)
    except OSError:
        return []
