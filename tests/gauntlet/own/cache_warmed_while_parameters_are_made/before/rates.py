from functools import lru_cache


@lru_cache
def rates():
    return (1, 2)
