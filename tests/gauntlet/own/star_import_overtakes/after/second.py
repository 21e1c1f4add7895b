def scale(x):
    return x * 100


def other(x):
    return x
