"""`doit why`: why a test would run, or where its result comes from and what it depends on. Runs nothing."""

from __future__ import annotations

import sqlite3
from typing import Any

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli.asking import NOT_TRACED, judge_of, present_of, results, taken_words
from lamina.cli.explained import Explained
from lamina.cli.named_tests import Chosen, choose, split, still_there, unrecorded
from lamina.cli.project import Project
from lamina.cli.stream import print_whole, wants_color
from lamina.cli.table import painted

__all__ = ["Why"]


class Why(Explained, DoitCmdBase):  # type: ignore[misc]
    """TEST is a test's id, or a part that only one id has; CATEGORY:TEST is the one of that category."""

    name = "why"
    doc_purpose = "explain why a test would run, or where its result comes from"
    doc_usage = "[CATEGORY:]TEST..."
    doc_description = "TEST is a test's id, or a part of it that no other test has. Nothing is run."
    cmd_options = (
        {
            "name": "whole", "short": "a", "long": "all", "type": bool, "default": False,
            "help": "list all that a test depends on",
        },
    )  # fmt: skip

    def parse_execute(self, in_args: list[str]) -> Any:
        """Ids may have a "=" in their parameters, which doit takes for a variable."""
        words = taken_words(lambda name: "::" in name or "[" in name)
        return super().parse_execute([*in_args, *(f"{name}={value}" for name, value in words.items())])

    def _execute(self, pos_args: list[str], whole: bool) -> int:
        from lamina.cli.dodo import project

        current = project()
        if not pos_args:
            raise InvalidCommand("why needs a test's id, or a part of one, as in `why test_total`")
        color = wants_color(self.outstream)
        with results(current) as connection:
            lines = [_answer(current, connection, word, whole, color) for word in pos_args]
        lines.extend(f"note: {note}" for note in current.notes)
        if not current.configuration["settings"]["trace"]:
            lines.append(f"note: {NOT_TRACED}")
        print_whole("\n".join([*lines, ""]), self.outstream)
        return 0


def _answer(project: Project, connection: sqlite3.Connection | None, word: str, whole: bool, color: bool) -> str:
    from lamina.cache.standing import known_tests

    known = still_there(project, known_tests(connection)) if connection else []
    only, wanted = split(project, word)
    chosen = choose([one for one in known if only in ("", one[0])], wanted, word)
    if chosen and connection is not None:
        parts = [(one, _explained(project, connection, one, whole)) for one in chosen]
        return "\n".join(_shown(project, one, lines, color) for one, lines in parts)
    written = unrecorded(project, only, wanted, word, [test for _, test in known])
    test = wanted if "::" in wanted else written[0][1]
    files = [(category, test.partition("::")[0]) for category, test in written]
    skipped = [one for one in files if one in known]  # it is the file's own result then
    if skipped and connection is not None:
        parts = [(one, _explained(project, connection, one, whole)) for one in skipped]
        return "\n".join(
            _shown(project, (one[0], test), [f"{one[1]} skipped itself as a whole:", *lines], color)
            for one, lines in parts
        )
    category = ", ".join(category for category, _ in written)
    return (
        f"{painted(test, 'bold', color)}  ({category})\n  runs: no result on record, it is new or never ran to its end"
    )


def _explained(project: Project, connection: sqlite3.Connection, one: Chosen, whole: bool) -> list[str]:
    from lamina.cli.why_text import explanation

    category, test = one
    present = present_of(project, category)
    lines = explanation(connection, judge_of(project, connection, present), present, category, test, whole)
    return ["runs: fresh=true asks for everything", *lines] if project.request.fresh else lines


def _shown(project: Project, one: Chosen, lines: list[str], color: bool) -> str:
    category, test = one
    head = f"{painted(test, 'bold', color)}  ({category}, in {project.layer_of[category]})"
    return "\n".join([head, *(f"  {line}" for line in lines)])
