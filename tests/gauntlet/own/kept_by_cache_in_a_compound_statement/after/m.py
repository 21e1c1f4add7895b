import functools


def compute():
    return 2


def load():
    return compute()


if True:
    get = functools.lru_cache(load)
else:
    get = load
