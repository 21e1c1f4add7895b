"""What `lamina init` writes into an existing pytest project: dodo.py, the layers file, the lines in pyproject.toml.

Proposes first and writes only what was proposed; an existing file is left alone or appended to, never rewritten.
"""

from __future__ import annotations

import json
import math
import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from lamina.errors import UsageError
from lamina.layers.files import LAYERS_FILE
from lamina.layers.survey import Found, Survey, survey

__all__ = ["Proposal", "apply", "propose"]

DODO = '''\
"""doit reads this file: the layers of layers/test_layers.yaml as tasks, then the project's own tasks of tasks/."""

from lamina.cli.dodo import DOIT_CONFIG, project_tasks, task_layers

globals().update(project_tasks("tasks"))
__all__ = ["DOIT_CONFIG", "task_layers"]
'''

COMMANDS = {
    "run": "lamina.cli.run_command:Run",
    "list": "lamina.cli.list_command:List",
    "clean": "lamina.cli.clean_command:Clean",
    "plan": "lamina.cli.plan_command:Plan",
    "why": "lamina.cli.why_command:Why",
    "affected": "lamina.cli.affected_command:Affected",
    "debug": "lamina.cli.debug_command:Debug",
    "services": "lamina.cli.services_command:Services",
    "validate": "lamina.cli.validate_command:Validate",
    "status": "lamina.cli.status_command:Status",
    "stop": "lamina.cli.stop_command:Stop",
    "schema": "lamina.cli.schema_command:Schema",
}

_IGNORED = ("/.lamina/", "/reports/latest/", "/reports/runs/")

# What a test may take on average before its category's time limit is a nuisance: networkx's 9,600 take 0.024 s each,
# and a limit that is ten times too long still ends a run that hangs.
_SECONDS_A_TEST = 0.25

# The built-in layers: where each category is, and its built-in limit in seconds. A test holds this to defaults.yaml.
LIMITS = {
    "fast_feedback": {"smoke": 60, "unit": 120},
    "core_integration": {"database": 300, "api": 300, "websocket": 300, "integration": 600},
    "service_integration": {"agent": 600, "e2e_critical": 300, "frontend": 300},
    "e2e_performance": {"cypress": 1800, "e2e": 1800, "performance": 1800},
}
MINUTES = {"fast_feedback": 2, "core_integration": 10, "service_integration": 20, "e2e_performance": 60}


class Proposal(NamedTuple):
    """One file: what would be done to it, the text to write or append (empty for `keep`), and why, for the user."""

    path: Path
    action: Literal["write", "append", "keep"]
    text: str
    reason: str


def propose(root: Path) -> list[Proposal]:
    """What to write so that lamina runs the project in `root`; changes nothing. Raises UsageError for a pyproject.toml
    that can't be read."""
    found = survey(root)
    return [
        _whole(
            root / "dodo.py", DODO, "the layers as doit tasks", "exists; add what `lamina init` would write:\n" + DODO
        ),
        _whole(root / LAYERS_FILE, _layers_text(found), _summary(found), "exists"),
        _pyproject(root / "pyproject.toml"),
        _gitignore(root / ".gitignore"),
    ]


def apply(proposals: Iterable[Proposal]) -> None:
    """Write what is proposed. Raises OSError when a file can't be written, and FileExistsError rather than overwrite
    one that came into being since the proposal."""
    for proposal in proposals:
        if proposal.action == "write":
            proposal.path.parent.mkdir(parents=True, exist_ok=True)
            with proposal.path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(proposal.text)
        elif proposal.action == "append":
            with proposal.path.open("a", encoding="utf-8", newline="") as file:
                file.write(proposal.text)


def _whole(path: Path, text: str, reason: str, kept: str) -> Proposal:
    # A link to nowhere is not there for `exists`, and writing to it would still write somewhere.
    if os.path.lexists(path):
        return Proposal(path, "keep", "", kept)
    return Proposal(path, "write", text, reason)


def _pyproject(path: Path) -> Proposal:
    *names, last = [name for name in COMMANDS if name != "run"]
    reason = f"the commands {', '.join(names)} and {last} for doit"
    if not path.exists():
        return Proposal(path, "write", _command_lines(COMMANDS).lstrip("\n"), reason)
    try:
        old = path.read_bytes().decode("utf-8")
        tool = tomllib.loads(old).get("tool", {})
    except (OSError, ValueError) as error:
        raise UsageError(f"pyproject.toml: can't be read as TOML: {error}; put that right and try again") from None
    known = tool.get("doit", {}).get("plugins", {}).get("command", {})
    missing = {name: target for name, target in COMMANDS.items() if name not in known}
    if not missing:
        return Proposal(path, "keep", "", "has the commands already")
    lines = _command_lines(missing, "\r\n" if "\r\n" in old else "\n")
    text = lines if old.endswith("\n") or not old else "\n" + lines
    try:
        tomllib.loads(old + text)
    except tomllib.TOMLDecodeError:
        # The table is there in part, or `tool` is written inline; TOML then takes no second table of the name.
        return Proposal(path, "keep", "", "has a doit section already; add to it by hand:\n" + _command_lines(missing))
    return Proposal(path, "append", text, reason)


