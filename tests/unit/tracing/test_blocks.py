"""What a change to a module touches: bodies by name, definitions by name, effects."""

from __future__ import annotations

import textwrap

import pytest

from lamina.tracing.analysis import COMPUTED_EXPORTS, GENERATOR, HEARS, LISTED, Analysis, Body, Definition
from lamina.tracing.blocks import analyse
from lamina.tracing.reading import ANY


def cut(text: str) -> Analysis:
    return analyse(textwrap.dedent(text).encode())


def touched(before: str, after: str) -> set[str]:
    """What differs, without the mentions."""
    old, new = _parts(cut(before)), _parts(cut(after))
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def _parts(analysis: Analysis) -> dict[str, object]:
    parts: dict[str, object] = {f"body {body.name}": body.fingerprint for body in analysis.bodies}
    for one in analysis.definitions:
        parts[one.name] = (parts.get(one.name), one.fingerprint, one.doc)
    return {**parts, "effects": analysis.effects, "docs": analysis.docs, "imports": analysis.imports}


def body(text: str, name: str) -> Body:
    (found,) = [body for body in cut(text).bodies if body.name == name]
    return found


def definition(text: str, name: str) -> Definition:
    (found,) = [one for one in cut(text).definitions if one.name == name]
    return found


MODULE = """
    import os
    from .near import thing

    LIMIT = 3

    def area(width, height=2):
        return width * height

    class Shape(Base):
        sides = 4

        def corners(self):
            return self.sides
    """


@pytest.mark.parametrize(
    "after",
    [
        MODULE.replace("LIMIT", "# why\n    LIMIT"),
        MODULE.replace("return width * height", "return (width\n            * height)  # why"),
        MODULE.replace("\n\n", "\n\n\n\n"),
        MODULE.replace("\n    LIMIT = 3\n", "") + "\n    LIMIT = 3\n",
        MODULE.replace("LIMIT = 3", "pass\n    ...\n    LIMIT = 3"),
    ],
)
def test_what_touches_nothing(after: str) -> None:
    assert after != MODULE
    assert touched(MODULE, after) == set()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("width * height", "width + height", {"body area"}),
        ("LIMIT = 3", "LIMIT = 3.0", {"LIMIT"}),
        ("LIMIT = 3", "LIMIT: int = 3", {"LIMIT"}),
        ("LIMIT = 3", "LIMIT += 3", {"LIMIT"}),
        ("LIMIT = 3", "LIMIT = '3'", {"LIMIT"}),
        ("height=2", "height=3", {"area"}),
        ("width, height=2", "width, *, height=2", {"area"}),
        ("width, height=2", "width, /, height=2", {"area"}),
        ("(width, height=2)", "(width, height=2) -> int", {"area"}),
        ("def area", "async def area", {"area"}),
        ("def area", "@property\n    def area", {"area"}),
        ("sides = 4", "sides = 5", {"sides", "Shape"}),
        ("Shape(Base)", "Shape(Other)", {"Shape"}),
        ("Shape(Base)", "Shape(Base, metaclass=Meta)", {"Shape"}),
        ("return self.sides", "return 4", {"body Shape.corners"}),
        ("def corners(self)", "def corners(self, more=1)", {"corners"}),
        ("import os", "import os.path", {"os", "imports"}),
        ("import os", "import os as system", {"os", "system"}),
        (".near", "..near", {"thing", "imports"}),
        ("import thing", "import thing as other", {"thing", "other"}),
        ("LIMIT = 3", "LIMIT = 3\n    start()", {"effects"}),
        ("LIMIT = 3", "LIMIT = 3\n    items[0] = 1", {"effects"}),
        ("LIMIT = 3", "LIMIT = 3\n    del LIMIT", {"effects"}),
        ("def area", "def added(): pass\n\n    def area", {"added", "body added"}),
        ("    LIMIT = 3\n", "", {"LIMIT"}),
        ("return width", "'''What it is.'''\n        return width", {"docs"}),
        ("sides = 4", "'''What it is.'''\n        sides = 4", {"docs", "Shape"}),
    ],
)
def test_what_a_change_touches(old: str, new: str, expected: set[str]) -> None:
    assert old in MODULE
    assert touched(MODULE, MODULE.replace(old, new)) == expected


def test_docstrings_count_for_definitions_only_where_what_makes_them_may_read_them() -> None:
    text = "def f():\n    'doc'\n"
    plain = "class A:\n    'doc'\n"
    assert touched(text, text.replace("doc", "other")) == {"docs"}
    assert touched(f"@cli\n{text}", f"@cli\n{text}".replace("doc", "other")) == {"docs", "f"}
    assert touched(f"@cache\n{text}", f"@cache\n{text}".replace("doc", "other")) == {"docs"}
    assert touched(plain, plain.replace("doc", "other")) == {"docs"}
    assert touched(plain.replace("A", "A(Base)"), plain.replace("A", "A(Base)").replace("doc", "other")) == {
        "docs",
        "A",
    }


def test_a_docstring_that_another_function_has_now() -> None:
    text = "def f():\n    {}\n    return 1\ndef g():\n    {}\n    return 2\n"
    assert touched(text.format("'doc'", "pass"), text.format("pass", "'doc'")) >= {"docs"}
    assert touched("def f(): return 1\n", "def f(): return 1\ndef g(): return 2\n") == {"g", "body g"}


def test_order_of_functions_and_methods_touches_nothing() -> None:
    one, two = "def f(): return 1\n", "def g(): return 2\n"
    assert touched(one + two, two + one) == set()
    methods = "class A:\n    {}    {}"
    assert touched(methods.format(one, two), methods.format(two, one)) == set()


