__version__ = "1.0"


def go():
    return 1
