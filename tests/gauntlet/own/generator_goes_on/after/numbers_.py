def numbers():
    yield 1
    yield 3


def width():
    return 2
