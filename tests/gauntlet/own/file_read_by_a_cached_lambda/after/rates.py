"""Rates."""

from functools import cache, cached_property
from pathlib import Path

rate = cache(lambda: int(Path("data", "rate.txt").read_text()))
table = {"other": 1}


class Tax:
    """Read once for each."""

    percent = cached_property(lambda self: int(Path("data", "tax.txt").read_text()))


TAX = Tax()
