"""Which names lead from one function to another: those that it uses, those that it is found by, those that stand for it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from lamina.tracing.analysis import Body, Definition, is_special

__all__ = ["OF_CLASSES", "found_by", "keys", "may_make", "names_used_by", "stands_for", "used_by"]

# Found through the names of classes: whoever has such a method run names the class, or one that is based on it.
OF_CLASSES = frozenset({"__init__", "__new__", "__init_subclass__"})


def names_used_by(body: Body) -> set[str]:
    """What it uses of the project, without those names of its own that are mentions only because a change of their headers is one
    of it."""
    used = set(body.mentions).difference(body.name.partition("#")[0].split(".")).union(body.used_of_own)
    return used.difference(body.of_libraries)


def may_make(body: Body) -> set[str]:
    """What it uses that it may make objects of."""
    return names_used_by(body).difference(body.asks)


def used_by(body: Body) -> frozenset[str]:
    """The keys of what it uses."""
    names = names_used_by(body).difference(body.used_of_own)
    return frozenset(keys(names, body.bare)).union(body.used_of_own, (f".{name}" for name in body.used_of_own))


def keys(names: Iterable[str], bare: Container[str]) -> Iterator[str]:
    """How names are looked up: with a dot in front those that may be an attribute. (Objects of a class have brackets behind it.)"""
    return (name if name in bare else f".{name}" for name in names)


def found_by(body: Body) -> list[str]:
    """The keys that lead to a function: no bare name leads to a method."""
    name, outer = body.simple_name, body.class_name
    found = [f".{name}"] if name not in OF_CLASSES else []
    if not outer:
        found.append(name)
    elif is_special(name):
        found += [outer, f".{outer}"]  # who names the class has it run
        if name not in OF_CLASSES:
            found.append(f"{outer}()")
    return found


def stands_for(definition: Definition) -> set[str]:
    """The keys of what a value has or is: of what was called to make it, only objects are there."""
    called = set() if definition.is_lazy else {call.rpartition(".")[2] for call in definition.calls}
    mentioned = set(definition.mentions).difference(definition.of_libraries)
    return {*keys(mentioned - called, definition.bare), *(f"{name}()" for name in mentioned & called)}
