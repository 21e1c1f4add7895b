def numbers():
    yield 1
    yield 2


def width():
    return 2
