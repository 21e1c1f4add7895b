"""What became of the categories that are through when another one begins: in this run, or by the results that are on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lamina.engine.earlier import EarlierCategory
from lamina.history.store import Store
from lamina.layers import plan

if TYPE_CHECKING:
    from lamina.cli.current_run import CurrentRun

__all__ = ["earlier_categories"]

# Of a category that came to one of these, all tests are known.
_WHOLE = frozenset({"passed", "failed", "cached", "empty"})


def earlier_categories(run: CurrentRun, category: str) -> dict[str, EarlierCategory]:
    """Those that are part of the run, by name."""
    names = plan.earlier_categories(run.project.configuration, category)
    return {name: _known(run, name) for name in names if name in run.outcomes or name in run.settled}


def _known(run: CurrentRun, name: str) -> EarlierCategory:
    if name in run.outcomes:
        done = run.outcomes[name]
        return EarlierCategory({test.id: test.outcome for test in done.tests}, done.record.outcome in _WHOLE)
    outcome = run.settled[name].outcome
    tests = Store(Path(run.project.cache_dir)).tests(name) if outcome == "cached" else []
    return EarlierCategory({test.id: test.outcome for test in tests}, outcome in _WHOLE)
