"""`python benchmarks/edits.py PROJECT==VERSION [--edits N] [--seed S] [--plugin NAME]` makes random edits to a real project from
PyPI, one at a time, anywhere in its Python files, and names each test whose result lamina would show otherwise than plain pytest
has it.

The project's tests have to run in this environment (what they import is installed). Its files are first written anew from their
syntax trees, so that an edit is all that differs. After each edit plain pytest runs everything, and lamina what it selects;
then the edit is taken back. Exit status 1 when a wrong result was served.
"""

from __future__ import annotations

import argparse
import ast
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from edit_kinds import edit
from measuring import without_plugins
from outcomes import baseline, differ, lamina, plain
from projects import real, required
from replays.runners import Run

_ARGUMENTS = ("--continue-on-collection-errors", "-p", "no:cacheprovider")
# Of one edit, wrong results that are named.
_NAMED = 5


def main() -> int:
    """Makes the edits; exit status 1 when one of them was missed."""
    options = _options()
    name, version = options.project
    chance = random.Random(options.seed)
    missed = executed = tests = 0
    with tempfile.TemporaryDirectory(prefix="lamina-edits-") as folder:
        arguments = [*_ARGUMENTS, *without_plugins("pytest-testmon", "xdist", but=options.plugin)]
        project = _unparsed(real(name, version, Path(folder), arguments))
        known = baseline(name, project, arguments)
        lamina(project)
        again = lamina(project)
        # Parameters may have other names each time (the time of day).
        odd = {_function(test) for test in known.outcomes.keys() | again.outcomes.keys() if differ(test, known, again)}
        print(f"{name}=={version}: {len(known.outcomes)} tests; {len(odd)} functions are not compared", flush=True)
        files = sorted(_files(project))
        for number in range(options.edits):
            path = chance.choice(files)
            source = path.read_text()
            tree = ast.parse(source)
            said = edit(tree, chance)
            if not said:
                continue
            path.write_text(ast.unparse(ast.fix_missing_locations(tree)) + "\n")
            try:
                wrong, found = _compared(project, arguments, odd)
            except subprocess.TimeoutExpired:
                print(f"{number:4} {path.relative_to(project)}: {said}: does not end, passed over", flush=True)
                continue
            finally:
                path.write_text(source)
            missed += bool(wrong)
            executed += len(found.executed)
            tests += len(found.outcomes)
            print(f"{number:4} {path.relative_to(project)}: {said}: executed {len(found.executed)}", flush=True)
            for line in wrong[:_NAMED]:
                print(f"     WRONG {line}", flush=True)
    print(
        f"{missed} of {options.edits} edits with a wrong result; executed {executed} of {tests} tests (seed {options.seed})"
    )
    return 1 if missed else 0


def _compared(project: Path, arguments: list[str], odd: set[str]) -> tuple[list[str], Run]:
    """Of the tree as it is: a line for each wrong result, and what lamina did. Raises TimeoutExpired where plain pytest does
    not end."""
    expected, found = plain(project, arguments), lamina(project)
    wrong = [test for test in _wrong(expected, found) if _function(test) not in odd]
    if wrong:  # a test that plain pytest has otherwise the next time is flaky
        again = plain(project, arguments)
        wrong = [test for test in wrong if not differ(test, again, expected)]
    return [f"{test}: {expected.outcomes.get(test)}, served as {found.outcomes.get(test)}" for test in wrong], found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "project", type=required, metavar="PROJECT==VERSION", help="a source distribution on PyPI with its tests"
    )
    parser.add_argument("--edits", type=int, default=50, help="how many (default: 50)")
    parser.add_argument("--seed", type=int, default=1, help="which (default: 1)")
    parser.add_argument("--plugin", action="append", default=[], help="a plugin that its tests need, such as django")
    return parser.parse_args()


def _unparsed(project: Path) -> Path:
    """With its files as `ast.unparse` writes them."""
    for path in _files(project):
        with suppress(SyntaxError, UnicodeDecodeError):
            path.write_text(ast.unparse(ast.parse(path.read_text())) + "\n")
    return project


def _files(project: Path) -> Iterator[Path]:
    for path in project.rglob("*.py"):
        if not {"docs", "examples", ".lamina"} & {*path.relative_to(project).parts} and path.name != "setup.py":
            yield path


def _function(test: str) -> str:
    return test.partition("[")[0]


def _wrong(expected: Run, found: Run) -> list[str]:
    """Tests that were served with an outcome which is not plain pytest's, or not known of. Of a file that can't be collected
    plain pytest has no tests: to serve them is right as long as the run is red."""
    wrong, is_green = [], found.status == 0
    for test in sorted(expected.outcomes.keys() | found.outcomes.keys()):
        if test not in expected.outcomes:
            is_wrong = is_green
        elif test not in found.outcomes:
            is_wrong = "::" in test or is_green
        else:
            is_wrong = differ(test, expected, found) and test not in found.executed
        if is_wrong:
            wrong.append(test)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
