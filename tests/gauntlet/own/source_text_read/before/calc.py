def add(a, b):
    # plain
    return a + b


def width():
    return 2
