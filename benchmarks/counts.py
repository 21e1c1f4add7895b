"""`python benchmarks/counts.py PROJECT==VERSION... [--plugin NAME]` runs the tests of projects from PyPI by plain pytest and by
lamina, and names each test that has another outcome by lamina.

The projects' tests have to run in this environment (what they import is installed). The first run of lamina knows nothing and
has two workers; the second one has nothing to do. A test whose outcome differs is run again by plain pytest: one that has it
otherwise the next time is flaky, and no difference. Exit status 1 when there is a difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from measuring import without_plugins
from outcomes import baseline, differ, lamina, plain
from projects import real, required
from replays.runners import Run

# Seconds that a project's suite may take.
_LIMIT = 1800
# Of one project, tests that are named.
_NAMED = 10


def main() -> int:
    """Prints a row for each project; exit status 1 when a test of one has another outcome."""
    options = _options()
    arguments = ["-p", "no:cacheprovider", *without_plugins("pytest-testmon", "xdist", "randomly", but=options.plugin)]
    print("| project | tests | pytest | lamina, 2 workers | again | otherwise |\n|---|---|---|---|---|---|", flush=True)
    differences = 0
    for name, version in options.projects:
        with tempfile.TemporaryDirectory(prefix="lamina-counts-") as folder:
            differences += _compare(f"{name}=={version}", real(name, version, Path(folder), arguments), arguments)
    return 1 if differences else 0


def _compare(requirement: str, project: Path, arguments: list[str]) -> int:
    expected = baseline(requirement, project, arguments, _LIMIT)
    first, second = lamina(project, workers=2), lamina(project, workers=2)
    tests = sorted(expected.outcomes.keys() | first.outcomes.keys() | second.outcomes.keys())
    other = {test: run for run in (second, first) for test in tests if differ(test, expected, run)}
    if other:
        again = plain(project, arguments, _LIMIT)
        other = {test: run for test, run in other.items() if not differ(test, expected, again)}
    seconds = " | ".join(f"{run.seconds:.1f} s" for run in (expected, first, second))
    print(f"| {requirement} | {len(expected.outcomes):,} | {seconds} | {len(other)} |", flush=True)
    for test in sorted(other)[:_NAMED]:
        print(f"    {_told(test, expected, other[test])}", flush=True)
    return len(other)


def _told(test: str, expected: Run, found: Run) -> str:
    return f"{test}: {expected.outcomes.get(test, 'unknown')}, by lamina {found.outcomes.get(test, 'unknown')}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "projects", nargs="+", type=required, metavar="PROJECT==VERSION", help="source distributions with their tests"
    )
    parser.add_argument("--plugin", action="append", default=[], help="a plugin that their tests need, such as asyncio")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
