class Part:
    pass


def compute():
    return 2


def plain():
    return 0

_done = []
VALUES = {}


def init():
    if _done:
        return
    _done.append(1)
    VALUES["a"] = compute()
