def double(n):
    """Twice as much.

    >>> double(2)
    4
    """
    return n * 2
