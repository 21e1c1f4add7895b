"""Makes the reports that `stored` serves: those of the same run once more, as if all of it came from cache.

What will differ (the run's name, time, duration, command, commit, number of workers) is rendered as a mark that occurs nowhere
else; where the marks are is kept beside the files, so that serving neither searches nor lays out anything.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lamina.records import AuditRecord, CategoryRecord, LayerRecord, RunRecord
from lamina.reports.html import page_html, template
from lamina.reports.junit import junit_xml
from lamina.reports.placing import put
from lamina.reports.results import results_json
from lamina.reports.stored import FORMAT, stamp_of
from lamina.reports.totals import totals_of
from lamina.reports.wording import grouped, seconds_text
from lamina.reports.writing import encoded

__all__ = ["all_cached", "keep", "prepare", "watched"]

# What is asked for again and again is a handful of requests.
_KEPT = 8
# Bytes of a file that are searched for marks at once.
_BLOCK = 1 << 18


class _Marks(NamedTuple):
    """Stand-ins for the header's values. Random, so that no test's output can hold one by accident."""

    texts: dict[str, str]
    duration: float
    slots: int


def prepare(templates_dir: Path | None) -> None:
    """Makes the template ready; to come here has imported all that makes reports."""
    template(templates_dir)


def keep(run: RunRecord, folder: Path, templates_dir: Path | None) -> None:
    """Stores the reports of `run` in `folder`, ready to be filled in; removes the folder where that fails."""
    marks = _Marks(
        {name: f"mark{secrets.token_hex(8)}{name}" for name in ("id", "started", "command", "commit")},
        duration=10**11 + secrets.randbelow(10**11) + 0.125,
        slots=10**11 + secrets.randbelow(10**11),
    )
    try:
        again = all_cached(run, marks)
        contents: dict[str, Iterable[bytes]] = {
            "results.json": results_json(again),
            "junit.xml": encoded(junit_xml(again)),
            "index.html": encoded(page_html(again, templates_dir)),
        }
        files = {name: _put(folder / name, pieces, _forms(name, marks)) for name, pieces in contents.items()}
        # Last, so that a folder with facts is a whole one.
        put(folder / "facts.json", [json.dumps(_facts(again, files, templates_dir)).encode()])
        _forget_oldest(folder.parent)
    except Exception:
        # It only makes the next run faster; whatever is wrong has been said when the reports themselves were written.
        shutil.rmtree(folder, ignore_errors=True)


def _facts(run: RunRecord, files: dict[str, dict[str, Any]], templates_dir: Path | None) -> dict[str, Any]:
    totals = totals_of(run)
    return {
        "format": FORMAT,
        "templates": stamp_of(templates_dir),
        "counts": totals.counts,
        "cached": totals.cached,
        "cached_seconds": totals.cached_seconds,
        "layers": [
            [layer.name, [[c.name, sum(c.counts.values()), c.outcome] for c in layer.categories]]
            for layer in run.layers
        ],
        "files": files,
    }


def _forms(name: str, marks: _Marks) -> dict[bytes, str]:
    """What marks look like in a file, and the form in which each is filled in. In results.json a text's quotes belong to
    the mark."""
    kind = "json" if name == "results.json" else "html"
    quote = '"' if kind == "json" else ""
    forms = {f"{quote}{mark}{quote}": f"{kind}:{field}" for field, mark in marks.texts.items()}
    if kind == "json":
        forms |= {str(marks.duration): "json:duration", str(marks.slots): "json:slots"}
    else:
        forms |= {seconds_text(marks.duration): "html:duration", grouped(marks.slots): "html:slots"}
    return {mark.encode(): form for mark, form in forms.items()}


def _put(path: Path, pieces: Iterable[bytes], forms: dict[bytes, str]) -> dict[str, Any]:
    """Writes a file that may be larger than one wants to hold in memory; returns its size and, in order, its holes: (begin,
    end, form) of each mark."""
    holes: list[tuple[int, int, str]] = []
    put(path, watched(pieces, forms, holes))
    return {"size": path.stat().st_size, "holes": holes}


def watched(
    pieces: Iterable[bytes], forms: dict[bytes, str], holes: list[tuple[int, int, str]], block_size: int = _BLOCK
) -> Iterator[bytes]:
    """The same content in blocks; adds the marks that it sees pass to `holes`, however the pieces cut them."""
    longest = max(map(len, forms))
    waiting: list[bytes] = []
    position, size = 0, 0

    def seen(block: bytes) -> int:
        """Adds the marks in a block; returns where the last one ends."""
        found = []
        for mark, form in forms.items():
            begin = block.find(mark)
            while begin >= 0:
                found.append((position + begin, position + begin + len(mark), form))
                begin = block.find(mark, begin + len(mark))
        holes.extend(sorted(found))
        return max((end for _, end, _ in found), default=position) - position

    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= block_size:
            block = b"".join(waiting)
            # What may be the beginning of a mark waits for the rest of it.
            cut = max(seen(block), len(block) - longest, 0)
            yield block[:cut]
            position, waiting, size = position + cut, [block[cut:]], len(block) - cut
    block = b"".join(waiting)
    seen(block)
    yield block


def all_cached(run: RunRecord, marks: _Marks) -> RunRecord:
    """The run as it will be when it is asked for again and nothing changed. The tests' own records are changed, since there
    may be 100,000 and the run is over."""
    header = msgspec.structs.replace(
        run.run, **marks.texts, duration=marks.duration, slots=marks.slots, interrupted=False, exit_status=0
    )
    layers = [_cached_layer(layer) for layer in run.layers]
    reasons = {category.name: category.reason for layer in layers for category in layer.categories}
    reasons = {name: f"cached: {reason}" for name, reason in reasons.items()}
    for test in run.tests:
        if not test.cached:  # else it says where its result comes from
            test.cached, test.reason = True, reasons.get(test.category, "cached: nothing changed")
    audit = run.audit and _audit_of_before(run.audit)
    return msgspec.structs.replace(run, run=header, layers=layers, workers=[], notes=[], audit=audit)


def _audit_of_before(audit: AuditRecord) -> AuditRecord:
    """The same when nothing is audited any more."""
    return msgspec.structs.replace(audit, compared=0, faults=[], earlier_faults=[*audit.earlier_faults, *audit.faults])


def _cached_layer(layer: LayerRecord) -> LayerRecord:
    categories = [_cached_category(category) for category in layer.categories]
    outcome = "cached" if any(category.outcome == "cached" for category in categories) else "empty"
    return msgspec.structs.replace(layer, categories=categories, duration=0.0, outcome=outcome)


def _cached_category(category: CategoryRecord) -> CategoryRecord:
    if category.outcome == "empty":
        return category
    reason = f"nothing changed since {category.executed_at}"
    return msgspec.structs.replace(
        category, outcome="cached", duration=0.0, reason=reason, summary="", collect_seconds=0.0
    )


def _forget_oldest(stored: Path) -> None:
    folders = sorted(stored.iterdir(), key=lambda folder: folder.stat().st_mtime)
    for folder in folders[:-_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
