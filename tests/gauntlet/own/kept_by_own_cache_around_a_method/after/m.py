from functools import lru_cache


def memo(f):
    return lru_cache(maxsize=None)(f)


def compute():
    return 2


class A:
    def load(self):
        return compute()


a = A()
get = memo(a.load)
