"""Reads a YAML file into plain data and remembers where each key stands.

Line numbers come from composing the node tree and building the values from it, since plain loading forgets them. Knows
YAML and nothing of what the keys mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from lamina.errors import Fault

__all__ = ["Document", "KeyPath", "Place", "key_text", "parse", "read_file"]

# libyaml is some ten times faster; wheels of PyYAML have it, a build without a C compiler does not.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Aliases can be nested so that a few lines expand to billions of values.
_MOST_VALUES = 100_000
# The model needs seven.
_DEEPEST = 50

KeyPath = tuple[str | int, ...]


class Place(NamedTuple):
    """Where something was written: the file as shown to the user, the line (from 1), and the key's path as text."""

    file: str
    line: int
    key: str


class Document(NamedTuple):
    """A file's plain data (None when it is empty or unreadable), the line of each key and list item, and what is wrong
    with it as YAML."""

    file: str
    data: Any
    lines: dict[KeyPath, int]
    faults: list[Fault]


def key_text(path: KeyPath) -> str:
    """A path as users read it: `layers.fast_feedback.categories[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_file(path: Path, shown: str) -> Document:
    """Read a YAML file; `shown` is its name in messages. What can't be read or parsed is in the document's faults."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _unreadable(
            shown, Fault("is not UTF-8", file=shown, found=f"byte {error.object[error.start]:#04x} at {error.start}")
        )
    except OSError as error:
        return _unreadable(shown, Fault(f"can't be read: {error.strerror or error}", file=shown))
    return parse(text, shown)


def parse(text: str, shown: str) -> Document:
    """Parse YAML text; `shown` is the file's name in messages."""
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:
        return _unreadable(shown, _yaml_fault(error, text, shown))
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(shown, None, {}, [])
        builder = _Builder(loader, shown)
        return Document(shown, builder.value(node, (), ()), builder.lines, builder.faults)
    except yaml.YAMLError as error:
        return _unreadable(shown, _yaml_fault(error, text, shown))
    except RecursionError:
        return _unreadable(shown, Fault("bad YAML: nested too deep", file=shown))
    finally:
        loader.dispose()


def _unreadable(shown: str, fault: Fault) -> Document:
    return Document(shown, None, {}, [fault])


def _yaml_fault(error: yaml.YAMLError, text: str, shown: str) -> Fault:
    """YAML's own complaint, with the place as file:line:column."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        context, problem = getattr(error, "context", None) or "", getattr(error, "problem", None) or "can't be parsed"
        # "but found another document" is half a sentence.
        problem = f"{context}, {problem}" if problem.startswith("but ") else problem
        if "cannot start any token" in problem and "\t" in text.splitlines()[mark.line][: mark.column + 1]:
            problem += " (YAML is indented with spaces, not tabs)"
        return Fault(f"bad YAML: {problem}", file=f"{shown}:{mark.line + 1}:{mark.column + 1}")
    position = getattr(error, "position", None)
    line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 0
    return Fault(f"bad YAML: {getattr(error, 'reason', error)}", file=shown, line=line)


class _Builder:
    """Turns nodes into values, noting lines and duplicate keys on the way."""

    def __init__(self, loader: Any, shown: str) -> None:
        self.loader = loader
        self.shown = shown
        self.lines: dict[KeyPath, int] = {}
        self.faults: list[Fault] = []
        self.built = 0
        self.flattened: set[int] = set()

    def value(self, node: Any, path: KeyPath, above: tuple[Any, ...]) -> Any:
        """The plain value of a node; `above` are the nodes it stands in, so that an alias to one of them is noticed."""
        self.built += 1
        self.lines.setdefault(path, node.start_mark.line + 1)
        if self.built > _MOST_VALUES:
            raise yaml.constructor.ConstructorError(
                None, None, f"more than {_MOST_VALUES:,} values after expanding aliases", node.start_mark
            )
        if len(above) > _DEEPEST:
            raise yaml.constructor.ConstructorError(None, None, f"nested deeper than {_DEEPEST}", node.start_mark)
        if any(node is other for other in above):
            raise yaml.constructor.ConstructorError(None, None, "an alias stands inside what it names", node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, (*above, node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index), (*above, node)) for index, item in enumerate(node.value)]
        try:
            return self.loader.construct_object(node)
        except (ValueError, OverflowError) as error:
            # 2024-13-45 looks like a date to YAML; its constructor lets the plain error through.
            raise yaml.constructor.ConstructorError(None, None, f"{node.value!r}: {error}", node.start_mark) from None

    def _mapping(self, node: Any, path: KeyPath, above: tuple[Any, ...]) -> dict[str, Any]:
        if any(child is other for _, child in node.value for other in above):
            raise yaml.constructor.ConstructorError(None, None, "an alias stands inside what it names", node.start_mark)
        # Through an alias the same mapping comes by again: by then its merged keys look like duplicates.
        if id(node) not in self.flattened:
            self.flattened.add(id(node))
            self._note_duplicates(node, path)
            self.loader.flatten_mapping(node)
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, (*path, key), above)
        return result

    def _note_duplicates(self, node: Any, path: KeyPath) -> None:
        """Before `<<` is resolved: keys merged with it may be given again, that is what they are for."""
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            key, line = self._key(key_node), key_node.start_mark.line + 1
            if key in seen:
                fault = Fault(
                    f"is given twice, first on line {seen[key]}", file=self.shown, line=line, key=key_text((*path, key))
                )
                self.faults.append(fault)
            seen.setdefault(key, line)

    def _key(self, node: Any) -> str:
        """A key as written: `on:` and `1:` are the texts "on" and "1" here, not true and a number."""
        if not isinstance(node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", node.start_mark)
        return str(node.value)
