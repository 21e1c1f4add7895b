"""What a session writes besides its results: a log, which is worth less than the run."""

from __future__ import annotations

import os
import sys

__all__ = ["write_out"]


def write_out() -> None:
    """Writes what waits to be written to stdout and stderr. Where that can't be (the disk is full) it is given up, with all that
    is written there later."""
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, descriptor)
            os.close(nowhere)
            stream.flush()
