"""`lamina init`: makes an existing pytest project one that runs in layers. Overwrites nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from doit.cmd_base import Command

from lamina.cli.explained import Explained
from lamina.errors import UsageError

__all__ = ["Init"]

_DRY_RUN = {
    "name": "dryrun",
    "long": "dry-run",
    "short": "n",
    "type": bool,
    "default": False,
    "help": "only say what would be written",
}
_DONE = {"write": "wrote", "append": "added to", "keep": "left alone"}
_WOULD = {"write": "would write", "append": "would add to", "keep": "would leave alone"}


class Init(Explained, Command):  # type: ignore[misc]
    """Says of each file what was done with it and why."""

    name = "init"
    doc_purpose = "set up layers in a pytest project: dodo.py, layers/, lines in pyproject.toml"
    cmd_options = (_DRY_RUN,)

    def __init__(self, task_loader: Any = None, cmds: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def execute(self, opt_values: Any, pos_args: list[str]) -> int:
        """Exit status 0, or 3 when something can't be read or written."""
        from lamina.layers.starter import apply, propose

        root = Path.cwd()
        try:
            proposals = propose(root)
            if not opt_values["dryrun"]:
                apply(proposals)
        except UsageError as error:
            print(error, file=sys.stderr)
            return 3
        except OSError as error:
            print(f"{error.filename}: could not be written: {error.strerror}", file=sys.stderr)
            return 3
        words = _WOULD if opt_values["dryrun"] else _DONE
        for proposal in proposals:
            first, *more = proposal.reason.splitlines() or [""]
            print(f"{words[proposal.action]:16} {os.path.relpath(proposal.path, root)}: {first}")
            for line in more:
                print(f"    {line}")
        if not opt_values["dryrun"]:
            print("next: `doit list` shows the layers, `doit fast_feedback` runs the first one")
        return 0
