class Shape:
    sides = 0


class Square(Shape):
    """One side."""

    sides = 4
