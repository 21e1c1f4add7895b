def compute(x):
    return x * 11


def width():
    return 2
