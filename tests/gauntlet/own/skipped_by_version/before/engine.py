__version__ = "2.0"


def go():
    return 1
