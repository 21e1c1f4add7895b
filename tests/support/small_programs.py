"""Small programs made by chance, with tests, and edits of them: what selection by dependencies is compared on.

A program is three modules of definitions. Each one uses only those before it, so that nothing calls itself. Expressions are
nested tuples, rendered anew after each edit, as names may be imported in several ways.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

__all__ = ["Program", "draw"]

MODULES = ("base", "middle", "top")
METHODS = ("first", "second", "third")
STYLES = ("names", "star", "module", "alias")
WAYS = ("plain", "memo", "lazy", "generator", "nested", "lambda", "try", "data", "computed")
DECORATORS = ("", "", "", "lru_cache", "changed", "register")
Expression = tuple[Any, ...]


@dataclass
class Definition:
    """`kind`: constant, read (a constant out of a file), table, function, class. `value` is its expression, or by name those
    of a table or of a class's methods."""

    kind: str
    name: str
    module: int
    value: Any = None
    way: str = "plain"
    decorator: str = ""
    default: int = 1
    base: str = ""
    attribute: int | None = 1
    fallback: bool = False
    noise: str = ""


@dataclass
class Test:
    name: str
    file: str
    value: Expression
    fixture: bool = False
    expected: str = "?"


@dataclass
class Program:
    definitions: list[Definition] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    data: str = "3"
    fixture: int = 1
    scope: str = "module"
    statements: list[tuple[int, str]] = field(default_factory=list)
    exports: bool = False

    def before(self, number: int, *kinds: str) -> list[Definition]:
        """Those that the definition of this number may use."""
        return [one for one in self.definitions[:number] if one.kind in kinds]

    def files(self) -> dict[str, str]:
        """The whole tree, by path."""
        files = {
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "app/__init__.py": "",
            "app/data.txt": self.data,
            "tests/conftest.py": f"import pytest\n@pytest.fixture(scope={self.scope!r})\ndef shift(): return {self.fixture}\n",
        }
        for number, name in enumerate(MODULES):
            files[f"app/{name}.py"] = _Module(self, number).text()
        for file in sorted({test.file for test in self.tests}):
            files[f"tests/{file}"] = _Module(self, len(MODULES)).tests(file)
        return files


