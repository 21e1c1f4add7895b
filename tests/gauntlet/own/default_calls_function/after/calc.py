def start():
    return 6


def count(x=start()):
    return x


def width():
    return 2
