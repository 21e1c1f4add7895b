"""`doit debug`: runs tests in the foreground with the terminal attached, so that `breakpoint()` works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli.asking import results, taken_words
from lamina.cli.explained import Explained
from lamina.cli.named_tests import Chosen, choose, split, still_there, unrecorded
from lamina.cli.project import Project
from lamina.cli.service_session import services_for
from lamina.services.down import ServiceDownError

__all__ = ["Debug"]

# pytest's exit statuses, as lamina's: passed, failed, interrupted, internal error, wrong usage, no such test.
_STATUSES = {0: 0, 1: 1, 2: 130, 3: 2, 4: 3, 5: 3}


class Debug(Explained, DoitCmdBase):  # type: ignore[misc]
    """TEST is a test's id, a class's or a file's, or a part of one that no other test has."""

    name = "debug"
    doc_purpose = "run tests in the foreground, so that breakpoint() works"
    doc_usage = "[CATEGORY:]TEST..."
    doc_description = (
        "The tests run in one process of pytest, with the category's environment and arguments, with the terminal attached "
        "and without capture, workers, timeouts of lamina's or cache."
    )
    cmd_options = (
        {
            "name": "post_mortem", "short": "", "long": "pdb", "type": bool, "default": False,
            "help": "also stop in the debugger where a test fails",
        },
    )  # fmt: skip

    def parse_execute(self, in_args: list[str]) -> Any:
        """Ids may have a "=" in their parameters, which doit takes for a variable."""
        words = taken_words(lambda name: "::" in name or "[" in name)
        return super().parse_execute([*in_args, *(f"{name}={value}" for name, value in words.items())])

    def _execute(self, pos_args: list[str], post_mortem: bool) -> int:
        from lamina.cli.dodo import project

        current = project()
        if not pos_args:
            raise InvalidCommand("debug needs a test's id, or a part of one, as in `debug test_total`")
        chosen = [_find(current, word) for word in pos_args]
        categories = list(dict.fromkeys(category for category, _ in chosen))
        if len(categories) > 1:
            raise InvalidCommand(
                f"debug runs tests of one category at a time, and these are of {' and '.join(categories)}"
            )
        return _run(current, categories[0], [test for _, test in chosen], post_mortem)


def _find(project: Project, word: str) -> Chosen:
    """The one test, class or file that is meant; of a test in several categories, the first."""
    only, wanted = split(project, word)
    for category in [only] if only else project.categories:
        if wanted in project.snapshot.files_of(category):
            return category, wanted
    with results(project) as connection:
        known = still_there(project, connection) if connection else []
    known = [one for one in known if only in ("", one[0])]
    if "[" not in wanted:
        # All sets of parameters together.
        known = list(dict.fromkeys((category, test.partition("[")[0]) for category, test in known))
    below = [category for category, test in known if test.startswith(f"{wanted}::")]
    if below and "::" in wanted:
        return below[0], wanted
    chosen = choose(known, wanted, word) or unrecorded(project, only, wanted, word, [test for _, test in known])
    category, test = chosen[0]
    return category, wanted if wanted.startswith(test) else test


def _run(project: Project, category: str, tests: list[str], post_mortem: bool) -> int:
    settings = project.categories[category]
    words = [*settings["pytest_args"], "-s", *(["--pdb"] if post_mortem else []), *tests]
    try:
        with services_for(project, category, print) as given:
            environment = {**os.environ, "LAMINA_CATEGORY": category, **given, **settings["environment"]}
            return _pytest(project, words, environment)
    except ServiceDownError as error:
        print("\n".join(part for part in (error.log, error.reason) if part), file=sys.stderr)
        return 1


def _pytest(project: Project, words: list[str], environment: dict[str, str]) -> int:
    # Ctrl-C is the debugger's, or ends pytest; this process only waits for it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        # -P: plain `pytest` does not put the working directory in front of sys.path.
        status = subprocess.call(
            [sys.executable, "-P", "-m", "lamina.workers.foreground", *words], cwd=project.root, env=environment
        )
    finally:
        signal.signal(signal.SIGINT, before)
    return _STATUSES.get(status, 2)
