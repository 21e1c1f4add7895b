"""How far a run is, in words: the facts of `progress` as lines. Imports nothing heavy."""

from __future__ import annotations

from typing import Any

from lamina.reports.closing_lines import paint
from lamina.reports.wording import counts_text, grouped, one_line, plural, seconds_text

__all__ = ["block", "category_lines", "failure_lines", "left_text", "running_lines"]

_NAMED_FAILURES = 20
_OPEN = ("waiting", "collecting", "running")
_SHOWN = {"cached": "up to date", "not_run": "not run"}
_STYLES = {"passed": "PASSED", "failed": "FAILED", "error": "ERROR", "running": "bold", "not_run": "INTERRUPTED"}


def category_lines(progress: dict[str, Any], color: bool) -> list[str]:
    """A line for each category that has tests: state, how many of how many, failures, time left."""
    shown = [one for one in progress.get("categories", ()) if one["state"] != "empty"]
    width = max((len(one["name"]) for one in shown), default=0)
    return [f"  {one['name']:{width}}  {_category(one, color)}" for one in shown]


def _category(one: dict[str, Any], color: bool) -> str:
    state = _SHOWN.get(one["state"], one["state"])
    parts = [paint(f"{state:10}", _STYLES.get(one["state"], "dim"), color)]
    if one["state"] == "running":
        parts.append(f"{grouped(one['done'])} of {plural(one['tests'], 'test')}")
        if one["failed"]:
            parts.append(paint(f"{grouped(one['failed'])} failed", "red", color))
    elif one["state"] not in _OPEN and one["counts"]:
        parts.append(counts_text(one["counts"]))
    if one["state"] != "waiting" and one["seconds"] >= 0.001:
        parts.append(paint(seconds_text(one["seconds"]), "dim", color))
    if one["state"] in _OPEN and one["left_seconds"] > 0:
        parts.append(paint(f"about {seconds_text(one['left_seconds'])} left", "dim", color))
    return "  ".join(parts).rstrip()


def failure_lines(progress: dict[str, Any], color: bool) -> list[str]:
    """The ids of the tests that have failed, under a heading; nothing when none has."""
    ids = [test for one in progress.get("categories", ()) for test in one["failures"]]
    number = sum(one["failed"] for one in progress.get("categories", ()))
    if not number:
        return []
    lines = [
        paint(f"{plural(number, 'failure')}:", "red", color),
        *(f"  {one_line(test)}" for test in ids[:_NAMED_FAILURES]),
    ]
    return lines if number <= _NAMED_FAILURES else [*lines, f"  and {grouped(number - _NAMED_FAILURES)} more"]


def running_lines(progress: dict[str, Any], color: bool) -> list[str]:
    """What each worker runs now, and for how long."""
    running = [entry for one in progress.get("categories", ()) for entry in one["running"]]
    if not running:
        return []
    width = max(len(worker) for worker, _, _ in running)
    lines = [f"  {worker:{width}}  {seconds_text(seconds):>8}  {one_line(test)}" for worker, test, seconds in running]
    return [paint("running now:", "bold", color), *lines]


def block(progress: dict[str, Any], color: bool) -> list[str]:
    """All of it: categories, failures, what each worker does, slots and memory (`memory` in bytes, `processes`)."""
    categories = progress["categories"]
    done, tests = sum(one["done"] for one in categories), sum(max(one["tests"], 0) for one in categories)
    head = [f"{grouped(done)} of {plural(tests, 'test')} so far", left_text(progress)]
    return [
        paint(", ".join(part for part in head if part), "bold", color),
        *category_lines(progress, color),
        *failure_lines(progress, color),
        *running_lines(progress, color),
        paint(
            f"{progress['slots_in_use']} of {plural(progress['slots'], 'slot')} in use, {progress['memory'] / 1e6:,.0f} MB in "
            f"{progress['processes']} processes",
            "dim",
            color,
        ),
    ]


def left_text(progress: dict[str, Any]) -> str:
    """ "about 2 min 10 s left", or empty."""
    left = progress.get("left_seconds", -1.0)
    return f"about {seconds_text(left)} left" if left >= 1 else ""
