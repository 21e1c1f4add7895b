"""What a piece of code is seen to use, in a process of its own: what watches can't be taken away again."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

_WATCHED = """
import json, os, sys
root, case = sys.argv[1:]
os.chdir(root)
with open(case) as stream:
    code = compile(stream.read(), case, "exec")
{before}
from lamina.tracing.start import start
from lamina.tracing.recorder import HIT_BITS, Collector
recorder = start(root, os.path.join(root, ".lamina")).recorder
collector = Collector()
recorder.enter(collector)
recorder.began()
names = {"__name__": "case", "recorder": recorder, "inputs": recorder.inputs, "sink": collector.inputs}
failure = ""
try:
    exec(code, names)
except BaseException as error:
    failure = repr(error)
recorder.ended(collector)
recorder.leave(collector)
bodies = []
for hit in collector.hits:
    file = recorder.files[hit >> HIT_BITS]
    bodies.append(f"{file.path}:{file.analysis.bodies[hit & ((1 << HIT_BITS) - 1)].name}")
sys.stdout.flush()
print("\\n" + json.dumps([sorted(collector.inputs), sorted(collector.modules), sorted(set(bodies)), failure]))
"""


class Used(NamedTuple):
    """Keys of inputs, modules, bodies; `said` is what the code printed, `complaints` its stderr."""

    inputs: set[str]
    modules: set[str]
    bodies: set[str]
    said: str
    complaints: str

    def of(self, *kinds: str) -> set[str]:
        """The keys of some kinds."""
        return {key for key in self.inputs if key.partition(":")[0] in kinds}

    @property
    def paths(self) -> set[str]:
        """Keys of files and folders, without those that say only that the root is there."""
        return self.of("file", "exists", "list") - {"exists:", "file:"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty folder to make files in; a sibling of it is outside."""
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def make(project: Path) -> Callable[[Mapping[str, str]], None]:
    """Writes files into the project."""

    def write(files: Mapping[str, str]) -> None:
        for path, text in files.items():
            file = project / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))

    return write


@pytest.fixture
def used(project: Path, tmp_path: Path) -> Callable[..., Used]:
    """Executes code in the project's folder as if it were a test, and says what it used; `before` is executed unwatched."""

    def execute(
        code: str, environment: Mapping[str, str] | None = None, fails: str = "", root: str = "", before: str = ""
    ) -> Used:
        case = tmp_path / "case.py"
        case.write_text(textwrap.dedent(code))
        command = [sys.executable, "-c", _WATCHED.replace("{before}", before), root or str(project), str(case)]
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        said, _, answer = done.stdout.rstrip("\n").rpartition("\n")
        inputs, modules, bodies, failure = _read(answer)
        assert failure.startswith(fails) if fails else not failure, failure + done.stderr
        return Used(set(inputs), set(modules), set(bodies), said.strip(), done.stderr)

    return execute


def _read(answer: str) -> Any:
    return json.loads(answer)


@pytest.fixture
def builtins_as_before() -> Iterator[None]:
    """Without what probes look for there."""
    before = set(vars(builtins))
    yield
    for name in vars(builtins).keys() - before:
        delattr(builtins, name)
