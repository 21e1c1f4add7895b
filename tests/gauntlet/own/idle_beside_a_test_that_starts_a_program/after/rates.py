"""Rates."""

from pathlib import Path

_rates = {}


def _read(name):
    return int(Path("data", f"{name}.txt").read_text())


def rate(name):
    if name not in _rates:
        _rates[name] = _read(name)
    return _rates[name]
