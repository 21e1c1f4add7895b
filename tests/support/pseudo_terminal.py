"""A terminal to run programs in: a real pseudo terminal, and what would be on its screen and above it in the end."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PART = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n\x08])|([^\x1b\r\n\x08]+)|(.)", re.DOTALL)


class PseudoTerminal:
    """`slave` is the descriptor for the program; `output` what it wrote so far."""

    def __init__(self, width: int, height: int) -> None:
        self._master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        data = b""
        while True:
            try:
                piece = os.read(self._master, 1 << 16)
            except OSError:  # the last program has closed its end
                return
            data += piece
            self.output = data.decode("utf-8", "replace")

    def press(self, keys: bytes) -> None:
        """As if typed."""
        os.write(self._master, keys)

    def finish(self) -> str:
        """All that was written, once no program writes any more."""
        os.close(self.slave)
        self._reader.join(timeout=30)
        os.close(self._master)
        return self.output


@contextmanager
def pseudo_terminal(width: int = 100, height: int = 30) -> Iterator[PseudoTerminal]:
    """One for the length of a test."""
    yield PseudoTerminal(width, height)


def lines_left(output: str) -> list[str]:
    """The lines that stay, scrollback included, when a terminal has obeyed all that moves the cursor or erases.

    Knows just what progress bars need; anything else is an error here, so that nothing passes unseen.
    """
    lines, row, column = [""], 0, 0
    for parameters, command, control, text, stray in _PART.findall(output):
        if text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
        elif control == "\r":
            column = 0
        elif control == "\n":
            row += 1
            lines.extend([""] * (row + 1 - len(lines)))
        elif control == "\x08":
            column = max(0, column - 1)
        elif command == "A":
            row = max(0, row - int(parameters or 1))
        elif command == "K":
            lines[row] = "" if parameters == "2" else lines[row][:column]
        elif command not in ("m", "h", "l"):
            raise ValueError(f"not expected on a terminal: {parameters}{command}{stray!r}")
    return [line.rstrip() for line in lines]
