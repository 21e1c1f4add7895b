"""Where pytest's settings are read from. pytest itself is the judge."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.layers.pytest_settings import PytestSettings, read_pytest_settings

ASK_PYTEST = """
import json, sys, pytest
class Plugin:
    def pytest_configure(self, config):
        names = ("testpaths", "python_files", "norecursedirs")
        print(json.dumps([config.inipath and config.inipath.name, *([*config.getini(name)] for name in names)]))
        pytest.exit("asked", 0)
pytest.main(["-p", "no:cacheprovider", "--rootdir", "."], plugins=[Plugin()])
"""

FILES = {
    "nothing": {},
    "pyproject": {
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['a', 'b c']\npython_files = 'check_*.py x.py'\n"
    },
    "pytest.ini": {"pytest.ini": "[pytest]\ntestpaths = a b\npython_files =\n  check_*.py\n  test_*.py\n"},
    "tox.ini": {"tox.ini": "[tox]\nenvlist = x\n[pytest]\ntestpaths = a\n"},
    "setup.cfg": {"setup.cfg": "[metadata]\nname = x\n[tool:pytest]\nnorecursedirs = x y\n"},
    "empty pytest.ini wins": {"pytest.ini": "", "tox.ini": "[pytest]\ntestpaths = a\n"},
    "pytest.ini before pyproject": {
        "pytest.ini": "[pytest]\ntestpaths = a\n",
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['b']\n",
    },
    "pyproject before tox.ini": {
        "tox.ini": "[pytest]\ntestpaths = a\n",
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['b']\n",
    },
    "pyproject without pytest": {"tox.ini": "[pytest]\ntestpaths = a\n", "pyproject.toml": "[tool.other]\nx = 1\n"},
}


@pytest.mark.parametrize("files", FILES.values(), ids=FILES)
def test_settings_are_those_that_pytest_reads(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-c", ASK_PYTEST]
    answer = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    file, testpaths, python_files, norecursedirs = json.loads(answer.splitlines()[0])
    found = read_pytest_settings(tmp_path)
    # pytest names pyproject.toml as its file also when it has no section for it.
    assert found.file in (file or "", "")
    assert [*found.testpaths] == testpaths
    assert [*found.python_files] == python_files
    assert [*found.norecursedirs] == norecursedirs


def test_the_files_of_pytest_9(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest]\ntestpaths = ['t']\nmarkers = ['slow: takes long', 'net(host)']\n"
    )
    found = read_pytest_settings(tmp_path)
    assert (found.testpaths, found.markers) == (("t",), ("slow", "net"))
    (tmp_path / "pytest.toml").write_text("[pytest]\ntestpaths = ['u']\n")
    assert read_pytest_settings(tmp_path).testpaths == ("u",)


@pytest.mark.parametrize("name", ["pyproject.toml", "tox.ini", "setup.cfg"])
def test_a_file_that_cannot_be_parsed_says_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"[tool.pytest\n\xff = ]")
    assert read_pytest_settings(tmp_path) == PytestSettings()
