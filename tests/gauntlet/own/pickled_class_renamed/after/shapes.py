class Rectangle:
    pass


def side():
    return 1
