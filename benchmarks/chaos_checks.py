"""What must hold after a run, whatever was done to it; each check returns what does not, a line each."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from chaos_suite import HARM

__all__ = [
    "Log",
    "outcomes_of_harmed",
    "outcomes_of_next",
    "provable",
    "read_log",
    "stores",
    "tests_of",
    "unheard_categories",
]

# Outcomes that say that a test has been through.
_THROUGH = frozenset({"passed", "failed", "xfailed", "xpassed"})
_SERVED = frozenset({"passed", "skipped", "xfailed"})
# What may become of a test, apart from what it comes to by itself, when this was done to its run.
_EXCUSES: Mapping[str, frozenset[str]] = {
    "worker": frozenset({"crashed", "timeout"}),
    "session": frozenset({"not_run"}),
    "service": frozenset({"not_run"}),
    "doit": frozenset(),
    "hog": frozenset({"crashed", "timeout"}),
    "hang": frozenset({"timeout"}),
    "children": frozenset({"crashed", "timeout", "not_run"}),
    "several": frozenset({"crashed", "not_run"}),
}
# In these only the harmful test itself is excused.
_OF_ONE = frozenset({"hog", "hang"})


class Log:
    """What the tests themselves have written: who began, who ended."""

    def __init__(self, text: str) -> None:
        words = [line.partition(" ") for line in text.splitlines()]
        self.begun = Counter(test for word, _, test in words if word == "begin")
        self.ended = Counter(test for word, _, test in words if word == "end")


def read_log(path: Path) -> Log:
    """The log of one run, which is taken away."""
    text = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return Log(text)


def tests_of(results: Path) -> dict[str, dict[str, Any]] | None:
    """The tests of a report by id; None when there is none."""
    if not results.exists():
        return None
    rows = json.loads(results.read_text())["tests"]
    tests = {row["id"]: row for row in rows}
    assert len(tests) == len(rows), "a test is in the report twice"
    return tests


def outcomes_of_harmed(
    expected: Mapping[str, str], tests: Mapping[str, Any], log: Log, kind: str, served: set[str], unheard: set[str]
) -> list[str]:
    """Nothing lost, nothing invented: each test is there, with the outcome that it has by itself and its own word that it
    ran, or with one that the harm explains and a reason. `served`: those that may come from the cache;
    `unheard`: categories that ended before they had collected anything."""
    # A category that never came to collecting its tests has no names for them.
    missing = [test for test in expected if test not in tests and _folder(test) not in unheard]
    said = [f"{test} is not in the report" for test in missing]
    said += [f"{test} is in the report, but not in the suite" for test in tests if test not in expected]
    if kind == "worker":
        hit = [name for name, row in tests.items() if row["outcome"] in ("crashed", "timeout")]
        said += [f"one worker was hit, but more than one test was: {hit}"] if len(hit) > 1 else []
    for name, row in tests.items():
        if name not in expected:
            continue
        outcome, excused = row["outcome"], row["outcome"] in _EXCUSES[kind] and (name == HARM or kind not in _OF_ONE)
        # A worker that is stopped between two tests holds up its category until that is over its limit.
        excused = excused or (kind == "worker" and outcome == "not_run" and "timeout_seconds" in row["reason"])
        if outcome != expected[name] and not excused and not _is_of_harm(name, outcome, kind):
            said.append(
                f"{name} is {outcome}, where plain pytest says {expected[name]}: {row['reason']!r}, {_message(row)!r}"
            )
        if excused and not (row["reason"] or _message(row)):
            said.append(f"{name} is {outcome}, and nothing says why")
        if row["cached"]:
            said += [f"{name} is served, but nothing had proven it"] if name not in served else []
            said += [f"{name} is served and has run"] if log.begun[name] else []
        elif outcome in _THROUGH and not log.ended[name] and not _is_of_harm(name, outcome, kind):
            said.append(f"{name} is {outcome}, but never came to its end")
    return said


def unheard_categories(results: Path, log: Log) -> set[str]:
    """Categories of a report that did not run and say why, and of whose tests none has begun: they may not have been collected."""
    report = json.loads(results.read_text())
    heard = {_folder(test) for test in log.begun} | {row["category"] for row in report["tests"] if not row["cached"]}
    categories = [one for layer in report["layers"] for one in layer["categories"]]
    silent = {one["name"] for one in categories if one["outcome"] in ("not_run", "error") and one["reason"]}
    return silent - heard


def _folder(test: str) -> str:
    return test.split("/")[1]


def _is_of_harm(name: str, outcome: str, kind: str) -> bool:
    """Whether a failure is the harm's own doing: of the test that does it, or of one that can start no process meanwhile."""
    return outcome in ("failed", "error") and ((kind in ("hog", "children") and name == HARM) or kind == "children")


def outcomes_of_next(
    expected: Mapping[str, str], tests: Mapping[str, Any] | None, log: Log, proven: set[str], possible: set[str]
) -> list[str]:
    """The run after: all as plain pytest has it; what is `proven` is served, what isn't `possible` to be known is executed."""
    if tests is None:
        return ["the next run has no report"]
    said = [f"next run: {test} is not in the report" for test in expected if test not in tests]
    for name, row in tests.items():
        if row["outcome"] != expected.get(name):
            said.append(
                f"next run: {name} is {row['outcome']}, where plain pytest says {expected.get(name)}: {row['reason']!r}"
            )
        if row["cached"] and log.begun[name]:
            said.append(f"next run: {name} is served and has run")
        if row["cached"] and name not in possible:
            said.append(f"next run: {name} is served, but nothing had proven it")
        if not row["cached"] and not log.ended[name] and row["outcome"] != "skipped":
            said.append(f"next run: {name} is {row['outcome']}, but never came to its end")
        if not row["cached"] and name in proven:
            said.append(f"next run: {name} was proven, but is executed: {row['reason']!r}")
    return said


def stores(folder: Path) -> list[str]:
    """Each SQLite file is whole, and nothing was set aside as broken."""
    said = [f"{path.name} was set aside" for path in folder.rglob("*.broken-*")]
    for path in sorted(folder.rglob("*.sqlite3")):
        try:
            with closing(sqlite3.connect(path)) as connection:
                (answer,) = connection.execute("pragma integrity_check").fetchone()
        except sqlite3.Error as error:
            answer = str(error)
        if answer != "ok":
            said.append(f"{path.name}: {answer}")
    return said


def provable(row: Mapping[str, Any]) -> bool:
    """Whether a result of a report is one that is served later."""
    return row["outcome"] in _SERVED


def _message(row: Mapping[str, Any]) -> str:
    attempts = row["attempts"]
    return str(attempts[-1]["message"]) if attempts else ""
