"""Variables that tests read, by each of the ways that Python offers, and their fingerprints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lamina.tracing.environment import fingerprint_of_environment

Use = Callable[..., Any]
GIVEN = {"COLOUR": "red", "LAMINA_X": "1"}


@pytest.mark.parametrize(
    "code",
    [
        "os.environ['COLOUR']",
        "os.environ.get('COLOUR')",
        "os.environ.get('COLOUR', 'none')",
        "'COLOUR' in os.environ",
        "'COLOUR' not in os.environ",
        "os.environ.setdefault('COLOUR', 'blue')",
        "os.environ.pop('COLOUR')",
        "os.getenv('COLOUR')",
        "os.environb[b'COLOUR']",
        "os.environb.get(b'COLOUR')",
        "os.getenvb(b'COLOUR')",
        "os.path.expandvars('$COLOUR')",
        "del os.environ['COLOUR']",
    ],
)
def test_one(used: Use, code: str) -> None:
    assert used(f"import os\n{code}", GIVEN).of("env") == {"env:COLOUR"}


@pytest.mark.parametrize("code", ["os.environ['NONE']", "os.environ.pop('NONE')", "del os.environ['NONE']"])
def test_one_that_is_missing(used: Use, code: str) -> None:
    assert used(f"import os\n{code}", fails="KeyError").of("env") == {"env:NONE"}


@pytest.mark.parametrize(
    "code",
    [
        "os.environ.copy()",
        "dict(os.environ)",
        "list(os.environ)",
        "list(os.environ.keys())",
        "list(os.environ.items())",
        "list(os.environ.values())",
        "{**os.environ}",
        "os.environ | {}",
        "len(os.environ)",
        "bool(os.environ)",
        "str(os.environ)",
        "os.environ == {}",
        "list(os.environb)",
        "'x' in os.environ.values()",
    ],
)
def test_all(used: Use, code: str) -> None:
    assert used(f"import os\n{code}", GIVEN).of("env") == {"env:*"}


@pytest.mark.parametrize("name", ["PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "LAMINA_X"])
def test_what_the_run_sets_is_no_input(used: Use, name: str) -> None:
    assert used(f"import os; os.environ.get({name!r})", GIVEN).of("env") == set()


def test_what_the_test_has_set_is_no_input(used: Use) -> None:
    code = (
        "import os; os.environ['COLOUR'] = 'blue'; os.environ['COLOUR']; os.environb[b'NEW'] = b''; os.environ['NEW']"
    )
    assert used(code, GIVEN).of("env") == set()


def test_what_was_put_back_is_an_input_again(used: Use) -> None:
    code = "import os; os.environ['COLOUR'] = 'blue'; os.environ['COLOUR'] = 'red'; os.environ['COLOUR']"
    assert used(code, GIVEN).of("env") == {"env:COLOUR"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("patch.setenv('COLOUR', 'blue'); os.environ['COLOUR']; patch.undo()", set()),
        ("patch.setenv('COLOUR', 'blue'); patch.undo(); os.environ['COLOUR']", {"env:COLOUR"}),
        ("patch.setenv('NEW', 'blue'); patch.undo(); os.environ.get('NEW')", {"env:NEW"}),
        ("patch.setenv('COLOUR', 'blue', prepend=':'); patch.undo()", {"env:COLOUR"}),
        ("patch.delenv('NEW', raising=False); 'NEW' in os.environ; patch.undo()", {"env:NEW"}),
        ("patch.delenv('COLOUR', raising=False); patch.undo()", {"env:COLOUR"}),
        ("patch.delenv('COLOUR'); patch.undo()", {"env:COLOUR"}),
    ],
)
def test_monkeypatch(used: Use, code: str, expected: set[str]) -> None:
    """Deleting asks; that a variable is set for a while does not."""
    found = used(
        f"import os\nfrom _pytest.monkeypatch import MonkeyPatch\npatch = MonkeyPatch()\nsink.clear()\n{code}", GIVEN
    )
    assert found.of("env") <= expected
    assert found.of("env") == expected or "raising=False" in code


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("with patched: os.environ['COLOUR']", set()),
        ("with patched: os.environ.get('OTHER')", {"env:OTHER"}),
        ("with patched: pass\nos.environ['COLOUR']", {"env:COLOUR"}),
        ("with cleared: os.environ.get('COLOUR')", set()),
        ("with cleared: pass\nos.environ.get('COLOUR')", {"env:COLOUR"}),
        ("with patched: os.environ.copy()", {"env:*"}),
    ],
)
def test_patched_for_a_while(used: Use, code: str, expected: set[str]) -> None:
    before = """
        import os
        from unittest import mock
        patched = mock.patch.dict(os.environ, {"COLOUR": "blue"})
        cleared = mock.patch.dict(os.environ, clear=True)
        sink.clear()
        """
    lines = "\n".join(" " * 8 + line for line in code.split("\n"))
    assert used(f"{before}\n{lines}", GIVEN).of("env") == expected


def test_the_class_behaves_as_before(used: Use) -> None:
    code = """
        import os, subprocess, sys
        assert os.environ["COLOUR"] == "red" and os.environ.get("NONE") is None and len(os.environ) == len(list(os.environ))
        assert repr(os.environ).startswith("environ({") and os.environ.copy() == dict(os.environ)
        os.environ["NEW"] = "1"
        assert os.popen("echo $NEW").read() == "1\\n"
        del os.environ["NEW"]
        assert os.popen("echo $NEW").read() == "\\n"
    """
    used(code, GIVEN)


def test_fingerprints() -> None:
    one = {"A": "1", "B": "2"}
    assert fingerprint_of_environment("env:A", one) == fingerprint_of_environment("env:A", {"A": "1"})
    assert fingerprint_of_environment("env:A", one) != fingerprint_of_environment("env:A", {"A": "2"})
    assert fingerprint_of_environment("env:A", {}) not in {
        fingerprint_of_environment("env:A", {"A": value}) for value in ("", "missing")
    }
    assert fingerprint_of_environment("env:*", one) == fingerprint_of_environment("env:*", {"B": "2", "A": "1"})
    assert fingerprint_of_environment("env:*", one) != fingerprint_of_environment("env:*", {"A": "1"})


@pytest.mark.parametrize(
    "name", ["TERM", "SSH_TTY", "WINDOWID", "PWD", "SHLVL", "LAMINA_X", "PYTEST_XDIST_WORKER", "COLUMNS"]
)
def test_all_variables_are_not_those_of_a_window(name: str) -> None:
    assert fingerprint_of_environment("env:*", {"A": "1"}) == fingerprint_of_environment("env:*", {"A": "1", name: "2"})


def test_values_are_not_to_be_read_in_a_fingerprint() -> None:
    assert "secret" not in fingerprint_of_environment("env:TOKEN", {"TOKEN": "secret"})


def test_values_that_are_no_text_have_fingerprints() -> None:
    broken = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert fingerprint_of_environment("env:A", {"A": broken}) != fingerprint_of_environment("env:A", {"A": ""})
    assert fingerprint_of_environment("env:*", {"A": broken}) != fingerprint_of_environment("env:*", {"A": ""})


def test_values_with_line_ends_are_not_two_variables() -> None:
    assert fingerprint_of_environment("env:*", {"A": "1\nB=2"}) != fingerprint_of_environment(
        "env:*", {"A": "1", "B": "2"}
    )


def test_what_others_than_the_project_have_set(used: Use, make: Callable[[dict[str, str]], None]) -> None:
    make({"settings.py": "import os\nos.environ['OWN'] = '1'\ndef put(): os.environ['CALLED'] = '1'\n"})
    code = """
import os, sys
sys.path.insert(0, ".")
os.environ["GIVEN"] = "1"
import settings
settings.put()
del os.environ["COLOUR"]
print(sorted(inputs.given))
"""
    assert used(code, GIVEN).said == "['COLOUR', 'GIVEN']"
