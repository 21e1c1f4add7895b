"""Child processes of tests: those that run Python note what they use, all others may have used everything.

A child is told by its environment where to write, and begins to before its first line of the project's code. One that
does not report for duty (another program, `python -I`, another interpreter), or that still runs when its test ends, makes the
test depend on all that it may have read: the whole tree, unless the category's `inputs` say what (`lamina.workers.keeping`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from json import dumps, loads
from os import fsdecode, fsencode, getpid
from threading import get_ident
from types import FrameType, FunctionType
from typing import Any

from lamina.tracing import notes
from lamina.tracing.analysis import Analysis
from lamina.tracing.auditing import hear
from lamina.tracing.child import be_child
from lamina.tracing.inputs import EVERYTHING, UNSEEN, Working
from lamina.tracing.recorder import HIT_BITS, Collector, Recorder

__all__ = ["Children"]

_STARTUP = os.path.join(os.path.dirname(__file__), "startup")
# It asks the system what the machine is, some calls above `Popen`.
_PLATFORM = os.path.join(os.path.dirname(os.__file__), "platform.py")
_DEEPEST = 8
# Other ways to start a program, in the words of the audit events.
_UNTRACED = ("os.system", "os.posix_spawn", "os.exec", "os.spawn")
# Of Popen._execute_child, without `self`.
_WORDS, _EXECUTABLE, _BEFORE, _ENVIRONMENT, _SHELL = 0, 1, 2, 6, 9
_NAMES = {_WORDS: "args", _EXECUTABLE: "executable", _BEFORE: "preexec_fn", _ENVIRONMENT: "env", _SHELL: "shell"}
# The process's own variables, even while a test has something else in their place.
_VARIABLES: Any = os.environ


class Children:
    """One for the process. `folder` is where children write what they use; `analysis` finds the blocks of a module that a
    child has imported."""

    def __init__(
        self, recorder: Recorder, root: str, cache_dir: str, folder: str, analysis: Callable[[str, str], Analysis]
    ) -> None:
        self._recorder = recorder
        self._root = root
        self._cache_dir = cache_dir
        self._folder = folder
        self._analysis = analysis
        self._number = 0
        # In a child: where to say that it has children of its own.
        self._notes: notes.Notes | None = None
        # By thread: those that are in Popen, and where a fork that is about to happen is to write.
        self._in_popen: set[int] = set()
        self._forking: dict[int, str] = {}

    def install(self) -> None:
        """From now on, for the rest of the process."""
        popen: Any = subprocess.Popen
        original = popen._execute_child
        names = original.__code__.co_varnames[1 : original.__code__.co_argcount]
        if all(names[place : place + 1] == (name,) for place, name in _NAMES.items()):
            popen._execute_child = self._executing(original)
        hear(self._recorder, dict.fromkeys(_UNTRACED, self._started) | {"socket.connect": self._connected})
        self._watch_multiprocessing()
        os.register_at_fork(
            before=self._before_fork, after_in_child=self._after_fork_in_child, after_in_parent=self._after_fork
        )

    def collect(self, collector: Collector) -> None:
        """Adds what the children used that were started while `collector` was at work."""
        if self._notes is not None:  # a fork of a test that comes to the test's end: the test itself collects
            return
        for path, is_in_use, readers in collector.children:
            try:
                still_runs = is_in_use()
                lines, is_all = notes.take(path)
                for kind, *rest in lines:
                    self._take(kind, rest, collector, readers)
            except Exception:  # an unreadable file, a source that is no more
                is_all = still_runs = False
            if not is_all or still_runs:
                collector.read_for(UNSEEN, readers)
        collector.children.clear()

    def be_child(self, own: notes.Notes) -> None:
        """This process is a child itself: its children write to the same file."""
        self._notes = own

    def _take(self, kind: str, rest: list[Any], collector: Collector, readers: Working) -> None:
        if kind == "body":
            path, content, number = rest
            file = self._recorder.add(path, content, self._analysis(path, content))
            collector.hits.append((file.number << HIT_BITS) | number)
        elif kind == "input":
            collector.read_for(rest[0], readers)
        elif kind == "module":
            collector.modules.add(rest[0])
        else:
            collector.names.add(rest[0])

    def _give_up(self) -> None:
        """Nobody will know what the child uses that is about to be started."""
        inputs = self._recorder.inputs
        if inputs.sink is not None and inputs.is_wanted():
            inputs.add(UNSEEN)

    def _place(self, kind: str) -> tuple[str, int]:
        """Where a new child is to write, and its number there."""
        self._number += 1
        number = getpid() * 1_000_000 + self._number
        if self._notes is not None:
            self._notes.write("started", number, kind)
            return self._notes.path, number
        path = notes.create(self._folder, "started", number, kind)
        starting = self._recorder.inputs.at_work()
        self._recorder.top.children.append((path, partial(notes.is_in_use, path), starting))
        return path, number

    def _is_of_use(self) -> bool:
        """Whether there is someone to collect what a child uses. While tests are collected there is none, and what plugins start to
        learn something for themselves (which commit this is) is nobody's."""
        sink = self._recorder.sink
        if sink is None or not self._recorder.inputs.is_wanted():
            return False
        if EVERYTHING in sink:
            self._recorder.inputs.attribute(EVERYTHING)
            return False
        if self._notes is None and not self._recorder.top.hears:
            self._give_up()
            return False
        return True

    # -- Popen -------------------------------------------------------------------------------------------------------

    def _executing(self, original: Any) -> Any:
        def execute_child(popen: Any, *arguments: Any) -> Any:
            place = None
            if self._recorder.sink is not None and not _asks_for_machine() and self._is_of_use():
                try:
                    place, arguments = self._prepared(arguments)
                except Exception:  # the caller's own error is better than ours
                    self._give_up()
            thread = get_ident()
            self._in_popen.add(thread)
            try:
                result = original(popen, *arguments)
            finally:
                self._in_popen.discard(thread)
            if place is not None:
                with suppress(OSError):
                    self._say(place[0], "runs", place[1], popen.pid, *_as_asked(arguments))
            return result

        return execute_child

    def _prepared(self, arguments: tuple[Any, ...]) -> tuple[tuple[str, int] | None, tuple[Any, ...]]:
        """The place for the child's notes, and the arguments that tell it."""
        words, before = arguments[_WORDS], arguments[_BEFORE]
        if (
            arguments[_SHELL]
            or isinstance(before, FunctionType)
            or not isinstance(words, str | bytes | os.PathLike | list | tuple)
        ):
            self._give_up()
            return None, arguments
        environment = arguments[_ENVIRONMENT]
        if environment is None:
            environment = _VARIABLES._data
            if "/" not in fsdecode(arguments[_EXECUTABLE] or _listed(words)[0]) and self._recorder.sink is not None:
                self._recorder.inputs.add("env:PATH")
        place = self._place("program")
        told = _amended(dict(environment), dumps([*place, self._root, self._cache_dir]))
        return place, (*arguments[:_ENVIRONMENT], told, *arguments[_ENVIRONMENT + 1 :])

    def _say(self, path: str, *line: object) -> None:
        if self._notes is not None:
            self._notes.write(*line)
        else:
            notes.append(path, *line)

    # -- other ways --------------------------------------------------------------------------------------------------

    def _started(self, _: object, __: tuple[Any, ...]) -> None:
        if get_ident() not in self._in_popen:
            self._give_up()

    def _connected(self, _: object, __: tuple[Any, ...]) -> None:
        if sys._getframe(2).f_code.co_name == "connect_to_new_process":
            self._give_up()  # multiprocessing asks a server for a fork of it

    def _watch_multiprocessing(self) -> None:
        import _posixsubprocess

        module: Any = _posixsubprocess
        original = module.fork_exec

        def fork_exec(words: Any, *arguments: Any) -> Any:
            # The one that only tidies up behind the others has nothing to do with the project.
            if not any(b"multiprocessing.resource_tracker" in fsencode(word) for word in words):
                self._give_up()
            return original(words, *arguments)

        # subprocess has taken the original by value; multiprocessing looks it up here.
        module.fork_exec = fork_exec

    def _before_fork(self) -> None:
        if self._recorder.sink is None or get_ident() in self._in_popen or not self._is_of_use():
            return
        try:
            self._forking[get_ident()] = dumps(self._place("fork"))
        except OSError:
            self._give_up()

    def _after_fork(self) -> None:
        self._forking.pop(get_ident(), None)

    def _after_fork_in_child(self) -> None:
        place = self._forking.pop(get_ident(), None)
        self._forking.clear()
        if place is not None:
            be_child(self._recorder, *loads(place))


