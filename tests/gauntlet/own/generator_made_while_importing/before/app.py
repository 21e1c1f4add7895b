def deep():
    return 1


def numbers():
    while True:
        number = deep()
        yield number


NUMBERS = numbers()


def get():
    return next(NUMBERS)
