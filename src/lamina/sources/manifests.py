"""Manifests: text files that list, line by line, all that a category depends on.

`_shared.txt` holds what counts for every category, `<category>.txt` what counts for one. doit is given these files as
the category's dependencies, so that its own store holds two entries a category however many files a project has, and a
person can read them. A line is `fact  NAME  VALUE`, `file  FINGERPRINT  PATH` or `test  FINGERPRINT  PATH`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from lamina.sources.assignment import Assignment, categories_of
from lamina.sources.hashing import hash_text
from lamina.sources.service_states import states_of_services
from lamina.sources.tree import Table

__all__ = [
    "SHARED",
    "Difference",
    "compare",
    "compose",
    "fingerprints_of",
    "listed_tests",
    "state_of_configuration",
    "states_of_databases",
]

# Not a name that a category can have.
SHARED = "_shared"
# What a category's settings say about the run itself and not about what its tests see.
_WITHOUT_EFFECT = (
    "description",
    "priority",
    "target_duration_seconds",
    "max_parallel_instances",
    "resource_limits",
    "retries",
)
_OF_A_DATABASE_WITHOUT_EFFECT = ("name", "description")
_SETTINGS_IN_EFFECT = ("restore_state", "strict_isolation")


class Difference(NamedTuple):
    """What differs between two manifests: paths of files, and facts in words."""

    files: list[str]
    facts: list[str]


def compose(
    configuration: dict[str, Any], facts: list[tuple[str, str]], assignment: Assignment, table: Table
) -> dict[str, str]:
    """The text of every manifest by name."""
    fingerprints = fingerprints_of(table)
    known = [f"fact  {_one_line(name)}  {_one_line(value)}" for name, value in facts]
    texts = {SHARED: _text([*known, *_lines("file", assignment.shared, fingerprints)])}
    for category in categories_of(configuration):
        name = category["name"]
        lines = [f"fact  its configuration  {state_of_configuration(configuration, name, fingerprints)}"]
        databases = states_of_databases(configuration)
        if databases:
            lines.append(f"fact  its databases  {_digest(databases)}")
        if configuration["settings"].get("trace"):
            # A pass under one granularity is none under another before each test was looked at. It is no part of the
            # configuration's state, which is recorded with each result: results are the same under all of them.
            lines.append(f"fact  cache_granularity  {configuration['settings']['cache_granularity']}")
        inputs = assignment.inputs[name]
        if inputs is not None:
            lines.extend([*known, *_lines("file", inputs, fingerprints)])
        lines.extend(_lines("test", assignment.tests[name], fingerprints))
        texts[name] = _text(lines)
    return texts


def fingerprints_of(table: Table) -> dict[str, str]:
    """The fingerprint of every file by its path."""
    return {
        (f"{folder}/{name}" if folder else name): entry[4]
        for folder, (files, _) in table.items()
        for name, entry in files.items()
    }


def state_of_configuration(configuration: dict[str, Any], category: str, fingerprints: Mapping[str, str]) -> str:
    """A fingerprint of what the configuration says of a category, as far as its tests see it: the services that they
    need included, with the files that those are made from. `fingerprints` are those of the project's files."""
    settings = {name: configuration["settings"].get(name) for name in _SETTINGS_IN_EFFECT}
    categories = categories_of(configuration)
    claims = [one["filters"] for one in categories]
    described = next(one for one in categories if one["name"] == category)
    own = {key: value for key, value in described.items() if key not in _WITHOUT_EFFECT}
    services = states_of_services(configuration, category, fingerprints)
    return _digest([own, settings, claims, *([services] if services else [])])


def states_of_databases(configuration: dict[str, Any]) -> dict[str, str]:
    """A fingerprint of what the configuration says of each database, as far as tests that use it see it, by name. What its
    scripts hold is not among it."""
    return {
        one["name"]: _digest({key: value for key, value in one.items() if key not in _OF_A_DATABASE_WITHOUT_EFFECT})
        for one in configuration.get("databases", ())
    }


def compare(before: str, after: str) -> Difference:
    """What differs between the texts of two manifests."""
    earlier, now = _read(before), _read(after)
    files = []
    facts = []
    for (kind, name), value in {**earlier, **now}.items():
        if earlier.get((kind, name)) == now.get((kind, name)):
            continue
        if kind == "file":
            files.append(name)
        elif name.startswith("its "):
            facts.append(name)
        else:
            was, is_now = earlier.get((kind, name)), now.get((kind, name))
            facts.append(f"{name} {value}" if was is None or is_now is None else f"{name} {is_now} instead of {was}")
    return Difference(sorted(files), sorted(facts))


def listed_tests(text: str) -> list[str]:
    """The paths of the test files that a category's manifest lists."""
    return [_unescaped(line[40:]) for line in text.splitlines() if line.startswith("test  ")]


def _read(text: str) -> dict[tuple[str, str], str]:
    found = {}
    for line in text.splitlines():
        kind, _, rest = line.partition("  ")
        if kind == "fact":
            name, _, value = rest.partition("  ")
            found["fact", name] = value
        else:  # a file may be another category's test file at one time and shared at another: it is one file
            found["file", _unescaped(rest[34:])] = rest[:32]
    return found


def _lines(kind: str, paths: list[str], fingerprints: dict[str, str]) -> list[str]:
    return [f"{kind}  {fingerprints[path]}  {_escaped(path)}" for path in paths]


def _escaped(path: str) -> str:
    """A path as one line: file names may hold any character but a slash."""
    if path.isprintable() and "\\" not in path:
        return path
    return "".join(
        f"\\u{{{ord(character):x}}}" if character == "\\" or not (character.isprintable() or "\udc80" <= character <= "\udcff")
        else character
        for character in path
    )  # fmt: skip


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    import re

    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _digest(value: object) -> str:
    return hash_text(json.dumps(value, sort_keys=True))


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n" if lines else ""
