"""Read from somewhere."""


def load():
    return table() + 1


def table():
    return 3


def tax():
    return 5
