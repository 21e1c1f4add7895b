"""Code with probes does what it did without, and tells which bodies ran."""

from __future__ import annotations

import ast
import asyncio
import builtins
import textwrap
import traceback
import types
from collections.abc import Callable
from typing import Any

import pytest

from lamina.tracing.analysis import Body
from lamina.tracing.blocks import cut
from lamina.tracing.instrumenting import instrument
from lamina.tracing.probes import is_listed, list_name, probe_of
from lamina.tracing.recorder import File

Probed = Callable[[str], tuple[dict[str, Any], Callable[[], set[str]]]]


@pytest.fixture
def probed(builtins_as_before: None) -> Probed:
    """Executes a module with probes: its names, and what says which bodies ran since it was asked last."""
    made: list[str] = []

    def execute(text: str) -> tuple[dict[str, Any], Callable[[], set[str]]]:
        tree = ast.parse(textwrap.dedent(text))
        analysis, functions = cut(tree, text.encode())
        path = f"{len(made)}.py"
        made.append(path)
        instrument(tree, functions, list_name(path, "content"))
        ran: set[str] = set()

        def note(container: Any, key: Any, hit: int) -> None:
            container[key] = None
            ran.add(analysis.bodies[hit].name)

        file = File(0, path, "content", analysis)
        file.put(note, lambda elements, first, number: note(elements, number, first + number))

        def take() -> set[str]:
            found = set(ran)
            ran.clear()
            file.arm_all()
            return found

        names: dict[str, Any] = {"__name__": "probed"}
        exec(compile(tree, "probed.py", "exec"), names)
        return names, take

    return execute


def test_a_function_is_told_of_once_until_it_is_armed_again(probed: Probed) -> None:
    names, ran = probed("def f(): return 1\ndef g(): return 2\n")
    assert ran() == set()
    assert names["f"]() == names["f"]() == 1
    assert ran() == {"f"}
    assert ran() == set()
    names["f"]()
    assert ran() == {"f"}


@pytest.mark.parametrize(
    ("text", "use", "value", "expected"),
    [
        ("def f():\n    def g(): return 1\n    return g", "f()()", 1, {"f"}),
        ("def f(): return lambda x: x + 1", "f()(1)", 2, {"f"}),
        ("def f(): return [lambda: None][0]", "f()()", None, {"f"}),
        ("def f(): return [x for x in range(3) if x]", "f()", [1, 2], {"f"}),
        ("class A:\n    def f(self): return 1", "A().f()", 1, {"A.f"}),
        ("class A:\n    def __f(self): return 1\n    def g(self): return self.__f()", "A().g()", 1, {"A.__f", "A.g"}),
        ("class __A:\n    class __B:\n        def __f(self): return 1", "__A._A__B()._B__f()", 1, {"__A.__B.__f"}),
        ("class A:\n    @property\n    def f(self): return 1", "A().f", 1, {"A.f"}),
        ("class A:\n    @staticmethod\n    def f(): return 1", "A.f()", 1, {"A.f"}),
        ("class A:\n    def __init_subclass__(cls): cls.x = 1\nclass B(A): pass", "B.x", 1, {"A.__init_subclass__"}),
        ("if True:\n    def f(): return 1", "f()", 1, {"f"}),
        ("def f(): return 1\ndef f(): return 2", "f()", 2, {"f#2"}),
        ("def f():\n    global x\n    x = 1", "f()", None, {"f"}),
        (
            "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n    g()\n    return x",
            "f()",
            2,
            {"f"},
        ),
        ("def f(*a, b=1, **c): return a, b, c", "f(1, b=2, d=3)", ((1,), 2, {"d": 3}), {"f"}),
        ("def f(): 'only a docstring'", "f()", None, {"f"}),
        ("def f():\n    'doc'\n    return f.__doc__", "f()", "doc", {"f"}),
        ("def f(): return f.__doc__", "f()", None, {"f"}),
        ("def f(): ...", "f()", None, {"f"}),
        ("def f(): ...\ndef test_f():\n    def g(): return 1\n    return g", "test_f()()", 1, {"test_f"}),
        (
            "class A:\n    def test_f(self): return [lambda: 1][0]\n    def f(self): ...",
            "A().test_f()()",
            1,
            {"A.test_f"},
        ),
    ],
)
def test_what_runs(probed: Probed, text: str, use: str, value: object, expected: set[str]) -> None:
    names, ran = probed(text)
    found = eval(use, names)
    assert found == value
    assert ran() == expected


