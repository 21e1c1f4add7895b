class Square:
    pass


def side():
    return 1
