"""A disk that is full before a run or gets full during it costs what would have been kept, and never the run."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FILLS = """\
import pytest

def test_fills_the_disk():
    with open("filler", "wb", buffering=0) as filler:
        for size in (65536, 4096, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                pass

@pytest.mark.parametrize("number", range(5))
def test_goes_on(number):
    print("said " * 1000)

def test_fails():
    assert 0
"""
READS = """\
import os
import pytest

def test_reads():
    assert os.environ["COLOUR"] == "red"

@pytest.mark.parametrize("number", range(200))
def test_goes_on(number):
    pass
"""
# What would otherwise be written to the project's own disk by Python and pytest. What is said early waits to be written.
QUIET = {
    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "", "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:randomly",
}  # fmt: skip
SAYS = "import sys\nsys.__stderr__.write('said early\\n')\n"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB; only root may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"needs a small file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def on(disk: Path, project: Any) -> Any:
    """The project, on that disk."""
    return type(project)(disk / "project")


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as filler:
        for size in (65536, 4096, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                pass


def test_a_disk_that_gets_full(project: Any, small_disk: Path) -> None:
    small = on(small_disk, project)
    small.write("tests/unit/test_u.py", FILLS)
    out, err = small.doit("-n", "2", "unit", status=1, **QUIET)
    assert "Traceback" not in out + err
    assert "unit: failed, 1 failed, 6 passed" in out
    assert "no report: results.json, junit.xml and index.html could not be written to" in out
    assert "No space left on device" in out
    assert "history is not kept" in out
    last = out.splitlines()[-1]
    assert last.startswith("FAILED  1 failed, 6 passed") and "index.html" not in last
    (small.root / "filler").unlink()
    assert not list(small.root.rglob("*.draft")), "half a file is left"
    small.write("tests/unit/test_u.py", "def test_u(): pass\n")
    small.doit("unit", **QUIET)
    assert small.outcomes() == {"unit": "passed"}
    small.doit("unit", **QUIET)
    assert small.outcomes() == {"unit": "cached"}


def test_a_disk_that_is_full_from_the_start(project: Any, small_disk: Path) -> None:
    small = on(small_disk, project)
    small.write("conftest.py", SAYS)
    fill(small_disk / "filler")
    out, err = small.doit("unit", **QUIET)
    assert "Traceback" not in out + err
    assert "No space left on device" in out + err
    assert out.splitlines()[-1].startswith("PASSED  1 passed")
    (small_disk / "filler").unlink()
    small.doit("unit", **QUIET)
    assert small.outcomes() == {"unit": "passed"}


@pytest.mark.parametrize("free", range(0, 320, 40))
def test_a_disk_with_little_space(project: Any, small_disk: Path, free: int) -> None:
    """Whatever of a run could be kept: a later one shows the results of all tests, and runs them when what they depend on is
    another."""
    small = on(small_disk, project)
    small.write("tests/unit/test_u.py", READS)
    (small_disk / "spare").write_bytes(bytes(free * 1024))
    fill(small_disk / "filler")
    (small_disk / "spare").unlink()
    small.doit("unit", COLOUR="red", **QUIET)
    out, _ = small.doit("unit", COLOUR="red", **QUIET)
    assert out.splitlines()[-1].startswith("PASSED  201 passed"), out
    out, _ = small.doit("unit", COLOUR="blue", status=1, **QUIET)
    assert out.splitlines()[-1].startswith("FAILED  1 failed, 200 passed"), out


def test_files_may_only_be_small(project: Any) -> None:
    """As a full disk, for those who may not mount one: no file of lamina's own gets longer than this."""
    project.write("tests/unit/test_u.py", FILLS.replace("def test_fills_the_disk", "def fill"))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))

    run = subprocess.run(
        project.command("unit"), cwd=project.root, env={**project.environment, **QUIET},
        preexec_fn=limit, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert "could not be written" in run.stdout and "File too large" in run.stdout
    assert run.stdout.splitlines()[-1].startswith("FAILED  1 failed, 5 passed")
