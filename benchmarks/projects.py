"""The projects that are measured: made on the spot, or real ones from their source distributions."""

from __future__ import annotations

import random
import subprocess
import sys
import tarfile
from pathlib import Path

# Plugins of lamina's own development environment that no measured project uses; the same for lamina and its peers.
_PLUGINS = ("randomly", "asyncio", "django", "pytest_cov", "pytest_mock", "timeout", "hypothesispytest")


def trivial(folder: Path, files: int, each: int) -> Path:
    """`files` files of `each` tests that do nothing."""
    _configure(folder)
    (folder / "tests").mkdir(parents=True)
    for number in range(files):
        body = "".join(f"def test_{test}():\n    assert {test} == {test}\n\n\n" for test in range(each))
        (folder / "tests" / f"test_file_{number}.py").write_text(body)
    return folder


def sleeping(folder: Path, tests: int) -> tuple[Path, list[float]]:
    """Tests that sleep between 0.05 s and 4 s, most of them briefly, in an order that says nothing of their length."""
    _configure(folder)
    seconds = [round(0.05 * (4 / 0.05) ** (number / (tests - 1)), 3) for number in range(tests)]
    random.Random(1).shuffle(seconds)
    (folder / "tests").mkdir(parents=True)
    body = "".join(f"def test_{number}():\n    time.sleep({second})\n\n\n" for number, second in enumerate(seconds))
    (folder / "tests" / "test_sleeping.py").write_text(f"import time\n\n\n{body}")
    return folder, seconds


def real(name: str, version: str, folder: Path) -> Path:
    """The unpacked source distribution of a project on PyPI."""
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder)]
    subprocess.run([*download, f"{name}=={version}"], check=True, stderr=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob(f"{name}-{version}.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    project = folder / f"{name}-{version}"
    _configure_lamina(project)
    return project


def _configure(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n")
    _configure_lamina(folder)


def _configure_lamina(folder: Path) -> None:
    """What lamina needs to know: that `unit` may take long and use all workers."""
    arguments = [word for plugin in _PLUGINS for word in ("-p", f"no:{plugin}")]
    (folder / "layers").mkdir()
    (folder / "layers" / "test_layers.yaml").write_text(
        "layers:\n  fast_feedback:\n    max_duration_minutes: 60\n    categories:\n      - name: unit\n"
        "        timeout_seconds: 3600\n        max_parallel_instances: 16\n"
        f"        pytest_args: [{', '.join(arguments)}]\n"
    )
