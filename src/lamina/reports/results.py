"""results.json: the run record, field for field (schema 1)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lamina.records import RunRecord

__all__ = ["results_json"]

# Tests encoded at once: a run of 100,000 tests is written without ever being in memory as one text.
_BATCH = 2000


def results_json(run: RunRecord) -> Iterator[bytes]:
    """The file's content in pieces."""
    encoder = msgspec.json.Encoder()
    head = encoder.encode({"schema": run.schema, "run": run.run, "layers": run.layers, "workers": run.workers, "notes": run.notes})
    yield head[:-1] + b',"tests":['
    for start in range(0, len(run.tests), _BATCH):
        batch = _encode(encoder, run, start)
        yield (b"," if start else b"") + batch[1:-1]
    yield b"]}\n"


def _encode(encoder: msgspec.json.Encoder, run: RunRecord, start: int) -> bytes:
    tests = run.tests[start : start + _BATCH]
    try:
        return encoder.encode(tests)
    except UnicodeEncodeError:
        # A file name that isn't UTF-8: json writes the lone surrogate as an escape, which any reader takes.
        import json

        return json.dumps(msgspec.to_builtins(tests)).encode("ascii")
