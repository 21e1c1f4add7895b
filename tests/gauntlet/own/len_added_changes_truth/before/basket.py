class Basket:
    def __init__(self):
        self.items = []


def make():
    return Basket()


def width():
    return 2
