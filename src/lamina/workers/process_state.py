"""What of a process any code may change for all that comes after it: reads it, compares it, puts it back.

Read twice for each test, so each part is read in about a microsecond. The functions are taken by value, and the variables
below `os.environ`: a test may replace them, and what is read here is no dependency of the test.
"""

from __future__ import annotations

import _locale
import locale
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from os import chdir, fsdecode, getcwd, putenv, umask, unsetenv
from typing import Any, NamedTuple

__all__ = ["State", "differences", "merged", "put_back", "read"]

# A value for each of `_PARTS`.
State = tuple[Any, ...]

_VARIABLES: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
# Set by pytest for each phase.
_NOT_THE_TESTS = b"PYTEST_CURRENT_TEST"
# Without the wrapper that makes enumerations of what it finds, which takes ten times as long.
_getsignal: Callable[[int], Any] = import_module("_signal").getsignal
_SIGNALS = sorted(
    number for number in signal.valid_signals() if number < 32 and number not in (signal.SIGKILL, signal.SIGSTOP)
)
_NAMED = 3


class _Part(NamedTuple):
    """`tell` says what is different now; `restore` gets the earlier and the present value."""

    read: Callable[[], Any]
    tell: Callable[[Any, Any], str]
    restore: Callable[[Any, Any], None]


def read() -> State:
    """The state as it is."""
    return tuple([part.read() for part in _PARTS])


def differences(before: State, now: State) -> list[str]:
    """What was changed, a phrase for each part."""
    return [part.tell(old, new) for part, old, new in zip(_PARTS, before, now, strict=True) if old != new]


def put_back(before: State, now: State) -> None:
    """Makes the process have the earlier state again, as far as it can."""
    for part, old, new in zip(_PARTS, before, now, strict=True):
        if old != new:
            with suppress(OSError, ValueError, TypeError, locale.Error):
                part.restore(old, new)


def merged(base: State, before: State, after: State) -> State:
    """`base` with what changed between the other two."""
    if before == after:
        return base
    variables = _with_changes(base[0], before[0], after[0])
    others = [kept if old == new else new for kept, old, new in zip(base[1:], before[1:], after[1:], strict=True)]
    return (variables, *others)


# -- environment variables -------------------------------------------------------------------------------------------------


def _variables() -> dict[bytes, bytes]:
    variables = _VARIABLES.copy()
    variables.pop(_NOT_THE_TESTS, None)
    return variables


def _changed(before: dict[bytes, bytes], now: dict[bytes, bytes]) -> list[bytes]:
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _tell_variables(before: dict[bytes, bytes], now: dict[bytes, bytes]) -> str:
    """By name only: values may be secrets."""
    told = [
        f"{fsdecode(name)} {'removed' if name not in now else 'changed' if name in before else 'added'}"
        for name in _changed(before, now)
    ]
    more = [f"{len(told) - _NAMED} more"] if len(told) > _NAMED + 1 else []
    shown = told[:_NAMED] if more else told
    return f"environment: {', '.join([*shown, *more])}"


def _restore_variables(before: dict[bytes, bytes], now: dict[bytes, bytes]) -> None:
    for name in _changed(before, now):
        if name in before:
            _VARIABLES[name] = before[name]
            putenv(name, before[name])
        else:
            _VARIABLES.pop(name, None)
            unsetenv(name)


def _with_changes(
    base: dict[bytes, bytes], before: dict[bytes, bytes], after: dict[bytes, bytes]
) -> dict[bytes, bytes]:
    if before == after:
        return base
    result = dict(base)
    for name in _changed(before, after):
        if name in after:
            result[name] = after[name]
        else:
            result.pop(name, None)
    return result


# -- the others ------------------------------------------------------------------------------------------------------------


def _folder() -> str:
    try:
        return getcwd()
    except OSError:  # it was removed
        return ""


def _restore_folder(before: str, _: str) -> None:
    if before:
        chdir(before)


def _path() -> tuple[list[str], tuple[str, ...]]:
    path = sys.path
    return path, tuple(path)


def _tell_path(before: tuple[Any, tuple[str, ...]], now: tuple[Any, tuple[str, ...]]) -> str:
    added = [str(entry) for entry in now[1] if entry not in before[1]]
    removed = [str(entry) for entry in before[1] if entry not in now[1]]
    told = [*(f"{entry} added" for entry in added), *(f"{entry} removed" for entry in removed)]
    return f"sys.path: {', '.join(told) or 'another order'}"


def _restore_path(before: tuple[list[str], tuple[str, ...]], _: Any) -> None:
    path, entries = before
    path[:] = entries
    sys.path = path


def _handlers() -> list[Any]:
    return list(map(_getsignal, _SIGNALS))


def _tell_handlers(before: list[Any], now: list[Any]) -> str:
    names = [signal.Signals(number).name for number, old, new in zip(_SIGNALS, before, now, strict=True) if old != new]
    return f"signal handlers: {', '.join(names)}"


def _restore_handlers(before: list[Any], now: list[Any]) -> None:
    for number, old, new in zip(_SIGNALS, before, now, strict=True):
        # None: it was not installed by Python, and can't be again.
        if old != new and old is not None:
            signal.signal(number, old)


def _mask() -> int:
    # It can only be read by setting it: for the moment to what lets nobody else in.
    mask = umask(0o077)
    umask(mask)
    return mask


def _locale_of_all() -> str:
    return _locale.setlocale(_locale.LC_ALL, None)


_PARTS = (
    _Part(_variables, _tell_variables, _restore_variables),
    _Part(_folder, lambda _, now: f"working directory: {now or 'removed'}", _restore_folder),
    _Part(_path, _tell_path, _restore_path),
    _Part(_handlers, _tell_handlers, _restore_handlers),
    _Part(_mask, lambda _, now: f"umask: {now:#05o}", lambda before, _: (umask(before), None)[1]),
    _Part(
        _locale_of_all,
        lambda _, now: f"locale: {now}",
        lambda before, _: (_locale.setlocale(_locale.LC_ALL, before), None)[1],
    ),
)
