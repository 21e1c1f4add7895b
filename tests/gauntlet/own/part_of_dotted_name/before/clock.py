def now():
    return 1


def then():
    return 2
