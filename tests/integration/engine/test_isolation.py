"""What tests change in their process is put back and told; what they leave running or open is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lamina.engine import CategoryOutcome
from lamina.layers.model import Settings
from lamina.records import Note

Outcomes = Callable[[CategoryOutcome], dict[str, str]]

# Each pair in one process and in this order, whatever a test costs.
TOGETHER = "import pytest\npytestmark = pytest.mark.xdist_group('one')\n"

CHANGES = [
    ("import os; os.environ['LEFT_BY_A_TEST'] = '1'", "'LEFT_BY_A_TEST' not in os.environ", "environment: LEFT_BY_A_TEST added"),
    ("import os; os.environ['HOME'] = '/nowhere'", "os.environ['HOME'] != '/nowhere'", "environment: HOME changed"),
    ("import os; del os.environ['PATH']", "os.getenv('PATH') and os.popen('echo $PATH').read().strip() == os.environ['PATH']",
     "environment: PATH removed"),
    ("import os; os.chdir('/')", "os.getcwd() != '/'", "working directory: /"),
    ("import sys; sys.path.insert(0, '/left')", "'/left' not in sys.path", "sys.path: /left added"),
    ("import sys; sys.path = ['/left', *sys.path]", "'/left' not in sys.path", "sys.path: /left added"),
    ("import signal; signal.signal(signal.SIGUSR1, print)", "signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL",
     "signal handlers: SIGUSR1"),
    ("import os; os.umask(0o011)", "os.umask(0o022) != 0o011", "umask: 0o011"),
    ("import locale; locale.setlocale(locale.LC_ALL, 'C.UTF-8' if locale.setlocale(locale.LC_ALL) == 'C' else 'C')",
     "locale.setlocale(locale.LC_ALL) == FIRST", "locale: "),
]  # fmt: skip


def test_changes_are_put_back_and_told(project: Any, outcomes: Outcomes) -> None:
    lines = [f"{TOGETHER}import locale, os, signal, sys\nFIRST = locale.setlocale(locale.LC_ALL)\n"]
    for number, (change, check, _) in enumerate(CHANGES):
        lines.append(
            f"def test_{number}_changes():\n    {change}\n\ndef test_{number}_sees_nothing():\n    assert {check}\n"
        )
    project.write("test_a.py", "\n".join(lines))
    outcome = project.run()
    assert [(test.id, test.failure) for test in outcome.tests if test.outcome != "passed"] == []
    left = {test.id: test.left_behind for test in outcome.tests}
    for number, (_, _, told) in enumerate(CHANGES):
        assert left[f"test_a.py::test_{number}_sees_nothing"] == ()
        assert [text[: len(told)] for text in left[f"test_a.py::test_{number}_changes"]] == [told]
    notes = [event.text for event in project.events if isinstance(event, Note)]
    assert f"unit: test_a.py::test_0_changes left behind {CHANGES[0][2]}" in notes
    assert "unit: 4 more left something behind: see the report" in notes


def test_restoring_can_be_turned_off(project: Any) -> None:
    project.write(
        "test_a.py",
        f"{TOGETHER}import os\ndef test_changes():\n    os.environ['LEFT'] = '1'\n\n"
        "def test_sees():\n    assert os.environ['LEFT'] == '1'\n",
    )
    outcome = project.run(settings=Settings(restore_state=False))
    assert {test.id: (test.outcome, test.left_behind) for test in outcome.tests} == {
        "test_a.py::test_changes": ("passed", ("environment: LEFT added",)),
        "test_a.py::test_sees": ("passed", ()),
    }


def test_what_shared_fixtures_change_stays_as_long_as_they_live(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import os, sys, pytest

        @pytest.fixture(scope="session", autouse=True)
        def whole():
            os.environ["WHOLE"] = "1"
            yield
            assert os.environ.pop("WHOLE") == "1"

        @pytest.fixture(scope="module", params=["a", "b"])
        def parted(request, tmp_path_factory):
            patch = pytest.MonkeyPatch()
            patch.setenv("PARTED", request.param)
            patch.chdir(tmp_path_factory.mktemp("parted"))
            patch.syspath_prepend("/parted")
            yield request.param
            assert os.environ["PARTED"] == request.param
            patch.undo()

        def setup_module():
            os.environ["BY_MODULE"] = "1"

        class TestA:
            @classmethod
            def setup_class(cls):
                os.environ["BY_CLASS"] = "1"

            @classmethod
            def teardown_class(cls):
                del os.environ["BY_CLASS"]

            @pytest.mark.parametrize("i", range(2))
            def test_it(self, parted, i):
                assert os.environ["PARTED"] == parted
                assert sys.path[0] == "/parted" and "parted" in os.getcwd()
                assert os.environ["BY_CLASS"] == os.environ["BY_MODULE"] == os.environ["WHOLE"] == "1"
                os.environ["PARTED"] = "changed"

        def test_asks_while_it_runs(request):
            os.environ["MINE"] = "1"
            assert request.getfixturevalue("late") == 1

        @pytest.fixture(scope="module")
        def late():
            os.environ["LATE"] = "1"
            return 1

        def test_later(late):
            assert os.environ["LATE"] == "1"
            assert "MINE" not in os.environ
            assert "BY_CLASS" not in os.environ
        """,
    )
    outcome = project.run()
    assert [test.id for test in outcome.tests if test.outcome != "passed"] == []
    left = {test.id.partition("::")[2]: test.left_behind for test in outcome.tests if test.left_behind}
    assert left == {
        **{f"TestA::test_it[{name}-{i}]": ("environment: PARTED changed",) for name in "ab" for i in range(2)},
        "test_asks_while_it_runs": ("environment: MINE added",),
    }


