from protocols import Closable


def can_close(thing):
    return isinstance(thing, Closable)


def width():
    return 2
