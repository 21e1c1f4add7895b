"""Which names a layer or a category may have: they become doit tasks, words on the command line and file names."""

from __future__ import annotations

import re

__all__ = ["NAME_RULE", "TAKEN", "is_safe_name", "name_problem"]

NAME_RULE = "a letter, then letters, digits, _ or -, at most 64 in all"
_SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

# doit takes the first word of its command line as a command when there is one of that name, so a task called the same
# could never be run. Commands that lamina is going to have are taken already: a configuration that works today shall
# work then.
_DOIT = "auto clean dumpdb forget help ignore info list reset-dep run strace tabcompletion"
_LAMINA = "init plan schema services status stop validate"
_LATER = "affected background bench debug flaky mcp receipt retry serve watch why"
TAKEN = frozenset(f"{_DOIT} {_LAMINA} {_LATER}".split())


def is_safe_name(name: str) -> bool:
    """Whether a name can be a file name and a word on the command line everywhere."""
    return _SAFE.fullmatch(name) is not None


def name_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with a layer's or category's name, and what is allowed; None when it is good."""
    if not is_safe_name(name):
        return "is not a usable name", NAME_RULE
    if name in TAKEN:
        return "is the name of a command", f"any name but {', '.join(sorted(TAKEN))}"
    return None
