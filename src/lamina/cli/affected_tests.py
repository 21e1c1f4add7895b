"""Goes through all categories for `doit affected`."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from lamina.cache.affecting import affected, affected_since, claimed, unrecorded
from lamina.cache.elsewhere import elsewhere
from lamina.cache.standing import known_tests
from lamina.cli.asking import judge_of, present_of, results
from lamina.cli.past_project import PastProject
from lamina.cli.project import Project

__all__ = ["NEW", "AffectedTests", "find"]

NEW = "new, or never ran to its end"
_UNSURE = "no result on record that is valid in either state"


class AffectedTests:
    """`groups` are (category, test) by their reasons; `known` are tests with a result on record, and `failing` how many of
    those that are not affected run anyway, as they failed. `past` is what to compare with (None: what is on record)."""

    def __init__(self, project: Project, past: PastProject | None) -> None:
        self.groups: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
        self.known: set[str] = set()
        self.failing = 0
        self._project = project
        self._past = past
        self._new: dict[str, str] = {}

    def look_at(
        self, connection: sqlite3.Connection, category: str, files: Sequence[str], tests: Sequence[str]
    ) -> None:
        """One category, with its test files, and its tests on record."""
        judge = judge_of(self._project, connection, present_of(self._project, category))
        anywhere = self._project.snapshot.anywhere(category)
        its = claimed(connection, judge, category, {*files, *elsewhere(connection, category)}, anywhere)
        if self._past is None:
            found = affected(connection, judge, category, its)
        else:
            then = judge_of(self._project, connection, self._past.present_of(category))
            found = affected_since(connection, judge, then, category, its)
            files = [path for path in files if path in self._past.changed]
        for test, reasons in found.reasons.items():
            self.groups[tuple(dict.fromkeys(reason.text() for reason in reasons))].append((category, test))
        self.groups[_UNSURE,] += [(category, test) for test in found.unsure]
        self.known.update(found.known)
        self.failing += len(found.failing)
        for test in unrecorded(judge, its, files, tests):
            self._new.setdefault(test, category)

    def close(self) -> None:
        """Adds the tests that no category has a result of."""
        bases = {test.partition("[")[0] for test in self.known}
        self.groups[NEW,] = [
            (category, test) for test, category in self._new.items() if test not in bases and test not in self.known
        ]


def find(project: Project, since: str | None) -> AffectedTests:
    """By what is on record, or by what differs from a revision. Raises UsageError when there is no such revision."""
    found = AffectedTests(project, None if since is None else PastProject(project, since))
    with results(project) as connection:
        tests: dict[str, list[str]] = defaultdict(list)
        for category, test in known_tests(connection) if connection else ():
            tests[category].append(test)
        for category in project.categories if tests else ():
            files = project.snapshot.files_of(category)
            if connection and (files or tests[category]):
                found.look_at(connection, category, files, tests[category])
    found.close()
    return found
