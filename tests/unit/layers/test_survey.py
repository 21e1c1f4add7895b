"""What is found in an existing project."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.layers.survey import survey

TWO_TESTS = "def test_a(): pass\nclass TestB:\n    async def test_c(self): pass\n    def helper(self): pass\n"


def found(project: Any, *paths: str, text: str = TWO_TESTS) -> dict[str, tuple[str, ...]]:
    for path in paths:
        project.file(path, text)
    return {one.category: one.folders for one in survey(project.root).found}


def test_tests_are_counted_as_they_are_written(project: Any) -> None:
    project.file("tests/test_a.py", TWO_TESTS)
    project.file("tests/helper.py", TWO_TESTS)
    project.file("tests/b_test.py", "# def test_no(): pass\ndef test_yes():\n    text = 'def testing'\n")
    result = survey(project.root)
    assert (result.files, result.tests, result.found) == (2, 3, ())


CATEGORY_FOLDERS = {
    "tests/unit/test_x.py": {"unit": ("tests/unit",)},
    "tests/functional/deep/test_x.py": {"integration": ("tests/functional",)},
    "tests/integration_tests/test_x.py": {"integration": ("tests/integration_tests",)},
    "app/tests/API/test_x.py": {"api": ("app/tests/API",)},
    "e2e/test_x.py": {"e2e": ("e2e",)},
    "benchmarks/test_x.py": {"performance": ("benchmarks",)},
    "tests/e2e/db/test_x.py": {"e2e": ("tests/e2e",)},
    "app/api/tests/test_x.py": {},
    "api/tests/test_x.py": {},
    "src/app/database/test_x.py": {},
    "tests/other/test_x.py": {},
    "tests/test_api.py": {},
}


@pytest.mark.parametrize(("path", "expected"), CATEGORY_FOLDERS.items(), ids=CATEGORY_FOLDERS)
def test_a_folder_names_a_category_where_tests_are_kept(project: Any, path: str, expected: Any) -> None:
    assert found(project, path) == expected


def test_test_paths_are_followed(project: Any) -> None:
    project.file("pytest.ini", "[pytest]\ntestpaths = spec/api pkg\npython_files = check_*.py\n")
    assert found(project, "spec/api/check_x.py", "pkg/smoke/check_x.py", "tests/e2e/check_x.py") == {
        "api": ("spec/api",),
        "smoke": ("pkg/smoke",),
    }
    assert survey(project.root).files == 2


def test_test_paths_may_be_patterns_and_files(project: Any) -> None:
    project.file("pytest.ini", "[pytest]\ntestpaths = pkg/*/tests alone.py /elsewhere\n")
    found(project, "pkg/a/tests/test_x.py", "pkg/b/tests/test_x.py", "pkg/c/test_x.py", "alone.py")
    assert survey(project.root).files == 3


def test_test_paths_that_are_not_there_leave_the_whole_project(project: Any) -> None:
    project.file("pytest.ini", "[pytest]\ntestpaths = gone\n")
    found(project, "tests/test_x.py")
    assert survey(project.root).files == 1


def test_environments_and_builds_are_not_looked_into(project: Any) -> None:
    found(
        project, "build/test_x.py", ".tox/test_x.py", "node_modules/x/test_x.py", "env/lib/test_x.py", "tests/test_x.py"
    )
    project.file("env/pyvenv.cfg", "")
    assert survey(project.root).files == 1


def test_markers_count_where_no_folder_does(project: Any) -> None:
    text = "import pytest\n@pytest.mark.integration\ndef test_a(): pass\n@pytest.mark.slow\ndef test_b(): pass\n"
    found(project, "tests/test_x.py", text=text)
    (one,) = survey(project.root).found
    assert (one.category, one.marker, one.folders, one.files, one.tests) == ("integration", "integration", (), 1, 1)
    found(project, "tests/integration/test_x.py")
    (one,) = survey(project.root).found
    assert (one.marker, one.folders) == ("", ("tests/integration",))


def test_markers_in_another_categorys_folder_do_not_count(project: Any) -> None:
    text = "import pytest\n@pytest.mark.integration\ndef test_a(): pass\n"
    assert found(project, "tests/e2e/test_x.py", text=text) == {"e2e": ("tests/e2e",)}


def test_an_empty_project(project: Any) -> None:
    result = survey(project.root)
    assert (result.files, result.tests, result.found) == (0, 0, ())
