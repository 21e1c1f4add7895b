def double(n):
    """Two times as much."""
    return n * 2
