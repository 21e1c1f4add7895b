"""Files and folders as tests use them, by each of the ways that Python offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[[dict[str, str]], None]
Use = Callable[..., Any]
FILES = {"data/a.txt": "1", "data/b/c.txt": "2", "tool.py": "X = 1\n"}


@pytest.fixture(autouse=True)
def files(make: Make) -> None:
    make(FILES)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open('data/a.txt')", {"file:data/a.txt"}),
        ("open(b'data/a.txt', 'rb')", {"file:data/a.txt"}),
        ("open('data/../data//a.txt')", {"file:data/a.txt"}),
        ("open('data/a.txt', 'r+')", {"file:data/a.txt"}),
        ("open('data/a.txt', 'a')", {"file:data/a.txt"}),
        ("import io; io.FileIO('data/a.txt')", {"file:data/a.txt"}),
        ("import io; io.open_code(__import__('os').path.abspath('data/a.txt'))", {"file:data/a.txt"}),
        ("import os; os.close(os.open('data/a.txt', os.O_RDONLY))", {"file:data/a.txt"}),
        ("import os; os.close(os.open('data/a.txt', os.O_RDWR))", {"file:data/a.txt"}),
        ("import pathlib; pathlib.Path('data/a.txt').read_text()", {"file:data/a.txt"}),
        ("import pathlib; pathlib.Path('data/a.txt').read_bytes()", {"file:data/a.txt"}),
        ("import os; os.close(os.open('data/a.txt', os.O_WRONLY))", {"file:data/a.txt"}),
        ("import os; os.close(os.open('data/a.txt', os.O_WRONLY | os.O_CREAT))", {"file:data/a.txt"}),
        ("import os; os.chdir('data'); open('a.txt')", {"file:data/a.txt", "exists:data"}),
        ("import os; os.stat('data/a.txt')", {"file:data/a.txt"}),
        ("import os; os.stat(path='data/a.txt')", {"file:data/a.txt"}),
        ("import os; os.path.getsize('data/a.txt')", {"file:data/a.txt"}),
        ("import os; os.path.getmtime('data/a.txt')", {"file:data/a.txt"}),
        ("import os; os.path.exists('data/a.txt')", {"exists:data/a.txt"}),
        ("import os; os.path.lexists('data/a.txt')", {"exists:data/a.txt"}),
        ("import os; os.path.isfile('data/a.txt')", {"exists:data/a.txt"}),
        ("import os; os.path.isdir('data')", {"exists:data"}),
        ("import os; os.path.islink('data')", {"exists:data"}),
        ("import os; os.access('data/a.txt', os.R_OK)", {"exists:data/a.txt"}),
        ("import os; os.path.exists('data/missing')", {"exists:data/missing"}),
        ("import pathlib; pathlib.Path('data/a.txt').exists()", {"exists:data/a.txt"}),
        ("import pathlib; pathlib.Path('data/a.txt').is_file()", {"exists:data/a.txt"}),
        ("import pathlib; pathlib.Path('data').is_dir()", {"exists:data"}),
        ("import pathlib; pathlib.Path('data').is_symlink()", {"exists:data"}),
        ("import pathlib; pathlib.Path('data/a.txt').stat()", {"file:data/a.txt"}),
        ("import os; os.listdir('data')", {"list:data"}),
        ("import os; os.listdir(b'data')", {"list:data"}),
        ("import os; os.listdir()", {"list:"}),
        ("import os; list(os.scandir('data'))", {"list:data"}),
        ("import os; list(os.walk('data'))", {"list:data", "list:data/b", "exists:data/b"}),
        ("import pathlib; list(pathlib.Path('data').iterdir())", {"list:data"}),
        ("import shutil, tempfile; shutil.copy('data/a.txt', tempfile.mkdtemp())", {"file:data/a.txt"}),
        ("import linecache; linecache.getline('tool.py', 1)", {"file:tool.py"}),
        ("import runpy; runpy.run_path('tool.py')", {"file:tool.py"}),
        ("exec(compile('open(\"tool.py\").read()', '<string>', 'exec'))", {"file:tool.py"}),
        ("import sqlite3; sqlite3.connect('data/d.db').close()", {"file:data/d.db"}),
        ("import os; os.remove('data/a.txt')", {"exists:data/a.txt"}),
        ("import os; os.rename('data/a.txt', 'x')", {"file:data/a.txt"}),
    ],
)
def test_reading(used: Use, code: str, expected: set[str]) -> None:
    found = used(code).paths
    # What is opened may be looked at as well.
    assert found >= expected
    assert {key for key in found - expected if key.replace("exists:", "file:") not in expected} <= {
        "exists:data",
        "file:data",
    }


def test_what_a_traceback_shows_is_no_input(used: Use) -> None:
    raising = "import linecache, os, traceback; exec(compile('1 / 0', os.path.abspath('tool.py'), 'exec'))"
    shown = f"try:\n    {raising}\nexcept ZeroDivisionError:\n    assert 'X = 1' in traceback.format_exc()"
    assert "file:tool.py" not in used(shown).paths
    assert "file:tool.py" in used(f"{shown}\nlinecache.clearcache()\nlinecache.getline('tool.py', 1)").paths


@pytest.mark.parametrize(
    "code",
    [
        "open('data/missing')",
        "open('data/missing', 'r+')",
        "import os; os.open('data/missing', os.O_RDWR)",
        "import os; os.open('data/missing', os.O_WRONLY)",
        "import os; os.stat('data/missing')",
        "import os; os.listdir('data/missing')",
        "import os; os.readlink('data/missing')",
    ],
)
def test_what_is_missing_is_an_input(used: Use, code: str) -> None:
    assert used(code, fails="FileNotFoundError").paths & {
        "file:data/missing", "exists:data/missing", "list:data/missing",
    }  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "import pathlib; list(pathlib.Path('data').glob('a.txt'))",
        "import pathlib; list(pathlib.Path('data').glob('b/c.txt'))",
        "import pathlib; list(pathlib.Path('data').glob('*/c.txt'))",
        "import pathlib; list(pathlib.Path('data').rglob('*.txt'))",
        "import glob; glob.glob('data/*.txt')",
        "import glob; glob.glob('data/a.txt')",
        "import glob; glob.glob('*.txt', root_dir='data')",
    ],
)
def test_a_pattern_asks_for_names(used: Use, code: str) -> None:
    """By listing or by looking; how, differs between versions of Python."""
    found = used(code).paths
    assert any(key in found for key in ("list:data", "exists:data/a.txt", "exists:data/b/c.txt", "file:data/a.txt",
                                        "file:data/b/c.txt")), found  # fmt: skip


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("os.close(os.open('a.txt', os.O_RDONLY, dir_fd=folder))", "file:data/a.txt"),
        ("os.stat('a.txt', dir_fd=folder)", "file:data/a.txt"),
        ("os.lstat('a.txt', dir_fd=folder)", "file:data/a.txt"),
        ("os.access('a.txt', os.R_OK, dir_fd=folder)", "exists:data/a.txt"),
        ("os.listdir(folder)", "list:data"),
        ("list(os.scandir(folder))", "list:data"),
        ("list(os.fwalk('b', dir_fd=folder))", "list:data/b"),
    ],
)
def test_beside_an_open_folder(used: Use, code: str, expected: str) -> None:
    found = used(f"import os\nfolder = os.open('data', os.O_RDONLY)\n{code}").paths
    assert expected in found
    assert "file:a.txt" not in found


@pytest.mark.parametrize(
    "code",
    [
        "open('out', 'w').write('x'); open('out').read()",
        "open('out', 'x').write('x'); open('out').read()",
        "open('out', 'a').write('x'); open('out').read()",
        "open('data/a.txt', 'w').write('x'); open('data/a.txt').read()",
        "import os; os.close(os.open('out', os.O_RDWR | os.O_CREAT | os.O_EXCL)); open('out')",
        "import pathlib; pathlib.Path('out').write_text('x'); pathlib.Path('out').read_text()",
        "import os; os.mkdir('new'); open('new/out', 'w').close(); os.listdir('new'); open('new/out')",
        "import os; os.makedirs('new/er/est'); os.stat('new/er'); os.listdir('new/er/est')",
        "import shutil; shutil.copy('tool.py', 'out'); open('out')",
        "import os; open('out', 'w').close(); os.rename('out', 'out2'); open('out2')",
        "import tempfile; folder = tempfile.mkdtemp(dir='.'); open(folder + '/x', 'w').close(); open(folder + '/x')",
    ],
)
def test_what_a_test_has_made_is_no_input(used: Use, code: str) -> None:
    """That a thing was not there before may be one: with it the code would have failed or written over it."""
    found = used(code).of("file", "list") - {"file:tool.py", "file:"}
    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.makedirs('data', exist_ok=True)",
        "import pathlib; pathlib.Path('data').mkdir(exist_ok=True)",
        "import os, contextlib\nwith contextlib.suppress(FileExistsError): os.mkdir('data')",
        "import os, contextlib\nwith contextlib.suppress(OSError): os.rmdir('data')",
        "import os, contextlib\nwith contextlib.suppress(OSError): os.remove('data')",
        "import os, contextlib\nwith contextlib.suppress(OSError): open('data', 'w')",
        "import os, contextlib\nwith contextlib.suppress(OSError): open('data', 'a')",
        "import os, contextlib\nwith contextlib.suppress(OSError): open('data', 'r+')",
        "import os, contextlib\nwith contextlib.suppress(OSError): open('data/a.txt', 'x')",
        "import os, contextlib\nwith contextlib.suppress(OSError): os.rename('missing', 'data')",
        "import os, contextlib\nwith contextlib.suppress(OSError): os.symlink('b', 'data')",
    ],
)
def test_what_was_there_before_is_not_made(used: Use, code: str) -> None:
    assert "file:data/a.txt" in used(f"{code}\nopen('data/a.txt')").paths


def test_a_test_does_not_own_what_an_earlier_one_made(used: Use) -> None:
    assert "file:out" in used("open('out', 'w').close(); recorder.began(); open('out')").paths


def test_links(used: Use, project: Any) -> None:
    (project / "link").symlink_to("data/a.txt")
    (project / "folder").symlink_to("data")
    found = used("open('link'); open('folder/b/c.txt')").paths
    assert found >= {"file:link", "file:data/a.txt", "exists:link", "file:folder/b/c.txt", "file:data/b/c.txt"}


def test_links_beside_files_that_were_read_before(used: Use, project: Any) -> None:
    (project / "data" / "link").symlink_to("../tool.py")
    (project / "folder").symlink_to("data")
    found = used("open('data/a.txt'); open('data/link'); open('folder/a.txt'); open('folder/b/c.txt')")
    assert found.paths >= {
        "file:data/a.txt", "file:data/link", "file:tool.py", "exists:data/link", "exists:folder", "file:data/b/c.txt",
    }  # fmt: skip


def test_a_folder_that_has_become_a_link_since_the_last_test(used: Use, project: Any) -> None:
    """By a program that nobody watches: here what `os` had before it was watched."""
    code = """
        import posix
        open('data/b/other.txt', 'w').close(); recorder.began(); open('data/b/c.txt')
        posix.rename('data/b', 'data/d'); posix.symlink('d', 'data/b')
        recorder.began()
        open('data/b/other.txt')
        """
    assert {"exists:data/b", "file:data/d/other.txt"} <= used(code).paths


def test_a_project_that_is_reached_by_a_link(used: Use, project: Any) -> None:
    other = project.parent / "other"
    other.symlink_to(project)
    code = f"open({str(other)!r} + '/data/a.txt'); open({str(project)!r} + '/data/b/c.txt'); open('tool.py')"
    found = used(code, root=str(other)).of("file")
    assert found == {"file:data/a.txt", "file:data/b/c.txt", "file:tool.py"}


@pytest.mark.parametrize("source", ["data", "data/a.txt"])
def test_a_link_to_project_files_made_outside(used: Use, source: str) -> None:
    """Reading by such a link goes past the project's own paths."""
    found = used(
        f"import os, tempfile\nfolder = tempfile.mkdtemp()\nos.symlink(os.path.abspath({source!r}), folder + '/x')"
    )
    assert found.inputs & {f"file:{source}", "everything:"}
    assert source != "data" or "everything:" in found.inputs


