"""What `doit why` and `doit affected` ask: the cache of results, and the tree that a category's results are compared with."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lamina.cache.database import CacheDatabase, cache_file
from lamina.cache.present import Present
from lamina.cli.project import Project
from lamina.layers.services import handed_out
from lamina.sources.manifests import states_of_databases

if TYPE_CHECKING:
    from lamina.cache.judging import Judge

__all__ = ["NOTHING_ON_RECORD", "NOT_TRACED", "judge_of", "present_of", "results", "taken_words"]

NOTHING_ON_RECORD = "no results on record: a run would execute everything"
NOT_TRACED = "tests are not traced (trace: false), so a run executes everything that the categories' files call for"


@contextmanager
def results(project: Project) -> Iterator[sqlite3.Connection | None]:
    """The results on record; None when there are none. What is wrong with the cache is added to the project's notes."""
    database = CacheDatabase(cache_file(project.root, project.cache_dir))
    with database.reading() as connection:
        project.notes.extend(database.notes)
        yield connection


def present_of(project: Project, category: str) -> Present:
    """The tree as a run of the category would see it now."""
    handed = handed_out(project.configuration, category)
    environment = {**os.environ, **project.categories[category]["environment"], **handed}
    snapshot = project.snapshot
    return Present(
        project.root,
        snapshot.table,
        environment,
        categories={category: snapshot.configuration_state(category)},
        databases=states_of_databases(project.configuration),
    )


def judge_of(project: Project, connection: sqlite3.Connection, present: Present) -> Judge:
    """Judges results as a run of the project would."""
    from lamina.cache.judging import Judge

    return Judge(connection, present, project.configuration["settings"]["cache_granularity"])


def taken_words(wanted: Callable[[str], bool]) -> dict[str, str]:
    """The words with "=" whose first part is `wanted`, taken from what doit holds for variables: a test's id may have one in
    its parameters, and a command may know words that others don't."""
    from doit import doit_cmd

    words = doit_cmd._CMDLINE_VARS or {}
    return {name: words.pop(name) for name in list(words) if wanted(name)}
