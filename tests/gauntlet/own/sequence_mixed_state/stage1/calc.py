def add(a, b):
    return b + a * 1


def mul(a, b):
    return a * b
