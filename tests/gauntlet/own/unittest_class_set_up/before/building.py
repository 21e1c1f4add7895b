def build():
    return 3


def width():
    return 2
