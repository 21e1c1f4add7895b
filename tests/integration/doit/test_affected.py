"""`doit affected`: what an edit, or the way from a revision, affects."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

LIBRARY = """\
SIZE = 3


def one():
    return 1


def two():
    return 2


def size():
    return SIZE
"""
TESTS = """\
from lib import one, two, size


def test_one():
    assert one()


def test_two():
    assert two()


def test_both():
    assert one() + two()


def test_size():
    assert size()
"""
FILE = "tests/unit/test_lib.py"
INI = '\n[tool.pytest.ini_options]\npythonpath = ["src"]\n'


def git(project: Any, *words: str) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *words], cwd=project.root, check=True, capture_output=True)


@pytest.fixture
def library(project: Any) -> Any:
    project.environment["LAMINA_AUDIT"] = "0"
    project.write("pyproject.toml", (project.root / "pyproject.toml").read_text() + INI)
    project.write("src/lib.py", LIBRARY)
    project.write(FILE, TESTS)
    project.write("tests/unit/test_u.py", "def test_u(): pass\n")
    project.write(".gitignore", ".lamina/\nreports/\n__pycache__/\n")
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "one")
    project.doit("api")
    return project


def affected(project: Any, *words: str) -> list[str]:
    """The names of the tests, without their files."""
    out, _ = project.doit("affected", "--quiet", *words)
    return sorted(line.rpartition("::")[2] for line in out.splitlines())


def test_an_edit_with_its_reasons(library: Any) -> None:
    assert library.doit("affected")[0] == "0 of 7 tests are affected\n"
    library.write("src/lib.py", LIBRARY.replace("return 1", "return 11").replace("SIZE = 3", "SIZE = 4"))
    out, err = library.doit("affected")
    assert err == ""
    assert out.splitlines() == [
        "src/lib.py: one changed",
        f"  {FILE}::test_both  (unit)",
        f"  {FILE}::test_one   (unit)",
        "src/lib.py: SIZE changed",
        f"  {FILE}::test_size  (unit)",
        "3 of 7 tests are affected",
    ]
    assert affected(library) == ["test_both", "test_one", "test_size"]
    library.doit("unit")
    executed = {test["id"].rpartition("::")[2] for test in library.results()["tests"] if not test["cached"]}
    assert executed == {"test_both", "test_one", "test_size"}
    assert affected(library) == []


def test_new_tests_removed_ones_and_those_that_failed(library: Any) -> None:
    more = "\n\ndef test_three():\n    assert False\n\n\nclass Base:\n    def test_inherited(self):\n        pass\n"
    library.write(FILE, TESTS + more)
    out, _ = library.doit("affected")
    assert "new, or never ran to its end" in out
    assert out.endswith("0 of 7 tests are affected; 1 test is new\n")
    assert affected(library) == ["test_three"]
    library.doit("unit", status=1)
    assert library.doit("affected")[0] == "0 of 8 tests are affected; 1 failed last time and runs again\n"
    library.write(FILE, TESTS.replace("def test_one():\n    assert one()\n\n\n", ""))
    (library.root / "tests/unit/test_u.py").unlink()
    assert affected(library) == []
    assert library.doit("affected")[0].startswith("0 of 5 tests are affected")


def test_a_file_that_skips_itself_has_no_new_tests(library: Any) -> None:
    library.write(
        "tests/unit/test_more.py", "import pytest\n\npytest.importorskip('nowhere')\n\ndef test_more(): pass\n"
    )
    library.doit("unit")
    library.write(
        "src/lib.py", LIBRARY.replace("SIZE = 3", "SIZE = 4").replace("def two", "def test_two_more(): pass\n\ndef two")
    )
    out, _ = library.doit("affected")
    assert "test_more" not in out
    assert out.endswith("1 of 8 tests is affected\n")


def test_since_a_revision(library: Any) -> None:
    library.write("src/lib.py", LIBRARY.replace("return 1", "return 11"))
    library.doit("unit")
    assert affected(library) == []
    assert affected(library, "since=HEAD") == ["test_both", "test_one"]
    out, _ = library.doit("affected", "since=main")
    assert "src/lib.py: one changed\n" in out
    assert out.endswith("2 of 7 tests are affected by what differs from main\n")
    git(library, "commit", "-q", "-a", "-m", "two")
    assert affected(library, "since=HEAD") == []
    assert affected(library, "since=HEAD~1") == ["test_both", "test_one"]
    # Not run yet: what it affects can be said from the results of before.
    library.write("src/lib.py", LIBRARY.replace("return 1", "return 11").replace("return 2", "return 22"))
    assert affected(library, "since=HEAD") == ["test_both", "test_two"]
    assert affected(library, "since=HEAD~1") == ["test_both", "test_one", "test_two"]


def test_since_a_revision_with_other_files(library: Any) -> None:
    reading = "import os\n\n\ndef test_read():\n    assert os.listdir('data')\n\n\ndef test_there():\n    os.path.exists('a/b')\n"
    library.write("data/one.txt", "1")
    library.write("tests/unit/test_files.py", reading)
    git(library, "add", "-A")
    git(library, "commit", "-q", "-m", "two")
    library.doit("unit")
    assert affected(library, "since=HEAD") == []
    assert affected(library, "since=HEAD~1") == ["test_read", "test_there"]
    library.write("data/two.txt", "2")
    assert affected(library, "since=HEAD") == ["test_read"]
    library.write("a/b", "")
    library.doit("unit")
    assert affected(library, "since=HEAD") == ["test_read", "test_there"]
    git(library, "add", "-A")
    git(library, "commit", "-q", "-m", "three")
    assert affected(library, "since=HEAD") == []
    git(library, "rm", "-q", "a/b", "data/two.txt")
    assert affected(library, "since=HEAD") == ["test_read", "test_there"]
    library.write("tests/unit/test_files.py", reading + "\n\ndef test_added():\n    pass\n")
    assert affected(library, "since=HEAD") == ["test_added", "test_read", "test_there"]


def test_since_a_revision_with_another_configuration(library: Any) -> None:
    layers = "layers:\n  fast_feedback:\n    categories:\n      - name: unit\n        environment: {COLOUR: %s}\n"
    library.write("layers/test_layers.yaml", layers % "red")
    git(library, "add", "-A")
    git(library, "commit", "-q", "-m", "two")
    library.doit("unit")
    library.write("layers/test_layers.yaml", f"# A remark.\n{layers % 'red'}")
    assert affected(library, "since=HEAD") == []
    library.write("layers/test_layers.yaml", layers % "blue")
    library.doit("unit")
    out, _ = library.doit("affected", "since=HEAD")
    assert "the category's configuration changed" in out
    assert len(affected(library, "since=HEAD")) == 5


def test_a_subfolder_of_a_repository(library: Any) -> None:
    """git tells of paths from its own top; the project begins further down."""
    inner = library.root / "inner"
    for path, text in (
        ("dodo.py", (library.root / "dodo.py").read_text()), ("pyproject.toml", (library.root / "pyproject.toml").read_text()),
        ("src/lib.py", LIBRARY), (FILE, TESTS),
    ):  # fmt: skip
        library.write(f"inner/{path}", text)
    git(library, "add", "-A")
    git(library, "commit", "-q", "-m", "two")
    library.doit("unit", folder="inner")
    (inner / "src/lib.py").write_text(LIBRARY.replace("return 2", "return 22"))
    out, _ = library.doit("affected", "-q", "since=HEAD", folder="inner")
    assert out.splitlines() == [f"{FILE}::test_both", f"{FILE}::test_two"]


def test_nothing_on_record(project: Any) -> None:
    assert project.doit("affected")[0] == "no results on record: a run would execute everything\n"
    assert project.doit("affected", program="lamina")[0] == "no results on record: a run would execute everything\n"


def test_wrong_words(library: Any, tmp_path_factory: Any) -> None:
    for words, message in (
        (["affected", "since=nowhere"], "since=nowhere: git knows no such commit"),
        (["affected", "since=-x"], "since=-x: git knows no such commit"),
        (["affected", "since="], "since= needs a value"),
        (["affected", "unit"], "affected takes no names (found unit)"),
        (["affected", "snce=HEAD"], "snce=: is not known"),
        (["unit", "since=HEAD"], "since=: is not known"),
    ):
        out, err = library.doit(*words, status=3)
        assert message in err
        assert "Traceback" not in out + err
    subprocess.run(["rm", "-r", library.root / ".git"], check=True)
    _, err = library.doit("affected", "since=HEAD", status=3)
    assert "is not in a git repository" in err


LOG = """\
from functools import lru_cache

