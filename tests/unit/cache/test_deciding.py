"""Which results are valid after a change, by what is on record of them."""

from __future__ import annotations

from typing import Any

import pytest

APP = """
    from near import thing
    LIMIT = 3
    TABLE = {"a": LIMIT}

    def area(x=1):
        return x * LIMIT

    def other():
        return TABLE["a"]

    def unrelated():
        return 0

    class Shape:
        sides = 4
        def corners(self):
            return self.sides

    class Square(Shape):
        pass
    """
NEAR = "thing = 1\n"
TEST = """
    from app import area, other, unrelated, Square

    def test_area(): assert area() == 3
    def test_other(): assert other() == 3
    def test_unrelated(): assert unrelated() == 0
    def test_square(): assert Square().corners() == 4
    """
REACH = ("app.py", "near.py", "test_a.py")
RAN = {
    "test_area": ["app.py:area"],
    "test_other": ["app.py:other"],
    "test_unrelated": ["app.py:unrelated"],
    "test_square": ["app.py:Shape.corners"],
}
ALL = set(RAN)


@pytest.fixture
def project(kept: Any) -> Any:
    """Four tests on record."""
    kept.write(app_py=APP, near_py=NEAR, test_a_py=TEST)
    _record(kept)
    return kept


def _record(kept: Any) -> None:
    for test, bodies in RAN.items():
        kept.record(f"test_a.py::{test}", [*bodies, f"test_a.py:{test}"], REACH)


def lost(kept: Any) -> set[str]:
    """The tests that have to run."""
    return ALL - {name.partition("::")[2] for name in kept.served()}


def test_nothing_changed(project: Any) -> None:
    assert lost(project) == set()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return x * LIMIT", "return x * LIMIT + 0", {"test_area"}),
        ("return x * LIMIT", "return (x * LIMIT)  # why", set()),
        ("return x * LIMIT", "'''Doc.'''\n        return x * LIMIT", set()),
        ("x=1", "x=2", {"test_area"}),
        ("LIMIT = 3", "LIMIT = 4", {"test_area", "test_other"}),
        ('{"a": LIMIT}', '{"a": 5}', {"test_other"}),
        ("sides = 4", "sides = 5", {"test_square"}),
        ("class Square(Shape):\n        pass", "class Square(Shape):\n        sides = 6", {"test_square"}),
        (
            "class Square(Shape):\n        pass",
            "class Square(Shape):\n        def __len__(self): return 1",
            {"test_square"},
        ),
        ("(Shape)", "(object)", {"test_square"}),
        ("return 0", "return 0\n\n    def added(): return 1", set()),
        ("return 0", "return 0\n\n    def area(): return 9", {"test_area"}),
        ("return 0", "return 0\n\n    def unrelated(): return 9", {"test_unrelated"}),
        ("return 0", "return 0\n\n    print()", ALL),
        ("from near import thing", "from near import thing as something", set()),
    ],
)
def test_a_change_of_the_module(project: Any, old: str, new: str, expected: set[str]) -> None:
    assert old in APP
    project.write(app_py=APP.replace(old, new))
    assert lost(project) == expected
    project.write(app_py=APP)
    assert lost(project) == set(), "going back costs nothing"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("assert area() == 3", "assert area() == 4", {"test_area"}),
        ("def test_area(): assert area() == 3", "@mark\n    def test_area(): assert area() == 3", {"test_area"}),
        ("area, other", "area, other as strange", {"test_other"}),
        ("def test_area", "def test_new(): pass\n    def test_area", set()),
        ("\n    def test_area(): assert area() == 3\n", "\n", {"test_area"}),
    ],
)
def test_a_change_of_the_test_file(project: Any, old: str, new: str, expected: set[str]) -> None:
    assert old in TEST
    project.write(test_a_py=TEST.replace(old, new))
    assert lost(project) == expected


def test_names_travel(kept: Any) -> None:
    kept.write(
        deep_py="LIMIT = 3\n",
        app_py="import deep\nBOUND = deep.LIMIT + 1\nBOUNDS = [BOUND]\ndef f(): return BOUNDS\ndef g(): return 1\n",
    )
    kept.record("f", ["app.py:f"], ["app.py", "deep.py"])
    kept.record("g", ["app.py:g"], ["app.py", "deep.py"])
    kept.write(deep_py="LIMIT = 4\n")
    assert kept.served() == {"g"}