def test_a_nested_function_that_outlives_the_call(probed: Probed) -> None:
    names, ran = probed("def f():\n    def g(): return 1\n    return g\ndef h():\n    return lambda: 1\n")
    g, h = names["f"](), names["h"]()
    assert ran() == {"f", "h"}
    assert (g(), h()) == (1, 1)
    assert ran() == {"f", "h"}


def test_generators_run_when_they_are_asked_for_the_first_value(probed: Probed) -> None:
    names, ran = probed("def f():\n    yield 1\n    yield 2\n")
    values = names["f"]()
    assert ran() == set()
    assert next(values) == 1
    assert ran() == {"f"}
    assert list(values) == [2]


def test_coroutines(probed: Probed) -> None:
    names, ran = probed(
        "async def f(): return 1\nasync def g():\n    yield await f()\nasync def h(): return [x async for x in g()]\n"
    )
    assert asyncio.run(names["h"]()) == [1]
    assert ran() == {"f", "g", "h"}


def test_a_function_with_other_globals_tells_as_well(probed: Probed) -> None:
    names, ran = probed("def f(): return x\n")
    other = types.FunctionType(names["f"].__code__, {"x": 5})
    assert other() == 5
    assert ran() == {"f"}


def test_names_are_as_without(probed: Probed) -> None:
    names, _ = probed("def f(a):\n    b = 1\n    return sorted(locals())\nclass A:\n    x = 1\n    def g(self): pass\n")
    assert names["f"](1) == ["a", "b"]
    assert [name for name in names if "lamina" in name] == []
    assert [name for name in vars(names["A"]) if "lamina" in name] == []
    assert names["f"].__code__.co_varnames == ("a", "b")


def test_lines_in_tracebacks(probed: Probed) -> None:
    names, _ = probed("def f():\n    '''doc'''\n\n    return 1 / 0\n")
    with pytest.raises(ZeroDivisionError) as caught:
        names["f"]()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 4
    lines = {line for _, _, line in names["f"].__code__.co_lines() if line}
    assert lines <= {1, 4}, "no line of its own, for coverage"


def test_future_imports_stay_first(probed: Probed) -> None:
    names, _ = probed("'''doc'''\nfrom __future__ import annotations\ndef f(x: Unknown): return 1\n")
    assert names["f"](1) == 1
    assert names["f"].__annotations__ == {"x": "Unknown"}


def test_list_names_differ_by_path_and_content_and_are_not_mangled() -> None:
    assert len({list_name("a.py", "1"), list_name("b.py", "1"), list_name("a.py", "2")}) == 3
    assert list_name("\udc80.py", "1").isidentifier()
    assert list_name("a.py", "1").endswith("__")


def test_bodies_have_names_of_their_own_that_are_not_mangled() -> None:
    module = list_name("a.py", "1")
    first, other = (probe_of(module, number, "area").name for number in (1, 11))
    assert len({module, first, other}) == 3
    assert first.endswith("__")


@pytest.mark.parametrize(
    ("name", "listed"),
    [("test_a", True), ("TestA.test_b#2", True), ("testing", True), ("TestA.helper", False), ("latest", False)],
)
def test_only_tests_share_a_list(name: str, listed: bool) -> None:
    function = Body(name, "", (), ()).simple_name
    assert is_listed(function) is listed
    assert probe_of("__lamina_1__", 3, function).is_listed is listed


def test_a_test_and_what_it_calls_note_themselves_once_each(probed: Probed) -> None:
    names, take = probed(
        """
        class Shape:
            def area(self): return sum(map(lambda side: side, (1, 2)))
        def test_area():
            assert Shape().area() == 3
        """
    )
    for _ in range(2):
        names["test_area"]()
        assert take() == {"test_area", "Shape.area"}
    before = {name: value for name, value in vars(builtins).items() if name.startswith("__lamina_")}
    names["test_area"]()
    after = {name: value for name, value in vars(builtins).items() if name in before}
    changed = {name for name in before if before[name] is not after[name]}
    assert [after[name] for name in changed] == [None], "the one that is no test has a variable"
