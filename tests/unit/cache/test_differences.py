"""What is other in a module, bodies apart."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.cache.differences import Change, difference, module_keys, states
from lamina.tracing.blocks import analyse


@pytest.fixture
def between(kept: Any) -> Any:
    kept.write(app_py="", near_py="", package__inner_py="")
    (kept.root / "package" / "__init__.py").touch()

    def find(before: str, after: str, path: str = "app.py") -> Change:
        return difference(path, analyse(before.encode()), analyse(after.encode()), kept.present())

    return find


@pytest.mark.parametrize(
    ("before", "after", "names", "gone"),
    [
        ("A = 1\nB = 2\n", "A = 1\nB = 3\n", "B", ""),
        ("A = 1\n", "A = 1\nB = 2\n", "B", ""),
        ("A = 1\nB = 2\n", "A = 1\n", "B", "B"),
        ("A = 1\nA = 2\n", "A = 2\nA = 1\n", "A", ""),
        ("A = 1\nA = 2\n", "A = 2\n", "A", ""),
        ("def f(): return 1\n", "def f(): return 2\n", "", ""),
        (
            "def f(): 'one'\n",
            "def f(): 'two'\n",
            "__doc__ getdoc render_doc testmod run_docstring_examples DocTestFinder DocTestSuite",
            "",
        ),
        ("class A(own.B): x = 1\n", "class A(own.B): x = 2\n", "A B own x", ""),
        (
            "A = 1\ndef f(): pass\ndef _g(): pass\n",
            "__all__ = ['A']\nA = 1\ndef f(): pass\ndef _g(): pass\n",
            "A __all__ f",
            "",
        ),
        ("__all__ = ['A']\n", "__all__ = ['A', 'B']\n", "B __all__", ""),
    ],
)
def test_names(between: Any, before: str, after: str, names: str, gone: str) -> None:
    found = between(before, after)
    assert found.names | found.elsewhere | found.bases == set(names.split())
    assert found.gone == set(gone.split())


def test_calls_of_both_versions(between: Any) -> None:
    assert between("A = own.one()\n", "A = own.two()\n").calls == {"one", "two"}
    assert between("A = own.one()\n", "A = own.one()\n").calls == set()


def test_imports(between: Any) -> None:
    found = between("import near\n", "from package import inner\n")
    assert found.imports == ("package/__init__.py", "package/inner.py")
    assert found.dropped == ("near.py",)
    assert between("import near\n", "import near\nimport os\n").imports == ()
    assert between("", "from . import inner\n", "package/more.py").imports == (
        "package/__init__.py",
        "package/inner.py",
    )
    assert between("", "import app\n").imports == (), "itself"


@pytest.mark.parametrize(
    ("name", "importer", "expected"),
    [
        ("a", "x.py", ["a"]),
        ("a.b.c", "x.py", ["a", "a.b", "a.b.c"]),
        (".", "p/x.py", ["/p"]),
        (".a", "p/x.py", ["/p/a"]),
        (".a.b", "p/q/x.py", ["/p/q/a", "/p/q/a/b"]),
        ("..a", "p/q/x.py", ["/p/a"]),
        ("..", "p/q/x.py", ["/p"]),
        (".a", "x.py", ["/a"]),
        ("...a", "x.py", ["/a"]),
    ],
)
def test_keys_of_an_import(name: str, importer: str, expected: list[str]) -> None:
    assert module_keys(name, importer) == expected


def test_words(between: Any) -> None:
    assert between("A = 1\n", "A = 2\n").text() == "app.py: A changed"
    many = "".join(f"A{number} = {{}}\n" for number in range(5))
    assert between(many.format(*"11111"), many.format(*"22222")).text() == "app.py: A0, A1, A2, … changed"
    assert between("import near\n", "import near\nimport near.x\n").text() == "app.py: near changed"


def test_states_of_names_that_differ() -> None:
    before, after = analyse(b"A = 1\nA = 2\nB = 1\nC = 1\n"), analyse(b"A = 1\nB = 1\nD = 1\n")
    found = states(before, after)
    assert set(found) == {"A", "C", "D"}
    assert found["C"][1] == found["D"][0] == "missing"
    assert found["A"][0].split()[0] == found["A"][1]
