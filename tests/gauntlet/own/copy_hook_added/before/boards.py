class Board:
    def __init__(self):
        self.cells = [1]


def width():
    return 2
