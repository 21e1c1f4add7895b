from functools import lru_cache

from source import load


@lru_cache
def table():
    return load()


def rate(name):
    return table()[name]
