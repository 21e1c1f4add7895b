"""Reports of a run in which nothing changed, made beforehand.

After a run in which all went well, its reports are made once more as they will be when the same is asked for again and all
of it comes from cache. Such a run then only fills in its own name and time, which takes milliseconds instead of reading and
laying out every test. Serving imports neither msgspec nor jinja2 nor rich.
"""

from __future__ import annotations

import html
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.reports.closing_lines import last_line, paint
from lamina.reports.wording import plural, seconds_text

if TYPE_CHECKING:
    from lamina.records import RunRecord

__all__ = ["keep", "serve"]

# What is asked for again and again is a handful of requests.
_KEPT = 8
_FILES = ("results.json", "junit.xml", "index.html")
# Filled in when served. The marks hold no character that any of the three formats escapes.
_MARKS = {name: f"lamina-{name}-4f1c9e" for name in ("id", "started", "command", "commit")}
_DURATION_MARK = 918273645.125
_SLOTS_MARK = 918273645


def keep(run: RunRecord, cache_dir: Path, key: str, templates_dir: Path | None = None) -> None:
    """Makes the reports for "the same again, all cached" and keeps them under `key`; does nothing where it can't write."""
    from lamina.reports.html import page_html
    from lamina.reports.junit import junit_xml
    from lamina.reports.results import results_json
    from lamina.reports.totals import totals_of
    from lamina.reports.writing import put

    again = _all_cached(run)
    totals = totals_of(again)
    facts = {
        "counts": totals.counts,
        "cached": totals.cached,
        "cached_seconds": totals.cached_seconds,
        "layers": [[layer.name, [[c.name, sum(c.counts.values()), c.outcome] for c in layer.categories]] for layer in run.layers],
    }
    folder = cache_dir / "stored" / key
    try:
        put(folder / "results.json", results_json(again))
        put(folder / "junit.xml", (piece.encode("utf-8", "replace") for piece in junit_xml(again)))
        put(folder / "index.html", (piece.encode("utf-8", "replace") for piece in page_html(again, templates_dir)))
        # Last, so that a folder with facts is a whole one.
        put(folder / "facts.json", [json.dumps(facts).encode()])
        _forget_oldest(folder.parent)
    except Exception:
        # It only makes the next run faster; whatever is wrong has been said when the reports themselves were written.
        shutil.rmtree(folder, ignore_errors=True)


def _all_cached(run: RunRecord) -> RunRecord:
    import msgspec

    header = msgspec.structs.replace(
        run.run, **_MARKS, duration=_DURATION_MARK, slots=_SLOTS_MARK, interrupted=False, exit_status=0
    )
    layers = []
    reasons = {}
    for layer in run.layers:
        categories = []
        for category in layer.categories:
            if category.outcome == "empty":
                categories.append(category)
                continue
            reasons[category.name] = f"nothing changed since {category.executed_at}"
            categories.append(
                msgspec.structs.replace(
                    category, outcome="cached", duration=0.0, reason=reasons[category.name], summary="", collect_seconds=0.0
                )
            )
        outcome = "cached" if any(category.outcome == "cached" for category in categories) else "empty"
        layers.append(msgspec.structs.replace(layer, categories=categories, duration=0.0, outcome=outcome))
    tests = [
        msgspec.structs.replace(test, cached=True, reason=f"cached: {reasons.get(test.category, 'nothing changed')}")
        for test in run.tests
    ]
    return msgspec.structs.replace(run, run=header, layers=layers, tests=tests, workers=[], notes=[])


def _forget_oldest(stored: Path) -> None:
    folders = sorted(stored.iterdir(), key=lambda folder: folder.stat().st_mtime)
    for folder in folders[:-_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def serve(
    *, cache_dir: Path, key: str, values: Mapping[str, Any], reports_dir: Path, stream: Any, color: bool = False
) -> bool:
    """Writes the stored reports as this run's and its lines to `stream`; False when there are none that can be used.

    `values` are the run header's: id, started, duration, command, commit, slots.
    """
    folder = cache_dir / "stored" / key
    try:
        facts = json.loads((folder / "facts.json").read_bytes())
        contents = {name: (folder / name).read_bytes() for name in _FILES}
        runs = reports_dir / "runs" / str(values["id"])
        os.makedirs(runs, exist_ok=True)
        os.makedirs(reports_dir / "latest", exist_ok=True)
        for name, content in contents.items():
            _place(runs / name, reports_dir / "latest" / name, _filled(name, content, values))
        _show(facts, values, reports_dir, stream, color)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    _forget_old(reports_dir / "runs")
    return True


def _filled(name: str, content: bytes, values: Mapping[str, Any]) -> bytes:
    escape: Callable[[str], str] = _json_text if name == "results.json" else html.escape
    for mark_name, mark in _MARKS.items():
        text = str(values[mark_name])
        content = content.replace(mark.encode(), escape(text).encode("utf-8", "replace"))
    seconds = float(values["duration"])
    content = content.replace(str(_DURATION_MARK).encode(), repr(round(seconds, 6)).encode())
    content = content.replace(seconds_text(_DURATION_MARK).encode(), seconds_text(seconds).encode())
    return content.replace(str(_SLOTS_MARK).encode(), str(int(values["slots"])).encode())


def _json_text(text: str) -> str:
    return json.dumps(text)[1:-1]


def _place(path: Path, latest: Path, content: bytes) -> None:
    path.write_bytes(content)
    temporary = latest.with_name(f".{latest.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    try:
        os.link(path, temporary)
    except OSError:
        temporary.write_bytes(content)
    os.replace(temporary, latest)


def _forget_old(runs: Path) -> None:
    with suppress(OSError):
        for name in sorted(os.listdir(runs))[:-20]:
            shutil.rmtree(runs / name, ignore_errors=True)


def _show(facts: Mapping[str, Any], values: Mapping[str, Any], reports_dir: Path, stream: Any, color: bool) -> None:
    lines = []
    for layer, categories in facts["layers"]:
        lines.append(paint(layer, "bold", color))
        width = max(len(name) for name, _, _ in categories)
        for name, tests, outcome in categories:
            text = "empty" if outcome == "empty" else f"up to date   {plural(tests, 'test')} cached"
            lines.append(f"  {name:<{width}}   {paint(text, 'dim', color)}")
    lines.append(
        last_line(
            "PASSED", facts["counts"], 0, facts["cached"], float(values["duration"]), 0.0, facts["cached_seconds"],
            os.path.relpath(reports_dir / "latest" / "index.html"), color,
        )
    )  # fmt: skip
    stream.write("\n".join(lines) + "\n")
    stream.flush()
