class Form:
    amount: int
    name: str


def width():
    return 2
