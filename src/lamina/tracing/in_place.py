"""What code changes in place, and whether it looks at what it changed: such code may do less the second time it runs.

Followed by name, in one function: which containers and attributes it changes, which it looks at, and which variables these are
reached from.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Container, Iterable, Set

from lamina.tracing.closure import closure
from lamina.tracing.inert import FRESH
from lamina.tracing.recalling import (
    FILLING,
    Function,
    deciding,
    first_argument,
    hands_out,
    is_read_inside,
    made_in,
    recalls,
)
from lamina.tracing.scope import Scope, parameters

__all__ = ["ASKED_ONCE", "DISPLAYS", "OF_CONTAINERS", "InPlace"]

_CHANGING_METHODS = frozenset(
    {
        "append", "add", "update", "setdefault", "insert", "extend", "register", "appendleft", "connect", "subscribe", "pop",
        "remove", "discard", "clear", "popitem", "popleft",
    }
)  # fmt: skip
# Beginnings of the names of methods that may change an object which is not the project's.
_REGISTERING = (
    "register", "add_", "subscribe", "connect", "attach", "bind", "hook", "install", "push", "put", "set_", "on_",
)  # fmt: skip
# Others that may make an object answer differently, whatever it is.
_TELLING_METHODS = frozenset({"set", "store", "save", "execute", "executemany", "executescript"})
_TAKING_METHODS = frozenset({"pop", "popleft", "remove", "discard", "clear", "popitem"})
_HANDING_OUT = frozenset({"pop", "popleft", "popitem"})
_FETCHING_METHODS = frozenset({"get", "setdefault", "pop", "popitem", "values", "items", "keys", "copy"})
OF_CONTAINERS = _FETCHING_METHODS | _TAKING_METHODS | FILLING
# Methods that Python calls only as long as there is nothing: what they keep spares them the next call.
ASKED_ONCE = frozenset({"__get__", "__getattr__", "__missing__", "_missing_"})
# They get an object, or a class, that is new.
_OF_NEW = frozenset({"__init__", "__init_subclass__"})
DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_CHANGEABLE = (*DISPLAYS, ast.Call)
# What they give lasts, and is the same each time.
_LASTING_RESULTS = frozenset({"globals", "import_module", "__import__"})
# What belongs to one object or function, and is given by attributes as well.
_OF_OBJECTS = frozenset({"__dict__", "__kwdefaults__", "__annotations__"})


class InPlace:
    """Of one piece of code. `changes` are names of containers and attributes that it may change, `registers` those of objects that
    it calls such a method of as puts something into them, `told` those that may change by whatever it tells them, `done_to`
    variables a method of which is called for nothing that it gives; `branches` says that it may do one thing or another, `shares`
    that the objects of its class have their attributes in common. Of the methods `checked` the results make no difference."""

    def __init__(self, checked: Container[int] = ()) -> None:
        self._checked = checked
        self.changes: set[str] = set()
        self.registers: set[str] = set()
        self.told: set[str] = set()
        self.done_to: set[str] = set()
        self.branches = False
        self.shares = False
        # What is looked at: attributes and variables, and elements of containers.
        self._reads: set[str] = set()
        self._fetches: set[str] = set()
        # Attributes that it is asked whether they are there.
        self._asked: set[str] = set()
        # What is given a value, and what is changed in place.
        self._values: set[str] = set()
        self._containers: set[str] = set()
        # What something is taken from for the caller: an earlier test may have put it there.
        self._taken: set[str] = set()
        self._returned: list[ast.expr] = []
        # Which variables what is changed starts from, and what local variables stand for: they start from these.
        self._rooted: dict[str, set[str]] = defaultdict(set)
        self._stand_for: dict[str, set[str]] = defaultdict(set)
        # Those for which they stand without a call, and which of these belong to no function here.
        self._parts_of: dict[str, set[str]] = defaultdict(set)
        self._outer: set[str] = set()
        self._lasting: set[str] = set()
        # Of these, variables of the module.
        self._variables: set[str] = set()
        # What starts from variables of a function around, which last as long as the inner function does.
        self._around: set[str] = set()
        # Of these, the variables themselves, where an inner function gives them values.
        self._nonlocal: set[str] = set()
        # By local variable: the functions and methods whose results it stands for.
        self._results: dict[str, set[str]] = defaultdict(set)
        # Attributes that are given values or have something put into them, by the variable whose they are; and whatever is
        # changed otherwise.
        self._set_of: dict[str, set[str]] = defaultdict(set)
        self._put_of: dict[str, set[str]] = defaultdict(set)
        self._otherwise: set[str] = set()

    def memory(self, function: Function, is_method: bool, of_class: Container[str] = ()) -> str:
        """Whether it reads what it also changes: "inside" if that is a global variable, a class's attribute or the value of a
        default, "self" if it belongs to the object whose method this is, which may outlive a test, "given" if it does to
        another argument. `of_class` are attributes that hold one container for all objects of its class."""
        if self.shares:
            return "inside"
        if function.name in ASKED_ONCE:  # it is only called as long as nothing is kept
            changed = set[str]().union(*map(self._roots, self._rooted))
            return "inside" if self._lasting else "self" if changed & parameters(function.args) else ""
        if not self.branches:
            return ""  # it does the same each time
        both = self._both(function)
        if function.name == "__init_subclass__":
            both -= self._only_of({first_argument(function)})
        defaults = _kept_defaults(function)
        lasting = (name for name in both if name in self._lasting or self._is_part_of_lasting(name, defaults))
        if any(lasting) or (both & self._around and hands_out(function)):
            return "inside"
        if is_method and any(name in of_class for name in both & self._containers):
            return "inside"
        local = both & (self.changes | parameters(function.args))
        kept = set[str]().union(*map(self._roots, local))
        if is_method and first_argument(function) in kept:
            return "self"
        changed = kept & _in_their_places(function)
        return "given" if changed and not changed.isdisjoint(deciding(function, changed)) else ""

    def _both(self, function: Function) -> set[str]:
        """What it changes after it may have looked at it."""
        values = self.changes & self._values & self._reads
        both = {name for name in values if recalls(function, name, name in self._variables)}
        both |= {name for name in values & self._nonlocal if is_read_inside(function, name)}
        both |= (self._containers | self._taken) & self._fetches
        return both | (self.changes & self._values & self._asked)

    def _roots(self, name: str) -> set[str]:
        """The variables that what is changed under this name is reached from, directly or through others."""
        return closure(self._rooted[name], self._stand_for)

    def _is_part_of_lasting(self, name: str, defaults: set[str]) -> bool:
        """Whether it is changed through a local variable that stands for (a part of) a global one, or a default."""
        roots = closure(self._rooted[name], self._parts_of)
        return not defaults.isdisjoint(roots) or not self._outer.isdisjoint(roots)

    def reads(self, name: str) -> None:
        """A variable or attribute is looked at."""
        self._reads.add(name)

    def fetches(self, container: ast.AST) -> None:
        """An element is looked for in a container, or all of them."""
        self._fetches.add(_last_name(container))

    def asks(self, attribute: str) -> None:
        """Something is asked whether it has such an attribute."""
        self._asked.add(attribute)

    def fetched(self) -> set[str]:
        """What was looked into so far; for `forget`."""
        return set(self._fetches)

    def forget(self, before: set[str]) -> None:
        """What was looked into since `fetched` gave that is no use of what was kept."""
        self._fetches = before

    def shares_with_all(self, target: ast.expr, value: ast.expr) -> None:
        """An object's attributes are to be those that something else has."""
        self.shares |= isinstance(target, ast.Attribute) and target.attr == "__dict__" and _is_part(value)

    def sets(self, attribute: ast.Attribute, scope: Scope) -> None:
        """An attribute gets a value, or is deleted."""
        self._values.add(attribute.attr)
        self._changed(attribute, scope)
        self._note(self._set_of, attribute)

    def puts(self, container: ast.AST, scope: Scope) -> None:
        """An element is put into a container, or deleted."""
        self._containers.add(_last_name(container))
        self._puts_into(container, scope)
        self._changed(container, scope)

    def calls(self, method: ast.Attribute, scope: Scope) -> None:
        """A method is called, which may be one that changes its object or looks into it."""
        if method.attr in _CHANGING_METHODS:
            if method.attr not in _TAKING_METHODS:  # what was taken away is not there for later
                self._containers.add(_last_name(method.value))
            self._puts_into(method.value, scope)
            self._changed(method.value, scope)
        elif method.attr.startswith(_REGISTERING):
            self.registers.add(_last_name(method.value))
            self.told.add(_last_name(method.value))
        elif method.attr in _TELLING_METHODS:
            self.told.add(_last_name(method.value))
        if method.attr in _FETCHING_METHODS and id(method) not in self._checked:
            self.fetches(method.value)

    def returns(self, value: ast.expr) -> None:
        """A value is given to the caller, which may be taken out of a container."""
        self._returned.append(value)
        method = value.func if isinstance(value, ast.Call) else None
        if isinstance(method, ast.Attribute) and method.attr in _HANDING_OUT:
            self._taken.add(_last_name(method.value))
            self.fetches(method.value)

    def makes(self, function: Function, is_method: bool) -> None:
        """This is what the function does, which may make objects: the attributes that it gives these are nobody else's."""
        if not self.changes:
            return
        made = made_in(function)
        if is_method and function.name in _OF_NEW:
            made.add(first_argument(function))
        self.changes -= self._only_of(made)

    def _only_of(self, made: set[str]) -> set[str]:
        """The attributes that are given to the objects of these variables, and changed of no others."""
        others = set(self._otherwise)
        for root, names in self._put_of.items():  # what it has put there itself is the object's own
            others |= names - self._set_of.get(root, set()) if root in made else names
        for root, names in self._set_of.items():
            others |= names if root not in made else set()
        return {name for root in made for name in self._set_of.get(root, ())} - others

    def declares_global(self, names: Iterable[str]) -> None:
        """Variables of the module that are given a value here."""
        names = set(names)
        self.changes |= names
        self._values |= names
        self._lasting |= names
        self._variables |= names

    def declares_nonlocal(self, names: Iterable[str]) -> None:
        """Variables of a function around this one that are given a value here."""
        names = set(names)
        self.changes |= names
        self._values |= names
        self._around |= names
        self._nonlocal |= names

    def replaces(self, function: Function) -> bool:
        """Whether it gives a variable of the module another function that it has made, with what it has computed by then."""
        return bool(self._variables & self._values) and hands_out(function)

    def replaced(self, function: Function, is_method: bool) -> list[str]:
        """The cache that it amounts to if it puts something else in its own place."""
        if not is_method:
            return ["cache"] if function.name in self._variables else []
        is_own = function.name in self._set_of[first_argument(function)]
        return ["cached_property"] if is_own and function.name not in _OF_NEW else []

    def gives(self, bare: Set[str]) -> bool:
        """Whether it may return a part of something that lasts: of a global variable, `bare`, or of its class."""
        parts = {_root_name(option) for value in self._returned for option in _options(value) if _is_part(option)}
        return not closure(parts, self._parts_of).isdisjoint({"cls", *bare})

    def kept_in_results(self, function: Function) -> set[str]:
        """The functions and methods that gave it what it changes after it may have looked at it: that lasts if theirs does."""
        if not (self.branches and self._results):
            return set()
        roots = set[str]().union(*(closure(self._rooted[name], self._parts_of) for name in self._both(function)))
        return set[str]().union(*(self._results[root] for root in roots & self._results.keys()))

    def binds(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        """Variables stand for (parts of) what another expression gives."""
        options = _options(value)
        roots = {_root_name(option) for option in options} - {""}
        parts = {_root_name(option) for option in options if _is_part(option)} - {""}
        self._outer |= {root for root in parts if not scope.holds(root)}
        if any(map(_is_its_class, options)):
            parts.add("cls")
            self._outer.add("cls")
        results = {_last_name(option.func) for option in options if isinstance(option, ast.Call)} - FRESH
        for single in target.elts if isinstance(target, (ast.Tuple, ast.List)) else (target,):
            if isinstance(single, ast.Name):
                self._stand_for[single.id] |= roots
                self._parts_of[single.id] |= parts
                if results:
                    self._results[single.id] |= results

    def _puts_into(self, container: ast.AST, scope: Scope) -> None:
        if isinstance(container, ast.Attribute):
            # In the first case it is as if the object were given attributes.
            self._note(self._set_of if container.attr in _OF_OBJECTS else self._put_of, container)
        elif not (isinstance(container, ast.Name) and scope.has(container.id)):  # no attribute has that name by it
            self._otherwise.add(_last_name(container))

    def _note(self, names: dict[str, set[str]], attribute: ast.Attribute) -> None:
        if isinstance(attribute.value, ast.Name):
            names[attribute.value.id].add(attribute.attr)
        else:
            self._otherwise.add(attribute.attr)

    def _changed(self, container: ast.AST, scope: Scope) -> None:
        name, root = _last_name(container), _root_name(container)
        self._rooted[name].add(root)
        lasts = root == "cls" or not scope.holds(root) or _is_of_class(container)
        is_around = not scope.has(root)
        if lasts or is_around or isinstance(container, ast.Attribute):
            self.changes.add(name)
        if lasts:  # a global variable or a class
            self._lasting.add(name)
        elif is_around:
            self._around.add(name)


def _is_part(value: ast.expr) -> bool:
    """Whether an expression gives a variable, or what can be reached from it."""
    while isinstance(value, (ast.Attribute, ast.Subscript)):
        value = value.value
    if isinstance(value, ast.Call):
        if _last_name(value) in _LASTING_RESULTS:
            return True
        if isinstance(value.func, ast.Attribute) and value.func.attr in _FETCHING_METHODS:
            return _is_part(value.func.value)
    return isinstance(value, ast.Name)


def _in_their_places(function: Function) -> set[str]:
    """The parameters but those for arguments in excess, whose containers belong to nobody else."""
    arguments = function.args
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _kept_defaults(function: Function) -> set[str]:
    """The parameters whose default is an object that may be changed."""
    arguments = function.args
    usual = [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) :] if arguments.defaults else []
    pairs = [
        *zip(usual, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {argument.arg for argument, default in pairs if isinstance(default, _CHANGEABLE)}


def _last_name(node: ast.AST) -> str:
    """Of what is changed in place: "a.b[c].d" → "d", "a[b]" → "a", "a.b.setdefault(c, [])" → "b"."""
    while isinstance(node, (ast.Subscript, ast.Call)):
        node = node.value if isinstance(node, ast.Subscript) else node.func
        if isinstance(node, ast.Attribute) and node.attr in _FETCHING_METHODS:
            node = node.value
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_of_class(node: ast.AST) -> bool:
    """Whether it is reached by way of an object's class."""
    while isinstance(node, (ast.Subscript, ast.Call, ast.Attribute)):
        if isinstance(node, ast.Attribute) and node.attr == "__class__":
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _is_its_class(value: ast.expr) -> bool:
    """Whether an expression gives an object's class, or what that has."""
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "type" and len(value.args) == 1
    return _is_of_class(value)


def _root_name(node: ast.AST) -> str:
    """What an expression starts from: "a.b[c].d" → "a"."""
    while isinstance(node, (ast.Subscript, ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return getattr(node, "id", "")


def _options(value: ast.expr) -> list[ast.expr]:
    """What an expression may have for its value, as far as that is one of its parts."""
    if isinstance(value, ast.IfExp):
        return [*_options(value.body), *_options(value.orelse)]
    if isinstance(value, ast.BoolOp):
        return [option for part in value.values for option in _options(part)]
    if isinstance(value, ast.NamedExpr):
        return _options(value.value)
    return list(value.elts) if isinstance(value, (ast.Tuple, ast.List)) else [value]
