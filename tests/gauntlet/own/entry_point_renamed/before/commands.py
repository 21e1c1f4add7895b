def go():
    return 1


def stay():
    return 2
