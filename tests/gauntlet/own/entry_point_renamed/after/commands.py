def run():
    return 1


def stay():
    return 2
