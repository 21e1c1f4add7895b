"""`doit why`: why a test would run, or where its result comes from and what it depends on. Runs nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli.asking import NOT_TRACED, present_of, results, taken_words
from lamina.cli.project import Project
from lamina.cli.stream import print_whole, wants_color
from lamina.cli.table import painted
from lamina.layers.spelling import did_you_mean

__all__ = ["Why"]

# Of tests that a word may mean, as many are listed.
_LISTED = 20
# More ids than these are not compared letter by letter with one that is not known.
_COMPARED = 20_000

_Chosen = tuple[str, str]


class Why(DoitCmdBase):  # type: ignore[misc]
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
    from lamina.cache.judging import Judge
    from lamina.cache.standing import known_tests
    from lamina.cli.why_text import explanation

    known = _still_there(project, known_tests(connection)) if connection else []
    only, wanted = _split(project, word)
    chosen = _chosen([one for one in known if only in ("", one[0])], wanted, word)
    if not chosen or connection is None:
        category, test = _unrecorded(project, only, wanted, word, [test for _, test in known])
        head = painted(test, "bold", color)
        return f"{head}  ({category})\n  runs: no result on record, it is new or never ran to its end"
    parts = []
    for category, test in chosen:
        present = present_of(project, category)
        judge = Judge(connection, present)
        lines = explanation(connection, judge, present, category, test, whole)
        if project.request.fresh:
            lines = ["runs: fresh=true asks for everything", *lines]
        head = f"{painted(test, 'bold', color)}  ({category}, in {project.layer_of[category]})"
        parts.append("\n".join([head, *(f"  {line}" for line in lines)]))
    return "\n".join(parts)


def _split(project: Project, word: str) -> tuple[str, str]:
    """The category, if one is named before a colon, and what is asked for."""
    category, colon, rest = word.partition(":")
    if colon and category in project.categories and not rest.startswith(":"):
        return category, rest
    return "", word


def _still_there(project: Project, known: Sequence[_Chosen]) -> list[_Chosen]:
    """The tests whose category still has their file: results stay for a while."""
    snapshot = project.snapshot
    files = {category: frozenset(snapshot.files_of(category)) for category in project.categories}
    anywhere = {category for category in files if snapshot.anywhere(category)}
    return [
        (category, test)
        for category, test in known
        if category in files and (category in anywhere or test.partition("::")[0] in files[category])
    ]


def _chosen(known: Sequence[_Chosen], wanted: str, word: str) -> list[_Chosen]:
    """The test of each category that is meant: by its whole id, by its last parts, or by any part. None: not known."""
    candidates: list[str] = []
    for fits in (
        lambda test: test == wanted,
        lambda test: test.endswith((f"::{wanted}", f"/{wanted}")),
        lambda test: wanted in test,
    ):
        candidates = sorted({test for _, test in known if fits(test)})
        if len(candidates) == 1:
            return [one for one in known if one[1] == candidates[0]]
        if candidates:
            break
    if candidates:
        shown = [f"  {test}" for test in candidates[:_LISTED]]
        more = [f"  and {len(candidates) - _LISTED:,} more"] if len(candidates) > _LISTED else []
        raise InvalidCommand("\n".join([f"{word!r} may mean any of {len(candidates):,} tests:", *shown, *more]))
    return []


def _unrecorded(project: Project, only: str, wanted: str, word: str, known: list[str]) -> _Chosen:
    """A test that is written but has no result; raises InvalidCommand when there is none of this name either."""
    found = _written(project, only, wanted)
    chosen = _chosen(found, wanted.partition("[")[0], word)
    if chosen:
        return ", ".join(category for category, _ in chosen), wanted if "::" in wanted else chosen[0][1]
    ids = dict.fromkeys([*known, *(test for _, test in found)])
    if "::" not in wanted:
        ids = dict.fromkeys(test.rpartition("::")[2].partition("[")[0] for test in ids)
    hint = did_you_mean(wanted, ids) if len(ids) <= _COMPARED else ""
    where = f" in category {only}" if only else ""
    raise InvalidCommand(f"there is no test {wanted!r}{where}{hint}; a test is named by its pytest id, or a part of it")


def _written(project: Project, only: str, wanted: str) -> list[_Chosen]:
    """Test functions, by category, in files that hold the word: (category, id)."""
    from lamina.cache.affecting import tests_in

    function = wanted.partition("[")[0].rpartition("::")[2]
    found = []
    for category in [only] if only else project.categories:
        present = present_of(project, category)
        for path in project.snapshot.files_of(category):
            source = present.source(path)
            if source is not None and (function.encode() in source or wanted in path):
                found += [(category, test) for test in tests_in(path, source)]
    return found
