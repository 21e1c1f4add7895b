"""`python benchmarks/chaos.py [--rounds N] [--seed S]`: kills a run in the middle, again and again, and looks at what is left.

A round makes a suite by chance, often runs it and edits it, and then runs it again while harm is done to it: a worker, the
session, a service, or doit itself is killed, or several at once; a test takes all memory, hangs, or starts children without
end. After that nothing may be left of the run, its report must say what was, the stores must be whole, and the next run
must have the outcomes of plain pytest, with what was proven served and all else executed.

Round N of a seed S has the seed S + N, and `--seed S+N --rounds 1` repeats it (which process is hit at which
moment is up to the machine, though).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import chaos_checks as checks
from chaos_bounds import MARK, Room
from chaos_harms import KINDS, Harm, look, plan, wait_for
from chaos_suite import HARM, Suite, draw
from measuring import Row, environment, lamina, python

__all__ = ["Round", "main", "rows"]

_ROUNDS = 200
_SEED = 20_000
# How many of the rounds have a run before, and an edit.
_WARM = 0.6
_CATEGORIES = ("unit", "database")
# A run that has not ended after this long hangs.
_RUN_SECONDS = 40
# What becomes of orphans is up to guardians and keepers, who need a moment.
_SETTLING_SECONDS = 4.0
# Results are written to the cache in batches; what was reported so long before its session was killed is in it.
_BATCH_SECONDS = 1.0


def rows(folder: Path, repeats: int) -> list[Row]:
    """200 rounds of all kinds."""
    del repeats
    found = run_rounds(folder, _ROUNDS, _SEED, KINDS)
    figure = f"{sum(not said for said in found)} of {len(found)}"
    return [Row("rounds of chaos with nothing lost, left, invented or wrong", figure, f"{_ROUNDS}", not any(found))]


def run_rounds(folder: Path, rounds: int, seed: int, kinds: tuple[str, ...]) -> list[list[str]]:
    """What was wrong in each round."""
    found = []
    for number in range(seed, seed + rounds):
        made = Round(folder / f"round-{number}", number, kinds[number % len(kinds)])
        if made.kind == "children" and not made.bounds_processes:
            made.clear()
            found.append([])
            print(f"round {number}: left out, as nothing here bounds the number of processes", flush=True)
            continue
        found.append(made.run())
        print(made.line, flush=True)
        for text in found[-1]:
            print(f"    {text}", flush=True)
    return found


@dataclass
class Round:
    """One round; `run` says what was wrong, `line` what was done. `is_warm`: a run before, and an edit; None: by chance."""

    folder: Path
    seed: int
    kind: str
    is_warm: bool | None = None
    line: str = ""
    _late: str = ""
    _said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._root = self.folder / "project"
        self._log = self.folder / "log"
        self._results = self._root / "reports/latest/results.json"
        (self.folder / "tmp").mkdir(parents=True)
        self.suite: Suite = draw(self._random)
        self.harm: Harm = plan(self.kind, self._random)
        # The harmful test of some kinds ends only by its limit; else a slow machine is to be no reason for a timeout.
        self.suite.limit = {"hang": 4.0, "worker": 4.0, "children": 5.0}.get(self.kind, 15.0)
        self._room = Room(f"{self.seed}", self.harm.is_bounded)
        self._expected: dict[str, str] = {}
        self._began = time.monotonic()

    @property
    def bounds_processes(self) -> bool:
        """Whether a test that starts children without end can be stopped here by anything but the machine's own limit."""
        return bool(self._room.processes)

    def clear(self) -> None:
        """Ends what the round has started."""
        self._room.clear()

    def run(self) -> list[str]:
        """The round; what was wrong, a line each."""
        struck = ""
        try:
            self.suite.write(self._root)
            by_chance = self._random.random() < _WARM
            known = self._warm_up() if (by_chance if self.is_warm is None else self.is_warm) else set()
            self._expected = self._plain()
            struck, proven, possible = self._harmed(known)
            self._next(proven, possible)
        except Exception:
            self._said.append(traceback.format_exc())
        finally:
            self._room.clear()
        self.line = (
            f"round {self.seed}: {self.harm.text}{struck}; {len(self.suite.tests)} tests, "
            f"{'redis' if self.suite.redis else 'own server'}{', strict' if self.suite.strict else ''}{self._late}; "
            f"{time.monotonic() - self._began:.1f} s: {'WRONG' if self._said else 'ok'}"
        )
        return self._said

    # -- runs --------------------------------------------------------------------------------------------------------

    def _warm_up(self) -> set[str]:
        """A run that nobody harms, and an edit; returns the tests whose results are still good."""
        # What is to be harmed has to be there: a service is not started for tests that are served.
        names = ("unit",) if self.kind in ("service", "several") else _CATEGORIES
        output, status = self._finished(self._start({}, names))
        self._look_at_output(output)
        tests = checks.tests_of(self._results)
        if tests is None:
            self._said.append(f"the first run has no report (status {status})\n{output}")
            return set()
        log = checks.read_log(self._log)
        known = {name for name, row in tests.items() if checks.provable(row)}
        unheard = [name for name in known if not log.ended[name] and tests[name]["outcome"] != "skipped"]
        self._said += [f"first run: {name} never came to its end" for name in unheard]
        part = self.suite.edit(self._random)
        self.suite.write_parts(self._root)
        return known - self.suite.concerned(part)

    def _plain(self) -> dict[str, str]:
        outcomes = self.folder / "outcomes.json"
        server = subprocess.Popen(
            python(str(self._root / "server.py"), str(port := _free_port())),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(lambda: _answers(port), 10)
            variables = {"CHAOS_SERVER": f"127.0.0.1:{port}", "CHAOS_PACE": "0", "CHAOS_OUTCOMES": str(outcomes)}
            variables["PYTHONPATH"] = str(Path(__file__).parent)
            subprocess.run(
                python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "chaos_outcomes"), cwd=self._root,
                env={**environment(), **variables, "CHAOS_LOG": str(self._log)}, capture_output=True, check=False,
            )  # fmt: skip
        finally:
            server.terminate()
            server.wait()
        self._log.unlink()
        found: dict[str, str] = json.loads(outcomes.read_text())
        assert set(found) == {test.id for test in self.suite.tests}, "plain pytest runs other tests than were drawn"
        return found

    def _start(self, variables: dict[str, str], names: tuple[str, ...] = _CATEGORIES) -> subprocess.Popen[str]:
        """A run of lamina in the round's room."""
        own = {"CHAOS_LOG": str(self._log), MARK: self._room.name, "TMPDIR": str(self.folder / "tmp")}
        with (self.folder / "output").open("w") as output:
            return subprocess.Popen(
                self._room.command(lamina("-n", str(self.suite.workers), *names)), cwd=self._root,
                env={**environment(), **own, **variables}, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                text=True, start_new_session=True,
            )  # fmt: skip

    def _finished(self, process: subprocess.Popen[str]) -> tuple[str, int | None]:
        """What the run wrote, and its exit status; None: it hangs, and was killed."""
        try:
            status: int | None = process.wait(_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            self._said.append(f"the run hangs: {_commands(self._room.members())}")
            process.kill()
            process.wait()
            status = None
        return (self.folder / "output").read_text(errors="replace"), status

    # -- the harm ----------------------------------------------------------------------------------------------------

    def _harmed(self, known: set[str]) -> tuple[str, set[str], set[str]]:
        """The run that harm is done to. Returns how it was struck, which tests the next run has to serve, and which it may."""
        before = self._results.stat().st_mtime_ns if self._results.exists() else 0
        process = self._start({"CHAOS_HARM": self.harm.variable} if self.harm.variable else {})
        struck_at, struck = self._strike(process)
        output, status = self._finished(process)
        # With all that would clean up killed at the same moment, that is left to the next run.
        self._settle(is_all=self.kind != "several")
        log = checks.read_log(self._log)
        self._said += checks.stores(self._root / ".lamina")
        tests = checks.tests_of(self._results)
        has_report = tests is not None and self._results.stat().st_mtime_ns != before
        proven, possible = set(known), known | set(log.ended) | self._skipped()
        if has_report:
            assert tests is not None
            self._look_at_output(output)
            unheard = checks.unheard_categories(self._results, log)
            self._said += checks.outcomes_of_harmed(self._expected, tests, log, self.kind, known, unheard)
            proven |= self._proven_by(tests, struck_at if self.kind in ("session", "several") else float("inf"))
        elif not self.harm.is_fatal:
            self._said.append(f"the harmed run has no report (status {status})\n{output[-2000:]}")
        # With other variables the harmful test, and those that may depend on all variables, are not what was proven.
        loose = {test.id for test in self.suite.tests if test.uses is None} | ({HARM} if self.harm.variable else set())
        return struck, proven - loose, possible

    def _strike(self, process: subprocess.Popen[str]) -> tuple[float, str]:
        """When (seconds since the epoch) and how."""
        if self.harm.victims is None:
            return time.time(), ""
        wait_for(lambda: self._begun() >= self.harm.after or process.poll() is not None, _RUN_SECONDS)
        time.sleep(self.harm.delay)
        begun = self._begun()
        hit: list[int] = []
        until = time.monotonic() + 5
        while not hit and process.poll() is None and time.monotonic() < until:
            crowd = look(process.pid, self._room.members())
            struck_at = time.time()
            hit = self.harm.strike(crowd)
        if not hit:
            return time.time(), " (was over before)"
        names = [name for pid in hit for name, pids in vars(crowd).items() if name != "doit" and pid in pids]
        return (
            struck_at,
            f" after {begun} tests and {self.harm.delay:.3f} s{' (' + ', '.join(names) + ')' if names else ''}",
        )

    def _begun(self) -> int:
        return self._log.read_text().count(f"begin {self.harm.where}") if self._log.exists() else 0

    def _settle(self, is_all: bool = True) -> None:
        """Nothing of the run may be left: no process, no file outside of the project."""
        wait_for(lambda: not self._room.members(), _SETTLING_SECONDS if is_all else 1.0)
        left = self._room.members()
        files = sorted(path.name for path in (self.folder / "tmp").iterdir())
        if not is_all:
            self._late = f"; left to the next run: {len(left)} processes, folders {files}" if left or files else ""
            return
        if left:
            self._said.append(f"left behind: {_commands(left)}")
            self._room.clear()
            self._room = Room(f"{self.seed}-next", False)
        elif files:
            self._said.append(f"files left in the temporary folder: {files}")

    def _skipped(self) -> set[str]:
        return {test.id for test in self.suite.tests if test.is_skipped}

    def _proven_by(self, tests: dict[str, Any], until: float) -> set[str]:
        """Results that the harmed run has reported, early enough to be kept for certain."""
        found = set()
        for name, row in tests.items():
            ended = datetime.fromisoformat(row["started"]).timestamp() + row["duration"] if row["started"] else 0.0
            if checks.provable(row) and (row["cached"] or ended < until - _BATCH_SECONDS):
                found.add(name)
        return found

    # -- the next run ------------------------------------------------------------------------------------------------

    def _next(self, proven: set[str], possible: set[str]) -> None:
        output, _ = self._finished(self._start({}))
        self._look_at_output(output)
        self._settle()
        log = checks.read_log(self._log)
        self._said += checks.outcomes_of_next(self._expected, checks.tests_of(self._results), log, proven, possible)
        self._said += checks.stores(self._root / ".lamina")

    def _look_at_output(self, output: str) -> None:
        """No error of lamina's own is in what it wrote."""
        _, mark, text = output.partition("Traceback (most recent call last)")
        if "/lamina/" in text:
            self._said.append(f"a traceback in the output:\n{mark}{text[:4000]}")


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    import socket

    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _commands(pids: list[int]) -> str:
    found = []
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        found.append(f"{pid} {b' '.join(words).decode(errors='replace').strip()[:120]}")
    return f"{len(found)} processes: {'; '.join(found[:6])}"


def main() -> int:
    """The rounds that are asked for; exit status 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--kind", choices=KINDS, help="only rounds of this kind (else by seed)")
    parser.add_argument("--folder", type=Path, help="where to work, and to leave all that was made")
    options = parser.parse_args()
    kinds = (options.kind,) if options.kind else KINDS
    with tempfile.TemporaryDirectory(prefix="lamina-chaos-") as temporary:
        found = run_rounds(options.folder or Path(temporary), options.rounds, options.seed, kinds)
    wrong = Counter(kinds[(options.seed + number) % len(kinds)] for number, said in enumerate(found) if said)
    print(f"{len(found)} rounds, {sum(wrong.values())} wrong{f': {dict(wrong)}' if wrong else ''}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
