def deep():
    return 1


def numbers():
    while True:
        number = deep()
        yield number + 1


NUMBERS = numbers()


def get():
    return next(NUMBERS)