def test_the_later_of_two_functions_of_a_name_is_another_one() -> None:
    assert [found.name for found in cut("def f(): return 1\ndef f(): return 2\n").bodies] == ["f", "f#2"]
    assert touched("def f(): return 1\ndef f(): return 2\n", "def f(): return 1\ndef f(): return 3\n") == {"body f#2"}


# -- classes ---------------------------------------------------------------------------------------------------------------


def test_members_belong_to_the_header() -> None:
    text = "class A:\n    def f(self): pass\n"
    assert {"A", "g", "body A.g"} <= touched(text, text + "    def g(self): pass\n")
    assert {"A", "x"} <= touched(text, text + "    x = 1\n")
    assert {"A", "B"} <= touched(text, text + "    class B: pass\n")


@pytest.mark.parametrize(
    ("header", "name", "is_member"),
    [
        ("class A:", "_inner", False),
        ("class A:", "inner", True),
        ("class A:", "_repr_html_", True),
        ("class A:", "_asdict", True),
        ("class A(Base):", "_inner", True),
        ("class A(metaclass=Meta):", "_inner", True),
        ("@made\nclass A:", "_inner", True),
    ],
)
def test_a_private_method_of_a_plain_class_concerns_those_who_mention_it(
    header: str, name: str, is_member: bool
) -> None:
    text = f"{header}\n    def f(self): pass\n"
    added = touched(text, f"{text}    def {name}(self): pass\n")
    assert added == {name, f"body A.{name}"} | ({"A"} if is_member else set())


def test_a_test_method_is_no_member() -> None:
    text = "class TestA:\n    def test_f(self): pass\n"
    found = touched(text, text + "    def test_g(self): pass\n")
    assert "TestA" not in found
    assert "test_g" in found
    assert "TestA" in touched(text, text + "    def setup_method(self): pass\n")


def test_headers_of_special_methods_belong_to_the_class() -> None:
    text = "class A:\n    def {}(self, a=1): return a\n"
    special, plain = text.format("__call__"), text.format("call")
    assert touched(special, special.replace("a=1", "a=2")) == {"A"}
    assert touched(plain, plain.replace("a=1", "a=2")) == {"call"}


def test_inner_classes() -> None:
    text = "class A:\n    class B:\n        x = 1\n        def f(self): return 1\n"
    assert [found.name for found in cut(text).bodies] == ["A.B.f"]
    assert definition(text, "B").also == ("A",)
    assert touched(text, text.replace("x = 1", "x = 2")) == {"x", "B"}


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("from own import Base\nclass A(Base): pass\n", ("Base",)),
        ("import own\nclass A(own.Base, make(1)): pass\n", ("Base", "make")),
        ("from enum import Enum\nclass A(Enum): pass\n", ()),
        ("class A(ValueError): pass\n", ()),
        ("@dataclass\nclass A: pass\n", ()),
        ("@register\nclass A: pass\n", (HEARS,)),
        ("class A(metaclass=Meta): pass\n", (HEARS,)),
        ("from abc import ABCMeta\nclass A(metaclass=ABCMeta): pass\n", ()),
        ("class A:\n    def __init_subclass__(cls): pass\n", (HEARS,)),
        ("class A:\n    if x:\n        def __init_subclass__(cls): pass\n", (HEARS,)),
        ("class A:\n    __init_subclass__ = note\n", (HEARS,)),
        ("class A:\n    class B:\n        def __init_subclass__(cls): pass\n", ()),
    ],
)
def test_what_a_class_is_based_on(text: str, bases: tuple[str, ...]) -> None:
    assert definition(text, "A").bases == bases
    assert definition(text, "A").also == ()


def test_only_classes_have_bases() -> None:
    text = "A = 1\ndef f(): pass\nclass B:\n    C = 2\n    def g(self): pass\n"
    assert [definition(text, name).bases for name in ("A", "f", "C", "g")] == [None] * 4


def test_statements_of_a_class_that_are_no_definitions() -> None:
    text = "class A:\n    register(1)\n"
    assert touched(text, text.replace("1", "2")) == {"A", "effects"}
    assert "register" in cut(text).effect_mentions


# -- mentions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return a", "a"),
        ("return a.b.c", "a b c"),
        ("return a(b=c)", "a b c"),
        ("x = a\n    return x", "a"),
        ("return p + q + r + s + t", ""),
        ("return [x for x in xs if x != y]", "xs y"),
        ("return {x: z for x in xs for z in x}", "xs"),
        ("return [x for x in x]", "x"),
        ("return lambda x: x + y", "y"),
        ("def inner(x): return x + y\n    return inner", "y"),
        ("def inner(): return x\n    x = 1\n    return inner", ""),
        ("def inner(): x = 1\n    return inner, x", "x"),
        ("def inner(x=y): return x", "y"),
        ("global x\n    x = 1", "x"),
        ("x = 1\n    def inner():\n        nonlocal x\n        x = 2", ""),
        ("class A(B):\n        x = y\n    return A", "B x y"),
        ("with a as x: return x", "a"),
        ("for x, *y in z: return x, y", "z"),
        ("try: pass\n    except E as x: return x", "E"),
        ("if (x := y): return x", "y"),
        ("match a:\n        case B(c=x): return x\n        case [*w]: return w", "a B c"),
        ("match a:\n        case {'k': 1, **rest}: return rest", "a k"),
        ("return 'name', 'a.b', 'no name', 'a..b', f'{x}y'", "name a b x y"),
        ("return f'{x}.y', 'a.b:c', 'd:', '.'", "a b c d x y"),
        ("import a.b as x\n    return x", "a b"),
        ("from .a import b as x\n    return x", "a b"),
        ("return getattr(p, 'x')", "getattr x"),
        ("return hasattr(p, 'x')", "hasattr x"),
        ("del x\n    return x", ""),
        ("x: y = 1", ""),
        ("p.x: y = z", "x z"),
        ("class A:\n        x: y = 1\n    return A", "x y"),
        ("@a\n    def inner(): pass", "a"),
    ],
)  # fmt: skip
def test_mentions(code: str, expected: str) -> None:
    found = body(f"def f(p, /, q, *r, s, **t):\n    {code}\n", "f")
    assert set(found.mentions) - {"f", ""} == set(expected.split())


