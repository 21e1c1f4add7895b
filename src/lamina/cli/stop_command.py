"""`doit stop`: ends the background run as Ctrl-C would end one in the foreground."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli import background
from lamina.cli.background_text import ended_line
from lamina.cli.explained import Explained
from lamina.cli.stream import print_whole, wants_color

__all__ = ["Stop"]

# Tests get two seconds to end; writing the reports of a large suite, and tasks of the project's own, take longer.
_GRACE_SECONDS = 20.0
_NOTHING_TO_STOP = 1
_SETTLING_SECONDS = 5.0


class Stop(Explained, DoitCmdBase):  # type: ignore[misc]
    """SIGTERM, time to end and to write reports, SIGKILL."""

    name = "stop"
    doc_purpose = "end the background run; its reports are written"
    doc_usage = ""
    doc_description = "What was not run is reported so. Exit status 0 when a run was ended, 1 when there was none."
    cmd_options = ()

    def _execute(self, pos_args: list[str]) -> int:
        from lamina.cli.dodo import project

        if pos_args:
            raise InvalidCommand(f"stop takes no names (found {pos_args[0]}); there is one background run at a time")
        cache_dir = project().cache_dir
        found = _settled(cache_dir)
        if found is None or found.state != "running":
            last = f"; the last one: {ended_line(found)}" if found else ""
            print_whole(f"nothing to stop: no background run goes on{last}\n", self.outstream)
            return _NOTHING_TO_STOP
        if not background.is_same_process(found.facts):
            raise InvalidCommand("a background run can not be ended: who runs it can not be found out")
        # It leads a group of its own, in which are also the commands of the project's own tasks.
        group = found.facts["pid"]
        _send(group, signal.SIGTERM)
        if not _ends_within(cache_dir, _GRACE_SECONDS):
            _send(group, signal.SIGKILL)
            background.wait(cache_dir)
        last_words = background.look(cache_dir) or found
        print_whole(f"{ended_line(last_words, wants_color(self.outstream))}\n", self.outstream)
        background.mark_told(cache_dir, last_words.facts)
        return 0


def _settled(cache_dir: str) -> background.Background | None:
    """The run, when it is neither about to say who it is nor has said its last word and is about to be gone."""
    deadline = time.monotonic() + _SETTLING_SECONDS
    while True:
        found = background.look(cache_dir)
        is_settled = found is None or found.state != "running" or background.is_same_process(found.facts)
        if is_settled or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def _send(group: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def _ends_within(cache_dir: str, seconds: float) -> bool:
    waiting = threading.Thread(target=background.wait, args=(cache_dir,), daemon=True)
    waiting.start()
    waiting.join(seconds)
    return not waiting.is_alive()
