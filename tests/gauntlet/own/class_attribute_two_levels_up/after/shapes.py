class Shape:
    sides = 0


class Polygon(Shape):
    pass


class Triangle(Polygon):
    pass
