"""`doit validate`: `ok`, or every fault of the configuration with its file, line and key."""

from __future__ import annotations

import os
import sys
from typing import Any

from doit.cmd_base import Command

from lamina.cli.explained import Explained
from lamina.cli.project import open_project
from lamina.cli.reasons import unmatched
from lamina.cli.variables import given, request_of
from lamina.errors import ConfigurationError, UsageError

__all__ = ["Validate"]

_SHOWN = 10


class Validate(Explained, Command):  # type: ignore[misc]
    """Reads the configuration as a run would; needs no dodo.py and runs nothing."""

    name = "validate"
    doc_purpose = "check the configuration of layers; prints `ok` or each fault"
    doc_usage = "[env=NAME] [layer_config=FILE]"

    def __init__(self, task_loader: Any = None, cmds: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def execute(self, opt_values: Any, pos_args: list[str]) -> int:
        """Exit status 0 for `ok`, 3 for faults."""
        root = os.getcwd()
        try:
            if pos_args:
                raise UsageError(f"validate takes no names (found {pos_args[0]}); it checks all layers")
            project = open_project(root, request_of(root, given()))
        except ConfigurationError as error:
            for fault in error.faults:
                print(fault, file=sys.stderr)
            return 3
        except UsageError as error:
            print(error, file=sys.stderr)
            return 3
        print("ok")
        _warn(project.snapshot.unclaimed)
        for category, pattern in project.snapshot.unmatched_inputs:
            print(f"warning: {unmatched(category, pattern)}")
        return 0


def _warn(unclaimed: list[str]) -> None:
    if not unclaimed:
        return
    print(f"warning: no category takes the tests of {len(unclaimed):,} test file{'s' if len(unclaimed) > 1 else ''}:")
    for path in unclaimed[:_SHOWN]:
        print(f"  {_printable(path)}")
    if len(unclaimed) > _SHOWN:
        print(f"  and {len(unclaimed) - _SHOWN:,} more")
    print("`rest: true` in one category's filters takes what no other does")


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
