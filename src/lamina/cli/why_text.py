"""What `doit why` says of one test."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from lamina.cache.definitions import kind_of_name
from lamina.cache.explaining import Dependencies, dependencies, explain
from lamina.cache.judging import Judge
from lamina.cache.origins import Origin, origin_text, origins
from lamina.cache.present import MISSING, Present
from lamina.cache.reasons import Reason
from lamina.cache.standing import Standing
from lamina.cli.table import aligned
from lamina.reports.wording import grouped, plural, seconds_text

__all__ = ["explanation"]

# Names in a list, and files in a group, that are shown unless all are asked for.
_NAMES, _FILES = 4, 6
_DIGITS = 8

# Inputs by the kind of their key: (of which group, in words).
_INPUTS = {
    "file": ("files", "{name}"),
    "exists": ("files", "whether {name} is there"),
    "list": ("files", "the names in {name}/"),
    "env": ("variables", "${name}"),
    "pytest": ("others", "pytest's configuration"),
    "surroundings": ("others", "Python and the installed distributions"),
    "category": ("others", "the category's configuration"),
    "inputs": ("others", "the category's inputs ({name}), as it starts a program that may read them"),
    "database": ("others", "the configuration of database {name}"),
    "checkout": ("others", "the checkout, as it uses code from outside of the project"),
    "everything": ("others", "all files, as it starts a program that may read any"),
    "conftests": ("others", "the conftest.py and __init__.py files around {name}/"),
    "import": ("looked for", "{name}"),
    "mention": ("made up", "{name}"),
    "lookup": ("made up", "all names of {name}"),
    "lookup_own": ("made up", "all names of {name}"),
}
_ORDER = {"exists": 1, "surroundings": 1, "category": 2, "database": 2, "pytest": 3, "conftests": 4}


def explanation(
    connection: sqlite3.Connection, judge: Judge, present: Present, category: str, test: str, whole: bool
) -> list[str]:
    """The lines without the test's name; `whole`: with all that it depends on."""
    standing, reasons, keys = explain(connection, judge, category, test)
    run = standing.record.run if standing.record else ""
    lines = _verdict(
        standing, reasons, origin_text(origins(connection).get(run, Origin(run)), present.root, whole=True)
    )
    lines += [f"  {line}" for line in aligned([row for reason in reasons for row in _rows(reason, present, keys)])]
    if standing.is_valid or whole:
        lines += _depends(dependencies(connection, standing), whole)
    return lines