from work import work


@lru_cache
def stream():
    return work()


HANDLERS = [stream]


def level():
    return 1
"""
FILLS = """\
import pathlib

import log


def test_fills():
    log.HANDLERS[0]()
    pathlib.Path({done!r}).touch()
"""
WAITS = """\
import pathlib
import time

import log


def test_waits():
    ends = time.monotonic() + 20
    while not pathlib.Path({done!r}).exists() and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(0.2)
    assert log.level()
"""


def test_what_a_test_leaves_in_memory_concerns_no_import_before_it(project: Any, tmp_path_factory: Any) -> None:
    # The second worker's first result, with which it tells of all imports, comes when the first one has filled the cache.
    done = str(tmp_path_factory.mktemp("done") / "filled")
    project.write("pyproject.toml", (project.root / "pyproject.toml").read_text() + INI)
    project.write("src/work.py", "def work():\n    return 1\n")
    project.write("src/log.py", LOG)
    project.write("tests/unit/test_fills.py", FILLS.format(done=done))
    project.write("tests/unit/test_waits.py", WAITS.format(done=done))
    project.doit("-n", "2", "unit")
    project.write("src/work.py", "def work():\n    return 2\n")
    out, _ = project.doit("affected")
    assert "test_fills.py::test_fills" in out
    assert "test_waits" not in out
