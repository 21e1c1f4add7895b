def double(n):
    """Twice as much.

    >>> double(2)
    5
    """
    return n * 2
