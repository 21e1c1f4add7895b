"""Rates."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path


def _read(name):
    return int(Path("data", f"{name}.txt").read_text())


@cache
def load(name):
    with ThreadPoolExecutor() as pool:
        return pool.submit(_read, name).result()
