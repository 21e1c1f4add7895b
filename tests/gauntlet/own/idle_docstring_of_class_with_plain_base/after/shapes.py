class Shape:
    sides = 0


class Square(Shape):
    """One short side."""

    sides = 4
