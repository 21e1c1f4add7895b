RATE = 4
RULE = "RATE * x"


def apply(x):
    return eval(RULE)


def width():
    return 2
