"""What it takes to decide which of 100,000 tests an edit affects, with a generated store: none of them is ever run.

`python benchmarks/deciding.py FOLDER` decides once, in a process of its own, and prints what that took.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from measuring import Row, environment, python
from projects import chained

_MODULES, _FUNCTIONS, _FILES, _TESTS, _DEPTH = 200, 50, 500, 200, 100
_CATEGORY, _STATE = "unit", "the configuration"
_RESULT = ("passed", (0.001, 0.002, 0.001))


def rows(folder: Path, repeats: int) -> list[Row]:
    """100,000 tests, each of which ran 100 of 10,000 functions; one function's body is edited."""
    project = chained(folder / "chained", _MODULES, _FUNCTIONS, _FILES, _TESTS, _DEPTH)
    began = time.perf_counter()
    size = _generate(project)
    print(f"    generated in {time.perf_counter() - began:.0f} s, {size / 1e6:.1f} MB", flush=True)
    module = project / "library" / f"module_{_MODULES // 2}.py"
    text = module.read_text()
    found = []
    for number in range(max(repeats, 3) + 1):
        time.sleep(0.1)
        module.write_text(text.replace("    return", f"    edit = {number}\n    return", 1))
        answer = subprocess.run(
            python(str(Path(__file__).resolve()), str(project)), env=environment(), capture_output=True, check=True
        )
        found.append(json.loads(answer.stdout))
    counted = found[1:]  # the first has filled the file system's caches
    seconds = statistics.median(one["seconds"] for one in counted)
    peak = max(one["peak"] for one in counted)
    print(
        f"    {min(one['seconds'] for one in counted):.2f}-{max(one['seconds'] for one in counted):.2f} s;"
        f" of {_FILES * _TESTS:,} tests {counted[-1]['affected']:,} are affected, {counted[-1]['served']:,} served"
    )
    work = f"deciding for {_FILES * _TESTS:,} tests (generated store) after one edit"
    return [
        Row(work, f"{seconds:.2f} s", "≤ 1 s", seconds <= 1),
        Row("the same: peak memory of the process", f"{peak:.0f} MB", "≤ 300 MB", peak <= 300),
    ]


def _generate(project: Path) -> int:
    """Fills the project's store as a run of all its tests would; returns its size in bytes."""
    from lamina.cache.recording import Recording, Result

    present = _present(project)
    store = project / ".lamina" / "cache.sqlite3"
    recording = Recording(str(store), _CATEGORY)
    library = [_version(project, f"library/module_{number}.py", recording) for number in range(_MODULES)]
    bodies = [body for _, module in library for body in module]
    keys = ("surroundings:", "pytest:", f"category:{_CATEGORY}", "import:library")
    base = frozenset(recording.item(key, present.state(key)) for key in keys)
    base = base.union(*(items for items, _ in library))
    conftests = recording.item("conftests:tests", present.state("conftests:tests"))
    for file in range(_FILES):
        path = f"tests/test_file_{file}.py"
        own, tests = _version(project, path, recording)
        shared = recording.shared(base | own)
        names = [f"{path}::test_{test}" for test in range(_TESTS)]
        recording.keep("file", path, shared, frozenset({conftests}), names)
        for test, (name, first) in enumerate(zip(names, _first_functions(project / path), strict=True)):
            used = frozenset({conftests, tests[test], *bodies[first : first + _DEPTH]})
            recording.keep("test", name, shared, used, Result(*_RESULT, path, test, 0, "", time.time(), "a run"))
    recording.close()
    return store.stat().st_size


def _version(project: Path, path: str, recording: Any) -> tuple[frozenset[int], list[int]]:
    """A module's items: those that it has by being in reach, and one for each body."""
    from lamina.cache.recording import body_key
    from lamina.sources.hashing import hash_bytes
    from lamina.tracing.blocks import analyse

    source = (project / path).read_bytes()
    content, analysis = hash_bytes(source), analyse(source)
    version = recording.version(path, content, analysis)
    whole = {
        recording.item(f"module:{path}", content, version),
        recording.item(f"effects:{path}", analysis.effects, version),
    }
    return frozenset(whole), [
        recording.item(body_key(path, body.name), body.fingerprint, version) for body in analysis.bodies
    ]


def _first_functions(file: Path) -> list[int]:
    """The number of the function that each test calls first."""
    return [
        int(line.split("function_")[1].split("(")[0]) for line in file.read_text().splitlines() if "function_" in line
    ]


def _present(project: Path) -> Any:
    from lamina.cache.present import Present

    return Present(str(project), _table(project), dict(os.environ), categories={_CATEGORY: _STATE})


def _table(project: Path) -> Any:
    """The project's files and their fingerprints, which a run has from doit's own check."""
    from lamina.sources.tree import Walk

    table: Any = {}
    Walk(str(project), table, str(project / ".lamina"), lambda source: []).run()
    return table


def decide(project: Path) -> None:
    """From the imports to the decision; the walk over the files is not part of it."""
    table = _table(project)
    began = time.perf_counter()
    from lamina.engine.selection import Asked, select

    files = [f"tests/test_file_{file}.py" for file in range(_FILES)]
    asked = Asked(_CATEGORY, "fast_feedback", files, _STATE, table, anywhere=False, fresh=False)
    selection = select(str(project / ".lamina"), str(project), asked, dict(os.environ))
    answer = {
        "seconds": time.perf_counter() - began,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "served": len(selection.served),
        "affected": len(selection.reasons),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    decide(Path(sys.argv[1]).resolve())