def _asks_for_machine() -> bool:
    """Whether the standard library's `platform` is at work: its `uname -p` tells of no file."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(_DEEPEST):
        if frame is None:
            return False
        if frame.f_code.co_filename == _PLATFORM:
            return True
        frame = frame.f_back
    return False


def _listed(words: Any) -> list[Any]:
    return [words] if isinstance(words, str | bytes | os.PathLike) else list(words)


def _as_asked(arguments: tuple[Any, ...]) -> tuple[list[str], list[str]]:
    """The words by which a program is executed, and where it may lie if it is a script."""
    words = [fsdecode(word) for word in _listed(arguments[_WORDS])]
    program = fsdecode(arguments[_EXECUTABLE] or words[0])
    if "/" in program:
        return words, [program]
    return words, [os.path.join(fsdecode(folder), program) for folder in os.get_exec_path(arguments[_ENVIRONMENT])]


def _amended(environment: dict[Any, Any], place: str) -> dict[Any, Any]:
    """With what a child needs to begin noting."""
    as_bytes = any(isinstance(name, bytes) for name in environment)
    own = environment.get(b"PYTHONPATH" if as_bytes else "PYTHONPATH")
    more = {"LAMINA_CHILD": place}
    if own is not None:
        text = fsdecode(own)
        more |= {"LAMINA_PYTHONPATH": text, "PYTHONPATH": f"{_STARTUP}{os.pathsep}{text}" if text else _STARTUP}
    else:
        more["PYTHONPATH"] = _STARTUP
    if as_bytes:
        return {**environment, **{fsencode(name): fsencode(value) for name, value in more.items()}}
    return {**environment, **more}
