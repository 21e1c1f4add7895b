"""Names that are looked up for the project by code that is not its own: which of them are noted."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[[dict[str, str]], None]
Use = Callable[..., Any]

BEGIN = "import importlib, io, sys\nsys.path.insert(0, '.')\nimport clock\nNAME = 'n' + 'ow'\n"
BEFORE = "import pkgutil, unittest.mock, _pytest.monkeypatch\n"


@pytest.fixture(autouse=True)
def files(make: Make) -> None:
    make({"clock.py": "def now(): return 1\nclass Clock:\n    def tick(self): return 1\n", "data.txt": "1"})


@pytest.mark.parametrize(
    "code",
    [
        "import pkgutil\npkgutil.resolve_name('clock:' + NAME)",
        "from importlib.metadata import EntryPoint\nEntryPoint('a', 'clock:' + NAME, 'b').load()",
        "import unittest\ntry: unittest.defaultTestLoader.loadTestsFromName(NAME, clock)\nexcept TypeError: pass",
        "from unittest import mock\nwith mock.patch('clock.' + NAME): pass",
        "from unittest import mock\nwith mock.patch.object(clock, NAME): pass",
        "from _pytest.monkeypatch import MonkeyPatch\nMonkeyPatch().setattr(clock, NAME, 1)",
        "from _pytest.monkeypatch import MonkeyPatch\nMonkeyPatch().delattr('clock.' + NAME)",
        "import logging.config\nlogging.config.BaseConfigurator({}).resolve('clock.' + NAME)",
        "import string\nstring.Formatter().format('{0.' + NAME + '}', clock)",
        "import pickle\npickle.loads(b'cclock\\n' + NAME.encode() + b'\\n.')",
        "import pickle\npickle._loads(b'cclock\\n' + NAME.encode() + b'\\n.')",
    ],
)
@pytest.mark.parametrize("before", ["", BEFORE])
def test_what_is_looked_up(used: Use, code: str, before: str) -> None:
    found = used(BEGIN + code, before=before)
    assert "mention:now" in found.of("mention")
    assert "mention:*" not in found.of("mention")


def test_a_name_in_a_class(used: Use) -> None:
    found = used(BEGIN + "import pkgutil\npkgutil.resolve_name('clock:Clock.tick')")
    assert found.of("mention") == {"mention:Clock", "mention:tick"}


@pytest.mark.parametrize("before", ["", "import inspect\n"])
def test_all_names_of_a_module(used: Use, before: str) -> None:
    found = used(BEGIN + "import inspect\ninspect.getmembers(clock)\ninspect.getmembers(io)", before=before)
    assert found.of("lookup") == {"lookup:clock.py"}


def test_a_module_that_is_asked_for_a_name_is_in_reach(used: Use) -> None:
    found = used(BEGIN + "import pkgutil\nrecorder.top.modules.clear()\npkgutil.resolve_name('clock:' + NAME)")
    assert found.modules == {"clock.py"}


@pytest.mark.parametrize("thing", ["io", "Exception()", "importlib.machinery.FileFinder"])
def test_what_is_not_of_the_project(used: Use, thing: str) -> None:
    found = used(
        BEGIN + f"from _pytest.monkeypatch import MonkeyPatch\nMonkeyPatch().setattr({thing}, NAME, 1, raising=False)"
    )
    assert found.of("mention") == set()


def test_the_functions_do_what_the_builtins_do(used: Use) -> None:
    code = """
        import pkgutil
        assert pkgutil.getattr(clock, "now") is clock.now
        assert pkgutil.getattr(clock, "later", 5) == 5
        assert pkgutil.hasattr(clock, "now") and not pkgutil.hasattr(clock, "later")
        assert not pkgutil.hasattr(type("Odd", (), {"__module__": None})(), "now")
        pkgutil.getattr(clock, "later")
        """
    used(BEGIN + textwrap.dedent(code), fails="AttributeError")
