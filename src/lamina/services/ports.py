"""Ports of this machine: a free one, whether one is taken, and by whom."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress

__all__ = ["HOST", "free_ports", "holder_of", "is_taken", "listens"]

HOST = "127.0.0.1"
# The state of a socket in Linux's tables (TCP_LISTEN in include/net/tcp_states.h).
_LISTENS = "0A"


def free_ports(number: int) -> list[int]:
    """So many ports that nobody listens on now. All are held until all are found, so that none comes twice."""
    held = [socket.socket() for _ in range(number)]
    try:
        for one in held:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def is_taken(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def listens(port: int) -> bool:
    """Whether somebody listens there, asked of the system where it tells, so that nobody is bothered by connections."""
    found = _listening()
    # What hands connections on to elsewhere (a container's network) is not among those that listen.
    return port in found or is_taken(port)


def _listening() -> set[int]:
    ports: set[int] = set()
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError), open(path, encoding="ascii") as table:
            for line in table:
                words = line.split()
                if len(words) > 3 and words[3] == _LISTENS:
                    ports.add(int(words[1].rpartition(":")[2], 16))
    return ports


def holder_of(ports: Iterable[int]) -> str:
    """Who listens on the first taken of the ports: `port 6379 is taken by redis-server (pid 812)`; "" when nobody does."""
    for port in ports:
        if is_taken(port):
            return f"port {port} is taken by {_listener(port)}"
    return ""


def _listener(port: int) -> str:
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr
                and connection.laddr.port == port
                and connection.pid
            ):
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return "another process"
