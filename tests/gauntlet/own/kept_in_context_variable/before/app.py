class Part:
    pass


def compute():
    return 1


def plain():
    return 0

import contextvars
CURRENT = contextvars.ContextVar("current", default=None)


def get():
    found = CURRENT.get()
    if found is None:
        found = compute()
        CURRENT.set(found)
    return found
