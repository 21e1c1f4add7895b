def add():
    """Adds things."""


def width():
    return 2
