"""Watches which environment variables are read, and says what the fingerprint of one is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from os import fsdecode
from types import FrameType
from typing import Any

from lamina.layers.services import HANDED_OUT
from lamina.tracing.inputs import Inputs

__all__ = ["fingerprint_of_environment", "watch_environment"]

# Of the shell, the terminal or the login, other in each window. A test that copies all variables does not depend on them;
# one that asks for them by name does, but for the first few, which say nothing of the project.
_NEVER = frozenset({"PYTEST_CURRENT_TEST", "SHLVL", "_", "OLDPWD", "LAMINA_CATEGORY"})
_NEVER_BEGINNINGS = ("PYTEST_XDIST_", "LAMINA_")
_PER_SHELL = frozenset(
    {
        "PWD", "TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TERM_SESSION_ID", "COLORTERM", "COLUMNS", "LINES", "WINDOWID",
        "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "XDG_SESSION_ID", "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS", "TMUX", "TMUX_PANE", "STY", "LS_COLORS", "PS1", "HISTFILE", "HISTSIZE", "PY_COLORS",
        "PYTEST_VERSION", "LAMINA", "VSCODE_IPC_HOOK_CLI", "WT_SESSION", "GPG_TTY", "INVOCATION_ID", "JOURNAL_STREAM",
        "VIRTUAL_ENV_PROMPT", "KITTY_WINDOW_ID", "KITTY_PID", "ITERM_SESSION_ID", "ALACRITTY_WINDOW_ID", "ZELLIJ_PANE_ID",
    }
)  # fmt: skip
# Those that set variables for a while remember what there was, only to put it back: file and functions.
_REMEMBERING = (
    (os.path.join("unittest", "mock.py"), frozenset({"_patch_dict", "_unpatch_dict", "_clear_dict"})),
    (os.path.join("_pytest", "monkeypatch.py"), frozenset({"setitem", "delitem"})),
)
_DEEPEST = 6


def watch_environment(inputs: Inputs) -> None:
    """From now on, for the rest of the process."""
    kind: Any = type(os.environ)
    get, put, remove, walk, count, show = (
        kind.__getitem__, kind.__setitem__, kind.__delitem__, kind.__iter__, kind.__len__, kind.__repr__
    )  # fmt: skip
    # As it was before any test: setting a variable to that puts it back.
    before = dict(os.environ)

    def note(key: object) -> None:
        sink = inputs.sink
        if sink is None:
            return
        name = fsdecode(key) if isinstance(key, bytes) else key
        if isinstance(name, str) and name not in inputs.assigned and _counts(name):
            key = f"env:{name}"
            if key in sink or "env:*" in sink:
                inputs.attribute(key)
            elif inputs.is_wanted() and not _is_remembered():
                inputs.add(key)

    def note_all() -> None:
        if inputs.sink is not None and inputs.is_wanted() and not _is_remembered():
            inputs.add("env:*")

    def changed(key: Any, value: Any = None) -> None:
        if inputs.given is not None and not inputs.is_for_project():
            inputs.given.add(fsdecode(key))
        if inputs.sink is not None and key not in _NEVER:
            name = fsdecode(key)
            if before.get(name) == (fsdecode(value) if isinstance(value, bytes) else value):
                inputs.assigned.discard(name)
            else:
                inputs.assigned.add(name)

    def getitem(self: Any, key: Any) -> Any:
        note(key)
        return get(self, key)

    def setitem(self: Any, key: Any, value: Any) -> None:
        put(self, key, value)
        changed(key, value)

    def delitem(self: Any, key: Any) -> None:
        # Whether it was there is what the test gets to know.
        if key not in _NEVER and not _is_remembered():
            note(key)
        remove(self, key)
        changed(key)

    def iterate(self: Any) -> Iterator[Any]:
        note_all()
        return iter(walk(self))

    def length(self: Any) -> int:
        note_all()
        return int(count(self))

    def representation(self: Any) -> str:
        note_all()
        return str(show(self))

    kind.__getitem__, kind.__setitem__, kind.__delitem__ = getitem, setitem, delitem
    kind.__iter__, kind.__len__, kind.__repr__ = iterate, length, representation


def _is_remembered() -> bool:
    frame: FrameType | None = sys._getframe(2)
    for _ in range(_DEEPEST):
        if frame is None:
            return False
        code = frame.f_code
        if any(code.co_name in names and code.co_filename.endswith(file) for file, names in _REMEMBERING):
            # `monkeypatch.delitem(..., raising=True)` fails without the variable.
            return code.co_name != "delitem" or not frame.f_locals.get("raising")
        frame = frame.f_back
    return False


def fingerprint_of_environment(key: str, environment: Mapping[str, str], root: str = "") -> str:
    """Of `env:NAME` or `env:*`. Values are hashed, as they may be secrets. Where the checkout is (`root`) does not count, and
    those that services hand out are other ones in each run (a free port) and don't count either: what the services'
    declarations say is in the category's state."""
    from lamina.sources.hashing import hash_text
    from lamina.sources.portable import portable

    name = key.partition(":")[2]
    handed = environment.get(HANDED_OUT, "").split()
    if name in handed:
        return "handed out by a service"
    if name != "*":
        return hash_text(portable(environment[name], root)) if name in environment else "missing"
    left_out = _PER_SHELL.union(handed)
    names = (name for name in sorted(environment) if _counts(name) and name not in left_out)
    kept = [f"{name}={portable(environment[name], root)}" for name in names]
    return hash_text("\0".join(kept))


def _counts(name: str) -> bool:
    return name not in _NEVER and not name.startswith(_NEVER_BEGINNINGS)
