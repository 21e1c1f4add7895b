"""Finds the tests that a word of the command line means: by their ids, or a part of one, recorded or only written yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from doit.exceptions import InvalidCommand

from lamina.cli.asking import present_of
from lamina.cli.project import Project
from lamina.layers.spelling import did_you_mean

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Chosen", "choose", "split", "still_there", "unrecorded"]

# Of tests that a word may mean, as many are listed.
_LISTED = 20
# More ids than these are not compared letter by letter with one that is not known.
_COMPARED = 20_000
# With nothing on record, so many test files are read at most to find a test of a similar name.
_READ = 500

# Category and test.
Chosen = tuple[str, str]


def split(project: Project, word: str) -> tuple[str, str]:
    """The category, if one is named before a colon, and what is asked for."""
    category, colon, rest = word.partition(":")
    if colon and category in project.categories and not rest.startswith(":"):
        return category, rest
    return "", word


def still_there(project: Project, connection: sqlite3.Connection) -> list[Chosen]:
    """The tests on record whose category still has their file: results stay for a while."""
    from lamina.cache.elsewhere import elsewhere
    from lamina.cache.standing import known_tests

    snapshot = project.snapshot
    files = {
        category: {*snapshot.files_of(category), *elsewhere(connection, category)} for category in project.categories
    }
    anywhere = {category for category in files if snapshot.anywhere(category)}
    return [
        (category, test)
        for category, test in known_tests(connection)
        if category in files and (category in anywhere or test.partition("::")[0] in files[category])
    ]


def choose(known: Sequence[Chosen], wanted: str, word: str) -> list[Chosen]:
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


def unrecorded(project: Project, only: str, wanted: str, word: str, known: list[str]) -> list[Chosen]:
    """A test that is written but has no result, by category; raises InvalidCommand when there is none of this name either."""
    found = _written(project, only, wanted)
    chosen = choose(found, wanted.partition("[")[0], word)
    if chosen:
        return chosen
    ids = dict.fromkeys([*known, *(test for _, test in found)])
    if not known and sum(len(project.snapshot.files_of(category)) for category in project.categories) <= _READ:
        ids |= dict.fromkeys(test for _, test in _written(project, only, ""))
    if "::" not in wanted:
        ids = dict.fromkeys(test.rpartition("::")[2].partition("[")[0] for test in ids)
    hint = did_you_mean(wanted, ids) if len(ids) <= _COMPARED else ""
    where = f" in category {only}" if only else ""
    raise InvalidCommand(f"there is no test {wanted!r}{where}{hint}; a test is named by its pytest id, or a part of it")


def _written(project: Project, only: str, wanted: str) -> list[Chosen]:
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