def test_a_folder_moved_away_counts_as_everything(used: Use) -> None:
    assert "everything:" in used("import os; os.rename('data', 'elsewhere'); open('elsewhere/a.txt')").inputs


@pytest.mark.parametrize(
    "path",
    [
        ".git/x",
        ".lamina/x",
        "data/__pycache__/x",
        "x.pyc",
        "reports/latest/x",
        ".pytest_cache/x",
        ".hypothesis/examples/x",
    ],
)
def test_what_tools_keep_is_no_input(used: Use, make: Make, path: str) -> None:
    make({path: "", "reports/latest.txt": "", ".github/x": ""})
    found = used(f"open({path!r}); open('reports/latest.txt'); open('.github/x')")
    assert found.of("file") == {"file:reports/latest.txt", "file:.github/x"}


def test_outside_is_no_input(used: Use) -> None:
    assert used("import os; open(os.__file__); os.listdir('/'); os.stat('..'); open('../case.py')").paths == set()


@pytest.mark.parametrize(
    "look", ["os.path.exists({})", "pathlib.Path({}).is_file()", "glob.glob({})", "open({})", "os.listdir({})"]
)
def test_what_can_be_no_path_is_no_input(used: Use, look: str) -> None:
    call = look.format(r"'data/a\0b'")
    code = f"import contextlib, glob, os, pathlib\nwith contextlib.suppress(ValueError):\n    {call}"
    assert not any("\0" in key for key in used(code).inputs)


