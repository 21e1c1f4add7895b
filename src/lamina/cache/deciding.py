"""Decides which results are still valid: those all of whose dependencies are what they were (`lamina.cache.judging`)."""

from __future__ import annotations

import sqlite3
import time
from typing import NamedTuple

import msgspec

from lamina.cache.bounds import DAY
from lamina.cache.elsewhere import ELSEWHERE, decode
from lamina.cache.judging import Judge
from lamina.cache.present import Present
from lamina.cache.recording import Result

__all__ = ["NOT_SERVABLE", "Decision", "Served", "decide", "is_nearer"]

# The record of a result that is not to be served: it failed, or needed a second attempt.
NOT_SERVABLE = msgspec.msgpack.encode(None)


class Served(NamedTuple):
    """A result that is valid: the trace that it comes from, and what was kept of it (`result`), as it is in the cache."""

    trace: int
    record: bytes

    @property
    def result(self) -> Result:
        """What was kept. Read when asked for: of 100,000 results only few are looked at before the report."""
        return msgspec.msgpack.decode(self.record, type=Result)


class Decision(NamedTuple):
    """For one category. `files` are test files (relative to the root) with the ids of their tests as collected last, for
    files whose collection can't have changed, `elsewhere` other files that had tests. `served` are valid results and `reasons`
    say of the other known tests why their results are not. `aging` are traces that count here and were not marked as used for
    a day."""

    files: dict[str, list[str]]
    served: dict[str, Served]
    reasons: dict[str, str]
    aging: list[int] = []  # noqa: RUF012
    elsewhere: frozenset[str] = frozenset()


def decide(connection: sqlite3.Connection, present: Present, category: str, granularity: str = "block") -> Decision:
    """What the cache knows of `category` in the tree that `present` looks at. Of several valid traces the one that was used
    last counts; the reasons are those of the trace that is nearest to the tree."""
    judge = Judge(connection, present, granularity)
    served: dict[str, Served] = {}
    files: dict[str, list[str]] = {}
    valid: dict[str, tuple[int, int]] = {}
    invalid: dict[str, tuple[tuple[int, int], int, bytes]] = {}
    failing: set[str] = set()
    others: frozenset[str] = frozenset()
    # By the sets of items: files whose tests are known.
    known: dict[int, str] = {}
    # Not ordered by the database, which would sort megabytes of blobs.
    rows = connection.execute(
        "select id, kind, name, shared, own, record, used from traces where category = ?", (category,)
    )
    for trace, kind, name, shared, own, record, used in rows:
        key = (used, trace)
        if kind == "file":
            if judge.is_valid(shared, own, name, tests_of=name):
                known[shared] = min(name, known.get(shared, name))
                if key > valid.get(f"/{name}", (0, 0)):
                    valid[f"/{name}"] = key
                    files[name] = msgspec.msgpack.decode(record, type=list[str])
        elif kind == ELSEWHERE:
            valid[""] = key
            others = decode(record)
        elif judge.is_valid(shared, own, name):
            if name not in valid or key > valid[name]:
                valid[name] = key
                served[name] = Served(trace, record)
                if record == NOT_SERVABLE:
                    failing.add(name)
                elif failing:
                    failing.discard(name)
        elif name not in invalid or is_nearer(judge, (key, shared, own), invalid[name]):
            invalid[name] = (key, shared, own)
    reasons = {
        name: judge.reason(shared, own, name) for name, (_, shared, own) in invalid.items() if name not in served
    }
    for name in failing:
        del served[name]
        reasons[name] = "failed last time"
    for name in _to_look_at(judge, known, {shared for name, (_, shared, _) in invalid.items() if name in reasons}):
        files.pop(name, None)
    yesterday = int(time.time()) - DAY
    return Decision(files, served, reasons, [trace for used, trace in valid.values() if used < yesterday], others)


def is_nearer(judge: Judge, one: tuple[tuple[int, int], int, bytes], other: tuple[tuple[int, int], int, bytes]) -> bool:
    """Of two traces of a test that are not valid (when it was used, shared set, own items), whether less differs from `one`;
    if it is as much, whether it was used later."""
    return (-judge.distance(*one[1:]), one[0]) > (-judge.distance(*other[1:]), other[0])


def _to_look_at(judge: Judge, known: dict[int, str], collected: set[int]) -> list[str]:
    """Files that are to be collected though their tests are `known`: one for each module that it may no longer be possible to
    import, unless something that is `collected` imports it, or did as it is now. A run in which that fails must not be green."""
    unsure = {shared: judge.unsure(shared) for shared in known}
    waiting = set[str]().union(*unsure.values())
    for shared in collected if waiting else ():
        waiting -= {path for path in waiting if judge.reaches(shared, path)}
    for shared in known if waiting else ():
        waiting -= {path for path in waiting - unsure[shared] if judge.reaches(shared, path)}
    found = []
    for shared, name in sorted(known.items(), key=lambda one: one[1]):
        if not waiting.isdisjoint(unsure[shared]):
            found.append(name)
            waiting -= {path for path in waiting if judge.reaches(shared, path)}
    return found
