class Form:
    amount: float
    name: str


def width():
    return 2
