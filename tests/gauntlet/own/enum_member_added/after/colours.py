from enum import Enum


class Colour(Enum):
    RED = 1
    BLUE = 2
    GREEN = 3


def width():
    return 2
