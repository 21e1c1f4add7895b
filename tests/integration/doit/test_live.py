"""`live=true`: each test with its output in one piece, as it ends."""

from __future__ import annotations

from typing import Any


def test_each_test_is_shown_with_its_output(project: Any) -> None:
    project.write(
        "tests/unit/test_u.py",
        "import sys, time\n"
        "def test_says():\n    print('one')\n    time.sleep(0.3)\n    print('two')\n\n"
        "def test_quiet(): pass\n\n"
        "def test_fails():\n    print('three', file=sys.stderr)\n    assert False\n",
    )
    out, _ = project.doit("-s", "live=true", "-n", "2", "unit", status=1)
    lines = out.splitlines()
    first = next(
        place for place, line in enumerate(lines) if line.startswith("passed  tests/unit/test_u.py::test_says")
    )
    assert lines[first + 1 : first + 4] == ["  Captured stdout call", "    one", "    two"]
    assert any(line.startswith("passed  tests/unit/test_u.py::test_quiet") for line in lines)
    failed = next(
        place for place, line in enumerate(lines) if line.startswith("FAILED tests/unit/test_u.py::test_fails")
    )
    assert lines[failed + 1 : failed + 3] == ["  Captured stderr call", "    three"]
    assert "passed  tests" not in project.doit("-s", "-n", "2", "unit", status=1)[0]


def test_it_is_yes_or_no(project: Any) -> None:
    assert "live=maybe: is neither yes nor no" in project.doit("live=maybe", "unit", status=3)[1]
