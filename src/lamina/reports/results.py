"""results.json: the run record, field for field (schema 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from lamina.records import Attempt, RunRecord, TestRecord
from lamina.reports.characters import encodable

__all__ = ["results_json"]

# Tests encoded at once: a run of 100,000 tests is written without ever being in memory as one text.
_BATCH = 2000


def results_json(run: RunRecord) -> Iterator[bytes]:
    """The file's content in pieces."""
    head = {
        "schema": run.schema,
        "run": run.run,
        "layers": run.layers,
        "workers": run.workers,
        "services": run.services,
        "notes": run.notes,
        "audit": run.audit,
    }
    yield _encoded(head)[:-1] + b',"tests":['
    for start in range(0, len(run.tests), _BATCH):
        tests = [_with_attempt(test) for test in run.tests[start : start + _BATCH]]
        yield (b"," if start else b"") + _encoded(tests)[1:-1]
    yield b"]}\n"


def _with_attempt(test: TestRecord) -> TestRecord:
    """The one of a test that passed is not kept with each of them."""
    if test.attempts or test.outcome != "passed":
        return test
    return msgspec.structs.replace(test, attempts=(Attempt("passed", test.duration),))


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # a file name that isn't UTF-8; strict readers refuse lone surrogates
        return msgspec.json.encode(_encodable(msgspec.to_builtins(value)))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(member) for member in value]
    return value
