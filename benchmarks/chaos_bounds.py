"""A room for one round's processes: a control group where one can be made, which names all of them and bounds them.

Root is not held by RLIMIT_NPROC, and an unprivileged user's processes count together with all others that it has; a pids
control group bounds exactly those of a round. Without one, processes are found by a variable in their environment.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["MARK", "Room"]

MARK = "CHAOS_ROUND"
_GROUPS = Path("/sys/fs/cgroup")
_TASKS = 90
_MEMORY = 400_000_000
# Bytes of addresses for a process, where there is no group that bounds memory; threads' stacks take some.
_ADDRESSES_KB = 1_500_000


@dataclass
class Room:
    """`bounded`: processes and memory are limited. `processes` and `memory` say by what, if by anything."""

    name: str
    bounded: bool
    processes: str = ""
    memory: str = ""
    folders: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind, limit, value in (("pids", "pids.max", _TASKS), ("memory", "memory.limit_in_bytes", _MEMORY)):
            folder = _GROUPS / kind / f"lamina-chaos-{os.getpid()}-{self.name}"
            try:
                folder.mkdir()
                self.folders.append(folder)
                if self.bounded:
                    (folder / limit).write_text(str(value))
            except OSError:
                continue
            if kind == "pids":
                self.processes = f"pids.max of {_TASKS} in a control group"
            else:
                self.memory = f"memory.limit_in_bytes of {_MEMORY} in a control group"
        if not self.processes and os.getuid():
            self.processes = f"RLIMIT_NPROC of {_TASKS} more than there are"
        if not self.memory:
            self.memory = f"RLIMIT_AS of {_ADDRESSES_KB} KB"

    def command(self, words: list[str]) -> list[str]:
        """The command, which goes into the room before it begins."""
        enter = [f"echo $$ > {folder}/cgroup.procs" for folder in self.folders]
        kinds = {folder.parent.name for folder in self.folders}
        tasks = _TASKS if self.bounded and "pids" not in kinds else 0
        addresses = _ADDRESSES_KB if self.bounded and "memory" not in kinds else 0
        limited = [sys.executable, __file__, str(tasks), str(addresses)] if tasks or addresses else []
        return ["sh", "-c", "\n".join([*enter, 'exec "$@"']), "sh", *limited, *words]

    def members(self) -> list[int]:
        """The processes that are in the room, but for those that have ended and wait to be reaped."""
        found: set[int] = set()
        for folder in self.folders:
            with suppress(OSError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        if not self.folders:
            found.update(_marked(f"{MARK}={self.name}".encode()))
        return sorted(pid for pid in found if _state(pid) not in ("Z", ""))

    def clear(self) -> None:
        """Kills what is in it, and takes it away."""
        until = time.monotonic() + 10
        while (pids := self.members()) and time.monotonic() < until:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        for folder in self.folders:
            _remove(folder)


def _remove(folder: Path) -> None:
    for _ in range(100):
        try:
            folder.rmdir()
            return
        except OSError:
            time.sleep(0.02)  # zombies are in it until they are reaped


def _marked(mark: bytes) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            with suppress(OSError):
                if mark in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                    found.append(int(name))
    return found


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _limit(tasks: int, addresses: int) -> None:
    """Bounds this process and its children where no control group does: by what its user has besides, and by address space."""
    if tasks:
        there = sum(
            len(os.listdir(one / "task")) for one in Path("/proc").glob("[0-9]*") if one.stat().st_uid == os.getuid()
        )
        resource.setrlimit(resource.RLIMIT_NPROC, (there + tasks, there + tasks))
    if addresses:
        resource.setrlimit(resource.RLIMIT_AS, (addresses * 1024, addresses * 1024))


if __name__ == "__main__":
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    os.execvp(sys.argv[3], sys.argv[3:])
