"""Whose docstrings are read by what makes something of them."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from lamina.cache.described import Described
from lamina.cache.scopes import Scopes
from lamina.cache.subclassing import Subclassing
from lamina.cache.trees import Trees
from lamina.tracing.blocks import analyse


@pytest.fixture
def read(kept: Any) -> Any:
    """Whether the docstring of `area` or `Area` in app.py is read, given that module and making.py."""

    def ask(app: str, making: str = "", **others: str) -> bool:
        kept.write(app_py=app, making_py=making, **others)
        present = kept.present()
        scopes = Scopes(present)
        subclassing = Subclassing(scopes)
        described = Described(scopes, subclassing, Trees(present.source))
        for path in ("app.py", "making.py", *(f"{name.removesuffix('_py')}.py" for name in others)):
            analysis = analyse(present.source(path))
            scopes.take(path, analysis.definitions)
            subclassing.take(path, analysis.definitions)
            described.take(path, analysis)
        return bool(described.read({"area", "Area"}, "app.py"))

    return ask


def put_on(decorator: str, first: str = "from making import made") -> str:
    return f"{first}\n\n{decorator}\ndef area(): 'text'\n"


WRAPPER = """
    import functools
    def made(function):
        @functools.wraps(function)
        def wrapper(self, *args, **kwargs):
            LOG.append(function.__name__)
            return function(self, *args, **kwargs)
        return wrapper
    """
KEEPER = """
    class made:
        def __init__(self, function):
            self._text = function.__doc__
            self.function = function
        def help(self):
            return self._text
        def __call__(self, *args):
            return self.function(*args)
    """
CALLED = """
    class other:
        def __init__(self, check):
            self.check = check
        def __call__(self, f):
            def wrapper(*args): return f(self.check(*args))
            wrapper.__doc__ = f.__doc__
            return wrapper
    """
FACTORY = """
    def made(kind, reach=None):
        def decorator(function):
            def wrapper(value):
                return function(check(value, kind))
            wrapper.__doc__ = function.__doc__
            return wrapper
        return decorator
    def check(value, kind):
        return click.check(value)
    """


@pytest.mark.parametrize(
    "making", [WRAPPER, KEEPER, "def made(f): return f", "def made(f):\n    f.mark = 1\n    return f"]
)
def test_a_decorator_that_looks_at_none(read: Any, making: str) -> None:
    assert not read(put_on("@made"), making)
    assert not read(put_on("@making.made", "import making"), making)
    assert not read(put_on("@made", "import making\nfrom making import made"), making)


def test_a_decorator_that_is_made_first(read: Any) -> None:
    assert not read(put_on("@made(int)"), FACTORY)
    assert read(put_on("@made(int)"), FACTORY.replace("function(check(value, kind))", "click.call(function)"))
    assert not read(put_on("@made(int)"), "def made(kind): return lambda function: function")
    assert read(put_on("@made(int)"), "import click\ndef made(kind): return lambda function: click.command(function)")
    optional = """
        import functools
        def made(function=None, *, name=""):
            if function is None:
                return functools.partial(made, name=name)
            return {}
        """
    assert not read(put_on("@made(name='x')"), optional.format("function"))
    assert read(put_on("@made(name='x')"), optional.format("click.command(function)"))


@pytest.mark.parametrize(
    "making",
    [
        "def made(f): print(f.__doc__)",
        "import inspect\ndef made(f): TABLE[f.__name__] = inspect.getdoc(f)",
        "from inspect import getdoc\ndef made(f): TABLE[f.__name__] = getdoc(f)",
        "import click\ndef made(f): return click.command()(f)",
        "import click\ndef made(f): return click.command(call=f)",
        "import click\ndef made(f):\n    g = f\n    return click.command(g)",
        "import click\ndef made(f):\n    def inner(): return f()\n    return click.command(inner)",
        "import click\ndef made(f):\n    @click.command\n    def inner(): return f()\n    return inner",
        "import click\nclass made:\n    def __init__(self, f):\n        self.f = f\n        click.command(self.f)",
        "import click\nclass made(click.Command): pass",
        "import click\ndef made(f): return helper(f)\ndef helper(f): return click.command(f)",
        "import click\ndef made(f): return helper(f.__name__, f)\ndef helper(name, f): return click.command(f)",
        "def made(f): return helper(LIBRARY.command, f)\ndef helper(other, f): return other(f)",
        "def made(f): return helper(f, key=LIBRARY.command)\ndef helper(f, *, key): return key(f)",
        "def made(f): return getattr(LIBRARY, 'command')(f)",
        "def made(f): return LIBRARY.command(f)",
        "def made(f): return TABLE['command'](f)",
        "import click\nmade = click.command",
        "import click\ndef other(f): return click.command(f)\nmade = other",
        "def other(f): return f\nmade = other\nmade = wrap(made)",
        "from click import made",
        "class made:\n    __new__ = other\n    __call__ = other",
        "",
    ],
)
def test_a_decorator_that_may_look_at_it(read: Any, making: str) -> None:
    assert read(put_on("@made"), making)


def test_a_decorator_that_returns_another_one(read: Any) -> None:
    assert not read(
        put_on("@made(1)"), f"def made(n):\n    return other(n)\n{dedent(FACTORY).replace('made', 'other')}"
    )
    assert not read(
        put_on("@made(1)"), f"def made(n):\n    def check(v): return v\n    return other(check)\n{dedent(CALLED)}"
    )
    assert read(
        put_on("@made(1)"), f"def made(n):\n    return other(n)\n{dedent(CALLED).replace('f.__doc__', 'tell(f)')}"
    )
    assert read(put_on("@made(1)"), "import click\ndef made(n):\n    return click.command(n)")
    assert read(put_on("@made(1)"), "def made(n):\n    return n.command")
    new = """
        import functools
        class made:
            def __new__(cls, function=None, *, name=""):
                if function is None:
                    return functools.partial({}, name=name)
                self = object.__new__(cls)
                self.function = function
                return self
            __call__ = something
        """
    assert not read(put_on("@made(name='x')"), new.format("made"))
    assert read(put_on("@made(name='x')"), new.format("LIBRARY.made"))
    assert read(put_on("@made(name='x')"), new.format("made").replace("function=None", "function"))


def test_a_name_that_is_something_else_elsewhere(read: Any) -> None:
    plain = "def made(f): return f"
    assert not read(put_on("@made"), plain, near_py="from making import made\n")
    assert read(put_on("@made"), plain, near_py="from click import made\n")
    assert read(put_on("@made"), plain, near_py="made = click.command\n")


def test_a_method_may_be_of_anything(read: Any) -> None:
    making = "class Group:\n    def made(self, f): return f\ngroup = Group()"
    assert read(put_on("@group.made", "from making import group"), making)


def test_classes(read: Any) -> None:
    area = "from making import Base\n\nclass Area(Base): 'text'\n"
    assert not read(area, "class Base: pass")
    assert read(area, "class Base:\n    def __init_subclass__(cls): pass")
    assert read(area, "import click\nclass Base(click.Command): pass")
    assert read("class Area(metaclass=Meta): 'text'\n")
    assert read(
        "from making import made\n@made\nclass Area: 'text'\n", "import click\ndef made(c): return click.add(c)"
    )
    assert not read("from making import made\n@made\nclass Area: 'text'\n", "def made(c): return c")


def test_a_module_that_can_not_be_parsed(read: Any, kept: Any) -> None:
    kept.write(app_py=put_on("@made"))
    described = Described(Scopes(kept.present()), Subclassing(Scopes(kept.present())), Trees(lambda path: b"def"))
    assert described.read({"area"}, "app.py") == set()


def test_methods_behind_a_class_of_the_same_name(read: Any) -> None:
    making = dedent("""
        class made:
            def __init__(self, where):
                self.where = where
            def __call__(self, function):
                {}
                return function
        """)
    assert not read(put_on("@made(3)"), making.format("self.function = function"))
    assert read(put_on("@made(3)"), making.format("self.where.register(function)"))
