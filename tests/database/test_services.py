"""Real databases as services: declared in layers/test_layers.yaml, used by their own protocols."""

from __future__ import annotations

import socket
import subprocess
from urllib.parse import urlsplit


def redis(url: str, *words: str) -> str:
    """The first line of Redis' answer to a command."""
    address = urlsplit(url)
    assert address.hostname and address.port
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        command = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        connection.sendall(f"*{len(words)}\r\n{command}".encode())
        answer = connection.makefile("rb")
        line = answer.readline().decode().strip()
        return answer.readline().decode().strip() if line.startswith("$") and line != "$-1" else line


def sql(url: str, text: str) -> str:
    """What a statement gives, by psql."""
    done = subprocess.run(
        ["psql", url, "--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", f"--command={text}"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_redis_keeps_what_it_is_told(redis_url: str) -> None:
    assert redis(redis_url, "PING") == "+PONG"
    assert redis(redis_url, "SET", "tea", "green") == "+OK"
    assert redis(redis_url, "GET", "tea") == "green"
    assert redis(redis_url, "DEL", "tea") == ":1"


def test_postgres_answers_and_undoes_what_is_rolled_back(database_url: str) -> None:
    assert sql(database_url, "select 6 * 7") == "42"
    sql(database_url, "create table tea (name text)")
    sql(database_url, "begin; insert into tea values ('green'); rollback")
    assert sql(database_url, "select count(*) from tea") == "0"
    sql(database_url, "drop table tea")
