"""`python -m lamina.services.keeper`: above each service a process that starts it, watches it, and stops it in order; above that
one a second, which does nothing unless the first is killed: then it ends the service.

It reads its instructions as the first line of its stdin. The other end of that pipe is held by the doit process alone, so
that its end, also by SIGKILL, ends the service; a lasting service (`doit services up`) is only ended by a SIGTERM to its
keeper. What happens is written to stdout, a JSON object a line: `ready`, `failed` or `died`.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import msgspec

from lamina.services.executors import Ended, Unwanted, executor_for
from lamina.services.instructions import Instructions
from lamina.services.ports import holder_of
from lamina.workers import temporary
from lamina.workers.guardian import death_of
from lamina.workers.processes import TOKEN_VARIABLE, adopt_orphans, end_descendants, kill_group, signal_name, sweep

__all__ = ["how_it_ended", "main"]

# What an interrupted run leaves a service to end in.
_HURRIED_SECONDS = 1.0


class _Asked(Exception):  # noqa: N818
    """A SIGTERM came: the service is to be stopped."""


def main() -> int:
    """Keeps the service to its end, whoever of the two is killed."""
    adopt_orphans()
    try:
        keeper = os.fork()
    except OSError:  # no process left: there is only one keeper, if there is a process for the service at all
        keeper = 0
    if keeper == 0:
        return _keep()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(keeper, signal.SIGTERM))
    # What the service starts and leaves becomes this process's child, and is reaped here.
    while (ended := os.wait())[0] != keeper:
        pass
    status = os.waitstatus_to_exitcode(ended[1])
    if status:
        # Before the service is: what its tests say from now on tells of nothing else.
        say(event="died", reason="lost its keeper")
    # Nothing is left of a service that the keeper has ended; all of it, if that was killed.
    end_descendants()
    sweep(os.environ[TOKEN_VARIABLE])
    shutil.rmtree(os.environ[temporary.VARIABLE], ignore_errors=True)
    return abs(status)


def _keep() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _ask)
    instructions = msgspec.json.decode(_first_line(), type=Instructions)
    executor: Any = None
    hurry = False
    try:
        with open(instructions.log, "ab", buffering=0) as log:
            executor = executor_for(instructions, log, _is_wanted)
            began = time.monotonic()
            problem = _start(executor, instructions)
        if problem is None:
            say(event="ready", pid=executor.process.pid, seconds=time.monotonic() - began)
            hurry = _watch(executor, instructions)
        else:
            say(**problem)
    except _Asked:
        say(event="died", reason="was stopped, as its keeper was asked to end")
    except Unwanted:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if executor is not None:
            _stop(executor, instructions, hurry)
        sweep(instructions.token)
        shutil.rmtree(instructions.folder, ignore_errors=True)
    return 0


def _first_line() -> bytes:
    """Of stdin, and not a byte more: what comes after it is waited for by descriptor."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(1)
        line += byte
    return line


def say(**event: Any) -> None:
    """Tells the doit process, if it is still there."""
    with suppress(OSError):
        os.write(1, msgspec.json.encode({**event, "at": time.time()}) + b"\n")


def _ask(*_: object) -> None:
    raise _Asked


def _is_wanted() -> bool:
    return not select.select([0], [], [], 0)[0]


def _start(executor: Any, instructions: Instructions) -> dict[str, Any] | None:
    """Starts the service; what went wrong, or None."""
    from mirakuru.exceptions import AlreadyRunning, ProcessExitedWithError, TimeoutExpired

    try:
        executor.start()
    except AlreadyRunning:
        return {"event": "failed", "taken": True, "reason": holder_of(instructions.ports) or "its port was taken"}
    except TimeoutExpired:
        return {
            "event": "failed",
            "reason": f"was not ready within {instructions.start_timeout:g} s ({_waited(instructions)})",
        }
    except Ended as error:
        return {"event": "failed", "reason": f"{how_it_ended(error.args[0])} before it was ready"}
    except ProcessExitedWithError as error:
        return {"event": "failed", "reason": f"{how_it_ended(error.exit_code)} before it was ready"}
    except OSError as error:
        return {
            "event": "failed",
            "reason": f"can't be started: {error.strerror}: {error.filename or instructions.command[0]}",
        }
    return None


def _waited(instructions: Instructions) -> str:
    """What its readiness was to be, in words."""
    return {
        "tcp": f"no connection to port {instructions.ports[0]}",
        "http": f"no 2xx from {instructions.url}",
        "log": f"no line that matches {instructions.line!r}",
        "command": f"{' '.join(instructions.check)} did not end with 0",
    }[instructions.kind]


def how_it_ended(status: int) -> str:
    """How the service's process ended, in words."""
    return f"was killed by {signal_name(-status)}" if status < 0 else f"ended with exit status {status}"


def _watch(executor: Any, instructions: Instructions) -> bool:
    """Waits until the service ends by itself or nobody needs it; whether it is to be stopped in a hurry."""
    process: subprocess.Popen[Any] = executor.process
    with death_of(process.pid) as death:
        poll = select.poll()
        poll.register(death.fileno, select.POLLIN)
        if not instructions.lasting:
            poll.register(0, select.POLLIN | select.POLLHUP)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if death.fileno in ready and process.poll() is not None:
                say(event="died", reason=how_it_ended(process.returncode))
                return True
            if 0 in ready:
                return os.read(0, 16) == b"hurry\n"


def _stop(executor: Any, instructions: Instructions, hurry: bool) -> None:
    """By its own signal, and after the grace by SIGKILL, with all that it started."""
    process = executor.process
    if process is not None and process.poll() is None:
        kill_group(process.pid, instructions.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(instructions.grace, _HURRIED_SECONDS) if hurry else instructions.grace)
    with suppress(ProcessLookupError, PermissionError):
        executor.kill()


if __name__ == "__main__":
    sys.exit(main())
