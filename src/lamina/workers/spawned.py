"""Workers as fresh processes, where forking the session would not be safe (threads alive, or no fork at all).

A spawned worker runs pytest in the same folder with the same options, collects the same tests, and then claims from the
same board. It looks tests up by their ids, so it does not matter if it collects them in another order.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lamina.databases.declared import DECLARED, Declared
from lamina.tracing.start import start
from lamina.workers import stacks
from lamina.workers.admission import Admission
from lamina.workers.after_fork import look_like_xdist
from lamina.workers.board import Board
from lamina.workers.claims import Claims
from lamina.workers.forked import Worker
from lamina.workers.granted import Granted
from lamina.workers.isolation import isolate
from lamina.workers.ledger import Ledger
from lamina.workers.narrowing import Narrowing
from lamina.workers.processes import die_with_parent
from lamina.workers.protocol import Request
from lamina.workers.seats import seat
from lamina.workers.traces import Traces

__all__ = ["SpawnedPlugin", "spawn"]


def spawn(
    request: Request, board: Board, session: pytest.Session, positions: list[int], growths: list[int], row: int, slot: int,
    name: str, output: int,
) -> int:  # fmt: skip
    """Starts the worker `name` and returns its process id; it writes its frames to the descriptor `output`."""
    order = Path(request["folder"]) / "order.json"
    if not order.exists():
        order.write_text(json.dumps([session.items[index].nodeid for index in positions]), encoding="ascii")
    own = {**request, "durations": {}, "memory": {}, "served": []}
    details = {"request": own, "growths": growths, "row": row, "slot": slot, "name": name, "parent": os.getpid()}
    granted: Granted | None = session.config.pluginmanager.getplugin("lamina-granted")
    if granted is not None:
        details["granted"] = granted.details
    described = Path(request["folder"]) / f"{name}.json"
    described.write_text(json.dumps(details), encoding="ascii")
    with (Path(request["folder"]) / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "lamina.workers.spawned",
                str(board.descriptor),
                str(output),
                str(described),
            ],
            cwd=request["root"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(board.descriptor, request["ledger"], output),
            process_group=0,
        )
    # The session waits for it by its id, as for a forked one; without this, the Popen object would reap it.
    process.returncode = 0
    return process.pid


class SpawnedPlugin:
    """Registered with pytest in a spawned worker: the same narrowing as in the session, another loop."""

    def __init__(self, details: dict[str, Any], board: Board, output: int) -> None:
        self._request: Request = details["request"]
        self._details = details
        self._board = board
        self._output = output
        self.narrowing = Narrowing(self._request, Claims(self._request["claims"], self._request["category"]))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Before plugins look at what kind of process this is."""
        request, details = self._request, self._details
        config.stash[DECLARED] = Declared(request["databases"], request["cache_dir"])
        look_like_xdist(config, details["name"], request["slots"], request["run_id"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Claims tests from the session's board."""
        order = json.loads((Path(self._request["folder"]) / "order.json").read_text(encoding="ascii"))
        by_id = {item.nodeid: index for index, item in enumerate(session.items)}
        missing = [nodeid for nodeid in order if nodeid not in by_id]
        if missing:
            raise pytest.UsageError(f"a spawned worker did not collect {missing[0]} and {len(missing) - 1} more")
        positions = [by_id[nodeid] for nodeid in order]
        isolate(session, self._request, self._details["name"])
        seat(session, self._request)
        details, growths = self._details, self._details["growths"]
        ledger = Ledger(self._request["ledger"])
        row, slot = details["row"], details["slot"]
        admission = Admission(ledger, self._board, self._request, growths, row, slot, is_forked=False)
        Worker(session, self._board, positions, row, self._output, admission).work()
        return True


def main() -> int:
    """`python -m lamina.workers.spawned BOARD OUTPUT FILE-WITH-DETAILS`."""
    board, output, details = int(sys.argv[1]), int(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text())
    die_with_parent(details["parent"])
    stacks.arm(Path(details["request"]["folder"]) / f"{details['name']}.stacks")
    sys.argv[:] = ["pytest"]
    plugin = SpawnedPlugin(details, Board.attach(board), output)
    plugins: list[object] = [plugin.narrowing, plugin]
    request = details["request"]
    if "granted" in details:
        plugins.append(Granted.from_details(request, details["granted"]))
    if request["traced"]:
        plugins.append(Traces(start(request["root"], request["cache_dir"], request["folder"])))
    status = pytest.main(list(request["pytest_args"]), plugins=plugins)
    return 0 if status in (0, 1, 5) else int(status)


if __name__ == "__main__":
    sys.exit(main())
