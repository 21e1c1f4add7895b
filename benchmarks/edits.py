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
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from edit_kinds import edit
from measuring import environment, without_plugins
from projects import real
from replays.runners import Run, run_of

_OUTCOMES = Path(__file__).parents[1] / "tests" / "e2e"
_ARGUMENTS = ("--continue-on-collection-errors", "-p", "no:cacheprovider")
# Of one edit, wrong results that are named.
_NAMED = 5
# Seconds after which an edit has made a loop without end.
_ENDLESS = 300


def main() -> int:
    """Makes the edits; exit status 1 when one of them was missed."""
    options = _options()
    name, _, version = options.project.partition("==")
    chance = random.Random(options.seed)
    missed = executed = tests = 0
    with tempfile.TemporaryDirectory(prefix="lamina-edits-") as folder:
        arguments = [*_ARGUMENTS, *without_plugins("pytest-testmon", "xdist", but=options.plugin)]
        project = _prepared(real(name, version, Path(folder)), arguments)
        known = _plain(project, arguments)
        if "passed" not in known.outcomes.values():
            sys.exit(f"no test of {options.project} passes here: is what its tests import installed?")
        _lamina(project)
        again = _lamina(project)
        # Parameters may have other names each time (the time of day).
        odd = {_function(test) for test in known.outcomes.keys() | again.outcomes.keys() if _differ(test, known, again)}
        print(f"{options.project}: {len(known.outcomes)} tests; {len(odd)} functions are not compared", flush=True)
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
    expected, found = _plain(project, arguments), _lamina(project)
    wrong = [test for test in _wrong(expected, found) if _function(test) not in odd]
    if wrong:  # a test that plain pytest has otherwise the next time is flaky
        again = _plain(project, arguments)
        wrong = [test for test in wrong if not _differ(test, again, expected)]
    return [f"{test}: {expected.outcomes.get(test)}, served as {found.outcomes.get(test)}" for test in wrong], found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", metavar="PROJECT==VERSION", help="a source distribution on PyPI with its tests")
    parser.add_argument("--edits", type=int, default=50, help="how many (default: 50)")
    parser.add_argument("--seed", type=int, default=1, help="which (default: 1)")
    parser.add_argument("--plugin", action="append", default=[], help="a plugin that its tests need, such as django")
    options = parser.parse_args()
    if "==" not in options.project:
        parser.error(f"{options.project!r} has no version: say which, as in h11==0.16.0")
    return options


def _prepared(project: Path, arguments: list[str]) -> Path:
    """Its files as `ast.unparse` writes them, and all of its tests in one category."""
    for path in _files(project):
        with suppress(SyntaxError, UnicodeDecodeError):
            path.write_text(ast.unparse(ast.parse(path.read_text())) + "\n")
    layers = project / "layers" / "test_layers.yaml"
    head, _, _ = layers.read_text().rpartition("        pytest_args:")
    layers.write_text(f"{head}        pytest_args: [{', '.join(arguments)}]\n")
    return project


def _files(project: Path) -> Iterator[Path]:
    for path in project.rglob("*.py"):
        if not {"docs", "examples", ".lamina"} & {*path.relative_to(project).parts} and path.name != "setup.py":
            yield path


def _variables(project: Path, **more: str) -> dict[str, str]:
    folders = [str(project / "src" if (project / "src").is_dir() else project), str(_OUTCOMES)]
    return environment() | {"PYTHONPATH": ":".join(folders), "PYTHONHASHSEED": "0", **more}


def _plain(project: Path, arguments: list[str]) -> Run:
    written = project.parent / "outcomes.json"
    written.unlink(missing_ok=True)
    # Not quietly: the project may have a say in the report's header, for lamina's session as well.
    command = [sys.executable, "-B", "-m", "pytest", "-p", "outcomes_plugin", *arguments]
    done = subprocess.run(
        command,
        cwd=project,
        env=_variables(project, OUTCOMES=str(written)),
        capture_output=True,
        text=True,
        timeout=_ENDLESS,
    )
    outcomes = json.loads(written.read_text()) if written.exists() else {}
    return Run(outcomes, frozenset(outcomes), status=done.returncode)


def _lamina(project: Path) -> Run:
    results = project / "reports" / "latest" / "results.json"
    results.unlink(missing_ok=True)
    command = [sys.executable, "-m", "lamina", "-n", "1", "unit"]
    done = subprocess.run(command, cwd=project, env=_variables(project), capture_output=True, text=True)
    if not results.exists():
        sys.exit(f"lamina wrote no results:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return replace(run_of(results), status=done.returncode)


def _function(test: str) -> str:
    return test.partition("[")[0]


def _differ(test: str, one: Run, other: Run) -> bool:
    return one.outcomes.get(test) != other.outcomes.get(test)


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
            is_wrong = _differ(test, expected, found) and test not in found.executed
        if is_wrong:
            wrong.append(test)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
