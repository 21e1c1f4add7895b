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
    known = still_there(project, connection) if connection else []
    only, wanted = split(project, word)
    chosen = choose([one for one in known if only in ("", one[0])], wanted, word)
    asked = ""
    if not chosen or connection is None:
        written = unrecorded(project, only, wanted, word, [test for _, test in known])
        asked = wanted if "::" in wanted else written[0][1]
        # A file that skipped itself as a whole has a result of its own.
        files = ((category, test.partition("::")[0]) for category, test in written)
        chosen = [one for one in files if one in known]
        if not chosen or connection is None:
            category = ", ".join(category for category, _ in written)
            head = painted(asked, "bold", color)
            return f"{head}  ({category})\n  runs: no result on record, it is new or never ran to its end"
    return "\n".join(_explained(project, connection, one, asked, whole, color) for one in chosen)


def _explained(
    project: Project, connection: sqlite3.Connection, one: Chosen, asked: str, whole: bool, color: bool
) -> str:
    """What there is to say of a result. It is of a whole file when a test of it was `asked` for."""
    from lamina.cli.why_text import explanation

    category, test = one
    present = present_of(project, category)
    lines = explanation(connection, judge_of(project, connection, present), present, category, test, whole)
    if project.request.fresh:
        lines = ["runs: fresh=true asks for everything", *lines]
    if asked:
        lines = [f"{test} skipped itself as a whole:", *lines]
    head = f"{painted(asked or test, 'bold', color)}  ({category}, in {project.layer_of[category]})"
    return "\n".join([head, *(f"  {line}" for line in lines)])
