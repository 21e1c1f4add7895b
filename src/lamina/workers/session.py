"""A session from its first message to its last: reads the request, runs pytest with lamina's plugin, says how it ended.

It is a plain `pytest` run in the project's root, with the project's own options; the plugin only narrows what is
collected and replaces the loop that runs tests.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from lamina.tracing.start import start
from lamina.workers import garbage, stacks
from lamina.workers.channel import Channel
from lamina.workers.output import write_out

__all__ = ["run"]


def run(descriptor: int) -> int:
    """Runs the session that the engine at the other end of `descriptor` asks for; returns pytest's exit status."""
    channel = Channel(socket.socket(fileno=descriptor))
    request = channel.receive_request()
    folder = Path(request["folder"])
    stacks.arm(folder / "session.stacks")
    channel.send({"kind": "hello", "number": os.getpid()})
    sys.argv[:] = ["pytest"]  # plugins print it

    garbage.seldom()
    garbage.thaws_if_asked()
    tracing = start(request["root"], request["cache_dir"], request["folder"]) if request["traced"] else None
    import pytest

    from lamina.workers.plugin import SessionPlugin
    from lamina.workers.tracebacks import parse_once

    parse_once()
    plugin = SessionPlugin(request, channel, tracing)
    plugins = [plugin.narrowing, plugin, *([plugin.traces] if plugin.traces else [])]
    status = int(pytest.main(list(request["pytest_args"]), plugins=plugins))
    plugin.close()
    channel.send(
        {
            "kind": "end",
            "exit_status": status,
            "summary": plugin.summary(),
            "problem": plugin.problem,
            "wrong_input": plugin.wrong_input,
            "provisional": plugin.is_provisional,
        }
    )
    channel.close()
    write_out()
    return status
