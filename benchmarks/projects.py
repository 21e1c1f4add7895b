"""The projects that are measured: made on the spot, or real ones from their source distributions."""

from __future__ import annotations

import random
import subprocess
import sys
import tarfile
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path

from measuring import without_plugins


def trivial(folder: Path, files: int, each: int) -> Path:
    """`files` files of `each` tests that do nothing."""
    _configure(folder)
    (folder / "tests").mkdir(parents=True)
    for number in range(files):
        body = "".join(f"def test_{test}():\n    assert {test} == {test}\n\n\n" for test in range(each))
        (folder / "tests" / f"test_file_{number}.py").write_text(body)
    return folder


def parametrized(folder: Path, parameters: int) -> Path:
    """A function that keeps what it computed, tested by so many parameters."""
    _configure(folder)
    (folder / "shop.py").write_text(
        "from functools import cache\n\n\ndef rate(number):\n    return number % 7\n\n\n"
        "@cache\ndef price(number):\n    return 2 * rate(number)\n"
    )
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "test_shop.py").write_text(
        "import pytest\n\nfrom shop import price\n\n\n"
        f'@pytest.mark.parametrize("number", range({parameters}))\n'
        "def test_price(number):\n    assert price(number) == 2 * (number % 7)\n"
    )
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    return folder


def failing(folder: Path, tests: int, functions: int) -> Path:
    """So many tests that fail at the same line, behind four calls in a module of `functions` more functions."""
    _configure(folder)
    others = (f"def other_{number}(value):\n    return [value, {number}]\n" for number in range(functions))
    calls = (f"def step_{number}(value):\n    return step_{number + 1}(value)\n" for number in range(3))
    last = "def step_3(value):\n    return value.missing\n"
    (folder / "shop.py").write_text("\n\n".join([*others, *calls, last]))
    (folder / "tests").mkdir(parents=True)
    body = "".join(f"def test_{test}():\n    assert step_0({test}) == 0\n\n\n" for test in range(tests))
    (folder / "tests" / "test_shop.py").write_text(f"from shop import step_0\n\n\n{body}")
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
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


def fighting(folder: Path, mix: dict[str, int], workers: int) -> tuple[Path, dict[str, float]]:
    """Tests that hold a lock, that need a member of a pool of two, that wait for each other in a chain, that sleep and that
    compute, so many of each, 0.1 to 0.6 s long; and the three bounds of their wall time on so many workers."""
    _configure(folder)
    layers = folder / "layers" / "test_layers.yaml"
    layers.write_text(f"resources:\n  gateway:\n  drivers: 2\n{layers.read_text()}")
    (folder / "tests").mkdir(parents=True)
    chance = random.Random(3)
    lines = ["import time", "import pytest", "", "def compute(seconds):", "    until = time.process_time() + seconds"]
    lines += ["    while time.process_time() < until: pass", ""]
    sums = dict.fromkeys(mix, 0.0)
    for kind, number in mix.items():
        for test in range(number):
            seconds = 0.1 if kind == "processor" else round(chance.uniform(0.1, 0.6), 2)
            sums[kind] += seconds
            if kind == "locked":
                lines.append('@pytest.mark.resource("gateway")')
            elif kind == "pooled":
                lines.append('@pytest.mark.resource("drivers")')
            elif kind == "chained" and test:
                lines.append(f'@pytest.mark.depends(on=["test_chained_{test - 1}"])')
            act = "compute" if kind == "processor" else "time.sleep"
            lines.append(f"def test_{kind}_{test}(): {act}({seconds})")
    (folder / "tests" / "test_fighting.py").write_text("\n".join(lines) + "\n")
    total = sum(sums.values()) / workers
    return folder, {"total": total, "lock": sums["locked"], "pool": sums["pooled"] / 2, "chain": sums["chained"]}


def chained(folder: Path, modules: int, each: int, files: int, tests: int, depth: int) -> Path:
    """`modules` modules of `each` functions, of which each calls the next, and `files` x `tests` tests that begin anywhere.

    Each test runs `depth` functions; each module imports the next one, so that all of them are in reach of each test.
    """
    _configure(folder)
    (folder / "library").mkdir()
    # From the last to the first: imports inside of imports, 200 deep, are more than Python allows.
    lines = [f"from library import module_{module}\n" for module in reversed(range(modules))]
    (folder / "library" / "__init__.py").write_text("".join(lines))
    last = modules * each - 1
    for module in range(modules):
        lines = [f"from library import module_{module + 1}\n"] if module < modules - 1 else []
        for number in range(module * each, (module + 1) * each):
            place = "" if (number + 1) // each == module else f"module_{module + 1}."
            call = f"{place}function_{number + 1}(depth - 1) if depth else 0" if number < last else "0"
            lines.append(f"\n\ndef function_{number}(depth):\n    return {call}\n")
        (folder / "library" / f"module_{module}.py").write_text("".join(lines))
    (folder / "tests").mkdir()
    chance = random.Random(1)
    for file in range(files):
        module = chance.randrange(modules)
        lines = [f"from library import module_{module}\n"]
        for test in range(tests):
            function = module * each + chance.randrange(each)
            lines.append(f"\n\ndef test_{test}():\n    assert module_{module}.function_{function}({depth - 1}) == 0\n")
        (folder / "tests" / f"test_file_{file}.py").write_text("".join(lines))
    return folder


def required(text: str) -> tuple[str, str]:
    """The name and the version of "NAME==VERSION"; raises what argparse shows."""
    name, _, version = text.partition("==")
    if not version:
        raise ArgumentTypeError(f"{text!r} has no version: say which, as in h11==0.16.0")
    return name, version


def real(name: str, version: str, folder: Path, arguments: Sequence[str] = ()) -> Path:
    """The unpacked source distribution of a project on PyPI, all of whose tests lamina runs with these `arguments` of pytest."""
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, "-d", str(folder)]
    done = subprocess.run([*download, f"{name}=={version}"], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"no source distribution of {name}=={version} could be downloaded:\n{done.stderr[-500:]}")
    # The file and its folder may have the name spelt otherwise ("more_itertools").
    with tarfile.open(next(folder.glob(f"*-{version}.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
        project = folder / archive.getnames()[0].partition("/")[0]
    _configure_lamina(project, arguments)
    return project


def _configure(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n")
    _configure_lamina(folder)


def _configure_lamina(folder: Path, arguments: Sequence[str] = ()) -> None:
    """What lamina needs to know: that `unit` has all tests, may take long and use all workers."""
    (folder / "layers").mkdir()
    (folder / "layers" / "test_layers.yaml").write_text(
        "defaults: false\nlayers:\n  fast_feedback:\n    max_duration_minutes: 60\n    categories:\n      - name: unit\n"
        "        timeout_seconds: 3600\n        max_parallel_instances: 16\n        filters: {rest: true}\n"
        f"        pytest_args: [{', '.join(arguments or without_plugins('pytest-testmon'))}]\n"
    )
