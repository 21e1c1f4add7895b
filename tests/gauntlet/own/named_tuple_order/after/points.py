from typing import NamedTuple


class Point(NamedTuple):
    y: int
    x: int
