"""A real PostgreSQL for tests: Debian's package, started on a free port with a data directory of its own."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lamina.workers.processes import die_with_parent

# Nothing of it has to survive a crash.
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb") or ""]
    return Path(found[-1]).parent if found[-1] else None


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server, which is gone afterwards, also when the tests are killed."""
    folder = programs()
    assert folder is not None
    # Not below pytest's own folder: PostgreSQL refuses to be root, and no other user may enter that one.
    with tempfile.TemporaryDirectory(prefix="lamina-postgresql-", ignore_cleanup_errors=True) as data:
        owner = _owner(data)
        common = ["-D", f"{data}/data"]
        subprocess.run(
            [folder / "initdb", *common, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"],
            check=True, capture_output=True, cwd=data, **owner,
        )  # fmt: skip
        port = _free_port()
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        parent = os.getpid()
        with open(f"{data}/log", "wb") as log:
            server = subprocess.Popen(
                [folder / "postgres", *common, "-p", str(port), *settings],
                cwd=data, stdout=log, stderr=log, preexec_fn=lambda: die_with_parent(parent), **owner,
            )  # fmt: skip
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            _wait(url, server, Path(data) / "log")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _owner(folder: str) -> dict[str, object]:
    """As whom to run: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start: {error}\n{log.read_text()}") from None
            time.sleep(0.05)
