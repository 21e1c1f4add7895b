class Plain:
    pass


class Dot(Plain):
    """No side."""
