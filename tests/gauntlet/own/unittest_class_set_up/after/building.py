def build():
    return 4


def width():
    return 2