@pytest.mark.parametrize(
    "code",
    [
        "getattr(p, q)", "getattr(p, 'a' + q)", "hasattr(p, q)", "delattr(p, q)", "map(getattr, p)", "globals()", "vars(p)",
        "eval(p)", "exec(p)", "locals()", "dir(p)", "inspect.getmembers(p)", "p.__dict__", "attrgetter(q)", "__import__(q)",
        "request.getfixturevalue(q)", "A.__subclasses__()", "sys._getframe().f_globals", "builtins.eval(p)",
    ],
)  # fmt: skip
def test_names_that_are_made_up(code: str) -> None:
    assert ANY in body(f"def f(p, q):\n    return {code}\n", "f").mentions
    assert ANY not in body("def f(p, q):\n    return getattr(p, 'x'), p.get(q)\n", "f").mentions
    assert ANY not in body("def f(p, q):\n    setattr(p, q, 1)\n", "f").mentions
    assert ANY not in body("class A:\n    def f(self, q): return self.__dict__[q]\n", "A.f").mentions


def test_setting_a_docstring_reads_none() -> None:
    assert "__doc__" not in body("def f(p): p.__doc__ = 'text'\n", "f").mentions
    assert "name" in body("def f(p): p.name = 'text'\n", "f").mentions  # it may be a property
    for code in ("p.__doc__ += 'text'", "return p.__doc__", "p.__doc__ = q.__doc__ + 'text'", "p.text = q.__doc__"):
        assert "__doc__" in body(f"def f(p, q): {code}\n", "f").mentions


def test_handing_a_docstring_on_reads_none_and_reading_what_keeps_it_does() -> None:
    for code in ("p.__doc__ = q.__doc__", "p.a.__doc__ = p.b.__doc__ = q[0].__doc__", "p._text = q.__doc__"):
        assert "__doc__" not in body(f"def f(p, q): {code}\n", "f").mentions
    keeping = "class A:\n    def text(self): return self._text\n    def __init__(self, f): self._text = {}\n"
    assert "__doc__" in body(keeping.format("f.__doc__"), "A.text").mentions
    assert "__doc__" not in body(keeping.format("f.__name__"), "A.text").mentions
    assert "_text" in body(keeping.format("f.__doc__"), "A.__init__").mentions  # it may be a property
    assert cut(keeping.format("f.__doc__")).keeping_docs == ("_text",)


def test_who_gives_a_docstring_to_those_that_ask_for_it_reads_none() -> None:
    text = """
        class A:
            def __init__(self, f): self._text = f.__doc__
            @property
            def __doc__(self): return self._made() + self._text
            def _made(self): return self._text
            def shown(self): return self._text
            def _shown(self): return self._text
        """
    mentioning = [one.name for one in cut(text).bodies if "__doc__" in one.mentions]
    assert mentioning == ["A.shown", "A._shown"]


def test_a_body_mentions_itself_and_its_class() -> None:
    assert body("class A:\n    def f(self): pass\n", "A.f").mentions == ("A", "f")


@pytest.mark.parametrize(
    ("method", "used"),
    [
        ("def f(self): self.g()", ()),
        ("def f(self): return f(A())", ("A", "f")),
        ("def f(self): return type(self)()", ("A",)),
        ("def f(self): return self.__class__()", ("A",)),
        ("@classmethod\n    def f(cls): return cls()", ("A",)),
    ],
)
def test_what_a_body_uses_of_its_own_name(method: str, used: tuple[str, ...]) -> None:
    assert body(f"class A:\n    {method}\n", "A.f").used_of_own == used


def test_parameters_of_tests_and_fixtures_are_mentions() -> None:
    text = "def test_a(one, *, two): pass\n@pytest.fixture\ndef three(four): pass\ndef plain(five): pass\n"
    assert {"one", "two"} <= set(body(text, "test_a").mentions)
    assert "four" in body(text, "three").mentions
    assert "five" not in body(text, "plain").mentions


def test_definitions_mention_what_their_value_or_header_does() -> None:
    assert definition("A = [B, c.d]\n", "A").mentions == ("A", "B", "c", "d")
    assert {"B", "deco"} <= set(definition("@deco\ndef f(a=B): return c\n", "f").mentions)
    assert "c" not in definition("@deco\ndef f(a=B): return c\n", "f").mentions
    assert {"Base", "x", "V"} <= set(definition("class A(Base):\n    x = V\n", "A").mentions)
    assert definition("from a.b import c as d\n", "d").mentions == ("a", "b", "c")


