LIMIT = 3


def first():
    return LIMIT
