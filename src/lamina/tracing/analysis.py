"""A module in blocks, as data: what `blocks` makes of a syntax tree, and what is kept of it in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "COMPUTED_EXPORTS",
    "EMPTY",
    "GENERATOR",
    "HEARS",
    "LISTED",
    "OF_MADE",
    "Analysis",
    "Body",
    "Definition",
    "is_special",
]


class Body(NamedTuple):
    """A function's body; `name` is its qualified name, with "#2" and so on behind it when it is defined again. `changes` are
    names of what it may change in place. `memory` says how earlier calls may spare a later one its work: "inside", "self" or
    "given" when the body itself keeps what it computed (globally, in its object, in what it is given), "generator" when it may
    go on where another test left it, and the dotted names of the decorators that may, with `OF_MADE` behind those of functions
    that it makes; joined by spaces. `bare` are the mentions that are looked up in the module itself, and nowhere else; `made_up`
    is as in `Piece`. The parts of its own name are mentions, since a change of its header or of its class is one of it;
    `used_of_own` are those of them that it uses. `is_of_class`: a method of the class itself, which makes no object of it.
    `deciding` are the global variables, their attributes and those of the class, and with a dot in front the attributes of its
    object, that decide what it does. `registers` are names of objects that it may put something into by a method of theirs, `fills`
    the global variables that it puts something into whatever is there already. `asks` are the mentions that are only asked about,
    as classes are by `isinstance`: it makes no objects of them. `wraps` are names of functions that it puts a cache around;
    `calls_given`: it calls one that it was given; `of_libraries` are mentions that stand for nothing of the project's. `gives`:
    what it returns is, or may be, a part of something that lasts (a global variable, its class); `results` are names of functions
    whose results it changes, and looks at before: it keeps something in them if they last."""

    name: str
    fingerprint: str
    mentions: tuple[str, ...]
    imports: tuple[str, ...]
    changes: tuple[str, ...] = ()
    memory: str = ""
    bare: tuple[str, ...] = ()
    made_up: tuple[str, ...] = ()
    used_of_own: tuple[str, ...] = ()
    is_of_class: bool = False
    deciding: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    wraps: tuple[str, ...] = ()
    calls_given: bool = False
    of_libraries: tuple[str, ...] = ()
    gives: bool = False
    results: tuple[str, ...] = ()

    @property
    def simple_name(self) -> str:
        """The last part of its name."""
        return self.name.partition("#")[0].rpartition(".")[2]

    @property
    def class_name(self) -> str:
        """The simple name of the class that it is a method of; empty for a function."""
        return self.name.partition("#")[0].rpartition(".")[0].rpartition(".")[2]


class Definition(NamedTuple):
    """Something that is looked up by `name`. When it changes, so do the names `also`, and what is changed in place by the
    functions and classes named in `calls`, which run when it is made (decorators, metaclasses, makers of a value).
    `is_value` says that it is what the name stands for, not the header of something. `bare` is as in `Body`. What is imported
    from a module has that and the name there for its `origin`, with a colon between; of a module there is no name. Classes and
    what they have (`is_member`) are found through objects, the rest only through its module. `made_up` is as in `Piece`. Of a
    class, `bases` are the names of what it is based on and may be the project's, with `HEARS` if it may take note of its
    subclasses; None of anything else. `hints` are further names, in annotations of parameters and of what is returned: when one of
    them changes, who has it called, or reads annotations, may find another type there. Of a special method, whose header is a part
    of its class's, there is only that, with its class's name in front and no fingerprint. `is_lazy`: a part of it is evaluated
    later than it is made. `owner` is the class whose header says that this member is there, and the value of one that is none of
    its methods. `doc` is of the docstring of what something is made of that may read it: by a decorator, by a base. `given` are
    attributes of something that a value's makers are given, behind the names of that. `of_libraries`: as in `Body`, of a value."""

    name: str
    fingerprint: str
    mentions: tuple[str, ...]
    also: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    is_value: bool = False
    bare: tuple[str, ...] = ()
    origin: str = ""
    is_member: bool = False
    made_up: tuple[str, ...] = ()
    bases: tuple[str, ...] | None = None
    hints: tuple[str, ...] = ()
    is_lazy: bool = False
    owner: str = ""
    doc: str = ""
    given: tuple[str, ...] = ()
    of_libraries: tuple[str, ...] = ()


class Analysis(NamedTuple):
    """A module in blocks. `imports` are those that run when the module is imported; `docs` is of all docstrings, `keeping_docs` are
    the private attributes that some of its code keeps docstrings in. `handed` is what its statements call, by simple names, each
    with the names that are given to it there."""

    bodies: Sequence[Body]
    definitions: Sequence[Definition]
    effects: str
    effect_mentions: tuple[str, ...]
    imports: tuple[str, ...]
    docs: str
    effect_bare: tuple[str, ...] = ()
    effect_made_up: tuple[str, ...] = ()
    keeping_docs: tuple[str, ...] = ()
    handed: tuple[tuple[str, tuple[str, ...]], ...] = ()


# Among a class's bases: it has `__init_subclass__`, a metaclass, or a decorator that may have given it one.
HEARS = "*"
# The fingerprint of a name in `__all__`, and the name that stands for an `__all__` which is not a plain list of names.
LISTED = "listed"
COMPUTED_EXPORTS = "__all__ computed"
GENERATOR = "generator"
# Behind the name of a decorator: it is not the function's own, but of one that it makes.
OF_MADE = "()"
EMPTY = Analysis((), (), "", (), (), "")


def is_special(name: str) -> bool:
    """Whether Python calls a method of this name by itself, for objects of the class."""
    return name.startswith("__") and name.endswith("__")
