"""A suite whose tests fight: for a lock, for a pool, for the processor, and one after the other in a chain.

No schedule can be shorter than its longest chain, its total work over the workers, or the work that needs the lock.
"""

from __future__ import annotations

import json
from pathlib import Path

from measuring import Command, Row, forget, in_turn, lamina, ratio
from projects import fighting

_WORKERS = 4


def rows(folder: Path, repeats: int) -> list[Row]:
    """Three mixes, in each of which another thing is what bounds it."""
    found = []
    for name, mix in (
        ("total work", {"sleeping": 40, "processor": 10, "locked": 8, "pooled": 12, "chained": 4}),
        ("the lock", {"sleeping": 12, "processor": 4, "locked": 24, "pooled": 4, "chained": 4}),
        ("the chain", {"sleeping": 12, "processor": 4, "locked": 4, "pooled": 8, "chained": 16}),
    ):
        project, bounds = fighting(folder / name.replace(" ", "-"), mix, _WORKERS)
        command = Command(
            f"bounded by {name}",
            lamina("-n", str(_WORKERS), "fresh=true", "unit"),
            project,
            before=forget(project, "history.sqlite3"),
        )
        in_turn([command], repeats)
        results = json.loads((project / "reports" / "latest" / "results.json").read_text())
        outcomes = {test["outcome"] for test in results["tests"]}
        assert outcomes == {"passed"}, outcomes
        collection = min(span["begin"] for span in results["workers"])
        bound = max(bounds.values())
        print(f"    bounds: {bounds}; {collection:.2f} s until the first worker")
        work = f"mixed suite (lock, pool, chain, sleep, processor), 4 workers, bounded by {name} / (bound + collection)"
        found.append(ratio(work, command.median / (bound + collection), 1.15))
    return found
