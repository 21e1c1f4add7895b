"""Tests that need 300 to 800 MB each under a bound of 2048 MB: how much is used at most, and how well it is used.

Nothing but the bound keeps the workers apart: there are more of them than fit. The first run learns what the tests need, the
second one, which is measured, knows it.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from measuring import Row, environment, lamina

_BUDGET_MB = 2048
_TESTS = 40
_WORKERS = 7
_TEST = """
import time

def test_{number}():
    block = bytearray({megabytes} * 1_000_000)
    block[::4096] = b"x" * len(block[::4096])
    time.sleep({seconds})
"""


def rows(folder: Path, repeats: int) -> list[Row]:
    """The peak of session and workers together, and the throughput against the best packing's."""
    del repeats
    needs = _suite(folder)
    learned, peak_first = _run(folder)
    began = time.perf_counter()
    seconds, peak = _run(folder)
    whole = time.perf_counter() - began
    # No packing does better than to have the whole budget in use all the time, nor than its longest test. Seconds are those
    # that the tests took: to fill so much memory takes longer on a machine that does other things beside.
    took = _seconds(folder)
    best = max(sum(size * took[number] for number, size in enumerate(needs)) / _BUDGET_MB, max(took.values()))
    share = best / seconds
    print(
        f"    first run {learned:.1f} s, peak {peak_first / 1e6:.0f} MB; second {seconds:.1f} s, peak {peak / 1e6:.0f} MB; "
        f"no packing takes less than {best:.1f} s; {best / whole:.2f} of the whole command's {whole:.1f} s",
        flush=True,
    )
    within = peak <= _BUDGET_MB * 1e6
    return [
        Row("peak of tests of 300-800 MB under 2048 MB", f"{peak / 1e6:.0f} MB", f"≤ {_BUDGET_MB} MB", within),
        Row("their throughput against the best packing's", f"{share:.2f}", "≥ 0.85", share >= 0.85),
    ]


def _suite(folder: Path) -> list[int]:
    """Writes the tests; returns the megabytes of each."""
    chance = random.Random(4)
    needs = [(chance.randrange(300, 801), chance.choice((1.5, 2.0, 2.5, 3.0))) for _ in range(_TESTS)]
    tests = folder / "tests" / "unit"
    tests.mkdir(parents=True)
    for number, (megabytes, seconds) in enumerate(needs):
        text = _TEST.format(number=number, megabytes=megabytes, seconds=seconds)
        (tests / f"test_{number}.py").write_text(text)
    layers = folder / "layers"
    layers.mkdir()
    (layers / "test_layers.yaml").write_text(
        "layers:\n  fast_feedback:\n    categories:\n      - name: unit\n        timeout_seconds: 600\n"
        f"        max_parallel_instances: {_WORKERS}\n        resource_limits: {{memory_mb: {_BUDGET_MB}}}\n"
    )
    return [megabytes for megabytes, _ in needs]


def _results(folder: Path) -> Any:
    return json.loads((folder / "reports/latest/results.json").read_text())


def _seconds(folder: Path) -> dict[int, float]:
    """Seconds that each test took, by its number."""
    return {int(test["id"].rpartition("_")[2]): test["duration"] for test in _results(folder)["tests"]}


def _run(folder: Path) -> tuple[float, int]:
    """Seconds from the first worker to the last, and the most bytes that session and workers held."""
    command = lamina("-n", str(_WORKERS), "fresh=true", "unit")
    process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True)
    peaks = [0]
    watcher = threading.Thread(target=_watch, args=(process, peaks))
    watcher.start()
    output, _ = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(output[-3000:])
    workers = _results(folder)["workers"]
    return max(one["until"] for one in workers) - min(one["begin"] for one in workers), peaks[0]


def _watch(process: subprocess.Popen[str], peaks: list[int]) -> None:
    """Adds up what all processes of the session hold, shared pages by their share, a few times a second: a test holds its
    memory for longer."""
    while process.poll() is None:
        peaks[0] = max(peaks[0], sum(map(_held, _below(process.pid))))
        time.sleep(0.25)


def _below(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found.extend([int(child), *_below(int(child))])
    except OSError:
        pass
    return found


def _held(pid: int) -> int:
    try:
        match = re.search(r"^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(match[1]) * 1024 if match else 0
