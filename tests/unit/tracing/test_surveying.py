"""What a function does with names, as far as that takes all places where it has them."""

from __future__ import annotations

import ast

import pytest

from lamina.tracing.recalling import Function
from lamina.tracing.surveying import Survey, of_libraries, survey

OUTSIDE = frozenset({"json", "len", "getattr"})


def surveyed(text: str, is_method: bool = False) -> Survey:
    """Of the first function there."""
    function = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, Function))
    return survey(function, is_method, OUTSIDE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x): return isinstance(x, A)", {"A"}),
        ("def f(x): return isinstance(x, (A, m.B))", {"A", "B", "m"}),
        ("def f(x): return isinstance(x, A) and A()", set()),
        ("def f(x): return o.isinstance(x, A)", set()),
        ("def f(x):\n    try: g()\n    except A: pass", {"A"}),
        ("def f(x):\n    match x:\n        case A(): pass", {"A"}),
        ("def f(x: A) -> B:\n    y: C = g()", {"A", "B", "C"}),
        ("def __getattr__(name): return A", {"A"}),
        ("def __getattr__(name): return A()", set()),
        ("def f(): return A", set()),
        ("def f(x: 'A') -> 'm.B': pass", {"A", "B", "m"}),
        ("def f(x: 'A'): return g('A')", set()),
        ("def f(x): return x == 'A' or x in {'B', 'C'}", {"A", "B", "C"}),
        ("def f(x): return x == 'A' and g('A')", set()),
        ("def f(x): return x == g('A')", set()),
    ],
)
def test_classes_that_are_only_asked_about(text: str, expected: set[str]) -> None:
    assert surveyed(text).asked == expected


def test_a_method_named_getattr_gives_what_it_gives() -> None:
    assert surveyed("def __getattr__(self, name): return A", is_method=True).asked == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(): return json.loads(a.b)", {"json", "loads"}),
        ("def f(): return json.a.b", {"json", "a", "b"}),
        ("def f(): return json.loads(x).name", {"json", "loads"}),
        ("def f(): return json.loads(x.loads)", {"json"}),
        ("def f(json): return json.loads()", set()),
        ("def f():\n    from own import json\n    return json.loads()", set()),
        ("def f():\n    def json(): pass\n    return json.loads()", set()),
        ("def f():\n    for json in g(): json.loads()", set()),
        ("def f(x): return len(x)", {"len"}),
        ("def f(x): return json.loads(x, key=1)", {"json", "loads", "key"}),
        ("def f(x): return json.loads(x, key=x.key)", {"json", "loads"}),
        ("def f(x): return json.partial(x, key=1)", {"json", "partial"}),
        ("def f(x): return g(x, key=1)", set()),
        ("def f(x): return json.loads(x, 'own.loads')", {"json"}),
        ("def f(x): return json.loads(x, 'what it loads')", {"json", "loads"}),
        # Names are made up by it.
        ("def f(x): return getattr(x, y)", set()),
    ],
)
def test_names_of_the_standard_library(text: str, expected: set[str]) -> None:
    assert surveyed(text).of_libraries == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("json.loads(a.b)", {"json", "loads"}),
        ("json.loads(a.loads)", {"json"}),
        ("own.loads(x)", set()),
        ("[json.loads(x) for x in y]", {"json", "loads"}),
        ("[json.loads() for json in y]", set()),
        ("lambda json: json.loads()", set()),
        ("getattr(json, name)", {"json"}),
        ("json.loads(x, key=y)", {"json", "loads", "key"}),
        ("json.loads(x, key=y.key)", {"json", "loads"}),
        ("g(x, key=y)", set()),
        ("[json.loads, 'loads']", {"json"}),
    ],
)
def test_names_of_the_standard_library_in_a_value(value: str, expected: set[str]) -> None:
    assert of_libraries(ast.parse(value, mode="eval"), OUTSIDE) == expected


def test_no_value_has_no_names() -> None:
    assert of_libraries(None, OUTSIDE) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(self): self.get = lru_cache(64)(self._get)", {"_get"}),
        ("def f(): return functools.cache(g)", {"g"}),
        ("def f(): return defaultdict(g)", {"g"}),
        ("def f(): return lru_cache(maxsize=64)", set()),
        ("def f(): return h(g)", set()),
    ],
)
def test_functions_that_a_cache_is_put_around(text: str, expected: set[str]) -> None:
    assert surveyed(text).wrapped == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(make): return make()", True),
        ("def f(make): return make", False),
        ("def f(make): return g(make)", False),
        ("def f(cls): return cls()", False),
    ],
)
def test_whether_it_calls_what_it_is_given(text: str, expected: bool) -> None:
    assert surveyed(text).calls_given is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(self): return type(self)()", True),
        ("def f(self): return self.__class__()", True),
        ("def f(self): return self.copy()", True),
        ("def f(self): return super().copy()", True),
        ("def f(self): return replace(self, x=1)", True),
        ("def f(cls): return cls()", True),
        ("def f(self): return self.names.copy()", False),
        ("def f(self, text): return text.replace('a', 'b')", False),
    ],
)
def test_whether_it_makes_objects_of_its_class(text: str, expected: bool) -> None:
    assert surveyed(text, is_method=True).makes_own is expected