def draw(random: Random) -> Program:
    """A program; what its tests expect is not known yet."""
    program = Program(styles=[random.choice(STYLES) for _ in range(len(MODULES) + 1)])
    count = random.randint(5, 11)
    for number in range(count):
        program.definitions.append(definition(program, random, number, number * len(MODULES) // count))
    for number in range(random.randint(4, 10)):
        program.tests.append(_test(program, random, number))
    return program


def _test(program: Program, random: Random, number: int) -> Test:
    value = expression(program, random, len(program.definitions), depth=1)
    if random.random() < 0.15:
        value = ("registered", random.randint(0, 4))
    return Test(f"test_{number}", random.choice(("test_one.py", "test_two.py")), value, random.random() < 0.2)


def definition(program: Program, random: Random, number: int, module: int) -> Definition:
    """One that may use those before `number`."""
    kind = random.choice(("constant", "table", "function", "function", "function", "class", "class", "read"))
    one = Definition(kind, f"{kind[0]}{number}", module, noise="", attribute=random.choice((None, 1, 2)))
    if kind == "constant":
        one.value = ("number", random.randint(0, 9)) if random.random() < 0.6 else use(program, random, number)
    elif kind == "table":
        functions = program.before(number, "function")
        one.value = {
            key: random.choice(functions).name if functions and random.random() < 0.6 else random.randint(0, 9)
            for key in ("a", "b")
        }
    elif kind == "function":
        one.way, one.decorator = random.choice(WAYS), random.choice(DECORATORS)
        one.default = random.randint(0, 3)
        one.value = expression(program, random, number)
    elif kind == "class":
        classes = program.before(number, "class")
        one.base = random.choice(classes).name if classes and random.random() < 0.7 else ""
        chosen = [name for name in METHODS if random.random() < 0.5]
        one.value = {name: method(program, random, number, name, bool(one.base)) for name in chosen}
    return one


def method(program: Program, random: Random, number: int, name: str, has_base: bool) -> Expression:
    """A method's expression: of its object, of the method of the same name above it, or of something else."""
    place = METHODS.index(name)
    choice = random.randint(0, 4)
    if choice == 0 and has_base:
        return ("+", ("super", name), ("number", random.randint(0, 9)))
    if choice == 1 and place:
        return ("+", ("own", random.choice(METHODS[:place])), ("argument",))
    if choice == 2:
        return ("+", ("attribute",), ("argument",))
    return expression(program, random, number)


def expression(program: Program, random: Random, number: int, depth: int = 2) -> Expression:
    choice = random.random()
    if depth == 0 or choice < 0.35:
        return use(program, random, number)
    if choice < 0.5:
        return random.choice((("argument",), ("number", random.randint(0, 9))))
    sides = [expression(program, random, number, depth - 1) for _ in range(2)]
    return (random.choice(("+", "-", "if", "sum")), *sides)


def use(program: Program, random: Random, number: int) -> Expression:
    """Of a definition, if there is one."""
    known = program.definitions[:number]
    if not known:
        return ("number", random.randint(0, 9))
    one = random.choice(known)
    if one.kind == "table":
        return ("entry", one.name, random.choice("ab"))
    if one.kind == "function":
        return ("call", one.name, random.randint(0, 4), random.choice((None, 1, 2)))
    if one.kind == "class":
        return random.choice(
            (
                ("member", one.name),
                ("method", one.name, random.choice(METHODS), random.randint(0, 4)),
                ("length", one.name),
            )
        )
    return (random.choice(("name", "name", "getattr")), one.name)


class _Module:
    """Renders one module, or a test file as the last of them."""

    def __init__(self, program: Program, number: int) -> None:
        self._program = program
        self._number = number
        self._modules = {one.name: one.module for one in program.definitions}
        self._used: dict[int, set[str]] = {}
        self._style = program.styles[number]

    def text(self) -> str:
        own = [one for one in self._program.definitions if one.module == self._number]
        body = "".join(f"\n\n{one.noise}{self._definition(one)}" for one in own)
        body += "".join(f"\n{statement}" for module, statement in self._program.statements if module == self._number)
        top = "from functools import lru_cache\nfrom pathlib import Path\n"
        if not self._number:
            top += "REGISTERED = []\ndef register(function):\n    REGISTERED.append(function)\n    return function\n"
            top += (
                "def changed(function):\n    def call(*given):\n        return function(*given) + 1\n    return call\n"
            )
        else:
            top += "from app.base import REGISTERED, changed, register\n"
        if self._program.exports and not self._number:
            top += f"__all__ = {['REGISTERED', *(one.name for one in own)]}\n"
        return top + self._imports() + body + "\n"

    def tests(self, file: str) -> str:
        body = ""
        for test in self._program.tests:
            if test.file == file:
                more = " + shift" if test.fixture else ""
                value = self._value(test.value).replace("given", "2")
                body += f"\n\ndef {test.name}({'shift' if test.fixture else ''}):\n"
                body += f"    assert value(lambda: {value}{more}) == {test.expected!r}\n"
        top = "from app import base, middle, top\nfrom app.base import REGISTERED\n" + self._imports()
        return (
            top + "\n\ndef value(compute):\n    try:\n        return repr(compute())\n"
            "    except Exception as error:\n        return type(error).__name__\n" + body
        )

    def _imports(self) -> str:
        lines = []
        for module, names in sorted(self._used.items()):
            place = MODULES[module]
            lines.append(
                {
                    "names": f"from app.{place} import {', '.join(sorted(names))}\n",
                    "star": f"from app.{place} import *\n",
                    "module": f"from app import {place}\n",
                    "alias": f"import app.{place} as the_{place}\n",
                }[self._style]
            )
        return "".join(lines)

    def _definition(self, one: Definition) -> str:
        if one.kind == "constant":
            return f"{one.name} = {self._value(one.value)}"
        if one.kind == "read":
            return f"{one.name} = int(Path(__file__).with_name('data.txt').read_text())"
        if one.kind == "table":
            entries = (
                f"{key!r}: {self._name(held) if isinstance(held, str) else held}" for key, held in one.value.items()
            )
            return f"{one.name} = {{{', '.join(entries)}}}"
        return self._function(one) if one.kind == "function" else self._class(one)

    def _function(self, one: Definition) -> str:
        value, head = self._value(one.value), f"def {one.name}(given, more={one.default}):\n"
        result = f"({value}) + more"
        if one.way == "lambda":
            return f"{one.name} = lambda given, more={one.default}: {result}"
        if one.decorator:
            head = f"@{one.decorator}\n{head}"
        kept = f"kept_{one.name}"
        bodies = {
            "memo": f"    if (given, more) not in {kept}:\n        {kept}[given, more] = {result}\n    return {kept}[given, more]",
            "lazy": f"    from app import base\n    return {result} + len(base.REGISTERED) * 0",
            "generator": f"    def values():\n        yield {result}\n    return sum(values())",
            "nested": f"    def inner(given):\n        return {result}\n    return inner(given)",
            "try": f"    try:\n        return {result}\n    except Exception:\n        return -1",
            "data": f"    return int(Path(__file__).with_name('data.txt').read_text()) + {result}",
            "computed": f"    return {result} + len([name for name in globals() if name.startswith('c')])",
        }
        return (f"{kept} = {{}}\n" if one.way == "memo" else "") + head + bodies.get(one.way, f"    return {result}")

    def _class(self, one: Definition) -> str:
        lines = [f"class {one.name}({self._name(one.base) if one.base else ''}):"]
        if one.attribute is not None:
            lines.append(f"    attribute = {one.attribute}")
        for name, value in one.value.items():
            lines.append(f"    def {name}(self, given): return {self._value(value)}")
        if one.fallback:
            lines.append("    def __getattr__(self, name): return 7")
            lines.append("    def __len__(self): return 2")
        return "\n".join([*lines, "    pass"])

    def _name(self, name: str) -> str:
        module = self._modules.get(name, self._number)
        if module >= self._number:
            return name
        self._used.setdefault(module, set()).add(name)
        prefix = {"module": f"{MODULES[module]}.", "alias": f"the_{MODULES[module]}."}.get(self._style, "")
        return prefix + name

    def _value(self, value: Expression) -> str:
        kind, *rest = value
        if kind in ("+", "-"):
            return f"({self._value(rest[0])} {kind} {self._value(rest[1])})"
        if kind == "if":
            return f"({self._value(rest[0])} if {self._value(rest[1])} > 3 else 5)"
        if kind == "sum":
            return f"sum({self._value(rest[0])} + each for each in range({self._value(rest[1])} % 3))"
        if kind == "call":
            _, name, given, more = value
            return f"{self._name(name)}({given}{'' if more is None else f', {more}'})"
        if kind == "entry":
            name = self._name(rest[0])
            return f"({name}[{rest[1]!r}](1) if callable({name}[{rest[1]!r}]) else {name}[{rest[1]!r}])"
        if kind == "method":
            return f"{self._name(rest[0])}().{rest[1]}({rest[2]})"
        if kind == "getattr" and self._style in ("module", "alias") and self._modules.get(rest[0], 9) < self._number:
            holder, _, name = self._name(rest[0]).rpartition(".")
            return f"getattr({holder}, {name!r}, 11)"
        return {
            "number": lambda: str(rest[0]), "argument": lambda: "given", "name": lambda: self._name(rest[0]),
            "getattr": lambda: self._name(rest[0]), "member": lambda: f"{self._name(rest[0])}.attribute",
            "length": lambda: f"len({self._name(rest[0])}())", "super": lambda: f"super().{rest[0]}(given)",
            "own": lambda: f"self.{rest[0]}(given)", "attribute": lambda: "self.attribute",
            "registered": lambda: f"sum(one({rest[0]}) for one in REGISTERED)",
        }[kind]()  # fmt: skip
