"""Ports of this machine: a free one, whether one is taken, and by whom."""

from __future__ import annotations

import socket
from collections.abc import Iterable

__all__ = ["HOST", "free_ports", "holder_of", "is_taken"]

HOST = "127.0.0.1"


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
