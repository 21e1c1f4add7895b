"""Read from somewhere."""


def load():
    return table() + 1


def table():
    return 1


def tax():
    return 5
