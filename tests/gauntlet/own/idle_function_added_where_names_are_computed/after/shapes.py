class Square:
    def __init__(self):
        self.side = 2

    def area(self):
        return self.side**2


def unit(side=1):
    return side