def test_descriptors_are_no_paths(used: Use) -> None:
    code = "import os; f = os.open('/dev/null', 0); os.stat(f); open(f, closefd=False); os.stat(True)"
    assert used(code).paths == set()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os; os.stat('a\\0b')", "ValueError"),
        ("import os; os.stat(None)", "TypeError"),
        ("import os; os.stat()", "TypeError"),
        ("open('a\\0b')", "ValueError"),
        ("import os; os.stat('x' * 5000)", "OSError"),
        ("import os, tempfile; f = tempfile.mkdtemp(); os.chdir(f); os.rmdir(f); os.stat('x')", "FileNotFoundError"),
    ],
)
def test_errors_are_pythons_own_and_noting_goes_on(used: Use, code: str, error: str) -> None:
    rest = "import os; os.chdir(inputs.root); open('data/a.txt')"
    lines = "".join(f"    {line}\n" for line in code.split("; "))
    found = used(f"try:\n{lines}except {error}: pass\nelse: 1 / 0\n{rest}")
    assert "file:data/a.txt" in found.paths


def test_a_function_of_the_project_may_be_called_as_one_of_the_library(used: Use) -> None:
    assert "file:data/a.txt" in used("import os\ndef exists(): return os.stat('data/a.txt').st_size\nexists()").paths


