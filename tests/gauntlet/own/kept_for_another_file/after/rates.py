"""Rates."""

from functools import cache
from pathlib import Path


@cache
def load(name):
    return int(Path("data", f"{name}.txt").read_text())
