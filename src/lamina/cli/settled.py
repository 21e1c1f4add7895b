"""What became of a category that was not executed, and the record that stands for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from lamina.cli.project import Project
    from lamina.history.store import CategorySummary
    from lamina.records import CategoryRecord, GroupOutcome

__all__ = ["Settled", "settled_record"]


class Settled(NamedTuple):
    """What became of a category that was not executed: `cached`, `empty` or `not_run`, and why."""

    outcome: str
    reason: str


def settled_record(
    project: Project, category: str, settled: Settled, summary: CategorySummary | None = None
) -> CategoryRecord:
    """The record of a category that was not executed; a cached one has its counts and times from its last run."""
    from lamina.records import CategoryRecord

    record = CategoryRecord(
        name=category,
        layer=project.layer_of[category],
        outcome=cast("GroupOutcome", settled.outcome),
        reason=settled.reason,
    )
    if settled.outcome == "cached":
        if summary is None:
            from lamina.history.store import Store

            summary = Store(Path(project.cache_dir)).summaries().get(category)
        if summary is not None:
            record.counts = summary.counts
            record.executed_at = summary.executed_at
            record.executed_run = summary.executed_run
            record.reason = f"nothing changed since {summary.executed_at}"
    return record
