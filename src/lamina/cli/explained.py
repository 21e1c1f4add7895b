"""What all of lamina's commands do with `--help`, and with an option that they don't have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand

if TYPE_CHECKING:
    from doit.cmd_base import Command
else:
    # Stands in front of one of doit's commands among a command's bases.
    Command = object

__all__ = ["Explained"]


class Explained(Command):  # type: ignore[misc]
    """Prints the command's help for `--help`; says of a faulty option what is wrong with it and where the right ones are."""

    def parse_execute(self, in_args: list[str]) -> Any:
        """Runs the command; raises InvalidCommand."""
        if "--help" in in_args:
            print(self.help())
            return 0
        try:
            return super().parse_execute(in_args)
        except CmdParseError as error:
            # What follows in doit's message are the options as the parser holds them.
            problem = str(error).partition(" (parsing options")[0].partition(": ")[2] or str(error)
            shown = f"`{self.bin_name} help {self.name}` shows its options"
            raise InvalidCommand(f"{self.name}: {problem}; {shown}") from None