def test_a_tests_own_fixtures_put_back_themselves(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import os, signal, unittest

        def test_it(monkeypatch, tmp_path):
            monkeypatch.setenv("X", "1")
            monkeypatch.delenv("HOME")
            monkeypatch.chdir(tmp_path)
            monkeypatch.syspath_prepend(tmp_path)

        class TestOld(unittest.TestCase):
            def setUp(self):
                os.environ["X"] = "1"
                self.addCleanup(os.environ.pop, "X")

            def test_it(self): pass
        """,
    )
    outcome = project.run()
    assert {(test.outcome, test.left_behind) for test in outcome.tests} == {("passed", ())}


def test_what_an_import_changes_stays(project: Any) -> None:
    project.write("once.py", "import os, sys\nos.environ['ONCE'] = '1'\nsys.path.append('/once')\n")
    project.write(
        "test_a.py",
        f"{TOGETHER}import os, sys\n"
        "def test_one():\n    import once\n\n"
        "def test_two():\n    import once\n    assert os.environ['ONCE'] and '/once' in sys.path\n",
    )
    project.write("conftest.py", "import sys\nsys.path.insert(0, '.')\n")
    outcome = project.run()
    assert {(test.outcome, test.left_behind) for test in outcome.tests} == {("passed", ())}, outcome.tests


def test_an_import_that_fails_reads_as_ever(project: Any) -> None:
    project.write("broken.py", "def f():\n    return 1 / 0\nf()\n")
    project.write("conftest.py", "import sys\nsys.path.insert(0, '.')\n")
    project.write("test_a.py", "def test_one():\n    import broken\n")
    failure = project.run(settings=Settings(trace=False)).tests[0].failure
    assert "ZeroDivisionError" in failure
    assert "isolation.py" not in failure and "_load_unlocked" not in failure


def test_a_shared_fixture_that_fails_reads_as_ever(project: Any) -> None:
    project.write(
        "conftest.py", "import pytest\n@pytest.fixture(scope='session')\ndef broken():\n    raise ValueError('no')\n"
    )
    project.write("test_a.py", "def test_one(broken): pass\n")
    test = project.run().tests[0]
    assert test.outcome == "error" and "ValueError: no" in test.failure
    assert "isolation.py" not in test.failure


def test_what_is_left_running_or_open_is_named(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import socket, subprocess, threading, time, pytest
        kept = []

        @pytest.fixture(scope="module", autouse=True)
        def ours():
            server = socket.create_server(("127.0.0.1", 0))
            thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
            thread.start()
            child = subprocess.Popen(["sleep", "1000"])
            yield
            server.close()
            child.kill()
            child.wait()

        def test_thread():
            thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True, name="left-over")
            thread.start()

        def test_process():
            kept.append(subprocess.Popen(["sleep", "1001"]))

        def test_socket():
            kept.append(socket.create_server(("127.0.0.1", 0)))

        def test_all_is_closed():
            with socket.create_server(("127.0.0.1", 0)): pass
            thread = threading.Thread(target=time.sleep, args=(0,))
            thread.start()
            thread.join()
            subprocess.run(["true"])
        """,
    )
    outcome = project.run()
    left = {test.id.partition("::")[2]: test.left_behind for test in outcome.tests if test.left_behind}
    assert {name: len(found) for name, found in left.items()} == {"test_thread": 1, "test_process": 1, "test_socket": 1}
    assert left["test_thread"] == ("thread: left-over (daemon)",)
    assert left["test_process"][0].startswith("process: ") and left["test_process"][0].endswith("sleep 1001")
    assert left["test_socket"][0].startswith("socket: 127.0.0.1:")