# -- what runs when something is made --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["property", "functools.lru_cache(maxsize=1)", "pytest.mark.slow", "pytest.fixture()", "dataclass"]
)
def test_inert_decorators(name: str) -> None:
    text = f"@{name}\ndef f(): pass\n"
    assert definition(text, "f").calls == ()
    assert cut(text).effects == ""


def test_unknown_decorators_run() -> None:
    found = definition("import own\napp = own.make()\n@app.route('/')\ndef f(): pass\n", "f")
    assert found.calls == ("route",)
    assert found.also == ("app",)
    assert definition("import own\n@own.route('/')\ndef f(): pass\n", "f").also == (), "a module is not changed by it"


def test_what_a_value_is_made_by() -> None:
    assert definition("A = own.make(1)\n", "A").calls == ("make",)
    assert definition("A = frozenset([1])\n", "A").calls == ()
    assert definition("A = B + 1\n", "A").calls == ()


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (
            "@pytest.fixture(autouse=True)\ndef f(): pass\n",
            "@pytest.fixture(autouse=True, scope='module')\ndef f(): pass\n",
        ),
        ("def pytest_configure(config): pass\n", "def pytest_configure(): pass\n"),
        ("def setup_module(): pass\n", "def setup_module(module): pass\n"),
        ("pytestmark = 1\n", "pytestmark = 2\n"),
        ("pytest_plugins = ['a']\n", "pytest_plugins = ['b']\n"),
        ("", "def __getattr__(name): pass\n"),
    ],
)
def test_what_is_found_by_others_counts_as_an_effect(text: str, new: str) -> None:
    assert "effects" in touched(text, new)


def test_a_plain_fixture_counts_for_those_who_ask_for_it() -> None:
    text = "@pytest.fixture(autouse=False)\ndef f(): pass\n"
    assert "effects" not in touched(text, text.replace("False", "False, scope='module'"))


# -- exports -------------------------------------------------------------------------------------------------------------


def test_a_name_that_is_exported_anew() -> None:
    assert touched("__all__ = ['a', 'b']\n", "__all__ = ['a', 'c']\n") == {"__all__", "b", "c"}
    assert touched("__all__ = ['a', 'b']\n", "__all__ = ('b', 'a')\n") == {"__all__"}
    assert definition("__all__ = ['a']\n", "a").fingerprint == LISTED
    assert (
        definition("__all__ = ['a', '__doc__']\n", "__all__").mentions == ()
    )  # what becomes of `a` is no change of the list


def test_exports_that_are_computed() -> None:
    text = "__all__ = [name for name in names]\n"
    assert touched(text, text.replace("in names", "in others")) == {"__all__", COMPUTED_EXPORTS}
    assert COMPUTED_EXPORTS in definition("from a import *\n", ANY).mentions


# -- compound statements --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "around",
    ["if A:\n{}", "if A:\n    pass\nelse:\n{}", "try:\n{}\nexcept E:\n    pass", "try:\n    x()\nexcept E:\n{}",
     "try:\n    x()\nfinally:\n{}", "for a in b:\n{}", "with a:\n{}", "while a:\n{}", "if A:\n    if B:\n        pass\n{}",
     "match a:\n    case 1:\n    {}"],
)  # fmt: skip
def test_functions_inside_other_statements(around: str) -> None:
    text = around.format("    def f(a=1): return 1")
    assert [found.name for found in cut(text).bodies] == ["f"]
    assert touched(text, text.replace("return 1", "return 2")) == {"body f"}
    assert touched(text, text.replace("a=1", "a=2")) == {"f", "effects"}


def test_classes_inside_other_statements() -> None:
    text = "try:\n    x()\nexcept E:\n    class A:\n        b = 1\n        def f(self): return 1\n"
    assert touched(text, text.replace("return 1", "return 2")) == {"body A.f"}
    assert touched(text, text.replace("b = 1", "b = 2")) == {"A", "b"}


def test_functions_inside_statements_of_a_class() -> None:
    text = "class A:\n    if B:\n        def f(self): return 1\n"
    assert touched(text, text.replace("return 1", "return 2")) == {"body A.f"}
    assert touched(text, text.replace("if B", "if C")) == {"A"}


def test_functions_inside_functions_belong_to_them() -> None:
    text = "def f():\n    def g(): return 1\n    return g\n"
    assert [found.name for found in cut(text).bodies] == ["f"]
    assert touched(text, text.replace("return 1", "return 2")) == {"body f"}


# -- imports ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b", "a.b"),
        ("from a import b", "a a.b"),
        ("from . import b", ". .b"),
        ("from ..a import b, c", "..a ..a.b ..a.c"),
        ("from a import *", "a"),
        ("try:\n    import a\nexcept ImportError:\n    import b", "a b"),
        ("class A:\n    import a", "a"),
        ("if TYPE_CHECKING:\n    import a", ""),
        ("if typing.TYPE_CHECKING:\n    import a\nelse:\n    import b", "b"),
        ("def f():\n    import a", ""),
    ],
)
def test_imports(text: str, expected: str) -> None:
    assert cut(text).imports == tuple(sorted(expected.split()))


def test_imports_of_a_body() -> None:
    assert body("def f():\n    from .a import b\n    import c\n", "f").imports == (".a", ".a.b", "c")


def test_what_only_type_checkers_read_touches_nothing() -> None:
    text = "if TYPE_CHECKING:\n    from a import A\n    B = 1\n"
    assert touched(text, text.replace("B = 1", "B = 2").replace("import A", "import C")) == set()