def _command_lines(commands: dict[str, str], newline: str = "\n") -> str:
    lines = ["", "[tool.doit.plugins.command]", *(f'{name} = "{target}"' for name, target in commands.items()), ""]
    return newline.join(lines)


def _gitignore(path: Path) -> Proposal:
    reason = "cache and reports stay out of git"
    if not path.exists():
        return Proposal(path, "write", "\n".join([*_IGNORED, ""]), reason)
    try:
        old = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        return Proposal(path, "keep", "", f"can't be read: {error.strerror}")
    there = {line.strip().strip("/") for line in old.splitlines()}
    missing = [
        line for line in _IGNORED if line.strip("/") not in there and line.strip("/").partition("/")[0] not in there
    ]
    if not missing:
        return Proposal(path, "keep", "", "has the lines already")
    text = "\n".join([*missing, ""])
    return Proposal(path, "append", text if old.endswith("\n") or not old else "\n" + text, reason)


def _summary(found: Survey) -> str:
    """What was found, in one line."""
    parts = [f"{one.category} {one.tests:,} in {_where(one)}" for one in found.found]
    taken = sum(one.tests for one in found.found)
    rest = f"unit takes {'the other ' if taken else 'all '}{found.tests - taken:,}"
    if any(one.category == "unit" for one in found.found):
        rest += " as well"
    return f"{found.tests:,} tests in {found.files:,} files: " + "; ".join([*parts, rest])


def _where(one: Found) -> str:
    shown = [folder if folder.isprintable() else ascii(folder) for folder in one.folders]
    return ", ".join(f"{folder}/" for folder in shown[:3]) or f"tests marked {one.marker}"


def _layers_text(found: Survey) -> str:
    """The layers file: only what differs from the built-in layers."""
    by_category = {one.category: one for one in found.found}
    # Files that no other category takes are unit's.
    elsewhere = sum(one.tests for one in found.found if one.category != "unit")
    tests = {name: one.tests for name, one in by_category.items()} | {"unit": found.tests - elsewhere}
    sections = [_layer_lines(layer, by_category, tests) for layer in LIMITS]
    lines = [line for section in sections for line in section]
    body = ["layers:", *lines] if lines else ["layers: {}"]
    return "\n".join([*_HEADER, f"# Found: {_summary(found)}.", "", *body, ""])


_HEADER = (
    "# This project's test layers. lamina has four layers and twelve categories built in; here stands only what",
    "# differs. `doit list` shows the result, `doit validate` checks this file, `doit schema` prints its JSON schema",
    "# for editors. Written by `lamina init`, yours to change.",
    "#",
)


def _layer_lines(layer: str, found: dict[str, Found], tests: dict[str, int]) -> list[str]:
    lines: list[str] = []
    seconds = 0
    for category, limit in LIMITS[layer].items():
        needed = max(limit, math.ceil(tests.get(category, 0) * _SECONDS_A_TEST / 60) * 60)
        seconds = max(seconds + needed if layer == "fast_feedback" else needed, seconds)
        keys = []
        if needed > limit:
            note = f"# {tests[category]:,} tests found, at {_SECONDS_A_TEST} s each (built in: {limit})"
            keys.append(f"        timeout_seconds: {needed}  {note}")
        keys += _filter_lines(found.get(category))
        if keys:
            lines += [f"      - name: {category}", *keys]
    if not lines:
        return []
    longer = math.ceil(seconds / 60)
    raised = any("timeout_seconds" in line for line in lines) and longer > MINUTES[layer]
    minutes = [f"    max_duration_minutes: {longer}"] if raised else []
    return [f"  {layer}:", *minutes, "    categories:", *lines]


def _filter_lines(one: Found | None) -> list[str]:
    """The filters of a category, where the built-in ones would not find its tests."""
    if one is None or (one.folders and all(_found_by_default(folder, one.category) for folder in one.folders)):
        return []
    if one.marker:
        return ["        filters:", f"          markers: [{one.marker}]"]
    lines = [
        "        filters:",
        "          include_patterns:",
        *(f"            - {_pattern(name)}" for name in one.folders),
    ]
    return [*lines, "          rest: true"] if one.category == "unit" else lines


def _pattern(folder: str) -> str:
    """The pattern of everything in a folder, as YAML has it."""
    literal = re.sub(r"([\\*?\[\]])", r"\\\1", folder)
    # A byte that is no UTF-8 can't be written into the file; any one character stands for it.
    return json.dumps(re.sub("[\ud800-\udfff]", "?", literal) + "/**", ensure_ascii=False)


def _found_by_default(folder: str, category: str) -> bool:
    """Whether `**/tests/<category>/**` and its like match files of the folder."""
    parts = folder.split("/")
    return any(parts[index : index + 2] in (["tests", category], ["test", category]) for index in range(len(parts)))
