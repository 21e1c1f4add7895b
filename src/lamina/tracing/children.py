"""Child processes of tests: those that run Python note what they use, all others may have used everything.

A child is told by its environment where to write, and begins to before its first line of the project's code. One that
does not report for duty (another program, `python -I`, another interpreter), or that still runs when its test ends, makes the
test depend on the whole tree.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lamina.tracing.blocks import Analysis
from lamina.tracing.child import Notes, be_child
from lamina.tracing.recorder import HIT_BITS, Collector, Recorder

__all__ = ["EVERYTHING", "Children"]

EVERYTHING = "everything:"
_STARTUP = os.path.join(os.path.dirname(__file__), "startup")
# Other ways to start a program, in the words of the audit events.
_UNTRACED = frozenset({"os.system", "os.posix_spawn", "os.exec", "os.spawn"})
_ENVIRONMENT_ARGUMENT = 6  # of Popen._execute_child


class Children:
    """One for the process. `analysis` finds the blocks of a module that a child has imported."""

    def __init__(self, recorder: Recorder, root: str, cache_dir: str, analysis: Callable[[str, str], Analysis]) -> None:
        self._recorder = recorder
        self._root = root
        self._cache_dir = cache_dir
        self._analysis = analysis
        self._in_popen = 0
        self._number = 0
        # In a child: where to say that it has children of its own.
        self._notes: Notes | None = None
        self._forking = 0

    def install(self) -> None:
        """From now on, for the rest of the process."""
        popen: Any = subprocess.Popen
        original = popen._execute_child
        names = original.__code__.co_varnames[: original.__code__.co_argcount]
        if names[_ENVIRONMENT_ARGUMENT + 1 : _ENVIRONMENT_ARGUMENT + 2] == ("env",):
            popen._execute_child = self._executing(original)
        sys.addaudithook(self._audit)
        self._watch_multiprocessing()
        os.register_at_fork(
            before=self._before_fork, after_in_child=self._after_fork_in_child, after_in_parent=self._after_fork
        )

    def collect(self, collector: Collector) -> None:
        """Adds what the children used that were started while `collector` was at work."""
        for path, running in collector.children:
            self._read(path, running, collector)
        collector.children.clear()

    def be_child(self, notes: Notes) -> None:
        """This process is a child itself: its children write to the same file."""
        self._notes = notes

    # -- Popen -------------------------------------------------------------------------------------------------------

    def _executing(self, original: Any) -> Any:
        def execute_child(popen: Any, *arguments: Any) -> Any:
            sink = self._recorder.sink
            if sink is None:
                return original(popen, *arguments)
            self._recorder.sink = None  # reading all variables here is not the test's doing
            try:
                environment = arguments[_ENVIRONMENT_ARGUMENT]
                environment = dict(os.environ if environment is None else environment)
                place = self._place(lambda: popen.poll() is None)
            finally:
                self._recorder.sink = sink
            changed = (
                *arguments[:_ENVIRONMENT_ARGUMENT],
                _amended(environment, place),
                *arguments[_ENVIRONMENT_ARGUMENT + 1 :],
            )
            self._in_popen += 1
            try:
                return original(popen, *changed)
            finally:
                self._in_popen -= 1

        return execute_child

    def _place(self, running: Callable[[], bool]) -> str:
        """What a new child is told: the file, its number, the project's root and cache."""
        self._number += 1
        if self._notes is not None:
            number = os.getpid() * 1000 + self._number
            self._notes.write("started", number)
            return json.dumps([self._notes.path, number, self._root, self._cache_dir])
        children = self._recorder.top.children
        path = self._file()
        with open(path, "a", encoding="ascii") as stream:
            stream.write(json.dumps(["started", self._number]) + "\n")
        children.append((path, running))
        return json.dumps([path, self._number, self._root, self._cache_dir])

    def _file(self) -> str:
        folder = os.path.join(self._cache_dir, "children")
        os.makedirs(folder, exist_ok=True)
        descriptor, path = tempfile.mkstemp(dir=folder, prefix=f"{os.getpid()}-")
        os.close(descriptor)
        return path

    # -- other ways --------------------------------------------------------------------------------------------------

    def _audit(self, event: str, _: tuple[Any, ...]) -> None:
        if event in _UNTRACED and self._recorder.sink is not None and not self._in_popen:
            self._recorder.sink.add(EVERYTHING)

    def _watch_multiprocessing(self) -> None:
        import _posixsubprocess

        module: Any = _posixsubprocess
        original = module.fork_exec

        def fork_exec(*arguments: Any) -> Any:
            if self._recorder.sink is not None:
                self._recorder.sink.add(EVERYTHING)
            return original(*arguments)

        # subprocess has taken the original by value; multiprocessing looks it up here.
        module.fork_exec = fork_exec

    def _before_fork(self) -> None:
        self._forked: str | None = None
        if self._recorder.sink is not None and not self._in_popen:
            sink, self._recorder.sink = self._recorder.sink, None
            with suppress(OSError):
                self._forked = self._place(lambda: False)
            self._recorder.sink = sink

    _forked: str | None = None

    def _after_fork(self) -> None:
        self._forked = None

    def _after_fork_in_child(self) -> None:
        place, self._forked = self._forked, None
        if place is not None:
            path, number, *_ = json.loads(place)
            be_child(self._recorder, path, number)

    # -- what they said ----------------------------------------------------------------------------------------------

    def _read(self, path: str, running: Callable[[], bool], collector: Collector) -> None:
        started, here = set(), set()
        try:
            with open(path, encoding="ascii") as stream:
                for line in stream:
                    kind, *rest = json.loads(line)
                    if kind == "started":
                        started.add(rest[0])
                    elif kind == "here":
                        here.add(rest[0])
                    else:
                        self._take(kind, rest, collector)
            os.unlink(path)
            if started - here or running():
                collector.inputs.add(EVERYTHING)
        except (OSError, ValueError):
            collector.inputs.add(EVERYTHING)

    def _take(self, kind: str, rest: list[Any], collector: Collector) -> None:
        if kind == "body":
            path, content, number = rest
            file = self._recorder.add(path, content, self._analysis(path, content))
            collector.hits.append((file.number << HIT_BITS) | number)
        elif kind == "input":
            collector.inputs.add(rest[0])
        elif kind == "module":
            collector.modules.add(rest[0])
        elif kind == "name":
            collector.names.add(rest[0])


def _amended(environment: dict[Any, Any], place: str) -> dict[Any, Any]:
    """With what a child needs to begin noting."""
    as_bytes = any(isinstance(name, bytes) for name in environment)
    own = environment.get(b"PYTHONPATH" if as_bytes else "PYTHONPATH")
    more = {"LAMINA_CHILD": place}
    if own is not None:
        text = os.fsdecode(own)
        more |= {"LAMINA_PYTHONPATH": text, "PYTHONPATH": f"{_STARTUP}{os.pathsep}{text}" if text else _STARTUP}
    else:
        more["PYTHONPATH"] = _STARTUP
    if as_bytes:
        return {**environment, **{os.fsencode(name): os.fsencode(value) for name, value in more.items()}}
    return {**environment, **more}
