LIMIT = 2


def second():
    return LIMIT
