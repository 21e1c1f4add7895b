def start():
    return 5


def count(x=start()):
    return x


def width():
    return 2