def _verdict(standing: Standing, reasons: Sequence[Reason], origin: str) -> list[str]:
    result = standing.record
    if result is None:
        last = "it failed, or needed a second attempt, when it ran last"
    else:
        when = datetime.fromtimestamp(result.executed_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        last = f"{result.outcome} in {seconds_text(sum(result.phases))}, {when}, {origin}"
    if not standing.is_valid:
        return [f"runs: {plural(len(reasons), 'change')} since its last result ({last})"]
    if result is None:
        return [f"runs: {last}, and nothing that it depends on changed since"]
    return [f"from cache: {last}"]


# -- what changed ----------------------------------------------------------------------------------------------------


def _rows(reason: Reason, present: Present, keys: Mapping[int, str]) -> list[tuple[str, str]]:
    """What changed, and how; more than one for what is recorded together."""
    kind, path, name = reason.kind, reason.path, reason.name.partition("#")[0]
    if kind == "surroundings":
        return _facts(reason)
    if kind == "env":
        return [(f"variable ${name}" if name != "*" else "the variables as a whole", _of_variable(reason))]
    if kind in ("imports", "dropped"):
        return [(reason.text(), "it did not" if kind == "imports" else "it did")]
    if kind in ("names", "modules", "record"):
        return [(reason.text(), "")]
    if kind in ("body", "effects", "name"):
        what = {"body": f"body of {name}", "effects": "statements at module level"}.get(kind) or (
            f"{kind_of_name(present.source(path), name)} {name}"
        )
        via = f", mentioned by {_shown(keys[reason.via])}" if reason.via in keys else ""
        return [(f"{path}: {what}", _states(reason) + via)]
    words = _INPUTS.get(kind, ("", "{name}"))[1].replace("{name}/", "{name}") if not name else _INPUTS[kind][1]
    text = words.format(name=name.replace("\n", ", ") or "the project's folder")
    prefix = {"file": "file ", "import": "where an import finds "}.get(kind, "")
    return [(prefix + text, _states(reason))]


def _facts(reason: Reason) -> list[tuple[str, str]]:
    """The interpreter, the distributions and variables that differ."""
    before, after = (
        dict(line.partition("=")[::2] for line in text.split("\n")) for text in (reason.recorded, reason.now)
    )
    rows = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was != now:
            if name.startswith("variable "):  # values are nobody's business
                one = reason._replace(recorded="" if was else MISSING, now="" if now else MISSING)
                rows.append((f"variable ${name.removeprefix('variable ')}", _of_variable(one)))
            else:
                rows.append((name, f"recorded {was or MISSING}, now {now or MISSING}"))
    return rows


def _of_variable(reason: Reason) -> str:
    if reason.recorded == MISSING:
        return "was missing, is set"
    return "was set, is missing" if reason.now == MISSING else "is set to something else"


def _states(reason: Reason) -> str:
    return f"recorded {_short(reason.recorded)}, now {_short(reason.now)}"


def _short(state: str) -> str:
    """A fingerprint as one can compare it by eye; words as they are."""
    if not state:
        return "none"
    if state == MISSING or state == "folder" or state.startswith("file "):
        return state
    word, space, rest = state.partition(" ")
    if word == "link":
        return f"link {rest[:_DIGITS]}"
    if space:  # several definitions of one name
        from lamina.sources.hashing import hash_text

        return hash_text(state)[:_DIGITS]
    return state[:_DIGITS]


def _shown(key: str) -> str:
    kind, _, rest = key.partition(":")
    path, _, name = rest.rpartition(":")
    return f"{path}: {name.partition('#')[0]}" if kind == "body" else f"{rest}: statements at module level"


# -- what it depends on ----------------------------------------------------------------------------------------------


def _depends(found: Dependencies, whole: bool) -> list[str]:
    groups: dict[str, list[str]] = {
        "ran": [f"{path}: {_some(names, whole)}" for path, names in sorted(found.bodies.items())],
        "at import": [f"{path}: {_some(names, whole)}" for path, names in sorted(found.at_import.items())],
        "in reach": found.modules,
        "files": [],
        "variables": [],
        "others": [],
        "looked for": [],
        "made up": [],
    }
    for kind, names in sorted(found.inputs.items(), key=lambda one: _ORDER.get(one[0], 0)):
        group, words = _INPUTS.get(kind, ("others", kind + " {name}"))
        if kind == "exists" and len(names) > 1 and not whole:
            groups[group].append(f"whether {len(names)} paths are there")
            continue
        groups[group] += [words.format(name=name.replace("\n", ", ") or ".") for name in names]
    rows = []
    for group, members in groups.items():
        rows += _group(group, members, whole)
    return aligned(rows)


def _group(title: str, members: Sequence[str], whole: bool) -> list[tuple[str, str]]:
    if not members:
        return []
    if whole:
        return [(title if index == 0 else "", member) for index, member in enumerate(members)]
    if title == "at import":
        return [(title, f"functions of {plural(len(members), 'module')}")]
    if title == "looked for":
        return [(title, plural(len(members), "module"))]
    if title == "made up":
        return [(title, plural(len(members), "name"))]
    if title == "in reach":
        return [(title, f"{plural(len(members), 'module')}: {_some(members, whole)}")]
    if title in ("variables", "others"):
        return [(title, _some(members, whole, _FILES))]
    shown = [(title if index == 0 else "", member) for index, member in enumerate(members[:_FILES])]
    more = len(members) - _FILES
    return [*shown, ("", f"and {grouped(more)} more (--all)")] if more > 0 else shown


def _some(names: Iterable[str], whole: bool, most: int = _NAMES) -> str:
    listed = [name.partition("#")[0] for name in names]
    if whole or len(listed) <= most:
        return ", ".join(listed)
    return f"{', '.join(listed[:most])} and {grouped(len(listed) - most)} more"