def test_imports_are_not_listings(used: Use, make: Make) -> None:
    make({"package/__init__.py": "", "package/module.py": ""})
    found = used("import sys; sys.path.insert(0, '.'); import package.module")
    assert found.of("list", "file") == set()
    assert found.modules == {"package/__init__.py", "package/module.py"}


def test_what_a_module_offers_stays(used: Use) -> None:
    code = """
        import os, pickle
        for name in ("stat", "lstat", "access", "readlink", "open"):
            function = getattr(os, name)
            assert function.__name__ == name and function.__doc__, name
            assert pickle.loads(pickle.dumps(function)) is function, name
        class Holder:
            stat = os.stat
        Holder().stat('data/a.txt')
        assert os.stat in os.supports_fd and os.stat in os.supports_dir_fd and os.stat in os.supports_follow_symlinks
        assert os.access in os.supports_effective_ids and os.open in os.supports_dir_fd
        assert os.readlink in os.supports_dir_fd
        import shutil
        assert shutil.rmtree.avoids_symlink_attacks
    """
    assert "file:data/a.txt" in used(code).paths


def test_functions_that_a_test_replaces_are_not_called_by_lamina(used: Use) -> None:
    code = """
        import os
        from unittest import mock
        with mock.patch("os.getcwd") as getcwd, mock.patch("os.path.realpath") as realpath, mock.patch("os.readlink") as link:
            open("data/a.txt")
        assert not getcwd.called and not realpath.called and not link.called
        """
    assert "file:data/a.txt" in used(code).paths


def test_forkserver_and_threads_keep_the_sink(used: Use) -> None:
    """One thread's look at links must not hide what another reads."""
    code = """
        import os, threading
        for number in range(200): open(f"data/n{number}", "w").close()
        recorder.began()
        def read(first):
            for number in range(first, 200, 4): open(f"data/n{number}").close()
        threads = [threading.Thread(target=read, args=(first,)) for first in range(4)]
        import sys; sys.setswitchinterval(1e-6)
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """
    found = used(code).paths
    assert {f"file:data/n{number}" for number in range(200)} <= found


def test_entries_of_a_folder_that_are_asked_for_more(used: Use) -> None:
    """`DirEntry.stat` tells nobody."""
    code = "import os\nfor entry in os.scandir('data'):\n    if entry.is_file(): entry.stat().st_size"
    assert used(code).paths == {"list:data", "file:data/a.txt", "file:data/b"}
