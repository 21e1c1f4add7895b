"""`python benchmarks/replay.py PROJECT` replays a real project's history under lamina, and tells every result that was wrong.

At each of the last commits that touch Python or test files, oldest first, and then with single faults in the last one, it
runs plain pytest, lamina and pytest-testmon, each in a working tree of its own that goes from state to state as a
developer's does, with what its runner has kept since the state before. It says how many tests each executed, how long
that took, and which results are not plain pytest's. Exit status 1 when lamina missed a change.

Needs the project's full history, from where the project is kept or from a clone (`--repository`), and a package index.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from replays.projects import PROJECTS
from replays.steps import Replay, Step
from replays.tables import closing, details, heading, line, sums
from replays.trees import Bench

# A fault can make a test fill the memory: bytes of address space that a process may have.
_MEMORY = 8 << 30


def main() -> int:
    """Takes all steps, telling of each; exit status 1 when lamina missed something."""
    options = _options()
    with _folder(options.folder) as folder:
        bench = Bench(PROJECTS[options.project], Path(folder))
        bench.make(options.repository or bench.project.repository, options.until)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        print(f"{_setting(options)}\n\n{heading()}", flush=True)
        steps = _take(bench, options)
    print(f"\n{heading()}")
    for text in closing(steps):
        print(text)
    summed = sums(steps)
    if options.report:
        report = {
            "project": options.project,
            "setting": _setting(options),
            "sums": {kind: figures.as_json() for kind, figures in summed.items()},
            "steps": [step.as_json() for step in steps],
        }
        options.report.write_text(json.dumps(report, indent=1))
    return 1 if any(figures.misses("lamina") for figures in summed.values()) else 0


def _take(bench: Bench, options: argparse.Namespace) -> list[Step]:
    replay = Replay(bench, options.parallel_plain)
    commits = bench.commits(options.commits, options.until)
    steps = []

    def tell(step: Step) -> None:
        steps.append(step)
        for text in (line(step), *details(step)):
            print(text, flush=True)

    for step in replay.commits(commits):
        tell(step)
    if options.faults:
        for step in replay.faults(commits[-1], options.faults, options.seed):
            tell(step)
    return steps


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", choices=PROJECTS, metavar="PROJECT", help=f"one of {', '.join(PROJECTS)}")
    parser.add_argument("--repository", help="a clone, or another address, to take the history from")
    parser.add_argument("--until", default="HEAD", metavar="REF", help="the last commit (default: %(default)s)")
    parser.add_argument("--commits", type=int, default=25, help="how many, beside a first one (default: %(default)s)")
    parser.add_argument("--faults", type=int, default=25, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which faults (default: %(default)s)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write all that was found as JSON")
    parser.add_argument(
        "--folder", metavar="DIR", help="work there, keep it, and go on from where an earlier call ended"
    )
    parser.add_argument("--parallel-plain", action="store_true", help="plain pytest with `-n 2` (times say less then)")
    return parser.parse_args()


def _folder(chosen: str | None) -> AbstractContextManager[str]:
    return nullcontext(chosen) if chosen else tempfile.TemporaryDirectory(prefix="lamina-replay-")


def _setting(options: argparse.Namespace) -> str:
    cores = len(os.sched_getaffinity(0))
    return (
        f"{options.project} until {options.until}, {options.commits} commits, {options.faults} faults (seed"
        f" {options.seed}); Python {platform.python_version()}, {cores} cores."
    )


if __name__ == "__main__":
    sys.exit(main())
