"""What a user got wrong, as one message without a traceback.

A message says what is wrong, where (file, line, key), what is allowed and what to do. Whoever raises one of these knows
the user's words; whoever catches them (the command line, once, at the top) only prints and exits.
"""

from __future__ import annotations

__all__ = ["ConfigurationError", "Fault", "UsageError"]


class UsageError(Exception):
    """The command line asks for something that is not there or not allowed; exit status 3."""


class Fault:
    """One thing wrong in a configuration: where it stands, what was found, what is allowed."""

    __slots__ = ("allowed", "file", "found", "key", "line", "problem")

    def __init__(
        self,
        problem: str,
        *,
        file: str = "",
        line: int = 0,
        key: str = "",
        found: str = "",
        allowed: str = "",
    ) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        self.key = key
        self.found = found
        self.allowed = allowed

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [f"{place}: " if place else "", f"{self.key}: " if self.key else "", self.problem]
        if self.found:
            parts.append(f" (found {self.found})")
        if self.allowed:
            parts.append(f"; allowed: {self.allowed}")
        return "".join(parts)


class ConfigurationError(UsageError):
    """The configuration can't be used; carries every fault found, not just the first."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))
