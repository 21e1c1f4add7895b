"""`doit affected`: the tests whose outcome what was edited can change, with reasons. Runs nothing."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import Any, NamedTuple

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli.asking import NOT_TRACED, NOTHING_ON_RECORD, present_of, results, taken_words
from lamina.cli.project import Project
from lamina.cli.stream import print_whole, wants_color
from lamina.cli.table import aligned, painted
from lamina.errors import UsageError
from lamina.reports.wording import grouped, plural

__all__ = ["Affected"]

# Reasons of one test that are shown.
_REASONS = 3
_NEW = "new, or never ran to its end"
_UNSURE = "no result on record that is valid in either state"

_Test = tuple[str, str]


class _Found(NamedTuple):
    """`groups` are (category, test) by their reasons; `known` tests are on record, `failing` of them run anyway."""

    groups: dict[tuple[str, ...], list[_Test]]
    known: int
    failing: int


class Affected(DoitCmdBase):  # type: ignore[misc]
    """Compares with the results on record, or with a revision that git knows."""

    name = "affected"
    doc_purpose = "list the tests that the working tree affects, with reasons; runs nothing"
    doc_usage = "[since=REVISION]"
    doc_description = (
        "Without since=: the tests that have no valid result for the working tree.\n"
        "With since=: those that the difference between a git revision and the working tree affects."
    )
    cmd_options = (
        {
            "name": "quiet", "short": "q", "long": "quiet", "type": bool, "default": False,
            "help": "print the ids of the tests and nothing else",
        },
    )  # fmt: skip

    def parse_execute(self, in_args: list[str]) -> Any:
        """`since=` is known to this command alone."""
        self._since = taken_words(lambda name: name == "since").get("since")
        return super().parse_execute(in_args)

    def _execute(self, pos_args: list[str], quiet: bool) -> int:
        from lamina.cli.dodo import project

        current = project()
        if pos_args:
            raise InvalidCommand(f"affected takes no names (found {pos_args[0]}); it looks at all categories")
        if self._since == "":
            raise InvalidCommand("since= needs a value, as in since=HEAD~1")
        try:
            found = _find(current, self._since)
        except UsageError as error:
            raise InvalidCommand(str(error)) from None
        if quiet:
            lines = list(dict.fromkeys(test for tests in found.groups.values() for _, test in tests))
        else:
            lines = [*_lines(found, wants_color(self.outstream)), _last_line(found, self._since or "")]
            if not current.configuration["settings"]["trace"]:
                lines.append(f"note: {NOT_TRACED}")
            lines.extend(f"note: {note}" for note in current.notes)
        print_whole("".join(f"{line}\n" for line in lines), self.outstream)
        return 0


def _find(project: Project, since: str | None) -> _Found:
    from lamina.cache.explaining import known_tests
    from lamina.cli.past_project import PastProject

    past = None if since is None else PastProject(project, since)
    groups: dict[tuple[str, ...], list[_Test]] = defaultdict(list)
    known = failing = 0
    with results(project) as connection:
        tests: dict[str, list[str]] = defaultdict(list)
        for category, test in known_tests(connection) if connection else ():
            tests[category].append(test)
        new: set[str] = set()
        for category in project.categories if connection and tests else ():
            files = project.snapshot.files_of(category)
            if files or tests[category]:
                numbers = _of_category(connection, project, past, category, files, tests[category], groups, new)
                known, failing = known + numbers[0], failing + numbers[1]
    return _Found(groups, known, failing)


def _of_category(
    connection: sqlite3.Connection | None, project: Project, past: Any, category: str, files: list[str],
    tests: list[str], groups: dict[tuple[str, ...], list[_Test]], new: set[str],
) -> tuple[int, int]:  # fmt: skip
    """Adds a category's tests to the groups; returns how many are known, and how many failed."""
    from lamina.cache.explaining import affected, affected_since, unrecorded
    from lamina.cache.judging import Judge

    assert connection is not None
    judge = Judge(connection, present_of(project, category))
    if past is None:
        found = affected(connection, judge, category)
    else:
        found = affected_since(connection, judge, Judge(connection, past.present_of(category)), category)
        files = [path for path in files if path in past.changed]
    for test, reasons in found.reasons.items():
        groups[tuple(dict.fromkeys(reason.text() for reason in reasons))].append((category, test))
    for test in found.unsure:
        groups[_UNSURE,].append((category, test))
    for names in unrecorded(connection, judge, category, files, tests).values():
        groups[_NEW,] += [(category, test) for test in names if test not in new]
        new.update(names)
    return found.known, len(found.failing)


def _lines(found: _Found, color: bool) -> list[str]:
    lines = []
    for reasons, tests in sorted(found.groups.items(), key=lambda group: (-len(group[1]), group[1])):
        if tests:
            more = f"; and {plural(len(reasons) - _REASONS, 'change')} more" if len(reasons) > _REASONS else ""
            lines.append(painted("; ".join(reasons[:_REASONS]) + more, "bold", color))
            lines += aligned([(f"  {test}", f"({category})") for category, test in sorted(tests)])
    return lines


def _last_line(found: _Found, since: str) -> str:
    if not found.known and not found.groups:
        return NOTHING_ON_RECORD
    new = len(found.groups.get((_NEW,), ()))
    number = sum(map(len, found.groups.values())) - new
    than = f" by what differs from {since}" if since else ""
    parts = [f"{grouped(number)} of {plural(found.known, 'test')} {'is' if number == 1 else 'are'} affected{than}"]
    if new:
        parts.append(f"{plural(new, 'test')} {'is' if new == 1 else 'are'} new")
    if found.failing:
        parts.append(f"{grouped(found.failing)} failed last time and {'runs' if found.failing == 1 else 'run'} again")
    return "; ".join(parts)