HEARING = "class Base:\n    def __init_subclass__(cls): pass\n"


@pytest.mark.parametrize(
    ("base", "served"),
    [
        ("class Base: pass\n", {"f", "g"}),
        (HEARING, {"g"}),
        (HEARING.replace("Base", "First") + "class Base(First): pass\n", {"g"}),
        (HEARING.replace("Base", "First") + "from app import First as Base\n", {"g"}),
        ("from elsewhere import Base\n", {"g"}),
        ("Base = make()\n", {"g"}),
        ("class Base(metaclass=Meta): pass\nclass Meta(type): pass\n", {"g"}),
        ("@known\nclass Base: pass\ndef known(it): return it\n", {"g"}),
    ],
)
def test_names_travel_to_a_base_class_that_hears_of_others(kept: Any, base: str, served: set[str]) -> None:
    text = base + "class B(Base):\n    def step(self): return 1\n"
    kept.write(app_py=text, use_py="from app import Base\ndef f(): return Base()\ndef g(): return 1\n")
    kept.record("f", ["use.py:f"], ["app.py", "use.py"])
    kept.record("g", ["use.py:g"], ["app.py", "use.py"])
    kept.write(app_py=text + "    def run(self): return 5\n")
    assert kept.served() == served


def test_names_travel_from_a_base_class(kept: Any) -> None:
    text = "class A:\n    size = {}\nclass B(A): pass\nclass C: pass\n"
    kept.write(app_py=text.format(1), use_py="from app import B, C\ndef f(): return B()\ndef g(): return C()\n")
    kept.record("f", ["use.py:f"], ["app.py", "use.py"])
    kept.record("g", ["use.py:g"], ["app.py", "use.py"])
    kept.write(app_py=text.format(2))
    assert kept.served() == {"g"}


@pytest.mark.parametrize(
    ("before", "after", "served"),
    [
        ("class A: pass\n", "class A:\n    def get(self): pass\n", {"other"}),
        ("class A:\n    get = 1\n", "class A:\n    get = 2\n", {"other"}),
        ("class A:\n    def get(self): pass\n", "class A:\n    get = 2\n", {"other"}),
        # Whoever calls it may have got the object from anywhere.
        ("class A:\n    def get(self): pass\n", "class A:\n    def get(self, a=1): pass\n", {"user"}),
        ("@known\nclass A: pass\n", "@known\nclass A:\n    def get(self): pass\n", set()),
        ("from far import B\nclass A(B): pass\n", "from far import B\nclass A(B):\n    def get(self): pass\n", set()),
        # A private method is none that a class's header speaks of.
        ("class A:\n    def _get(self): pass\n", "class A: pass\n", {"user"}),
    ],
)
def test_a_member_that_its_class_tells_of(kept: Any, before: str, after: str, served: set[str]) -> None:
    kept.write(
        app_py=before, use_py="from app import A\ndef user(): return A()\ndef other(it): return it.get(), it._get()\n"
    )
    kept.record("user", ["use.py:user"], ["app.py", "use.py"])
    kept.record("other", ["use.py:other"], ["app.py", "use.py"])
    kept.write(app_py=after)
    assert kept.served() == served


