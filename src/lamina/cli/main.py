"""`lamina`: doit with lamina's commands built in, for any folder of a project, with or without a dodo.py."""

from __future__ import annotations

import os
import sys
from typing import Any

from doit import loader as doit_loader
from doit.cmd_base import DodoTaskLoader
from doit.doit_cmd import DoitMain

from lamina.cli.closing import INTERRUPTED

__all__ = ["main"]

_COMMANDS = {
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
    "init": "lamina.cli.init_command:Init",
}
# What marks the top of a project for certain, and what does so where nothing surer is above it in the same repository.
_SURE_MARKS = ("dodo.py", "layers/test_layers.yaml")
_OTHER_MARKS = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "setup.py", ".git")
# Commands that are about the folder where they are typed.
_HERE = frozenset({"init", "schema"})


class _Loader(DodoTaskLoader):  # type: ignore[misc]
    """Tasks from dodo.py where there is one, from the layers alone where there is none."""

    def setup(self, opt_values: dict[str, Any]) -> None:
        own: dict[str, Any] = {}
        if os.path.exists(opt_values["dodoFile"]) or opt_values["dodoFile"] != "dodo.py" or opt_values["seek_file"]:
            super().setup(opt_values)
            own = dict(self.namespace)
            if "task_layers" in own:
                return
        else:
            doit_loader.initial_workdir = os.getcwd()
            sys.path.insert(0, os.getcwd())
        from lamina.cli import dodo

        self.namespace: dict[str, Any] = {
            **(own or dodo.project_tasks("tasks")),
            "DOIT_CONFIG": {**own.get("DOIT_CONFIG", {}), **dodo.DOIT_CONFIG},
            "task_layers": dodo.task_layers,
        }


class _Main(DoitMain):  # type: ignore[misc]
    BIN_NAME = "lamina"

    @staticmethod
    def print_version() -> None:
        from importlib.metadata import version

        print(f"lamina {version('lamina')}, doit {version('doit')}, pytest {version('pytest')}")


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if not (words and words[0] in _HERE):
        root = project_root(os.getcwd())
        if root:
            os.chdir(root)
    program = _Main(task_loader=_Loader(), extra_config={"COMMAND": dict(_COMMANDS)})
    try:
        status = program.run(words)
    except KeyboardInterrupt:  # before a run began; a run that goes on has its own way to end
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def project_root(folder: str) -> str:
    """The project's top, from `folder` upwards but not beyond its git repository; "" when nothing looks like one."""
    nearest = ""
    while True:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in _SURE_MARKS):
            return folder
        if not nearest and any(os.path.exists(os.path.join(folder, mark)) for mark in _OTHER_MARKS):
            nearest = folder
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return nearest
        folder = above
