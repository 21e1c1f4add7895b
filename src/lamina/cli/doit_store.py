"""doit's own memory of what was up to date, as one JSON file that is replaced whole and merged under a lock.

doit loads this module for every project of an interpreter that has lamina installed, so it imports next to nothing. It
knows nothing of lamina's tasks: doit says what to keep.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

__all__ = ["StateFile"]

_FORMAT = "lamina doit state 1"


class StateFile:
    """A doit backend. Two runs at once lose nothing of each other: each writes only the tasks that it changed."""

    desc = "one JSON file, safe with several runs at once (lamina)"

    def __init__(self, name: str, codec: Any = None, *, module_name: str | None = None) -> None:
        self.name = name
        self._tasks: dict[str, dict[str, Any]] = self._load()
        self._changed: set[str] = set()
        self._removed: dict[str, dict[str, Any]] = {}
        self._emptied = False

    def get(self, task_id: str, dependency: str) -> Any:
        """A value of a task; None when there is none."""
        return self._tasks.get(task_id, {}).get(dependency)

    def set(self, task_id: str, dependency: str, value: Any) -> None:
        """Keeps a value of a task."""
        task = self._tasks.setdefault(task_id, {})
        if isinstance(value, tuple):
            value = list(value)  # as JSON will give it back
        if dependency not in task or task[dependency] != value:
            task[dependency] = value
            self._changed.add(task_id)

    def in_(self, task_id: str) -> bool:
        """Whether anything is known of a task."""
        return task_id in self._tasks

    def remove(self, task_id: str) -> None:
        """Forgets a task."""
        known = self._tasks.pop(task_id, None)
        if known is not None:
            self._removed[task_id] = known
            self._changed.add(task_id)

    def take_back_removal(self, task_id: str) -> None:
        """Knows a removed task again. doit forgets a task also when it was not run because an earlier one failed,
        though nothing was found out about it then."""
        if task_id in self._removed:
            self._tasks[task_id] = self._removed.pop(task_id)
            self._changed.discard(task_id)

    def remove_all(self) -> None:
        """Forgets everything."""
        self._tasks = {}
        self._emptied = True

    def dump(self) -> None:
        """Writes what this run changed; what can't be written costs the next run some time and this one nothing."""
        if not self._changed and not self._emptied:
            return
        try:
            self._write()
        except OSError as error:
            _say(f"{self.name} could not be written: {error.strerror}; the next run will not know what is up to date")
        self._changed = set()
        self._emptied = False

    def _write(self) -> None:
        import fcntl

        folder = os.path.dirname(self.name) or "."
        os.makedirs(folder, exist_ok=True)
        with open(f"{self.name}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            merged = {} if self._emptied else self._load()
            for task_id in self._changed:
                if task_id in self._tasks:
                    merged[task_id] = self._tasks[task_id]
                else:
                    merged.pop(task_id, None)
            draft = f"{self.name}.{os.getpid()}.draft"
            try:
                with open(draft, "w", encoding="utf-8") as file:
                    json.dump({"format": _FORMAT, "tasks": merged}, file)
                os.replace(draft, self.name)
            except BaseException:
                if os.path.exists(draft):
                    os.unlink(draft)
                raise

    def _load(self) -> dict[str, dict[str, Any]]:
        try:
            with open(self.name, "rb") as file:
                data = json.load(file)
        except FileNotFoundError:
            return {}
        except OSError as error:
            _say(f"{self.name} could not be read: {error.strerror}; every task counts as never run")
            return {}
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and data.get("format") == _FORMAT and _is_sound(data.get("tasks")):
            tasks: dict[str, dict[str, Any]] = data["tasks"]
            return tasks
        self._set_aside()
        return {}

    def _set_aside(self) -> None:
        from lamina.sources.stored_files import set_aside

        _say(set_aside(self.name))


def _is_sound(tasks: Any) -> bool:
    return isinstance(tasks, dict) and all(isinstance(task, dict) for task in tasks.values())


def _say(text: str) -> None:
    print(f"lamina: {text}", file=sys.stderr)