@pytest.mark.parametrize(
    ("function", "served"),
    [
        ("def f(a: A): pass\n", {"table", "none"}),
        ("def f() -> A: pass\n", {"table", "none"}),
        ("def f(a=A): pass\n", {"none"}),
        ("@known\ndef f(a: A): pass\ndef known(it): return it\n", {"none"}),
        ("class f:\n    def __init__(self, a: A): pass\n", {"table", "none"}),
        ("@known\nclass f:\n    def __init__(self, a: A): pass\ndef known(it): return it\n", {"none"}),
        ("class f:\n    a: A\n", {"none"}),
        ("f: A = 1\n", {"table", "none"}),
        # Whoever is given the function may look at its annotations.
        ("def g(a: A): pass\nf = command(g)\n", {"none"}),
        ("def g(a: A): pass\nf = [g]\n", {"table", "reads", "none"}),
        ("def f(a: A): pass\ncommands.add(f)\n", set()),
    ],
)
def test_a_name_in_an_annotation(kept: Any, function: str, served: set[str]) -> None:
    use = "from app import A\n" + function + "TABLE = [f]\n"
    use += "def table(): return TABLE\ndef reads(): return describe(f)\ndef none(): return 1\n"
    kept.write(app_py="class A:\n    x = 1\n", use_py=use, far_py="def describe(f): return get_type_hints(f)\n")
    for name in ("table", "reads", "none"):
        ran = [f"use.py:{name}", *(["far.py:describe"] if name == "reads" else [])]
        kept.record(name, ran, ["app.py", "use.py", "far.py"])
    kept.write(app_py="class A:\n    x = 2\n")
    assert kept.served() == served


@pytest.mark.parametrize(
    "function", ["def f(a: A): return a.x\n", "class f:\n    def __init__(self, a: A): self.x = a.x\n"]
)
def test_what_an_object_may_be_made_for_by_its_annotation(kept: Any, function: str) -> None:
    body = "f.__init__" if function.startswith("class") else "f"
    kept.write(app_py="class A:\n    x = 1\n", use_py="from app import A\n" + function + "def none(): return 1\n")
    kept.record("called", [f"use.py:{body}"], ["app.py", "use.py"])
    kept.record("none", ["use.py:none"], ["app.py", "use.py"])
    kept.write(app_py="class A:\n    x = 2\n")
    assert kept.served() == {"none"}


@pytest.mark.parametrize(
    ("library", "user", "served"),
    [
        ("PROXY = make('app')\n", "import library\napp = {}\n", {"f"}),
        ("PROXY = make('app')\n", "app = {}\n", set()),  # it may be there before the library
        ("import user\nPROXY = make('app')\n", "import library\napp = {}\n", set()),
        ("def late(): import user\nPROXY = make('app')\n", "import library\napp = {}\n", set()),
        ("PROXY = lambda it: it.app\n", "import library\napp = {}\n", set()),
        ("PROXY = make('app')\n", "import library\nclass A:\n    def app(self, a={}): pass\n", set()),
    ],
)
def test_a_name_that_came_later(kept: Any, library: str, user: str, served: set[str]) -> None:
    library += "def f(): return PROXY\n"
    kept.write(library_py=library, user_py=user.format(1))
    kept.record("f", ["library.py:f"], ["library.py", "user.py"])
    kept.write(user_py=user.format(2))
    assert kept.served() == served


def test_a_decorator_changes_the_object_that_it_starts_from(kept: Any) -> None:
    users = "from {} import app\ndef {}(): return app\n"
    kept.write(
        one_py="app = make()\n", other_py="app = make()\n", far_py="from one import app\n",
        route_py="from far import app\n@app.route('/a')\ndef page(): pass\n",
        a_py=users.format("one", "a"), b_py=users.format("other", "b"), c_py=users.format("route", "c"),
    )  # fmt: skip
    reach = ["one.py", "other.py", "far.py", "route.py", "a.py", "b.py", "c.py"]
    for name in "abc":
        kept.record(name, [f"{name}.py:{name}"], reach)
    kept.write(route_py="from far import app\n@app.route('/b')\ndef page(): pass\n")
    assert kept.served() == {"b"}


REGISTRY = """
    TABLE = {{}}
    def register(f):
        {}
        return f
    def look(): return TABLE
    def put(f): TABLE[f.__name__] = f
    """


