class Board:
    def __init__(self):
        self.cells = [1]

    def __copy__(self):
        return Board()


def width():
    return 2
