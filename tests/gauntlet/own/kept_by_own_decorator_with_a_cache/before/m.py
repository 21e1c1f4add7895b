from functools import lru_cache


def memo(f):
    return lru_cache(maxsize=None)(f)


def compute():
    return 1


@memo
def get():
    return compute()
