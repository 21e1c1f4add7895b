"""Bodies that earlier tests may have spared a later one."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from lamina.tracing.analysis import Analysis
from lamina.tracing.blocks import analyse
from lamina.workers.memory import Memory

CACHED = """
    from functools import cache

    def deep(): return 1

    @cache
    def kept(): return deep()

    def plain(): return deep()
    """


def hidden(module: str, ran: str, test: str) -> set[str]:
    """Of the bodies `ran` for an earlier test, those that count for a later one, which ran only itself."""
    memory, known = Memory(), _analysis(module)
    memory.knows(known)
    names = {body.name: number for number, body in enumerate(known.bodies)}
    memory.learn(
        [(("app.py", names[name]), known.bodies[names[name]]) for name in ran.split()], frozenset({"file:data"})
    )
    (body,) = _analysis(test).bodies
    found, _ = memory.hidden([(("test.py", 0), body)], frozenset())
    return {known.bodies[number].name for _, number in found}


def _analysis(text: str) -> Analysis:
    return analyse(textwrap.dedent(text).encode())


def test_a_function_whose_result_is_kept() -> None:
    assert hidden(CACHED, "deep kept", "def test_a(): kept()") == {"deep", "kept"}


def test_a_result_that_is_kept_twice() -> None:
    module = """
        def deep(): return 1
        KEPT = {}
        @lru_cache
        def kept(key):
            if key not in KEPT:
                KEPT[key] = deep()
            return KEPT[key]
        """
    assert hidden(module, "deep kept", "def test_a(): kept(1)") == {"deep", "kept"}


def test_only_what_ran() -> None:
    assert hidden(CACHED, "deep", "def test_a(): kept()") == set()


def test_a_function_whose_result_is_not_kept() -> None:
    assert hidden(CACHED, "deep kept plain", "def test_a(): plain()") == set()


@pytest.mark.parametrize(
    ("definition", "call"),
    [
        ("TABLE = {'a': kept}", "TABLE['a']()"),
        ("quick = kept", "quick()"),
        ("TABLE = [kept]\nOTHER = TABLE", "OTHER[0]()"),
        ("from app import kept as quick", "quick()"),
    ],
)
def test_a_kept_result_behind_another_name(definition: str, call: str) -> None:
    module = textwrap.dedent(CACHED) + definition
    assert hidden(module, "deep kept", f"def test_a(): {call}") == {"deep", "kept"}


def test_a_result_that_is_kept_in_a_table_of_its_own() -> None:
    module = """
        KEPT = {}
        STEPS = [deep]
        def deep(): return 1
        def kept(key):
            if key not in KEPT:
                KEPT[key] = STEPS[0]()
            return KEPT[key]
        """
    memory, known = Memory(), _analysis(module)
    memory.knows(known)
    deep, kept = known.bodies
    memory.learn([(("app.py", 0), deep), (("app.py", 1), kept)], frozenset())
    assert ("app.py", 0) in memory.hidden([(("app.py", 1), kept)], frozenset())[0]


STREAM = """
    def deep(): return 1

    def stream():
        yield deep()
        yield deep()
    """


@pytest.mark.parametrize(
    ("own", "lasting", "fixtures", "expected"),
    [
        (False, {"stream"}, (), {"deep", "stream"}),
        (False, {"other"}, (), set()),  # there is none that could be in the middle
        (True, {"stream"}, (), set()),  # the test has begun one itself
        (True, {"stream"}, (("app.py", 1),), {"deep", "stream"}),  # a fixture may have, for an earlier test
    ],
)
def test_a_generator_that_another_test_left_in_the_middle(
    own: bool, lasting: set[str], fixtures: Any, expected: set[str]
) -> None:
    memory, known = Memory(), _analysis(STREAM)
    memory.knows(known)
    memory.learn([(("app.py", number), one) for number, one in enumerate(known.bodies)], frozenset())
    (test,) = _analysis("def test_a(): next(stream())").bodies
    ran = [(("test.py", 0), test), *([(("app.py", 1), known.bodies[1])] if own else [])]
    hidden, _ = memory.hidden(ran, frozenset(lasting), fixtures)
    assert {known.bodies[number].name for _, number in hidden} == expected


def test_a_method_leads_to_what_it_uses_and_not_to_all_of_its_class() -> None:
    module = """
        class A:
            def __init__(self): far()
            def __enter__(self): far()
            @cache
            def kept(self): return self.near()
            def near(self): return 1
            @cache
            def other(self): return type(self)()
        def far(): return 1
        """
    ran = "A.__init__ A.__enter__ A.kept A.near A.other far"
    assert hidden(module, ran, "def test_a(a): a.kept()") == {"A.kept", "A.near"}
    assert hidden(module, ran, "def test_a(a): a.other()") == {"A.other", "A.__init__", "A.__enter__", "far"}


def test_the_name_of_a_special_method_leads_to_those_of_named_classes_only() -> None:
    module = """
        class A:
            def __init__(self): far()
        class B:
            def __init__(self): near()
        def far(): return 1
        def near(): return 1
        @cache
        def kept(): return "__init__", B.__init__(B)
        """
    ran = "A.__init__ B.__init__ far near kept"
    assert hidden(module, ran, "def test_a(): kept()") == {"B.__init__", "near", "kept"}


def test_what_was_read_by_the_test_that_ran_it() -> None:
    memory, known = Memory(), _analysis(CACHED)
    memory.learn([(("app.py", 0), known.bodies[0])], frozenset({"file:data"}))
    assert memory.inputs(("app.py", 0)) == {"file:data"}
    assert memory.inputs(("app.py", 1)) == set()


def test_what_a_function_read_before_it_kept_the_result() -> None:
    known = _analysis(
        """
        _rate = None

        def rate():
            global _rate
            if _rate is None:
                _rate = open("data").read()
            return _rate
        """
    )
    memory, place = Memory(), ("app.py", 0)
    memory.knows(known)
    memory.learn([(place, known.bodies[0])], frozenset({"file:data"}))
    # Also for a later test which runs it itself, where it no longer reads anything.
    assert memory.hidden([(place, known.bodies[0])], frozenset())[0] == {place}
    assert memory.inputs(place) == {"file:data"}


def test_a_bare_name_leads_to_no_method() -> None:
    module = """
        class Many:
            def list(self): return far()
        def far(): return 1
        @cache
        def kept(): return list(near())
        def near(): return ()
        @cache
        def other(many): return many.list()
        """
    ran = "Many.list far kept near other"
    assert hidden(module, ran, "def test_a(): kept()") == {"kept", "near"}
    assert hidden(module, ran, "def test_a(): other(1)") == {"other", "Many.list", "far"}


def test_an_object_in_a_table_is_not_made_again() -> None:
    module = """
        class Maker:
            def __init__(self): far()
            def __call__(self): return near()
        def far(): return 1
        def near(): return 1
        TABLE = [Maker()]
        OTHERS = [Maker]
        @cache
        def kept(): return TABLE[0]()
        @cache
        def other(): return OTHERS[0]()
        """
    ran = "Maker.__init__ Maker.__call__ far near kept other"
    assert hidden(module, ran, "def test_a(): kept()") == {"kept", "Maker.__call__", "near"}
    assert hidden(module, ran, "def test_a(): other()") == {"other", "Maker.__call__", "Maker.__init__", "near", "far"}


def test_only_what_ran_for_the_one_that_keeps_it() -> None:
    memory, known = Memory(), _analysis(CACHED)
    memory.knows(known)
    deep, kept, plain = (("app.py", number) for number in range(3))
    memory.learn([(kept, known.bodies[1])], frozenset())
    memory.learn([(plain, known.bodies[2]), (deep, known.bodies[0])], frozenset())
    (test,) = _analysis("def test_a(): kept()").bodies
    assert memory.hidden([(("test.py", 0), test)], frozenset())[0] == {kept}


def test_what_was_spared_to_the_one_that_keeps_it() -> None:
    known = _analysis("@cache\ndef first(): return deep()\ndef deep(): pass\n@cache\ndef second(): return first()\n")
    memory = Memory()
    memory.knows(known)
    first, deep, second = (("app.py", number) for number in range(3))
    memory.learn([(first, known.bodies[0]), (deep, known.bodies[1])], frozenset())
    # The test that ran `second` had the result of `first` from before.
    spared, answers = memory.hidden([(second, known.bodies[2])], frozenset())
    assert spared == {first, deep}
    memory.learn([(second, known.bodies[2])], frozenset(), answers)
    (test,) = _analysis("def test_a(): second()").bodies
    assert memory.hidden([(("test.py", 0), test)], frozenset())[0] == {first, deep, second}


def test_what_a_base_class_does() -> None:
    module = """
        class Base:
            def __init__(self): far()
        class Part(Base): pass
        def far(): return 1
        @cache
        def kept(): return Part()
        """
    assert hidden(module, "Base.__init__ far kept", "def test_a(): kept()") == {"Base.__init__", "far", "kept"}


def test_what_another_function_keeps() -> None:
    known = _analysis(
        """
        TABLE = {}
        def deep(): return 1
        def fill(): TABLE["a"] = deep()
        def get():
            if "a" not in TABLE:
                fill()
            return TABLE["a"]
        def put(): TABLE["b"] = deep()
        """
    )
    memory, places = Memory(), [("app.py", number) for number in range(4)]
    memory.knows(known)
    memory.learn(zip(places[:3], known.bodies, strict=False), frozenset())
    assert memory.hidden([(places[2], known.bodies[2])], frozenset())[0] == set(places[:3])
    memory.learn([(places[0], known.bodies[0]), (places[3], known.bodies[3])], frozenset())
    assert memory.hidden([(places[3], known.bodies[3])], frozenset())[0] == set(), "it does the same each time"


def test_what_was_imported_on_the_way() -> None:
    known = _analysis("@cache\ndef kept():\n    import other\n    return other.X\ndef value(): return 1\n")
    memory, places = Memory(), [("app.py", 0), ("other.py", 1)]
    memory.knows(known)
    memory.learn([(places[0], known.bodies[0])], frozenset(), (), [(places[1], known.bodies[1])])
    (test,) = _analysis("def test_a(): kept()").bodies
    assert memory.hidden([(("test.py", 0), test)], frozenset())[0] == set(places)


def test_a_name_that_was_made_up() -> None:
    known = _analysis("@cache\ndef kept(): return getattr(app, 'de' + 'ep')()\ndef deep(): return 1\n")
    memory, places = Memory(), [("app.py", 0), ("app.py", 1)]
    memory.knows(known)
    memory.learn(zip(places, known.bodies, strict=True), frozenset({"mention:deep"}))
    (test,) = _analysis("def test_a(): kept()").bodies
    assert memory.hidden([(("test.py", 0), test)], frozenset())[0] == set(places)


def test_one_that_keeps_something_had_the_answer_of_another() -> None:
    known = _analysis(
        """
        KEPT = {}
        def deep(): return 1
        @cache
        def inner(): return deep()
        def outer(key):
            if key not in KEPT:
                KEPT[key] = inner()
            return KEPT[key]
        """
    )
    memory, places = Memory(), [("app.py", number) for number in range(3)]
    memory.knows(known)
    memory.learn(zip(places[:2], known.bodies, strict=False), frozenset())
    memory.learn([(places[2], known.bodies[2])], frozenset())
    assert memory.hidden([(places[2], known.bodies[2])], frozenset())[0] == set(places)


def test_a_decorator_that_is_known_to_call() -> None:
    module = """
        def deep(): return 1
        @receiver(saved)
        def kept(): return deep()
        """
    own = """
        KEPT = {}
        def receiver(function):
            def answer():
                if function not in KEPT:
                    KEPT[function] = function()
                return KEPT[function]
            return answer
        """
    assert hidden(module, "deep kept", "def test_a(): kept()") == set()
    assert hidden(own + module, "receiver deep kept", "def test_a(): kept()") == {"deep", "kept"}
