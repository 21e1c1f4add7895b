"""Tells the engine which of the collected tests did not run, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lamina.workers.channel import Channel
from lamina.workers.protocol import ResultRow

__all__ = ["send_not_run"]


def send_not_run(channel: Channel, items: Sequence[pytest.Item], reason: str) -> None:
    """A row for each of `items`."""
    rows = [
        ResultRow(
            id=item.nodeid, outcome="not_run", phases=(0.0, 0.0, 0.0), started=0.0, worker="", memory=0,
            file=item.location[0], line=(item.location[1] or 0) + 1, message="", failure="", sections=[], reason=reason,
        )
        for item in items
    ]  # fmt: skip
    if rows:
        channel.send({"kind": "tests", "rows": rows})
