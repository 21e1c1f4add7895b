def area():
    """The area of it."""
    return 1
