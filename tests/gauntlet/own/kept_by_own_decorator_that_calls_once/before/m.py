import functools


def once(f):
    done = False
    value = None

    @functools.wraps(f)
    def g():
        nonlocal done, value
        if not done:
            value = f()
            done = True
        return value

    return g


def compute():
    return 1


@once
def get():
    return compute()
