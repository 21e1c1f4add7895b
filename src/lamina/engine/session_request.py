"""What a session is told to run: the part that is the same for all sessions of a run, and what is a category's own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lamina.engine import limits
from lamina.engine.coverage import coverage_file
from lamina.engine.selection import Selection
from lamina.layers.model import Category, Configuration, Settings
from lamina.resources.asking import NeedEntry
from lamina.resources.definitions import Definition
from lamina.workers.protocol import Claim, Request

__all__ = ["RunFacts", "Share", "folders_of", "request_for"]


class RunFacts(NamedTuple):
    """Of the run. `databases` is that section of the configuration, `ledger` the descriptor of the ledger of memory."""

    root: Path
    cache_dir: Path
    run_id: str
    configuration: Configuration
    databases: list[dict[str, Any]]
    resources: dict[str, Definition]
    ledger: int
    slots: int
    seats: int
    is_background: bool
    color: bool


class Share(NamedTuple):
    """What a session gets of what all share: its first slot, how many of its tests may fail until it ends (-1: any number), why and
    how it ends then, what of memory its tests are known to need, and its numbers in the ledger."""

    slot: int
    failures: int
    stop_reason: str
    stop_outcome: str
    memory: dict[str, int]
    scopes: tuple[int, int]


def request_for(
    run: RunFacts, category: Category, share: Share, files: Sequence[str], durations: Mapping[str, float],
    selection: Selection, state: str,
) -> Request:  # fmt: skip
    """For a session that runs what `selection` leaves of the category's tests, which are in `files`; `state` is the fingerprint of
    its configuration."""
    settings = run.configuration.settings
    return Request(
        root=str(run.root),
        category=category.name,
        args=[] if category.filters.rest else folders_of(files),
        claims=_claims(run.configuration),
        pytest_args=list(category.pytest_args),
        durations=dict(durations),
        test_timeout=category.test_timeout_seconds or category.timeout_seconds,
        max_workers=limits.workers_of(category),
        slots=run.slots,
        slot=share.slot,
        run_id=run.run_id,
        folder=str(run.cache_dir / "sessions" / f"{run.run_id}-{category.name}"),
        color=run.color,
        coverage_file=str(coverage_file(run.cache_dir, category.name)),
        cache_dir=str(run.cache_dir),
        reports_dir="reports",
        traced=settings.trace,
        category_state=state,
        inputs=list(category.inputs),
        ttl_hours=settings.cache_ttl_hours,
        max_mb=settings.cache_max_mb,
        only=selection.only,
        served=sorted(selection.served),
        served_unmet=[
            test for test, one in selection.served.items() if one.result.outcome not in ("passed", "xpassed")
        ],
        restores=settings.restore_state,
        strict=_is_strict(category, settings),
        preserves=settings.preserve_on_failure,
        temporary="",
        seats=run.seats if run.slots <= run.seats else 0,
        background=run.is_background,
        stop_after=max(0, share.failures),
        stop_reason=share.stop_reason,
        stop_outcome=share.stop_outcome,
        breaker_threshold=settings.circuit_breaker_threshold,
        ledger=run.ledger,
        ledger_scopes=share.scopes,
        memory=share.memory,
        worker_limit=(settings.memory_per_worker_mb or 0) * 1_000_000,
        breaker_pause=settings.circuit_breaker_pause_seconds,
        databases=run.databases,
        resources=run.resources,
        needs=[NeedEntry(name=need.name, shared=need.shared, count=need.count) for need in category.resources],
        priority=_rank(run.configuration, category),
    )


def _claims(configuration: Configuration) -> list[Claim]:
    categories = [category for layer in configuration.layers for category in layer.categories]
    return [
        Claim(
            name=category.name,
            include_patterns=list(category.filters.include_patterns),
            exclude_patterns=list(category.filters.exclude_patterns),
            markers=list(category.filters.markers),
            keywords=list(category.filters.keywords),
            rest=category.filters.rest,
        )
        for category in categories
    ]


def _rank(configuration: Configuration, category: Category) -> int:
    """The place of the category among all, from the most urgent on: by its layer's priority, then its own. Equally urgent ones
    have the same."""
    keys = {one.name: (layer.priority, one.priority) for layer in configuration.layers for one in layer.categories}
    return sorted(set(keys.values())).index(keys[category.name])


def folders_of(files: Sequence[str]) -> list[str]:
    """The smallest set of folders that hold all the files: each file's own, less those below another one."""
    folders = sorted({os.path.dirname(file) or "." for file in files})
    if "." in folders:
        return ["."]
    chosen: list[str] = []
    for folder in folders:
        if not any(folder.startswith(f"{other}/") for other in chosen):
            chosen.append(folder)
    return chosen


def _is_strict(category: Category, settings: Settings) -> bool:
    return settings.strict_isolation if category.strict_isolation is None else category.strict_isolation
