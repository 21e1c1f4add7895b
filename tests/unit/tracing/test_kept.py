"""What libraries keep for the process: whoever asks for it later has used it, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[[dict[str, str]], None]
Use = Callable[..., Any]

# The second time in a collector that has not seen the first.
AGAIN = """
from lamina.tracing.recorder import Collector

def twice(ask):
    first = Collector()
    recorder.enter(first)
    ask()
    recorder.leave(first)
    assert not sink, sink
    ask()
"""
JINJA = """
import jinja2
environment = jinja2.Environment(loader=jinja2.FileSystemLoader("pages"), auto_reload=False)
"""


@pytest.fixture(autouse=True)
def files(make: Make) -> None:
    make(
        {
            "pages/page.txt": "{% extends 'frame.txt' %}{% block body %}page{% endblock %}",
            "pages/frame.txt": "<{% block body %}{% endblock %}>",
            "pages/other.txt": "other",
            "shapes.py": "def area():\n    return 3\n",
        }
    )


def test_a_template_and_the_one_that_it_extends(used: Use) -> None:
    found = used(AGAIN + JINJA + "twice(lambda: environment.get_template('page.txt').render())")
    assert found.of("file") == {"file:pages/page.txt", "file:pages/frame.txt"}


def test_another_template(used: Use) -> None:
    code = "environment.get_template('page.txt')\nsink.clear()\nenvironment.get_template('other.txt')"
    assert used(JINJA + code).of("file") == {"file:pages/other.txt"}


def test_a_library_that_was_there_before(used: Use) -> None:
    code = "environment.get_template('page.txt')\nsink.clear()\nenvironment.get_template('page.txt')"
    assert used(JINJA + code, before="import jinja2").of("file") == {"file:pages/page.txt"}


def test_wrong_arguments_are_told_by_the_library(used: Use) -> None:
    found = used("import gettext\ngettext.translation()", fails="TypeError")
    assert "Kept" not in found.said


def test_what_caches_offer_stays(used: Use) -> None:
    used("from django.core.management import get_commands\nget_commands.cache_clear()\nget_commands.cache_info()")


@pytest.mark.parametrize("before", ["", "import inspect, linecache"])
def test_the_lines_of_a_module(used: Use, before: str) -> None:
    code = "import sys, inspect\nsys.path.insert(0, '.')\nimport shapes\ntwice(lambda: inspect.getsource(shapes.area))"
    assert used(AGAIN + code, before=before).of("file") == {"file:shapes.py"}


def test_lines_that_a_traceback_shows(used: Use) -> None:
    code = """
import os, traceback
def show():
    try:
        exec(compile("1 / 0", os.path.abspath("shapes.py"), "exec"))
    except ZeroDivisionError:
        assert "def area" in traceback.format_exc()
show()
show()
"""
    assert "file:shapes.py" not in used(code).inputs


def test_two_threads(used: Use) -> None:
    # One begins while the other is at it, and ends behind it.
    code = """
import threading
from lamina.tracing.recorder import Collector
mine, others = Collector(), Collector()
recorder.enter(mine)
recorder.enter(others)
recorder.leave(mine)
top = recorder.top
recorder.leave(others)
assert recorder.top is top
open("pages/other.txt").close()
"""
    assert used(code).of("file") == {"file:pages/other.txt"}
