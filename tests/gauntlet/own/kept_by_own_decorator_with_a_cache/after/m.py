from functools import lru_cache


def memo(f):
    return lru_cache(maxsize=None)(f)


def compute():
    return 2


@memo
def get():
    return compute()
