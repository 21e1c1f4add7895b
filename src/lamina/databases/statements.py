"""SQL as text: where statements begin and end, and which of them begin or end a transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Literal

__all__ = ["Control", "control", "first_words", "postgresql_lines", "sqlite_statements"]

Control = Literal["", "begin", "commit", "rollback", "savepoint", "release"]

_LEADING = re.compile(r"(?:[\s;]+|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(r"\s*\"?(\w+)")
# Of PostgreSQL: what a semicolon may be inside of, or a semicolon.
_TOKEN = re.compile(
    r"""--[^\n]*|/\*|\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<!\w)\$(\w*)\$.*?\$\1\$|;""", re.DOTALL
)
_COMMENT = re.compile(r"/\*|\*/")
_BEGIN = frozenset({"BEGIN", "START"})
_COMMIT = frozenset({"COMMIT", "END"})
_ROLLBACK = frozenset({"ROLLBACK", "ABORT"})


def first_words(sql: str, count: int = 3) -> list[str]:
    """The first words of a statement in capitals, behind comments."""
    match = _LEADING.match(sql)
    position = match.end() if match else 0
    words = []
    for _ in range(count):
        word = _WORD.match(sql, position)
        if word is None:
            break
        words.append(word[1].upper())
        position = word.end()
    return words


def control(words: list[str]) -> Control:
    """What a statement that begins with these words does to the transaction."""
    first = words[0] if words else ""
    if first in _BEGIN:
        return "begin"
    if first in _COMMIT:
        return "commit"
    if first in _ROLLBACK:
        return "" if "TO" in words[1:] else "rollback"
    return {"SAVEPOINT": "savepoint", "RELEASE": "release"}.get(first, "")  # type: ignore[return-value]


def sqlite_statements(sql: str) -> Iterator[tuple[int, str]]:
    """Each statement of an SQLite script with the line (from 1) that it begins on."""
    begin = 0
    end = sql.find(";")
    while end >= 0:
        if sqlite3.complete_statement(sql[begin : end + 1]):
            yield from _located(sql, begin, end + 1)
            begin = end + 1
        end = sql.find(";", end + 1)
    yield from _located(sql, begin, len(sql))


def _located(sql: str, begin: int, end: int) -> Iterator[tuple[int, str]]:
    match = _LEADING.match(sql, begin, end)
    first = match.end() if match else begin
    if first < end:
        yield sql.count("\n", 0, first) + 1, sql[first:end]


def postgresql_lines(sql: str) -> Iterator[tuple[int, str]]:
    """Each statement of a PostgreSQL script with the line (from 1) that it begins on. The bodies of functions written with
    `BEGIN ATOMIC` are taken apart; nothing is executed by what is found here."""
    begin = position = 0
    while (token := _TOKEN.search(sql, position)) is not None:
        position = _end_of_comment(sql, token.end()) if token[0] == "/*" else token.end()
        if token[0] == ";":
            yield from _located(sql, begin, position)
            begin = position
    yield from _located(sql, begin, len(sql))


def _end_of_comment(sql: str, position: int) -> int:
    """PostgreSQL's comments may hold others."""
    depth = 1
    while depth:
        mark = _COMMENT.search(sql, position)
        if mark is None:
            return len(sql)
        depth += 1 if mark[0] == "/*" else -1
        position = mark.end()
    return position
