"""Services that stay up between runs: what `doit services up` keeps of them in `.lamina/services/NAME.json`."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from lamina.services.instructions import Place
from lamina.workers.processes import TOKEN_VARIABLE, carries, members, sweep

__all__ = ["Lasting", "end", "forget", "is_up", "keep", "lasting_token", "read"]


class Lasting(msgspec.Struct, frozen=True, kw_only=True):
    """A service that was started to stay: its process and its keeper's, its place, its token, the state of its declaration
    when it was started, and since when it is up (ISO 8601 UTC)."""

    name: str
    pid: int
    keeper_pid: int
    place: Place
    token: str
    state: str
    since: str
    grace: float


def lasting_token(name: str) -> str:
    """A new token, by which all its processes are found, and no others."""
    return f"{os.environ.get(TOKEN_VARIABLE, '')}:lasting-{secrets.token_hex(6)}/{name}"


def read(cache_dir: Path, name: str) -> Lasting | None:
    """What is kept of a service; None when it was not started, or nobody can read it."""
    try:
        return msgspec.json.decode(_path(cache_dir, name).read_bytes(), type=Lasting)
    except (OSError, msgspec.MsgspecError):
        return None


def keep(cache_dir: Path, lasting: Lasting) -> None:
    """Writes it down; raises OSError."""
    path = _path(cache_dir, lasting.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(msgspec.json.encode(lasting))
    partial.replace(path)


def forget(cache_dir: Path, name: str) -> None:
    """Nothing is kept of it any more."""
    _path(cache_dir, name).unlink(missing_ok=True)


def is_up(lasting: Lasting) -> bool:
    """Whether its process is alive. A process that has been given the same number since is not it."""
    if not Path("/proc/self/environ").exists():
        return lasting.pid in members(lasting.token + ":")
    return carries(lasting.pid, lasting.token)


def end(cache_dir: Path, lasting: Lasting) -> None:
    """Stops it in order, then for certain, and forgets it."""
    if lasting.keeper_pid in members(lasting.token + ":"):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(lasting.keeper_pid, signal.SIGTERM)
        until = time.monotonic() + lasting.grace + 5
        while members(lasting.token + ":") and time.monotonic() < until:
            time.sleep(0.05)
    sweep(lasting.token)
    shutil.rmtree(lasting.place.folder, ignore_errors=True)
    forget(cache_dir, lasting.name)


def _path(cache_dir: Path, name: str) -> Path:
    return cache_dir / "services" / f"{name}.json"
