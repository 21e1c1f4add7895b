"""The gauntlet as a command: which tests lamina misses and which it runs for nothing, case by case.

python tests/gauntlet/run.py [WORD ...]     cases with one of the words in their name, or all
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from gauntlet import plain
from gauntlet.cases import Case, cases
from gauntlet.replaying import Verdict, replay


def main() -> int:
    """Runs what the command line asks for; returns the exit status: 1 if anything is missed or not as it is said."""
    options = _options()
    chosen = cases(*options.words)
    with ThreadPoolExecutor(options.jobs) as pool:
        if options.plain:
            return _show_plain(zip(chosen, pool.map(plain.faults, chosen), strict=True))
        folder = Path(options.keep or tempfile.mkdtemp(prefix="gauntlet-"))
        try:
            return _show(pool.map(_replaying(folder, options.workers), chosen))
        finally:
            if not options.keep:
                shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Runs the selection gauntlet.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only cases with one of these words in their name")
    parser.add_argument("--plain", action="store_true", help="check the cases themselves against plain pytest")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the projects in FOLDER")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="cases at one time (default: cores)")
    parser.add_argument("-n", dest="workers", type=int, default=1, help="lamina's workers in each case (default: 1)")
    return parser.parse_args()


def _replaying(folder: Path, workers: int) -> Callable[[Case], tuple[Case, Verdict | str]]:
    def replaying(case: Case) -> tuple[Case, Verdict | str]:
        place = folder / case.path.name
        shutil.rmtree(place, ignore_errors=True)
        try:
            return case, replay(case, place, workers)
        except Exception as error:  # the other cases are worth seeing all the same
            return case, f"{type(error).__name__}: {error}"

    return replaying


def _show_plain(found: Iterator[tuple[Case, list[str]]]) -> int:
    untrue = 0
    for case, faults in found:
        untrue += bool(faults)
        for fault in faults:
            print(f"{case.name}: {fault}")
    print(f"{untrue} cases are not as they say")
    return int(untrue > 0)


def _show(found: Iterator[tuple[Case, Verdict | str]]) -> int:
    unsound = total = should_not = superfluous = 0
    print(f"{'case':<45} {'fault':<6} superfluous")
    for case, verdict in found:
        total += 1
        faults = verdict.faults() if isinstance(verdict, Verdict) else [verdict]
        unneeded: list[str] = []
        if isinstance(verdict, Verdict):
            unneeded = [test for stage in verdict.stages for test in stage.superfluous]
            should_not += sum(len(stage.stage.should_not_run) for stage in verdict.stages)
        unsound += bool(faults)
        superfluous += len(unneeded)
        names = ", ".join(test.rpartition("::")[2] for test in unneeded)
        print(f"{case.name:<45} {len(faults) or '':<6} {names}", flush=True)
        for fault in faults:
            print(f"    {fault}", flush=True)
    print(f"{total - unsound} of {total} cases without a fault")
    print(f"{should_not - superfluous} of {should_not} tests that need not run did not run")
    return int(unsound > 0)


if __name__ == "__main__":
    sys.exit(main())
