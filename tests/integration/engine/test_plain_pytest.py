"""What a suite comes to is what it comes to under plain pytest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lamina.engine import CategoryOutcome

Outcomes = Callable[[CategoryOutcome], dict[str, str]]


def junit_names(outcome: CategoryOutcome) -> dict[str, str]:
    """The outcomes under the names that JUnit files use."""
    from lamina.reports.junit import _names

    return {"::".join(_names(test)): test.outcome for test in outcome.tests}


EVERY_KIND = """
    import logging, sys, unittest, warnings
    import pytest

    @pytest.fixture(params=["x", "y"])
    def letter(request): return request.param

    @pytest.fixture
    def broken(): raise ValueError("set-up")

    @pytest.fixture
    def breaks():
        yield
        raise ValueError("teardown")

    def test_passes(): pass
    def test_fails(): assert 1 == 2
    def test_set_up_error(broken): pass
    def test_teardown_error(breaks): pass
    def test_parametrised(letter): print(letter)
    three = pytest.param(3, marks=pytest.mark.skip(reason="three"))
    @pytest.mark.parametrize("i", [1, three, pytest.param(4, marks=pytest.mark.xfail)])
    def test_marked(i): assert i < 4
    @pytest.mark.skip(reason="not now")
    def test_skipped(): pass
    @pytest.mark.xfail(reason="known")
    def test_expected(): assert 0
    @pytest.mark.xfail(reason="known")
    def test_unexpected(): pass
    @pytest.mark.xfail(reason="known", strict=True)
    def test_strictly_unexpected(): pass
    def test_imports(): pytest.importorskip("no_such_module")
    def test_output(capsys):
        print("seen"); print("err", file=sys.stderr); assert capsys.readouterr().out == "seen\\n"
    def test_log(caplog):
        logging.getLogger("a").warning("b"); assert caplog.messages == ["b"]
    def test_temporary(tmp_path, tmp_path_factory): (tmp_path / "f").write_text("x")
    def test_warning(): warnings.warn("careful")

    class TestClass:
        @classmethod
        def setup_class(cls): cls.ready = True
        def setup_method(self): self.method = True
        def test_ready(self): assert self.ready and self.method
        class TestInner:
            def test_inner(self): pass

    class Old(unittest.TestCase):
        @classmethod
        def setUpClass(cls): cls.made = 1
        def setUp(self): self.own = 2
        def test_both(self): self.assertEqual((self.made, self.own), (1, 2))
        @unittest.skip("no")
        def test_skip(self): pass
        @unittest.expectedFailure
        def test_expected(self): self.fail()
    """


def test_every_kind_of_test(project: Any) -> None:
    project.write("tests/conftest.py", "import pytest\n@pytest.fixture(autouse=True)\ndef around(): yield\n")
    project.write("tests/test_kinds.py", EVERY_KIND)
    project.write("tests/test_absent.py", "import pytest\npytest.importorskip('no_such_module')\ndef test_x(): pass\n")
    project.write("tests/test_text.txt", ">>> 1 + 1\n2\n")
    project.write("module.py", 'def f():\n    """\n    >>> f()\n    1\n    """\n    return 1\n')
    ours = junit_names(project.run("--doctest-modules", "-p", "no:timeout"))
    plain = project.plain("--doctest-modules")
    # JUnit has no word of its own for these two.
    ours = {name: "passed" if outcome == "xpassed" else outcome for name, outcome in ours.items()}
    ours["tests.test_absent::tests.test_absent"] = ours.pop("tests/test_absent.py::tests/test_absent.py")
    plain["tests.test_absent::tests.test_absent"] = plain.pop("::tests.test_absent")
    assert ours == plain


STREAMS = """
    import sys
    from sys import stderr, stdout
    import pytest

    print("while collecting")

    @pytest.mark.parametrize("number", range(8))
    def test_same(number):
        assert stdout is sys.stdout and stderr is sys.stderr
        stdout.write(f"out {number} ")
        stderr.write(f"err {number} ")
        assert number % 2
    """


@pytest.mark.parametrize("capture", ["fd", "sys", "tee-sys"])
def test_streams_are_those_that_modules_took_at_import(project: Any, outcomes: Outcomes, capture: str) -> None:
    project.write("tests/test_streams.py", STREAMS)
    outcome = project.run(f"--capture={capture}", max_parallel_instances=2)
    expected = {f"tests/test_streams.py::test_same[{n}]": "passed" if n % 2 else "failed" for n in range(8)}
    assert outcomes(outcome) == expected
    failed = {
        test.id[-2]: {one.heading: one.text for one in test.sections}
        for test in outcome.tests
        if test.outcome == "failed"
    }
    assert [failed[n]["Captured stdout call"].strip() for n in "0246"] == [f"out {n}" for n in "0246"]
    assert [failed[n]["Captured stderr call"].strip() for n in "0246"] == [f"err {n}" for n in "0246"]


CHILDREN = """
    import multiprocessing, os, signal, time

    def idle(line):
        line.send("ready")
        time.sleep(60)

    def test_terminated():
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        child = context.Process(target=idle, args=(theirs,))
        child.start()
        assert ours.recv() == "ready"
        child.terminate()
        child.join(30)
        assert child.exitcode == -signal.SIGTERM

    def test_own_handler():
        signal.signal(signal.SIGTERM, lambda *_: os._exit(5))
        pid = os.fork()
        if pid == 0:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(6)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    """


@pytest.mark.parametrize("strict", [False, True])
def test_forked_children_end_by_the_signal_that_ends_them(project: Any, outcomes: Outcomes, strict: bool) -> None:
    project.write("tests/test_children.py", CHILDREN)
    outcome = project.run(strict_isolation=strict)
    assert outcomes(outcome) == {
        "tests/test_children.py::test_terminated": "passed",
        "tests/test_children.py::test_own_handler": "passed",
    }


COLLECTOR = """
    import gc, weakref
    from gc import collect
    import app

    def test_young():
        class Here: pass
        seen = weakref.ref(Here)
        del Here
        gc.collect()
        assert seen() is None

    def test_referrers(): assert any(one is app.KEPT for one in gc.get_referrers(app.ONE))
    def test_their_number():
        one = object()
        holder = [one]
        assert gc.get_referrers(one) == [holder]

    def test_objects(): assert any(one is app.KEPT for one in gc.get_objects())

    def test_gone():
        seen = weakref.ref(app.Gone)
        del app.Gone
        collect()
        assert seen() is None
    """


@pytest.mark.parametrize("alone", ["test_young", "test_referrers", "test_their_number", "test_objects", "test_gone"])
def test_the_garbage_collector_knows_of_all_there_is(project: Any, outcomes: Outcomes, alone: str) -> None:
    """Though what workers share is frozen. Each alone, since one that asks for everything has it for the others."""
    project.write("app.py", "class Gone: pass\nclass Node: pass\nONE = Node()\nKEPT = {1: ONE}\n")
    project.write("tests/test_collector.py", COLLECTOR)
    assert outcomes(project.run("-k", alone, "-o", "pythonpath=.")) == {f"tests/test_collector.py::{alone}": "passed"}


IMPORTS = """
    import importlib, string, traceback, warnings

    def where(warn):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warn()
        return [warning.filename.rpartition("/")[2] for warning in caught]

    def test_of_a_module():
        assert where(lambda: importlib.import_module("first")) == ["first.py"]

    def test_by_name():
        assert where(lambda: importlib.import_module("second")) == ["__init__.py"]

    def test_two_further_up():
        assert where(lambda: importlib.import_module("third")) == ["test_imports.py"]

    def test_resolved():
        import lazy
        assert where(lambda: string.Formatter().get_field("0.old", [lazy], {})) == ["string.py"]

    def test_failed():
        for name in ("first_broken", "second_broken"):
            try:
                importlib.import_module(name)
            except Exception as error:
                files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
                assert not [file for file in files if "lamina" in file.rpartition("/src/")[2]], files
    """


def test_warnings_belong_to_whoever_they_do_otherwise(project: Any, outcomes: Outcomes) -> None:
    """What stands between an import and the module, to see what it uses, is not counted."""
    for name, level in (("old", 2), ("second", 2), ("third", 3)):
        project.write(f"{name}.py", f"import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel={level})\n")
    project.write("first.py", "import old\n")
    project.write("first_broken.py", "1 / 0\n")
    project.write("second_broken.py", "import absent\n")
    project.write("lazy.py", "import warnings\ndef __getattr__(name): warnings.warn('lazy', stacklevel=2)\n")
    project.write("tests/test_imports.py", IMPORTS)
    names = ("of_a_module", "by_name", "two_further_up", "resolved", "failed")
    expected = {f"tests/test_imports.py::test_{name}": "passed" for name in names}
    assert outcomes(project.run("-o", "pythonpath=.")) == expected


def test_fixtures_are_set_up_as_often(project: Any) -> None:
    """Once for each worker that needs it if it belongs to the session, once in all if to a package, module or class."""
    log = "import pytest\ndef note(name):\n    with open('log', 'a') as file: file.write(name + '\\n')\n"
    for scope in ("session", "package", "module", "class"):
        log += f"@pytest.fixture(scope='{scope}')\ndef {scope}_wide():\n    note('{scope}+')\n    yield\n    note('{scope}-')\n"
    project.write("conftest.py", log)
    project.write("pack/__init__.py", "")
    for name in ("one", "two"):
        project.write(
            f"pack/test_{name}.py",
            """
            import pytest
            @pytest.mark.parametrize("i", range(8))
            def test_module(session_wide, module_wide, i): pass
            @pytest.mark.parametrize("i", range(8))
            def test_package(package_wide, i): pass
            class TestClass:
                def test_a(self, class_wide): pass
                def test_b(self, class_wide): pass
            """,
        )
    outcome = project.run()
    assert outcome.record.counts == {"passed": 36}
    lines = project.read("log").splitlines()
    workers = len({test.worker for test in outcome.tests})
    assert lines.count("package+") == lines.count("package-") == 1
    assert lines.count("module+") == lines.count("module-") == 2
    assert lines.count("class+") == lines.count("class-") == 2
    assert 1 <= lines.count("session+") == lines.count("session-") <= workers


def test_tests_of_a_module_fixture_stay_with_one_worker(project: Any) -> None:
    body = "import pytest\n@pytest.fixture(scope='module')\ndef thing(): pass\n"
    body += "@pytest.mark.parametrize('i', range(10))\ndef test_it(thing, i): pass\n"
    for number in range(4):
        project.write(f"test_{number}.py", body)
    outcome = project.run()
    for number in range(4):
        assert len({test.worker for test in outcome.tests if test.id.startswith(f"test_{number}.py")}) == 1


def test_a_session_fixture_that_fails_at_the_end(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        "import pytest\n@pytest.fixture(scope='session')\ndef wide():\n    yield\n    raise ValueError('late')\n"
        "def test_one(wide): pass\ndef test_two(wide): pass\n",
    )
    outcome = project.run(slots=1)
    assert sorted(outcomes(outcome).values()) == ["error", "passed"]
    assert "late" in next(test.failure for test in outcome.tests if test.outcome == "error")


def test_the_project_s_own_hooks(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "conftest.py",
        """
        def note(name):
            with open("log", "a") as file: file.write(name + "\\n")
        def pytest_sessionstart(): note("start")
        def pytest_sessionfinish(): note("finish")
        def pytest_collection_modifyitems(items): items.reverse(); del items[0]
        def pytest_runtest_logreport(report): note(f"{report.when} {report.nodeid}")
        def pytest_terminal_summary(terminalreporter): terminalreporter.section("mine"); terminalreporter.line("own words")
        """,
    )
    project.write("test_a.py", "def test_one(): pass\ndef test_two(): pass\ndef test_three(): pass\n")
    outcome = project.run()
    assert set(outcomes(outcome)) == {"test_a.py::test_one", "test_a.py::test_two"}
    lines = project.read("log").splitlines()
    assert lines[0] == "start" and lines[-1] == "finish"
    assert sorted(lines[1:-1]) == sorted(
        f"{when} test_a.py::test_{name}" for name in ("one", "two") for when in ("setup", "call", "teardown")
    )
    assert "own words" in outcome.record.summary


def test_a_failure_looks_as_pytest_prints_it(project: Any) -> None:
    project.write(
        "test_a.py", "def test_it():\n    print('on the way')\n    left = [1, 2]\n    assert left == [1, 3], 'no'\n"
    )
    outcome = project.run()
    test = outcome.tests[0]
    for text in (test.failure, outcome.record.summary):
        assert "assert left == [1, 3], 'no'" in text
        assert "At index 1 diff: 2 != 3" in text
    assert [(section.heading, section.text) for section in test.sections] == [("Captured stdout call", "on the way\n")]
    assert "on the way" in outcome.record.summary
    assert (test.file, test.line) == ("test_a.py", 1)
    assert test.attempts[0].message == "AssertionError: no"


def test_the_warnings_summary_names_each_test_once(project: Any) -> None:
    body = "import os, warnings, pytest\n@pytest.mark.parametrize('i', range(4))\ndef test_it(i):\n    warnings.warn('careful')\n"
    # A worker that is replaced must not repeat what was warned of before.
    project.write("test_a.py", body + "def test_dies():\n    os._exit(1)\n")
    summary = project.run(slots=1).record.summary
    assert [summary.count(f"test_it[{number}]") for number in range(4)] == [1, 1, 1, 1]
    assert "UserWarning: careful" in summary


def test_options_that_other_distributors_and_reports_need(project: Any, outcomes: Outcomes) -> None:
    project.write("pytest.ini", "[pytest]\naddopts = -n 2 --junitxml=own.xml --durations=2 -rA\n")
    project.write("test_a.py", "import pytest\n@pytest.mark.parametrize('i', range(6))\ndef test_it(i): print('out')\n")
    outcome = project.run()
    assert set(outcomes(outcome).values()) == {"passed"}
    assert project.read("own.xml").count("<testcase") == 6
    assert "slowest 2 durations" in outcome.record.summary


def test_last_failed_is_kept_for_pytest(project: Any) -> None:
    project.write("test_a.py", "def test_good(): pass\ndef test_bad(): assert 0\n")
    arguments = ("-p", "cacheprovider")
    project.run(*arguments)
    assert set(project.run("--lf", *arguments).record.counts) == {"failed"}
    project.write("test_a.py", "def test_good(): pass\ndef test_bad(): pass\n")
    project.run(*arguments)
    assert '"test_a.py::test_bad"' not in (project.root / ".pytest_cache/v/cache/lastfailed").read_text()


def test_a_pass_can_be_asked_what_a_report_tells(project: Any) -> None:
    project.write("test_a.py", "def test_one(): pass\ndef test_two(): assert 0\n")
    project.write(
        "conftest.py",
        """
        import copy

        def pytest_terminal_summary(terminalreporter):
            (report,) = terminalreporter.stats["passed"]
            other = copy.copy(report)
            terminalreporter.write_line(f"{report.location} {report.passed} {report.when} {report.stop >= report.start}")
            terminalreporter.write_line(f"{hasattr(report, 'wasxfail')} {other.nodeid} {'test_one' in other.keywords}")
        """,
    )
    summary = project.run("-rA").record.summary
    assert "PASSED test_a.py::test_one" in summary
    assert "('test_a.py', 0, 'test_one') True call True\nFalse test_a.py::test_one True\n" in summary


def test_temporary_folders_are_each_test_s_own(project: Any) -> None:
    project.write(
        "test_a.py",
        "import pytest\n@pytest.mark.parametrize('i', range(12))\ndef test_it(tmp_path, i):\n"
        "    assert not list(tmp_path.iterdir())\n    (tmp_path / 'f').touch()\n"
        "    with open('paths', 'a') as file: file.write(f'{tmp_path}\\n')\n",
    )
    assert project.run().record.counts == {"passed": 12}
    assert len(set(project.read("paths").splitlines())) == 12


def test_workers_look_like_xdist_s(project: Any) -> None:
    project.write(
        "test_a.py",
        "import os\ndef test_it(worker_id, testrun_uid, request):\n"
        "    assert worker_id == os.environ['PYTEST_XDIST_WORKER'] == request.config.workerinput['workerid']\n"
        "    assert worker_id.startswith('gw') and testrun_uid\n",
    )
    assert project.run().record.counts == {"passed": 1}
    assert project.run("-p", "no:xdist").record.counts == {"passed": 1}


def test_exit_handlers_run_where_they_were_registered(project: Any) -> None:
    project.write(
        "conftest.py", "import atexit, os\natexit.register(lambda: open('session-handler', 'a').write('x'))\n"
    )
    project.write(
        "test_a.py",
        "import atexit, weakref\nclass Thing: pass\nkeep = Thing()\n"
        "def test_it():\n    atexit.register(lambda: open('worker-handler', 'a').write('x'))\n"
        "    weakref.finalize(keep, lambda: open('finalizer', 'a').write('x'))\n",
    )
    project.run(slots=2)
    assert project.read("worker-handler") == project.read("finalizer") == "x"
    # The session ends by os._exit in its guardian's child, as pytest's main has returned by then.
    assert not (project.root / "session-handler").exists() or project.read("session-handler") == "x"


@pytest.mark.parametrize("name", ["a::b", "a/b", "\N{PARTY POPPER}", "x" * 10_000, "new\nline", "\x00"])
def test_odd_ids(project: Any, name: str) -> None:
    project.write(
        "test_a.py", f"import pytest\n@pytest.mark.parametrize('i', [1], ids=[{name!r}])\ndef test_it(i): pass\n"
    )
    outcome = project.run()
    assert outcome.record.counts == {"passed": 1}
    assert outcome.tests[0].id.startswith("test_a.py::test_it[")


def test_a_file_name_that_is_not_utf8(project: Any) -> None:
    import os

    path = os.fsencode(project.root) + b"/test_\xff.py"
    with open(path, "w") as file:
        file.write("def test_it(): assert 0\n")
    outcome = project.run("-p", "cacheprovider")
    assert [(test.id, test.file, test.outcome) for test in outcome.tests] == [
        ("test_\\udcff.py::test_it", "test_\\udcff.py", "failed")
    ]
    assert outcome.record.outcome == "failed"
    assert "def test_it(): assert 0" in outcome.record.summary


def test_workers_are_started_afresh_when_threads_are_alive(project: Any) -> None:
    project.write(
        "conftest.py", "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    project.write("test_a.py", EVERY_KIND)
    ours = junit_names(project.run("-p", "no:timeout"))
    ours = {name: "passed" if outcome == "xpassed" else outcome for name, outcome in ours.items()}
    assert ours == project.plain()
    assert any("started afresh" in getattr(event, "text", "") for event in project.events)


def test_two_categories_share_the_slots(project: Any) -> None:
    import threading
    from itertools import pairwise

    from lamina.layers.model import Category, Filters

    body = "import pytest, time\n@pytest.mark.parametrize('i', range(8))\ndef test_it(i): time.sleep(0.05)\n"
    categories = []
    for name in ("one", "two"):
        project.write(f"{name}/test_{name}.py", body)
        filters = Filters(include_patterns=(f"{name}/**",))
        categories.append(Category(name=name, timeout_seconds=60.0, max_parallel_instances=3, filters=filters))
    engine = project.engine(*categories, slots=3)
    results: dict[str, CategoryOutcome] = {}
    threads = [
        threading.Thread(
            target=lambda name=name: results.update({name: engine.run_category(name, [f"{name}/test_{name}.py"])})
        )
        for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [results[name].record.counts for name in ("one", "two")] == [{"passed": 8}] * 2
    spans = [span for result in results.values() for span in result.spans]
    for worker in {span.worker for span in spans}:
        own = sorted((span.begin, span.until) for span in spans if span.worker == worker)
        assert all(before[1] <= after[0] for before, after in pairwise(own)), "two workers had the same name at once"
    assert {span.worker for span in spans} <= {"gw0", "gw1", "gw2"}