@pytest.mark.parametrize(
    ("code", "served"),
    [
        ("TABLE[f.__name__] = f", {"register", "other"}),
        ("TABLE[f.__name__] = len(TABLE)", {"other"}),
        ("put(f)", {"register", "other"}),
    ],
)
def test_what_a_decorator_fills(kept: Any, code: str, served: set[str]) -> None:
    """Who looks into it is concerned, and not who only puts things there; nor whoever has an attribute of that name."""
    app = "from registry import register\n@register\ndef f({}): pass\n"
    kept.write(app_py=app.format(""), registry_py=REGISTRY.format(code), use_py="def f(o): return o.__dict__\n")
    kept.record("register", ["registry.py:register", "registry.py:put"], ["app.py", "registry.py"])
    kept.record("look", ["registry.py:look"], ["app.py", "registry.py"])
    kept.record("other", ["use.py:f"], ["app.py", "registry.py", "use.py"])
    kept.write(app_py=app.format("a"))
    assert kept.served() == served
    kept.write(registry_py=REGISTRY.replace("{{}}", "[]").format(code))
    assert kept.served() == {"other"}, "it is something else now"


def test_computed_names(kept: Any) -> None:
    kept.write(app_py="def f(name): return globals()[name]\nA = 1\ndef g(): return 1\n")
    kept.record("f", ["app.py:f"], ["app.py"])
    kept.record("g", ["app.py:g"], ["app.py"])
    kept.write(app_py="def f(name): return globals()[name]\nA = 2\ndef g(): return 1\n")
    assert kept.served() == {"g"}


def test_docstrings_count_for_those_who_read_them(kept: Any) -> None:
    app = 'def f(name): return globals()[name]\ndef g(): return f.__doc__\ndef h():\n    """{}"""\n'
    kept.write(app_py=app.format("One."))
    kept.record("f", ["app.py:f"], ["app.py"])
    kept.record("g", ["app.py:g"], ["app.py"])
    kept.write(app_py=app.format("Two."))
    assert kept.served() == {"f"}


def test_a_docstring_brings_other_files_no_tests(kept: Any) -> None:
    kept.write(test_a_py="def test_a(): pass\n", app_py='def f(): """One."""\n')
    kept.record("test_a.py", (), ["test_a.py", "app.py"], record=["test_a.py::test_a"], kind="file")
    kept.write(app_py='def f(): """Two."""\n')
    assert kept.decide().files == {"test_a.py": ["test_a.py::test_a"]}
    kept.write(test_a_py='def test_a(): """>>> 1"""\n')
    assert kept.decide().files == {}, "it may be a doctest"


READING = """
    def keeping(f):
        f._text = f.__doc__
        return f
    def shown(f): return f._text
    """


@pytest.mark.parametrize(
    ("making", "served"),
    [
        (READING, {"made", "named"}),
        (READING.replace("f._text = f.__doc__", "f._text = LIBRARY(f)"), set()),
        (READING.replace("f._text = f.__doc__", "f._text = f.__doc__ + ''"), set()),
    ],
)
def test_a_docstring_that_a_decorator_keeps(kept: Any, making: str, served: set[str]) -> None:
    app = 'from making import keeping\n@keeping\ndef h():\n    """{}"""\ndef f(): return h\n'
    kept.write(app_py=app.format("One."), making_py=making, use_py="import making\ndef f(g): return g._text\n")
    kept.record("made", ["making.py:keeping"], ["app.py", "making.py"])
    kept.record("named", ["app.py:f"], ["app.py", "making.py"])
    kept.record("shown", ["making.py:shown"], ["app.py", "making.py"])
    kept.record("elsewhere", ["use.py:f"], ["app.py", "making.py", "use.py"])
    kept.write(app_py=app.format("Two."))
    assert kept.served() == served


@pytest.mark.parametrize(("number", "served"), [(1, {"f"}), (2, set())])
def test_docstrings_stay_quiet_behind_star_imports(kept: Any, number: int, served: set[str]) -> None:
    app = 'A = {}\ndef h():\n    """{}"""\n'
    kept.write(
        app_py=app.format(1, "One."), star_py="from app import *\n", last_py="from star import *\n",
        use_py="def f(asked): return getattr(*asked)\n",
    )  # fmt: skip
    kept.record("f", ["use.py:f"], ["use.py", "app.py", "star.py", "last.py"])
    kept.write(app_py=app.format(number, "Two."))
    assert kept.served() == served


