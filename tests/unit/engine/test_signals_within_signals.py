"""A second Ctrl-C may come at any line of what the first one does; both handlers run in the same thread."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, cast

import pytest

from lamina.engine.engine import Engine
from lamina.engine.grants import Grants
from lamina.engine.link import Link
from lamina.engine.slots import Slots
from lamina.engine.tally import Tally
from lamina.layers.model import Configuration, Settings


def interrupted_engine(folder: Path) -> Engine:
    engine = Engine(
        root=folder,
        configuration=Configuration(layers=(), settings=Settings()),
        slots=1,
        run_id="r",
        emit=lambda event: None,
    )
    request = cast(Any, {"category": "unit", "folder": str(folder), "run_id": "r"})
    engine._links["unit"] = Link(
        request, Tally("unit", "fast", "", 0.0), Slots(1), lambda event: None, {}, 1.0, Grants({})
    )
    return engine


@pytest.mark.parametrize("line", range(20))
def test_the_second_never_waits_for_the_first(tmp_path: Path, line: int) -> None:
    engine = interrupted_engine(tmp_path)
    left = line

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left == -1:
                sys.settrace(None)
                engine.kill_now()
        return trace

    def first() -> None:
        sys.settrace(trace)
        try:
            engine.interrupt()
        finally:
            sys.settrace(None)

    thread = threading.Thread(target=first, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it waits for a lock that its own thread holds"
