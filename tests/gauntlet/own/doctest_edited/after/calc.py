def add(a, b):
    """
    >>> add(1, 2)
    4
    """
    return a + b


def mul(a, b):
    """
    >>> mul(1, 2)
    2
    """
    return a * b