def test_a_module_out_of_reach(kept: Any) -> None:
    kept.write(app_py="LIMIT = 1\nstart()\n", use_py="def f(): return LIMIT\n")
    kept.record("f", ["use.py:f"], ["use.py"])
    kept.record("g", ["use.py:f"], ["use.py", "app.py"])
    kept.write(app_py="LIMIT = 2\nstart()\n")
    assert kept.served() == {"f"}


def test_an_import_that_is_new(kept: Any) -> None:
    kept.write(app_py="def f(): return 1\n", effect_py="start()\n", plain_py="A = 1\n")
    kept.record("f", ["app.py:f"], ["app.py"])
    kept.record("g", ["app.py:f"], ["app.py", "effect.py"])
    kept.write(app_py="import effect\ndef f(): return 1\n")
    assert kept.served() == {"g"}, "the other one had the module in reach already"


def test_an_import_that_is_no_more(kept: Any) -> None:
    kept.write(app_py="import effect\nimport plain\ndef f(): return 1\n", effect_py="start()\n", plain_py="A = 1\n")
    kept.record("f", ["app.py:f"], ["app.py", "effect.py", "plain.py"])
    kept.write(app_py="import effect\ndef f(): return 1\n")
    assert kept.served() == {"f"}
    kept.write(app_py="import plain\ndef f(): return 1\n")
    assert kept.served() == set()


@pytest.mark.parametrize(
    ("user", "breaks"),
    [
        ("from app import gone\ndef g(): return 1\n", True),
        ("import app\nKEPT = [app.gone]\ndef g(): return 1\n", True),
        ("import app\nprint(app.gone)\ndef g(): return 1\n", True),
        ("import app\ndef h(x=app.gone): return 1\ndef g(): return 1\n", True),
        ("import app\ndef g(): return 1\ndef h(): return app.gone\n", False),
        ("import app\ngone = 1\nKEPT = [gone]\ndef g(): return 1\n", False),
    ],
)
def test_a_name_that_is_gone_but_needed_for_an_import(kept: Any, user: str, breaks: bool) -> None:
    kept.write(app_py="def f(): return 1\ngone = 1\n", use_py=user)
    kept.record("f", ["app.py:f"], ["app.py"])
    kept.record("g", ["use.py:g"], ["app.py", "use.py"])
    kept.write(app_py="def f(): return 1\n")
    assert kept.served() == ({"f"} if breaks else {"f", "g"})


def test_a_module_that_is_gone_or_no_python(project: Any) -> None:
    project.write(near_py="def (:\n")
    assert lost(project) == ALL
    project.write(near_py=None)
    assert lost(project) == ALL
    project.write(near_py=NEAR)
    assert lost(project) == set()


def test_several_results_of_a_test(project: Any) -> None:
    """Branches: each has its own, and going to and fro runs nothing."""
    other = APP.replace("return x * LIMIT", "return x + LIMIT")
    project.write(app_py=other)
    assert lost(project) == {"test_area"}
    _record(project)
    assert lost(project) == set()
    project.write(app_py=APP)
    assert lost(project) == set()
    project.write(app_py=APP.replace("return x * LIMIT", "return x - LIMIT"))
    assert lost(project) == {"test_area"}
    assert "area changed" in project.decide().reasons["test_a.py::test_area"]


def test_a_failure_is_not_served(kept: Any) -> None:
    kept.write(app_py="def f(): return 1\n")
    kept.record("f", ["app.py:f"], ["app.py"])
    kept.record("f", ["app.py:f"], ["app.py"], record=None)
    decision = kept.decide()
    assert decision.served == {}
    assert decision.reasons == {"f": "failed last time"}
    kept.record("f", ["app.py:f"], ["app.py"])
    assert kept.served() == {"f"}


def test_categories_have_results_of_their_own(kept: Any) -> None:
    kept.write(app_py="def f(): return 1\n")
    kept.record("f", ["app.py:f"], ["app.py"])
    assert kept.decide("other").served == {}