def test_each_worker_has_its_own_temporary_folder_that_is_gone_at_the_end(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import os, pathlib, subprocess, tempfile, time, pytest

        @pytest.mark.parametrize("i", range(2))
        def test_it(tmp_path, tmp_path_factory, worker_id, i):
            own = pathlib.Path(tempfile.mkstemp()[1]).parent
            assert str(own) == tempfile.gettempdir() == os.environ["TMPDIR"]
            asked = subprocess.run(["sh", "-c", "dirname $(mktemp)"], capture_output=True, text=True)
            assert asked.stdout.strip() == str(own)
            shared = tmp_path_factory.getbasetemp().parent
            assert own.parent == shared and tmp_path.parent.parent == shared
            locked = tmp_path / "locked"
            locked.mkdir()
            locked.chmod(0)
            pathlib.Path(f"told-{i}").write_text(f"{own} {tmp_path}")
            time.sleep(0.5)  # long enough for the other worker to take the other test

        @pytest.fixture
        def worker_id():
            return os.environ["PYTEST_XDIST_WORKER"]
        """,
    )
    outcome = project.run()
    assert {test.outcome for test in outcome.tests} == {"passed"}, outcome.tests[0].failure
    folders = [Path(word) for i in range(2) for word in project.read(f"told-{i}").split()]
    assert len({*folders}) == 4
    assert len({folder.parts[:3] for folder in folders}) == 1
    assert not any(folder.exists() or folder.parent.exists() for folder in folders)


def test_a_base_folder_that_is_asked_for_is_used(project: Any, tmp_path: Path) -> None:
    project.write(
        "test_a.py", "import pathlib\ndef test_it(tmp_path):\n    pathlib.Path('told').write_text(str(tmp_path))\n"
    )
    assert project.run(f"--basetemp={tmp_path / 'base'}").tests[0].outcome == "passed"
    assert Path(project.read("told")).parent.parent == tmp_path / "base"
    assert Path(project.read("told")).exists()


def test_folders_of_failed_tests_are_kept_when_asked_for(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import os, time

        def left(folder):
            (folder / "note").write_text(str(folder))

        def test_passes(tmp_path):
            left(tmp_path)

        def test_fails(tmp_path):
            left(tmp_path)
            assert False

        def test_crashes(tmp_path):
            left(tmp_path)
            os._exit(1)

        def test_hangs(tmp_path):
            left(tmp_path)
            time.sleep(1000)

        def test_without():
            assert False
        """,
    )
    outcome = project.run(settings=Settings(preserve_on_failure=True), test_timeout_seconds=1.0)
    folders = {test.id.partition("::")[2]: test.folder for test in outcome.tests}
    kept = {name: Path(folder) for name, folder in folders.items() if folder}
    try:
        assert set(kept) == {"test_fails", "test_crashes", "test_hangs"}
        for folder in kept.values():
            assert (folder / "note").read_text() == str(folder)
        root = kept["test_fails"].parents[1]
        assert {path for path in root.glob("*/*") if path.is_dir()} == {*kept.values()}
        notes = [event.text for event in project.events if isinstance(event, Note)]
        assert f"unit: test_a.py::test_fails failed and its folder is kept: {kept['test_fails']}" in notes
    finally:
        shutil.rmtree(kept["test_fails"].parents[1])
