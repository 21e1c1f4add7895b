"""`doit status`: how the background run goes, or how the last one ended."""

from __future__ import annotations

import sys
from typing import Any

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli import background
from lamina.cli.background_text import status_lines
from lamina.cli.closing import INTERRUPTED
from lamina.cli.explained import Explained
from lamina.cli.stream import print_whole, wants_color

__all__ = ["Status"]

# Of a run that was killed nobody knows what it would have come to.
_KILLED = 2


class Status(Explained, DoitCmdBase):  # type: ignore[misc]
    """Shows it once, or waits for its end."""

    name = "status"
    doc_purpose = "show how the background run goes, or how the last one ended"
    doc_usage = "[--wait]"
    doc_description = (
        "With --wait it waits for the end, and its exit status is that of the run; Ctrl-C of it leaves the run alone."
    )
    cmd_options = (
        {
            "name": "wait", "short": "w", "long": "wait", "type": bool, "default": False,
            "help": "wait for the end; the exit status is that of the run",
        },
    )  # fmt: skip

    def _execute(self, pos_args: list[str], wait: bool) -> int:
        from lamina.cli.dodo import project

        if pos_args:
            raise InvalidCommand(f"status takes no names (found {pos_args[0]}); there is one background run at a time")
        cache_dir = project().cache_dir
        found = background.look(cache_dir)
        if found is None:
            print_whole("no background run goes on, and there is none on record\n", self.outstream)
            return 3 if wait else 0
        if not wait:
            self._show(found)
            return 0
        if found.state == "running":
            self._show(found)
            try:
                background.wait(cache_dir)
            except KeyboardInterrupt:
                print("\nlamina: the background run goes on", file=sys.stderr)
                return INTERRUPTED
            print_whole("\n", self.outstream)
            found = background.look(cache_dir) or found
        self._show(found)
        return int(found.facts.get("exit_status", _KILLED))

    def _show(self, found: Any) -> None:
        lines = status_lines(found, wants_color(self.outstream))
        print_whole("".join(f"{line}\n" for line in lines), self.outstream)