def test_files_whose_tests_are_known(kept: Any) -> None:
    kept.write(test_a_py="def test_a(): pass\n", app_py="A = 1\n")
    kept.record("test_a.py", (), ["test_a.py", "app.py"], record=["test_a.py::test_a"], kind="file")
    assert kept.decide().files == {"test_a.py": ["test_a.py::test_a"]}
    kept.write(app_py="A = 2\n")
    assert kept.decide().files, "nothing in the test file mentions it"
    kept.write(test_a_py="def test_a(): pass\ndef test_b(): pass\n")
    assert kept.decide().files == {}


@pytest.mark.parametrize(
    ("app", "is_looked_at"),
    [
        ("import table\ndef f(): return 1\nFIRST = table.ROWS['none']\n", True),
        ("from table import NONE\ndef f(): return 1\n", True),
        ("def f(): return 1\n@missing\ndef g(): pass\n", True),
        ("def f(): return 1\ndef g(a: int, b=f): pass\n", False),
        ("def f(): return 1\nOTHER = 3\n", False),
        ("# said otherwise\ndef f(): return 1\n", False),
    ],
)
def test_a_module_that_may_not_be_imported_any_more_is_imported_once(kept: Any, app: str, is_looked_at: bool) -> None:
    files = {f"test_{name}.py": [f"test_{name}.py::test"] for name in "abc"}
    kept.write(app_py="def f(): return 1\n", table_py="ROWS = {}\n", **{f"test_{name}_py": "" for name in "abc"})
    for name, tests in files.items():
        reach = [name, "app.py", "table.py"] if name != "test_a.py" else [name]
        kept.record(name, (), reach, record=tests, kind="file")
        kept.record(tests[0], (), reach)
    kept.write(app_py=app)
    decision = kept.decide()
    assert len(decision.served) == 3, "no test mentions what changed"
    assert files.keys() - decision.files.keys() == ({"test_b.py"} if is_looked_at else set())


def test_a_module_that_was_imported_as_it_is_now_is_not_imported_for_itself(kept: Any) -> None:
    kept.write(app_py="def f(): return 1\n", test_a_py="", test_b_py="")
    for name in ("test_a.py", "test_b.py"):
        kept.record(name, (), [name, "app.py"], record=[f"{name}::test"], kind="file")
    kept.write(app_py="def f(): return 1\nFIRST = rows['none']\n")
    assert kept.decide().files.keys() == {"test_b.py"}
    kept.record("test_a.py", (), ["test_a.py", "app.py"], record=["test_a.py::test"], kind="file")
    assert kept.decide().files.keys() == {"test_a.py", "test_b.py"}
    kept.write(app_py="def f(): return 1\n")
    assert kept.decide().files.keys() == {"test_a.py", "test_b.py"}, "that is known as well"


def test_a_module_is_not_imported_for_itself_where_a_test_that_runs_does(kept: Any) -> None:
    kept.write(app_py="def f(): return 1\n", table_py="ROWS = {}\n", test_a_py="", test_b_py="")
    for name in ("test_a.py", "test_b.py"):
        kept.record(name, (), [name, "app.py"], record=[f"{name}::test"], kind="file")
    kept.record("test_a.py::test", (), ["test_a.py", "app.py"])
    kept.record("test_b.py::test", ["app.py:f"], ["test_b.py", "app.py"])
    kept.write(app_py="def f(): return 2\nFIRST = rows['none']\n")
    decision = kept.decide()
    assert decision.served.keys() == {"test_a.py::test"}
    assert decision.files.keys() == {"test_a.py", "test_b.py"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"app_py": "def f(): return 2\n"}, "app.py: f changed"),
        ({"app_py": "def g(): return 2\n"}, "app.py: f is gone"),
        ({"app_py": "def f(): return 1\nstart()\n"}, "app.py: statements at module level changed"),
        ({"app_py": "def f(a=1): return 1\n"}, "app.py: f changed"),
        ({"data_txt": "2"}, "data.txt changed"),
        ({"data_txt": None}, "data.txt is gone"),
    ],
)
def test_reasons(kept: Any, change: dict[str, str | None], words: str) -> None:
    kept.write(app_py="def f(): return 1\n", data_txt="1")
    kept.record("f", ["app.py:f"], ["app.py"], ["file:data.txt"])
    kept.write(**change)
    assert kept.decide().reasons == {"f": words}
