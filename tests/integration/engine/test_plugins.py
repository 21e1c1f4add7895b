"""Real plugins, each doing under lamina what it does under plain pytest."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import Any

import pytest

PACKAGE = """
    def size(x):
        if x > 2:
            return "big"
        return "small"

    def sign(x):
        if x < 0:
            return -1
        else:
            return 1

    def never():
        return 3
    """
USES = """
    import pytest, package

    @pytest.mark.parametrize("x", range(6))
    def test_size(x): assert package.size(x)

    def test_sign(): assert package.sign(1) == 1
    """


def measured(path: Any) -> dict[str, set[tuple[str, int]]]:
    """(context, line or arc) pairs by file, from coverage's own database."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "select file.path, context.context, arc.fromno, arc.tono from arc join file on file.id = file_id "
            "join context on context.id = context_id"
        ).fetchall()
    found: dict[str, set[tuple[str, int]]] = {}
    for file, context, before, after in rows:
        found.setdefault(os.path.basename(file), set()).add((context, before * 10_000 + after))
    return found


@pytest.mark.parametrize("contexts", [(), ("--cov-context=test",)])
def test_coverage_of_forked_workers_is_whole(project: Any, contexts: tuple[str, ...]) -> None:
    project.write(
        "pytest.ini", "[pytest]\npythonpath = .\naddopts = --cov=package --cov-branch --cov-report=term-missing\n"
    )
    project.write("package.py", PACKAGE)
    project.write("test_a.py", USES)
    outcome = project.run(*contexts)
    ours = measured(project.root / ".coverage")
    (project.root / ".coverage").unlink()
    project.plain(*contexts)
    assert ours == measured(project.root / ".coverage")
    assert "package.py" in outcome.record.summary and "TOTAL" in outcome.record.summary
    assert outcome.record.outcome == "passed"


def test_coverage_that_falls_short_fails_the_category(project: Any) -> None:
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    project.write("package.py", PACKAGE)
    project.write("test_a.py", USES)
    outcome = project.run("--cov=package", "--cov-fail-under=100")
    assert outcome.record.outcome == "failed"
    assert outcome.record.counts == {"passed": 7}
    assert "Required test coverage of 100% not reached" in outcome.record.summary


def test_coverage_of_several_categories_is_one(project: Any) -> None:
    from lamina.layers.model import Category, Filters

    project.write("pytest.ini", "[pytest]\npythonpath = .\naddopts = --cov=package --cov-branch\n")
    project.write("package.py", PACKAGE)
    project.write("one/test_one.py", "import package\ndef test_it(): assert package.size(1)\n")
    project.write("two/test_two.py", "import package\ndef test_it(): assert package.sign(1)\n")
    categories = [
        Category(
            name=name, timeout_seconds=60.0, max_parallel_instances=1, filters=Filters(include_patterns=(f"{name}/**",))
        )
        for name in ("one", "two")
    ]
    engine = project.engine(*categories)
    for name in ("one", "two"):
        assert engine.run_category(name, [f"{name}/test_{name}.py"]).record.outcome == "passed"
    engine.close()
    ours = measured(project.root / ".coverage")
    project.plain()
    assert ours == measured(project.root / ".coverage")


def test_asyncio(project: Any) -> None:
    project.write("pytest.ini", "[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    project.write(
        "test_a.py",
        """
        import asyncio, pytest, pytest_asyncio

        @pytest_asyncio.fixture
        async def number():
            await asyncio.sleep(0)
            yield 7

        @pytest.mark.asyncio
        @pytest.mark.parametrize("i", range(6))
        async def test_waits(number, i):
            await asyncio.sleep(0.01)
            assert number == 7

        loops = set()

        @pytest.mark.asyncio(loop_scope="module")
        @pytest.mark.parametrize("i", range(4))
        async def test_one_loop_for_the_module(i):
            loops.add(asyncio.get_running_loop())
            assert len(loops) == 1
        """,
    )
    assert project.run().record.counts == {"passed": 10}


def test_mock(project: Any) -> None:
    project.write(
        "test_a.py",
        "import os\ndef test_patched(mocker):\n    mocker.patch('os.getcwd', return_value='x')\n    assert os.getcwd() == 'x'\n"
        "def test_restored():\n    assert os.getcwd() != 'x'\n",
    )
    assert project.run(slots=1).record.counts == {"passed": 2}


