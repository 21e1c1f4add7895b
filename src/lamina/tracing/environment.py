"""Watches which environment variables are read, and says what the fingerprint of one is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

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
    }
)  # fmt: skip


def watch_environment(inputs: Inputs) -> None:
    """From now on, for the rest of the process."""
    kind: Any = type(os.environ)
    get, put, remove, walk = kind.__getitem__, kind.__setitem__, kind.__delitem__, kind.__iter__

    def note(key: object) -> None:
        sink = inputs.sink
        if sink is None:
            return
        name = os.fsdecode(key) if isinstance(key, bytes) else key
        if isinstance(name, str) and name not in inputs.assigned and _counts(name):
            if name in _PER_SHELL and "env:*" in sink:
                return
            key = f"env:{name}"
            if key not in sink and inputs.is_wanted():
                sink.add(key)

    def getitem(self: Any, key: Any) -> Any:
        note(key)
        return get(self, key)

    def setitem(self: Any, key: Any, value: Any) -> None:
        put(self, key, value)
        if inputs.sink is not None:
            inputs.assigned.add(os.fsdecode(key))

    def delitem(self: Any, key: Any) -> None:
        remove(self, key)
        if inputs.sink is not None:
            inputs.assigned.add(os.fsdecode(key))

    def iterate(self: Any) -> Iterator[Any]:
        if inputs.sink is not None and inputs.is_wanted():
            inputs.sink.add("env:*")
        return iter(walk(self))

    kind.__getitem__, kind.__setitem__, kind.__delitem__, kind.__iter__ = getitem, setitem, delitem, iterate


def fingerprint_of_environment(key: str, environment: Mapping[str, str]) -> str:
    """Of `env:NAME` or `env:*`. Values are hashed, as they may be secrets."""
    from lamina.sources.hashing import hash_text

    name = key.partition(":")[2]
    if name != "*":
        return hash_text(environment[name]) if name in environment else "missing"
    kept = [f"{name}={environment[name]}" for name in sorted(environment) if _counts(name) and name not in _PER_SHELL]
    return hash_text("\n".join(kept))


def _counts(name: str) -> bool:
    return name not in _NEVER and not name.startswith(_NEVER_BEGINNINGS)
