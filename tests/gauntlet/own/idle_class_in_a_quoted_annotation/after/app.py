import functools


def logged(function):
    @functools.wraps(function)
    def inner(shop: "Shop") -> int:
        return function(shop)

    return inner


def counted():
    return 6


class Shop:
    def __init__(self, kind):
        self.kind = kind
        self.kept = None

    @logged
    def size(self):
        return self.stock() + 1

    def stock(self):
        if self.kept is None:
            self.kept = counted() if self.kind == "large" else 1
        return self.kept
