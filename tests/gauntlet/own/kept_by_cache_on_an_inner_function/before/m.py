import functools


def make():
    @functools.cache
    def inner():
        return compute()

    return inner


def compute():
    return 1


get = make()
