"""What is looked up in the sources as they are."""

from __future__ import annotations

import textwrap

import pytest

from lamina.cache.trees import Trees


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(p): g(p)", {"g"}),
        ("def f(p): p.q.g(1)", {"g"}),
        ("def f(p): return partial(p.g, h, key=p.k)", {"partial", "g", "k"}),
        ("def f(p): return p.g", {"g"}),
        ("def f(p): p.g = p.h", set()),
        ("def f(p): p.update(g())", {"g"}),
        ("def f(p): TABLE.update(p)", {"update"}),
        ("def f(p): TABLE.rows.update(p.g)", {"update", "g"}),
        ("def f(cls): cls.rows.append(1)", {"append"}),
        ("@d.e(1)\ndef f(): pass", {"e"}),
        ("def f():\n    def g(): h()\n    return g", {"h"}),
        ("class A:\n    def f(self): g()\n\ndef f(): h()", {"g", "h"}),
        ("class f:\n    def m(self): g()", set()),
        ("def f(:", set()),
    ],
)
def test_called(code: str, expected: set[str]) -> None:
    trees = Trees({"app.py": textwrap.dedent(code).encode()}.get)
    assert trees.called("app.py", "f", {"TABLE"}) == expected
    assert trees.called("other.py", "f", {"TABLE"}) == set()