def test_hypothesis(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        from hypothesis import given, strategies as st

        @given(st.integers())
        def test_holds(x): assert x == x

        @given(st.integers())
        def test_does_not(x): assert x < 100
        """,
    )
    outcome = project.run()
    assert outcome.record.counts == {"passed": 1, "failed": 1}
    failure = next(test.failure for test in outcome.tests if test.outcome == "failed")
    assert "x=100" in failure


def test_randomly_shuffles_and_seeds_as_under_plain_pytest(project: Any) -> None:
    project.write(
        "test_a.py",
        "import random, pytest\n@pytest.mark.parametrize('i', range(8))\ndef test_it(i):\n"
        "    with open('drawn', 'a') as file: file.write(f'{i} {random.random()}\\n')\n",
    )
    arguments = ("-p", "no:cacheprovider", "--randomly-seed=7")
    outcome = project.engine(_category(*arguments), slots=1).run_category("unit")
    ours = project.read("drawn").splitlines()
    (project.root / "drawn").unlink()
    plain = _plain_lines(project, *arguments)
    assert outcome.record.counts == {"passed": 8}
    assert ours == plain


def _category(*arguments: str) -> Any:
    from lamina.layers.model import Category, Filters

    return Category(
        name="unit", timeout_seconds=60.0, max_parallel_instances=1, filters=Filters(rest=True), pytest_args=arguments
    )


def _plain_lines(project: Any, *arguments: str) -> list[str]:
    import subprocess
    import sys

    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments], cwd=project.root, check=True, capture_output=True
    )
    return project.read("drawn").splitlines()


def test_django_gives_each_worker_its_database(project: Any) -> None:
    project.write("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = settings\npythonpath = .\n")
    project.write(
        "settings.py",
        """
        SECRET_KEY = "x"
        INSTALLED_APPS = ["app"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db", "TEST": {"NAME": "test-db"}}}
        USE_TZ = True
        """,
    )
    project.write("app/__init__.py", "")
    project.write(
        "app/models.py",
        """
        from django.db import models

        class Thing(models.Model):
            id = models.AutoField(primary_key=True)
            name = models.CharField(max_length=9)
        """,
    )
    project.write(
        "test_a.py",
        """
        import pytest
        from app.models import Thing
        from django.db import connection
        from django.test import TestCase

        @pytest.mark.django_db
        @pytest.mark.parametrize("i", range(8))
        def test_starts_empty(i, worker_id):
            Thing.objects.create(name=str(i))
            assert Thing.objects.count() == 1
            assert worker_id in str(connection.settings_dict["NAME"])

        @pytest.mark.django_db(transaction=True)
        def test_transaction():
            Thing.objects.create(name="t")
            assert Thing.objects.count() == 1

        class TestCases(TestCase):
            @classmethod
            def setUpTestData(cls): Thing.objects.create(name="base")
            def test_one(self): self.assertEqual(Thing.objects.count(), 1)
            def test_two(self): self.assertEqual(Thing.objects.count(), 1)
        """,
    )
    assert project.run().record.counts == {"passed": 11}


@pytest.mark.parametrize(("method", "outcome"), [("signal", "failed"), ("thread", "crashed")])
def test_timeout_is_left_to_its_plugin(project: Any, method: str, outcome: str) -> None:
    project.write(
        "test_a.py",
        f"import time, pytest\n@pytest.mark.timeout(0.3, method='{method}')\ndef test_hangs():\n    time.sleep(60)\n"
        "def test_other(): pass\n",
    )
    result = project.run("-p", "timeout")
    assert result.record.counts == {outcome: 1, "passed": 1}
    failure = next(test.failure for test in result.tests if test.outcome == outcome)
    assert "test_hangs" in failure
    assert "Timeout" in failure


def test_subtests(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import unittest

        class Old(unittest.TestCase):
            def test_parts(self):
                for part in range(3):
                    with self.subTest(part=part):
                        self.assertNotEqual(part, 1)
            def test_good_parts(self):
                with self.subTest(part=1):
                    pass

        def test_new(subtests):
            for part in range(3):
                with subtests.test(part=part):
                    assert part != 1
        """,
    )
    outcome = project.run()
    assert {test.id.rpartition("::")[2]: test.outcome for test in outcome.tests} == {
        "test_parts": "failed",
        "test_good_parts": "passed",
        "test_new": "failed",
    }