LATE = "from __future__ import annotations\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a: int): pass\n", {"f"}),
        ("def f(*a: int): pass\n", {"f"}),
        ("def f() -> int: pass\n", {"f"}),
        ("class A:\n    a: int = 1\n", {"A", "a"}),
        ("LIMIT: int = 1\n", {"LIMIT"}),
        ("def f(a):\n    b: int = a\n", set()),
        ("def f(a):\n    class A:\n        b: int = a\n", {"body f"}),
        ("def f(a):\n    def g(b: int): pass\n", {"body f"}),
        ("def f(a=1): pass\nLIMIT = 1\n", set()),
    ],
)
def test_annotations_that_are_no_longer_evaluated(text: str, expected: set[str]) -> None:
    assert touched(text, LATE + text) - {"annotations", "imports"} == expected


@pytest.mark.parametrize(
    "text",
    [
        "LIMITS = [LAST := 1]\n",
        "def f(a=(LAST := 1)): pass\n",
        "class A(B(LAST := 1)): pass\n",
        "@d(LAST := 1)\ndef f(): pass\n",
    ],
)
def test_a_name_that_an_expression_binds(text: str) -> None:
    assert "LAST" in touched(text, text.replace("1", "2"))


# -- memory ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("def f(k):\n    if k not in KEPT:\n        KEPT[k] = g()\n    return KEPT[k]\n", "f", "inside"),
        ("def f():\n    global x\n    if x is None:\n        x = g()\n    return x\n", "f", "inside"),
        (
            "class A:\n    def f(self):\n        if self.x is None:\n            self.x = g()\n        return self.x\n",
            "A.f",
            "self",
        ),
        (
            "class A:\n    def f(self, b):\n        if b.x is None:\n            b.x = g()\n        return b.x\n",
            "A.f",
            "given",
        ),
        (
            "class A:\n    def f(me):\n        b = me.b or me.c\n        if not b.x:\n            b.x = g()\n        return b.x\n",
            "A.f",
            "self",
        ),
        (
            "class A:\n    def f(self):\n        for b in self.all():\n            if b.x is None:\n                b.x = g()\n",
            "A.f",
            "self",
        ),
        ("def f(): yield 1\n", "f", GENERATOR),
        ("@lru_cache\ndef f(): pass\n", "f", "lru_cache"),
        ("@own.memo(1)\ndef f(): pass\n", "f", "own.memo"),
        ("@property\ndef f(): pass\n", "f", ""),
        ("@cache\ndef f(k):\n    if k not in KEPT:\n        KEPT[k] = g()\n    return KEPT[k]\n", "f", "inside cache"),
        ("def f():\n    x = {}\n    if 1 not in x:\n        x[1] = 2\n    return x[1]\n", "f", ""),
        ("def f(k): KEPT.append(k)\n", "f", ""),
        # pytest keeps what it made, for the tests that use it.
        ("@pytest.fixture(autouse=True)\ndef f(): pass\n", "f", ""),
        ("@pytest.fixture(autouse=True)\ndef f():\n    yield\n", "f", ""),
        # It counts, and looks at nothing before it decides.
        ("class A:\n    def f(self, b):\n        self.n = A.n\n        A.n += 1\n        if b: g()\n", "A.f", ""),
        ("class A:\n    def f(self, b):\n        if A.n: g()\n        A.n += 1\n", "A.f", "inside"),
        # What it has given a value first is not what an earlier call left.
        (
            "class A:\n    def f(self, b):\n        self.x = g(b)\n        if self.x: h()\n        return self.x\n",
            "A.f",
            "",
        ),
        (
            "class A:\n    def f(self, b):\n        if b:\n            self.x = g(b)\n        return self.x\n",
            "A.f",
            "self",
        ),
        (
            "class A:\n    def f(self, b):\n        self.x = None\n        b.x = b.x or g()\n        return b.x\n",
            "A.f",
            "self",
        ),
        (
            "class A:\n    def f(self):\n        try: return self.x\n        except AttributeError: self.x = g()\n",
            "A.f",
            "self",
        ),
        ("def f(k, memo={}):\n    if k not in memo: memo[k] = g()\n    return memo[k]\n", "f", "inside"),
        ("def f(k, memo):\n    if k not in memo: memo[k] = g()\n    return memo[k]\n", "f", "given"),
        ("def f(k, **memo):\n    if k not in memo: memo[k] = g()\n    return memo[k]\n", "f", ""),
        ("def f(k, memo):\n    memo[k] = memo.get(k, 0)\n    if k: g()\n", "f", ""),
        (
            "ALL = {}\ndef f(k):\n    kept = ALL\n    if k not in kept: kept[k] = g()\n    return kept[k]\n",
            "f",
            "inside",
        ),
        ("def f(k):\n    kept = dict(k)\n    if k not in kept: kept[k] = g()\n    return kept[k]\n", "f", ""),
        ("def f(a):\n    if not hasattr(a, 'x'): setattr(a, 'x', g())\n    return getattr(a, 'x')\n", "f", "given"),
        ("DONE = []\ndef f():\n    if DONE: return\n    DONE.append(g())\n", "f", "inside"),
        ("Q = m.Q()\ndef f():\n    if Q.empty(): Q.put(g())\n", "f", "inside"),
        ("import m\ndef f():\n    if m.empty(): m.put(g())\n", "f", ""),
        ("class A:\n    def f(self):\n        if self.q.empty(): self.q.put(g())\n", "A.f", "self"),
        ("class A:\n    def f(self):\n        if self.x is None: self.__class__.x = g()\n", "A.f", "inside"),
        ("class A:\n    def __init__(self): self.__dict__ = A.all\n", "A.__init__", "inside"),
        ("class A:\n    def __init__(self): self.__dict__ = dict()\n", "A.__init__", ""),
        (
            "class A(dict):\n    def __missing__(self, k):\n        self[k] = g()\n        return self[k]\n",
            "A.__missing__",
            "self",
        ),
        ("class A(dict):\n    def __missing__(self, k): return g()\n", "A.__missing__", ""),
        ("def __getattr__(n):\n    globals()[n] = g()\n    return globals()[n]\n", "__getattr__", "inside"),
        # A new class remembers nothing but what it shares with others.
        (
            "class A:\n    def __init_subclass__(cls):\n        if not cls.x:\n            x = set()\n"
            "            x.add(1)\n            cls.x = x\n",
            "A.__init_subclass__",
            "",
        ),
        (
            "class A:\n    def __init_subclass__(cls):\n        if 1 not in cls.x:\n            cls.x[1] = g()\n",
            "A.__init_subclass__",
            "inside",
        ),
        (
            "class A:\n    def __init_subclass__(cls):\n        if not cls.x:\n            cls.x = A.x = g()\n",
            "A.__init_subclass__",
            "inside",
        ),
        ("class A:\n    def f(self):\n        c = type(self)\n        if not c.x: c.x = g()\n", "A.f", "inside"),
        ("class A:\n    def f(self):\n        c = self.__class__()\n        if not c.x: c.x = g()\n", "A.f", "self"),
        ("def f():\n    m = import_module('m')\n    if not hasattr(m, 'x'): m.x = g()\n", "f", "inside"),
        ("D = {}\ndef f():\n    if 'x' not in D: exec(g(), D)\n", "f", "inside"),
        ("def f():\n    d = {}\n    if 'x' not in d: exec(g(), d)\n", "f", ""),
        ("D = []\ndef f():\n    x = next(iter(D), None)\n    if x is None: D.append(g())\n", "f", "inside"),
        ("def f(g): return lru_cache(g)\n", "f", "inside"),
        ("def f(n):\n    def h(g): return lru_cache(n)(g)\n    return h\n", "f", "inside"),
        ("def f(): return lru_cache(g)\n", "f", ""),
        ("def f():\n    @m.cache\n    def h(): pass\n    return h\n", "f", "m.cache()"),
        ("def f():\n    @m.cache\n    def h(): pass\n    return h()\n", "f", ""),
        # What all objects of a class have is no object's own.
        (
            "class A:\n    k = {}\n    def f(self, b):\n        if b not in self.k: self.k[b] = g()\n        return self.k[b]\n",
            "A.f",
            "inside",
        ),
        (
            "class A:\n    k = set()\nclass B(A):\n    def f(self, b):\n        if b not in self.k: self.k.add(g())\n",
            "B.f",
            "inside",
        ),
        ("class A:\n    k = 1\n    def f(self, b):\n        if b not in self.k: self.k[b] = g()\n", "A.f", "self"),
        # What is taken out may be what another one has put there.
        ("class A:\n    def f(self):\n        if self.k: return self.k.pop()\n        return g()\n", "A.f", "self"),
        ("K = []\ndef f():\n    try: return K.popleft()\n    except IndexError: return g()\n", "f", "inside"),
        ("K = []\ndef f():\n    if K: K.pop()\n    return g()\n", "f", ""),
        ("K = []\ndef f(b):\n    found = [k for k in K if k == b]\n    if not found: K.append(g())\n", "f", "inside"),
        # What puts something else in its own place is asked once.
        (
            "class A:\n    def f(self):\n        x = g()\n        self.f = lambda: x\n        return x\n",
            "A.f",
            "cached_property",
        ),
        ("class A:\n    def f(self):\n        self.g = 1\n", "A.f", ""),
        ("def f():\n    global f\n    f = g\n    return g()\n", "f", "cache"),
        ("def f():\n    global h\n    x = g()\n    def i(): return x\n    h = i\n", "f", "inside"),
        ("def f():\n    global h\n    h = g()\n", "f", ""),
        # What is called for nothing that it gives is called for what it does.
        ("L = m.L()\ndef f():\n    if not L.x: L.put_in(g())\n", "f", "inside"),
        ("L = m.L()\ndef f():\n    if not L: L.put_in(g())\n", "f", "inside"),
        ("L = m.L()\ndef f():\n    if L: L.close(g())\n", "f", ""),
        ("L = m.L()\ndef f():\n    if not L.x: return L.take_in(g())\n", "f", ""),
        ("import L\ndef f():\n    if not L.x: L.put_in(g())\n", "f", ""),
        # A variable of the same name is another thing.
        ("class A:\n    def f(self, x):\n        if x: g()\n        self.x = x\n", "A.f", ""),
    ],
)
def test_memory(text: str, name: str, expected: str) -> None:
    assert body(text, name).memory == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("inner(1)", ""),
        ("return inner(1)", ""),
        ("return inner", "inside"),
        ("g(inner)", "inside"),
        ("h = inner\n    return h(1)", "inside"),
        ("return lambda: inner(1)", "inside"),
        ("def h():\n        if h.x is None: h.x = g()\n        return h.x\n    h.x = None\n    return h", "inside"),
        ("class C:\n        def m(self): return inner(1)\n    return C()", "inside"),
        ("@g\n    def other(): return inner(1)\n    other()", "inside"),
    ],
)
def test_memory_of_a_function_in_one(last: str, expected: str) -> None:
    """What the outer function has is gone with its call, unless something of it stays."""
    inner = (
        "def f():\n    kept = {}\n    def inner(k):\n        if k not in kept: kept[k] = g()\n        return kept[k]\n"
    )
    assert body(f"{inner}    {last}\n", "f").memory == expected


