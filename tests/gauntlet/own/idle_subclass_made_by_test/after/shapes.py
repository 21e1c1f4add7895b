def measure(side):
    return side * side + 1


class Square:
    sides = {"left", "right"}

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "sides" not in cls.__dict__:
            sides = set()
            for base in cls.__bases__:
                sides.update(getattr(base, "sides", ()))
            if sides:
                cls.sides = sides

    def __init__(self, side):
        self.side = side
        self.kept = None

    def area(self):
        if self.kept is None:
            self.kept = measure(self.side)
        return self.kept


def larger(one, other):
    return one if one.area() > other.area() else other
