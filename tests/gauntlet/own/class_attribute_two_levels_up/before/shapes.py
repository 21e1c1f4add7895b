class Shape:
    sides = 0


class Polygon(Shape):
    sides = 3


class Triangle(Polygon):
    pass
