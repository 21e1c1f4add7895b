def work():
    return 2


def rest():
    return 3
