"""The end of a run: its record, its reports, its last line and its exit status.

When everything came from cache and the same was asked for before, the reports are served as they were stored, without
reading a single test's result.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.cli.commit import commit_of, commit_with_changes
from lamina.cli.renewing import renew_daily
from lamina.cli.settled import settled_record
from lamina.cli.stream import wants_color

if TYPE_CHECKING:
    from lamina.cli.current_run import CurrentRun
    from lamina.records import AuditRecord, CategoryRecord, GroupOutcome, RunRecord, TestRecord

__all__ = ["INTERRUPTED", "close"]

PASSED, FAILED, ERROR, MISUSED, INTERRUPTED = 0, 1, 2, 3, 130


def close(run: CurrentRun) -> int:
    """Writes and shows what came of the run; returns its exit status."""
    run.wait_for_idle()
    for category in run.categories:
        if category not in run.settled and category not in run.outcomes:
            run.given_up(category, "interrupted" if run.interrupted else "the run ended first")
    run.notes.extend([*run.project.notes, *run.project.snapshot.notes])
    status = PASSED if _serve_stored(run) else _close_fully(run)
    renew_daily(run.project, [name for name, settled in run.settled.items() if settled.outcome == "cached"])
    return status


def _all_cached(run: CurrentRun) -> bool:
    return not run.outcomes and all(settled.outcome != "not_run" for settled in run.settled.values())


def _key(run: CurrentRun) -> str:
    """Stands for "these categories on these inputs in this environment"."""
    snapshot = run.project.snapshot
    parts = [run.project.configuration["environment"]]
    parts.extend(f"{category}={snapshot.digest(category)}" for category in run.categories)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _serve_stored(run: CurrentRun) -> bool:
    if not _all_cached(run) or run.interrupted or run.notes:
        return False
    from lamina.reports import stored

    values = {**_header_values(run), "commit": commit_of(run.project.root)}
    return stored.serve(
        cache_dir=Path(run.project.cache_dir),
        key=_key(run),
        values=values,
        reports_dir=Path(run.project.reports_dir),
        stream=run.stream,
        color=wants_color(run.stream),
    )


def _header_values(run: CurrentRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "started": run.started,
        "duration": time.time() - run.began,
        "command": _command(),
        "environment": run.project.configuration["environment"],
        "interrupted": run.interrupted,
        "slots": run.project.slots,
    }


def _command() -> str:
    return shlex.join([os.path.basename(sys.argv[0]), *sys.argv[1:]])


def _close_fully(run: CurrentRun) -> int:
    from lamina.records import Note
    from lamina.reports import stored, templates_of, write_reports

    terminal = run.open_terminal()
    record = _record(run)
    status = _status(run, record)
    record.run.exit_status = status
    if status == MISUSED and _has_no_tests(run):
        text = "no test was found: test files are those that pytest would collect here (python_files, testpaths); see `validate`"
        record.notes.append(text)
        terminal.handle(Note(text))
    reports_dir = Path(run.project.reports_dir)
    templates_dir = templates_of(reports_dir)
    for note in write_reports(record, reports_dir, templates_dir):
        record.notes.append(note.text)
        terminal.handle(note)
    has_page = (reports_dir / "runs" / record.run.id / "index.html").exists()
    terminal.finish(record, reports_dir if has_page else None)
    _tell_of_wrong_input(run)
    if status == PASSED and not run.interrupted:
        stored.keep(record, Path(run.project.cache_dir), _key(run), templates_dir)
    return status


def _tell_of_wrong_input(run: CurrentRun) -> None:
    """What the user has to put right is said on stderr, as every fault of the configuration is."""
    for name, outcome in run.outcomes.items():
        if outcome.wrong_input:
            lines = [
                f"{name}: {outcome.record.reason.partition(chr(10))[0]}; none of them was run",
                *outcome.wrong_input,
            ]
            with suppress(OSError, ValueError):  # whoever read either of them is gone
                run.stream.flush()
                print("ERROR:", "\n".join(lines), file=sys.stderr)


def _status(run: CurrentRun, record: RunRecord) -> int:
    if run.interrupted:
        return INTERRUPTED
    if any(outcome.wrong_input for outcome in run.outcomes.values()):
        return MISUSED
    outcomes = {category.outcome for layer in record.layers for category in layer.categories}
    if "error" in outcomes:
        return ERROR
    if outcomes & {"failed", "not_run"}:
        return FAILED
    return MISUSED if _has_no_tests(run) else PASSED


def _has_no_tests(run: CurrentRun) -> bool:
    """Whether the project has no test at all: a mistake, and not what a green run should be made of."""
    return all(run.project.snapshot.is_empty(category) for category in run.project.categories)


def _record(run: CurrentRun) -> RunRecord:
    from lamina.records import LayerRecord, Note, RunHeader, RunRecord

    store = run.store
    summaries = store.summaries()
    record = RunRecord(run=RunHeader(**_header_values(run), commit=commit_with_changes(run.project.root)))
    for layer in run.project.layers:
        asked = [category["name"] for category in layer["categories"] if category["name"] in run.categories]
        if not asked:
            continue
        entry = LayerRecord(name=layer["name"], outcome="passed", title=layer["title"])
        for category in asked:
            if category in run.outcomes:
                outcome = run.outcomes[category]
                entry.categories.append(outcome.record)
                record.tests.extend(outcome.tests)
                record.workers.extend(outcome.spans)
            else:
                made = settled_record(run.project, category, run.settled[category], summaries.get(category))
                entry.categories.append(made)
                record.tests.extend(_stored_tests(store, made))
        entry.outcome = _layer_outcome(entry.categories)
        entry.duration = _wall(record, entry.categories, run)
        record.layers.append(entry)
    record.audit = _audit(run, record.tests)
    run.notes = list(dict.fromkeys([*run.notes, *store.notes]))  # what fails each time is said once
    record.notes = list(run.notes)
    record.services = run.services.records() if run.services else []
    for text in run.notes:
        run.emit(Note(text))
    record.run.duration = time.time() - run.began
    return record


def _audit(run: CurrentRun, tests: list[TestRecord]) -> AuditRecord | None:
    """What audits have found, in this run and before."""
    from lamina.cache.database import cache_file

    path = cache_file(run.project.root, run.project.cache_dir)
    if not os.path.exists(path):
        return None
    from lamina.cache.audits import on_record
    from lamina.engine.audit import REASON

    drawn = sum(1 for test in tests if test.reason == REASON and not test.cached and test.outcome != "not_run")
    return on_record(path, run.id, drawn)


def _stored_tests(store: Any, record: CategoryRecord) -> list[TestRecord]:
    if record.outcome != "cached":
        return []
    tests: list[TestRecord] = store.tests(record.name)
    for test in tests:
        if not test.cached:  # else it says where its result comes from
            test.cached = True
            test.reason = f"cached: {record.reason}"
    return tests


def _layer_outcome(categories: list[CategoryRecord]) -> GroupOutcome:
    """The worst of its categories' outcomes; `cached` when nothing had to run, `empty` when there is nothing."""
    outcomes = {category.outcome for category in categories}
    for outcome in ("error", "failed", "not_run", "passed", "cached"):
        if outcome in outcomes:
            return outcome
    return "empty"


def _wall(record: RunRecord, categories: list[CategoryRecord], run: CurrentRun) -> float:
    """Seconds from the layer's first worker to its last: categories that run side by side count once."""
    names = {category.name for category in categories}
    spans = [span for span in record.workers if span.category in names]
    if not spans:
        return sum(category.duration for category in categories if category.name in run.outcomes)
    longest = max((category.duration for category in categories if category.name in run.outcomes), default=0.0)
    return max(max(span.until for span in spans) - min(span.begin for span in spans), longest)
