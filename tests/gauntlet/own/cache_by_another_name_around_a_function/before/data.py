"""Read from somewhere."""


def read_table():
    return 1


def read_tax():
    return 5


def scaled(factor, value):
    return factor * value