@pytest.mark.parametrize(
    ("inner", "last", "expected"),
    [
        ("if kept is None: kept = g()\n        return kept", "return inner", "inside"),
        ("if kept is None: kept = g()\n        return kept", "return inner()", ""),
        ("if k: kept = g()", "g(inner)\n    return kept", ""),
    ],
)
def test_memory_in_a_variable_of_the_outer_function(inner: str, last: str, expected: str) -> None:
    text = f"def f():\n    kept = None\n    def inner(k):\n        nonlocal kept\n        {inner}\n    {last}\n"
    assert body(text, "f").memory == expected


@pytest.mark.parametrize(
    ("code", "calls_given"),
    [
        ("self.make()", True),
        ("self.makers[1](2)", True),
        ("self.other()", False),
        ("o.make()", False),
        ("self.made()", False),
        ("self.make.name()", False),
    ],
)
def test_whether_it_calls_what_its_object_was_given(code: str, calls_given: bool) -> None:
    made = "self.make = make\n        self.makers, self.n = makers, 1\n        self.made = make()\n        self.makers = makers"
    text = f"class A:\n    def __init__(self, make, makers):\n        {made}\n    def f(self, o): return {code}\n"
    assert body(text, "A.f").calls_given is calls_given
    assert body(f"{text}class B(A):\n    def g(self, o): return {code}\n", "B.g").calls_given is calls_given


