def compute(x):
    return x * 10


def width():
    return 2
