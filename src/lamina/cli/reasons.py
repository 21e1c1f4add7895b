"""Why a category has to run, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.sources.manifests import Difference
from lamina.sources.snapshot import Snapshot

if TYPE_CHECKING:
    from lamina.history.store import CategorySummary

__all__ = ["LAST_TIME", "NO_PASS", "long_reason", "short_reason", "unmatched"]

# What is said of a last run that did not pass, the worst first.
LAST_TIME = {"failed": "failed last time", "error": "could not be run last time", "not_run": "did not end last time"}

# Nothing differs from what passed, but doit does not know of it: `doit forget`, `-a`, or files changed while tests ran.
NO_PASS = "no pass on record"

# More names than these make a line that nobody reads; the manifests hold them all.
_NAMED = 3


def short_reason(snapshot: Snapshot, category: str, summary: CategorySummary | None) -> str:
    """In a few words, for a table: `3 files changed`, `never run`, `failed last time`."""
    return _reason(snapshot, category, summary, named=0)


def long_reason(snapshot: Snapshot, category: str, summary: CategorySummary | None) -> str:
    """In one line, with the first few names."""
    return _reason(snapshot, category, summary, named=_NAMED)


def unmatched(category: str, pattern: str) -> str:
    """What to say of a pattern in a category's `inputs` that matches no file of the project."""
    shown = pattern.encode("utf-8", "backslashreplace").decode()
    return (
        f'the inputs of {category} match no file by "{shown}": what its child processes read there is not seen'
        " (files that git ignores are none of the project's)"
    )


def _reason(snapshot: Snapshot, category: str, summary: CategorySummary | None, named: int) -> str:
    difference = snapshot.difference(category)
    if summary is None and difference is None:
        return "never run"
    said = LAST_TIME.get(summary.outcome, "") if summary else ""
    if said:
        return said
    if difference is None:
        return NO_PASS
    return _changes(difference, named) or NO_PASS


def _changes(difference: Difference, named: int) -> str:
    parts = []
    if difference.files:
        number = len(difference.files)
        text = f"{number:,} file{'s' if number > 1 else ''} changed"
        parts.append(f"{text}: {_some(difference.files, named)}" if named else text)
    if difference.facts:
        its = [fact for fact in difference.facts if fact.startswith("its ")]
        others = [fact for fact in difference.facts if not fact.startswith("its ")]
        parts.extend("its configuration changed" for _ in its)
        if others:
            parts.append(f"other surroundings: {_some(others, named)}" if named else "other surroundings")
    return "; ".join(parts)


def _some(names: list[str], number: int) -> str:
    # File names may hold bytes that are no UTF-8, which neither a terminal nor JSON takes.
    shown = ", ".join(names[:number]).encode("utf-8", "backslashreplace").decode()
    return f"{shown}, …" if len(names) > number else shown
