"""Names that code makes up when it runs: which of them are noted, and that the code does the same with notes in it."""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lamina.tracing.inputs import Inputs
from lamina.tracing.instrumenting import instrument
from lamina.tracing.made_up import NAME, OBJECT, TEXT
from lamina.tracing.noting import install
from lamina.tracing.reading import ANY, MEMBERS, OWN, Piece
from lamina.tracing.recorder import Recorder

FUNCTIONS = (NAME, OBJECT, TEXT)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    # This process may have them already, from a lamina that runs these tests.
    before = {name: getattr(builtins, name, None) for name in FUNCTIONS}
    recorder = Recorder(Inputs(str(tmp_path), str(tmp_path / ".lamina")))
    install(recorder, lambda path: path.removeprefix("/project/") if path.startswith("/project/") else None)
    yield recorder
    for name, value in before.items():
        delattr(builtins, name) if value is None else setattr(builtins, name, value)


def run(text: str, /, **names: Any) -> dict[str, Any]:
    """What the code leaves behind, with notes in it."""
    tree = ast.parse(text)
    instrument(tree, [], "")
    exec(compile(tree, "case", "exec"), names)
    return names


def module(path: str, **names: Any) -> types.ModuleType:
    made = types.ModuleType("made")
    made.__file__ = path
    vars(made).update(names)
    return made


@pytest.mark.parametrize(
    ("code", "result", "keys"),
    [
        ("getattr(thing, 'si' + 'ze')", 1, {"mention:size"}),
        ("getattr(thing, 'no' + 'thing', 5)", 5, {"mention:nothing"}),
        ("hasattr(thing, text)", False, {"mention:word"}),
        ("getattr(thing, 'size')", 1, set()),
        ("hasattr(thing, 'no such name'[:])", False, set()),
        ("bool(getattr(thing, '__dict' + '__'))", True, {"mention:*"}),
        ("eval('1 + two', {'two': 2})", 3, {"mention:two"}),
        ("eval(compile('one.two', 'x', 'eval'), {'one': thing})", 2, {"mention:one", "mention:two"}),
        ("eval('len(globals())', {})", 1, {"mention:*"}),
        ("eval(compile('thing.__dict__', 'x', 'eval')) is not None", True, {"mention:*"}),
        ("eval(compile('lambda self: self.__dict__', 'x', 'eval')) is not None", True, set()),
        (
            "eval(compile('lambda self, it: (self.__dict__, it.__dict__)', 'x', 'eval')) is not None",
            True,
            {"mention:*"},
        ),
        ("eval(compile('lambda self: (self.__dict__, \"__dict__\")', 'x', 'eval')) is not None", True, {"mention:*"}),
        (
            "eval(compile('__import__(\"sys\").path', 'x', 'eval')) is not None",
            True,
            {"mention:__import__", "mention:path", "mention:sys"},
        ),
        ("eval(compile('lambda it: it.vars', 'x', 'eval')) is not None", True, {"mention:vars"}),
        ("eval(compile('lambda it: vars', 'x', 'eval')) is not None", True, {"mention:*"}),
        ("eval(compile('lambda it: __builtins__.vars', 'x', 'eval')) is not None", True, {"mention:*"}),
        ("eval(b'1')", 1, {"mention:*"}),
        ("vars(thing)['size']", 1, {"lookup:a.py"}),
        ("thing.__dict__['size']", 1, {"lookup:a.py"}),
        ("'size' in dir(thing)", True, {"lookup:a.py"}),
        ("vars(other)['size']", 1, set()),
        ("object.__dict__ is not None", True, set()),
        ("getattr(*[thing, 'size'])", 1, set()),
    ],
)
def test_what_is_noted(recorder: Recorder, code: str, result: object, keys: set[str]) -> None:
    thing = module("/project/a.py", size=1, two=2)
    other = module("/elsewhere/a.py", size=1)
    assert run(f"result = {code}", thing=thing, other=other, text="word")["result"] == result
    assert recorder.base.inputs == keys


def test_a_module_that_looks_at_its_own_names(recorder: Recorder) -> None:
    own = module("/project/a.py")
    names = vars(own)
    tree = ast.parse("def f(): return vars(itself)['f'] is f\n")
    instrument(tree, [], "")
    exec(compile(tree, "case", "exec"), names)
    names["itself"] = own
    assert names["f"]()
    assert recorder.base.inputs == {"lookup_own:a.py"}


class Unbound:
    """As flask's proxies: asked what it is, it fails when nothing is bound."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("nothing is bound")

    @__class__.setter
    def __class__(self, value: Any) -> None: ...


def test_objects_are_not_asked_what_they_are(recorder: Recorder) -> None:
    assert run("result = vars(thing)", thing=Unbound())["result"] == {}
    with pytest.raises(TypeError):
        run("getattr(1, thing)", thing=Unbound())
    assert recorder.base.inputs == set()


def test_who_made_a_name_up(recorder: Recorder) -> None:
    text = "def f(thing): return getattr(thing, 're' + 'al'), [getattr(thing, name) for name in ('imag',)]\ndef g(): pass\n"
    names = run(text)
    names["f"](1)  # nobody asks
    recorder.inputs.readers = {}
    names["f"](1)
    found = recorder.inputs.readers
    makers = {key: {code.co_qualname for code in codes.values() if code} for key, codes in found.items()}
    comprehension = "f" if sys.version_info >= (3, 12) else "f.<locals>.<listcomp>"
    assert makers == {"mention:real": {"f"}, "mention:imag": {comprehension}}


def test_an_error_has_no_frame_of_a_note(recorder: Recorder) -> None:
    with pytest.raises(AttributeError) as caught:
        run("getattr(thing, 'no' + 'thing')", thing=1)
    assert [entry.name for entry in caught.traceback][1:] == ["run", "<module>"]


def test_nothing_is_put_into_an_assertion() -> None:
    text = "assert getattr(a, b) == c.__dict__\ngetattr(a, b)"
    tree = ast.parse(text)
    instrument(tree, [], "")
    assert ast.unparse(tree) == f"assert getattr(a, b) == c.__dict__\ngetattr(a, {NAME}(b))"


@pytest.mark.parametrize(
    ("code", "made_up"),
    [
        ("getattr(a, b)", ()),
        ("getattr(a, 'b')", ()),
        ("getattr(a, '__dict__')", (ANY,)),
        ("assert getattr(a, b)", (ANY,)),
        ("call(getattr)", (ANY,)),
        ("def f(locals): return locals", ()),
        ("def f():\n    for dir in a: call(dir)", ()),
        ("def f():\n    def g(): return dir\n    dir = 1", ()),
        ("class A:\n    dir = 1\n    def f(self): return dir", (ANY,)),
        ("getattr(*a)", (ANY,)),
        ("eval(a)", ()),
        ("a.__dict__", (MEMBERS,)),
        ("self.__dict__", ()),
        ("a.__dict__ = b", (ANY,)),
        ("vars(a)", (MEMBERS,)),
        ("inspect.getmembers(a)", (MEMBERS,)),
        ("globals()", (OWN,)),
        ("globals(), vars(a)", (MEMBERS, OWN)),
        ("attrgetter(a)", (ANY,)),
        ("frame.f_globals", (ANY,)),
        ("a.b", ()),
    ],
)
def test_what_may_be_made_up_without_a_note(code: str, made_up: tuple[str, ...]) -> None:
    piece = Piece()
    piece.statements(ast.parse(code).body)
    assert piece.made_up() == made_up