def test_what_a_module_hands_to_a_function() -> None:
    """It may put it somewhere; the statement itself counts for all."""
    found = analyse(b"hub.on('start', f, key=lambda: m.g)\nhub.of(h)(i)\nj(k) or l(n)\no(1)\n")
    assert found.handed == (("on", ("f", "g", "m")), ("of", ("i",)))


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("r = everything()\n    if 1 not in r: r[1] = g()", ("everything",)),
        ("r = o.get_all()\n    if r.x is None: r.x = g()", ("get_all",)),
        ("r = everything().all\n    if 1 not in r: r[1] = g()", ()),
        ("r = get()\n    r[1] = g()", ()),
        ("r = dict()\n    if 1 not in r: r[1] = g()", ()),
        ("r = o.copy()\n    if 1 not in r: r[1] = g()", ()),
    ],
)
def test_whose_results_it_may_keep_something_in(text: str, results: tuple[str, ...]) -> None:
    assert body(f"def f(o):\n    {text}\n", "f").results == results


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("return ALL", True),
        ("return ALL[1].x", True),
        ("r = ALL\n        return r", True),
        ("return self.x", False),
        ("return dict(ALL)", False),
        ("return p.x", False),
    ],
)
def test_what_gives_something_that_lasts(text: str, gives: bool) -> None:
    assert body(f"ALL = {{}}\nclass A:\n    def f(self, p):\n        {text}\n", "A.f").gives is gives


def test_what_names_in_a_compound_statement_stand_for() -> None:
    """They change with the statement, which counts for all."""
    text = "if m.new:\n    get = cache(load)\nelse:\n    plain = load\n"
    found = definition(text, "get")
    assert (found.calls, found.fingerprint, found.bare) == (("cache",), "", ("cache", "get", "load"))
    found = definition(text, "plain")
    assert (found.calls, found.fingerprint, found.bare) == ((), "", ("load", "plain"))
    assert touched(text, text.replace("load", "store")) == {"effects"}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("class A:\n    def __init__(self, o):\n        self.x = 1\n        o.y = 2\n", "A.__init__", {"y"}),
        ("class A:\n    def __init__(self):\n        self.x = []\n        self.x.append(1)\n", "A.__init__", set()),
        ("class A:\n    def __init__(self): self.all.append(1)\n", "A.__init__", {"all"}),
        ("class A:\n    def __init__(self):\n        self.x = 1\n        A.x = 2\n", "A.__init__", {"x"}),
        ("class A:\n    def f(self): self.x = 1\n", "A.f", {"x"}),
        ("class A:\n    def f(self, k): self.x.setdefault(k, []).append(1)\n", "A.f", {"x"}),
        ("def __init__(self): self.x = 1\n", "__init__", {"x"}),
        (
            "class A:\n    def __new__(c):\n        o = object.__new__(c)\n        o.x = 1\n        return o\n",
            "A.__new__",
            set(),
        ),
        ("def f(c):\n    o = c.__new__(c)\n    o = wrap()(o)\n    o.__dict__.update(a=1)\n    o.x = 1\n", "f", set()),
        ("def f(g):\n    def h(): g()\n    h.x = g.x\n    g.y = h\n    return h\n", "f", {"y"}),
        ("def f(g):\n    def h(): g()\n    h = g\n    h.x = 1\n", "f", {"x"}),
    ],
)
def test_what_it_changes(text: str, name: str, expected: set[str]) -> None:
    """What it makes is nobody else's yet."""
    assert set(body(text, name).changes) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("T[p] = 1", ("T",)),
        ("T.append(p)", ("T",)),
        ("if p in T: raise KeyError(T)\n    T[p] = 1", ("T",)),
        ("if p in T: return\n    T[p] = 1", ()),
        ("if p in T: raise KeyError\n    else: g()\n    T[p] = 1", ()),
        ("T.append(p)\n    p.number = len(T)", ()),
        ("p.x = T.setdefault(p, 1)", ()),
        ("T[len(T)] = 1", ()),
        ("T[p] += 1", ()),
        ("del T[p]", ()),
        ("p[1] = T", ()),
    ],
)
def test_what_it_fills(code: str, expected: tuple[str, ...]) -> None:
    assert body(f"def f(p):\n    {code}\n", "f").fills == expected


