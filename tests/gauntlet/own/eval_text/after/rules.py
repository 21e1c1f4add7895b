RATE = 5
RULE = "RATE * x"


def apply(x):
    return eval(RULE)


def width():
    return 2
