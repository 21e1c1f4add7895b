class Point:
    __slots__ = ("x",)

    def __init__(self):
        self.x = 1


def width():
    return 2
