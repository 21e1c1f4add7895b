def add(a, b):
    # usual
    return a + b


def width():
    return 2
