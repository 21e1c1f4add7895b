"""The line that stands for a failure where pytest has only a text."""

from __future__ import annotations

import pytest
from _pytest.reports import CollectErrorRepr, CollectReport

from lamina.workers.reports import collect_row

IMPORT = """\
ImportError while importing test module 'tests/test_a.py'.
Traceback:
tests/test_a.py:1: in <module>
    import shop
E   ModuleNotFoundError: No module named 'shop'"""
SYNTAX = """\
E     File "tests/test_a.py", line 1
E       def (
E           ^
E   SyntaxError: invalid syntax"""
FIXTURE = """\
file tests/test_a.py, line 9
  def test_err(nofixture): pass
E       fixture 'nofixture' not found
>       available fixtures: cache, capfd, tmp_path
>       use 'pytest --fixtures [testpath]' for help on them.

tests/test_a.py:9"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (IMPORT, "ModuleNotFoundError: No module named 'shop'"),
        (SYNTAX, "SyntaxError: invalid syntax"),
        (FIXTURE, "fixture 'nofixture' not found"),
        ("a plugin's own\ntext", "text"),
        ("", ""),
    ],
)
def test_message(text: str, message: str) -> None:
    report = CollectReport("tests/test_a.py", "failed", CollectErrorRepr(text), [])
    assert collect_row(report, "tests/test_a.py")["message"] == message
