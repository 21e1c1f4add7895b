"""Importing with probes: what is noted, what is kept on disk, and that nothing is other than without."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[[dict[str, str]], None]
Use = Callable[..., Any]
BEGIN = "import sys; sys.path.insert(0, '.')\n"
FILES = {
    "app.py": "import deep\ndef f(): return deep.g()\nVALUE = deep.g()\n",
    "deep.py": "def g(): return 1\n",
    "reads.py": "TEXT = open('data.txt').read()\n",
    "data.txt": "1",
    "wrong.py": "def (:\n",
    "late.py": "def f():\n    import deep\n    return deep.g()\n",
    "package/__init__.py": "",
    "package/one.py": "from . import two\n",
    "package/two.py": "X = 1\n",
}


@pytest.fixture(autouse=True)
def files(make: Make) -> None:
    make(FILES)


def code_files(project: Path) -> list[Path]:
    return [path for path in (project / ".lamina" / "code").rglob("*") if path.is_file()]


def test_bodies_and_modules(used: Use) -> None:
    found = used(f"{BEGIN}import app\napp.f()")
    assert found.bodies == {"app.py:f", "deep.py:g"}
    assert found.modules == {"app.py"}, "what that imports is noted with it"


def test_what_runs_in_an_import_belongs_to_the_module(used: Use) -> None:
    code = f"""{BEGIN}import app, reads
assert [hit & 0xffff for hit in recorder.imports["app.py"].hits] == [0]
assert recorder.imports["app.py"].modules == {{"deep.py"}}
assert recorder.imports["reads.py"].inputs == {{"file:data.txt"}}
"""
    found = used(code)
    assert found.bodies == set()
    assert "file:data.txt" not in found.inputs


def test_packages(used: Use) -> None:
    code = f'{BEGIN}import package.one\nassert recorder.imports["package/one.py"].modules == {{"package/two.py"}}'
    assert used(code).modules == {"package/__init__.py", "package/one.py"}


def test_a_module_that_is_imported_while_a_body_runs(used: Use) -> None:
    found = used(f"{BEGIN}import late\nlate.f()")
    assert found.bodies == {"late.py:f", "deep.py:g"}
    assert found.modules == {"late.py", "deep.py"}


@pytest.mark.parametrize("word", ["importlib.import_module('no_such')", "__import__('no_such')"])
def test_modules_that_are_asked_for_and_not_there(used: Use, word: str) -> None:
    code = f"""{BEGIN}import importlib
try:
    {word}
except ImportError:
    pass
assert "no_such" in recorder.top.names
"""
    used(code)


def test_code_is_kept_by_content(used: Use, project: Path, make: Make) -> None:
    used(f"{BEGIN}import app")
    first = {path: path.stat().st_mtime_ns for path in code_files(project)}
    assert len(first) == 2
    used(f"{BEGIN}import app")
    assert {path: path.stat().st_mtime_ns for path in code_files(project)} == first, "used again"
    make({"deep.py": "def g(): return 2\n"})
    found = used(f"{BEGIN}import app\nassert app.f() == 2")
    assert found.bodies == {"app.py:f", "deep.py:g"}
    assert len(code_files(project)) == 3


def test_kept_code_that_is_broken_is_made_anew(used: Use, project: Path) -> None:
    used(f"{BEGIN}import app")
    for number, path in enumerate(code_files(project)):
        path.write_bytes((b"", b"no marshal")[number])
    assert used(f"{BEGIN}import app\napp.f()").bodies == {"app.py:f", "deep.py:g"}


def test_a_folder_that_can_not_be_written(used: Use, project: Path) -> None:
    (project / ".lamina").mkdir()
    (project / ".lamina" / "code").write_text("a file")
    assert used(f"{BEGIN}import app\napp.f()").bodies == {"app.py:f", "deep.py:g"}


def test_errors_are_pythons_own(used: Use, make: Make) -> None:
    used(f"{BEGIN}import wrong", fails="SyntaxError('invalid syntax'")
    make({"fails.py": "\n\nraise KeyError(1)\n"})
    code = f"""{BEGIN}import traceback
try:
    import fails
except KeyError:
    assert 'fails.py", line 3' in traceback.format_exc()
else:
    raise AssertionError
"""
    used(code)


def test_the_module_is_as_without(used: Use, project: Path) -> None:
    code = f"""{BEGIN}import app, inspect
assert app.__file__ == {str(project / "app.py")!r}
assert inspect.getsource(app.f) == "def f(): return deep.g()\\n"
assert [name for name in dir(app) if "lamina" in name] == []
assert app.f.__code__.co_filename == app.__file__
"""
    used(code)


def test_nothing_is_written_beside_the_modules(used: Use, project: Path) -> None:
    used(f"{BEGIN}import app")
    assert list(project.rglob("*.pyc")) == []


def test_what_is_installed_inside_the_project_is_not_its_own(used: Use, make: Make) -> None:
    make({"venv/lib/site-packages/foreign.py": "def f(): return 1\n"})
    found = used("import sys; sys.path.insert(0, 'venv/lib/site-packages')\nimport foreign\nforeign.f()")
    assert (found.bodies, found.modules) == (set(), set())


# -- pytest's own rewriting --------------------------------------------------------------------------------------------------

_SESSION = """
import os, sys
root = sys.argv[1]
os.chdir(root)
from lamina.tracing.start import start
tracing = start(root, os.path.join(root, ".lamina"))
tracing.importing.install_in_pytest()
import pytest
status = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[2:]])
print(sorted(tracing.recorder.by_path))
sys.exit(status)
"""


def _pytest(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LAMINA_"))}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(
        [sys.executable, *words], cwd=project, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_assertions_are_rewritten_and_probed(project: Path, make: Make) -> None:
    make({"test_a.py": "def test_a():\n    left = [1]\n    assert left == [2]\n", "pytest.ini": "[pytest]\n"})
    done = _pytest(project, "-c", _SESSION, str(project))
    assert "assert [1] == [2]" in done.stdout
    assert "['test_a.py']" in done.stdout
    again = _pytest(project, "-c", _SESSION, str(project))
    assert "assert [1] == [2]" in again.stdout, "from kept code"


@pytest.mark.parametrize("order", ["traced first", "plain first"])
def test_plain_pytest_is_none_the_wiser(project: Path, make: Make, order: str) -> None:
    make({"test_a.py": "def test_a():\n    assert True\n", "conftest.py": "A = 1\n", "pytest.ini": "[pytest]\n"})
    if order == "traced first":
        assert _pytest(project, "-c", _SESSION, str(project)).returncode == 0
        assert list(project.rglob("*pytest*.pyc")) == [], "pytest's files are pytest's"
    plain = _pytest(project, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert plain.returncode == 0, plain.stdout
    before = {path: path.read_bytes() for path in project.rglob("*.pyc")}
    assert any("test_a" in path.name for path in before)
    assert not any(b"__lamina_" in content for content in before.values())
    assert _pytest(project, "-c", _SESSION, str(project)).returncode == 0
    assert {path: path.read_bytes() for path in project.rglob("*.pyc")} == before
    assert _pytest(project, "-m", "pytest", "-q", "-p", "no:cacheprovider").returncode == 0
