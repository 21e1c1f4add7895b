"""`doit schema`: the JSON schema of the layers file, for editors."""

from __future__ import annotations

import json
import sys
from typing import Any

from doit.cmd_base import Command

from lamina.cli.explained import Explained
from lamina.cli.stream import print_whole

__all__ = ["Schema"]

_ENVIRONMENT = {
    "name": "environment",
    "long": "environment",
    "short": "e",
    "type": bool,
    "default": False,
    "help": "the schema of layers/environments/*.yaml instead",
}


class Schema(Explained, Command):  # type: ignore[misc]
    """Prints; changes nothing, and needs no project."""

    name = "schema"
    doc_purpose = "print the JSON schema of layers/test_layers.yaml"
    doc_usage = "[> FILE]"
    cmd_options = (_ENVIRONMENT,)

    def __init__(self, task_loader: Any = None, cmds: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def execute(self, opt_values: Any, pos_args: list[str]) -> int:
        """Prints the schema."""
        from lamina.layers.schema import environment_schema, layers_schema

        made = environment_schema() if opt_values["environment"] else layers_schema()
        print_whole(json.dumps(made, indent=2) + "\n", sys.stdout)
        return 0
