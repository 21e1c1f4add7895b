"""What came of a category: its record, its tests and its workers' spans."""

from __future__ import annotations

import msgspec

from lamina.records import CategoryRecord, TestRecord, WorkerSpan

__all__ = ["CategoryOutcome"]


class CategoryOutcome(msgspec.Struct, kw_only=True):
    """The engine returns it, the store keeps it, reports show it. `wrong_input` says, a line each, what the user has to put
    right before anything of the category can run; nothing was run then. `is_provisional`: these outcomes don't stand for what
    is known of the category's inputs: a test was skipped for what became of another category, or not all inputs could be kept."""

    record: CategoryRecord
    tests: list[TestRecord] = msgspec.field(default_factory=list)
    spans: list[WorkerSpan] = msgspec.field(default_factory=list)
    wrong_input: list[str] = msgspec.field(default_factory=list)
    is_provisional: bool = False
