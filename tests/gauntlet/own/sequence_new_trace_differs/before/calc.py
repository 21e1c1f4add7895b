def old(x):
    return x


def new(x):
    return x


def value(x):
    return old(x)
