"""`doit affected`: the tests whose outcome what was edited can change, with reasons. Runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli.asking import NOT_TRACED, NOTHING_ON_RECORD, taken_words
from lamina.cli.explained import Explained
from lamina.cli.stream import print_whole, wants_color
from lamina.cli.table import aligned, painted
from lamina.errors import UsageError
from lamina.reports.wording import grouped, plural

if TYPE_CHECKING:
    from lamina.cli.affected_tests import AffectedTests

__all__ = ["Affected"]

# Reasons of one test that are shown.
_REASONS = 3


class Affected(Explained, DoitCmdBase):  # type: ignore[misc]
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
        from lamina.cli.affected_tests import find
        from lamina.cli.dodo import project

        current = project()
        if pos_args:
            raise InvalidCommand(f"affected takes no names (found {pos_args[0]}); it looks at all categories")
        if self._since == "":
            raise InvalidCommand("since= needs a value, as in since=HEAD~1")
        try:
            found = find(current, self._since)
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


def _lines(found: AffectedTests, color: bool) -> list[str]:
    lines = []
    for reasons, tests in sorted(found.groups.items(), key=lambda group: (-len(group[1]), group[1])):
        if tests:
            more = f"; and {plural(len(reasons) - _REASONS, 'change')} more" if len(reasons) > _REASONS else ""
            lines.append(painted("; ".join(reasons[:_REASONS]) + more, "bold", color))
            lines += aligned([(f"  {test}", f"({category})") for category, test in sorted(tests)])
    return lines


def _last_line(found: AffectedTests, since: str) -> str:
    from lamina.cli.affected_tests import NEW

    new = len(found.groups.get((NEW,), ()))
    number = sum(map(len, found.groups.values())) - new
    if not found.known and not number + new:
        return NOTHING_ON_RECORD
    than = f" by what differs from {since}" if since else ""
    parts = [f"{grouped(number)} of {plural(len(found.known), 'test')} {'is' if number == 1 else 'are'} affected{than}"]
    if new:
        parts.append(f"{plural(new, 'test')} {'is' if new == 1 else 'are'} new")
    if found.failing:
        parts.append(f"{grouped(found.failing)} failed last time and {'runs' if found.failing == 1 else 'run'} again")
    return "; ".join(parts)