@pytest.mark.parametrize(
    ("header", "also"),
    [
        ("@put(table, key=TABLE)\ndef f(): pass", {"table", "TABLE"}),
        ("@put(Square, 'text', o.table, len, os)\ndef f(): pass", set()),
        ("@put\ndef f(table=TABLE): pass", set()),
        ("@fixture(TABLE)\ndef f(): pass", set()),
        ("@skip_if(TABLE)\ndef test_f(): pass", set()),
    ],
)
def test_what_a_decorator_may_put_a_function_into(header: str, also: set[str]) -> None:
    name = "test_f" if "test_f" in header else "f"
    assert set(definition(f"import os\n{header}\n", name).also) == also


def test_what_it_may_put_something_into() -> None:
    code = "def f(p):\n    p.g.add_rule(f)\n    TABLE.register_all(f)\n    near.set_up(f)\n    LOG.info(f)\n"
    assert body(f"import near\n{code}", "f").registers == ("TABLE", "g")


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("if found is not o: raise E", ""),
        ("found.user = None\n    if found is not o: raise E", ""),
        ("if found is not o: g()", "inside"),
        ("g(found)", "inside"),
        ("if found is not None: raise E", "inside"),
        ("return found", "inside"),
    ],
)
def test_what_was_there_makes_no_difference(rest: str, expected: str) -> None:
    text = f"KEPT = {{}}\ndef f(o):\n    found = KEPT.get(1)\n    KEPT[1] = o or g()\n    {rest}\n"
    assert body(text, "f").memory == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("def f():\n    if x is None: g()\n", "f", {"x"}),
        ("def f():\n    v = x.get(1)\n    if v is None: g()\n", "f", {"x", "get"}),
        ("def f():\n    return x or g()\n", "f", {"x"}),
        ("def f():\n    try: return x[1]\n    except KeyError: g()\n", "f", {"x"}),
        ("def f():\n    if state.on: g()\n", "f", {"state", "on"}),
        ("def f(x):\n    if x: g()\n", "f", set()),
        ("def f():\n    return x\n", "f", set()),
        ("class A:\n    def f(self):\n        if self.x.y: g()\n", "A.f", {".x", ".y"}),
        ("class A:\n    @classmethod\n    def f(cls):\n        if cls.x: g()\n", "A.f", {"x"}),
        ("def f(o):\n    v = x.get()\n    if v is not o: raise E\n", "f", set()),
        ("def f(o):\n    v = x.get()\n    if v is not o: g()\n", "f", {"x", "get"}),
        ("def f(o):\n    v = x.get()\n    if v is not None: raise E\n", "f", {"x", "get"}),
        ("def f(o):\n    if o in x: raise E\n", "f", {"x"}),
    ],
)
def test_what_decides(text: str, name: str, expected: set[str]) -> None:
    assert set(body(text, name).deciding) == expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("@classmethod\n    def f(cls): return cls.x, getattr(cls, 'y'), super().f()", True),
        ("@staticmethod\n    def f(): return g()", True),
        ("@classmethod\n    def f(cls): return cls()", False),
        ("@classmethod\n    def f(kind): return g(kind, 1)", False),
        ("@staticmethod\n    def f(): return A()", False),
        ("@classmethod\n    def f(cls): return super().__new__(cls)", False),
        ("def f(self): return 1", False),
    ],
)
def test_methods_of_the_class_that_make_no_object(method: str, expected: bool) -> None:
    assert body(f"class A:\n    {method}\n", "A.f").is_of_class is expected


def test_changes_in_place() -> None:
    text = """
        def f(self):
            KEPT[1] = 2
            self.a = 1
            OTHER.append(1)
            own = []
            own.append(1)
        """
    assert set(body(text, "f").changes) == {"KEPT", "a", "OTHER"}


@pytest.mark.parametrize("source", [b"def f(:\n", b"x = '\xff'\n", b"x = 1\x00\n", b"# coding: no-such\n"])
def test_what_is_no_python(source: bytes) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        analyse(source)


def test_names_that_are_no_text() -> None:
    assert analyse(b"x = '\\udc80'\n").definitions


def test_what_is_there_for_type_checkers() -> None:
    plain = "class A(B):\n    def f(self): return 1\n    def __call__(self): return 2\ndef g(): return 3\n"
    typed = """
from typing import overload
class A(B):
    @overload
    def f(self, x: int) -> int: ...
    def f(self): return 1
    @overload
    def __call__(self) -> int: ...
    def __call__(self): return 2
@typing.overload
def g() -> int: ...
def g(): return 3
"""
    before, after = analyse(plain.encode()), analyse(typed.encode())
    assert [(body.name, body.fingerprint) for body in after.bodies] == [
        (body.name, body.fingerprint) for body in before.bodies
    ]
    prints = {one.name: one.fingerprint for one in after.definitions}
    assert {name: prints[name] for name in "Afg"} == {
        one.name: one.fingerprint for one in before.definitions if one.name in "Afg"
    }
    # That it may fail to be made is a change of the module.
    assert {"f@overload", "__call__@overload", "g@overload"} <= prints.keys()
