"""Read from somewhere."""


def read_table():
    return 2


def read_tax():
    return 6


def scaled(factor, value):
    return factor * value
