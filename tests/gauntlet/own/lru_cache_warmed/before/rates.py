from functools import lru_cache


@lru_cache
def rate(name):
    return 5


def width():
    return 2
