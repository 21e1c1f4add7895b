class Basket:
    def __init__(self):
        self.items = []

    def __len__(self):
        return len(self.items)


def make():
    return Basket()


def width():
    return 2
