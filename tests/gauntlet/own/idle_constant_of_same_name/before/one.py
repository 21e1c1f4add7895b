LIMIT = 1


def first():
    return LIMIT
