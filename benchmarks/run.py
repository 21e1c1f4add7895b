"""`python benchmarks/run.py [NAME …] [--repeats N]` measures lamina against its peers and prints the table of README.md.

Needs the development extra and pytest-testmon (`pip install -e '.[dev]' pytest-testmon`); for networkx an index to
download it from, and for the report Chromium. Takes more than an hour on two cores; leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import arbiter
import chaos
import cold
import databases
import deciding
import memory
import memory_budget
import mixed
import no_op
import report_opening
import selection
import strict
from measuring import Row

BENCHMARKS = {
    "arbiter": arbiter.rows,
    "networkx": cold.networkx,
    "trivial": cold.many_trivial,
    "large_and_red": cold.large_and_red,
    "sleeping": cold.uneven,
    "mixed": mixed.rows,
    "no_op": no_op.rows,
    "memory": memory.controller,
    "memory_budget": memory_budget.rows,
    "report": report_opening.rows,
    "selection": selection.rows,
    "deciding": deciding.rows,
    "strict": strict.rows,
    "databases": databases.rows,
    "chaos": chaos.rows,
}


def main() -> int:
    """Runs what is asked for and prints the table; exit status 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each command, the median counts (default: 3)")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is named {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    setting = _setting(options.repeats)  # fails at once where a peer is missing
    rows: list[Row] = []
    for name in options.names or BENCHMARKS:
        print(name, flush=True)
        with tempfile.TemporaryDirectory(prefix="lamina-bench-") as folder:
            rows.extend(BENCHMARKS[name](Path(folder), options.repeats))
    print(f"\n{setting}\n\n| work | measured | to reach | |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row.work} | {row.figure} | {row.target} | {'reached' if row.reached else 'missed'} |")
    return 0 if all(row.reached for row in rows) else 1


def _setting(repeats: int) -> str:
    cores = len(os.sched_getaffinity(0))
    try:
        packages = ", ".join(f"{name} {version(name)}" for name in ("pytest", "pytest-xdist", "pytest-testmon", "doit"))
    except PackageNotFoundError as error:
        sys.exit(f"{error.name} is not installed: pip install -e '.[dev]' pytest-testmon")
    return f"Python {platform.python_version()}, {packages}, {cores} cores, medians of {repeats} runs."


if __name__ == "__main__":
    sys.exit(main())
