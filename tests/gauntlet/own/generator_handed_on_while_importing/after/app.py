import itertools


def deep():
    return 1


def numbers():
    while True:
        number = deep()
        yield number + 1


def start():
    return itertools.chain(numbers())


STREAM = start()


def get():
    return next(STREAM)
