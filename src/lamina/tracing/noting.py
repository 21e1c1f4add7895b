"""What code with notes calls: tells the collector at the top which names were made up, and of which modules all names are seen.

`mention:NAME` is a name that was looked up ("*": any), with the code that did it; `lookup:PATH` is a module of which code
elsewhere saw all names, `lookup_own:PATH` one of which its own code did.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Container, Iterator

# By value: a test may replace the functions of `sys`.
from sys import _getframe
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from lamina.tracing.made_up import LOOKUP, LOOKUP_OWN, MENTION, NAME, OBJECT, TEXT
from lamina.tracing.reading import ANY, SHOW_ALL_NAMES

if TYPE_CHECKING:
    from lamina.tracing.recorder import Recorder

__all__ = ["install"]

_WORD = re.compile(r"[^\W\d]\w*")
# Text with one of these may make up names in turn. (What `__import__` gives is a module, whose names have to be asked for.)
_INVENTIVE = frozenset({"globals", "locals", "vars", "dir", "eval", "exec"})
_BUILTINS = frozenset({"builtins", "__builtins__"})
# A module's names, without what a lazy one does when it is asked for them.
_names_of: Callable[[Any, str], dict[str, Any]] = ModuleType.__getattribute__
_OWN_DICT = "__dict__"
# Texts of which the names are kept.
_TEXTS = 1000


def install(
    recorder: Recorder, project_path: Callable[[str], str | None]
) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Puts the three functions into the builtins; gives the one that notes a name, and the one that notes all of a module."""
    texts: dict[object, frozenset[str]] = {}
    paths: dict[str, str | None] = {}

    # Types are asked for with `type`: `isinstance` asks the object as well, which may be a proxy that is not bound to anything.
    def note_name(name: Any) -> Any:
        if issubclass(type(name), str):
            text = str.__str__(name)
            if text.isidentifier():
                key = f"{MENTION}:{ANY if text in SHOW_ALL_NAMES else text}"
                recorder.top.inputs.add(key)
                if (readers := recorder.inputs.readers) is not None:
                    code = _getframe(1).f_code
                    readers.setdefault(key, {})[id(code)] = code
        return name

    def note_object(thing: Any) -> Any:
        if issubclass(type(thing), ModuleType):
            names = _names_of(thing, "__dict__")
            file = names.get("__file__")
            if type(file) is str:
                if file not in paths:
                    paths[file] = project_path(file)
                if paths[file] is not None:
                    is_own = _getframe(1).f_globals is names
                    recorder.top.inputs.add(f"{LOOKUP_OWN if is_own else LOOKUP}:{paths[file]}")
        return thing

    def note_text(text: Any) -> Any:
        if type(text) in (str, CodeType):
            names = texts.get(text)
            if names is None:
                if len(texts) >= _TEXTS:
                    texts.clear()
                names = frozenset(_WORD.findall(text) if isinstance(text, str) else _of_code(text))
                texts[text] = names = frozenset({ANY}) if _makes_up(text, names) else names
            recorder.top.inputs.update([f"{MENTION}:{name}" for name in names])
        else:
            recorder.top.inputs.add(f"{MENTION}:{ANY}")
        return text

    for name, function in ((NAME, note_name), (OBJECT, note_object), (TEXT, note_text)):
        setattr(builtins, name, function)
    return note_name, note_object


def _makes_up(text: str | CodeType, names: frozenset[str]) -> bool:
    """Whether a text with these names may make up others. In code a built-in function differs from an attribute."""
    if isinstance(text, str) or names & (SHOW_ALL_NAMES | _BUILTINS):
        return not names.isdisjoint(SHOW_ALL_NAMES | _INVENTIVE)
    return not names.isdisjoint(_INVENTIVE) and _has_variable(text, _INVENTIVE)


def _has_variable(code: CodeType, names: Container[str]) -> bool:
    """Whether the code, or one in it, has one of these names otherwise than as an attribute."""
    import dis

    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return any(
        instruction.argval in names and "ATTR" not in instruction.opname and "METHOD" not in instruction.opname
        for instruction in dis.get_instructions(code)
        if instruction.opcode in dis.hasname
    ) or any(_has_variable(one, names) for one in inner)


def _of_code(code: CodeType) -> Iterator[str]:
    """The names in it; of the strings in it those that are words, as `getattr` may be given them."""
    own = {_OWN_DICT} if _OWN_DICT in code.co_names and _looks_only_at_itself(code) else ()
    yield from (name for name in code.co_names if name not in own)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
        elif isinstance(constant, str):
            yield from _WORD.findall(constant)


def _looks_only_at_itself(code: CodeType) -> bool:
    """Whether it asks only `self` for `__dict__`, where is what was set on the object and no definition. Generated methods do."""
    import dis

    before = ("", "")
    for instruction in dis.get_instructions(code):
        if instruction.argval == _OWN_DICT and not (
            instruction.opname == "LOAD_ATTR" and before == ("LOAD_FAST", "self")
        ):
            return False
        before = (instruction.opname, instruction.argval)
    return True
