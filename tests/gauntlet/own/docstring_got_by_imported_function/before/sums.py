def double(n):
    """Twice as much."""
    return n * 2
