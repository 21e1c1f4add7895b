def add():
    """Adds more."""


def width():
    return 2
